"""Who is calling: from a token to an actor, with what the person may as keeper of the house."""

from domain.directory.directory import ADMINISTRATOR, IMPORT, Directory
from domain.shared.errors import PermissionDenied, Refusal, RefusalKind, Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import Value


class UnknownCaller(Refusal):
    rule, title, kind = Rule.DENY_FIRST, "Sign in, or send a token", RefusalKind.UNAUTHENTICATED


class Caller(Value):
    """An actor, the route they came by, and the key by which a repeat of the request is known."""

    actor: Actor
    route: str
    key: str
    readings: tuple[int, ...] | None = None
    """Where what they edit may stand for the command to be carried out; None: anywhere."""


def actor_of(directory: Directory, person_id: str, channel: str) -> Actor:
    """The actor that a known person is. Raises UnknownCaller for somebody who left or was never there."""
    known = directory.person(person_id)
    if known is None or not known.active:
        raise UnknownCaller(f"{person_id} is not in the directory.", remedy=directory.who_adds_people, command=IMPORT)
    roles = tuple(sorted(role for role, holder in directory.house_roles.items() if holder == person_id))
    return Actor(person_id=person_id, channel=channel, house_roles=roles)


def require_house_role(actor: Actor, role: str) -> None:
    """Raises PermissionDenied unless the actor keeps the house in this role."""
    if role not in actor.house_roles:
        raise PermissionDenied(f"Only these may do this: the {role.replace('_', ' ')}.", remedy="Ask them.")


def require_administrator(actor: Actor, directory: Directory) -> None:
    """Raises PermissionDenied unless the actor is the administrator; colleagues are told who that is."""
    if ADMINISTRATOR in actor.house_roles:
        return
    known = directory.person(directory.house_roles[ADMINISTRATOR])
    is_colleague = directory.colleague(actor.person_id) is not None
    if known is not None and is_colleague:
        raise PermissionDenied("Only the administrator may do this.", remedy=f"Ask {known.name}.")
    remedy = "Ask your contact there."
    raise PermissionDenied("Only the administrator may do this.", remedy=remedy, action=RemedyAction.LIST_DEALS)
