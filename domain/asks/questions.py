"""Questions back: the ask's own clock stops, and a new ask runs for the person who owes the answer."""

from domain.asks.eligibility import question_ask, waiting_for
from domain.asks.ending import end_question, require_open, start_clock
from domain.asks.events import InformationGiven
from domain.asks.holder import AskHolder
from domain.asks.model import Answer, Ask, Outcome, Question, asked_about
from domain.asks.opening import put_question
from domain.directory.people import CFO, MANAGING_DIRECTOR
from domain.shared.errors import AskedAlready, BadValue, PermissionDenied
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId, PersonId


def need_information(transaction: Transaction[S], ask: Ask, given: Answer, voter: PersonId) -> Ask:
    """Asks a question back. Raises AskedAlready if another question is open."""
    state, me = transaction.state, transaction.actor.person_id
    if ask.open_question is not None:
        raise AskedAlready(
            f"There is already an open question: {ask.open_question.text}"[:1900],
            waits_for=waiting_for(state, ask),
            remedy="Wait for the answer, then ask the next.",
        )
    question = Question(
        by=me,
        to=who_answers(state, ask, me),
        text=given.reason or "",
        at=transaction.now,
        voter=voter if voter != me else None,
    )
    put_question(transaction, ask, question)
    return transaction.state.asks[ask.id]


def who_answers(state: AskHolder, ask: Ask, asker: PersonId) -> PersonId:
    """Who answers a question: the requester or, if they have left or ask it themselves, the person accountable."""
    positions = state.cast.positions
    above = (positions.get(role) for role in ("head_of_engagement_management", MANAGING_DIRECTOR, CFO))
    for person_id in (ask.requester, state.accountable_for(ask), state.cast.holder("engagement_manager"), *above):
        known = state.cast.people.get(person_id) if person_id else None
        if known is not None and known.active and known.id != asker:
            return known.id
    return ask.requester


def give_information(transaction: Transaction[S], ask_id: AskId, text: str) -> None:
    """Answers a voter's question, and the ask's clock runs on."""
    _inform(transaction, require_question(transaction.state, ask_id, transaction.actor.person_id), text)


def require_question(state: AskHolder, ask_id: AskId, person_id: PersonId) -> Ask:
    """The ask whose open question is theirs to answer. Raises NotFound, AlreadyDecided, BadValue, PermissionDenied."""
    ask = require_open(state, ask_id, person_id)
    question = ask.open_question
    if question is None:
        raise BadValue("There is no open question on this ask.", remedy="There is nothing to answer.", field="ask_id")
    if not owes_information(state, ask, person_id):
        put = question_ask(state, ask)
        raise PermissionDenied(
            "The question was not asked of you.",
            waits_for=waiting_for(state, ask),
            remedy=f"{state.cast.name(put.silent[0].person_id if put else question.to)} must answer it.",
        )
    return ask


def owes_information(state: AskHolder, ask: Ask, person_id: PersonId) -> bool:
    """True if the ask has an open question that this person may answer."""
    question = ask.open_question
    if not ask.is_open or question is None:
        return False
    put = question_ask(state, ask)
    may = {*put.asked, state.accountable_for(put)} if put else {question.to}
    return person_id in may - {question.by}


def on_question_answered(transaction: Transaction[S], answered: Ask) -> None:
    """Takes the answer to the ask that put a question as the information that was needed."""
    ask = transaction.state.asks.get(asked_about(answered))
    vote = answered.votes[-1] if answered.votes else None
    if vote is not None and ask is not None and ask.is_open and ask.open_question is not None:
        _inform(transaction, ask, vote.answer.reason or vote.answer.verdict.value)


def _inform(transaction: Transaction[S], ask: Ask, text: str) -> None:
    transaction.record(InformationGiven(ask_id=ask.id, answer=text, by=transaction.actor.person_id))
    end_question(transaction, ask, Outcome.APPROVED)
    start_clock(transaction, ask.id)
