"""Who may not is refused before the engine, and a right just given counts."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest_asyncio

from api.app import create_app
from application.gateway import WorkflowGateway
from domain.asks.bound_facts import bound, under
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.values import EngagementId, digest
from tests.api.played import CLIENT, DEAL, IN_DELIVERY, SPONSOR, Played, points
from tests.stack import Json, Stack
from workflows.messages import CommandRequest, OrderRequest, Receipt

MANAGER, EXPERT, STRANGER = "jonas.weber", "kofi.mensah", "luca.ferri"


class Counting(WorkflowGateway):
    """An engine that counts the commands that reach it."""

    def __init__(self, engine: WorkflowGateway) -> None:
        self.__dict__.update(engine.__dict__)
        self.reached: list[str] = []

    async def command(self, workflow_id: str, request: CommandRequest | OrderRequest) -> Receipt:
        self.reached.append(request.actor.person_id)
        return await super().command(workflow_id, request)


@asynccontextmanager
async def counted(stack: Stack) -> AsyncIterator[tuple[Stack, Counting]]:
    """The same stack with a counter before its engine."""
    engine = Counting(stack.app.engine)
    app = replace(stack.app, engine=engine)
    api = create_app(app)
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://tests", timeout=60) as http:
        yield replace(stack, app=app, api=api, http=http), engine


@pytest_asyncio.fixture(scope="module")
async def changing(stack: Stack) -> Played:
    """A deal with a change order for which an expert is asked for hours."""
    deal = await Played(stack).after(*IN_DELIVERY)
    work = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
    facts = {"title": "Two more key figures", "reason": "scope", "work": work, "price": "2400.00", "days": 2}
    await deal.do(await deal.holder("project_manager"), "POST", "/changes", {"change": facts})
    return deal


async def events(stack: Stack, engagement: EngagementId) -> list[int]:
    """How long the histories of the engagement and of its first change are."""
    handles = (
        stack.app.engine._client.get_workflow_handle(stream)
        for stream in (engagement_stream(engagement), change_stream(engagement, 1))
    )
    return [(await handle.describe()).history_length for handle in handles]


async def test_a_clients_token_fills_no_place_of_the_engine(stack: Stack, changing: Played) -> None:
    ask = await changing.ask("estimate", "estimate:data")
    answer = {"verdict": "decline", "reason": "Not now.", "subject_hash": ask["subject_hash"]}
    needs = {"needs": [DEAL["needs"][0] | {"text": "Another"}]}
    change = f"/engagements/{changing.engagement}/changes/1"
    hours = {"estimates": [{"package": "L1", "hours": points([1, 2, 3])}]}
    forbidden: list[tuple[str, Json]] = [
        (f"/asks/{ask['id']}/decision", answer),
        (f"/asks/{ask['id']}/need-info", {"reason": "Why?", "subject_hash": ask["subject_hash"]}),
        (f"/asks/{ask['id']}/delegate", {"to": "erik.strand"}),
        (f"/asks/{changing.engagement}.A1/decision", answer),
        (f"/asks/{changing.engagement}.A1/delegate", {"to": "erik.strand"}),
        (f"{change}/withdraw", {"reason": "Not now."}),
        (f"{change}/estimate", hours),
        (f"/engagements/{changing.engagement}/needs", needs),
    ]
    before = await events(stack, changing.engagement)
    async with counted(stack) as (guarded, engine):
        refused = [guarded.call(CLIENT, "POST", path, body) for path, body in forbidden * 2]
        flood = asyncio.gather(*refused)
        await guarded.done(EXPERT, "POST", f"{change}/estimate", hours)
        answers = await flood
    assert {answer.status_code for answer in answers} <= {403, 404, 409}, [answer.text for answer in answers]
    assert engine.reached == [EXPERT]
    assert (await events(stack, changing.engagement))[0] == before[0]


async def test_a_right_just_given_counts_though_readers_lag_behind(stack: Stack) -> None:
    deal = await Played(stack).start("A deal whose record is late")
    path = Path(str(stack.database.url.database))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        receipt = await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
        (ask,) = receipt["asks"]
        assert stack.app.read.ask(ask) is None
        asyncio.get_running_loop().call_later(0.3, other.execute, "ROLLBACK")
        facts = bound({"role": "engagement_manager", "proposed.by": SPONSOR}) | under(
            "engagement",
            {"id": deal.engagement, "title": "A deal whose record is late", "client": DEAL["client"]},
        )
        body = {"verdict": "approve", "reason": "Gladly.", "subject_hash": digest(facts)}
        answer = await stack.call(MANAGER, "POST", f"/asks/{ask}/decision", body)
    assert answer.status_code == 200, answer.text
    assert await deal.holder("engagement_manager") == MANAGER


async def test_a_preview_of_a_change_reaches_no_engine_and_is_for_whoever_may_submit_it(
    stack: Stack, changing: Played
) -> None:
    manager, path = await changing.holder("project_manager"), f"/engagements/{changing.engagement}/changes/preview"
    swap = [{"kind": "price", "amount": "9000"}, {"kind": "work_removed", "package": "W1", "amount": "-8000"}]
    change = {"title": "A swap", "reason": "scope", "items": swap}
    before = await events(stack, changing.engagement)
    async with counted(stack) as (counting, engine):
        found = (await counting.call(manager, "POST", path, json={"change": change})).json()
        assert (found["n"], found["price"], found["value"], found["together_value"]) == (2, "1000", "17000", "19400")
        assert found["margin_p80"] is None
        assert "finance" in {row["role"] for row in found["approvers"]}
        lead = await changing.holder("engagement_manager")
        theirs = (await counting.call(lead, "POST", path, json={"change": change})).json()
        assert theirs["margin_p80"] is not None
        for who, status, body in (
            (CLIENT, 403, {"change": change}),
            (EXPERT, 403, {"change": change}),
            (STRANGER, 404, {"change": change}),
            (manager, 409, {"change": change, "revises": 1}),
            (manager, 404, {"change": change, "revises": 9}),
            (manager, 422, {"change": change | {"price": "3"}}),
            (manager, 422, {"change": change | {"items": [swap[1] | {"package": "W77"}]}}),
            (manager, 422, {"change": change | {"items": []}}),
        ):
            answer = await counting.call(who, "POST", path, json=body)
            assert answer.status_code == status, (who, body, answer.text)
        assert engine.reached == []
    assert (await events(stack, changing.engagement))[0] == before[0]
    assert len((await changing.see())["changes"]) == 1
