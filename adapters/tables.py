"""The tables: the record, its content, the read model that is made from them, and what has no other home.

What `rebuild` makes again is listed in `READ_MODEL`. All else is either the record itself or would be lost.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Field, SQLModel

from adapters.column_types import Bytes, Count, Exact, Flag, Instant, Key, Label, LongText, Number, OnDay, OneOf
from domain.asks import AskKind, Outcome
from domain.engagement.state import ChangeStatus, VacancyCause
from domain.playbook import Kind, Stage


def columns(table: type[SQLModel]) -> ReadOnlyColumnCollection[str, Column[Any]]:
    """A table's columns, for queries that want no objects."""
    return SQLModel.metadata.tables[str(table.__tablename__)].c


def _key(**more: Any) -> Any:
    return Field(sa_type=Key, **more)


def _moment(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


def _one_of(words: type[Enum], **more: Any) -> Any:
    return Field(sa_type=OneOf(words), **more)


def _label(**more: Any) -> Any:
    return Field(sa_type=Label, **more)


def _text(**more: Any) -> Any:
    return Field(sa_type=LongText, **more)


def _number(**more: Any) -> Any:
    return Field(sa_type=Number, **more)


def _flag(**more: Any) -> Any:
    return Field(sa_type=Flag, **more)


def _bytes(**more: Any) -> Any:
    return Field(sa_type=Bytes, **more)


def _day(**more: Any) -> Any:
    return Field(sa_type=OnDay, **more)


OF_A_START = text("kind = 'EngagementStarted'")
"""The fact that each engagement begins with: so few that it costs the others nothing to find them."""


class LedgerRow(SQLModel, table=True):
    """One fact, for ever. `body` is JSON in which words and bulk are hashes; `hash` covers all but `position`."""

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("stream", "seq", name="ledger_place"),
        Index("ledger_by_command", "stream", "command"),
        Index("deals_by_request", "command", sqlite_where=OF_A_START, postgresql_where=OF_A_START),
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Count)
    """The order in which facts of all streams arrived, for paging."""
    stream: str = _key()
    seq: int = _number()
    at: datetime = _moment()
    by: str = _key()
    channel: str = _label()
    for_whom: str | None = _label()
    command: str = _key()
    kind: str = _label()
    body: str = _text()
    prev: str = _label()
    hash: str = _label()


QUARANTINED = text("quarantined != ''")
"""Of few streams, if any: so that nobody who asks for them looks at all."""


class StreamHeadRow(SQLModel, table=True):
    """Where each chain stands: what the next fact is linked to, and the row that its writers take turns at.

    `acknowledged`: up to which fact somebody was answered, which the engine knew then for certain; `told`: up to which
    fact a message has left. Both may be ahead of `seq` where facts were lost.
    `quarantined`: what record and engine disagree on; until that is reconciled nothing is written.
    """

    __tablename__ = "stream_head"
    __table_args__ = (Index("quarantined_streams", "stream", sqlite_where=QUARANTINED, postgresql_where=QUARANTINED),)

    stream: str = _key(primary_key=True)
    seq: int = _number()
    hash: str = _label()
    first: str = _label()
    acknowledged: int = _number(default=0)
    told: int = _number(default=0)
    quarantined: str = _text(default="")


class ContentRow(SQLModel, table=True):
    """What ledger and state name by hash: erasable words, shared values, documents' bytes."""

    __tablename__ = "content"

    key: str = _key(primary_key=True)
    kind: str = _label()
    salt: bytes | None = _bytes(default=None)
    body: bytes = _bytes()
    erased_at: datetime | None = _moment(default=None)


class EngagementRow(SQLModel, table=True):
    """An engagement as lists show it; `document` is the rest of its state (its asks are rows of their own)."""

    __tablename__ = "engagement"
    __table_args__ = (
        Index("engagement_by_stage", "stage", "id"),
        Index("engagement_by_client", "client", "id"),
        Index("engagement_by_client_key", "client_key", "id"),
        Index("engagement_by_vacancy", "is_vacant", "id"),
        Index("engagement_by_external", "external", "id"),
    )

    id: str = _key(primary_key=True)
    stream: str = _key(unique=True)
    seq: int = _number()
    stage: str = _one_of(Stage)
    kind: str = _one_of(Kind)
    client: str = _key()
    client_key: str = _key()
    """The client's name, as two that read alike are one."""
    title: str = _label()
    salesperson: str = _label()
    manager: str = _label()
    value: Decimal | None = Field(sa_type=Exact)
    margin: Decimal | None = Field(sa_type=Exact)
    """At P80, as a fraction."""
    currency: str = _label()
    started_at: datetime = _moment()
    updated_at: datetime = _moment()
    next_what: str = _label()
    """The first next step, of it or of its change orders; empty where there is none. Who owes it, by which role, since
    when, until when.
    """
    next_who: str = _label()
    next_who_name: str = _label()
    next_role: str = _label()
    next_since: datetime | None = _moment()
    next_due: datetime | None = _moment()
    next_paused: bool = _flag()
    steps: int = _number()
    """How many next steps there are."""
    held_until: date | None = _day()
    """Until which day it is on hold; nothing where it is not."""
    external: str = _key()
    """What it is called where it came from, `crm:OPP-4711`; empty where it did not."""
    vacant: str = _label()
    """The vacant roles, by comma."""
    is_vacant: bool = _flag()
    document: str = _text()


class EngagementWordRow(SQLModel, table=True):
    """The words of an engagement's id, title and client, in lower case: what a search finds by how they begin."""

    __tablename__ = "engagement_word"

    word: str = _key(primary_key=True)
    engagement: str = _key(primary_key=True, index=True)


class ChangeOrderRow(SQLModel, table=True):
    """A change order; `document` is its state without its asks."""

    __tablename__ = "change_order"
    __table_args__ = (Index("change_order_by_engagement", "engagement", "n"),)

    id: str = _key(primary_key=True)
    stream: str = _key(unique=True)
    seq: int = _number()
    engagement: str = _key()
    n: int = _number()
    status: str = _one_of(ChangeStatus)
    updated_at: datetime = _moment()
    document: str = _text()


AWAITS_A_SIGNATURE = text("is_open AND kind IN ('sign_brd', 'sign_change', 'sign_sow')")
"""Few of all asks, whoever wants to know who has to sign: `SIGNATURES`, as the index has to say it."""


class AskRow(SQLModel, table=True):
    """An ask; `place` is its order in its stream, `changed` the number of the fact with which it was written last."""

    __tablename__ = "ask"
    __table_args__ = (
        Index("ask_by_stream", "stream", "place"),
        Index("ask_by_engagement", "engagement", "is_open"),
        Index("ask_to_sign", "opened_at", "id", sqlite_where=AWAITS_A_SIGNATURE, postgresql_where=AWAITS_A_SIGNATURE),
    )

    id: str = _key(primary_key=True)
    stream: str = _key()
    place: int = _number()
    changed: int = _number()
    engagement: str = _key()
    kind: str = _one_of(AskKind)
    subject: str = _label()
    title: str = _text()
    is_open: bool = _flag()
    due_at: datetime | None = _moment()
    opened_at: datetime = _moment()
    outcome: str = _one_of(Outcome)
    hash: str = _label()
    document: str = _text()


class AskPersonRow(SQLModel, table=True):
    """Who is or was asked: open while they may still answer. `due_at` is `NEVER` while the clock stands."""

    __tablename__ = "ask_person"
    __table_args__ = (
        Index("inbox", "person", "is_open", "due_at", "ask"),
        Index("waiting_for", "person", "is_open", "engagement"),
    )

    ask: str = _key(primary_key=True)
    person: str = _key(primary_key=True)
    engagement: str = _key()
    is_open: bool = _flag()
    due_at: datetime = _moment()


class AskWaiterRow(SQLModel, table=True):
    """Who waits for an open ask: whoever asked, the seller, the engagement manager, unless it waits for them."""

    __tablename__ = "ask_waiter"
    __table_args__ = (Index("awaited", "person", "opened_at", "ask"),)

    ask: str = _key(primary_key=True)
    person: str = _key(primary_key=True)
    opened_at: datetime = _moment()


class EngagementPersonRow(SQLModel, table=True):
    """Who has a role in an engagement, with their roles by comma: one row a person, so that pages need no distinct."""

    __tablename__ = "engagement_person"

    person: str = _key(primary_key=True)
    engagement: str = _key(primary_key=True, index=True)
    roles: str = _label()


class EngagementCastRow(SQLModel, table=True):
    """Whom a running engagement knows: who must be told of it when the directory says something else of them."""

    __tablename__ = "engagement_cast"

    person: str = _key(primary_key=True)
    engagement: str = _key(primary_key=True, index=True)


class VacancyRow(SQLModel, table=True):
    """A role that nobody answers for. `function` is what the engagement's playbook calls it."""

    __tablename__ = "vacancy"
    __table_args__ = (
        Index("vacancy_by_age", "since", "engagement", "role"),
        Index("vacancy_by_accountable", "accountable", "since", "engagement", "role"),
        Index("vacancy_by_function", "function", "since", "engagement", "role"),
    )

    engagement: str = _key(primary_key=True)
    role: str = _key(primary_key=True)
    since: datetime = _moment()
    function: str = _key()
    cause: str = _one_of(VacancyCause)
    because: str = _text()
    accountable: str = _key()
    rung: int = _number()


class VacancyPersonRow(SQLModel, table=True):
    """Whom a vacancy concerns: who is accountable, the head of the function, the engagement manager."""

    __tablename__ = "vacancy_person"
    __table_args__ = (Index("vacancy_by_person", "person", "since", "engagement", "role"),)

    engagement: str = _key(primary_key=True)
    role: str = _key(primary_key=True)
    person: str = _key(primary_key=True)
    since: datetime = _moment()


class StepPersonRow(SQLModel, table=True):
    """Who owes or may do each next step, of an engagement's stream or a change order's: what `next_steps` says there.

    The owner has a row for each step that is theirs; `due_at` is `NEVER` while the clock stands.
    """

    __tablename__ = "step_person"
    __table_args__ = (
        Index("step_by_person", "person", "due_at", "engagement", "kind", "ref"),
        Index("step_by_engagement", "engagement", "due_at", "kind", "ref"),
    )

    stream: str = _key(primary_key=True)
    kind: str = _label(primary_key=True)
    ref: str = _key(primary_key=True)
    person: str = _key(primary_key=True)
    engagement: str = _key()
    what: str = _text()
    """A condition's own words are not among it: those who own it read them where they stand."""
    part: str = _label()
    """A `StepPart`: whether they do it, or are only told that it is late."""
    reason: str = _text()
    """Why it is owed again; empty where it is not. Whoever has a row may read it."""
    owner: str = _key()
    owner_name: str = _label()
    role: str = _label()
    since: datetime = _moment()
    due_at: datetime = _moment()
    paused: bool = _flag()


class TaskRow(SQLModel, table=True):
    """A condition that somebody owns and has not met."""

    __tablename__ = "task"
    __table_args__ = (Index("task_by_owner", "owner", "due", "engagement", "id"),)

    engagement: str = _key(primary_key=True)
    id: str = _key(primary_key=True)
    owner: str = _key()
    due: date = _day()
    text: str = _text()


class CounterRow(SQLModel, table=True):
    """What lists would have to add up. None is kept at nought.

    `stage:<stage>`: engagements; `value:<stage>:<currency>`: their prices in cents; `load:<person>`: roles that
    somebody holds in running engagements.
    """

    __tablename__ = "counter"

    name: str = _key(primary_key=True)
    value: int = Field(sa_type=Count)


class PipelineHoursRow(SQLModel, table=True):
    """Hundredths of hours that all engagements at a stage take of a discipline in a week (its Monday).

    None is kept at nought. How likely a stage is stands in the playbook in force, and is not in the sum.
    """

    __tablename__ = "pipeline_hours"

    discipline: str = _key(primary_key=True)
    week: date = _day(primary_key=True)
    stage: str = _one_of(Stage, primary_key=True)
    centihours: int = Field(sa_type=Count)


READ_MODEL: tuple[type[SQLModel], ...] = (
    EngagementRow,
    EngagementWordRow,
    ChangeOrderRow,
    AskRow,
    AskPersonRow,
    AskWaiterRow,
    EngagementPersonRow,
    EngagementCastRow,
    VacancyRow,
    VacancyPersonRow,
    StepPersonRow,
    TaskRow,
    CounterRow,
    PipelineHoursRow,
)


class OutboxRow(SQLModel, table=True):
    """Something to be told to one person; `dead` says why it is tried no more.

    `tried_at` is written before an attempt, so that one whose end nobody saw is known; `face` is where it was told.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "sent_at", "dead", "created_at"),
        Index("outbox_of_person", "to", "sent_at", "dead", "created_at"),
    )

    key: str = _key(primary_key=True)
    to: str = _key()
    kind: str = _label()
    stream: str = _key()
    ask: str | None = _key()
    step: str | None = _key(default=None)
    """What else it is about, as `StepRef` is written."""
    text: str = _text()
    created_at: datetime = _moment()
    sent_at: datetime | None = _moment(default=None)
    attempts: int = _number(default=0)
    dead: str | None = _label(default=None)
    failures: int = _number(default=0)
    tried_at: datetime | None = _moment(default=None)
    not_before: datetime | None = _moment(default=None)
    because: str | None = _text(default=None)
    """Why it waits, or did not go where it was to go first."""
    face: str | None = _label(default=None)


class ChatAccountRow(SQLModel, table=True):
    """A person's account in a chat, as the chat vouched for it by their e-mail, and where they are written to."""

    __tablename__ = "chat_account"

    person: str = _key(primary_key=True)
    account: str = _key(unique=True)
    email: str = _label()
    conversation: str | None = _label(default=None)
    seen_at: datetime = _moment()


class CardRow(SQLModel, table=True):
    """A message in a chat that follows a next step; `key` is of the message that it was told by, `shown` what it shows.

    `step` is an ask's id, or the reference of an act owed or a vacancy.
    `ts` is null from before it is posted until the chat has said where it stands. `person` is empty in a thread.
    """

    __tablename__ = "card"

    key: str = _key(primary_key=True)
    step: str = _key(index=True)
    person: str = _key()
    form: str = _label()
    text: str = _text()
    conversation: str = _label()
    ts: str | None = _label(default=None)
    shown: str = _label(default="")


class CardDueRow(SQLModel, table=True):
    """A next step whose cards are to be looked at: it changed since, or may have while one was posted."""

    __tablename__ = "card_due"
    __table_args__ = (Index("card_due_by_time", "due_at", "step"),)

    step: str = _key(primary_key=True)
    due_at: datetime = _moment()


class ThreadRow(SQLModel, table=True):
    """An engagement's thread: the message under which its cards stand."""

    __tablename__ = "thread"

    engagement: str = _key(primary_key=True)
    conversation: str = _label()
    ts: str = _label()


class IntakeRow(SQLModel, table=True):
    """What somebody wants, kept before their face was answered; `wish` is emptied once it is carried out."""

    __tablename__ = "intake"
    __table_args__ = (Index("intake_open", "done_at", "not_before", "kept_at"),)

    key: str = _key(primary_key=True)
    account: str = _key()
    wish: str = _text()
    answer_to: str = _label()
    kept_at: datetime = _moment()
    not_before: datetime = _moment()
    attempts: int = _number(default=0)
    done_at: datetime | None = _moment(default=None)
    outcome: str | None = _text(default=None)


class LeaseRow(SQLModel, table=True):
    """Who does what only one may do at a time, until when."""

    __tablename__ = "lease"

    name: str = _key(primary_key=True)
    holder: str = _label()
    until: datetime = _moment()


class DirectoryVersionRow(SQLModel, table=True):
    """The directory after each operation on it; `concerned` are those of whom engagements must hear, as JSON."""

    __tablename__ = "directory_version"
    __table_args__ = (Index("directory_unspread", "spread_at", "version"),)

    version: int = _number(primary_key=True)
    kind: str = _label()
    first_fact: int = _number()
    last_fact: int = _number()
    """Its facts in the stream of the directory."""
    concerned: str = _text()
    spread_at: datetime | None = _moment(default=None)
    """When all engagements that it concerns had been told."""
    imported_at: datetime = _moment()
    by: str = _label()
    sha: str = _label()
    document: str = _text()


class DirectorySpreadRow(SQLModel, table=True):
    """What an engagement made of an operation on the directory."""

    __tablename__ = "directory_spread"

    version: int = _number(primary_key=True)
    engagement: str = _key(primary_key=True)
    at: datetime = _moment()
    outcome: str = _label()
    detail: str = _text()


class PlaybookVersionRow(SQLModel, table=True):
    """A playbook by name and version: a draft until it is published, and unchangeable from then on."""

    __tablename__ = "playbook_version"

    name: str = _key(primary_key=True)
    version: str = _key(primary_key=True)
    sha: str = _label()
    status: str = _label()
    saved_at: datetime = _moment()
    by: str = _label()
    document: str = _text()


class TokenRow(SQLModel, table=True):
    """An API token, known by its SHA-256 alone."""

    __tablename__ = "token"

    sha256: str = _key(primary_key=True)
    person: str = _key(index=True)
    note: str = _label()
    created_at: datetime = _moment()
    expires_at: datetime | None = _moment(default=None)
    revoked_at: datetime | None = _moment(default=None)


class AccessEndedRow(SQLModel, table=True):
    """When all of a person's tokens were ended: their links and sessions of before that open nothing either."""

    __tablename__ = "access_ended"

    person: str = _key(primary_key=True)
    at: datetime = _moment()


class ReceiptRow(SQLModel, table=True):
    """The answer given to a command that has no workflow, so that a repetition gets the same."""

    __tablename__ = "receipt"

    actor: str = _key(primary_key=True)
    route: str = _key(primary_key=True)
    key: str = _key(primary_key=True)
    body_hash: str = _label()
    claimed_at: datetime = _moment()
    status: int | None = _number(default=None)
    answer: str | None = _text(default=None)


class InstallationRow(SQLModel, table=True):
    """The installation's id, and why it takes no new deals: the kind of cause, and the details (empty: it does).

    `contradicted`: what the newest signed head says otherwise than the record; empty where they agree.
    """

    __tablename__ = "installation"

    name: str = _key(primary_key=True)
    id: str = _label()
    cause: str = _label()
    stopped: str = _text()
    contradicted: str = _text(default="")


class ExternalDealRow(SQLModel, table=True):
    """Which engagement was started of which deal of another system: `crm:OPP-4711`."""

    __tablename__ = "external_deal"

    external: str = _key(primary_key=True)
    engagement: str = _key()


class DealBeingStartedRow(SQLModel, table=True):
    """What a deal calls its client that has a number, and no fact in the record yet.

    `people`: whom it knows of the client, by comma; `seller`: who sells it.
    """

    __tablename__ = "deal_being_started"
    __table_args__ = (Index("deal_being_started_by_client", "client_key"),)

    engagement: str = _key(primary_key=True)
    client_key: str = _key(primary_key=True)
    client: str = _label()
    people: str = _label()
    seller: str = _label()
    since: datetime = _moment()


class SequenceRow(SQLModel, table=True):
    """Numbers that only grow: engagements of a year, and how often the read model was made again."""

    __tablename__ = "sequence"

    name: str = _key(primary_key=True)
    value: int = Field(sa_type=Count)
