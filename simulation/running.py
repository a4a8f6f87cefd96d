"""One engagement of the portfolio with its change orders: every step is checked, every fact passed to the watcher."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.change_order import decide as order_door
from domain.change_order.order import ChangeOrder, TakeBrief
from domain.change_order.permissions import ENGAGEMENT
from domain.deal_file.model import DealFile
from domain.engagement import decide as door
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.commands import ReportChange
from domain.engagement.command import CHANGES, DIRECTORY, Command
from domain.engagement.roles.commands import TakeDirectory
from domain.engagement.start import StartDeal, start
from domain.engagement.timers import apply_due_timers, next_moment
from domain.shared.errors import Rule
from domain.shared.transaction import CLOCK, Actor
from domain.shared.values import PersonId
from simulation import checks
from simulation.acts_tried import check_acts_can_be_done

MAX_ROUNDS = 5
# Called for each fact: the engagement, the state before, the fact, the state after, by whom, when.
Watch = Callable[["SimulatedEngagement", AskHolder, Any, AskHolder, PersonId, datetime], None]


class SimulatedEngagement:
    """The aggregate and its children, as the engine would keep them."""

    def __init__(self, deal: DealFile, opening: StartDeal, now: datetime, watch: Watch) -> None:
        self.deal, self.watch = deal, watch
        self.trace = hashlib.sha256()
        self.orders: dict[int, ChangeOrder] = {}
        self._heard: dict[int, int] = {}
        self._consents = set[tuple[str, str]]()
        actor = Actor(person_id=opening.salesperson)
        decision = start(opening, actor, now)
        self.state: Engagement = decision.state
        self._follow(decision.state, decision.events, actor.person_id, now)
        self._check(self.state)

    # -- acting

    def do(self, command: Command, by: PersonId, now: datetime, *, channel: str = "api") -> None:
        """One command by one person; then the change orders are told. Raises its refusal."""
        decision = door.decide(self.state, command, Actor(person_id=by, channel=channel), now)
        self._keep(decision.state, decision.events, by, now)
        self._tell_orders(now)
        self._check_next_steps(now)

    def do_in_order(self, n: int, command: Command, by: PersonId, now: datetime) -> None:
        """One command to a change order; its engagement is told what it reports. Raises its refusal."""
        decision = order_door.decide(self.orders[n], command, Actor(person_id=by), now)
        self._keep_order(n, decision, by, now)
        self._hear_orders(now)
        self._check_next_steps(now)

    def hear(self, word: TakeDirectory, now: datetime) -> None:
        """Applies what the directory tells."""
        self.do(word, DIRECTORY, now, channel=DIRECTORY)

    def time_comes(self, now: datetime) -> None:
        """Applies everything due by now, here and in the change orders, repeatedly, because that may make more due."""
        for _ in range(MAX_ROUNDS):
            self._due(now)
            later = self.next_moment()
            if later is None or later > now:
                self._check_next_steps(now)
                return
        raise checks.RuleBroken(Rule.THE_RECORD_STANDS, "time does not come to rest")

    def _due(self, now: datetime) -> None:
        decision = apply_due_timers(self.state, now)
        self._keep(decision.state, decision.events, CLOCK, now)
        for n, order in list(self.orders.items()):
            moment = order_door.next_moment(order)
            if moment is not None and moment <= now:
                self._keep_order(n, order_door.apply_due_timers(order, now), CLOCK, now)
        self._tell_orders(now)

    # -- looking up

    def next_moment(self) -> datetime | None:
        """When the clock will next have something to do."""
        moments = (next_moment(self.state), *map(order_door.next_moment, self.orders.values()))
        return min((moment for moment in moments if moment is not None), default=None)

    def askings(self) -> Iterator[AskHolder]:
        """The engagement and its change orders that are not over."""
        if not self.state.is_over:
            yield self.state
        yield from (order for order in self.orders.values() if not order.is_over)

    def order_of(self, ask: Ask) -> int | None:
        """The change order that opened the ask; None if the engagement did."""
        return next((n for n, order in self.orders.items() if ask.id in order.asks), None)

    def check_whole(self) -> None:
        """Checks everything that must hold, including what is expensive to check."""
        checks.check_coverage(self.state)
        checks.check_consent(self.state, self._consents)
        checks.check_asks(self.state)
        for order in self.orders.values():
            checks.check_asks(order)
        for asking in self.askings():
            checks.check_accountable(asking, self.state.vacancies)
            checks.check_nothing_waits_unseen(asking, self.state.vacancies)

    # -- internals

    def _keep(self, state: Engagement, events: tuple[Any, ...], by: PersonId, now: datetime) -> None:
        self._follow(self.state, events, by, now)
        self.state = state
        if events:
            self._check(state)

    def _keep_order(self, n: int, decision: order_door.OrderDecision, by: PersonId, now: datetime) -> None:
        self._follow(self.orders[n], decision.events, by, now)
        self.orders[n] = decision.state
        if decision.events and not decision.state.is_over:
            checks.check_accountable(decision.state, self.state.vacancies)

    def _follow(self, state: AskHolder, events: tuple[Any, ...], by: PersonId, now: datetime) -> None:
        """Folds the facts one by one, so that each is checked against the state before it."""
        self._consents.update(checks.consents(events))
        for event in events:
            after = event.evolve(state)
            checks.check_fact(state, event, by)
            self.trace.update(f"{now.isoformat()} {by} {event.kind};".encode())
            self.watch(self, state, event, after, by, now)
            state = after

    def _check(self, state: Engagement) -> None:
        checks.check_coverage(state)
        if not state.is_over:
            checks.check_accountable(state, state.vacancies)
            checks.check_nothing_waits_unseen(state, state.vacancies)

    def _check_next_steps(self, now: datetime) -> None:
        """Checked once all have told each other: in between, a change order may briefly be no one's."""
        checks.check_next_steps(self.state, list(self.orders.values()), now)
        if not self.state.is_over:
            check_acts_can_be_done(self.state, self.deal, now)

    def _tell_orders(self, now: datetime) -> None:
        """Starts new change orders, and tells each what the engagement says about it now."""
        for n in self.state.changes:
            order = self.orders.get(n)
            if order is not None and order.is_over:
                continue
            brief = brief_for(self.state, n)
            if order is None:
                opened = order_door.start(brief, now)
                self.orders[n] = opened.state
                self._follow(opened.state, opened.events, brief.by, now)
            elif brief != order.brief:
                actor = Actor(person_id=brief.by, channel=ENGAGEMENT)
                self._keep_order(n, order_door.decide(order, TakeBrief(brief=brief), actor, now), brief.by, now)
        self._hear_orders(now)

    def _hear_orders(self, now: datetime) -> None:
        """Takes every report that the engagement has not had, and tells the change orders the result."""
        for n, order in list(self.orders.items()):
            for report in order.reports_after(self._heard.get(n, 0)):
                self._heard[n] = report.number
                if not self.state.is_over:
                    told = ReportChange(
                        n=n,
                        revision=report.revision,
                        report=report.number,
                        status=report.status,
                        work=report.work,
                        conditions=report.conditions,
                        returned_by=report.returned_by,
                        returned_because=report.returned_because,
                        introduces=report.introduces,
                    )
                    actor = Actor(person_id=order.brief.by, channel=CHANGES)
                    decision = door.decide(self.state, told, actor, now)
                    self._keep(decision.state, decision.events, actor.person_id, now)
                    self._tell_orders(now)
