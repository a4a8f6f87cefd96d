"""Need information: the clock of an ask stands, and one of its own runs for whoever was asked back."""

from domain.ask_events import InformationGiven
from domain.asking.ending import end_question, require_open, start_clock
from domain.asking.opening import put_question
from domain.asking.seats import question_ask, waiting_for
from domain.asks import Answer, Ask, Asking, Outcome, Question
from domain.people import CFO, MANAGING_DIRECTOR
from domain.refusals import AskedAlready, BadValue, NotYours
from domain.turn import S, Turn


def need_information(turn: Turn[S], ask: Ask, given: Answer, voter: str) -> Ask:
    """Asks back, where no other question is open."""
    state, me = turn.state, turn.actor.person
    if ask.open_question is not None:
        raise AskedAlready(
            f"A question is open already: {ask.open_question.text}"[:1900],
            waits_for=waiting_for(state, ask),
            remedy="Wait for its answer, then ask the next.",
        )
    question = Question(
        by=me,
        to=who_answers(state, ask, me),
        text=given.reason or "",
        at=turn.now,
        voter=voter if voter != me else None,
    )
    put_question(turn, ask, question)
    return turn.state.asks[ask.id]


def who_answers(state: Asking, ask: Ask, asker: str) -> str:
    """Who asked for the thing; where they have left, or ask themselves, whoever is accountable for it."""
    positions = state.cast.positions
    above = (positions.get(role) for role in ("head_of_engagement_management", MANAGING_DIRECTOR, CFO))
    for person in (ask.requester, state.accountable_for(ask), state.cast.holder("engagement_manager"), *above):
        known = state.cast.people.get(person or "")
        if known is not None and known.active and known.id != asker:
            return known.id
    return ask.requester


def give_information(turn: Turn[S], ask_id: str, text: str) -> None:
    """Answers what a voter needed to know; the clock runs on."""
    _inform(turn, require_question(turn.state, ask_id, turn.actor.person), text)


def require_question(state: Asking, ask_id: str, person: str) -> Ask:
    """The ask whose open question was put to somebody. Raises NotFound, AlreadyDecided, BadValue, NotYours."""
    ask = require_open(state, ask_id, person)
    question = ask.open_question
    if question is None:
        raise BadValue("No question is open on this ask.", remedy="Nothing to answer.", field="ask")
    put = question_ask(state, ask)
    may = {*put.asked, state.accountable_for(put)} if put else {question.to}
    if person not in may - {question.by}:
        raise NotYours(
            "The question was not put to you.",
            waits_for=waiting_for(state, ask),
            remedy=f"{state.cast.name(put.silent[0].person if put else question.to)} answers it.",
        )
    return ask


def on_question_answered(turn: Turn[S], answered: Ask) -> None:
    """An ask that was a question's: its words are the information."""
    ask = turn.state.asks.get(answered.subject.removeprefix("question:"))
    vote = answered.votes[-1] if answered.votes else None
    if vote is not None and ask is not None and ask.is_open and ask.open_question is not None:
        _inform(turn, ask, vote.answer.reason or vote.answer.verdict.value)


def _inform(turn: Turn[S], ask: Ask, text: str) -> None:
    turn.record(InformationGiven(ask=ask.id, answer=text, by=turn.actor.person))
    end_question(turn, ask, Outcome.APPROVED)
    start_clock(turn, ask.id)
