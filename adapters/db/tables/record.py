"""Tables of the record: events, stream heads, content, receipts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from adapters.db.column_types import Bytes, Count
from adapters.db.tables.columns import key_column, label_column, moment_column, number_column, text_column
from domain.shared.values import PersonId


def _bytes(**more: Any) -> Any:
    return Field(sa_type=Bytes, **more)


# The fact that begins each engagement: so few that a partial index on them costs the others nothing.
OF_A_START = text("kind = 'EngagementStarted'")


class LedgerRow(SQLModel, table=True):
    """One fact, immutable. `body` is JSON with hashes for texts and bulk values; `hash` covers all but `position`."""

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
    by: PersonId = key_column()
    channel: str = label_column()
    for_whom: PersonId | None = label_column()
    command: str = key_column()
    kind: str = label_column()
    body: str = text_column()
    prev: str = label_column()
    hash: str = label_column()


# True of few streams, if any: the partial index spares whoever asks for them a scan.
QUARANTINED = text("quarantined != ''")


class StreamHeadRow(SQLModel, table=True):
    """The end of each chain: what the next fact links to, and the row that its writers lock.

    `acknowledged`: the last fact about which someone got an answer, and which the engine therefore kept; `told`: the
    last fact about which a message has been sent. Both may exceed `seq` if facts were lost. `quarantined`: what record
    and engine disagree on; nothing is written until it is reconciled.
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
    """What ledger and state refer to by hash: erasable texts, shared values, document bytes."""

    __tablename__ = "content"

    key: str = key_column(primary_key=True)
    kind: str = label_column()
    salt: bytes | None = _bytes(default=None)
    body: bytes = _bytes()
    erased_at: datetime | None = moment_column(default=None)


class ReceiptRow(SQLModel, table=True):
    """The answer to a command that has no workflow, so that a repeat gets the same answer."""

    __tablename__ = "receipt"

    actor: str = key_column(primary_key=True)
    route: str = key_column(primary_key=True)
    key: str = key_column(primary_key=True)
    body_hash: str = label_column()
    claimed_at: datetime = moment_column()
    status: int | None = number_column(default=None)
    answer: str | None = text_column(default=None)


class InstallationRow(SQLModel, table=True):
    """The installation's id, and why it takes no new deals: the kind of cause and the details (empty if it does).

    `contradicted`: where the newest signed head contradicts the record; empty if they agree.
    """

    __tablename__ = "installation"

    name: str = key_column(primary_key=True)
    id: str = label_column()
    cause: str = label_column()
    stopped: str = text_column()
    contradicted: str = text_column(default="")


class ExternalDealRow(SQLModel, table=True):
    """Which engagement was started from which deal of another system, such as `crm:OPP-4711`."""

    __tablename__ = "external_deal"

    external: str = key_column(primary_key=True)
    engagement_id: str = key_column()


class DealBeingStartedRow(SQLModel, table=True):
    """The client's name in a deal that has a number but no fact in the record yet.

    `people`: the people of the client whom the deal names, comma-separated; `seller`: who sells it.
    """

    __tablename__ = "deal_being_started"
    __table_args__ = (Index("deal_being_started_by_client", "client_key"),)

    engagement_id: str = key_column(primary_key=True)
    client_key: str = key_column(primary_key=True)
    client: str = label_column()
    people: str = label_column()
    seller: PersonId = label_column()
    since: datetime = moment_column()


class SequenceRow(SQLModel, table=True):
    """Numbers that only grow: engagements of a year, and how often the read model was rebuilt."""

    __tablename__ = "sequence"

    name: str = key_column(primary_key=True)
    value: int = Field(sa_type=Count)
