"""Whose turn it is to do what in an engagement, derived only from its current state.

An action has a key that stays the same as long as it is the same thing to do; whoever gets to it later checks again,
and does it only if it is still due.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from domain.asks.escalation import DELEGATE
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind
from domain.change_order.order import ChangeOrder, EstimateLines, WithdrawOrder
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.closing.commands import ResumeEngagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import RecordContact
from domain.engagement.needs.commands import RecordPromises
from domain.engagement.needs.values import Promise
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetPurchases
from domain.engagement.scope.values import Purchase
from domain.engagement.tasks.commands import CompleteTask
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import Refusal, Rule
from domain.shared.values import PersonId
from simulation import checks
from simulation.acts import command_for
from simulation.conduct import Conduct
from simulation.running import SimulatedEngagement

Act = Callable[[datetime], None]
WORK, ANSWER, CHASE = 0.7, 1.0, 6.0
MAX_REVISIONS = 3
A_WORKING_DAY = timedelta(hours=8)


class Action(NamedTuple):
    """Something for someone to do: its pace (a factor on their usual time), the earliest time, the kind of ask."""

    key: str
    person_id: PersonId
    act: Act
    pace: float = WORK
    earliest: datetime | None = None
    asked: AskKind | None = None


class Agenda:
    """The actions in one engagement. `chased` counts how often silence on an ask was followed up."""

    def __init__(self, running: SimulatedEngagement, conduct: Conduct) -> None:
        self.running, self.conduct = running, conduct
        self.chased: dict[str, int] = {}

    def deeds(self) -> Iterator[Action]:
        """Everything that can be done now."""
        state = self.running.state
        if state.hold is not None:
            yield from self._resume()
            yield from self._acts()
            return
        for asking in self.running.askings():
            for ask in asking.open_asks():
                yield from self._answers(asking, ask)
        if state.is_over:
            return
        yield from self._tasks()
        yield from self._acts()
        yield from self._more()

    def _by(self, role: str, name: str, command: Command | Callable[[], Command], **more: Any) -> Iterator[Action]:
        """A command of whoever holds a role, possibly built when they get to it; nothing while the role is vacant."""
        person_id = self.running.state.cast.holder(role)
        if person_id is not None:

            def act(now: datetime, person_id: PersonId = person_id) -> None:
                self.running.do(command if isinstance(command, Command) else command(), person_id, now)

            yield Action(f"{name}:{person_id}", person_id, act, **more)

    def _resume(self) -> Iterator[Action]:
        state = self.running.state
        for role in ("engagement_manager", "head_of_engagement_management"):
            person_id = state.cast.holder(role)
            if person_id is not None:
                yield Action(f"resume:{person_id}", person_id, self._doing(ResumeEngagement(), person_id), pace=20)

    def _doing(self, command: Command, person_id: PersonId) -> Act:
        return lambda now: self.running.do(command, person_id, now)

    # -- asks

    def _answers(self, asking: AskHolder, ask: Ask) -> Iterator[Action]:
        if ask.question is not None and ask.question.answer is None:
            return
        delegated = {stand_in.instead_of for stand_in in ask.stand_ins if stand_in.rung == DELEGATE}
        round_ = f"{ask.rung}.{self.chased.get(ask.id, 0)}.{len(ask.votes)}"
        for person_id in ask.asked:
            if person_id not in delegated or ask.rung:
                key = f"{ask.id}:{person_id}:{round_}"
                yield Action(key, person_id, self._answering(asking, ask, person_id), pace=ANSWER, asked=ask.kind)

    def _answering(self, asking: AskHolder, ask: Ask, person_id: PersonId) -> Act:
        def act(now: datetime) -> None:
            command = self._estimate(asking, ask, person_id) if ask.kind is AskKind.ESTIMATE else None
            if ask.kind is AskKind.CONTACT_CLIENT and self.conduct.rng.random() < 0.7:
                command = self._contact(person_id)
            if command is None:
                answer = self.conduct.answer(asking, ask, person_id, now)
                command = AnswerAsk(ask_id=ask.id, answer=answer, subject_hash=ask.subject_hash)
            n = self.running.order_of(ask)
            if n is None:
                self.running.do(command, person_id, now)
            else:
                self.running.do_in_order(n, command, person_id, now)

        return act

    def _contact(self, person_id: PersonId) -> Command | None:
        cast = self.running.state.cast
        sponsor = cast.holder("client_sponsor")
        if sponsor is None or cast.holder("engagement_manager") != person_id:
            return None
        return RecordContact(person_id=sponsor, summary="We spoke.")

    def _estimate(self, asking: AskHolder, ask: Ask, person_id: PersonId) -> Command:
        """Their hours, near what was expected."""
        if isinstance(asking, ChangeOrder):
            points = {name: line.hours for name, line in asking.lines.items() if name in ask.lines}
            return EstimateLines(estimates=tuple(PackageHours(package=n, hours=h) for n, h in points.items()))
        packages = self.running.state.packages
        mine = [
            row
            for row in self.running.deal.work_packages
            if row.id in ask.packages and person_id in asking.cast.experts(packages[row.id].discipline)
        ]
        factor = Decimal(self.conduct.rng.choice(("0.8", "1", "1", "1.3")))
        return GiveEstimate(
            estimates=tuple(PackageHours(package=row.id, hours=_points(row.played_hours, factor)) for row in mine)
        )

    def _tasks(self) -> Iterator[Action]:
        state = self.running.state
        for task in state.tasks.values():
            if not task.done:
                command = CompleteTask(task=task.id, note="Done.")
                yield Action(f"{task.id}:{task.owner}", task.owner, self._doing(command, task.owner), pace=3)
                if task.owner != state.manager:
                    yield Action(f"{task.id}:{state.manager}", state.manager, self._doing(command, state.manager), 20)

    # -- acts owed

    def _acts(self) -> Iterator[Action]:
        """Every act that is owed; a change returned too often is withdrawn, which also ends its act."""
        state = self.running.state
        for act in state.acts.values():
            if act.clock.since is None:
                continue  # it is on hold with the engagement
            if act.kind is ActKind.REVISE_CHANGE and state.changes[_number(act)].revision > MAX_REVISIONS:
                yield from self._withdrawal(_number(act))
                continue
            round_ = f"{act.since.timestamp():.0f}.{act.rung}"
            for person_id in act.may_do:
                yield Action(
                    f"{act.id}:{person_id}:{round_}", person_id, self._fulfilling(act, person_id), earliest=_from(act)
                )

    def _fulfilling(self, act: ActOwed, person_id: PersonId) -> Act:
        def do(now: datetime) -> None:
            command = command_for(self.running.state, self.running.deal, act, now)
            try:
                self.running.do(command, person_id, now)
            except Refusal as refused:
                what = f"{act.id} is owed by {person_id}, and refused: {refused}"
                raise checks.RuleBroken(Rule.SOMEONE_IS_ACCOUNTABLE, what) from refused
            standing = self.running.state.acts.get(act.id)
            done = standing is None or standing.since != act.since
            checks.must(done, Rule.SOMEONE_IS_ACCOUNTABLE, f"{act.id} was done and is owed still")

        return do

    def _more(self) -> Iterator[Action]:
        """What people do without owing it: recording promises, naming purchases."""
        state, deal = self.running.state, self.running.deal
        if state.stage is Stage.QUALIFY and state.needs and deal.promises and not state.promises:
            promises = _as(Promise, deal.promises)
            yield from self._by("sales", "promises", lambda: RecordPromises(promises=promises))
        if state.stage is Stage.SOW and deal.purchases and not state.purchases:
            rows = (Purchase(id="B1", title=row.title, amount=row.amount or Decimal()) for row in deal.purchases)
            purchases = tuple(rows)
            yield from self._by("sales", "purchases", lambda: SetPurchases(purchases=purchases))

    def _withdrawal(self, n: int) -> Iterator[Action]:
        for role in ("project_manager", "engagement_manager"):
            person_id = self.running.state.cast.holder(role)
            if person_id is not None:
                yield Action(f"withdraw:{n}:{person_id}", person_id, self._withdrawing(n, person_id), pace=3)

    def _withdrawing(self, n: int, person_id: PersonId) -> Act:
        return lambda now: self.running.do_in_order(n, WithdrawOrder(reason="Not worth another round."), person_id, now)


def _number(act: ActOwed) -> int:
    return int(act.subject.removeprefix("C"))


def _from(act: ActOwed) -> datetime | None:
    """A milestone is reached on its day, not before."""
    is_milestone = act.kind is ActKind.DELIVER_MILESTONE and act.due_at is not None
    return act.due_at - A_WORKING_DAY if is_milestone and act.due_at else None


def _points(hours: tuple[Decimal, Decimal, Decimal], factor: Decimal) -> ThreePoints:
    optimistic, likely, pessimistic = (hour * factor for hour in hours)
    return ThreePoints(optimistic=optimistic, likely=likely, pessimistic=pessimistic)


def _as(model: Any, rows: tuple[Any, ...], without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(model.model_validate(row.model_dump(exclude=set(without))) for row in rows)
