"""Time: nights in which people's lives change, and moments at which someone or a clock has something to do.

Weighed: sweeping every engagement at each simulated hour (17,500 sweeps of each), a workflow engine that skips time
(the real thing, a hundred times slower, tested elsewhere), and this: one heap of moments, in which each engagement is
queued by its next moment, and each action by when its person gets to it.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from domain.directory.directory import Directory
from domain.playbook.model import Playbook
from domain.shared.errors import Refusal
from simulation.agenda import Action, Agenda
from simulation.checks import RuleBroken
from simulation.conduct import Conduct
from simulation.deals import draw_deal, opening_of
from simulation.figures import Figures
from simulation.firm import found_firm
from simulation.random_events import RandomEvents, drawn_fates
from simulation.remedies import Remedies
from simulation.running import SimulatedEngagement
from simulation.staff_events import StaffEvents

# A Monday, two in the morning: the first night.
BEGINS = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
CLIENTS = 40
MAX_BACKOFF = 6
IMPORTED = "The directory was imported"


class Scope(NamedTuple):
    """How much is simulated."""

    seed: int
    engagements: int = 200
    days: int = 730


class Violation(Exception):
    """A rule was broken: the seed, the engagement, and the time."""

    def __init__(self, scope: Scope, name: str, now: datetime, broken: RuleBroken) -> None:
        super().__init__(f"seed {scope.seed}, {name}, {now:%Y-%m-%d %H:%M} UTC: {broken}")


class Moment(NamedTuple):
    """A future event; `number` keeps the order of simultaneous ones."""

    at: datetime
    number: int
    what: str
    engagement: int
    key: str = ""


@dataclass
class Member:
    """An engagement, with everyone's plans for it."""

    running: SimulatedEngagement
    agenda: Agenda
    remedies: Remedies
    fates: RandomEvents
    wakes: datetime | None = None
    planned: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)

    def deeds(self) -> dict[str, Action]:
        """Every action possible in it now, by key."""
        return {deed.key: deed for deeds in (self.agenda.deeds(), self.remedies.deeds()) for deed in deeds}


class Portfolio:
    """A firm and its engagements, from the first night to the last."""

    def __init__(self, scope: Scope, sample: Directory, playbook: Playbook) -> None:
        self.scope, self.rng = scope, Random(scope.seed)
        self.firm = found_firm(self.rng, sample, playbook, CLIENTS)
        self.life, self.conduct = StaffEvents(self.firm, self.rng), Conduct(self.firm, self.rng)
        self.figures = Figures()
        self.members: dict[int, Member] = {}
        self.now, self.ends = BEGINS, BEGINS + timedelta(days=scope.days)
        self._heap: list[Moment] = []
        self._number = 0

    def run(self, progress: Callable[[int, int], None] = lambda _day, _running: None) -> Figures:
        """Runs the whole simulation. Raises Violation at the first rule that is broken."""
        for day in range(self.scope.days):
            self._push(BEGINS + timedelta(days=day), "night", 0)
        for number in range(1, self.scope.engagements + 1):
            day = self.rng.randrange(max(1, self.scope.days * 17 // 20))
            self._push(BEGINS + timedelta(days=day, hours=self.rng.randint(6, 12)), "start", number)
        while self._heap and self._heap[0].at <= self.ends:
            moment = heapq.heappop(self._heap)
            self.now = moment.at
            if moment.what == "night":
                self._night(progress)
            else:
                self._guarded(moment)
        self.finish()
        return self.figures

    def _push(self, at: datetime, what: str, engagement: int, key: str = "") -> None:
        self._number += 1
        heapq.heappush(self._heap, Moment(at, self._number, what, engagement, key))

    def _guarded(self, moment: Moment) -> None:
        """Executes a moment, and reports in which engagement a rule broke or the domain failed."""
        try:
            self._happens(moment)
        except RuleBroken as broken:
            raise Violation(self.scope, self._name(moment.engagement), self.now, broken) from broken
        except Exception as failure:
            place = f"{self._name(moment.engagement)}, {self.now}: {moment.what} {moment.key}"
            failure.add_note(f"seed {self.scope.seed}, {place}")
            raise

    def _name(self, number: int) -> str:
        return self.members[number].running.state.id if number in self.members else f"engagement {number}"

    def _happens(self, moment: Moment) -> None:
        if moment.what == "start":
            self._start(moment.engagement)
            return
        member = self.members[moment.engagement]
        if moment.what == "wake":
            if member.wakes != moment.at:
                return
            member.running.time_comes(self.now)
        elif moment.what == "fate":
            self._attempt(member, moment.key, lambda: member.fates.come(moment.key, self.now))
        else:
            self._do(member, moment.key)
        self._plan(moment.engagement)

    def _night(self, progress: Callable[[int, int], None]) -> None:
        """Changes the directory, and tells the engagements concerned."""
        self.life.night(self.now.date())
        going_on = [number for number, member in self.members.items() if not member.running.state.is_over]
        self.figures.most_at_once = max(self.figures.most_at_once, len(going_on))
        for number in going_on:
            self._guarded_word(number)
        progress((self.now - BEGINS).days, len(going_on))

    def _guarded_word(self, number: int) -> None:
        running = self.members[number].running
        try:
            word = self.firm.delta_of(running.state, IMPORTED)
            if word is not None:
                running.hear(word, self.now)
                self._plan(number)
        except RuleBroken as broken:
            raise Violation(self.scope, running.state.id, self.now, broken) from broken

    def _start(self, number: int) -> None:
        today = self.now.date()
        deal = draw_deal(self.firm, self.rng, number, today)
        running = SimulatedEngagement(deal, opening_of(deal, self.firm, number, today), self.now, self.figures.watch)
        agenda = Agenda(running, self.conduct)
        fates = RandomEvents(running, self.firm, self.figures.attempt)
        self.members[number] = Member(running, agenda, Remedies(agenda, self.firm), fates)
        for at, what in drawn_fates(self.rng, self.now, self.scope.days):
            self._push(at, "fate", number, what)
        self._plan(number)

    def _do(self, member: Member, key: str) -> None:
        """A person gets to a planned action; it may be done already, or they may be away or gone."""
        member.planned.discard(key)
        deed = member.deeds().get(key)
        if (
            deed is None
            or not self.firm.is_here(deed.person_id)
            or self.firm.back_on(deed.person_id, self.now) is not None
        ):
            return
        if not self._attempt(member, key.split(":", maxsplit=1)[0], lambda: deed.act(self.now)):
            member.refused[key] = member.refused.get(key, 0) + 1

    def _attempt(self, member: Member, what: str, act: Callable[[], None]) -> bool:
        try:
            act()
        except Refusal as refused:
            label = what if member.running.state.id not in what else "answer"
            self.figures.refusals[f"{label}: {type(refused).__name__}"] += 1
            return False
        return True

    def _plan(self, number: int) -> None:
        """Queues the next moment at which time matters here, and when each person gets to their actions."""
        member = self.members[number]
        wakes = member.running.next_moment()
        if wakes is not None and wakes != member.wakes:
            self._push(max(wakes, self.now), "wake", number)
        member.wakes = max(wakes, self.now) if wakes is not None else None
        for deed in member.deeds().values():
            if deed.key not in member.planned and self.firm.is_here(deed.person_id):
                member.planned.add(deed.key)
                self._plan_deed(number, member, deed)

    def _plan_deed(self, number: int, member: Member, deed: Action) -> None:
        tries = min(member.refused.get(deed.key, 0), MAX_BACKOFF)
        if deed.asked is not None and self.conduct.ignores(deed.person_id, deed.asked):
            return
        after = max(self.now, deed.earliest) if deed.earliest else self.now
        self._push(self.conduct.when(deed.person_id, after, deed.pace * 2**tries), "deed", number, deed.key)

    def finish(self) -> None:
        """Checks everything once more, and records the final state."""
        for member in self.members.values():
            try:
                member.running.check_whole()
            except RuleBroken as broken:
                raise Violation(self.scope, member.running.state.id, self.now, broken) from broken
        self.figures.close((member.running for member in self.members.values()), self.now, self.life.seen)
