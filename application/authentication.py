"""Who is calling: from a token to an actor, with their house roles (administrator, process owner, ops)."""

from domain.directory.directory import ADMINISTRATOR, Directory
from domain.shared.errors import PermissionDenied, Refusal, RefusalKind, Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, Value


class UnknownCaller(Refusal):
    rule, title, kind = Rule.DENY_FIRST, "Sign in, or send a token", RefusalKind.UNAUTHENTICATED


class Caller(Value):
    """An actor, the route of the request, and the key by which a repeat of it is recognised."""

    actor: Actor
    route: str
    key: str
    readings: tuple[int, ...] | None = None
    """The versions at which the command may be carried out; None: any."""


def actor_of(directory: Directory, person_id: PersonId, channel: str) -> Actor:
    """The actor for a known person. Raises UnknownCaller for someone who left or was never there."""
    known = directory.person(person_id)
    if known is None or not known.active:
        raise UnknownCaller(
            f"{person_id} is not in the directory.",
            remedy=directory.who_adds_people,
            action=RemedyAction.IMPORT_PEOPLE,
        )
    roles = tuple(sorted(role for role, holder in directory.house_roles.items() if holder == person_id))
    return Actor(person_id=person_id, channel=channel, house_roles=roles)


def require_house_role(actor: Actor, role: str) -> None:
    """Raises PermissionDenied unless the actor has this house role."""
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
