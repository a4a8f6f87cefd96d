"""The content of one person's digest, read by a few index lookups whose cost does not grow with the portfolio."""

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
from domain.shared.values import AskId, EngagementId, PersonId

A, AP, AW, E = columns(AskRow), columns(AskPersonRow), columns(AskWaiterRow), columns(EngagementRow)
SP, TK, V, VP = columns(StepPersonRow), columns(TaskRow), columns(VacancyRow), columns(VacancyPersonRow)

R = TypeVar("R")
# Beyond this, no one needs to know how much longer a list is.
MAX_COUNTED = 1000


def portfolio_of(connection: Connection, person_id: PersonId) -> DigestContent:
    """What a person owes, what is overdue with others, what they wait for, vacancies that concern them, their tasks."""
    looks = _Looks(connection, person_id, [])
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
    connection: Connection, person_id: PersonId, engagement_id: EngagementId | None = None
) -> tuple[Listed[Awaited], tuple[str, ...]]:
    """What a person waits for, in all engagements or in the given one, and the names of rows that were edited."""
    looks = _Looks(connection, person_id, [])
    return looks.awaited(engagement_id), tuple(looks.damaged)


def owed_query(person_id: PersonId) -> Select[Any]:
    """Asks that the person may answer, first due first."""
    query = select(AP.ask_id, A.title, E.client, AP.due_at).outerjoin(AskRow, A.id == AP.ask_id)
    query = query.outerjoin(EngagementRow, E.id == AP.engagement_id).where(AP.person_id == person_id, AP.is_open)
    return query.order_by(AP.due_at, AP.ask_id)


def awaited_query(person_id: PersonId, engagement_id: EngagementId | None = None) -> Select[Any]:
    """Asks that the person waits for, longest first: one row for each person who may answer."""
    first = (
        select(AW.ask_id, AW.opened_at).where(*_awaited_by(person_id, engagement_id)).order_by(AW.opened_at, AW.ask_id)
    )
    few = first.limit(MAX_OTHERS + 1).subquery()
    query = select(few.c.ask_id, A.title, AP.person_id, few.c.opened_at, A.due_at).outerjoin(
        AskRow, A.id == few.c.ask_id
    )
    asked = (AP.ask_id == few.c.ask_id) & AP.is_open
    return query.outerjoin(AskPersonRow, asked).order_by(few.c.opened_at, few.c.ask_id, AP.person_id)


def _awaited_by(person_id: PersonId, engagement_id: EngagementId | None) -> tuple[ColumnElement[bool], ...]:
    """An ask's id begins with that of its engagement, in change orders too."""
    return (
        AW.person_id == person_id,
        *((AW.ask_id.startswith(f"{engagement_id}."),) if engagement_id is not None else ()),
    )


def vacancies_query(person_id: PersonId) -> Select[Any]:
    """Vacancies that concern the person, oldest first."""
    query = select(VP.engagement_id, VP.role, VP.since, V.accountable)
    query = query.outerjoin(VacancyRow, (V.engagement_id == VP.engagement_id) & (V.role == VP.role)).where(
        VP.person_id == person_id
    )
    return query.order_by(VP.since, VP.engagement_id, VP.role)


def acts_query(person_id: PersonId) -> Select[Any]:
    """Acts that the person may do, first due first."""
    query = select(SP.engagement_id, SP.ref, E.title, E.client, SP.due_at).outerjoin(
        EngagementRow, E.id == SP.engagement_id
    )
    return query.where(*_acts_of(person_id)).order_by(SP.due_at, SP.engagement_id, SP.kind, SP.ref)


def _acts_of(person_id: PersonId) -> tuple[ColumnElement[bool], ...]:
    """The kind is compared as an expression: a planner drops a constant from the sort order, and the index with it."""
    return SP.person_id == person_id, SP.kind.concat("") == "act", SP.part == StepPart.DOES.value


def tasks_query(person_id: PersonId) -> Select[Any]:
    """Tasks that the person owns, first due first."""
    query = select(TK.engagement_id, TK.id, TK.text, TK.due).where(TK.owner == person_id)
    return query.order_by(TK.due, TK.engagement_id, TK.id)


class _Looks(NamedTuple):
    """The lists of one person, and the names of rows that were edited."""

    connection: Connection
    person_id: PersonId
    damaged: list[str]

    def owed(self) -> Listed[Owed]:
        found = self._sound(owed_query(self.person_id), _owed, ("ask_id",), MAX_ASKS + 1)
        return _listed(
            self.connection, found, MAX_ASKS, select(AP.ask_id).where(AP.person_id == self.person_id, AP.is_open)
        )

    def acts(self) -> Listed[OwedAct]:
        found = self._sound(acts_query(self.person_id), _act, ("engagement_id", "ref"), MAX_ASKS + 1)
        return _listed(self.connection, found, MAX_ASKS, select(SP.ref).where(*_acts_of(self.person_id)))

    def late(self) -> Listed[LateWithOther]:
        found = late_steps(self.connection, self.person_id, MAX_OTHERS)
        self.damaged.extend(found.damaged)
        late = tuple(_late(step) for step in found.items)
        if not found.more:
            return Listed(late, len(late))
        return Listed(late, _counted(self.connection, select(SP.ref).where(*late_for(self.person_id))))

    def awaited(self, engagement_id: EngagementId | None = None) -> Listed[Awaited]:
        asks: dict[AskId, Awaited] = {}
        for ask, by in self._sound(
            awaited_query(self.person_id, engagement_id), _awaited, ("ask_id", "person_id"), None
        ):
            before = asks.get(ask.ask_id) or ask
            asks[ask.ask_id] = before._replace(owed_by=(*before.owed_by, *filter(None, [by])))
        found = list(asks.values())
        return _listed(
            self.connection, found, MAX_OTHERS, select(AW.ask_id).where(*_awaited_by(self.person_id, engagement_id))
        )

    def vacancies(self) -> Listed[DigestVacancy]:
        found = self._sound(vacancies_query(self.person_id), _vacancy, ("engagement_id", "role"), MAX_OTHERS + 1)
        return _listed(self.connection, found, MAX_OTHERS, select(VP.role).where(VP.person_id == self.person_id))

    def tasks(self) -> Listed[OpenTask]:
        found = self._sound(tasks_query(self.person_id), OpenTask._make, ("engagement_id", "id"), MAX_OTHERS + 1)
        return _listed(self.connection, found, MAX_OTHERS, select(TK.id).where(TK.owner == self.person_id))

    def _sound(
        self, query: Select[Any], make: Callable[[Row[Any]], R], named_by: tuple[str, ...], most: int | None
    ) -> list[R]:
        found = sound_rows(self.connection, query, make, named_by, most)
        self.damaged.extend(found.damaged)
        return list(found.rows)


def _owed(row: Row[Any]) -> Owed:
    return Owed(row.ask_id, known(row.title), row.client or "", None if row.due_at == NEVER else row.due_at)


def _act(row: Row[Any]) -> OwedAct:
    act_title(row.ref)  # raises for what is not an act, for which no line could be made
    return OwedAct(
        row.engagement_id, row.ref, known(row.title), row.client, None if row.due_at == NEVER else row.due_at
    )


def _late(step: MyStep) -> LateWithOther:
    due_at = None if step.due_at == NEVER else step.due_at
    return LateWithOther(step.what, step.owner_name, step.client, step.engagement_id, due_at)


def _awaited(row: Row[Any]) -> tuple[Awaited, PersonId | None]:
    """The ask of a row, and one person who may answer it."""
    return Awaited(row.ask_id, known(row.title), (), row.opened_at, row.due_at), row.person_id


def _vacancy(row: Row[Any]) -> DigestVacancy:
    return DigestVacancy(row.engagement_id, row.role, row.since, known(row.accountable))


def _listed(connection: Connection, found: list[T], most: int, all_of_them: Select[Any]) -> Listed[T]:
    """A list read with one more row than is shown, so that only longer lists need to be counted."""
    if len(found) <= most:
        return Listed(tuple(found), len(found))
    return Listed(tuple(found[:most]), _counted(connection, all_of_them))


def _counted(connection: Connection, all_of_them: Select[Any]) -> int:
    counted = select(func.count()).select_from(all_of_them.limit(MAX_COUNTED).subquery())
    return int(connection.execute(counted).scalar_one())
