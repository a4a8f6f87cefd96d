"""Of rows that stand and rows that are to stand, only what differs is written."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from adapters.db.database import reading, writing
from adapters.db.row_differences import write_row, write_rows
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import ChangeOrderRow, EngagementCastRow, EngagementPersonRow
from tests.adapters.builders import MONDAY

HELD = {"person_id": "a", "engagement_id": "E", "roles": "sales"}
OTHER = {"person_id": "b", "engagement_id": "E", "roles": "finance"}


def written(engine: Engine) -> list[str]:
    """What is carried out from now on."""
    found: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: found.append(call[2]))
    return found


@pytest.mark.parametrize(
    "wanted",
    [[], [HELD], [HELD, OTHER], [HELD | {"roles": "sales,finance"}, OTHER], [OTHER, {**OTHER, "person_id": "c"}]],
)
def test_the_rows_that_are_wanted_stand_afterwards(engine: Engine, wanted: Sequence[Mapping[str, Any]]) -> None:
    with writing(engine) as connection:
        write_rows(connection, EngagementPersonRow, [], [HELD, OTHER])
        write_rows(connection, EngagementPersonRow, [HELD, OTHER], wanted)
    with reading(engine) as connection:
        found = connection.execute(select(*columns(EngagementPersonRow)))
        assert sorted(tuple(row._asdict().items()) for row in found) == sorted(tuple(row.items()) for row in wanted)


def test_rows_that_stay_are_not_written(engine: Engine) -> None:
    with writing(engine) as connection:
        write_rows(connection, EngagementPersonRow, [], [HELD, OTHER])
    statements = written(engine)
    with writing(engine) as connection:
        write_rows(connection, EngagementPersonRow, [HELD, OTHER], [OTHER, HELD])
        write_rows(connection, EngagementCastRow, [], [])
    assert not [one for one in statements if one.startswith(("INSERT", "DELETE", "UPDATE"))]


def test_of_a_row_only_the_columns_that_differ_are_written(engine: Engine) -> None:
    stands: dict[str, Any] = {"id": "E/1", "stream": "e", "seq": 1, "engagement_id": "E", "n": 1, "status": "pending"}
    first = stands | {"updated_at": MONDAY}
    with writing(engine) as connection:
        write_row(connection, ChangeOrderRow, None, first)
    statements = written(engine)
    with writing(engine) as connection:
        write_row(connection, ChangeOrderRow, first, first)
        write_row(connection, ChangeOrderRow, stands, first | {"seq": 2, "n": 2})
    with reading(engine) as connection:
        (row,) = connection.execute(select(*columns(ChangeOrderRow)))
    assert row._asdict() == first | {"seq": 2, "n": 2}
    (changed,) = (statement for statement in statements if statement.startswith("UPDATE"))
    assert set(re.findall(r"(\w+)=", changed)) == {"seq", "updated_at", "n"}
