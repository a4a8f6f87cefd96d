"""What comes next in an engagement or a change order, and whose it is: the one answer that every face shows.

A next step is an open ask, an act owed, a vacancy or a condition. An ask that awaits information is none: its question
is. One that nobody may answer is a step of whoever is above all. There is one for each person who owes one; a change
order whose people lack waits for the vacancy of its engagement.
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

NEVER = datetime(9999, 12, 31, tzinfo=UTC)

StepKind = Literal["ask", "act", "vacancy", "task"]


class StepPart(StrEnum):
    """What somebody has to do with a next step."""

    DOES = "does"
    """They owe it, or may do it in the place of whoever does."""
    TOLD = "told"
    """They are above, and it is late: they see that it is done."""
    MAY_REPLACE = "may_replace"
    """The same, and they may have another asked to take over the role by which it is owed."""


class NextStep(NamedTuple):
    """One thing that one person owes now."""

    kind: StepKind
    ref: str
    """The ask's id, the act's, the task's; of a vacancy the role."""
    who: str
    accountable: str
    """The one colleague accountable for it now: the highest whom its ladder has reached."""
    role: str | None
    """By which role or position they owe it; None for who owns a condition."""
    since: datetime
    due: datetime | None
    """None while the clock stands. Of a vacancy: when it climbs, and on its last rung when it came there."""
    paused: bool = False
    """True while the clock stands."""
    others: tuple[str, ...] = ()
    """Who else may do it now: whoever stands in, and whom a vacancy was told before."""
    told: tuple[str, ...] = ()
    """Who is above and hears that it is late, and may not do it."""


def next_steps(state: AskHolder, now: datetime) -> tuple[NextStep, ...]:
    """Everything that somebody owes now: what is overdue first, then by due time, what stands still last."""
    return tuple(sorted(_steps(state), key=lambda step: in_order(step, now)))


def in_order(step: NextStep, now: datetime) -> tuple[bool, datetime, str, str]:
    """By what steps are sorted."""
    is_overdue = step.due is not None and step.due <= now
    return not is_overdue, step.due or NEVER, step.kind, step.ref


@memoized(64)
def _steps(state: AskHolder) -> tuple[NextStep, ...]:
    """In no order. Reckoned once of a state: its pages, its rows and what people are told all begin with this."""
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
            continue  # somebody is asked to hold it, or owes its naming as an act: that is the next step
        due, stands, one = vacancy_due(state, vacancy), vacancy.clock.since is None, vacancy.accountable
        named = stands_there_as(state, vacancy)
        others = tuple(dict.fromkeys(person_id for person_id in _who_may_fill(state, vacancy) if person_id != one))
        yield NextStep("vacancy", role, one, one, named, vacancy.since, due, stands, others)
    for task in state.tasks.values():
        if not task.done:
            one, due = task.climbed_to or task.owner, None if state.clocks_stand else task_due(state, task)
            stands, others = state.clocks_stand, task.stand_ins
            above = tuple(filter(state.may_be_above, task.above))  # who has left since is told of nothing
            yield NextStep("task", task.id, task.owner, one, None, task.since, due, stands, others, above)


def _who_may_fill(state: Engagement, vacancy: Vacancy) -> tuple[str, ...]:
    """Whose it is, and who stands in for one of them; of a gap in the team also whoever manages the engagement."""
    if vacancy.cause.was_held:
        return who_may_name(state, vacancy)
    return (*who_must_fill(state, vacancy), *(stand_in.person_id for stand_in in vacancy.stand_ins))


def _of_ask(state: AskHolder, ask: Ask) -> Iterator[NextStep]:
    stands, one = ask.clock.since is None, state.accountable_for(ask)
    if lacks_judge(ask) and state.overseer not in ask.asked:  # they see to it that somebody comes who may
        yield NextStep("ask", ask.id, state.overseer, state.overseer, None, ask.opened_at, ask.due_at, stands)
    for voter in ask.silent:
        role = next(iter(told_roles(state.cast, voter)), None)
        beside = (s.person_id for s in ask.free_stand_ins if s.instead_of == voter.person_id)
        others = tuple(person_id for person_id in dict.fromkeys(beside) if person_id != voter.person_id)
        told = tuple(s.person_id for s in ask.stand_ins if not s.may_decide and s.instead_of == voter.person_id)
        yield NextStep("ask", ask.id, voter.person_id, one, role, ask.opened_at, ask.due_at, stands, others, told)


def whom_it_waits_for(state: AskHolder) -> Iterator[NextStep]:
    """The next steps whose clock runs, in no order: where it stands, nobody is waited for."""
    return (step for step in _steps(state) if not step.paused)
