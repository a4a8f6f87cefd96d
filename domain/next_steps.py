"""What comes next in an engagement or a change order, and whose it is: the one answer that every face shows.

A next step is an open ask, an act owed, a vacancy or a condition. An ask that awaits information is none: its question
is. There is one for each person who owes one; a change order whose people lack waits for the vacancy of its engagement.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from domain.asks import Ask, Asking
from domain.engagement.state import Engagement
from domain.engagement.tasks import task_due
from domain.engagement.vacancies import vacancy_moment

NEVER = datetime(9999, 12, 31, tzinfo=UTC)

StepKind = Literal["ask", "act", "vacancy", "task"]


class NextStep(NamedTuple):
    """One thing that one person owes now."""

    kind: StepKind
    ref: str
    """The ask's id, the act's, the task's; of a vacancy the role."""
    who: str
    accountable: str
    """The one colleague accountable for it now: the highest whom its ladder has reached."""
    role: str | None
    """By which role they owe it; None for who owns a condition."""
    since: datetime
    due: datetime | None
    """None while the clock stands, and where nothing more comes."""
    paused: bool = False


def next_steps(state: Asking, now: datetime) -> tuple[NextStep, ...]:
    """Everything that somebody owes now: what is overdue first, then by due time, what stands still last."""
    return tuple(sorted(_steps(state), key=lambda step: in_order(step, now)))


def in_order(step: NextStep, now: datetime) -> tuple[bool, datetime, str, str]:
    """By what steps are sorted."""
    is_overdue = step.due is not None and step.due <= now
    return not is_overdue, step.due or NEVER, step.kind, step.ref


def _steps(state: Asking) -> Iterator[NextStep]:
    for ask in state.open_asks():
        if not ask.clock_waits:
            yield from _of_ask(state, ask)
    if not isinstance(state, Engagement) or state.is_over:
        return
    for act in state.acts.values():
        stands = act.clock.since is None
        yield NextStep("act", act.id, act.owner, act.accountable, act.role, act.since, act.due_at, stands)
    for role, vacancy in state.vacancies.items():
        if role in state.proposals:
            continue  # somebody is asked to hold it: theirs is the next step
        due, stands = vacancy_moment(state, vacancy), vacancy.clock.since is None
        one, head = vacancy.accountable, state.head_role(role)
        yield NextStep("vacancy", role, one, one, head, vacancy.since, due, stands)
    for task in state.tasks.values():
        if not task.done:
            one = task.climbed_to or task.owner
            yield NextStep("task", task.id, task.owner, one, None, task.since, task_due(state, task))


def _of_ask(state: Asking, ask: Ask) -> Iterator[NextStep]:
    stands, one = ask.clock.since is None, state.accountable_for(ask)
    for voter in ask.silent:
        role = voter.roles[0] if voter.roles else None
        yield NextStep("ask", ask.id, voter.person, one, role, ask.opened_at, ask.due_at, stands)
