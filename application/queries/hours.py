"""The hours worked, for readers: each package and change, its estimate, and what was recorded when by whom.

The current hours are in the state; who reported them and when is only in the record, and is read from there.
"""

from collections.abc import Iterator
from decimal import Decimal

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of, require_colleague
from application.queries.ledger import facts_of
from application.queries.view import Figure, HoursFigure, Instant, Reader, ShownPersonId, View
from application.queries.visibility import seen
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.delivery.events import HoursReported
from domain.engagement.delivery.hours_worked import sold_hours
from domain.engagement.engagement_events import FactsVoided
from domain.engagement.scope.estimates import chosen_hours
from domain.record.facts import Recorded
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId

OF_HOURS = (HoursReported.__name__, FactsVoided.__name__)


class ReportView(View):
    """What someone recorded on one thing: all hours worked on it by then, and the figure before; null: none."""

    item: str
    hours: Figure
    was: Figure | None
    by: ShownPersonId
    by_name: str
    at: Instant
    at_shown: str


class WorkedView(View):
    """A package or an approved change: `estimate` is its mean (P50), `hours` the total worked; `last` the last report.

    `removed_by` is the approved change that removed a package.
    """

    item: str
    title: str
    estimate: HoursFigure | None
    hours: Figure | None
    last: ReportView | None
    removed_by: int | None


class HoursView(View):
    """Hours of an engagement by what they were worked on, and every report that changed a figure, oldest first."""

    engagement_id: EngagementId
    items: tuple[WorkedView, ...]
    reports: tuple[ReportView, ...]


async def shown_hours(app: Interlock, actor: Actor, engagement_id: EngagementId) -> HoursView:
    """The hours of an engagement, for a colleague who may see it. Raises NotFound, PermissionDenied."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    reader = await reader_of(app, actor, state.cast)
    facts = await off_loop(lambda: tuple(facts_of(app.read, engagement_id, OF_HOURS)))
    reports = tuple(_reports(state, reader, _that_count(state, facts)))
    last = {report.item: report for report in reports}
    items = (_worked(state, item, title, last.get(item)) for item, title in _worked_on(state).items())
    return HoursView(engagement_id=engagement_id, items=tuple(items), reports=reports)


def _that_count(state: Engagement, facts: tuple[Recorded, ...]) -> Iterator[Recorded]:
    """Reports of hours that were not voided."""
    spans = [(fact.event.first, fact.event.last) for fact in facts if isinstance(fact.event, FactsVoided)]
    own = (fact for fact in facts if isinstance(fact.event, HoursReported) and fact.seq <= state.seq)
    yield from (fact for fact in own if not any(first <= fact.seq <= last for first, last in spans))


def _reports(state: Engagement, reader: Reader, facts: Iterator[Recorded]) -> Iterator[ReportView]:
    stood: dict[str, Decimal] = {}
    for fact in facts:
        if not isinstance(fact.event, HoursReported):
            continue
        for item, hours in fact.event.hours.items():
            was = stood.get(item)
            stood[item] = hours
            if was != hours:
                name, when = state.cast.name(fact.by), reader.shown(fact.at)
                yield ReportView(item=item, hours=hours, was=was, by=fact.by, by_name=name, at=fact.at, at_shown=when)


def _worked_on(state: Engagement) -> dict[str, str]:
    """What hours can be recorded on, with its title."""
    approved = (change for change in state.changes.values() if change.status is ChangeStatus.APPROVED)
    changes = {f"C{change.n}": change.facts.title for change in approved if change.facts.work}
    return {package.id: package.title for package in state.packages.values()} | changes


def _worked(state: Engagement, item: str, title: str, last: ReportView | None) -> WorkedView:
    return WorkedView(
        item=item,
        title=title,
        estimate=_estimate(state, item),
        hours=state.actual_hours.get(item),
        last=last,
        removed_by=state.removed.get(item),
    )


def _estimate(state: Engagement, item: str) -> Decimal | None:
    unestimated = item in state.packages and chosen_hours(state, item) is None
    return None if unestimated else sold_hours(state, item)
