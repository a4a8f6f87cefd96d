"""Who answers for each role of an engagement."""

from application.queries.view import Instant, NamedPersonView, ShownPersonId, View
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.coverage_matrix import CoverageRow, coverage_matrix
from domain.engagement.roles.values import Expectation
from domain.playbook.model import Stage
from domain.shared.values import Day, PersonId


class RoleView(View):
    """A role that the engagement needs, and who holds it or must have it filled."""

    role: str
    needed_by: Stage
    vacant: bool
    holder: ShownPersonId | None
    holder_name: str | None
    since: Instant | None
    words: str | None
    until: Day | None
    waiver: str | None
    proposed: str | None
    proposed_ask: str | None
    accountable: ShownPersonId
    rung: int | None
    expectations: tuple[Expectation, ...]
    """What is expected of whoever holds it, as the client was asked to confirm."""


def coverage_view(state: Engagement) -> tuple[RoleView, ...]:
    """Each role that the engagement needs, in short, as in the coverage matrix."""
    return tuple(
        _role(state, row, row.role, row.needed_by or Stage.QUALIFY)
        for row in coverage_matrix(state)
        if row.role is not None and row.accountable is not None
    )


def _role(state: Engagement, row: CoverageRow, role: str, needed_by: Stage) -> RoleView:
    return RoleView(
        role=role,
        needed_by=needed_by,
        vacant=row.holder is None or (row.vacancy is not None and row.vacancy.shuts),
        holder=row.holder,
        holder_name=state.cast.name(row.holder) if row.holder else None,
        since=row.since,
        words=row.words,
        until=row.until,
        waiver=row.waiver.reason if row.waiver else None,
        proposed=row.pending.person_id if row.pending else None,
        proposed_ask=row.pending.ask_id if row.pending else None,
        accountable=row.accountable or state.manager,
        rung=row.vacancy.rung if row.vacancy else None,
        expectations=row.expectations,
    )


def person_label(state: Engagement, person_id: PersonId) -> NamedPersonView:
    return NamedPersonView(id=person_id, name=state.cast.name(person_id))
