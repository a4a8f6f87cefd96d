"""Finds text that a person wants erased: in the texts of facts, which can be erased, and wherever else it is stored.

Matching ignores case, Unicode form and line breaks. Everything is read.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, select, update
from sqlmodel import SQLModel

from adapters.db.content_store import BYTES, TOMBSTONE, WORDS
from adapters.db.database import HOUSEKEEPING_PATIENCE, reading, values_as_they_are
from adapters.db.directories import newest_sound
from adapters.db.edited_values import OF_FACTS
from adapters.db.ledger import ROWS_AT_ONCE, documents_named, keys_named, of_engagement
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import CardRow, OutboxRow
from adapters.db.tables.record import ContentRow, LedgerRow, StreamHeadRow
from domain.shared.streams import engagement_of
from domain.shared.text import comparable
from domain.shared.values import EngagementId, PersonId

C, CARD, H = columns(ContentRow), columns(CardRow), columns(StreamHeadRow)
L, T = columns(LedgerRow), columns(OutboxRow)
NO_FACT = "named by no fact"
WERE_ERASED = "its words were erased at a person's request"


class HeldText(NamedTuple):
    """A fact's text that contains what was sought. `stream` is `NO_FACT` and `seq` 0 if no fact refers to it."""

    key: str
    stream: str
    seq: int
    kind: str
    at: datetime | None
    by: PersonId | Literal[""]
    text: str

    @property
    def fact(self) -> str:
        """The reference of the fact: `engagement/ENG-2026-0042#12`."""
        return f"{self.stream}#{self.seq}" if self.seq else self.stream


class Elsewhere(NamedTuple):
    """Another place that holds the text, and how often."""

    place: str
    how_many: int


class WordsFound(NamedTuple):
    """Where the text was found: what can be erased, by fact, and what remains."""

    texts: tuple[HeldText, ...]
    elsewhere: tuple[Elsewhere, ...]


def plain(text: str) -> str:
    """Normalises text for the search: case, line breaks and Unicode form."""
    return " ".join(comparable(text).split())


class HeldWords:
    """Searches one database for text that a person wants erased. Nothing is written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, sought: str) -> WordsFound:
        """Finds every occurrence in the database."""
        wanted = plain(sought)
        with reading(self._engine, snapshot=True, patience=HOUSEKEEPING_PATIENCE) as connection:
            texts, documents = _contents(connection, wanted)
            held, named = _named(connection, texts, documents)
            with values_as_they_are(connection):
                others = tuple(_in_tables(connection, wanted))
        kept = tuple(Elsewhere(f"a document of {fact}", 1) for fact in named)
        return WordsFound(held, (*kept, *others))

    def quarantined(self, streams: Collection[str]) -> tuple[str, ...]:
        """Returns those of these streams on which record and engine disagree."""
        query = select(H.stream).where(H.stream.in_(streams), H.quarantined != "").order_by(H.stream)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def last_fact_at(self, engagement_id: EngagementId) -> datetime:
        """Returns the time of the last fact of an engagement or of its change orders."""
        query = select(L.at).where(of_engagement(L.stream, engagement_id)).order_by(L.position.desc()).limit(1)
        with reading(self._engine) as connection:
            at: datetime = connection.execute(query).scalar_one()
        return at

    def names(self) -> dict[str, str]:
        """Returns people's names by id, from the newest directory that can be read."""
        with reading(self._engine) as connection:
            known = newest_sound(connection)
        return {person.id: person.name for person in known[1].everyone()} if known else {}


def strike_messages(connection: Connection, streams: Collection[str], sought: str) -> None:
    """Removes the text from unsent messages about these streams, and from what was posted after their cards.

    Sent messages hold no text any more. An unsent message that loses its text is given up.
    """
    wanted, deals = plain(sought), {engagement_of(stream) for stream in streams}
    unsent = select(T.key, T.text).where(T.stream.in_(streams), T.sent_at.is_(None))
    for key, text in connection.execute(unsent).all():
        if wanted in plain(text):
            connection.execute(update(OutboxRow).where(T.key == key).values(text="", dead=WERE_ERASED))
    for key, step, text in connection.execute(select(CARD.key, CARD.step, CARD.text)).all():
        if re.split("[./]", step)[0] in deals and wanted in plain(text):
            connection.execute(update(CardRow).where(CARD.key == key).values(text=TOMBSTONE))


def _contents(connection: Connection, wanted: str) -> tuple[dict[str, str], set[str]]:
    """The texts that contain it, by key, and the keys of documents that do."""
    texts: dict[str, str] = {}
    documents: set[str] = set()
    query = select(C.key, C.kind, C.body).where(C.kind.in_((WORDS, BYTES)), C.erased_at.is_(None))
    for row in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        text = bytes(row.body).decode("utf-8", "replace")
        if wanted in plain(text):
            if row.kind == WORDS:
                texts[row.key] = text
            else:
                documents.add(row.key)
    return texts, documents


def _named(
    connection: Connection, texts: Mapping[str, str], documents: Collection[str]
) -> tuple[tuple[HeldText, ...], tuple[str, ...]]:
    """The facts that refer to these contents, in order of arrival."""
    held, named, unknown = list[HeldText](), list[str](), dict(texts)
    query = select(L.stream, L.seq, L.kind, L.at, L.by, L.body).order_by(L.position)
    for row in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        for key in dict.fromkeys(keys_named(row.body)):
            if unknown.pop(key, None) is not None:
                held.append(HeldText(key, row.stream, row.seq, row.kind, row.at, row.by, texts[key]))
        if not set(documents).isdisjoint(documents_named(row.body)):
            named.append(f"{row.stream}#{row.seq}")
    held += (HeldText(key, NO_FACT, 0, "", None, "", text) for key, text in unknown.items())
    return tuple(held), tuple(named)


def _in_tables(connection: Connection, wanted: str) -> Iterator[Elsewhere]:
    """Other tables in which some column contains it. Tables made from facts are rebuilt without it by an erasure."""
    made: set[str] = {str(table.__tablename__) for table in OF_FACTS}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in made:
            continue
        rows = connection.execute(select(*table.c).execution_options(yield_per=ROWS_AT_ONCE))
        found = sum(_holds(row, wanted) for row in rows)
        if found:
            yield Elsewhere(PLACES.get(table.name, f"table {table.name}"), found)


def _holds(row: Any, wanted: str) -> bool:
    return any(isinstance(value, str) and wanted in plain(value) for value in row)


# What operators call the tables that can contain people's text.
PLACES = {
    "outbox": "messages that wait or were given up",
    "card": "what follows cards in chats",
    "deferred_command": "what people sent through chats",
    "deal_draft": "drafts of deals on pages",
    "receipt": "answers kept for repeated requests",
    "directory_version": "versions of the directory",
    "directory_outcome": "what engagements made of changes of the directory",
    "playbook_version": "playbooks",
}
