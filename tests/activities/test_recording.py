"""What no retry mends is told by its name; while it lasts, decisions go on."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import Recorder
from adapters.db.content_store import ContentMissing
from adapters.db.ledger import LedgerConflict
from adapters.db.projection import ProjectionOutOfSync
from domain.record.facts import Aggregate, Apart, Appended, Batch
from domain.shared.errors import foreign_engine

BATCH = Batch(stream="engagement/ENG-2026-0001", facts=())


class Broken:
    """A record that cannot be written."""

    def __init__(self, why: Exception) -> None:
        self.why = why

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:  # noqa: ARG002 -- as the record has it
        raise self.why

    def quarantine(self, apart: Apart) -> None:  # noqa: ARG002 -- as the record has it
        raise self.why

    def held_for(self, stream: str, installation: str) -> Aggregate:  # noqa: ARG002 -- as the record has it
        raise self.why


async def failure(why: Exception, *, is_local: bool) -> BaseException:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, is_local=is_local)
    with pytest.raises(type(why) if isinstance(why, TimeoutError) else ApplicationError) as caught:
        await environment.run(Recorder(Broken(why)).record, BATCH)
    return caught.value


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize(
    "why",
    [
        LedgerConflict(BATCH.stream, 4, "the next fact is number 3"),
        ProjectionOutOfSync("engagement/ENG-2026-0001", 2, 3),
        ContentMissing("0" * 64),
        foreign_engine(),
    ],
)
async def test_what_no_retry_mends_is_told_by_its_name(why: Exception, is_local: bool) -> None:
    found = await failure(why, is_local=is_local)
    assert isinstance(found, ApplicationError)
    assert (found.type, found.message) == (type(why).__name__, str(why))
    assert found.non_retryable == is_local, "the local attempt holds a decision back, the regular one holds nobody"


async def test_a_database_that_is_away_is_tried_again() -> None:
    assert isinstance(await failure(TimeoutError("away"), is_local=True), TimeoutError)
