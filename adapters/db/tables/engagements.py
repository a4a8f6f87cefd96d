"""Read-model tables of engagements, change orders, counters and the pipeline."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from adapters.db.column_types import Count, Exact
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
from domain.engagement.changes.values import ChangeStatus
from domain.playbook.model import Kind, Stage
from domain.shared.values import PersonId


class EngagementRow(SQLModel, table=True):
    """An engagement as lists show it. Its state is in `StatePartRow`; its asks have rows of their own."""

    __tablename__ = "engagement"
    __table_args__ = (
        Index("engagement_by_stage", "stage", "id"),
        Index("engagement_by_client", "client", "id"),
        Index("engagement_by_client_key", "client_key", "id"),
        Index("engagement_by_vacancy", "is_vacant", "id"),
        Index("engagement_by_external", "external", "id"),
    )

    id: str = key_column(primary_key=True)
    stream: str = key_column(unique=True)
    seq: int = number_column()
    stage: str = one_of_column(Stage)
    kind: str = one_of_column(Kind)
    client: str = key_column()
    client_key: str = key_column()
    """The client's name, normalised so that names that read alike are equal."""
    title: str = label_column()
    salesperson: PersonId = label_column()
    manager: PersonId = label_column()
    value: Decimal | None = Field(sa_type=Exact)
    margin: Decimal | None = Field(sa_type=Exact)
    """At P80, as a fraction."""
    currency: str = label_column()
    started_at: datetime = moment_column()
    updated_at: datetime = moment_column()
    next_what: str = label_column()
    """The first next step, its own or of a change order: what, owed by whom, in which role, since when, due when.

    Empty if there is none.
    """
    next_who: PersonId = label_column()
    next_who_name: str = label_column()
    next_role: str = label_column()
    next_since: datetime | None = moment_column()
    next_due: datetime | None = moment_column()
    next_paused: bool = flag_column()
    steps: int = number_column()
    """How many next steps there are."""
    held_until: date | None = day_column()
    """The day until which it is on hold, or null."""
    external: str = key_column()
    """Its id in the system it came from, such as `crm:OPP-4711`; empty if it came from none."""
    vacant: str = label_column()
    """The vacant roles, comma-separated."""
    is_vacant: bool = flag_column()


class EngagementSearchRow(SQLModel, table=True):
    """What an engagement is found by; the database keeps an index of it (`adapters.db.search_index`)."""

    __tablename__ = "engagement_search"

    place: int = Field(sa_type=Count, primary_key=True)
    """The id as a number, in the order of ids."""
    engagement_id: str = key_column(unique=True)
    terms: str = text_column()
    """The words of its id, title and client in lower case, and marks of what lists are filtered by."""


class ChangeOrderRow(SQLModel, table=True):
    """A change order as lists show it. Its state is in `StatePartRow`; its asks have rows of their own."""

    __tablename__ = "change_order"
    __table_args__ = (Index("change_order_by_engagement", "engagement_id", "n"),)

    id: str = key_column(primary_key=True)
    stream: str = key_column(unique=True)
    seq: int = number_column()
    engagement_id: str = key_column()
    n: int = number_column()
    status: str = one_of_column(ChangeStatus)
    updated_at: datetime = moment_column()


class EngagementPersonRow(SQLModel, table=True):
    """Who has roles in an engagement, comma-separated: one row per person, so that paging needs no DISTINCT."""

    __tablename__ = "engagement_person"

    person_id: PersonId = key_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True, index=True)
    roles: str = label_column()


class EngagementCastRow(SQLModel, table=True):
    """Everyone a running engagement knows, and so must be told about when the directory changes them."""

    __tablename__ = "engagement_cast"

    person_id: PersonId = key_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True, index=True)


class CounterRow(SQLModel, table=True):
    """Totals that lists would otherwise have to sum up. No row is kept at zero.

    `stage:<stage>`: engagements; `value:<stage>:<currency>`: their prices in cents;
    `margin:<stage>:<currency>`: their margins at P80 in cents, as priced; `load:<person>`: roles that someone
    holds in running engagements.
    """

    __tablename__ = "counter"

    name: str = key_column(primary_key=True)
    value: int = Field(sa_type=Count)


class PipelineHoursRow(SQLModel, table=True):
    """Hundredths of hours that all engagements at a stage need of a discipline in a week (given by its Monday).

    No row is kept at zero. The likelihood of a stage is in the playbook in force, and is not factored in.
    """

    __tablename__ = "pipeline_hours"

    discipline: str = key_column(primary_key=True)
    week: date = day_column(primary_key=True)
    stage: str = one_of_column(Stage, primary_key=True)
    centihours: int = Field(sa_type=Count)


class StatePartRow(SQLModel, table=True):
    """One field of the state of an engagement or change order, as JSON: a decision changes a few of some seventy.

    A field that no fact has changed yet has no row. `changed` is the sequence number of the fact that last changed it,
    so that whoever holds an older state reads only what differs. For asks, only their ids are here.
    """

    __tablename__ = "state_part"

    stream: str = key_column(primary_key=True)
    name: str = key_column(primary_key=True)
    changed: int = number_column()
    document: str = text_column()
