"""What comes next in an engagement or a change order, and whose it is: the one answer that every channel shows.

A next step is an open ask, an act owed, a vacancy or a condition. An ask that awaits information is none: its question
is. An ask that no one may answer is a step of the person at the top. There is one step for each person who owes one; a
change order that lacks people waits for the vacancy of its engagement.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from domain.asks.eligibility import told_roles
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.asks.tally import lacks_judge
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import who_may_name, who_must_fill
from domain.engagement.roles.vacancies import is_owed_as_act, stands_there_as, vacancy_due
from domain.engagement.roles.values import Vacancy
from domain.engagement.tasks.rules import task_due
from domain.shared.memo import memoized
from domain.shared.values import AskId, PersonId

NEVER = datetime(9999, 12, 31, tzinfo=UTC)

StepKind = Literal["ask", "act", "vacancy", "task"]


class StepPart(StrEnum):
    """A person's part in a next step."""

    DOES = "does"
    """They owe it, or may do it in place of its owner."""
    TOLD = "told"
    """They are above, and it is late: they see to it that it is done."""
    MAY_REPLACE = "may_replace"
    """The same, and they may have someone else asked to take over the role that owes it."""


class NextStep(NamedTuple):
    """One thing that one person owes now."""

    kind: StepKind
    ref: str
    """The id of the ask, act or task; of a vacancy, the role."""
    who: PersonId
    accountable: PersonId
    """The one colleague accountable for it now: the highest that its ladder has reached."""
    role: str | None
    """The role or position that owes it; None for the owner of a condition."""
    since: datetime
    due: datetime | None
    """None while the clock is paused. Of a vacancy: when it escalates, and on its last rung when it got there."""
    paused: bool = False
    """True while the clock is paused."""
    others: tuple[PersonId, ...] = ()
    """Who else may do it now: stand-ins, and those a vacancy was with before it escalated."""
    told: tuple[PersonId, ...] = ()
    """Who is above and told that it is late, but may not do it."""

    @property
    def ask_id(self) -> AskId | None:
        """The ask that this step is; None for an act, a vacancy or a condition."""
        return AskId(self.ref) if self.kind == "ask" else None


def next_steps(state: AskHolder, now: datetime) -> tuple[NextStep, ...]:
    """Everything that someone owes now: overdue first, then by due time, paused last."""
    return tuple(sorted(steps_owed(state), key=lambda step: in_order(step, now)))


def in_order(step: NextStep, now: datetime) -> tuple[bool, datetime, str, str]:
    """The sort key of steps."""
    is_overdue = step.due is not None and step.due <= now
    return not is_overdue, step.due or NEVER, step.kind, step.ref


@memoized(64)
def steps_owed(state: AskHolder) -> tuple[NextStep, ...]:
    """The same, unordered. Cached per state: its pages, its rows and its messages all begin with this."""
    return tuple(_found(state))


def _found(state: AskHolder) -> Iterator[NextStep]:
    for ask in state.open_asks():
        if not ask.clock_waits:
            yield from _of_ask(state, ask)
    if not isinstance(state, Engagement) or state.is_over:
        return
    for act in state.acts.values():
        stands, others, one = act.clock.since is None, act.stand_ins, act.accountable
        yield NextStep("act", act.id, act.owner, one, act.role, act.since, act.due_at, stands, others, act.told)
    for role, vacancy in state.vacancies.items():
        if role in state.proposals or is_owed_as_act(state, role):
            continue  # someone is asked to hold it, or owes its naming as an act: that is the next step
        due, stands, one = vacancy_due(state, vacancy), vacancy.clock.since is None, vacancy.accountable
        named = stands_there_as(state, vacancy)
        others = tuple(dict.fromkeys(person_id for person_id in _who_may_fill(state, vacancy) if person_id != one))
        yield NextStep("vacancy", role, one, one, named, vacancy.since, due, stands, others)
    for task in state.tasks.values():
        if not task.done:
            one, due = task.climbed_to or task.owner, None if state.clocks_stand else task_due(state, task)
            stands, others = state.clocks_stand, task.stand_ins
            above = tuple(filter(state.may_be_above, task.above))  # those who have left since are told of nothing
            yield NextStep("task", task.id, task.owner, one, None, task.since, due, stands, others, above)


def _who_may_fill(state: Engagement, vacancy: Vacancy) -> tuple[PersonId, ...]:
    """Who must fill it and who stands in for them; for a gap in the team also the engagement manager."""
    if vacancy.cause.was_held:
        return who_may_name(state, vacancy)
    return (*who_must_fill(state, vacancy), *(stand_in.person_id for stand_in in vacancy.stand_ins))


def _of_ask(state: AskHolder, ask: Ask) -> Iterator[NextStep]:
    stands, one = ask.clock.since is None, state.accountable_for(ask)
    if lacks_judge(ask) and state.overseer not in ask.asked:  # it is for them to find someone who may answer
        yield NextStep("ask", ask.id, state.overseer, state.overseer, None, ask.opened_at, ask.due_at, stands)
    for voter in ask.silent:
        role = next(iter(told_roles(state.cast, voter)), None)
        beside = (s.person_id for s in ask.free_stand_ins if s.instead_of == voter.person_id)
        others = tuple(person_id for person_id in dict.fromkeys(beside) if person_id != voter.person_id)
        told = tuple(s.person_id for s in ask.stand_ins if not s.may_decide and s.instead_of == voter.person_id)
        yield NextStep("ask", ask.id, voter.person_id, one, role, ask.opened_at, ask.due_at, stands, others, told)


def whom_it_waits_for(state: AskHolder) -> Iterator[NextStep]:
    """The next steps whose clock runs, unordered: while it is paused, no one is waited for."""
    return (step for step in steps_owed(state) if not step.paused)
