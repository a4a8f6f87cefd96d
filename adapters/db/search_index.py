"""The index that finds engagements by terms: FTS5 on SQLite, GIN on PostgreSQL, kept by the database itself.

On both, terms are taken as they stand between spaces, so that the same searches find the same engagements: no parser of
the database splits ids or drops words. On SQLite, the beginnings of words are indexed too, so that a search whose word
is in every engagement reads only as many as it shows.

Weighed: a table of words with an ordinary index, which was here before: it had to collect all engagements with a
frequent word, then sort them. And a table of all beginnings of all words: 70 rows for each engagement.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, String, column, func, literal, table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.sql.expression import cast

from adapters.db.column_types import Count
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementSearchRow

ES = columns(EngagementSearchRow)
INDEX = "engagement_search_index"
REBUILD = "INSERT INTO engagement_search_index (engagement_search_index) VALUES ('rebuild')"
OPTIMIZE = "INSERT INTO engagement_search_index (engagement_search_index) VALUES ('optimize')"
# Alone on SQLite: a table beside that of the terms.
FTS = table(INDEX, column("rowid", Count()), column(INDEX, String()))


# Where to look, what matches, and what sorts it.
FoundBy = tuple[FromClause, ColumnElement[bool], ColumnElement[Any]]


def found_by(dialect: str, words: Iterable[str], marks: Iterable[str]) -> FoundBy:
    """Where to look, for engagements with words that begin so and all of these marks, and what sorts them by id."""
    if dialect == "sqlite":
        terms = (*(f'"{word}"*' for word in words), *(f'"{mark}"' for mark in marks))
        within = FTS.join(EngagementSearchRow.__table__, ES.place == FTS.c.rowid)  # type: ignore[attr-defined]
        return within, FTS.c[INDEX].op("MATCH", is_comparison=True)(literal(" ".join(terms))), FTS.c.rowid
    terms = (*(f"'{word}':*" for word in words), *(f"'{mark}'" for mark in marks))
    vector = func.engagement_terms(ES.terms, type_=TSVECTOR)
    matches = vector.op("@@", is_comparison=True)(cast(literal(" & ".join(terms)), TSQUERY))
    return EngagementSearchRow.__table__, matches, ES.place  # type: ignore[attr-defined]


def make_again(connection: Connection) -> None:
    """Builds SQLite's index from the terms: no term can be deleted from one that was damaged."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(REBUILD)


def forget_deleted(connection: Connection) -> None:
    """Removes from SQLite's index what was deleted, which otherwise stays in it until it happens to be merged."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(OPTIMIZE)
