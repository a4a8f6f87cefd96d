"""Tables of directory and playbook versions, and of tokens."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from adapters.db.tables.columns import key_column, label_column, moment_column, number_column, text_column
from domain.shared.values import PersonId


class DirectoryVersionRow(SQLModel, table=True):
    """The directory after each operation; `concerned` lists the people whom engagements must be told about (JSON)."""

    __tablename__ = "directory_version"
    __table_args__ = (Index("directory_unsynced", "synced_at", "version"),)

    version: int = number_column(primary_key=True)
    kind: str = label_column()
    first_fact: int = number_column()
    last_fact: int = number_column()
    """Its last fact in the directory's stream."""
    concerned: str = text_column()
    synced_at: datetime | None = moment_column(default=None)
    """When all the engagements that it concerns had been told."""
    imported_at: datetime = moment_column()
    by: PersonId = label_column()
    sha: str = label_column()
    document: str = text_column()


class DirectoryOutcomeRow(SQLModel, table=True):
    """How an engagement reacted to an operation on the directory."""

    __tablename__ = "directory_outcome"

    version: int = number_column(primary_key=True)
    engagement_id: str = key_column(primary_key=True)
    at: datetime = moment_column()
    outcome: str = label_column()
    detail: str = text_column()


class PlaybookVersionRow(SQLModel, table=True):
    """A playbook by name and version: a draft until it is published, immutable from then on."""

    __tablename__ = "playbook_version"

    name: str = key_column(primary_key=True)
    version: str = key_column(primary_key=True)
    sha: str = label_column()
    status: str = label_column()
    saved_at: datetime = moment_column()
    by: str = label_column()
    document: str = text_column()


class TokenRow(SQLModel, table=True):
    """An API token, known only by its SHA-256."""

    __tablename__ = "token"

    sha256: str = key_column(primary_key=True)
    person_id: PersonId = key_column(index=True)
    note: str = label_column()
    created_at: datetime = moment_column()
    expires_at: datetime | None = moment_column(default=None)
    revoked_at: datetime | None = moment_column(default=None)


class AccessEndedRow(SQLModel, table=True):
    """When all of a person's tokens were revoked; links and sessions issued before then are void too."""

    __tablename__ = "access_ended"

    person_id: PersonId = key_column(primary_key=True)
    at: datetime = moment_column()


class WebSessionRow(SQLModel, table=True):
    """A session on the pages, known only by the SHA-256 of its cookie's secret."""

    __tablename__ = "web_session"

    sha256: str = key_column(primary_key=True)
    person_id: PersonId = key_column(index=True)
    begun_by: str = label_column()
    """How its person signed in."""
    begun_at: datetime = moment_column()
    seen_at: datetime = moment_column()


class DealDraftRow(SQLModel, table=True):
    """A deal that someone is writing and has not started: what they typed, theirs alone."""

    __tablename__ = "deal_draft"

    id: str = key_column(primary_key=True)
    owner: PersonId = key_column(index=True)
    title: str = label_column()
    fields: str = text_column()
    """The typed fields as JSON."""
    saved_at: datetime = moment_column()
