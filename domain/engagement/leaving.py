"""What an engagement makes of the directory's word: who left is nobody's holder any more, in one step."""

from datetime import date, datetime

from domain.asking import end_ask
from domain.asks import AskKind, Outcome
from domain.engagement import commands as c
from domain.engagement.events import TaskMoved
from domain.engagement.role_events import DirectoryTaken, ProposalEnded
from domain.engagement.staffing import gaps_of, leave
from domain.engagement.state import Engagement, Holding, VacancyCause
from domain.engagement.vacancies import refresh_accountable
from domain.turn import Turn


def take_directory(turn: Turn[Engagement], command: c.TakeDirectory) -> None:
    """Takes newer facts of people. An older word than the one known changes nothing."""
    if command.version < turn.state.directory:
        return
    turn.record(
        DirectoryTaken(
            version=command.version,
            people=command.people,
            calendars=command.calendars,
            positions=command.positions,
            absences=command.absences,
            delegations=command.delegations,
            because=command.because,
        )
    )
    for person in sorted(turn.state.cast.people):
        if not turn.state.cast.people[person].active:
            _let_go(turn, person, command.because)
    _require_competence(turn)
    refresh_accountable(turn)


def _let_go(turn: Turn[Engagement], person: str, because: str) -> None:
    """Roles fall vacant, proposals end, tasks become the manager's; what they were asked moves as the turn settles."""
    name = turn.state.cast.name(person)
    for role, holder in list(turn.state.cast.holders.items()):
        if holder == person:
            leave(turn, role, person, VacancyCause.LEFT, f"{name} has left: {because}"[:2000])
    for role, experts in list(turn.state.cast.further_experts.items()):
        if person in experts:
            leave(turn, role, person, VacancyCause.LEFT, f"{name} has left: {because}"[:2000])
    for role, proposal in list(turn.state.proposals.items()):
        if proposal.person == person:
            end_ask(turn, turn.state.asks[proposal.ask], Outcome.WITHDRAWN, f"{name} has left")
            turn.record(ProposalEnded(role=role, declined=f"{name}, who was proposed, has left"))
    _end_pulses(turn, person)
    for task in list(turn.state.tasks.values()):
        if task.owner == person and not task.done:
            turn.record(TaskMoved(task=task.id, owner=turn.state.manager))


def _end_pulses(turn: Turn[Engagement], person: str) -> None:
    """How somebody found it themselves is nobody else's to say."""
    for ask in list(turn.state.open_asks(AskKind.PULSE)):
        if [(voter.person, voter.roles) for voter in ask.silent] == [(person, ("client_contact",))]:
            end_ask(turn, ask, Outcome.WITHDRAWN, f"{turn.state.cast.name(person)} has left")


def _require_competence(turn: Turn[Engagement]) -> None:
    """Who does not reach a role's profile any more holds it no longer, unless its head has waived what lacks."""
    for holding in list(turn.state.holdings.values()):
        lacking = lacks(turn.state, holding)
        if lacking and holding.waiver is None:
            because = f"{turn.state.cast.name(holding.person)} now lacks: {'; '.join(lacking)}"
            leave(turn, holding.role, holding.person, VacancyCause.COMPETENCE_GONE, because[:2000])


def lacks(state: Engagement, holding: Holding) -> tuple[str, ...]:
    """What the holder of a role lacks for it by the directory's last word."""
    defined = state.playbook.role(holding.role)
    person = state.cast.people.get(holding.person)
    return gaps_of(person, holding.role, defined) if defined is not None and person is not None else ()


def end_holdings(turn: Turn[Engagement]) -> None:
    """A role held until a date, or by a waiver until one, is vacant on that date, also while on hold."""
    for holding in list(turn.state.holdings.values()):
        if (end := end_moment(turn.state, holding)) is None or end > turn.now:
            continue
        waived = waived_until(turn.state, holding)
        if holding.until is not None and (waived is None or holding.until <= waived):
            leave(turn, holding.role, holding.person, VacancyCause.EXPIRED, f"held until {holding.until}")
        else:
            because = f"the waiver for {turn.state.cast.name(holding.person)} ended on {waived}"
            leave(turn, holding.role, holding.person, VacancyCause.COMPETENCE_GONE, because[:2000])


def end_moment(state: Engagement, holding: Holding) -> datetime | None:
    """When a role falls vacant by a date: as that day begins where the holder works."""
    days = [day for day in (holding.until, waived_until(state, holding)) if day is not None]
    return state.cast.calendar_of(holding.person).day_begins(min(days)) if days else None


def waived_until(state: Engagement, holding: Holding) -> date | None:
    """The end of a waiver that is still needed: levels lack as before."""
    return holding.waiver.until if holding.waiver is not None and lacks(state, holding) else None
