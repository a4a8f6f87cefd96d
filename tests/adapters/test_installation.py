"""New deals are paused for a cause, and the operators hear of each cause once, and when it is over."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import Recorder
from adapters.db.installation import Installation
from adapters.db.operators import Operators
from adapters.db.outbox import Outbox
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.stream_status import StreamStatuses
from domain.notifications.operators import INSTALLATION, StopCause, damage_notices, redo_notices
from domain.record.facts import Apart, Appended
from domain.shared.errors import ForeignEngine
from tests.adapters.builders import MONDAY, firm, lively_deal

HOUR = timedelta(hours=1)


@pytest.fixture
def installation(engine: Engine) -> Installation:
    """That of a firm whose directory was imported."""
    PeopleOperations(engine).import_directory(firm())
    return Installation(engine)


def told(engine: Engine) -> list[str]:
    """What the administrator was told, in order."""
    rows = sorted(Outbox(engine).of_stream(INSTALLATION), key=lambda row: row.created_at)
    return [row.text for row in rows if row.to == firm().house_roles["administrator"]]


def test_operators_hear_once_of_each_cause_and_when_it_is_over(installation: Installation, engine: Engine) -> None:
    for hours, number in enumerate(("ENG-2026-0004", "ENG-2026-0009")):
        why = f"the record has not given {number}, which the engine knows."
        installation.stop_new_deals(StopCause.NUMBER_BEHIND, why, MONDAY + hours * HOUR)
    assert "ENG-2026-0009" in installation.stopped()
    assert len(told(engine)) == 1
    installation.stop_new_deals(StopCause.FOREIGN_ENGINE, "the engine is another's.", MONDAY + 3 * HOUR)
    assert "the engine is another's." in told(engine)[-1]
    for hours in (4, 5):
        installation.take_new_deals(MONDAY + hours * HOUR)
    assert installation.stopped() == ""
    assert told(engine)[2:] == ["New deals can be started again."]
    installation.stop_new_deals(StopCause.FOREIGN_ENGINE, "the engine is another's.", MONDAY + 6 * HOUR)
    assert len(told(engine)) == 4


async def test_another_installations_facts_are_refused_and_keep_out_none_of_ours(engine: Engine) -> None:
    ours = Installation(engine).id()
    records, deals = Records(engine), (lively_deal(), lively_deal(2))
    own, foreign = deals[0].batch.replace(installation=ours), deals[1].batch.replace(installation="f" * 32)
    with pytest.raises(ForeignEngine):
        records.keep_all([own, foreign])
    assert StreamStatuses(engine).of(own.stream).seq == StreamStatuses(engine).of(foreign.stream).seq == 0
    record = ActivityEnvironment().run
    together = Recorder(records).record
    kept = await asyncio.gather(record(together, own), record(together, foreign), return_exceptions=True)
    assert isinstance(kept[0], Appended)
    assert isinstance(kept[1], ApplicationError)
    assert kept[1].type == ForeignEngine.__name__
    with pytest.raises(ForeignEngine):
        records.quarantine(Apart(stream=own.stream, why="It is another's.", at=MONDAY, installation="f" * 32))
    with pytest.raises(ForeignEngine):
        records.held_for(own.stream, "f" * 32)
    assert StreamStatuses(engine).of(foreign.stream).seq == 0
    assert StreamStatuses(engine).quarantined() == {}
    assert records.held_for(own.stream, ours) == records.held(own.stream)


def test_nothing_is_told_where_new_deals_were_never_paused(installation: Installation, engine: Engine) -> None:
    installation.take_new_deals(MONDAY)
    assert told(engine) == []


def test_new_deals_are_paused_also_where_nobody_can_be_told(engine: Engine) -> None:
    Installation(engine).stop_new_deals(StopCause.EMPTIED_ENGINE, "it was emptied.", MONDAY)
    assert Installation(engine).stopped() == "it was emptied."


def test_operators_hear_of_damaged_data_once_a_day_and_of_what_to_redo_once_a_run(engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    operators = Operators(engine)
    for hours in (0, 1, 24):
        operators.tell(damage_notices("Directory 2: edited.", MONDAY + hours * HOUR), MONDAY + hours * HOUR)
    operators.tell(damage_notices("Directory 3: edited.", MONDAY), MONDAY)
    assert len(told(engine)) == 3
    for _ in range(2):
        operators.tell(redo_notices(MONDAY), MONDAY)
    assert len(told(engine)) == 4
