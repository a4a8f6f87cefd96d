"""A new database for each test, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from adapters.database import migrate, open_database
from adapters.records import Records
from tests.databases import postgres, url

__all__ = ["postgres", "url"]


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = open_database(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def records(engine: Engine) -> Records:
    """The record, empty."""
    return Records(engine)
