"""The record of an engagement in sentences, newest first: what happened, when, by whom, through which channel."""

from collections.abc import Collection

from adapters.db.read_model_rows import LedgerEntry
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of, require_colleague
from application.queries.view import Reader, View
from application.queries.visibility import seen
from domain.engagement.aggregate import Engagement
from domain.engagement.command import CHANGES, DIRECTORY
from domain.engagement.engagement_events import StageEntered
from domain.notifications.event_texts import SAID_BY_STEPS, UNSAID, on_record
from domain.shared.streams import change_of
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId

CHANNELS = {
    "api": "REST",
    "page": "page",
    "slack": "Slack",
    "link": "link in a mail",
    "clock": "deadline",
    CHANGES: "change order",
    DIRECTORY: "directory",
}

# Of what next steps say better, what belongs to the last news of an engagement.
TOLD_LAST = frozenset({StageEntered.__name__})


class ToldFact(View):
    """A fact in a sentence. `place` is its number in the record of the whole installation."""

    place: int
    what: str
    who: str
    at_shown: str
    channel: str
    change: int | None


class ToldRecord(View):
    """Some facts; `next` is the `after` of the older ones, null at the beginning."""

    items: tuple[ToldFact, ...]
    next: str | None


async def record_told(
    app: Interlock,
    actor: Actor,
    engagement_id: EngagementId,
    after: str | None = None,
    limit: int = 50,
    *,
    left_out: Collection[str] = (),
) -> ToldRecord:
    """A page of the record, for colleagues on the engagement. `left_out`: kinds of facts that are not told."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    reader = await reader_of(app, actor, state.cast)
    page = await off_loop(lambda: app.read.ledger(engagement_id, after, limit, newest_first=True))
    told = tuple(_told(state, reader, entry) for entry in page.items if entry.fact.event.kind not in left_out)
    return ToldRecord(items=told, next=page.after)


async def last_told(app: Interlock, actor: Actor, engagement_id: EngagementId, most: int) -> tuple[ToldFact, ...]:
    """The newest facts that people brought about, without what clocks do by themselves."""
    told = await record_told(app, actor, engagement_id, None, most * 6, left_out=UNSAID | SAID_BY_STEPS - TOLD_LAST)
    return told.items[:most]


def _told(state: Engagement, reader: Reader, entry: LedgerEntry) -> ToldFact:
    fact, kind = entry.fact, entry.fact.event.kind
    change = change_of(fact.stream)
    return ToldFact(
        place=entry.position,
        what=f"The stage is now {fact.event.stage.value}" if isinstance(fact.event, StageEntered) else on_record(kind),
        who=_who(state, fact.by),
        at_shown=reader.shown(fact.at),
        channel=CHANNELS.get(fact.channel, fact.channel),
        change=int(change) if change else None,
    )


def _who(state: Engagement, by: str) -> str:
    known = next((person for person in state.cast.people.values() if person.id == by), None)
    return known.name if known is not None else CHANNELS.get(by, by)
