"""A verification says of every table that it reads it, or that it does not."""

import pytest
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from adapters.db.database import writing
from adapters.db.lost_facts import CONTENTS
from adapters.db.tables import people, read_model  # noqa: F401 -- fills the metadata
from adapters.db.verification import NOT_COMPARED, UNWITNESSED, verify

OF_THE_RECORD = {"ledger", "stream_head", "content", "directory_version", "playbook_version"}
SUMS = {"counter", "pipeline_hours"}
READ = OF_THE_RECORD | SUMS | CONTENTS.keys()


def test_each_table_is_verified_or_named_among_what_is_not_checked() -> None:
    unwitnessed = [table for names in UNWITNESSED.values() for table in names]
    assert sorted([*READ, *unwitnessed]) == sorted(SQLModel.metadata.tables)
    assert all(what in NOT_COMPARED for what in UNWITNESSED)


def test_marks_and_receipts_are_named_among_what_is_not_checked() -> None:
    assert all(word in NOT_COMPARED for word in ("acknowledged", "told", "receipts", "Temporal"))


@pytest.mark.parametrize(("column", "value"), [("step", "nonsense"), ("step", ""), ("ask_id", "nonsense")])
def test_a_message_that_is_about_nothing_is_named(file_with_a_deal: Engine, column: str, value: str) -> None:
    with writing(file_with_a_deal) as connection:
        key = connection.execute(text("SELECT min(key) FROM outbox")).scalar_one()
        change = text(f"UPDATE outbox SET {column} = :v WHERE key = :k")  # noqa: S608 -- the test's own
        connection.execute(change, {"v": value, "k": key})
    (fault,) = verify(file_with_a_deal).faults
    assert fault.told == f"table outbox: row {key}: the value of {column} is of a wrong kind, it was edited"
