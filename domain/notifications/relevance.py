"""Whether a message is still relevant when it is sent: there may have been an outage since it was written.

A message is written with the facts that caused it, and leaves when a service accepts it. What has ended in between is
no longer told, nor what has passed to someone else; what is on hold waits. One rule for every channel, applied before
any of them.

Weighed: each channel checks the ask that it is about to show (which left out acts, vacancies and conditions, and was
written twice), or the facts that end something withdraw its messages (each such fact has one more thing to do, and a
row that is being sent is withdrawn too late). Here it follows from the state at the moment of sending.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.asks.model import Ask, Outcome
from domain.directory.candidates import declined_by
from domain.directory.delta import is_elsewhere
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import who_may_name
from domain.next_steps.references import StepRef, act_of, task_of, vacancy_of
from domain.notifications.vacancy_offers import OFFER
from domain.record.facts import Aggregate
from domain.shared.values import AskId, PersonId

# Kinds of message that are void once what they are about has ended: a message of its own tells that.
TO_BE_DONE = frozenset({"ask", "act", "reminder", "escalation", "answer", "vacancy", "offer", "task"})
# Those that announce something new: they wait during a hold. A reminder of something on hold would be wrong.
FIRST_TOLD = frozenset({"ask", "act", "answer", "vacancy", "task"})
# Kinds that go only to those who by now owe it or may do it.
TO_WHOM_IT_IS_PUT = frozenset({"ask", "act", "reminder", "answer"})


class PendingMessage(Protocol):
    """A message to be sent, as the record wrote it."""

    @property
    def to(self) -> PersonId: ...
    @property
    def kind(self) -> str: ...
    @property
    def ask_id(self) -> AskId | None: ...
    @property
    def step(self) -> str | None: ...


class Relevance(StrEnum):
    """The status, at the time of sending, of what a message is about."""

    CURRENT = "current"
    ENDED = "ended before it was told"
    PASSED_ON = "passed to another before it was told"
    ON_HOLD = "on hold"


def has_gone(directory: Directory, engagement: Engagement, about: Aggregate | None, person_id: PersonId) -> bool:
    """True if someone has left the engagement, by its own people or by the directory.

    `about`: the engagement or change order that a message is from, unless it is about the engagement as a whole.
    """
    casts = (engagement.cast, about.cast) if about is not None else (engagement.cast,)
    known = (cast.people[person_id] for cast in casts if person_id in cast.people)
    return any(not one.active or is_elsewhere(directory, engagement, one) for one in known)


def relevance_of(state: Aggregate, message: PendingMessage) -> Relevance:
    """Whether this message should still go to its recipient."""
    if message.kind not in TO_BE_DONE:
        return Relevance.CURRENT
    found = _of_step(state, StepRef.read(message.step), message) if message.step else _of_ask(state, message)
    if found is Relevance.ON_HOLD and message.kind not in FIRST_TOLD:
        return Relevance.ENDED
    return found


def is_asked_anew(state: Aggregate, ask: Ask, person_id: PersonId) -> bool:
    """True for an ask that ended without an answer and whose reader is asked the same again.

    News keeps to their working hours, so the old ask's end would be the last that they read of it.
    """
    newer = state.last_ask(ask.kind, ask.subject)
    if newer is None or ask.outcome not in {Outcome.WITHDRAWN, Outcome.SUPERSEDED}:
        return False
    return newer.id != ask.id and newer.is_open and person_id in newer.asked


def _of_ask(state: Aggregate, message: PendingMessage) -> Relevance:
    if message.ask_id is None:
        return Relevance.CURRENT
    ask = state.asks.get(message.ask_id)
    if ask is None or not ask.is_open:
        return Relevance.ENDED
    if message.kind in TO_WHOM_IT_IS_PUT and not ask.concerns(message.to):
        return Relevance.PASSED_ON
    if isinstance(state, Engagement):
        return _resting(state, ask.opened_at)
    return Relevance.ON_HOLD if state.clocks_stand else Relevance.CURRENT


def _of_step(state: Aggregate, ref: StepRef, message: PendingMessage) -> Relevance:
    if not isinstance(state, Engagement) or ref.kind not in OF_STEPS:
        return Relevance.CURRENT
    return Relevance.ENDED if state.is_over else OF_STEPS[ref.kind](state, ref, message)


def _of_act(state: Engagement, ref: StepRef, message: PendingMessage) -> Relevance:
    act = act_of(state, ref)
    if act is None:
        return Relevance.ENDED
    above = act.told if message.kind == "escalation" else ()
    if message.to not in {*act.may_do, *above}:
        return Relevance.PASSED_ON
    return Relevance.ON_HOLD if act.clock.since is None else Relevance.CURRENT


def _of_vacancy(state: Engagement, ref: StepRef, message: PendingMessage) -> Relevance:
    """No one is invited to ask for a role that someone has been asked to hold, or that they themselves declined."""
    vacancy = vacancy_of(state, ref)
    is_offer = message.kind == OFFER
    if vacancy is None or (is_offer and (ref.what in state.proposals or message.to in declined_by(state, ref.what))):
        return Relevance.ENDED
    if not is_offer and message.to not in (vacancy.accountable, *who_may_name(state, vacancy)):
        return Relevance.PASSED_ON
    return _resting(state, vacancy.since)


def _of_task(state: Engagement, ref: StepRef, message: PendingMessage) -> Relevance:  # noqa: ARG001 -- as the others
    task = task_of(state, ref)
    return Relevance.ENDED if task is None else _resting(state, task.since)


OF_STEPS: dict[str, Callable[[Engagement, StepRef, PendingMessage], Relevance]] = {
    "act": _of_act,
    "vacancy": _of_vacancy,
    "task": _of_task,
}


def _resting(state: Engagement, since: datetime) -> Relevance:
    """During a hold, what existed before it waits. What arises during it (someone is asked to take a role) is sent."""
    return Relevance.ON_HOLD if state.hold is not None and since <= state.hold.since else Relevance.CURRENT
