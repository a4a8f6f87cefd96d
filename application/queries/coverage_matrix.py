"""Who answers for each function of an engagement and for each of its gates, and who could fill what is vacant."""

from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import reader_of, require_colleague
from application.queries.vacancies import VacancyView, vacancy_view
from application.queries.view import Instant, Reader, ShownPersonId, View
from application.queries.visibility import seen
from domain.directory.candidates import Candidate, candidates
from domain.directory.people import Level
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import may_see_levels
from domain.engagement.roles.appointment import who_heads, who_may_name
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.coverage_matrix import (
    GATES,
    Beside,
    CoverageRow,
    HolderAway,
    Party,
    Pending,
    Raci,
    client_side,
    coverage_matrix,
    raci,
)
from domain.engagement.roles.qualification import defined_role
from domain.engagement.roles.values import Expectation, Waiver
from domain.playbook.model import Stage, role_label
from domain.shared.errors import NotByDefault, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId, Name


class RowView(View):
    """A role of a function: held, vacant, or not needed yet.

    `since`: when its holder accepted it, or when it became vacant. `lacking`: what the holder lacks by the directory,
    and the `levels` of a waiver: for themselves, heads and the administrator; empty for everyone else. `accountable`:
    who answers for it now; while no one holds it, who must see it filled.
    """

    function: str
    role: str
    needed_by: Stage | None
    vacant: bool
    holder: ShownPersonId | None
    holder_name: str | None
    further: tuple[str, ...]
    since: Instant | None
    since_shown: str | None
    proposed_by: ShownPersonId | None
    words: str | None
    until: Day | None
    waiver: Waiver | None
    lacking: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    confirmed_by: ShownPersonId | None
    confirmed_at: Instant | None
    deputy: ShownPersonId | None
    away: HolderAway | None
    handover: Beside | None
    pending: Pending | None
    vacancy: VacancyView | None
    accountable: ShownPersonId | None


class NotNeededView(View):
    """A function of which the engagement needs no role, and why."""

    function: str
    why: str


class PartyView(View):
    """Someone on the client's side; a contact or a counterpart who is not named yet is no vacancy with a clock."""

    party: str
    person_id: ShownPersonId | None
    name: str | None
    vacancy: VacancyView | None


class CoverageView(View):
    """The coverage matrix: vacancies first, each function, the client's side, RACI for each gate.

    `people` are the names of those it names by id.
    """

    vacancies: tuple[VacancyView, ...]
    coverage: tuple[RowView, ...]
    not_needed: tuple[NotNeededView, ...]
    client_side: tuple[PartyView, ...]
    raci: tuple[Raci, ...]
    people: dict[str, str]


class CandidatesView(View):
    """Who could hold a role, best match first: what each lacks of its profile, and who may not and why."""

    engagement_id: EngagementId
    role: str
    profile: dict[Name, Level]
    step_up_levels: int
    candidates: tuple[Candidate, ...]


async def shown_coverage(app: Interlock, actor: Actor, engagement_id: EngagementId) -> CoverageView:
    """The coverage matrix, for everyone in the firm who may see the engagement."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    reader = await reader_of(app, actor, state.cast)
    rows = coverage_matrix(state)
    return CoverageView(
        vacancies=tuple(vacancy_view(state, reader, vacancy) for vacancy in state.vacancies.values()),
        coverage=tuple(_row(state, reader, row, row.role) for row in rows if row.role is not None),
        not_needed=tuple(
            NotNeededView(function=row.function, why=row.why_not_needed) for row in rows if row.why_not_needed
        ),
        client_side=tuple(_party(state, reader, party) for party in client_side(state)),
        raci=tuple(raci(state, gate) for gate in GATES),
        people={person.id: person.name for person in state.cast.people.values()},
    )


def _row(state: Engagement, reader: Reader, row: CoverageRow, role: str) -> RowView:
    own = {name: getattr(row, name) for name in RowView.model_fields if name in CoverageRow.model_fields}
    vacancy = row.vacancy
    if not may_see_levels(state, reader.actor, row.holder):
        own |= {"lacking": (), "waiver": row.waiver.replace(levels={}) if row.waiver is not None else None}
    told = {
        "role": role,
        "vacant": vacancy is not None and vacancy.shuts,
        "holder_name": state.cast.name(row.holder) if row.holder else None,
        "since_shown": reader.shown(row.since) if row.since else None,
        "vacancy": vacancy_view(state, reader, vacancy) if vacancy else None,
    }
    return RowView(**{**own, **told})


def _party(state: Engagement, reader: Reader, party: Party) -> PartyView:
    return PartyView(
        party=party.party,
        person_id=party.person_id,
        name=state.cast.name(party.person_id) if party.person_id else None,
        vacancy=vacancy_view(state, reader, party.vacancy) if party.vacancy else None,
    )


async def shown_candidates(app: Interlock, actor: Actor, engagement_id: EngagementId, role: str) -> CandidatesView:
    """Who could hold a role, for those who may propose someone: competence levels are no one else's business."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    defined = defined_role(state, role)
    _require_proposer(state, actor, role)
    directory = await off_loop(app.registry.directory)
    loads = await off_loop(app.read.loads)
    return CandidatesView(
        engagement_id=state.id,
        role=role,
        profile=defined.profile,
        step_up_levels=state.playbook.step_up_levels,
        candidates=candidates(state, role, directory, loads, app.clock()),
    )


def _may_wish(state: Engagement, actor: Actor, role: str) -> bool:
    """False for someone barred from the role here, whatever their competence."""
    try:
        check_compatible(state, role, actor.person_id, by_consent=True)
    except NotByDefault:
        return False
    return role in state.vacancies


def _require_proposer(state: Engagement, actor: Actor, role: str) -> None:
    roles_held = {*state.cast.roles_of(actor.person_id), *actor.house_roles}
    is_head = actor.person_id in state.cast.positions.values()
    may_name = role in state.vacancies and actor.person_id in who_may_name(state, state.vacancies[role])
    if not (is_head or may_name or roles_held & {"engagement_manager", "administrator", state.head_role(role)}):
        may_wish = _may_wish(state, actor, role)
        raise PermissionDenied(
            f"Only those who may propose a {role_label(role)} can see the candidates.",
            remedy=f"Ask {who_heads(state, role)}{', or ask for the role yourself' if may_wish else ''}.",
            action=RemedyAction.REQUEST_ROLE if may_wish else None,
        )
