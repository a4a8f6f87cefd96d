"""The largest deal that is allowed: every list at its bound in rows or bytes, and every answer in the most words."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from domain.asks.model import Ask, AskKind, Condition, Verdict
from domain.engagement.closing.commands import CloseEngagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.needs.commands import CoverPromise, ReconcilePromise, RecordNeeds, RecordPromises, RestateNeeds
from domain.engagement.needs.values import Measure, Need, Promise
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetMilestones, SetWorkPackages
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import BadValue
from domain.shared.limits import (
    MAX_CONDITION_TEXT_BYTES,
    MAX_MILESTONE_TEXT_BYTES,
    MAX_PACKAGE_TEXT_BYTES,
    MAX_REASON_BYTES,
    MAX_ROWS,
)
from domain.shared.text import cut
from tests.domain.story import ALL_ASKS, Story, _as, sample

MAX_CONDITIONS = 20
WITH_CONDITIONS = frozenset(
    {AskKind.ATTEST_ESTIMATE, AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL, AskKind.REVIEW_SOW, AskKind.ACCEPT_HANDOFF}
)
# 2,000 characters of four bytes each.
LARGE = "\U00010348" * 2000


class Largest(Story):
    """Plays a deal in which everything is as large as it may be; `text` is what people write where they can."""

    remembers = False  # too large to be kept

    def __init__(
        self, text: str = LARGE, rows: int = MAX_ROWS, change_orders: tuple[Any, ...] | None = None, **more: Any
    ) -> None:
        self.text, self.rows = text, rows
        deal = sample("halden").model_copy(update={"actual_hours": {}})
        changed = deal if change_orders is None else deal.model_copy(update={"change_orders": change_orders})
        super().__init__(changed, **more)

    def most(self, make: Callable[[int], Command], by: str) -> int:
        """Gives the command with as many rows as it may have."""
        low, high = 0, self.rows - 10
        while low < high:
            tried = (low + high + 1) // 2
            try:
                self.copy().do(make(tried), by)
            except BadValue:  # too many rows or bytes
                high = tried - 1
            else:
                low = tried
        if low:
            self.do(make(low), by)
        return low

    def _qualify(self) -> Iterator[str]:
        seller = self.deal.salesperson
        rows = _as(Need, self.deal.needs)
        self.do(RecordNeeds(needs=rows), seller)
        self.most(lambda n: RecordNeeds(needs=(*rows, *(_need(rows[0], k, self.text) for k in range(n)))), seller)
        yield "needs recorded"
        promises = _as(Promise, self.deal.promises)
        self.do(RecordPromises(promises=promises), seller)
        self.most(lambda n: RecordPromises(promises=tuple(self._promise(promises[0], k) for k in range(n))), seller)
        yield "promises recorded"
        yield from self.cover(Stage.QUALIFY)
        self.do(RestateNeeds(), seller)
        yield "needs restated"
        yield from self.answer_all(AskKind.CONFIRM_NEEDS)

    def _promise(self, like: Promise, n: int) -> Promise:
        return like.replace(id=_id("P", n), text=self.text)

    def _estimate(self) -> Iterator[str]:
        packages = _as(WorkPackage, self.deal.work_packages, without=("hours",))
        homes = tuple(self.state.promises)
        first = packages[0].replace(promises=homes)
        self.do(SetWorkPackages(packages=(first, *packages[1:])), self.deal.salesperson)

        def scope(n: int) -> Command:
            more = (
                packages[k % len(packages)].replace(
                    id=_id("W", k), title=self.text[:200], assumes=(self.text,), needs=()
                )
                for k in range(n)
            )
            return SetWorkPackages(packages=(first, *packages[1:], *more))

        self.most(scope, self.deal.salesperson)
        yield "scope set"
        yield from self.cover(Stage.ESTIMATE)
        yield from self.estimate_all()
        yield from self.answer_all(AskKind.CONFIRM_STAFFING, AskKind.ATTEST_ESTIMATE)

    def estimate_all(self) -> Iterator[str]:
        hours = {row.id: row.hours for row in self.deal.work_packages}
        first = self.deal.work_packages[0].hours
        for package in list(self.state.packages.values()):
            points = ThreePoints.model_validate(hours.get(package.id, first))
            given = PackageHours(package=package.id, hours=points, **self.estimate_texts())
            self.do(GiveEstimate(estimates=(given,)), self.holder(f"expert:{package.discipline}"))
            yield f"{package.id} estimated"

    def estimate_texts(self) -> dict[str, Any]:
        return {"assumptions": (cut(self.text, MAX_PACKAGE_TEXT_BYTES),)}

    def cover_promise(self, promise: str) -> None:
        self.do(CoverPromise(promise=promise, by=tuple(self.state.packages)[:1]), self.deal.salesperson)

    def set_milestones(self, rows: tuple[Milestone, ...]) -> None:
        """As many more as there is room for, in the longest words."""

        def more(n: int) -> Command:
            like = rows[0].replace(promises=(), share_percent=Decimal(0), title=self.text[:200])
            return SetMilestones(milestones=(*rows, *(like.replace(id=_id("M", k)) for k in range(n))))

        super().set_milestones(rows)
        self.most(more, self.deal.salesperson)

    def deliver_milestones(self) -> Iterator[str]:
        """All of them, at length; each sent back and delivered again; and only then is anything else answered."""
        note = cut(self.text, MAX_MILESTONE_TEXT_BYTES)
        for verdict in (Verdict.RETURN, Verdict.APPROVE):
            for milestone in self.state.milestones:
                self.do(DeliverMilestone(milestone=milestone, note=note), self.holder("project_manager"))
                yield f"{milestone} delivered"
            for milestone in self.state.milestones:
                self.answer(self.ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone}"), verdict)
                yield f"{milestone} answered"
        yield from self.answer_all(AskKind.BILL_MILESTONE, AskKind.PULSE, AskKind.EXPECTATION_TALK)

    def _planned_hours(self) -> dict[str, Any]:
        return dict.fromkeys([*self.state.packages, *(f"C{n}" for n in self.state.changes)], Decimal(10))

    def _close(self) -> Iterator[str]:
        """Every promise was broken, for the longest reason."""
        yield from self.answer_all(*ALL_ASKS - {AskKind.CONTACT_CLIENT})
        for promise in self.state.promises:
            why = cut(self.text, MAX_REASON_BYTES)
            told = ReconcilePromise(promise=promise, delivered=False, why_not=why)
            self.do(told, self.holder("engagement_manager"))
        self.do(CloseEngagement(lessons=self.text), self.holder("engagement_manager"))
        yield "closed"

    def answer(self, ask: Ask, verdict: Verdict = Verdict.APPROVE, **more: Any) -> None:
        """The longest reason, and a yes with as many conditions as it may have, which are then met."""
        more["reason"] = more.get("reason") or self.text
        if verdict is Verdict.APPROVE and ask.kind in WITH_CONDITIONS:
            due, each = self.day(30), cut(self.text, MAX_CONDITION_TEXT_BYTES // MAX_CONDITIONS)
            one = Condition(text=each, owner=self.state.manager, due=due)
            verdict, more["conditions"] = Verdict.APPROVE_WITH_CONDITIONS, (one,) * MAX_CONDITIONS
        super().answer(ask, verdict, **more)
        for task in [task for task in self.state.tasks.values() if not task.done]:
            self.do(CompleteTask(task=task.id, note=cut(self.text, MAX_REASON_BYTES)), task.owner)


def _need(like: Need, n: int, text: str) -> Need:
    measure = Measure(what=text[:200], now=Decimal(0), target=Decimal(1))
    return like.replace(id=_id("N", n), text=text, why=text, measure=measure)


def _id(letter: str, n: int) -> str:
    return f"{letter}{n:03d}{'x' * 12}"
