"""A deal that the engine has begun and the record does not show yet is nobody's answer."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.records import Records
from adapters.temporal import connect
from application.access import Caller, actor_of
from application.deals import BeingRecorded, NewDeal, start_deal
from application.engine import Engine
from tests.api.played import NEW_DEAL, SELLER
from tests.clock import CLOCK
from tests.stack import Stack
from worker import WRITERS, build_worker

QUEUE = "nobody-works-here-yet"


async def test_a_deal_is_acknowledged_once_it_is_recorded_and_started_once(
    stack: Stack, temporal_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.deals.OPEN_PATIENCE_SECONDS", 0.5)
    client = await connect(temporal_server)
    app = replace(stack.app, engine=Engine(client, QUEUE, CLOCK, stack.app.installation))
    caller = Caller(
        actor=actor_of(stack.directory, SELLER, "rest"), route="POST /engagements", key=f"{stack.run}-start"
    )
    deal = NewDeal.model_validate(NEW_DEAL)
    with pytest.raises(BeingRecorded) as refused:
        await start_deal(app, caller, deal)
    with ThreadPoolExecutor(WRITERS) as threads:
        async with build_worker(client, QUEUE, Records(stack.database), threads):
            monkeypatch.undo()
            receipt = await start_deal(app, caller, deal)
            assert await start_deal(app, caller, deal) == receipt
    assert receipt.stream.partition("/")[2] in refused.value.refused.detail
