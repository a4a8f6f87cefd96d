"""A new database for each test, on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.db.database import open_database
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from tests.adapters.builders import firm, lively_deal
from tests.databases import migrated_file, migrated_template, migrated_url, postgres, url

__all__ = ["migrated_file", "migrated_template", "migrated_url", "postgres", "url"]


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """A migrated database."""
    engine = open_database(migrated_url)
    yield engine
    engine.dispose()


@pytest.fixture
def empty_file(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """A record without a row, on SQLite, which takes any value in any column."""
    engine = open_database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'record.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def file_with_a_deal(recorded_deal: Path, tmp_path: Path) -> Iterator[Engine]:
    """A record with a directory and a deal, on SQLite."""
    engine = open_database(f"sqlite:///{shutil.copy(recorded_deal, tmp_path / 'record.db')}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def recorded_deal(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of that record, to copy."""
    file = tmp_path_factory.mktemp("deal") / "record.db"
    engine = open_database(f"sqlite:///{shutil.copy(migrated_file, file)}")
    PeopleOperations(engine).import_directory(firm())
    Records(engine).append(lively_deal().batch)
    engine.dispose()  # the last connection moves what is in the log into the file
    return file


@pytest.fixture
def records(engine: Engine) -> Records:
    """The record, empty."""
    return Records(engine)
