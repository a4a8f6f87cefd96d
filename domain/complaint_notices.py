"""What whoever complained is told: that it is recorded and who answers for it, who takes care of it, what is done."""

from collections.abc import Iterator

from domain.ask_events import AskEnded
from domain.asks import Ask, AskKind, Outcome
from domain.engagement.events import ComplaintRaised
from domain.engagement.state import Engagement
from domain.record import Aggregate, Recorded
from domain.values import PersonId
from domain.words import sentence

COMPLAINT = "complaint"
"""The kind of these messages."""
Told = Iterator[tuple[str, str, None, str]]
"""Person, kind of message, no step, text."""


def told_of_complaint(state: Aggregate, fact: Recorded, settled: Aggregate) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it, `settled` that after the whole turn."""
    if not (isinstance(state, Engagement) and isinstance(settled, Engagement)):
        return
    event = fact.event
    if isinstance(event, ComplaintRaised) and event.person is not None:
        begin = f"Your complaint about {state.title} is recorded: {sentence(event.text)}"
        yield event.person, COMPLAINT, None, f"{begin} {_who_answers(settled, event.id, event.person)}"
    elif isinstance(event, AskEnded) and event.outcome is Outcome.APPROVED and event.ask in state.asks:
        yield from _answered(state, state.asks[event.ask], settled)


def _answered(state: Engagement, ask: Ask, settled: Engagement) -> Told:
    complaint = ask.subject.removeprefix("complaint:")
    person = state.complained.get(complaint)
    if person is None or not ask.votes:
        return
    vote = ask.votes[-1]
    who = state.cast.name(vote.by)
    if ask.kind is AskKind.ACKNOWLEDGE_COMPLAINT:
        taken = f"{who} takes care of your complaint about {state.title}."
        yield person, COMPLAINT, None, f"{taken}{_until(settled, AskKind.PLAN_COMPLAINT, complaint, person)}"
    elif ask.kind is AskKind.PLAN_COMPLAINT:
        plan = sentence(vote.answer.reason or "")
        yield person, COMPLAINT, None, f"What is done about your complaint about {state.title}, says {who}: {plan}"


def _who_answers(state: Engagement, complaint: str, reader: PersonId) -> str:
    ask = state.last_ask(AskKind.ACKNOWLEDGE_COMPLAINT, f"complaint:{complaint}")
    if ask is None or not ask.voters:
        return ""
    who, due = state.cast.name(ask.voters[0].person), ask.due_at
    return f"{who} answers for it{f' by {state.cast.shown_to(reader, due)}' if due is not None else ''}."


def _until(state: Engagement, kind: AskKind, complaint: str, reader: PersonId) -> str:
    ask = state.last_ask(kind, f"complaint:{complaint}")
    due = ask.due_at if ask is not None and ask.is_open else None
    return f" You hear what is done about it by {state.cast.shown_to(reader, due)}." if due is not None else ""
