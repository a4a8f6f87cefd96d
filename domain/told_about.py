"""What a message is about, and whether it is still to be told when it leaves: an outage may lie between.

A message is written with the facts that made it, and leaves when a service takes it. What ended in between is not told
any more, nor what passed to another; what rests on hold waits. One rule for every channel, decided before any of them.

Weighed: each channel looks at the ask that it is about to show (which left acts, vacancies and conditions out, and was
written twice), or messages are withdrawn by the facts that end what they are about (one fact more to tell of for each,
and a row that is on its way is withdrawn too late). Here the state says it, as it is at that moment.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

from domain.card import concerns
from domain.engagement.state import Engagement
from domain.record import Aggregate

_FORM = re.compile(
    r"(?P<engagement>[^/]+)/(?P<kind>act|vacancy|offer|task|change):(?P<what>.+?)(@(?P<since>[0-9T]+)Z)?"
)
_SINCE = "%Y%m%dT%H%M%S%f"
TO_BE_DONE = frozenset({"ask", "act", "reminder", "escalation", "answer", "vacancy", "offer", "task"})
"""Kinds of message that say nothing more once what they are about has ended: that is told by a message of its own."""
FIRST_TOLD = frozenset({"ask", "act", "answer", "vacancy", "task"})
"""Those that say something for the first time: on hold they wait. A reminder of what rests says nothing true."""
TO_WHOM_IT_IS_PUT = frozenset({"ask", "act", "reminder", "answer"})
"""Kinds that are told only to whoever owes it, or may do it, by now."""


class About(NamedTuple):
    """What a message is about beside an ask: by what it is known for good, owed again later it has another `since`."""

    engagement: str
    kind: str
    what: str
    since: datetime | None = None

    def __str__(self) -> str:
        """`ENG-2026-0042/act:deliver_milestone:M1@20261130T093000000000Z`."""
        since = f"@{self.since.astimezone(UTC):{_SINCE}}Z" if self.since else ""
        return f"{self.engagement}/{self.kind}:{self.what}{since}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What is written so; None for an ask's id and anything else."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        since = datetime.strptime(found["since"], _SINCE).replace(tzinfo=UTC) if found["since"] else None
        return cls(found["engagement"], found["kind"], found["what"], since)


class Waiting(Protocol):
    """A message on its way, as the record wrote it."""

    @property
    def to(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def ask(self) -> str | None: ...
    @property
    def about(self) -> str | None: ...


class Standing(StrEnum):
    """How what a message is about stands when the message is to leave."""

    CURRENT = "current"
    ENDED = "ended before it was told"
    PASSED_ON = "passed to another before it was told"
    ON_HOLD = "on hold"


def standing(state: Aggregate, message: Waiting) -> Standing:
    """Whether this message is still to be told to whom it was written."""
    if message.kind not in TO_BE_DONE:
        return Standing.CURRENT
    about = About.read(message.about or "")
    found = _of_ask(state, message) if about is None else _of_thing(state, about, message)
    if found is Standing.ON_HOLD and message.kind not in FIRST_TOLD:
        return Standing.ENDED
    return found


def _of_ask(state: Aggregate, message: Waiting) -> Standing:
    if message.ask is None:
        return Standing.CURRENT
    ask = state.asks.get(message.ask)
    if ask is None or not ask.is_open:
        return Standing.ENDED
    if message.kind in TO_WHOM_IT_IS_PUT and not concerns(ask, message.to):
        return Standing.PASSED_ON
    if isinstance(state, Engagement):
        return _resting(state, ask.opened_at)
    return Standing.ON_HOLD if state.clocks_stand else Standing.CURRENT


def _of_thing(state: Aggregate, about: About, message: Waiting) -> Standing:
    if not isinstance(state, Engagement) or about.kind not in OF_THINGS:
        return Standing.CURRENT
    return Standing.ENDED if state.is_over else OF_THINGS[about.kind](state, about, message)


def _of_act(state: Engagement, about: About, message: Waiting) -> Standing:
    act = state.acts.get(about.what)
    if act is None or act.since != about.since:
        return Standing.ENDED
    above = act.told if message.kind == "escalation" else ()
    if message.to not in {*act.may_do, *above}:
        return Standing.PASSED_ON
    return Standing.ON_HOLD if act.clock.since is None else Standing.CURRENT


def _of_vacancy(state: Engagement, about: About, message: Waiting) -> Standing:  # noqa: ARG001 -- as the others
    vacancy = state.vacancies.get(about.what)
    return Standing.ENDED if vacancy is None or vacancy.since != about.since else _resting(state, vacancy.since)


def _of_offer(state: Engagement, about: About, message: Waiting) -> Standing:
    """Nobody is invited to ask for a role that somebody has been asked to hold."""
    return Standing.ENDED if about.what in state.proposals else _of_vacancy(state, about, message)


def _of_task(state: Engagement, about: About, message: Waiting) -> Standing:  # noqa: ARG001 -- as the others
    task = state.tasks.get(about.what)
    return Standing.ENDED if task is None or task.done else _resting(state, task.since)


OF_THINGS: dict[str, Callable[[Engagement, About, Waiting], Standing]] = {
    "act": _of_act,
    "vacancy": _of_vacancy,
    "offer": _of_offer,
    "task": _of_task,
}


def _resting(state: Engagement, since: datetime) -> Standing:
    """On hold what was there before it rests. What arises on hold (who is asked to take a role) is told."""
    return Standing.ON_HOLD if state.hold is not None and since <= state.hold.since else Standing.CURRENT
