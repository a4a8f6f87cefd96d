"""Tables of the record: events, stream heads, content, receipts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from adapters.db.column_types import Bytes, Count
from adapters.db.tables.columns import key_column, label_column, moment_column, number_column, text_column


def _bytes(**more: Any) -> Any:
    return Field(sa_type=Bytes, **more)


# The fact that each engagement begins with: so few that it costs the others nothing to find them.
OF_A_START = text("kind = 'EngagementStarted'")


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
    stream: str = key_column()
    seq: int = number_column()
    at: datetime = moment_column()
    by: str = key_column()
    channel: str = label_column()
    for_whom: str | None = label_column()
    command: str = key_column()
    kind: str = label_column()
    body: str = text_column()
    prev: str = label_column()
    hash: str = label_column()


# Of few streams, if any: so that nobody who asks for them looks at all.
QUARANTINED = text("quarantined != ''")


class StreamHeadRow(SQLModel, table=True):
    """Where each chain stands: what the next fact is linked to, and the row that its writers take turns at.

    `acknowledged`: up to which fact somebody was answered, which the engine knew then for certain; `told`: up to which
    fact a message has left. Both may be ahead of `seq` where facts were lost.
    `quarantined`: what record and engine disagree on; until that is reconciled nothing is written.
    """

    __tablename__ = "stream_head"
    __table_args__ = (Index("quarantined_streams", "stream", sqlite_where=QUARANTINED, postgresql_where=QUARANTINED),)

    stream: str = key_column(primary_key=True)
    seq: int = number_column()
    hash: str = label_column()
    first: str = label_column()
    acknowledged: int = number_column(default=0)
    told: int = number_column(default=0)
    quarantined: str = text_column(default="")


class ContentRow(SQLModel, table=True):
    """What ledger and state name by hash: erasable words, shared values, documents' bytes."""

    __tablename__ = "content"

    key: str = key_column(primary_key=True)
    kind: str = label_column()
    salt: bytes | None = _bytes(default=None)
    body: bytes = _bytes()
    erased_at: datetime | None = moment_column(default=None)


class ReceiptRow(SQLModel, table=True):
    """The answer given to a command that has no workflow, so that a repetition gets the same."""

    __tablename__ = "receipt"

    actor: str = key_column(primary_key=True)
    route: str = key_column(primary_key=True)
    key: str = key_column(primary_key=True)
    body_hash: str = label_column()
    claimed_at: datetime = moment_column()
    status: int | None = number_column(default=None)
    answer: str | None = text_column(default=None)


class InstallationRow(SQLModel, table=True):
    """The installation's id, and why it takes no new deals: the kind of cause, and the details (empty: it does).

    `contradicted`: what the newest signed head says otherwise than the record; empty where they agree.
    """

    __tablename__ = "installation"

    name: str = key_column(primary_key=True)
    id: str = label_column()
    cause: str = label_column()
    stopped: str = text_column()
    contradicted: str = text_column(default="")


class ExternalDealRow(SQLModel, table=True):
    """Which engagement was started of which deal of another system: `crm:OPP-4711`."""

    __tablename__ = "external_deal"

    external: str = key_column(primary_key=True)
    engagement_id: str = key_column()


class DealBeingStartedRow(SQLModel, table=True):
    """What a deal calls its client that has a number, and no fact in the record yet.

    `people`: whom it knows of the client, by comma; `seller`: who sells it.
    """

    __tablename__ = "deal_being_started"
    __table_args__ = (Index("deal_being_started_by_client", "client_key"),)

    engagement_id: str = key_column(primary_key=True)
    client_key: str = key_column(primary_key=True)
    client: str = label_column()
    people: str = label_column()
    seller: str = label_column()
    since: datetime = moment_column()


class SequenceRow(SQLModel, table=True):
    """Numbers that only grow: engagements of a year, and how often the read model was made again."""

    __tablename__ = "sequence"

    name: str = key_column(primary_key=True)
    value: int = Field(sa_type=Count)
