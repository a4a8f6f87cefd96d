"""Columns that give back exactly what was put in, on SQLite and on PostgreSQL alike.

SQLite turns a plain decimal into a float and loses digits without a warning, and knows no moments; a text
column of PostgreSQL sorts by the language of its server. One type for each ends all three.

SQLite takes any value in any column. What is none of the column's was edited: reading it raises IntegrityBroken.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Numeric, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import DateTime as SqlDateTime
from sqlalchemy.types import TypeDecorator, TypeEngine

from domain.refusals import IntegrityBroken

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands where a moment is wanted for sorting and there is none: after every other."""


class Exact(TypeDecorator[Decimal]):
    """A Decimal with all its digits: NUMERIC, and on SQLite text (so it is never summed or sorted there)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Raises ValueError for what is no number."""
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"{value} is no amount")
        return str(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 -- SQLAlchemy's
        try:
            return None if value is None else Decimal(value)
        except (ArithmeticError, TypeError, ValueError):
            raise _edited("an amount") from None


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond; on SQLite as text of one length, so that it sorts."""

    impl = SqlDateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else SqlDateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raises ValueError for a moment without a zone: nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} says no zone")
        return utc_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's
        if value is None:
            return None
        try:
            return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
        except (AttributeError, OverflowError, ValueError):
            raise _edited("a moment") from None


class DoubtfulInstant(Instant):
    """A moment that somebody may have tampered with: what is none reads as the year 1."""

    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        try:
            return super().process_result_value(value, dialect)
        except IntegrityBroken:
            return datetime.min.replace(tzinfo=UTC)


class Key(TypeDecorator[str]):
    """An id: text compared byte by byte on both databases."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's
        if value is None or isinstance(value, str):
            return value
        raise _edited("an id")


class Count(TypeDecorator[int]):
    """A whole number of 64 bits that may count up by itself, which SQLite grants only to INTEGER."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's
        if value is None or isinstance(value, int):
            return value
        raise _edited("a number")


def _edited(what: str) -> IntegrityBroken:
    return IntegrityBroken(f"Where {what} stands in the database there is something else: it was edited.")


def utc_text(moment: datetime) -> str:
    """A moment as text of one length: `2026-03-02T09:30:00.000000+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
