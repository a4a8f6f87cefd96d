"""What reconciling need not ask for, what it cannot heal, and that it says then what to do."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from adapters.db.database import open_database, writing
from adapters.db.lost_facts import quarantined_ahead
from adapters.db.records import Records
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from application.reconciliation import reconcile
from domain.shared.streams import engagement_stream
from tests.faults.restoring import Stores, a_deal, facts, reconciled
from tests.stores_agree import agree

H, L = columns(StreamHeadRow), columns(LedgerRow)


async def test_an_engagement_whose_state_is_too_large_to_be_told_fills_the_record_all_the_same(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    engagement, told, _ask = await a_deal(stores, "record")
    stores.set_back("record")
    ask = WorkflowHandle.query

    async def without_states(self: Any, query: Any, *said: Any, **more: Any) -> Any:
        if query == "state":
            raise RPCError("Blob data size exceeds limit", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
        return await ask(self, query, *said, **more)

    async with stores.running() as stack:
        with monkeypatch.context() as patched:
            patched.setattr(WorkflowHandle, "query", without_states)
            (done,) = await reconciled(stack)
        assert done.healed, done.what
        assert facts(stack, engagement) == told
        await agree(stack.database, stack.app.engine, engagement)


async def test_what_the_engine_cannot_take_is_said_to_be_so_and_without_a_traceback(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    engagement, told, _ask = await a_deal(stores, "engine")
    stores.set_back("engine")
    async with stores.running() as stack:
        monkeypatch.setattr(reconcile, "MAX_CARRIED", 1000)
        with capture_logs() as logs:
            (done,) = await reconciled(stack)
        assert not done.healed
        assert "nobody can act in it any more; begin a new deal" in done.what
        assert facts(stack, engagement) == told
        assert not [line for line in logs if "exc_info" in line]


async def test_what_was_deleted_with_its_head_is_filled_again_by_the_way_that_is_said(stores: Stores) -> None:
    engagement, told, _ask = await a_deal(stores, "record")
    stream = engagement_stream(engagement)
    database = open_database(f"sqlite:///{stores.record / 'interlock.db'}")
    with writing(database) as connection:
        left = len(told) - 2
        connection.execute(delete(LedgerRow).where(L.stream == stream, L.seq > left))
        end = select(L.hash).where(L.stream == stream, L.seq == left).scalar_subquery()
        head = {"seq": left, "hash": end, "acknowledged": left, "told": left}
        connection.execute(update(StreamHeadRow).where(H.stream == stream).values(head))
    database.dispose()
    async with stores.running() as stack:
        with capture_logs() as logs:
            (done,) = await reconciled(stack)
        assert not done.healed
        assert "the read model is ahead of the ledger" in done.what
        assert "interlock rebuild --drop-what-no-fact-makes, then interlock reconcile again" in done.what
        assert not [line for line in logs if "exc_info" in line]
        assert quarantined_ahead(stack.database) == 1
        Records(stack.database).rebuild(dropping=True)
        (done,) = await reconciled(stack)
        assert done.healed, done.what
        assert facts(stack, engagement) == told
        await agree(stack.database, stack.app.engine, engagement)
