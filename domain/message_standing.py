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

from domain.asks import Ask, Outcome
from domain.candidates import declined_by
from domain.directory import Directory
from domain.engagement.naming import who_may_name
from domain.engagement.state import Engagement
from domain.firm.word import is_elsewhere
from domain.offers import OFFER
from domain.record import Aggregate
from domain.step_refs import StepRef, act_of, task_of, vacancy_of
from domain.values import PersonId

TO_BE_DONE = frozenset({"ask", "act", "reminder", "escalation", "answer", "vacancy", "offer", "task"})
"""Kinds of message that say nothing more once what they are about has ended: that is told by a message of its own."""
FIRST_TOLD = frozenset({"ask", "act", "answer", "vacancy", "task"})
"""Those that say something for the first time: on hold they wait. A reminder of what rests says nothing true."""
TO_WHOM_IT_IS_PUT = frozenset({"ask", "act", "reminder", "answer"})
"""Kinds that are told only to whoever owes it, or may do it, by now."""


class Waiting(Protocol):
    """A message on its way, as the record wrote it."""

    @property
    def to(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def ask(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...


class Standing(StrEnum):
    """How what a message is about stands when the message is to leave."""

    CURRENT = "current"
    ENDED = "ended before it was told"
    PASSED_ON = "passed to another before it was told"
    ON_HOLD = "on hold"


def has_gone(directory: Directory, engagement: Engagement, about: Aggregate | None, person: PersonId) -> bool:
    """Whether somebody has left the engagement, as it heard or as the directory has it now: there they would be told.

    `about`: the engagement or change order that speaks to them, where it is not about the engagement as a whole.
    """
    casts = (engagement.cast, about.cast) if about is not None else (engagement.cast,)
    known = (cast.people[person] for cast in casts if person in cast.people)
    return any(not one.active or is_elsewhere(directory, engagement, one) for one in known)


def standing(state: Aggregate, message: Waiting) -> Standing:
    """Whether this message is still to be told to whom it was written."""
    if message.kind not in TO_BE_DONE:
        return Standing.CURRENT
    found = _of_step(state, StepRef.read(message.step), message) if message.step else _of_ask(state, message)
    if found is Standing.ON_HOLD and message.kind not in FIRST_TOLD:
        return Standing.ENDED
    return found


def is_asked_anew(state: Aggregate, ask: Ask, person: PersonId) -> bool:
    """True of an ask that ended without an answer, where its reader is asked the same again: news keeps to their hours,
    and would be the last that they read of it.
    """
    newer = state.last_ask(ask.kind, ask.subject)
    if newer is None or ask.outcome not in {Outcome.WITHDRAWN, Outcome.SUPERSEDED}:
        return False
    return newer.id != ask.id and newer.is_open and person in newer.asked


def _of_ask(state: Aggregate, message: Waiting) -> Standing:
    if message.ask is None:
        return Standing.CURRENT
    ask = state.asks.get(message.ask)
    if ask is None or not ask.is_open:
        return Standing.ENDED
    if message.kind in TO_WHOM_IT_IS_PUT and not ask.concerns(message.to):
        return Standing.PASSED_ON
    if isinstance(state, Engagement):
        return _resting(state, ask.opened_at)
    return Standing.ON_HOLD if state.clocks_stand else Standing.CURRENT


def _of_step(state: Aggregate, ref: StepRef, message: Waiting) -> Standing:
    if not isinstance(state, Engagement) or ref.kind not in OF_STEPS:
        return Standing.CURRENT
    return Standing.ENDED if state.is_over else OF_STEPS[ref.kind](state, ref, message)


def _of_act(state: Engagement, ref: StepRef, message: Waiting) -> Standing:
    act = act_of(state, ref)
    if act is None:
        return Standing.ENDED
    above = act.told if message.kind == "escalation" else ()
    if message.to not in {*act.may_do, *above}:
        return Standing.PASSED_ON
    return Standing.ON_HOLD if act.clock.since is None else Standing.CURRENT


def _of_vacancy(state: Engagement, ref: StepRef, message: Waiting) -> Standing:
    """Nobody is invited to ask for a role that somebody has been asked to hold, or that they themselves declined."""
    vacancy = vacancy_of(state, ref)
    is_offer = message.kind == OFFER
    if vacancy is None or (is_offer and (ref.what in state.proposals or message.to in declined_by(state, ref.what))):
        return Standing.ENDED
    if not is_offer and message.to not in (vacancy.accountable, *who_may_name(state, vacancy)):
        return Standing.PASSED_ON
    return _resting(state, vacancy.since)


def _of_task(state: Engagement, ref: StepRef, message: Waiting) -> Standing:  # noqa: ARG001 -- as the others
    task = task_of(state, ref)
    return Standing.ENDED if task is None else _resting(state, task.since)


OF_STEPS: dict[str, Callable[[Engagement, StepRef, Waiting], Standing]] = {
    "act": _of_act,
    "vacancy": _of_vacancy,
    "task": _of_task,
}


def _resting(state: Engagement, since: datetime) -> Standing:
    """On hold what was there before it rests. What arises on hold (who is asked to take a role) is told."""
    return Standing.ON_HOLD if state.hold is not None and since <= state.hold.since else Standing.CURRENT
