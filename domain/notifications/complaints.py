"""What people who complained are told: that it is recorded, who answers for it, who takes care of it, what is done."""

from domain.asks.events import AskEnded, ClockStarted
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.complaint_status import OF_COMPLAINTS
from domain.engagement.delivery.events import ComplaintRaised, ComplaintWithdrawn
from domain.notifications.notice import Told
from domain.record.facts import Aggregate, Recorded
from domain.shared.text import sentence
from domain.shared.values import PersonId

# The kind of these messages.
COMPLAINT = "complaint"


def told_of_complaint(state: Aggregate, fact: Recorded, settled: Aggregate) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it, `settled` that after the transaction."""
    if not (isinstance(state, Engagement) and isinstance(settled, Engagement)):
        return
    event = fact.event
    if isinstance(event, ComplaintRaised) and event.person_id is not None:
        begin = f"Your complaint about {state.title} is recorded: {sentence(event.text)}"
        ask = settled.last_ask(AskKind.ACKNOWLEDGE_COMPLAINT, f"complaint:{event.id}")
        yield event.person_id, COMPLAINT, None, f"{begin} {_who_answers(settled, ask, event.person_id, 'it')}"
    elif isinstance(event, ComplaintWithdrawn) and (person_id := state.complained.get(event.id)) is not None:
        yield person_id, COMPLAINT, None, _withdrawn(state, event, state.cast.name(fact.by))
    elif isinstance(event, AskEnded | ClockStarted):
        ask = state.asks.get(event.ask_id)
        person_id = _who_complained(state, ask)
        if ask is None or person_id is None:
            return
        if isinstance(event, ClockStarted):
            yield from _day_moved(settled, ask, person_id)
        elif event.outcome is Outcome.APPROVED and ask.votes:
            yield person_id, COMPLAINT, None, _said_yes(state, ask, settled, person_id)
        elif event.outcome in AGAINST:
            yield person_id, COMPLAINT, None, _who_answers(settled, settled.last_ask(ask.kind, ask.subject), person_id)


def _withdrawn(state: Engagement, event: ComplaintWithdrawn, by: str) -> str:
    text = f"{by} has withdrawn the complaint that you were told of: {sentence(event.reason)}"
    return f"{text} It was about {state.title}. If you do want to complain, reply to this mail."


def _who_complained(state: Engagement, ask: Ask | None) -> PersonId | None:
    if ask is None or ask.kind not in OF_COMPLAINTS:
        return None
    return state.complained.get(ask.subject.removeprefix("complaint:"))


def _said_yes(state: Engagement, ask: Ask, settled: Engagement, person_id: PersonId) -> str:
    who = state.cast.name(ask.votes[-1].by)
    if ask.kind is AskKind.PLAN_COMPLAINT:
        plan = sentence(ask.votes[-1].answer.reason or "")
        return f"What is done about your complaint about {state.title}, says {who}: {plan}"
    taken = f"{who} takes care of your complaint about {state.title}."
    plan_ask = settled.last_ask(AskKind.PLAN_COMPLAINT, ask.subject)
    due = plan_ask.due_at if plan_ask is not None and plan_ask.is_open else None
    return (
        f"{taken} You will hear what is done about it by {state.cast.shown_to(person_id, due)}."
        if due is not None
        else taken
    )


def _day_moved(settled: Engagement, ask: Ask, person_id: PersonId) -> Told:
    """The new date by which they hear of it, now that the clock runs again, unless it was answered meanwhile."""
    now = settled.asks.get(ask.id)
    if now is not None and now.is_open:
        yield person_id, COMPLAINT, None, _who_answers(settled, now, person_id)


def _who_answers(state: Engagement, ask: Ask | None, reader: PersonId, what: str = "") -> str:
    """`Siv Dahl answers for your complaint about Halden by Mon 30 Nov 2026, 17:00 (Oslo time).`"""
    if ask is None or not ask.voters:
        return ""
    by = f"by {state.cast.shown_to(reader, ask.due_at)}" if ask.due_at is not None else "once work continues"
    return (
        f"{state.cast.name(ask.voters[0].person_id)} answers for {what or f'your complaint about {state.title}'} {by}."
    )
