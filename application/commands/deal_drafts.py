"""Saving and dropping drafts of deals: a draft is its writer's alone, and starts nothing."""

from collections.abc import Mapping

from adapters.db.deal_drafts import DealDraft
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from domain.shared.errors import BadValue, NotFound
from domain.shared.text import shortened
from domain.shared.transaction import Actor

MAX_DRAFTS = 20
MAX_TITLE = 120
# Characters of all fields together.
MAX_DRAFT_SIZE = 400_000
UNTITLED = "Untitled"


async def save_draft(app: Interlock, actor: Actor, draft_id: str, title: str, fields: Mapping[str, str]) -> None:
    """Saves what was typed so far. Raises BadValue if it is too long, or there are too many; PermissionDenied."""
    await require_of_the_firm(app, actor)
    if sum(len(name) + len(value) for name, value in fields.items()) > MAX_DRAFT_SIZE:
        raise BadValue("The draft is too long to be saved.", remedy="Start the deal, and add the rest to it.")
    called, now = shortened(title or UNTITLED, MAX_TITLE), app.clock()
    if not await off_loop(lambda: app.drafts.save(actor.person_id, draft_id, called, fields, now, MAX_DRAFTS)):
        raise BadValue(f"You have {MAX_DRAFTS} drafts.", remedy="Start or drop one of them first.")


async def drop_draft(app: Interlock, actor: Actor, draft_id: str) -> None:
    await off_loop(lambda: app.drafts.drop(actor.person_id, draft_id))


async def draft_fields(app: Interlock, actor: Actor, draft_id: str) -> dict[str, str]:
    """What was typed in one's own draft. Raises NotFound."""
    found = await off_loop(lambda: app.drafts.fields_of(actor.person_id, draft_id))
    if found is None:
        raise NotFound("You have no such draft.", remedy="Begin a new deal.")
    return found


async def drafts_of(app: Interlock, actor: Actor) -> tuple[DealDraft, ...]:
    """One's own drafts, last saved first."""
    return await off_loop(lambda: app.drafts.of(actor.person_id))
