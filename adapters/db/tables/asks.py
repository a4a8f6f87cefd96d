"""Read-model tables of asks, vacancies, next steps and conditions, and of the people each concerns."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from adapters.db.tables.columns import (
    day_column,
    flag_column,
    key_column,
    label_column,
    moment_column,
    number_column,
    one_of_column,
    text_column,
)
from domain.asks.model import AskKind, Outcome
from domain.engagement.roles.values import VacancyCause
from domain.shared.values import AskId, PersonId

# Few of all asks, for the query of who has to sign. It must equal `SIGNATURES`, spelled as an index condition.
AWAITS_A_SIGNATURE = text("is_open AND kind IN ('sign_brd', 'sign_change', 'sign_sow')")


class AskRow(SQLModel, table=True):
    """An ask. `place` is its position in its stream, `changed` the sequence number of the fact that last wrote it."""

    __tablename__ = "ask"
    __table_args__ = (
        Index("ask_by_stream", "stream", "place"),
        Index("ask_by_engagement", "engagement_id", "is_open"),
        Index("ask_to_sign", "opened_at", "id", sqlite_where=AWAITS_A_SIGNATURE, postgresql_where=AWAITS_A_SIGNATURE),
    )

    id: AskId = key_column(primary_key=True)
    stream: str = key_column()
    place: int = number_column()
    changed: int = number_column()
    engagement_id: str = key_column()
    kind: str = one_of_column(AskKind)
    subject: str = label_column()
    title: str = text_column()
    is_open: bool = flag_column()
    due_at: datetime | None = moment_column()
    opened_at: datetime = moment_column()
    outcome: str = one_of_column(Outcome)
    subject_hash: str = label_column()
    document: str = text_column()


class AskPersonRow(SQLModel, table=True):
    """Who is or was asked; open while they may still answer. `due_at` is `NEVER` while the clock is paused."""

    __tablename__ = "ask_person"
    __table_args__ = (
        Index("inbox", "person_id", "is_open", "due_at", "ask_id"),
        Index("waiting_for", "person_id", "is_open", "engagement_id"),
    )

    ask_id: AskId = key_column(primary_key=True)
    person_id: PersonId = key_column(primary_key=True)
    engagement_id: str = key_column()
    is_open: bool = flag_column()
    due_at: datetime = moment_column()


class AskWaiterRow(SQLModel, table=True):
    """Who waits for an open ask: whoever opened it, the seller and the engagement manager, unless it waits for them."""

    __tablename__ = "ask_waiter"
    __table_args__ = (Index("awaited", "person_id", "opened_at", "ask_id"),)

    ask_id: AskId = key_column(primary_key=True)
    person_id: PersonId = key_column(primary_key=True)
    opened_at: datetime = moment_column()


class VacancyRow(SQLModel, table=True):
    """A vacant role. `function` is the name that the engagement's playbook gives to its function."""

    __tablename__ = "vacancy"
    __table_args__ = (
        Index("vacancy_by_age", "since", "engagement_id", "role"),
        Index("vacancy_by_accountable", "accountable", "since", "engagement_id", "role"),
        Index("vacancy_by_function", "function", "since", "engagement_id", "role"),
    )

    engagement_id: str = key_column(primary_key=True)
    role: str = key_column(primary_key=True)
    since: datetime = moment_column()
    function: str = key_column()
    cause: str = one_of_column(VacancyCause)
    because: str = text_column()
    accountable: PersonId = key_column()
    rung: int = number_column()


class VacancyPersonRow(SQLModel, table=True):
    """Whom a vacancy concerns: the person accountable, the head of the function, the engagement manager."""

    __tablename__ = "vacancy_person"
    __table_args__ = (Index("vacancy_by_person", "person_id", "since", "engagement_id", "role"),)

    engagement_id: str = key_column(primary_key=True)
    role: str = key_column(primary_key=True)
    person_id: PersonId = key_column(primary_key=True)
    since: datetime = moment_column()


class StepPersonRow(SQLModel, table=True):
    """Who owes or may do each next step of an engagement's or a change order's stream, as `next_steps` returns it.

    The owner has a row for each of their steps; `due_at` is `NEVER` while the clock is paused.
    """

    __tablename__ = "step_person"
    __table_args__ = (
        Index("step_by_person", "person_id", "part", "due_at", "engagement_id", "kind", "ref"),
        Index("step_by_person_and_engagement", "person_id", "part", "engagement_id", "stream", "kind", "ref"),
        Index("step_by_engagement", "engagement_id", "due_at", "kind", "ref"),
    )

    stream: str = key_column(primary_key=True)
    kind: str = label_column(primary_key=True)
    ref: str = key_column(primary_key=True)
    person_id: PersonId = key_column(primary_key=True)
    engagement_id: str = key_column()
    what: str = text_column()
    """Without a condition's own text, which its owner reads from the condition itself."""
    part: str = label_column()
    """A `StepPart`: whether they do it, or are only informed that it is overdue."""
    reason: str = text_column()
    """Why it is owed again; empty if it is not. Everyone who has a row may read it."""
    owner: PersonId = key_column()
    owner_name: str = label_column()
    role: str = label_column()
    since: datetime = moment_column()
    due_at: datetime = moment_column()
    paused: bool = flag_column()


class TaskRow(SQLModel, table=True):
    """A condition that has an owner and is not met."""

    __tablename__ = "task"
    __table_args__ = (Index("task_by_owner", "owner", "due", "engagement_id", "id"),)

    engagement_id: str = key_column(primary_key=True)
    id: str = key_column(primary_key=True)
    owner: PersonId = key_column()
    due: date = day_column()
    text: str = text_column()
