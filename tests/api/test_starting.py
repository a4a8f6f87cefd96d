"""A deal that the engine has begun and the record does not show yet is nobody's answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from temporalio.service import RPCError, RPCStatusCode

from adapters.db.records import Records
from adapters.temporal.client import connect
from application.authentication import Caller, actor_of
from application.commands.start_deal import BeingRecorded, NewDeal, NewDealsStopped, _opening, start_deal
from application.gateway import WorkflowGateway
from domain.engagement.closing.commands import LoseDeal
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, digest
from tests.api.played import NEW_DEAL, SELLER
from tests.clock import CLOCK
from tests.stack import Stack
from worker import WRITERS, build_worker
from workflows.messages import CommandRequest, Opening

QUEUE = "nobody-works-here-yet"


async def test_a_deal_is_acknowledged_once_it_is_recorded_and_started_once(
    stack: Stack, temporal_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.commands.start_deal.OPEN_PATIENCE_SECONDS", 0.5)
    client = await connect(temporal_server)
    app = replace(stack.app, engine=WorkflowGateway(client, QUEUE, CLOCK, stack.app.installation))
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


class Exchanged(WorkflowGateway):
    """An engine that is away at the first attempt, and another installation's at the next."""

    async def _begin(self, opening: Opening) -> None:  # noqa: ARG002 -- as the engine has it
        self._installation.adopt("f" * 32)  # as if the server's file had been exchanged
        raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")


async def test_a_deal_is_begun_in_no_engine_that_was_exchanged_between_two_attempts(
    stack: Stack, temporal_server: str
) -> None:
    ours = stack.app.installation.id()
    client = await connect(temporal_server)
    app = replace(stack.app, engine=Exchanged(client, QUEUE, CLOCK, stack.app.installation))
    caller = Caller(
        actor=actor_of(stack.directory, SELLER, "rest"), route="POST /engagements", key=f"{stack.run}-other"
    )
    try:
        with pytest.raises(NewDealsStopped):
            await start_deal(app, caller, NewDeal.model_validate(NEW_DEAL))
        assert stack.app.installation.stopped()
    finally:
        stack.app.installation.adopt(ours)
        stack.app.installation.take_new_deals(CLOCK())


async def test_whoever_is_told_to_stop_waiting_for_an_answer_stops_at_once(stack: Stack, temporal_server: str) -> None:
    client = await connect(temporal_server)
    engine = WorkflowGateway(client, QUEUE, CLOCK, stack.app.installation)
    known, playbook = stack.directory, stack.app.registry.playbook()
    number = EngagementId("ENG-2026-7777")
    command = _opening(known, playbook, NewDeal.model_validate(NEW_DEAL), number, SELLER)
    await engine.open(Opening(command=command, actor=Actor(person_id=SELLER)))
    wish = LoseDeal(reason="They chose another.")
    request = CommandRequest(id="nobody-answers", body=digest(wish), actor=Actor(person_id=SELLER), command=wish)
    asking = asyncio.create_task(engine.command(engagement_stream(number), request))
    await asyncio.sleep(1)
    asking.cancel()
    done, _ = await asyncio.wait({asking}, timeout=10)  # the engine would be asked for twice as long
    assert done == {asking}
    assert asking.cancelled()
    await client.get_workflow_handle(engagement_stream(number)).terminate("the test is over")
