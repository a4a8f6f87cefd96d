"""A database that is locked, full or gone is told as such: 503, to be tried again, never an error without words."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event

from adapters.database import open_database, writing
from api.problems import handle_problems
from application.interlock import off_loop


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """A database with one table."""
    engine = open_database(f"sqlite:///{tmp_path / 'away.db'}")
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE words (word TEXT)")
    yield engine
    engine.dispose()


@pytest.fixture
def api(database: Engine) -> FastAPI:
    """One route that writes."""
    app = FastAPI()
    handle_problems(app)

    def write() -> None:
        with writing(database, 0.2) as connection:
            connection.exec_driver_sql("INSERT INTO words VALUES (?)", ("word" * 100_000,))

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
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    must_be_a_problem(await answered_by(api))
    other.execute("ROLLBACK")
    other.close()
    assert (await answered_by(api)).status_code == 200


async def test_a_full_disk_is_503(api: FastAPI, database: Engine) -> None:
    database.dispose()
    event.listen(database, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 3"))
    must_be_a_problem(await answered_by(api))


async def test_a_database_that_is_gone_is_503(api: FastAPI, database: Engine) -> None:
    database.dispose()
    put_a_folder_in_place_of(Path(str(database.url.database)))
    must_be_a_problem(await answered_by(api))
