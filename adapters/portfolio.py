"""What a digest tells one person, read in a few looks at an index each: none of them grows with the portfolio."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from adapters.column_types import NEVER
from adapters.standing import is_incomplete
from adapters.tables import (
    ActPersonRow,
    AskPersonRow,
    AskRow,
    AskWaiterRow,
    EngagementRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
    columns,
)
from domain.digest import MOST_ASKS, MOST_OTHERS, Awaited, Listed, OpenTask, Owed, OwedAct, Portfolio, T, Unheld

A, AP, AW, E = columns(AskRow), columns(AskPersonRow), columns(AskWaiterRow), columns(EngagementRow)
AC = columns(ActPersonRow)
TK, V, VP = columns(TaskRow), columns(VacancyRow), columns(VacancyPersonRow)

MOST_COUNTED = 1000
"""Beyond this, a list is so long that nobody needs to know by how much."""


def portfolio_of(connection: Connection, person: str) -> Portfolio:
    """Asks and acts that wait for a person, asks for which they wait, vacancies that concern them, their open tasks."""
    return Portfolio(
        owed=_owed(connection, person),
        acts=_acts(connection, person),
        awaited=_awaited(connection, person),
        vacancies=_vacancies(connection, person),
        tasks=_tasks(connection, person),
        is_incomplete=is_incomplete(connection),
    )


def owed_query(person: str) -> Select[Any]:
    """Asks that the person may answer, that due first in front."""
    query = select(AP.ask, A.title, E.client, AP.due_at).join(AskRow, A.id == AP.ask)
    query = query.outerjoin(EngagementRow, E.id == AP.engagement).where(AP.person == person, AP.is_open)
    return query.order_by(AP.due_at, AP.ask).limit(MOST_ASKS + 1)


def awaited_query(person: str) -> Select[Any]:
    """Asks for which the person waits, the longest first: a row for each who may answer."""
    first = select(AW.ask, AW.opened_at).where(AW.person == person).order_by(AW.opened_at, AW.ask)
    few = first.limit(MOST_OTHERS + 1).subquery()
    query = select(few.c.ask, A.title, AP.person, few.c.opened_at, A.due_at).join(AskRow, A.id == few.c.ask)
    asked = (AP.ask == few.c.ask) & AP.is_open
    return query.outerjoin(AskPersonRow, asked).order_by(few.c.opened_at, few.c.ask, AP.person)


def vacancies_query(person: str) -> Select[Any]:
    """Vacancies that concern the person, the oldest first."""
    query = select(VP.engagement, VP.role, VP.since, V.accountable)
    query = query.join(VacancyRow, (V.engagement == VP.engagement) & (V.role == VP.role)).where(VP.person == person)
    return query.order_by(VP.since, VP.engagement, VP.role).limit(MOST_OTHERS + 1)


def acts_query(person: str) -> Select[Any]:
    """Acts that the person may do, that due first in front."""
    query = select(AC.engagement, AC.act, E.title, E.client, AC.due_at).join(EngagementRow, E.id == AC.engagement)
    return query.where(AC.person == person).order_by(AC.due_at, AC.engagement, AC.act).limit(MOST_ASKS + 1)


def tasks_query(person: str) -> Select[Any]:
    """Tasks that the person owns, that due first in front."""
    query = select(TK.engagement, TK.id, TK.text, TK.due).where(TK.owner == person)
    return query.order_by(TK.due, TK.engagement, TK.id).limit(MOST_OTHERS + 1)


def _owed(connection: Connection, person: str) -> Listed[Owed]:
    found = [
        Owed(row.ask, row.title, row.client or "", None if row.due_at == NEVER else row.due_at)
        for row in connection.execute(owed_query(person))
    ]
    return _listed(connection, found, MOST_ASKS, select(AP.ask).where(AP.person == person, AP.is_open))


def _acts(connection: Connection, person: str) -> Listed[OwedAct]:
    found = [
        OwedAct(row.engagement, row.act, row.title, row.client, None if row.due_at == NEVER else row.due_at)
        for row in connection.execute(acts_query(person))
    ]
    return _listed(connection, found, MOST_ASKS, select(AC.act).where(AC.person == person))


def _awaited(connection: Connection, person: str) -> Listed[Awaited]:
    found: dict[str, Awaited] = {}
    for row in connection.execute(awaited_query(person)):
        known = found.get(row.ask) or Awaited(row.ask, row.title, (), row.opened_at, row.due_at)
        found[row.ask] = known._replace(owed_by=(*known.owed_by, *filter(None, [row.person])))
    return _listed(connection, list(found.values()), MOST_OTHERS, select(AW.ask).where(AW.person == person))


def _vacancies(connection: Connection, person: str) -> Listed[Unheld]:
    found = [Unheld(*row) for row in connection.execute(vacancies_query(person))]
    return _listed(connection, found, MOST_OTHERS, select(VP.role).where(VP.person == person))


def _tasks(connection: Connection, person: str) -> Listed[OpenTask]:
    found = [OpenTask(*row) for row in connection.execute(tasks_query(person))]
    return _listed(connection, found, MOST_OTHERS, select(TK.id).where(TK.owner == person))


def _listed(connection: Connection, found: list[T], most: int, all_of_them: Select[Any]) -> Listed[T]:
    """A list of which one more was read than is shown; only a longer one is counted."""
    if len(found) <= most:
        return Listed(tuple(found), len(found))
    counted = select(func.count()).select_from(all_of_them.limit(MOST_COUNTED).subquery())
    return Listed(tuple(found[:most]), connection.execute(counted).scalar_one())
