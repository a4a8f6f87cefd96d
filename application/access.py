"""Who is calling: from a token to an actor, with what the person may as keeper of the house."""

from domain.directory import Directory
from domain.refusals import NotYours, Refusal, Rule
from domain.turn import Actor
from domain.values import Value


class UnknownCaller(Refusal):
    rule, title, status = Rule.DENY_FIRST, "Sign in, or send a token", 401


class Caller(Value):
    """An actor, the route they came by, and the key by which a repeat of the request is known."""

    actor: Actor
    route: str
    key: str
    readings: tuple[int, ...] | None = None
    """Where what they edit may stand for the command to be carried out; None: anywhere."""


def actor_of(directory: Directory, person: str, channel: str) -> Actor:
    """The actor that a known person is. Raises UnknownCaller for somebody who left or was never there."""
    known = directory.person(person)
    if known is None or not known.active:
        raise UnknownCaller(f"{person} is not in the directory.", remedy="Ask the administrator.")
    roles = tuple(sorted(role for role, holder in directory.house_roles.items() if holder == person))
    return Actor(person=person, channel=channel, house_roles=roles)


def require_house_role(actor: Actor, role: str) -> None:
    """Raises NotYours unless the actor keeps the house in this role."""
    if role not in actor.house_roles:
        raise NotYours(f"This is for the {role.replace('_', ' ')}.", remedy="Ask them.")
