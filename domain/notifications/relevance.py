"""Whether a message is still to be told when it leaves: an outage may lie between.

A message is written with the facts that made it, and leaves when a service takes it. What ended in between is not told
any more, nor what passed to another; what rests on hold waits. One rule for every channel, decided before any of them.

Weighed: each channel looks at the ask that it is about to show (which left acts, vacancies and conditions out, and was
written twice), or messages are withdrawn by the facts that end what they are about (one fact more to tell of for each,
and a row that is on its way is withdrawn too late). Here the state says it, as it is at that moment.
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
from domain.shared.event_log import Aggregate
from domain.shared.values import PersonId

# Kinds of message that say nothing more once what they are about has ended: that is told by a message of its own.
TO_BE_DONE = frozenset({"ask", "act", "reminder", "escalation", "answer", "vacancy", "offer", "task"})
# Those that say something for the first time: on hold they wait. A reminder of what rests says nothing true.
FIRST_TOLD = frozenset({"ask", "act", "answer", "vacancy", "task"})
# Kinds that are told only to whoever owes it, or may do it, by now.
TO_WHOM_IT_IS_PUT = frozenset({"ask", "act", "reminder", "answer"})


class PendingMessage(Protocol):
    """A message on its way, as the record wrote it."""

    @property
    def to(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def ask_id(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...


class Relevance(StrEnum):
    """How what a message is about stands when the message is to leave."""

    CURRENT = "current"
    ENDED = "ended before it was told"
    PASSED_ON = "passed to another before it was told"
    ON_HOLD = "on hold"


def has_gone(directory: Directory, engagement: Engagement, about: Aggregate | None, person_id: PersonId) -> bool:
    """Whether somebody has left the engagement, as it heard or as the directory has it now: there they would be told.

    `about`: the engagement or change order that speaks to them, where it is not about the engagement as a whole.
    """
    casts = (engagement.cast, about.cast) if about is not None else (engagement.cast,)
    known = (cast.people[person_id] for cast in casts if person_id in cast.people)
    return any(not one.active or is_elsewhere(directory, engagement, one) for one in known)


def relevance_of(state: Aggregate, message: PendingMessage) -> Relevance:
    """Whether this message is still to be told to whom it was written."""
    if message.kind not in TO_BE_DONE:
        return Relevance.CURRENT
    found = _of_step(state, StepRef.read(message.step), message) if message.step else _of_ask(state, message)
    if found is Relevance.ON_HOLD and message.kind not in FIRST_TOLD:
        return Relevance.ENDED
    return found


def is_asked_anew(state: Aggregate, ask: Ask, person_id: PersonId) -> bool:
    """True of an ask that ended without an answer, where its reader is asked the same again: news keeps to their hours,
    and would be the last that they read of it.
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
    """Nobody is invited to ask for a role that somebody has been asked to hold, or that they themselves declined."""
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
    """On hold what was there before it rests. What arises on hold (who is asked to take a role) is told."""
    return Relevance.ON_HOLD if state.hold is not None and since <= state.hold.since else Relevance.CURRENT
