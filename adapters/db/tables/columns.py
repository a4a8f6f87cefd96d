"""The kinds of columns that tables are made of."""

from enum import Enum
from typing import Any

from sqlalchemy import Column
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Field, SQLModel

from adapters.db.column_types import Flag, Instant, Key, Label, LongText, Number, OnDay, OneOf


def columns(table: type[SQLModel]) -> ReadOnlyColumnCollection[str, Column[Any]]:
    """A table's columns, for queries that need no ORM objects."""
    return SQLModel.metadata.tables[str(table.__tablename__)].c


def key_column(**more: Any) -> Any:
    return Field(sa_type=Key, **more)


def moment_column(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


def one_of_column(words: type[Enum], **more: Any) -> Any:
    return Field(sa_type=OneOf(words), **more)


def label_column(**more: Any) -> Any:
    return Field(sa_type=Label, **more)


def text_column(**more: Any) -> Any:
    return Field(sa_type=LongText, **more)


def number_column(**more: Any) -> Any:
    return Field(sa_type=Number, **more)


def flag_column(**more: Any) -> Any:
    return Field(sa_type=Flag, **more)


def day_column(**more: Any) -> Any:
    return Field(sa_type=OnDay, **more)
