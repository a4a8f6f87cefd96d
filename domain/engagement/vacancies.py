"""A vacancy: it opens by itself, has a clock and a ladder, and closes only when somebody answers for the role again.

Nothing here ever names a holder. Weighed for absences: taking the role away from whoever is on holiday (they would
have to accept it anew), or looking away until a gate fails. Here the role stays theirs and counts as vacant until
somebody stands in or they are back.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from domain.acts import ActKind
from domain.asking.ending import end_ask
from domain.asks import Outcome
from domain.engagement.coverage import missing, required_roles
from domain.engagement.covering import is_own_hours, who_covers
from domain.engagement.holdings import end_moment, last_date
from domain.engagement.naming import MANAGER, accountable_for, may_fill
from domain.engagement.role_events import (
    HandoverEnded,
    ProposalEnded,
    VacancyClimbed,
    VacancyClosed,
    VacancyOpened,
    VacancyTurned,
)
from domain.engagement.state import Engagement, Handover, Holding, Unheld, Vacancy, VacancyCause
from domain.people import Absence
from domain.turn import Turn
from domain.working_time import Clock, day_shown

SUCCESSOR_SOUGHT = timedelta(days=7)
"""How long before the end of a role that is held until a date its successor is sought."""
NOBODY_YET = Unheld(cause=VacancyCause.NOT_NAMED, because="nobody holds it yet")


def watch(turn: Turn[Engagement]) -> None:
    """Opens a vacancy for each role that is needed by now and that nobody answers for; closes what is filled."""
    state = turn.state
    for role in missing(state, state.stage):
        if state.cast.holder(role) is None:
            _open_or_turn(turn, role, state.unheld.get(role) or NOBODY_YET)
    required = required_roles(state)
    for role, stage in required.items():
        if stage.order <= state.stage.order and (away := uncovered(state, role)) is not None:
            nobody = "nobody else gives their hours" if is_own_hours(state, role) else "nobody stands in"
            until = f"{state.cast.name(away.person)} is away until {day_shown(away.last)} and {nobody}"
            _open_or_turn(turn, role, Unheld(cause=VacancyCause.AWAY, because=until))
    for role, vacancy in list(turn.state.vacancies.items()):
        back = vacancy.cause is VacancyCause.AWAY and uncovered(turn.state, role) is None
        ending = vacancy.cause is VacancyCause.ENDING and not _ends(turn.state, role)
        held = turn.state.cast.holder(role) is not None
        if role not in required or (held and (back or ending)):
            turn.record(VacancyClosed(role=role))
        if held and back:
            _ask_nobody_to_follow(turn, role)


def _ask_nobody_to_follow(turn: Turn[Engagement], role: str) -> None:
    """Whoever was asked to take over from somebody who was only away is asked no more: it is answered for again."""
    proposal = turn.state.proposals.get(role)
    if proposal is None or proposal.further or proposal.because is not None or _ends(turn.state, role):
        return
    again = f"{turn.state.cast.name(turn.state.cast.holders[role])} is back, or somebody stands in for them"
    end_ask(turn, turn.state.asks[proposal.ask], Outcome.WITHDRAWN, again)
    turn.record(ProposalEnded(role=role))


def _open_or_turn(turn: Turn[Engagement], role: str, why: Unheld) -> None:
    vacancy = turn.state.vacancies.get(role)
    if vacancy is None:
        _open(turn, role, why)
    elif (vacancy.cause, vacancy.because) != (why.cause, why.because):
        turn.record(VacancyTurned(role=role, cause=why.cause, because=why.because))


def uncovered(state: Engagement, role: str) -> Absence | None:
    """The absence for which nobody answers in a role now. Whoever is away but owes nothing there leaves no gap."""
    holder = state.cast.holders.get(role)
    if holder is None or state.cast.is_client(holder) or _owes_nothing(state, role):
        return None
    gone = (period for period in state.cast.begun if isinstance(period, Absence) and period.person == holder)
    return next((absence for absence in gone if not any(who_covers(state, absence, role))), None)


def left_by(state: Engagement, absence: Absence) -> Iterator[str]:
    """The roles, needed by now, for which nobody answers during an absence, as things stand."""
    for role, stage in required_roles(state).items():
        held = state.cast.holders.get(role) == absence.person and stage.order <= state.stage.order
        if held and not _owes_nothing(state, role) and not any(who_covers(state, absence, role)):
            yield role


def _owes_nothing(state: Engagement, role: str) -> bool:
    """True for an expert whose hours are all given: nothing is waited for from them."""
    discipline = role.removeprefix("expert:")
    if discipline == role:
        return False
    estimated = {estimate.package for estimate in state.estimates}
    more = state.cast.further_experts.get(role)
    return bool(more) or all(p.id in estimated for p in state.packages.values() if p.discipline == discipline)


def _open(turn: Turn[Engagement], role: str, why: Unheld) -> None:
    """Starts a vacancy's clock; the head of the function is accountable at once."""
    state = turn.state
    head = _first_told(state, role)
    clock = Clock(calendar=state.cast.calendar_of(head).name, since=None if state.clocks_stand else turn.now)
    vacancy = Vacancy(
        role=role,
        since=turn.now,
        cause=why.cause,
        because=why.because,
        clock=clock,
        rung=1,
        accountable=head,
        told=(head,),
    )
    turn.record(VacancyOpened(vacancy=vacancy))


def _first_told(state: Engagement, role: str) -> str:
    return accountable_for(state, role, [_on_rung(state, role, 0)])


def _on_rung(state: Engagement, role: str, rung: int) -> str | None:
    ladder = state.playbook.ladder.vacancy  # another playbook's may be shorter
    named = ladder[min(rung, len(ladder) - 1)].role
    person = state.cast.holder(state.head_role(role) if named == "head" else named)
    return person if person is not None and may_fill(state, role, person) else None


def vacancy_moment(state: Engagement, vacancy: Vacancy) -> datetime | None:
    """When a vacancy next climbs; None at the top of its ladder, while its clock stands, or an act's climbs for it."""
    ladder = state.playbook.ladder.vacancy
    if vacancy.rung >= len(ladder) or is_owed_as_act(state, vacancy.role):
        return None
    return vacancy.clock.reaches(state.cast.calendars[vacancy.clock.calendar], ladder[vacancy.rung].after)


def is_owed_as_act(state: Engagement, role: str) -> bool:
    """True where sales owes it to name the client's person for a role: that act has the clock and the ladder."""
    return f"{ActKind.NAME_CLIENT_PERSON.value}:{role}" in state.acts


def vacancy_due(state: Engagement, vacancy: Vacancy) -> datetime | None:
    """Until when a vacancy is to be filled before it climbs; on its last rung since when it is overdue.

    None while its clock stands.
    """
    ladder = state.playbook.ladder.vacancy
    if vacancy.rung < len(ladder):
        return vacancy_moment(state, vacancy)
    rung, reached = 1, 0
    told: set[str | None] = {_first_told(state, vacancy.role)}
    while rung < len(ladder):
        reached = rung
        rung, person = _next_rung(state, vacancy.role, rung, told)
        rung, told = rung + 1, told | {person}
    return vacancy.clock.reaches(state.cast.calendars[vacancy.clock.calendar], ladder[reached].after)


def stands_there_as(state: Engagement, vacancy: Vacancy) -> str | None:
    """The role or position by which whoever is accountable for a vacancy is; None where none of theirs is known."""
    ladder = state.playbook.ladder.vacancy
    for rung in range(min(vacancy.rung, len(ladder)) - 1, -1, -1):
        if _on_rung(state, vacancy.role, rung) == vacancy.accountable:
            named = ladder[rung].role
            return state.head_role(vacancy.role) if named == "head" else named
    worn = set(state.cast.roles_of(vacancy.accountable))
    names = (*state.cast.positions, *(rung.role for rung in ladder), MANAGER)
    return next((name for name in names if name in worn), None)


def sweep(turn: Turn[Engagement]) -> None:
    """Seeks successors of roles that soon end, and lets each vacancy whose moment has come climb."""
    for holding in list(turn.state.holdings.values()):
        day = last_date(turn.state, holding)
        if day is not None and (moment := successor_moment(turn.state, holding)) is not None and moment <= turn.now:
            because = f"{turn.state.cast.name(holding.person)} holds it until {day_shown(day)} only"
            _open(turn, holding.role, Unheld(cause=VacancyCause.ENDING, because=because))
    for role in list(turn.state.vacancies):
        while (moment := vacancy_moment(turn.state, turn.state.vacancies[role])) is not None and moment <= turn.now:
            _climb(turn, turn.state.vacancies[role])


def successor_moment(state: Engagement, holding: Holding) -> datetime | None:
    """When a successor is to be sought of a role that is held until a date; None where none is, or need be."""
    sought = holding.role in state.vacancies or holding.role in state.proposals
    if sought or holding.role not in required_roles(state):
        return None
    end = end_moment(state, holding)
    return end - SUCCESSOR_SOUGHT if end is not None else None


def _ends(state: Engagement, role: str) -> bool:
    holding = state.holdings.get(role)
    return holding is not None and last_date(state, holding) is not None


def end_handovers(turn: Turn[Engagement]) -> None:
    """Who handed a role over leaves their successor's side after their last day."""
    for handover in turn.state.handovers:
        if handover_moment(turn.state, handover) <= turn.now:
            turn.record(HandoverEnded(handover=handover))


def handover_moment(state: Engagement, handover: Handover) -> datetime:
    """When somebody's last day beside their successor is over, where they work."""
    return state.cast.calendar_of(handover.person).day_begins(handover.last_day + timedelta(days=1))


def refresh_accountable(turn: Turn[Engagement]) -> None:
    """A vacancy whose accountable person left, lost the position or may not fill it any more is somebody's who may."""
    ladder = turn.state.playbook.ladder.vacancy
    for vacancy in list(turn.state.vacancies.values()):
        reached = (_on_rung(turn.state, vacancy.role, rung) for rung in range(vacancy.rung - 1, -1, -1))
        accountable = accountable_for(turn.state, vacancy.role, reached, vacancy.told)
        if accountable != vacancy.accountable and vacancy.accountable not in _named_on(turn.state, vacancy):
            told = (*(person for person in vacancy.told if turn.state.cast.is_here(person)), accountable)
            turn.record(
                VacancyClimbed(
                    role=vacancy.role,
                    rung=vacancy.rung,
                    name=ladder[min(vacancy.rung, len(ladder)) - 1].role,
                    accountable=accountable,
                    told=tuple(dict.fromkeys(told)),
                )
            )


def _named_on(state: Engagement, vacancy: Vacancy) -> set[str | None]:
    """Everybody who stands on the rungs that a vacancy has reached."""
    return {_on_rung(state, vacancy.role, rung) for rung in range(vacancy.rung)} - {None}


def _climb(turn: Turn[Engagement], vacancy: Vacancy) -> None:
    """One rung up; a rung whose person was told already is passed at once."""
    state, ladder = turn.state, turn.state.playbook.ladder.vacancy
    rung, person = _next_rung(state, vacancy.role, vacancy.rung, set(vacancy.told))
    accountable = person or vacancy.accountable
    turn.record(
        VacancyClimbed(
            role=vacancy.role,
            rung=rung + 1,
            name=ladder[rung].role,
            accountable=accountable,
            told=tuple(dict.fromkeys((*vacancy.told, accountable))),
        )
    )


def _next_rung(state: Engagement, role: str, rung: int, told: Collection[str | None]) -> tuple[int, str | None]:
    """The first rung from this one on whose person was not told, or the last, and who stands there."""
    last = len(state.playbook.ladder.vacancy) - 1
    person = _on_rung(state, role, rung)
    while (person is None or person in told) and rung < last:
        rung += 1
        person = _on_rung(state, role, rung)
    return rung, person
