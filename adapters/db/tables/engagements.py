"""Tables of the read model: engagements, change orders, counters, pipeline."""

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


class EngagementRow(SQLModel, table=True):
    """An engagement as lists show it. Its state stands in `StatePartRow`, its asks are rows of their own."""

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
    """The client's name, as two that read alike are one."""
    title: str = label_column()
    salesperson: str = label_column()
    manager: str = label_column()
    value: Decimal | None = Field(sa_type=Exact)
    margin: Decimal | None = Field(sa_type=Exact)
    """At P80, as a fraction."""
    currency: str = label_column()
    started_at: datetime = moment_column()
    updated_at: datetime = moment_column()
    next_what: str = label_column()
    """The first next step, of it or of its change orders; empty where there is none. Who owes it, by which role, since
    when, until when.
    """
    next_who: str = label_column()
    next_who_name: str = label_column()
    next_role: str = label_column()
    next_since: datetime | None = moment_column()
    next_due: datetime | None = moment_column()
    next_paused: bool = flag_column()
    steps: int = number_column()
    """How many next steps there are."""
    held_until: date | None = day_column()
    """Until which day it is on hold; nothing where it is not."""
    external: str = key_column()
    """What it is called where it came from, `crm:OPP-4711`; empty where it did not."""
    vacant: str = label_column()
    """The vacant roles, by comma."""
    is_vacant: bool = flag_column()


class EngagementWordRow(SQLModel, table=True):
    """The words of an engagement's id, title and client, in lower case: what a search finds by how they begin."""

    __tablename__ = "engagement_word"

    word: str = key_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True, index=True)


class ChangeOrderRow(SQLModel, table=True):
    """A change order as lists show it. Its state stands in `StatePartRow`, its asks are rows of their own."""

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
    """Who has a role in an engagement, with their roles by comma: one row a person, so that pages need no distinct."""

    __tablename__ = "engagement_person"

    person_id: str = key_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True, index=True)
    roles: str = label_column()


class EngagementCastRow(SQLModel, table=True):
    """Whom a running engagement knows: who must be told of it when the directory says something else of them."""

    __tablename__ = "engagement_cast"

    person_id: str = key_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True, index=True)


class CounterRow(SQLModel, table=True):
    """What lists would have to add up. None is kept at nought.

    `stage:<stage>`: engagements; `value:<stage>:<currency>`: their prices in cents; `load:<person>`: roles that
    somebody holds in running engagements.
    """

    __tablename__ = "counter"

    name: str = key_column(primary_key=True)
    value: int = Field(sa_type=Count)


class PipelineHoursRow(SQLModel, table=True):
    """Hundredths of hours that all engagements at a stage take of a discipline in a week (its Monday).

    None is kept at nought. How likely a stage is stands in the playbook in force, and is not in the sum.
    """

    __tablename__ = "pipeline_hours"

    discipline: str = key_column(primary_key=True)
    week: date = day_column(primary_key=True)
    stage: str = one_of_column(Stage, primary_key=True)
    centihours: int = Field(sa_type=Count)


class StatePartRow(SQLModel, table=True):
    """One field of the state of an engagement or change order, as JSON: a decision changes a few of some seventy.

    One that no fact has touched yet has no row. `changed` is the number of the fact that changed it last, so that
    whoever knows an older state reads only what differs. Of its asks the state has the ids here.
    """

    __tablename__ = "state_part"

    stream: str = key_column(primary_key=True)
    name: str = key_column(primary_key=True)
    changed: int = number_column()
    document: str = text_column()
