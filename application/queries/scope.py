"""Packages, requirements and staffing as they are shown."""

from application.queries.capacity import ReckoningView, reckoning_view
from application.queries.view import (
    Figure,
    Reader,
    View,
)
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import assumed
from domain.engagement.documents.current_requirements import RequirementNow
from domain.engagement.documents.values import (
    Requirement,
)
from domain.engagement.scope.estimates import chosen_hours, estimators, open_of_hours, owes_hours
from domain.engagement.scope.requested_dates import staffing_now
from domain.engagement.scope.values import Estimate, WorkPackage
from domain.pricing.three_points import ThreePoints
from domain.shared.values import Day


class PackageView(WorkPackage):
    """A work package with what its experts said and the hours that count.

    `removed_by` is the approved change by which it is not to be done any more. `assumed`: by its scope, and by whoever
    gave the hours that count; the SOW says it.
    """

    assumed: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    hours: ThreePoints | None
    hours_by: tuple[str, ...]
    """By name whose hours those are that count: of several estimates, whose the delivery lead took."""
    hours_open: str
    """What is still open of its hours, and whose it is; empty where nothing is."""
    actual_hours: Figure | None
    removed_by: int | None


class SaidView(View):
    """What a signed change says of requirements in free words."""

    change: int
    text: str


class RequirementView(Requirement):
    """A requirement. `text` is how it reads now, `first_text` how the BRD says it where a signed change has changed it.

    `said`: what signed changes say of it in free words; `fell_with` the change with which it fell away.
    """

    first_text: str | None
    changed_by: int | None
    fell_with: int | None
    said: tuple[SaidView, ...]


class StaffingView(View):
    confirmed: bool
    available_from: Day | None
    note: str | None
    reckoned: ReckoningView | None
    kept_because: str | None
    """Why the dates are kept all the same; null: they are not, or there is no no."""
    kept_by_name: str | None


def package_view(state: Engagement, reader: Reader, package: WorkPackage) -> PackageView:
    """A package; whoever still owes hours for it is shown nobody's but their own."""
    owes = owes_hours(state, reader.actor.person_id, package.id)
    given = (estimate for estimate in state.estimates if estimate.package == package.id)
    return PackageView(
        **package.model_dump(),
        assumed=package.assumes if owes else assumed(state, package),
        estimates=tuple(estimate for estimate in given if not owes or estimate.by == reader.actor.person_id),
        hours=None if owes else chosen_hours(state, package.id),
        hours_by=() if owes else tuple(map(state.cast.name, estimators(state, package.id))),
        hours_open="" if state.baseline_signed else open_of_hours(state, package),
        actual_hours=state.actual_hours.get(package.id),
        removed_by=state.removed.get(package.id),
    )


def requirement_view(one: RequirementNow) -> RequirementView:
    return RequirementView(
        **(one.first.model_dump() | {"text": one.text}),
        first_text=one.first.text if one.changed_by is not None else None,
        changed_by=one.changed_by,
        fell_with=one.fell_with,
        said=tuple(SaidView(**said._asdict()) for said in one.said),
    )


def staffing_view(state: Engagement) -> StaffingView | None:
    """The word on the dates as they are: of others it says nothing."""
    word = staffing_now(state)
    if word is None:
        return None
    return StaffingView(
        kept_because=word.kept.reason if word.kept else None,
        kept_by_name=state.cast.name(word.kept.by) if word.kept else None,
        confirmed=word.confirmed,
        available_from=word.available_from,
        note=word.note,
        reckoned=reckoning_view(word.reckoned) if word.reckoned else None,
    )
