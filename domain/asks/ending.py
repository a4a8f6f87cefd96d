"""Ending an ask without a vote, and stopping and starting its clock; an open question ends with its ask."""

from domain.asks.events import AskEnded, ClockStarted, ClockStopped, QuestionDropped
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.outcomes import outcome_label
from domain.shared.errors import AskHasEnded, NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import stopped
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId, PersonId

SEE_WHAT_IS_ASKED = "See the engagement for its open asks."


def require_open(state: AskHolder, ask_id: AskId, person_id: PersonId) -> Ask:
    """Returns the ask if it is open. Raises AskHasEnded, NotFound."""
    ask, ended = state.asks.get(ask_id), state.ended.get(ask_id)
    if ended is not None:
        raise AskHasEnded(f"The ask {ask_id} has ended: {ended.outcome.value}.", remedy=SEE_WHAT_IS_ASKED)
    if state.has_let_go_of(ask_id):
        raise AskHasEnded(f"The ask {ask_id} has ended.", remedy=SEE_WHAT_IS_ASKED)
    if ask is None:
        raise NotFound(
            f"There is no ask {ask_id}.", remedy="Copy the id from your inbox.", action=RemedyAction.LIST_ASKS
        )
    if not ask.is_open:
        raise ended_already(state, ask, person_id)
    return ask


def ended_already(state: AskHolder, ask: Ask, person_id: PersonId) -> AskHasEnded:
    """The refusal of an action on an ended ask: how it ended, and which ask replaced it.

    People whom the ask did not concern learn that it ended, but not why.
    """
    said = f"The ask {ask.id} has ended: {outcome_label(ask.kind, ask.outcome).lower()}"
    if not ask.concerns(person_id):
        return AskHasEnded(f"{said}.", remedy=SEE_WHAT_IS_ASKED)
    by_itself = ask.outcome in {Outcome.SUPERSEDED, Outcome.WITHDRAWN}
    because = f", {ask.why_ended}" if by_itself and ask.why_ended else ""
    newer = state.last_ask(ask.kind, ask.subject)
    told = stopped(f"{said}{because}"[:1900])
    if newer is None or not newer.is_open or newer.id == ask.id:
        return AskHasEnded(told, remedy=SEE_WHAT_IS_ASKED)
    return AskHasEnded(
        told, remedy=f"It has been replaced by {newer.id}.", action=RemedyAction.SHOW_CURRENT_ASK, asked_now=newer.id
    )


def end_question(transaction: Transaction[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    for question in list(transaction.state.open_asks(AskKind.ANSWER_QUESTION, subject=f"question:{ask.id}")):
        transaction.record(AskEnded(ask_id=question.id, outcome=outcome, at=transaction.now, because=because))


def drop_question_of(transaction: Transaction[S], ask_id: AskId, voter: PersonId) -> None:
    """Drops the question of somebody who answered or lost their vote, and restarts the clock for the others."""
    ask = transaction.state.asks[ask_id]
    if ask.is_open and ask.open_question is not None and ask.open_question.held_up == voter:
        drop_question(transaction, ask, "whoever asked no longer needs it")
        start_clock(transaction, ask_id)


def drop_question(transaction: Transaction[S], ask: Ask, because: str) -> None:
    transaction.record(QuestionDropped(ask_id=ask.id))
    end_question(transaction, ask, Outcome.WITHDRAWN, because)


def end_ask(transaction: Transaction[S], ask: Ask, outcome: Outcome, because: str | None = None) -> None:
    """Ends an open ask without a vote: withdrawn because it is no longer needed, or superseded by a newer one."""
    if not transaction.state.asks[ask.id].is_open:
        return
    transaction.record(AskEnded(ask_id=ask.id, outcome=outcome, at=transaction.now, because=because))
    end_question(transaction, ask, Outcome.WITHDRAWN)


def stop_clock(transaction: Transaction[S], ask_id: AskId) -> None:
    ask = transaction.state.asks[ask_id]
    if ask.clock.since is not None:
        calendar = transaction.state.cast.calendars[ask.clock.calendar]
        transaction.record(ClockStopped(ask_id=ask_id, spent=ask.clock.stopped(calendar, transaction.now).spent))


def start_clock(transaction: Transaction[S], ask_id: AskId) -> None:
    """Restarts an ask's clock from now, unless the engagement is on hold."""
    ask = transaction.state.asks[ask_id]
    if ask.clock.since is None and not transaction.state.clocks_stand:
        calendar = transaction.state.cast.calendars[ask.clock.calendar]
        due_at = ask.clock.started(transaction.now).reaches(calendar, ask.due_minutes)
        transaction.record(ClockStarted(ask_id=ask_id, since=transaction.now, due_at=due_at))
