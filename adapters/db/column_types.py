"""Column types that return exactly what was stored, on SQLite and PostgreSQL alike.

SQLite silently turns a decimal into a float and loses digits, and has no timestamps; a PostgreSQL text column sorts by
its server's locale. One type for each removes all three problems.

SQLite accepts any value in any column. A value that does not belong in its column was edited by hand: reading it raises
IntegrityBroken.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, Numeric, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import DateTime as SqlDateTime
from sqlalchemy.types import TypeDecorator, TypeEngine

from domain.shared.errors import IntegrityBroken

T = TypeVar("T")
# Set while odd values are read as they are, so that they can be reported: see `database.values_as_they_are`.
VERIFYING = ContextVar("VERIFYING", default=False)

# Stands for a missing timestamp when sorting: after every other.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A Decimal with all its digits: NUMERIC, and text on SQLite (so it is never summed or sorted there)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Raises ValueError for what is not a number."""
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"{value} is no amount")
        return str(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 -- SQLAlchemy's
        if value is None:
            return None
        if isinstance(value, Decimal):
            return value if value.is_finite() else cast("Decimal", _odd(value, "an amount"))
        try:
            found = Decimal(value)
        except (ArithmeticError, TypeError, ValueError):
            return cast("Decimal", _odd(value, "an amount"))
        return found if found.is_finite() and str(found) == value else cast("Decimal", _odd(value, "an amount"))


class Instant(TypeDecorator[datetime]):
    """A UTC timestamp with microseconds; on SQLite as text of fixed length, so that it sorts."""

    impl = SqlDateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else SqlDateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raises ValueError for a timestamp without a zone, which is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} says no zone")
        return utc_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return cast("datetime", _odd(value, "a moment"))
        is_ours = found.utcoffset() == timedelta() and utc_text(found) == value
        return found if is_ours else cast("datetime", _odd(value, "a moment"))


class _Checked(TypeDecorator[T]):
    """A column that returns what its `impl` returns, or raises IntegrityBroken."""

    kinds: tuple[type, ...]
    """The types that the driver may return for it."""
    what: str

    def is_one(self, value: Any) -> bool:
        """True for a value that this column may hold."""
        return isinstance(value, self.kinds)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:
        made: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)
        wanted = self.impl_instance.python_type

        def checked(value: Any) -> Any:
            if value is None:
                return None
            if not self.is_one(value):
                return _odd(value, self.what)
            try:
                found = made(value) if made else value
            except ValueError:
                return _odd(value, self.what)
            return found if isinstance(found, wanted) else _odd(value, self.what)

        return checked


class Label(_Checked[str]):
    """Text of at most one line."""

    impl = String
    cache_ok = True
    kinds, what = (str,), "a text"


class LongText(_Checked[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True
    kinds, what = (str,), "a text"


class Key(_Checked[str]):
    """An id: text compared byte by byte on both databases."""

    impl = String
    cache_ok = True
    kinds, what = (str,), "an id"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())


class OneOf(Key):
    """A member of an enumeration."""

    cache_ok = True

    def __init__(self, words: type[Enum]) -> None:
        super().__init__()
        self.words = words
        self._known = frozenset(str(word.value) for word in words)
        self.what = "one of few words"

    def is_one(self, value: Any) -> bool:
        return value in self._known


class Number(_Checked[int]):
    """A 32-bit integer."""

    impl = Integer
    cache_ok = True
    kinds, what = (int,), "a number"


class Count(_Checked[int]):
    """A 64-bit integer that may autoincrement, which SQLite allows only for INTEGER."""

    impl = BigInteger
    cache_ok = True
    kinds, what = (int,), "a number"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Flag(_Checked[bool]):
    """A boolean, which SQLite stores as 1 or 0."""

    impl = Boolean
    cache_ok = True
    kinds, what = (int,), "yes or no"

    def is_one(self, value: Any) -> bool:
        return isinstance(value, int) and value in {0, 1}


class Bytes(_Checked[bytes]):
    """Bytes of any length."""

    impl = LargeBinary
    cache_ok = True
    kinds, what = (bytes, memoryview), "bytes"


class OnDay(_Checked[date]):
    """A date, which SQLite stores as text."""

    impl = Date
    cache_ok = True
    kinds, what = (str, date), "a day"


def _odd(value: Any, wanted: str) -> Any:
    """Returns a value that cannot belong in its column to a verification only. Raises IntegrityBroken otherwise."""
    if VERIFYING.get():
        return value
    raise IntegrityBroken(f"Where {wanted} stands in the database there is something else: it was edited.")


def fits(kind: TypeEngine[Any], value: Any) -> bool:
    """False for a value that was read as it is and does not belong in a column of this type."""
    if value is None:
        return True
    if isinstance(value, Decimal) and not value.is_finite():
        return False
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    if isinstance(kind, OneOf) and not kind.is_one(value):
        return False
    return isinstance(value, cast("TypeDecorator[Any]", kind).impl_instance.python_type)


def utc_text(moment: datetime) -> str:
    """Formats a timestamp as text of fixed length: `2026-03-02T09:30:00.000000+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
