"""What people are told of an act owed, and of what comes next after an ask has ended."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeGuard

from domain.asks.holder import AskHolder
from domain.change_order.order import ChangeOrder
from domain.engagement.acts_owed.events import ActCovered, ActEnded, ActEscalated, ActOpened, ActReminded
from domain.engagement.aggregate import Engagement
from domain.next_steps.acts_owed import ActOwed
from domain.next_steps.client_view import comes_next, comes_of_change, talks_told
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.references import act_ref
from domain.next_steps.texts import WHY, act_title, what, why_sent_back
from domain.notifications.notice import Told
from domain.record.facts import Aggregate
from domain.shared.values import PersonId

# Steps that are named after an ask has ended; the rest are only counted.
MAX_NAMED = 2


def _told(state: Engagement, act: str, kind: str, people: Iterable[PersonId]) -> Told:
    owed = state.acts[act]
    for person_id in dict.fromkeys(people):
        yield person_id, kind, act_ref(state, owed), told_of_act(state, owed, kind, person_id)


def told_of_act(state: Engagement, act: ActOwed, kind: str, person_id: PersonId) -> str:
    """What someone reads of an act now: when it becomes owed, when half its time is over, when it is overdue."""
    sentence = _sentence(state, act, person_id)
    if kind == "escalation":
        late = f"Overdue, waiting for {state.cast.name(act.owner)}: {sentence}"
        return f"{late} Accountable now: {state.cast.name(act.accountable)}."
    if person_id != act.owner:
        return f"You may do this for {state.cast.name(act.owner)}: {sentence}"
    if kind == "reminder":
        return f"Still yours: {sentence}"
    return f"Next for you: {sentence} {WHY[act.kind]}{_sent_back(state, act)}"


def _opened(state: Engagement, event: ActOpened) -> Told:
    yield from _told(state, event.act.id, "act", [event.act.owner])


def _covered(state: Engagement, event: ActCovered) -> Told:
    yield from _told(state, event.act, "act", event.stand_ins)


def _reminded(state: Engagement, event: ActReminded) -> Told:
    yield from _told(state, event.act, "reminder", [state.acts[event.act].owner])


def _escalated(state: Engagement, event: ActEscalated) -> Told:
    """Those above hear that it is late; stand-ins learn from `ActCovered` that they may do it."""
    act = state.acts[event.act]
    yield from _told(state, event.act, "escalation", (act.owner, *act.told))


def _ended(state: Engagement, event: ActEnded) -> Told:
    if event.for_whom is not None and event.by is not None:
        text = f"{state.cast.name(event.by)} did this for you in {state.id} {state.title}: {act_title(event.act)}."
        yield event.for_whom, "outcome", None, text


TELLERS: dict[type, Callable[[Engagement, Any], Told]] = {
    ActOpened: _opened,
    ActCovered: _covered,
    ActReminded: _reminded,
    ActEscalated: _escalated,
    ActEnded: _ended,
}


def _sentence(state: Engagement, act: ActOwed, reader: PersonId) -> str:
    """`Propose a price for ENG-2026-0042 Halden grid control. Due Mon 30 Nov 2026, 17:00 (Oslo time).`"""
    due = f" Due {state.cast.shown_to(reader, act.due_at)}." if act.due_at else ""
    return f"{act_title(act.id)} – {state.id} {state.title}.{due}"


def _sent_back(state: Engagement, act: ActOwed) -> str:
    """Who sent it back, and why: the owner is to do something about it."""
    said = why_sent_back(state, act)
    return f" {said}" if said else ""


def what_comes_next(state: Aggregate, person_id: PersonId, at: datetime, asked: Collection[str] = ()) -> str:
    """What the reader owes first, and what has begun since `at` or was `asked`, with whose it is.

    If there is neither, the most pressing step.

    A person of the client reads only their own; if there is none, whose turn it is.
    """
    steps = [step for step in next_steps(state, at) if step.who == person_id or not state.cast.is_client(person_id)]
    began = [step for step in steps if step.since >= at or step.ref in asked]
    own = [step for step in steps if step.who == person_id][:1]
    new = [*own, *(step for step in began if step not in own)] or steps[:1]
    if not new and isinstance(state, ChangeOrder):
        return "".join(f" {sentence}" for sentence in comes_of_change(state, person_id))
    if not new:
        return " " + " ".join(comes_next(state, [state], person_id)) if _is_of_client(state, person_id) else ""

    def whose(step: NextStep) -> str:
        return f" – {'you' if step.who == person_id else state.cast.name(step.who)}"

    talks = talks_told(state, person_id) if _is_of_client(state, person_id) else ()
    return " ".join((f" Next: {listed_steps(state, new, person_id, whose)}.", *talks))


def _is_of_client(state: Aggregate, person_id: PersonId) -> TypeGuard[Engagement]:
    return isinstance(state, Engagement) and state.cast.is_client(person_id)


def listed_steps(
    state: AskHolder, steps: Sequence[NextStep], person_id: PersonId, whose: Callable[[NextStep], str]
) -> str:
    """The first steps as this person reads them, each with what `whose` says; the rest are counted."""
    named = "; ".join(step_named(state, step, person_id, whose(step)) for step in steps[:MAX_NAMED])
    more = len(steps) - MAX_NAMED
    return f"{named}{f'; and {more} more' if more > 0 else ''}"


def step_named(state: AskHolder, step: NextStep, person_id: PersonId, whose: str) -> str:
    """`Accept milestone M1 – Anna Lindqvist, due Mon 30 Nov 2026, 17:00 (Oslo time)`."""
    due = f", due {state.cast.shown_to(person_id, step.due)}" if step.due else ""
    return f"{what(state, step).rstrip('.?')}{whose}{due}"
