"""Vacancies: one opens automatically, has a clock and a ladder, and closes only when somebody answers for the role.

Nothing here ever names a holder. Weighed for absences: taking the role from whoever is on holiday (they would have to
accept it again), and ignoring it until a gate fails. Instead, the role stays theirs and counts as vacant until somebody
stands in or they are back.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from domain.asks.ending import end_ask
from domain.asks.model import Outcome
from domain.directory.people import Absence
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import MANAGER, accountable_for, may_fill
from domain.engagement.roles.coverage import missing, required_roles
from domain.engagement.roles.events import (
    HandoverEnded,
    ProposalEnded,
    VacancyCauseChanged,
    VacancyClosed,
    VacancyEscalated,
    VacancyOpened,
)
from domain.engagement.roles.qualification import end_moment, last_date
from domain.engagement.roles.stand_ins import is_own_hours, who_covers
from domain.engagement.roles.values import Handover, Holding, Vacancy, VacancyCause, VacancyReason
from domain.next_steps.acts_owed import ActKind
from domain.shared.calendar import WorkingClock, day_shown
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

# How long before the end of a role held until a date a successor is sought.
SUCCESSOR_SOUGHT = timedelta(days=7)
NOBODY_YET = VacancyReason(cause=VacancyCause.NOT_NAMED, because="nobody holds it yet", about=("not_named",))


def watch(transaction: Transaction[Engagement]) -> None:
    """Opens a vacancy for each role that is needed by now and that nobody answers for; closes those not needed."""
    state = transaction.state
    for role in missing(state, state.stage):
        if state.cast.holder(role) is None:
            _open_or_turn(transaction, role, state.unheld.get(role) or NOBODY_YET)
    required = required_roles(state)
    for role, stage in required.items():
        if stage.order <= state.stage.order and (away := uncovered(state, role)) is not None:
            nobody = "nobody else can give their hours" if is_own_hours(state, role) else "nobody stands in"
            until = f"{state.cast.name(away.person)} is away until {day_shown(away.last)} and {nobody}"
            about = (away.person, str(away.last), str(is_own_hours(state, role)))
            _open_or_turn(transaction, role, VacancyReason(cause=VacancyCause.AWAY, because=until, about=about))
    for role, vacancy in list(transaction.state.vacancies.items()):
        back = vacancy.cause is VacancyCause.AWAY and uncovered(transaction.state, role) is None
        ending = vacancy.cause is VacancyCause.ENDING and not _ends(transaction.state, role)
        held = transaction.state.cast.holder(role) is not None
        if role not in required or (held and (back or ending)):
            transaction.record(VacancyClosed(role=role))
        if held and back:
            _ask_nobody_to_follow(transaction, role)


def _ask_nobody_to_follow(transaction: Transaction[Engagement], role: str) -> None:
    """Withdraws the ask to take over from somebody who was only away, once the role is answered for again."""
    proposal = transaction.state.proposals.get(role)
    if proposal is None or proposal.further or proposal.because is not None or _ends(transaction.state, role):
        return
    again = (
        f"{transaction.state.cast.name(transaction.state.cast.holders[role])} is back, or somebody stands in for them"
    )
    end_ask(transaction, transaction.state.asks[proposal.ask_id], Outcome.WITHDRAWN, again)
    transaction.record(ProposalEnded(role=role))


def _open_or_turn(transaction: Transaction[Engagement], role: str, why: VacancyReason) -> None:
    vacancy = transaction.state.vacancies.get(role)
    if vacancy is None:
        _open(transaction, role, why)
    elif not vacancy.is_because(why):
        transaction.record(VacancyCauseChanged(role=role, cause=why.cause, because=why.because, about=why.about))


def uncovered(state: Engagement, role: str) -> Absence | None:
    """The absence during which nobody answers for a role now; None if the absent holder owes nothing there."""
    holder = state.cast.holders.get(role)
    if holder is None or state.cast.is_client(holder) or _owes_nothing(state, role):
        return None
    gone = (period for period in state.cast.begun if isinstance(period, Absence) and period.person == holder)
    return next((absence for absence in gone if not any(who_covers(state, absence, role))), None)


def left_by(state: Engagement, absence: Absence) -> Iterator[str]:
    """The roles, needed by now, that nobody would answer for during an absence."""
    for role, stage in required_roles(state).items():
        held = state.cast.holders.get(role) == absence.person and stage.order <= state.stage.order
        if held and not _owes_nothing(state, role) and not any(who_covers(state, absence, role)):
            yield role


def _owes_nothing(state: Engagement, role: str) -> bool:
    """True for an expert whose hours are all given."""
    discipline = role.removeprefix("expert:")
    if discipline == role:
        return False
    estimated = {estimate.package for estimate in state.estimates}
    more = state.cast.further_experts.get(role)
    return bool(more) or all(p.id in estimated for p in state.packages.values() if p.discipline == discipline)


def _open(transaction: Transaction[Engagement], role: str, why: VacancyReason) -> None:
    """Opens a vacancy and starts its clock; the head of the function is accountable at once."""
    state = transaction.state
    head = _first_told(state, role)
    clock = WorkingClock(
        calendar=state.cast.calendar_of(head).name, since=None if state.clocks_stand else transaction.now
    )
    vacancy = Vacancy(
        role=role,
        since=transaction.now,
        cause=why.cause,
        because=why.because,
        about=why.about,
        clock=clock,
        rung=1,
        accountable=head,
        told=(head,),
    )
    transaction.record(VacancyOpened(vacancy=vacancy))


def _first_told(state: Engagement, role: str) -> PersonId:
    return accountable_for(state, role, [_on_rung(state, role, 0)])


def _on_rung(state: Engagement, role: str, rung: int) -> PersonId | None:
    ladder = state.playbook.ladder.vacancy  # a newer playbook's may be shorter
    named = ladder[min(rung, len(ladder) - 1)].role
    person_id = state.cast.holder(state.head_role(role) if named == "head" else named)
    return person_id if person_id is not None and may_fill(state, role, person_id) else None


def vacancy_moment(state: Engagement, vacancy: Vacancy) -> datetime | None:
    """When a vacancy next escalates; None at the top, with its clock stopped, or if an act escalates for it."""
    ladder = state.playbook.ladder.vacancy
    if vacancy.rung >= len(ladder) or is_owed_as_act(state, vacancy.role):
        return None
    return vacancy.clock.reaches(state.cast.calendars[vacancy.clock.calendar], ladder[vacancy.rung].after)


def is_owed_as_act(state: Engagement, role: str) -> bool:
    """True if sales owes an act of naming the client's person for a role: that act has the clock and the ladder."""
    return f"{ActKind.NAME_CLIENT_PERSON.value}:{role}" in state.acts


def vacancy_due(state: Engagement, vacancy: Vacancy) -> datetime | None:
    """When a vacancy must be filled before it escalates; on the last rung, when it became overdue.

    None while its clock is stopped.
    """
    ladder = state.playbook.ladder.vacancy
    if vacancy.rung < len(ladder):
        return vacancy_moment(state, vacancy)
    rung, reached = 1, 0
    told: set[PersonId | None] = {_first_told(state, vacancy.role)}
    while rung < len(ladder):
        reached = rung
        rung, person_id = _next_rung(state, vacancy.role, rung, told)
        rung, told = rung + 1, told | {person_id}
    return vacancy.clock.reaches(state.cast.calendars[vacancy.clock.calendar], ladder[reached].after)


def stands_there_as(state: Engagement, vacancy: Vacancy) -> str | None:
    """The role or position by which the accountable person is accountable; None if they have none."""
    ladder = state.playbook.ladder.vacancy
    for rung in range(min(vacancy.rung, len(ladder)) - 1, -1, -1):
        if _on_rung(state, vacancy.role, rung) == vacancy.accountable:
            named = ladder[rung].role
            return state.head_role(vacancy.role) if named == "head" else named
    roles_held = set(state.cast.roles_of(vacancy.accountable))
    names = (*state.cast.positions, *(rung.role for rung in ladder), MANAGER)
    return next((name for name in names if name in roles_held), None)


def sweep(transaction: Transaction[Engagement]) -> None:
    """Seeks successors for roles that end soon, and escalates each vacancy that is due for it."""
    for holding in list(transaction.state.holdings.values()):
        day = last_date(transaction.state, holding)
        if (
            day is not None
            and (moment := successor_moment(transaction.state, holding)) is not None
            and moment <= transaction.now
        ):
            because = f"{transaction.state.cast.name(holding.person_id)} holds it until {day_shown(day)} only"
            _open(transaction, holding.role, VacancyReason(cause=VacancyCause.ENDING, because=because))
    for role in list(transaction.state.vacancies):
        while (
            moment := vacancy_moment(transaction.state, transaction.state.vacancies[role])
        ) is not None and moment <= transaction.now:
            _climb(transaction, transaction.state.vacancies[role])


def successor_moment(state: Engagement, holding: Holding) -> datetime | None:
    """When to seek a successor for a role held until a date; None if one is sought already or not needed."""
    sought = holding.role in state.vacancies or holding.role in state.proposals
    if sought or holding.role not in required_roles(state):
        return None
    end = end_moment(state, holding)
    return end - SUCCESSOR_SOUGHT if end is not None else None


def _ends(state: Engagement, role: str) -> bool:
    holding = state.holdings.get(role)
    return holding is not None and last_date(state, holding) is not None


def end_handovers(transaction: Transaction[Engagement]) -> None:
    """Ends handovers whose last day is over."""
    for handover in transaction.state.handovers:
        if handover_moment(transaction.state, handover) <= transaction.now:
            transaction.record(HandoverEnded(handover=handover))


def handover_moment(state: Engagement, handover: Handover) -> datetime:
    """When somebody's last day with their successor is over, where they work."""
    return state.cast.calendar_of(handover.person_id).day_begins(handover.last_day + timedelta(days=1))


def refresh_accountable(transaction: Transaction[Engagement]) -> None:
    """Finds another accountable person for vacancies whose current one left, lost the position or may not fill it."""
    ladder = transaction.state.playbook.ladder.vacancy
    for vacancy in list(transaction.state.vacancies.values()):
        reached = (_on_rung(transaction.state, vacancy.role, rung) for rung in range(vacancy.rung - 1, -1, -1))
        accountable = accountable_for(transaction.state, vacancy.role, reached, vacancy.told)
        if accountable != vacancy.accountable and vacancy.accountable not in _named_on(transaction.state, vacancy):
            told = (
                *(person_id for person_id in vacancy.told if transaction.state.cast.is_here(person_id)),
                accountable,
            )
            transaction.record(
                VacancyEscalated(
                    role=vacancy.role,
                    rung=vacancy.rung,
                    name=ladder[min(vacancy.rung, len(ladder)) - 1].role,
                    accountable=accountable,
                    told=tuple(dict.fromkeys(told)),
                )
            )


def _named_on(state: Engagement, vacancy: Vacancy) -> set[PersonId | None]:
    """Everybody on the rungs that a vacancy has reached."""
    return {_on_rung(state, vacancy.role, rung) for rung in range(vacancy.rung)} - {None}


def _climb(transaction: Transaction[Engagement], vacancy: Vacancy) -> None:
    """Escalates by one rung; a rung whose person was told already is skipped."""
    state, ladder = transaction.state, transaction.state.playbook.ladder.vacancy
    rung, person_id = _next_rung(state, vacancy.role, vacancy.rung, set(vacancy.told))
    accountable = person_id or vacancy.accountable
    transaction.record(
        VacancyEscalated(
            role=vacancy.role,
            rung=rung + 1,
            name=ladder[rung].role,
            accountable=accountable,
            told=tuple(dict.fromkeys((*vacancy.told, accountable))),
        )
    )


def _next_rung(
    state: Engagement, role: str, rung: int, told: Collection[PersonId | None]
) -> tuple[int, PersonId | None]:
    """The first rung from this one on whose person was not told yet, or the last, and that person."""
    last = len(state.playbook.ladder.vacancy) - 1
    person_id = _on_rung(state, role, rung)
    while (person_id is None or person_id in told) and rung < last:
        rung += 1
        person_id = _on_rung(state, role, rung)
    return rung, person_id
