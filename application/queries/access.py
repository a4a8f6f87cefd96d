"""What every query checks first: whether the reader belongs to the firm and the engagement."""

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.view import Reader
from domain.directory.directory import Directory
from domain.directory.people import Participants
from domain.engagement.aggregate import Engagement
from domain.shared.errors import (
    PermissionDenied,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId


def require_colleague(state: Engagement, actor: Actor) -> None:
    """Raises PermissionDenied for a person of the client."""
    if state.cast.is_client(actor.person_id):
        so = f"What you may see of it: interlock deal show {state.id}. For more ask {state.cast.name(state.manager)}."
        raise PermissionDenied("Only colleagues can see this.", remedy=so)


async def require_of_the_firm(app: Interlock, actor: Actor) -> Directory:
    """The directory, for someone in the firm. Raises PermissionDenied for a person of a client."""
    directory = await off_loop(app.registry.directory)
    if directory.colleague(actor.person_id) is None:
        raise PermissionDenied(
            "Only colleagues can see this.", remedy="Ask your contact there.", action=RemedyAction.LIST_DEALS
        )
    return directory


def heads_a_function(directory: Directory, person_id: PersonId) -> bool:
    return person_id in directory.positions.values()


def may_see_all(directory: Directory, actor: Actor) -> bool:
    return heads_a_function(directory, actor.person_id) or "administrator" in actor.house_roles


async def reader_of(app: Interlock, actor: Actor, cast: Participants) -> Reader:
    """The reader of an engagement, in their own zone; a client's person, if without one, in that of their contact."""
    directory = await off_loop(app.registry.directory)
    return Reader(actor, directory.zone_of(actor.person_id) or cast.zone_of(actor.person_id))
