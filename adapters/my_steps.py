"""What one person owes in all engagements, read in four looks at an index each: none grows with the portfolio."""

from datetime import UTC, datetime, time
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, select

from adapters.sound_rows import known, sound_rows
from adapters.tables import ActPersonRow, AskPersonRow, AskRow, EngagementRow, TaskRow, VacancyRow, columns
from domain.next_steps import StepKind
from domain.step_texts import act_title, vacancy_title

A, AP, E = columns(AskRow), columns(AskPersonRow), columns(EngagementRow)
AC, TK, V = columns(ActPersonRow), columns(TaskRow), columns(VacancyRow)


class MyStep(NamedTuple):
    """One thing that waits for a person: an ask, an act, a vacancy that they must see filled, or a condition."""

    kind: StepKind
    ref: str
    what: str
    engagement: str
    title: str
    """Of the engagement."""
    client: str
    since: datetime | None
    due_at: datetime
    """`NEVER` while its clock stands; of a condition the end of its day in UTC."""
    owner: str
    """Who owes it, where the person may do it in their place."""


class MySteps(NamedTuple):
    """The steps of a person, that due first in front; whether there are more; the names of rows that were edited."""

    items: tuple[MyStep, ...]
    more: bool
    damaged: tuple[str, ...] = ()


def my_steps(connection: Connection, person: str, limit: int) -> MySteps:
    """The steps of a person, at most so many."""
    kinds = (
        (_asks, _ask, ("engagement", "ask")),
        (_acts, _act, ("engagement", "act")),
        (_vacancies, _vacancy, ("engagement", "role")),
        (_tasks, _task, ("engagement", "id")),
    )
    looks = [
        sound_rows(connection, query(person), partial(make, person), named_by, limit + 1)
        for query, make, named_by in kinds
    ]
    steps = [step for look in looks for step in look.rows]
    steps.sort(key=lambda step: (step.due_at, step.engagement, step.ref))
    damaged = tuple(name for look in looks for name in look.damaged)
    return MySteps(tuple(steps[:limit]), len(steps) > limit, damaged)


def _ask(person: str, row: Row[Any]) -> MyStep:
    what, where = known(row.what), _where(row)
    return MyStep("ask", row.ask, what, *where, row.since, row.due_at, person)


def _act(_person: str, row: Row[Any]) -> MyStep:
    return MyStep("act", row.act, act_title(row.act), *_where(row), row.since, row.due_at, row.owner)


def _vacancy(person: str, row: Row[Any]) -> MyStep:
    what = vacancy_title(row.role, row.cause)
    return MyStep("vacancy", row.role, what, *_where(row), row.since, row.due_at, person)


def _task(person: str, row: Row[Any]) -> MyStep:
    due = datetime.combine(row.due, time.max, UTC)
    return MyStep("task", row.id, row.text, *_where(row), None, due, person)


def _where(row: Row[Any]) -> tuple[str, str, str]:
    return row.engagement, known(row.title), row.client


def _named(*what: Any) -> Select[Any]:
    return select(*what, E.title, E.client)


def _asks(person: str) -> Select[Any]:
    query = _named(AP.ask, A.title.label("what"), AP.engagement, A.opened_at.label("since"), AP.due_at)
    query = query.outerjoin(AskRow, A.id == AP.ask).outerjoin(EngagementRow, E.id == AP.engagement)
    return query.where(AP.person == person, AP.is_open).order_by(AP.due_at, AP.ask)


def _acts(person: str) -> Select[Any]:
    query = _named(AC.act, AC.engagement, AC.since, AC.due_at, AC.owner).outerjoin(EngagementRow, E.id == AC.engagement)
    return query.where(AC.person == person).order_by(AC.due_at, AC.engagement, AC.act)


def _vacancies(person: str) -> Select[Any]:
    query = _named(V.role, V.cause, V.engagement, V.since, V.due_at).outerjoin(EngagementRow, E.id == V.engagement)
    return query.where(V.accountable == person, V.proposed == "").order_by(V.since, V.engagement, V.role)


def _tasks(person: str) -> Select[Any]:
    query = _named(TK.id, TK.text, TK.engagement, TK.due).outerjoin(EngagementRow, E.id == TK.engagement)
    return query.where(TK.owner == person).order_by(TK.due, TK.engagement, TK.id)
