"""Absences and delegations as they come and go: who answers for somebody from a day on, and no longer than that.

Weighed: looking at the calendar whenever somebody answers (then nobody is told that they are asked), or a timer for
each period (a firm's holidays in every history). Here an aggregate notices a period only where it matters to it:
where the person holds a role or owes an answer. Noticing is a fact, so it happens once.
"""

from datetime import datetime

from domain.ask_events import PeriodBegan, PeriodEnded, StandInLeft
from domain.asking.ladders import DELEGATION, STAND_IN, cover_all
from domain.asks import Asking
from domain.people import Cast, Delegation, Period
from domain.turn import S, Turn


def concerned(state: Asking) -> set[str]:
    """Whose absence matters here: who holds a role or owes an answer, and who would stand in for them."""
    owing = {voter.person for ask in state.open_asks() for voter in ask.silent}
    first = {*state.cast.holders.values(), *owing}
    return first | {stand_in for person in first for stand_in in state.cast.named_by(person)}


def moment(state: Asking) -> datetime | None:
    """When the next period that matters begins or ends."""
    return min((when for period in _watched(state) if (when := _next(state, period)) is not None), default=None)


def _watched(state: Asking) -> list[Period]:
    people = sorted(concerned(state) & state.cast.people.keys())
    found: list[Period] = [period for person in people for period in state.cast.periods(person)]
    return [*found, *(period for period in state.cast.begun if period not in found)]


def _next(state: Asking, period: Period) -> datetime:
    return state.cast.ends(period) if period in state.cast.begun else state.cast.begins(period)


def sweep(turn: Turn[S]) -> None:
    """Notices the periods whose day has come: stand-ins are asked as one begins, and asked no more once it is over."""
    for period in _watched(turn.state):
        if turn.state.cast.ends(period) <= turn.now:
            turn.record(PeriodEnded(period=period))
            dismiss(turn, period)
        elif period not in turn.state.cast.begun and turn.state.cast.begins(period) <= turn.now:
            turn.record(PeriodBegan(period=period))
    cover_all(turn)


def dismiss_taken_back(turn: Turn[S], before: Cast) -> None:
    """Who stood in by a period that is not there any more is asked no more, from now on."""
    known = {*turn.state.cast.absences, *turn.state.cast.delegations}
    for period in before.begun:
        if period not in known:
            dismiss(turn, period)


def dismiss(turn: Turn[S], period: Period) -> None:
    """Who stood in by this period alone is asked no more; on a ladder that has climbed, they stay."""
    brought_in = _brought_in(turn.state, period)
    for ask in list(turn.state.open_asks()):
        for stand_in in ask.stand_ins:
            by_period = stand_in.rung == DELEGATION or (stand_in.rung == STAND_IN and ask.rung == 0)
            if by_period and stand_in.instead_of == period.person and stand_in.person in brought_in:
                turn.record(StandInLeft(ask=ask.id, person=stand_in.person))


def _brought_in(state: Asking, period: Period) -> set[str | None]:
    """Whom a period brought in: the one it names, and for an absence the deputy."""
    if isinstance(period, Delegation):
        return {period.to}
    known = state.cast.people.get(period.person)
    return {period.delegate, known.deputy if known else None}
