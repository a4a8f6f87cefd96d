"""The views of packages, requirements and staffing."""

from application.queries.capacity import ReckoningView, reckoning_view
from application.queries.view import Figure, Reader, View
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
    """A work package with its experts' estimates and the hours that count.

    `removed_by` is the approved change that removed it. `assumed`: the assumptions of its scope, and of those who gave
    the hours that count; the SOW states them.
    """

    assumed: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    hours: ThreePoints | None
    hours_by: tuple[str, ...]
    """The names of those whose hours count: of several estimates, those the delivery lead chose."""
    hours_open: str
    """What is still open about its hours, and whose it is; empty if nothing is."""
    actual_hours: Figure | None
    removed_by: int | None


class SaidView(View):
    """What a signed change says of requirements in free text."""

    change: int
    text: str


class RequirementView(Requirement):
    """A requirement. `text` is its current wording, `first_text` the BRD's if a signed change has changed it.

    `said`: what signed changes say of it in free text; `fell_with` the change that removed it.
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
    """Why the dates are kept all the same; null: they are not, or there was no objection."""
    kept_by_name: str | None


def package_view(state: Engagement, reader: Reader, package: WorkPackage) -> PackageView:
    """A package; someone who still owes hours for it sees only their own."""
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
    """The resource manager's answer on the current dates; None if there is none, or it was about other dates."""
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
