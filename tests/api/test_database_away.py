"""A database that is locked, full or gone is told as such: 503, to be tried again, never an error without words."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event, text

from adapters.db.database import open_database, writing
from api.problems import handle_problems
from application.off_loop import off_loop
from tests.databases import administer, stopped_server


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    """A database with one table of one row."""
    engine = open_database(url)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE words (word TEXT)")
        connection.exec_driver_sql("INSERT INTO words VALUES ('first')")
    yield engine
    engine.dispose()


@pytest.fixture
def api(database: Engine) -> FastAPI:
    """One route that writes."""
    app = FastAPI()
    handle_problems(app)

    def write() -> None:
        with writing(database, 0.2) as connection:
            connection.execute(text("UPDATE words SET word = :word"), {"word": "word" * 100_000})

    @app.post("/words")
    async def post_words() -> None:
        await off_loop(write)

    return app


async def answered_by(api: FastAPI) -> httpx.Response:
    """The answer; an error that is raised on, as to a server that then answers by itself, is raised here."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://tests") as http:
        return await http.post("/words")


def put_a_folder_in_place_of(file: Path) -> None:
    file.unlink()
    file.mkdir()


def must_be_a_problem(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["remedy"]


async def test_a_locked_database_is_503_and_serves_again_once_it_is_free(api: FastAPI, database: Engine) -> None:
    other = open_database(database.url.render_as_string(hide_password=False))
    with writing(other) as connection:
        connection.execute(text("UPDATE words SET word = 'held'"))
        must_be_a_problem(await answered_by(api))
    other.dispose()
    assert (await answered_by(api)).status_code == 200


async def test_a_server_that_stands_still_is_503_and_serves_again_once_it_goes_on(
    api: FastAPI, database: Engine, request: pytest.FixtureRequest
) -> None:
    if database.dialect.name == "sqlite":
        pytest.skip("there is no server")
    with stopped_server(request.getfixturevalue("postgres")):
        must_be_a_problem(await asyncio.wait_for(answered_by(api), 15))
    assert (await answered_by(api)).status_code == 200


async def test_a_session_that_the_server_ended_is_503_at_most_once(api: FastAPI, database: Engine) -> None:
    """As after a restart, or when somebody ends all sessions: a new connection is made without a word."""
    if database.dialect.name == "sqlite":
        pytest.skip("there are no sessions")
    administer(
        database.url.render_as_string(hide_password=False),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert (await answered_by(api)).status_code == 200


@pytest.fixture
def of_sqlite(database: Engine) -> Engine:
    """The database, where it is a file."""
    if database.dialect.name != "sqlite":
        pytest.skip("it is no file")
    return database


async def test_a_full_disk_is_503(api: FastAPI, of_sqlite: Engine) -> None:
    of_sqlite.dispose()
    event.listen(of_sqlite, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 3"))
    must_be_a_problem(await answered_by(api))


async def test_a_database_that_is_gone_is_503(api: FastAPI, of_sqlite: Engine) -> None:
    of_sqlite.dispose()
    put_a_folder_in_place_of(Path(str(of_sqlite.url.database)))
    must_be_a_problem(await answered_by(api))
