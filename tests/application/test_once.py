"""What went wrong with a command is told, also where its key could not be let go of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from adapters.db.database import writing
from adapters.db.registry import Registry
from application.authentication import Caller
from application.context import Interlock
from application.idempotency import taken_up
from domain.shared.transaction import Actor
from domain.shared.values import Value
from tests.clock import CLOCK
from tests.databases import migrated


class Answer(Value):
    word: str


class Failed(Exception):
    pass


@dataclass
class Parts:
    """What repeats need of everything."""

    registry: Registry
    clock: Callable[[], Any] = CLOCK


async def test_a_release_that_fails_does_not_hide_what_failed_first(tmp_path: Path) -> None:
    database = migrated(tmp_path / "record.db")
    app = cast("Interlock", Parts(Registry(database, CLOCK)))
    caller = Caller(actor=Actor(person_id="luca.ferri"), route="POST /tests", key="k1")

    async def fail() -> Answer:
        with writing(database) as connection:
            connection.execute(text("ALTER TABLE receipt RENAME TO gone"))
        raise Failed

    with pytest.raises(Failed):
        await taken_up(app, caller, {}, Answer, fail)
    database.dispose()
