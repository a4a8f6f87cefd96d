"""A verification says of every table that it reads it, or that it does not."""

from sqlmodel import SQLModel

from adapters import tables  # noqa: F401 -- fills the metadata
from adapters.lost_facts import CONTENTS
from adapters.verification import NOT_COMPARED, UNWITNESSED

OF_THE_RECORD = {"ledger", "stream_head", "content", "directory_version", "playbook_version"}
SUMS = {"counter", "pipeline_hours"}
READ = OF_THE_RECORD | SUMS | CONTENTS.keys()


def test_each_table_is_verified_or_named_among_what_is_not_checked() -> None:
    unwitnessed = [table for names in UNWITNESSED.values() for table in names]
    assert sorted([*READ, *unwitnessed]) == sorted(SQLModel.metadata.tables)
    assert all(what in NOT_COMPARED for what in UNWITNESSED)


def test_marks_and_receipts_are_named_among_what_is_not_checked() -> None:
    assert all(word in NOT_COMPARED for word in ("acknowledged", "told", "receipts", "Temporal"))
