"""What is whose to do next in an engagement, told by nothing but the engagement as it is.

A deed has a key that stays the same as long as it is the same thing to do; whoever comes to it later looks again,
and does it only if it is still there.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from domain.asking.ladders import DELEGATE
from domain.asks import Ask, Asking, AskKind
from domain.change_order.order import ChangeOrder, EstimateLines, WithdrawOrder
from domain.engagement import commands as c
from domain.engagement import state as s
from domain.engagement.qualifying import homeless_promises, is_reconciled
from domain.engagement.subjects import basis, chosen_hours, needs_facts
from domain.estimating import ThreePoints
from domain.playbook import Kind, Stage
from domain.values import digest
from simulation.conduct import Conduct
from simulation.running import Running

Act = Callable[[datetime], None]
WORK, ANSWER, CHASE = 0.7, 1.0, 6.0
MOST_REVISIONS = 3


class Deed(NamedTuple):
    """Something for somebody to do: how pressing (a factor to their usual time), from when on, of which kind of ask."""

    key: str
    person: str
    act: Act
    pace: float = WORK
    earliest: datetime | None = None
    asked: AskKind | None = None


class Agenda:
    """The deeds of one engagement. `chased` counts how often silence on an ask was followed up."""

    def __init__(self, running: Running, conduct: Conduct) -> None:
        self.running, self.conduct = running, conduct
        self.chased: dict[str, int] = {}

    def deeds(self) -> Iterator[Deed]:
        """Everything to be done now."""
        state = self.running.state
        if state.hold is not None:
            yield from self._resume()
            return
        for asking in self.running.askings():
            for ask in asking.open_asks():
                yield from self._answers(asking, ask)
        if state.is_over:
            return
        yield from self._tasks()
        yield from self._steps()

    def _by(self, role: str, name: str, command: c.Command | Callable[[], c.Command], **more: Any) -> Iterator[Deed]:
        """A step of whoever holds a role, or how it is made up when they come to it; nobody's while nobody does."""
        person = self.running.state.cast.holder(role)
        if person is not None:

            def act(now: datetime, person: str = person) -> None:
                self.running.do(command if isinstance(command, c.Command) else command(), person, now)

            yield Deed(f"{name}:{person}", person, act, **more)

    def _resume(self) -> Iterator[Deed]:
        state = self.running.state
        for role in ("engagement_manager", "head_of_engagement_management"):
            person = state.cast.holder(role)
            if person is not None:
                yield Deed(f"resume:{person}", person, self._doing(c.ResumeEngagement(), person), pace=20)

    def _doing(self, command: c.Command, person: str) -> Act:
        return lambda now: self.running.do(command, person, now)

    # -- asks

    def _answers(self, asking: Asking, ask: Ask) -> Iterator[Deed]:
        if ask.question is not None and ask.question.answer is None:
            return
        delegated = {stand_in.instead_of for stand_in in ask.stand_ins if stand_in.rung == DELEGATE}
        round_ = f"{ask.rung}.{self.chased.get(ask.id, 0)}.{len(ask.votes)}"
        for person in ask.asked:
            if person not in delegated or ask.rung:
                key = f"{ask.id}:{person}:{round_}"
                yield Deed(key, person, self._answering(asking, ask, person), pace=ANSWER, asked=ask.kind)

    def _answering(self, asking: Asking, ask: Ask, person: str) -> Act:
        def act(now: datetime) -> None:
            command = self._estimate(asking, ask, person) if ask.kind is AskKind.ESTIMATE else None
            if ask.kind is AskKind.CONTACT_CLIENT and self.conduct.rng.random() < 0.7:
                command = self._contact(person)
            if command is None:
                answer = self.conduct.answer(asking, ask, person, now)
                command = c.AnswerAsk(ask=ask.id, answer=answer, subject_hash=ask.hash)
            n = self.running.order_of(ask)
            if n is None:
                self.running.do(command, person, now)
            else:
                self.running.do_in_order(n, command, person, now)

        return act

    def _contact(self, person: str) -> c.Command | None:
        cast = self.running.state.cast
        sponsor = cast.holder("client_sponsor")
        if sponsor is None or cast.holder("engagement_manager") != person:
            return None
        return c.RecordContact(person=sponsor, summary="We spoke.")

    def _estimate(self, asking: Asking, ask: Ask, person: str) -> c.Command:
        """Their hours, about what was expected."""
        if isinstance(asking, ChangeOrder):
            points = {name: line.hours for name, line in asking.lines.items() if name in ask.facts}
            return EstimateLines(estimates=tuple(c.PackageHours(package=n, hours=h) for n, h in points.items()))
        packages = self.running.state.packages
        mine = [
            row
            for row in self.running.deal.work_packages
            if row.id in ask.facts and person in asking.cast.experts(packages[row.id].discipline)
        ]
        factor = Decimal(self.conduct.rng.choice(("0.8", "1", "1", "1.3")))
        return c.GiveEstimate(
            estimates=tuple(c.PackageHours(package=row.id, hours=_points(row.hours, factor)) for row in mine)
        )

    def _tasks(self) -> Iterator[Deed]:
        state = self.running.state
        for task in state.tasks.values():
            if not task.done:
                command = c.CompleteTask(task=task.id, note="Done.")
                yield Deed(f"{task.id}:{task.owner}", task.owner, self._doing(command, task.owner), pace=3)
                if task.owner != state.manager:
                    yield Deed(f"{task.id}:{state.manager}", state.manager, self._doing(command, state.manager), 20)

    # -- steps

    def _steps(self) -> Iterator[Deed]:
        chapters: dict[Stage, Callable[[], Iterator[Deed]]] = {
            Stage.QUALIFY: self._qualify,
            Stage.ESTIMATE: self._scope,
            Stage.PRICE: self._price,
            Stage.SOW: self._sow,
            Stage.BRD: self._brd,
            Stage.HANDOFF: self._handoff,
            Stage.DELIVER: self._deliver,
            Stage.SUPPORT: self._support,
        }
        chapter = chapters.get(self.running.state.stage)
        if chapter is not None:
            yield from chapter()
        yield from self._changes()

    def _qualify(self) -> Iterator[Deed]:
        state, deal = self.running.state, self.running.deal
        if not state.needs:
            yield from self._by("sales", "needs", lambda: c.RecordNeeds(needs=_as(s.Need, deal.needs)))
            return
        if deal.promises and not state.promises:
            promises = _as(s.Promise, deal.promises)
            yield from self._by("sales", "promises", lambda: c.RecordPromises(promises=promises))
        confirmed = state.needs_confirmed == digest(needs_facts(state))
        if not confirmed and not any(state.open_asks(AskKind.CONFIRM_NEEDS)):
            yield from self._by("sales", "restate", c.RestateNeeds)

    def _scope(self) -> Iterator[Deed]:
        state, deal = self.running.state, self.running.deal
        if not state.packages:
            packages = _as(s.WorkPackage, deal.work_packages, without=("hours",))
            yield from self._by("sales", "scope", lambda: c.SetWorkPackages(packages=packages))
        for package in state.packages:
            given = [estimate.hours for estimate in state.estimates if estimate.package == package]
            if given and chosen_hours(state, package) is None:
                choice = c.ChooseEstimate(package=package, hours=given[0], statement="The first is nearer.")
                yield from self._by("delivery_lead", f"choose:{package}", choice)
                yield from self._by("head_of_delivery", f"choose:{package}", choice, pace=8)

    def _price(self) -> Iterator[Deed]:
        state = self.running.state
        if not any(state.open_asks(AskKind.APPROVE_PRICE)):
            yield from self._by("sales", f"price {state.asks_opened}", self._terms)

    def _terms(self) -> c.Command:
        """The wished price; each time that it came back a lower discount."""
        state, price = self.running.state, self.running.deal.price
        if state.kind is Kind.IN_HOUSE:
            return c.ProposePrice(internal_transfer=True, expenses=price.expenses or Decimal())
        tried = sum(
            a.kind in {AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL} and not a.is_open for a in state.asks.values()
        )
        discount = max(Decimal(), (price.discount_percent or Decimal()) - 5 * tried)
        return c.ProposePrice(
            discount_percent=discount,
            contingency_percent=price.contingency_percent,
            expenses=price.expenses or Decimal(),
            payment=price.payment,
        )

    def _sow(self) -> Iterator[Deed]:
        state, deal = self.running.state, self.running.deal
        if deal.purchases and not state.purchases:
            purchases = tuple(
                s.Purchase(id="B1", title=row.title, amount=row.amount or Decimal()) for row in deal.purchases
            )
            yield from self._by("sales", "purchases", lambda: c.SetPurchases(purchases=purchases))
        if not state.milestones:
            milestones = _as(s.Milestone, deal.milestones)
            yield from self._by("sales", "milestones", lambda: c.SetMilestones(milestones=milestones))
            return
        homeless = homeless_promises(state)
        for promise in homeless:
            if not any(state.open_asks(AskKind.ACKNOWLEDGE_DECLINE, subject=f"promise:{promise}")):
                command = self._home(promise)
                yield from self._by("sales", f"home:{promise}", command)
        if not homeless:
            yield from self._document("sow", "sales")

    def _home(self, promise: str) -> c.Command:
        homes = tuple(row.id for row in self.running.deal.work_packages if promise in row.promises)
        if homes:
            return c.CoverPromise(promise=promise, by=homes)
        return c.DeclinePromise(promise=promise, reason="It was said too soon.")

    def _document(self, kind: s.DocumentKind, role: str) -> Iterator[Deed]:
        state = self.running.state
        document = state.documents.get(kind)
        if document is None or document.status in {s.DocumentStatus.RETURNED, s.DocumentStatus.STALE}:
            yield from self._by(role, f"draft:{kind}:{state.seq}", lambda: self._draft(kind))
        elif document.status is s.DocumentStatus.APPROVED_INSIDE:
            yield from self._by(role, f"send:{kind}", lambda: c.SendDocument(document=kind))

    def _draft(self, kind: s.DocumentKind) -> c.Command:
        state = self.running.state
        hashes = {"source": digest(f"source {state.seq}"), "rendered": digest(f"rendered {state.seq}")}
        return c.DraftDocument(document=kind, basis=basis(state, kind), **hashes)

    def _brd(self) -> Iterator[Deed]:
        if not self.running.state.requirements:
            lines = _as(s.Requirement, self.running.deal.requirements)
            yield from self._by("business_analyst", "requirements", lambda: c.SetRequirements(requirements=lines))
        else:
            yield from self._document("brd", "business_analyst")

    def _handoff(self) -> Iterator[Deed]:
        state = self.running.state
        if not any(state.open_asks(AskKind.ACCEPT_HANDOFF)):
            yield from self._by(
                "engagement_manager", f"handoff:{state.asks_opened}", lambda: c.OfferHandoff(plan="As sold.")
            )

    def _deliver(self) -> Iterator[Deed]:
        state = self.running.state
        planned = (
            m
            for m in state.milestones.values()
            if state.milestone_status.get(m.id, "planned") == s.MilestoneStatus.PLANNED
        )
        milestone = next(planned, None)
        if milestone is not None and not any(state.open_asks(AskKind.ACCEPT_MILESTONE)):
            command = c.DeliverMilestone(milestone=milestone.id)
            due = datetime.combine(milestone.due, time(6), UTC)
            name = f"deliver:{milestone.id}"
            yield from self._by("project_manager", name, command, earliest=due)
            yield from self._by("engagement_manager", name, command, earliest=due, pace=40)

    def _changes(self) -> Iterator[Deed]:
        """Returned changes are revised, and after some rounds withdrawn."""
        state = self.running.state
        for change in state.changes.values():
            if change.status is not s.ChangeStatus.RETURNED or change.n not in self.running.orders:
                continue
            name = f"revise:{change.n}:{change.revision}"
            if change.revision > MOST_REVISIONS:
                yield from self._withdrawal(change.n)
            elif state.stage in {Stage.BRD, Stage.HANDOFF, Stage.DELIVER}:
                facts = change.facts.having(price=change.facts.price + 500)
                revision = c.ReviseChange(n=change.n, change=facts)
                yield from self._by("project_manager", name, revision, pace=3)
                yield from self._by("engagement_manager", name, revision, pace=15)

    def _withdrawal(self, n: int) -> Iterator[Deed]:
        for role in ("project_manager", "engagement_manager"):
            person = self.running.state.cast.holder(role)
            if person is not None:
                yield Deed(f"withdraw:{n}:{person}", person, self._withdrawing(n, person), pace=3)

    def _withdrawing(self, n: int, person: str) -> Act:
        return lambda now: self.running.do_in_order(n, WithdrawOrder(reason="Not worth another round."), person, now)

    def _support(self) -> Iterator[Deed]:
        state = self.running.state
        unreported = self._unreported()
        if unreported:
            worked = tuple(c.HoursWorked(item=item, hours=hours) for item, hours in unreported.items())
            yield from self._by("project_manager", "hours", lambda: c.ReportHours(hours=worked))
            yield from self._by("engagement_manager", "hours", lambda: c.ReportHours(hours=worked), pace=30)
        for promise in state.promises:
            if not is_reconciled(state, promise):
                told = c.ReconcilePromise(promise=promise, delivered=True)
                yield from self._by("engagement_manager", f"reconcile:{promise}", told)
        if state.care_accepted and not unreported:
            yield from self._by(
                "engagement_manager", f"close:{state.seq}", lambda: c.CloseEngagement(lessons="Ask early.")
            )

    def _unreported(self) -> dict[str, Decimal]:
        state = self.running.state
        planned = {row.id: row.hours[1] for row in self.running.deal.work_packages}
        hours = {item: planned.get(item, Decimal(10)) for item in state.packages if item not in state.actual_hours}
        for change in state.changes.values():
            name = f"C{change.n}"
            if change.status is s.ChangeStatus.APPROVED and change.facts.work and name not in state.actual_hours:
                hours[name] = Decimal(12)
        return hours


def _points(hours: tuple[Decimal, Decimal, Decimal], factor: Decimal) -> ThreePoints:
    optimistic, likely, pessimistic = (hour * factor for hour in hours)
    return ThreePoints(optimistic=optimistic, likely=likely, pessimistic=pessimistic)


def _as(model: Any, rows: tuple[Any, ...], without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(model.model_validate(row.model_dump(exclude=set(without))) for row in rows)
