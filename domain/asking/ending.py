"""How an ask ends without a vote, and how its clock stands and runs; what it wanted to know ends with it."""

from domain.ask_events import AskEnded, ClockStarted, ClockStopped, QuestionDropped
from domain.asking.outcomes import outcome_label
from domain.asks import Ask, Asking, AskKind, Outcome
from domain.refusals import AskHasEnded, NotFound
from domain.turn import S, Turn
from domain.words import stopped

SEE_WHAT_IS_ASKED = "See the engagement for what is asked now."


def require_open(state: Asking, ask_id: str, person: str) -> Ask:
    """The ask, for whoever would act on it. Raises AskHasEnded, NotFound."""
    ask, ended = state.asks.get(ask_id), state.ended.get(ask_id)
    if ended is not None:
        raise AskHasEnded(f"The ask {ask_id} has ended: {ended.outcome.value}.", remedy=SEE_WHAT_IS_ASKED)
    if state.has_let_go_of(ask_id):
        raise AskHasEnded(f"The ask {ask_id} ended long ago.", remedy=SEE_WHAT_IS_ASKED)
    if ask is None:
        raise NotFound(f"There is no ask {ask_id}.", remedy="Take the ask's id from your inbox.")
    if not ask.is_open:
        raise ended_already(state, ask, person)
    return ask


def ended_already(state: Asking, ask: Ask, person: str) -> AskHasEnded:
    """The refusal of whatever comes after an ask has ended: by what it did, and as which it is asked now.

    Others than those whom it was put to, and whoever put it, read that it ended, and nothing of why.
    """
    said = f"The ask {ask.id} has ended: {outcome_label(ask.kind, ask.outcome).lower()}"
    if not ask.concerns(person):
        return AskHasEnded(f"{said}.", remedy=SEE_WHAT_IS_ASKED)
    by_itself = ask.outcome in {Outcome.SUPERSEDED, Outcome.WITHDRAWN}
    because = f", {ask.why_ended}" if by_itself and ask.why_ended else ""
    newer = state.last_ask(ask.kind, ask.subject)
    told = stopped(f"{said}{because}"[:1900])
    if newer is None or not newer.is_open or newer.id == ask.id:
        return AskHasEnded(told, remedy=SEE_WHAT_IS_ASKED)
    return AskHasEnded(told, remedy=f"It is asked now as {newer.id}.", asked_now=newer.id)


def end_question(turn: Turn[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    for question in list(turn.state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}")):
        turn.record(AskEnded(ask=question.id, outcome=outcome, at=turn.now, because=because))


def drop_question_of(turn: Turn[S], ask_id: str, voter: str) -> None:
    """Whoever has answered, or may not any more, needs to know no more: the ask's clock runs on for the others."""
    ask = turn.state.asks[ask_id]
    if ask.is_open and ask.open_question is not None and ask.open_question.held_up == voter:
        drop_question(turn, ask, "who asked does not wait for it any more")
        start_clock(turn, ask_id)


def drop_question(turn: Turn[S], ask: Ask, because: str) -> None:
    turn.record(QuestionDropped(ask=ask.id))
    end_question(turn, ask, Outcome.WITHDRAWN, because)


def end_ask(turn: Turn[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    """Ends an ask without a vote: withdrawn by whom it served, or superseded by a newer one."""
    if not turn.state.asks[ask.id].is_open:
        return
    turn.record(AskEnded(ask=ask.id, outcome=outcome, at=turn.now, because=because))
    end_question(turn, ask, Outcome.WITHDRAWN)


def stop_clock(turn: Turn[S], ask_id: str) -> None:
    """Halts an ask's working minutes."""
    ask = turn.state.asks[ask_id]
    if ask.clock.since is not None:
        calendar = turn.state.cast.calendars[ask.clock.calendar]
        turn.record(ClockStopped(ask=ask_id, spent=ask.clock.stopped(calendar, turn.now).spent))


def start_clock(turn: Turn[S], ask_id: str) -> None:
    """Lets an ask's working minutes run on from now."""
    ask = turn.state.asks[ask_id]
    if ask.clock.since is None and not turn.state.clocks_stand:
        calendar = turn.state.cast.calendars[ask.clock.calendar]
        due_at = ask.clock.started(turn.now).reaches(calendar, ask.due_minutes)
        turn.record(ClockStarted(ask=ask_id, since=turn.now, due_at=due_at))
