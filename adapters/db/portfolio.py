"""What a digest tells one person, read in a few looks at an index each: none of them grows with the portfolio."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from adapters.db.column_types import NEVER
from adapters.db.my_steps import MyStep, late_for, late_steps
from adapters.db.readable_rows import known, sound_rows
from adapters.db.stream_status import is_incomplete
from adapters.db.tables.asks import (
    AskPersonRow,
    AskRow,
    AskWaiterRow,
    StepPersonRow,
    TaskRow,
    VacancyPersonRow,
    VacancyRow,
)
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from domain.next_steps.model import StepPart
from domain.next_steps.texts import act_title
from domain.notifications.digest import (
    MAX_ASKS,
    MAX_OTHERS,
    Awaited,
    DigestContent,
    DigestVacancy,
    LateWithOther,
    Listed,
    OpenTask,
    Owed,
    OwedAct,
    T,
)
from domain.shared.values import EngagementId

A, AP, AW, E = columns(AskRow), columns(AskPersonRow), columns(AskWaiterRow), columns(EngagementRow)
SP, TK, V, VP = columns(StepPersonRow), columns(TaskRow), columns(VacancyRow), columns(VacancyPersonRow)

R = TypeVar("R")
# Beyond this, a list is so long that nobody needs to know by how much.
MAX_COUNTED = 1000


def portfolio_of(connection: Connection, person: str) -> DigestContent:
    """What waits for a person, is late with others, they wait for, is vacant where it concerns them; their tasks."""
    looks = _Looks(connection, person, [])
    found = DigestContent(
        owed=looks.owed(),
        acts=looks.acts(),
        late=looks.late(),
        awaited=looks.awaited(),
        vacancies=looks.vacancies(),
        tasks=looks.tasks(),
    )
    is_lacking = bool(looks.damaged) or is_incomplete(connection)
    return found._replace(is_incomplete=is_lacking, damaged=tuple(looks.damaged))


def awaited_by(
    connection: Connection, person: str, engagement: EngagementId | None = None
) -> tuple[Listed[Awaited], tuple[str, ...]]:
    """For what a person waits, in one engagement where it is named, and the names of rows that were edited."""
    looks = _Looks(connection, person, [])
    return looks.awaited(engagement), tuple(looks.damaged)


def owed_query(person: str) -> Select[Any]:
    """Asks that the person may answer, that due first in front."""
    query = select(AP.ask, A.title, E.client, AP.due_at).outerjoin(AskRow, A.id == AP.ask)
    query = query.outerjoin(EngagementRow, E.id == AP.engagement).where(AP.person == person, AP.is_open)
    return query.order_by(AP.due_at, AP.ask)


def awaited_query(person: str, engagement: EngagementId | None = None) -> Select[Any]:
    """Asks for which the person waits, the longest first: a row for each who may answer."""
    first = select(AW.ask, AW.opened_at).where(*_awaited_by(person, engagement)).order_by(AW.opened_at, AW.ask)
    few = first.limit(MAX_OTHERS + 1).subquery()
    query = select(few.c.ask, A.title, AP.person, few.c.opened_at, A.due_at).outerjoin(AskRow, A.id == few.c.ask)
    asked = (AP.ask == few.c.ask) & AP.is_open
    return query.outerjoin(AskPersonRow, asked).order_by(few.c.opened_at, few.c.ask, AP.person)


def _awaited_by(person: str, engagement: EngagementId | None) -> tuple[ColumnElement[bool], ...]:
    """The ids of asks begin with that of their engagement, those of its change orders too."""
    return (AW.person == person, *((AW.ask.startswith(f"{engagement}."),) if engagement is not None else ()))


def vacancies_query(person: str) -> Select[Any]:
    """Vacancies that concern the person, the oldest first."""
    query = select(VP.engagement, VP.role, VP.since, V.accountable)
    query = query.outerjoin(VacancyRow, (V.engagement == VP.engagement) & (V.role == VP.role)).where(
        VP.person == person
    )
    return query.order_by(VP.since, VP.engagement, VP.role)


def acts_query(person: str) -> Select[Any]:
    """Acts that the person may do, that due first in front."""
    query = select(SP.engagement, SP.ref, E.title, E.client, SP.due_at).outerjoin(EngagementRow, E.id == SP.engagement)
    return query.where(*_acts_of(person)).order_by(SP.due_at, SP.engagement, SP.kind, SP.ref)


def _acts_of(person: str) -> tuple[ColumnElement[bool], ...]:
    """The kind is compared as an expression: a constant is left out of the order, and the index with it."""
    return SP.person == person, SP.kind.concat("") == "act", SP.part == StepPart.DOES.value


def tasks_query(person: str) -> Select[Any]:
    """Tasks that the person owns, that due first in front."""
    query = select(TK.engagement, TK.id, TK.text, TK.due).where(TK.owner == person)
    return query.order_by(TK.due, TK.engagement, TK.id)


class _Looks(NamedTuple):
    """The lists of one person, and the names of rows that were edited."""

    connection: Connection
    person: str
    damaged: list[str]

    def owed(self) -> Listed[Owed]:
        found = self._sound(owed_query(self.person), _owed, ("ask",), MAX_ASKS + 1)
        return _listed(self.connection, found, MAX_ASKS, select(AP.ask).where(AP.person == self.person, AP.is_open))

    def acts(self) -> Listed[OwedAct]:
        found = self._sound(acts_query(self.person), _act, ("engagement", "ref"), MAX_ASKS + 1)
        return _listed(self.connection, found, MAX_ASKS, select(SP.ref).where(*_acts_of(self.person)))

    def late(self) -> Listed[LateWithOther]:
        found = late_steps(self.connection, self.person, MAX_OTHERS)
        self.damaged.extend(found.damaged)
        late = tuple(_late(step) for step in found.items)
        if not found.more:
            return Listed(late, len(late))
        return Listed(late, _counted(self.connection, select(SP.ref).where(*late_for(self.person))))

    def awaited(self, engagement: EngagementId | None = None) -> Listed[Awaited]:
        asks: dict[str, Awaited] = {}
        for ask, by in self._sound(awaited_query(self.person, engagement), _awaited, ("ask", "person"), None):
            before = asks.get(ask.ask) or ask
            asks[ask.ask] = before._replace(owed_by=(*before.owed_by, *filter(None, [by])))
        found = list(asks.values())
        return _listed(self.connection, found, MAX_OTHERS, select(AW.ask).where(*_awaited_by(self.person, engagement)))

    def vacancies(self) -> Listed[DigestVacancy]:
        found = self._sound(vacancies_query(self.person), _vacancy, ("engagement", "role"), MAX_OTHERS + 1)
        return _listed(self.connection, found, MAX_OTHERS, select(VP.role).where(VP.person == self.person))

    def tasks(self) -> Listed[OpenTask]:
        found = self._sound(tasks_query(self.person), OpenTask._make, ("engagement", "id"), MAX_OTHERS + 1)
        return _listed(self.connection, found, MAX_OTHERS, select(TK.id).where(TK.owner == self.person))

    def _sound(
        self, query: Select[Any], make: Callable[[Row[Any]], R], named_by: tuple[str, ...], most: int | None
    ) -> list[R]:
        found = sound_rows(self.connection, query, make, named_by, most)
        self.damaged.extend(found.damaged)
        return list(found.rows)


def _owed(row: Row[Any]) -> Owed:
    return Owed(row.ask, known(row.title), row.client or "", None if row.due_at == NEVER else row.due_at)


def _act(row: Row[Any]) -> OwedAct:
    act_title(row.ref)  # raises for what is no act: no line can be made of it
    return OwedAct(row.engagement, row.ref, known(row.title), row.client, None if row.due_at == NEVER else row.due_at)


def _late(step: MyStep) -> LateWithOther:
    due_at = None if step.due_at == NEVER else step.due_at
    return LateWithOther(step.what, step.owner_name, step.client, step.engagement, due_at)


def _awaited(row: Row[Any]) -> tuple[Awaited, str | None]:
    """The ask of a row, and one who may answer it."""
    return Awaited(row.ask, known(row.title), (), row.opened_at, row.due_at), row.person


def _vacancy(row: Row[Any]) -> DigestVacancy:
    return DigestVacancy(row.engagement, row.role, row.since, known(row.accountable))


def _listed(connection: Connection, found: list[T], most: int, all_of_them: Select[Any]) -> Listed[T]:
    """A list of which one more was read than is shown; only a longer one is counted."""
    if len(found) <= most:
        return Listed(tuple(found), len(found))
    return Listed(tuple(found[:most]), _counted(connection, all_of_them))


def _counted(connection: Connection, all_of_them: Select[Any]) -> int:
    counted = select(func.count()).select_from(all_of_them.limit(MAX_COUNTED).subquery())
    return int(connection.execute(counted).scalar_one())
