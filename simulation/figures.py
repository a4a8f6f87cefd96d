"""The results of a simulated portfolio, counted fact by fact."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from domain.asks.events import AskEnded, AskEscalated, AskOpened, VoteCast
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.engagement.acts_owed.events import ActEnded
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy
from domain.next_steps.acts_owed import ActOwed
from domain.shared.values import EngagementId, PersonId, digest
from simulation.running import SimulatedEngagement


class Waited(NamedTuple):
    """A past vacancy or act owed: the role or act, its cause or how it ended, how long, and how far it escalated.

    `minutes` are working minutes.
    """

    what: str
    why: str
    minutes: int
    days: float
    rung: int


class Length(NamedTuple):
    """How long vacancies lasted, in working hours of the calendar by which their clock ran."""

    number: int
    median_hours: float
    p90_hours: float
    longest_hours: float
    median_days: float
    p90_days: float
    longest_days: float


class StillOpen(NamedTuple):
    """A vacancy at the end, and the person accountable for it."""

    engagement_id: EngagementId
    role: str
    cause: str
    days: float
    rung: int
    accountable: str


@dataclass
class Figures:
    """Everything that is counted. `attempts` are those on project managers: the command tried, and the outcome."""

    asks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    gaps: list[Waited] = field(default_factory=list)
    acts: list[Waited] = field(default_factory=list)
    still_open: list[StillOpen] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    attempts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refusals: Counter[str] = field(default_factory=Counter)
    people: dict[str, int] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    facts: int = 0
    most_at_once: int = 0
    trace: str = ""

    def watch(
        self,
        running: SimulatedEngagement,  # noqa: ARG002 -- as every watcher is told
        before: AskHolder,
        event: Any,
        after: AskHolder,
        by: PersonId,  # noqa: ARG002 -- as every watcher is told
        now: datetime,
    ) -> None:
        """Counts one fact."""
        self.facts += 1
        if isinstance(event, AskOpened):
            self.asks[event.ask.kind.value]["opened"] += 1
        elif isinstance(event, AskEnded):
            self._ended(after.asks[event.ask_id])
        elif isinstance(event, VoteCast) and event.vote.by != event.vote.voter:
            self.asks[before.asks[event.ask_id].kind.value]["by a stand-in"] += 1
        elif isinstance(event, AskEscalated) and event.rung == 1:
            self.asks[before.asks[event.ask_id].kind.value]["climbed"] += 1
        if isinstance(before, Engagement) and isinstance(event, ActEnded):
            self.acts.append(act_of(before, before.acts[event.act], event, now))
        if isinstance(before, Engagement) and isinstance(after, Engagement):
            self._vacancies(before, after, now)

    def _ended(self, ask: Ask) -> None:
        counts = self.asks[ask.kind.value]
        counts[ask.outcome.value] += 1
        if ask.final_vote is not None:
            counts["by the last word"] += 1

    def _vacancies(self, before: Engagement, after: Engagement, now: datetime) -> None:
        if before.vacancies is after.vacancies:
            return
        for role, vacancy in before.vacancies.items():
            if role not in after.vacancies:
                self.gaps.append(gap_of(before, vacancy, now))

    def attempt(self, door: str, outcome: str) -> None:
        """Counts an attempt on a project manager."""
        self.attempts[door][outcome] += 1

    def close(self, portfolio: Iterable[SimulatedEngagement], now: datetime, people: dict[str, int]) -> None:
        """Adds the final state."""
        trace = []
        for running in portfolio:
            state = running.state
            trace.append(running.trace.hexdigest())
            self.stages[state.stage.value if state.hold is None else f"{state.stage.value}, on hold"] += 1
            self.changes.update(change.status.value for change in state.changes.values())
            for asking in running.askings():
                for ask in asking.open_asks():
                    self.asks[ask.kind.value]["open at the end"] += 1
            self._still_open(state, now)
        self.people = dict(sorted(people.items()))
        self.trace = digest(trace)

    def _still_open(self, state: Engagement, now: datetime) -> None:
        for role, vacancy in state.vacancies.items():
            gap = gap_of(state, vacancy, now)
            if state.is_over:
                self.gaps.append(gap)
            else:
                accountable = state.cast.name(vacancy.accountable)
                self.still_open.append(StillOpen(state.id, role, gap.why, gap.days, gap.rung, accountable))

    def digest(self) -> str:
        """One hash of everything counted and of every fact: the same for the same seed."""
        counted: dict[str, Any] = {
            "asks": {kind: dict(counts) for kind, counts in self.asks.items()},
            "gaps": [[g.what, g.why, g.minutes, g.rung] for g in (*self.gaps, *self.acts)],
            "open": [[str(part) for part in vacancy] for vacancy in self.still_open],
            "stages": dict(self.stages),
            "attempts": {door: dict(counts) for door, counts in self.attempts.items()},
            "people": self.people,
            "trace": self.trace,
        }
        return digest(counted)


def gap_of(state: Engagement, vacancy: Vacancy, now: datetime) -> Waited:
    """A vacancy with its length so far, without holds."""
    stopped = vacancy.clock.stopped(state.cast.calendars[vacancy.clock.calendar], now)
    days = (now - vacancy.since).total_seconds() / 86_400
    role = vacancy.role.split(":", maxsplit=1)[0]
    return Waited(role, vacancy.cause.value, stopped.spent, round(days, 1), vacancy.rung)


def act_of(state: Engagement, act: ActOwed, ended: ActEnded, now: datetime) -> Waited:
    """An act with the time it was owed, without holds."""
    stopped = act.clock.stopped(state.cast.calendars[act.clock.calendar], now)
    days = (now - act.since).total_seconds() / 86_400
    how = "called for no more" if ended.by is None else "done for its owner" if ended.for_whom else "done by its owner"
    return Waited(act.kind.value, how, stopped.spent, round(days, 1), act.rung)


def length_of(gaps: Iterable[Waited]) -> Length:
    """Count, median, ninth decile and maximum; there must be at least one."""
    found = list(gaps)
    hours, days = sorted(gap.minutes / 60 for gap in found), sorted(gap.days for gap in found)
    p90 = min(len(found) - 1, len(found) * 9 // 10)
    middle = len(found) // 2
    return Length(len(found), hours[middle], hours[p90], hours[-1], days[middle], days[p90], days[-1])
