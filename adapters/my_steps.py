"""What one person owes in all engagements, read in four looks at an index each: none grows with the portfolio."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

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


def my_steps(connection: Connection, person: str, limit: int) -> tuple[tuple[MyStep, ...], bool]:
    """The steps of a person, that due first in front, at most so many; and whether there are more."""
    found = sorted(_found(connection, person, limit + 1), key=lambda step: (step.due_at, step.engagement, step.ref))
    return tuple(found[:limit]), len(found) > limit


def _found(connection: Connection, person: str, most: int) -> Iterator[MyStep]:
    for row in connection.execute(_asks(person).limit(most)):
        yield MyStep("ask", row.ask, row.what, row.engagement, row.title, row.client, row.since, row.due_at, person)
    for row in connection.execute(_acts(person).limit(most)):
        what, where = act_title(row.act), (row.engagement, row.title, row.client)
        yield MyStep("act", row.act, what, *where, row.since, row.due_at, row.owner)
    for row in connection.execute(_vacancies(person).limit(most)):
        what, where = vacancy_title(row.role, row.cause), (row.engagement, row.title, row.client)
        yield MyStep("vacancy", row.role, what, *where, row.since, row.due_at, person)
    for row in connection.execute(_tasks(person).limit(most)):
        where, due = (row.engagement, row.title, row.client), datetime.combine(row.due, time.max, UTC)
        yield MyStep("task", row.id, row.text, *where, None, due, person)


def _named(*what: Any) -> Select[Any]:
    return select(*what, E.title, E.client)


def _asks(person: str) -> Select[Any]:
    query = _named(AP.ask, A.title.label("what"), AP.engagement, A.opened_at.label("since"), AP.due_at)
    query = query.join(AskRow, A.id == AP.ask).join(EngagementRow, E.id == AP.engagement)
    return query.where(AP.person == person, AP.is_open).order_by(AP.due_at, AP.ask)


def _acts(person: str) -> Select[Any]:
    query = _named(AC.act, AC.engagement, AC.since, AC.due_at, AC.owner).join(EngagementRow, E.id == AC.engagement)
    return query.where(AC.person == person).order_by(AC.due_at, AC.engagement, AC.act)


def _vacancies(person: str) -> Select[Any]:
    query = _named(V.role, V.cause, V.engagement, V.since, V.due_at).join(EngagementRow, E.id == V.engagement)
    return query.where(V.accountable == person, V.proposed == "").order_by(V.since, V.engagement, V.role)


def _tasks(person: str) -> Select[Any]:
    query = _named(TK.id, TK.text, TK.engagement, TK.due).join(EngagementRow, E.id == TK.engagement)
    return query.where(TK.owner == person).order_by(TK.due, TK.engagement, TK.id)
