"""Tables of outgoing messages, of the inbox, and of what has been posted to chats."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from adapters.db.tables.columns import key_column, label_column, moment_column, number_column, text_column
from domain.shared.values import AskId, PersonId

WAS_SENT = text("sent_at IS NOT NULL")


class OutboxRow(SQLModel, table=True):
    """A message to one person; `dead` says why it is no longer tried.

    `tried_at` is written before an attempt, so that an attempt with an unknown outcome is known. `channel` is the one
    that delivered it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "sent_at", "dead", "created_at"),
        Index("outbox_of_person", "to", "sent_at", "dead", "created_at"),
        Index("outbox_told", "stream", "sent_at", sqlite_where=WAS_SENT, postgresql_where=WAS_SENT),
    )

    key: str = key_column(primary_key=True)
    to: PersonId = key_column()
    kind: str = label_column()
    stream: str = key_column()
    ask_id: AskId | None = key_column()
    step: str | None = key_column(default=None)
    """What else it is about, in the form of a `StepRef`."""
    text: str = text_column()
    created_at: datetime = moment_column()
    sent_at: datetime | None = moment_column(default=None)
    attempts: int = number_column(default=0)
    dead: str | None = label_column(default=None)
    failures: int = number_column(default=0)
    tried_at: datetime | None = moment_column(default=None)
    not_before: datetime | None = moment_column(default=None)
    because: str | None = text_column(default=None)
    """Why it waits, or did not go by the channel it was meant for first."""
    channel: str | None = label_column(default=None)


class ChatAccountRow(SQLModel, table=True):
    """A person's chat account, as the chat verified it by their e-mail, and the conversation to write to."""

    __tablename__ = "chat_account"

    person_id: PersonId = key_column(primary_key=True)
    account: str = key_column(unique=True)
    email: str = label_column()
    conversation: str | None = label_column(default=None)
    seen_at: datetime = moment_column()


class CardRow(SQLModel, table=True):
    """A chat message that follows a next step; `key` is that of the message it was delivered as, `shown` its content.

    `step` is an ask's id, or the reference of an act owed or a vacancy. `ts` is null from before it is posted until the
    chat has confirmed where it is. `person` is empty in a thread.
    """

    __tablename__ = "card"

    key: str = key_column(primary_key=True)
    step: str = key_column(index=True)
    person_id: PersonId = key_column()
    form: str = label_column()
    text: str = text_column()
    conversation: str = label_column()
    ts: str | None = label_column(default=None)
    shown: str = label_column(default="")


class CardDueRow(SQLModel, table=True):
    """A next step whose cards are due for a refresh: it changed, or may have changed while one was posted."""

    __tablename__ = "card_due"
    __table_args__ = (Index("card_due_by_time", "due_at", "step"),)

    step: str = key_column(primary_key=True)
    due_at: datetime = moment_column()


class ThreadRow(SQLModel, table=True):
    """An engagement's thread: the message under which its cards are posted."""

    __tablename__ = "thread"

    engagement_id: str = key_column(primary_key=True)
    conversation: str = label_column()
    ts: str = label_column()


class InboxRow(SQLModel, table=True):
    """A deferred command, stored before its channel was answered; `command` is emptied once it has been carried out."""

    __tablename__ = "deferred_command"
    __table_args__ = (Index("deferred_command_open", "done_at", "not_before", "kept_at"),)

    key: str = key_column(primary_key=True)
    account: str = key_column()
    command: str = text_column()
    answer_to: str = label_column()
    kept_at: datetime = moment_column()
    not_before: datetime = moment_column()
    attempts: int = number_column(default=0)
    done_at: datetime | None = moment_column(default=None)
    outcome: str | None = text_column(default=None)


class LeaseRow(SQLModel, table=True):
    """Who holds a task that only one process may do at a time, and until when."""

    __tablename__ = "lease"

    name: str = key_column(primary_key=True)
    holder: str = label_column()
    until: datetime = moment_column()
