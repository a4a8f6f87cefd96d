"""Tables of messages on their way out and in, and of what stands in chats."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from adapters.db.tables.columns import key_column, label_column, moment_column, number_column, text_column


class OutboxRow(SQLModel, table=True):
    """Something to be told to one person; `dead` says why it is tried no more.

    `tried_at` is written before an attempt, so that one whose end nobody saw is known. It was told by its `channel`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "sent_at", "dead", "created_at"),
        Index("outbox_of_person", "to", "sent_at", "dead", "created_at"),
    )

    key: str = key_column(primary_key=True)
    to: str = key_column()
    kind: str = label_column()
    stream: str = key_column()
    ask_id: str | None = key_column()
    step: str | None = key_column(default=None)
    """What else it is about, as `StepRef` is written."""
    text: str = text_column()
    created_at: datetime = moment_column()
    sent_at: datetime | None = moment_column(default=None)
    attempts: int = number_column(default=0)
    dead: str | None = label_column(default=None)
    failures: int = number_column(default=0)
    tried_at: datetime | None = moment_column(default=None)
    not_before: datetime | None = moment_column(default=None)
    because: str | None = text_column(default=None)
    """Why it waits, or did not go where it was to go first."""
    channel: str | None = label_column(default=None)


class ChatAccountRow(SQLModel, table=True):
    """A person's account in a chat, as the chat verified it by their e-mail, and where they are written to."""

    __tablename__ = "chat_account"

    person_id: str = key_column(primary_key=True)
    account: str = key_column(unique=True)
    email: str = label_column()
    conversation: str | None = label_column(default=None)
    seen_at: datetime = moment_column()


class CardRow(SQLModel, table=True):
    """A message in a chat that follows a next step; `key` is of the message that it was told by, `shown` what it shows.

    `step` is an ask's id, or the reference of an act owed or a vacancy.
    `ts` is null from before it is posted until the chat has said where it stands. `person` is empty in a thread.
    """

    __tablename__ = "card"

    key: str = key_column(primary_key=True)
    step: str = key_column(index=True)
    person_id: str = key_column()
    form: str = label_column()
    text: str = text_column()
    conversation: str = label_column()
    ts: str | None = label_column(default=None)
    shown: str = label_column(default="")


class CardDueRow(SQLModel, table=True):
    """A next step whose cards are to be looked at: it changed since, or may have while one was posted."""

    __tablename__ = "card_due"
    __table_args__ = (Index("card_due_by_time", "due_at", "step"),)

    step: str = key_column(primary_key=True)
    due_at: datetime = moment_column()


class ThreadRow(SQLModel, table=True):
    """An engagement's thread: the message under which its cards stand."""

    __tablename__ = "thread"

    engagement_id: str = key_column(primary_key=True)
    conversation: str = label_column()
    ts: str = label_column()


class IntakeRow(SQLModel, table=True):
    """What somebody wants, kept before their face was answered; `wish` is emptied once it is carried out."""

    __tablename__ = "intake"
    __table_args__ = (Index("intake_open", "done_at", "not_before", "kept_at"),)

    key: str = key_column(primary_key=True)
    account: str = key_column()
    wish: str = text_column()
    answer_to: str = label_column()
    kept_at: datetime = moment_column()
    not_before: datetime = moment_column()
    attempts: int = number_column(default=0)
    done_at: datetime | None = moment_column(default=None)
    outcome: str | None = text_column(default=None)


class LeaseRow(SQLModel, table=True):
    """Who does what only one may do at a time, until when."""

    __tablename__ = "lease"

    name: str = key_column(primary_key=True)
    holder: str = label_column()
    until: datetime = moment_column()
