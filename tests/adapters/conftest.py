"""A new database for each test, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from adapters.database import open_database
from adapters.records import Records
from tests.databases import migrated_file, migrated_template, migrated_url, postgres, url

__all__ = ["migrated_file", "migrated_template", "migrated_url", "postgres", "url"]


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = open_database(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def records(engine: Engine) -> Records:
    """The record, empty."""
    return Records(engine)
