"""The sample deals close through the real workflows; engine, record and readers agree; the engine's pages are true."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pytest
import pytest_asyncio

from domain.engagement.changes.values import ChangeStatus
from domain.playbook.model import Stage
from domain.shared.streams import change_stream, engagement_stream
from tests.domain.test_stories import DEALS, FIGURES, figure
from tests.stores_agree import divergences
from tests.workflows.live import Playing, begin
from tests.workflows.worker_env import WorkerEnv, eventually
from workflows import search_attributes as shown

# On average, change orders with all that they tell each other included.
EVENTS_A_DECISION = 8

Note = Callable[[str, object], None]


@pytest_asyncio.fixture(scope="module")
async def played(env: WorkerEnv) -> AsyncIterator[dict[str, Playing]]:
    """The three deals, played to the close at the same time."""
    deals = await asyncio.gather(*(_played(env, deal) for deal in DEALS))
    yield dict(zip(DEALS, deals, strict=True))


async def _played(env: WorkerEnv, deal: str) -> Playing:
    return await (await begin(env, deal)).play()


@pytest.mark.parametrize("deal", DEALS)
async def test_each_deal_closes_and_the_three_agree(env: WorkerEnv, played: dict[str, Playing], deal: str) -> None:
    number = played[deal].number
    handle = env.client.get_workflow_handle(engagement_stream(number))
    assert await asyncio.wait_for(handle.result(), 20) == Stage.CLOSED.value
    assert await divergences(env.database, env.engine, number) == []


@pytest.mark.parametrize(("deal", "name", "value"), FIGURES)
async def test_figures_are_those_reckoned_apart(played: dict[str, Playing], deal: str, name: str, value: float) -> None:
    reckoned = figure(name, played[deal].state)
    assert reckoned is not None
    assert float(reckoned) == pytest.approx(value, abs=1e-6)


async def test_a_decision_costs_few_events(env: WorkerEnv, played: dict[str, Playing], record_property: Note) -> None:
    events = decisions = 0
    for deal, playing in played.items():
        streams = [engagement_stream(playing.number)]
        streams += [change_stream(playing.number, n) for n in playing.state.changes]
        lengths = [await env.events_of(stream) for stream in streams]
        record_property(deal, f"{lengths} events for {len(playing.story.receipts)} decisions")
        events, decisions = events + sum(lengths), decisions + len(playing.story.receipts)
    assert events / decisions <= EVENTS_A_DECISION


async def test_change_orders_end_approved_and_their_chains_are_named(
    env: WorkerEnv, played: dict[str, Playing]
) -> None:
    changes = played["halden"].state.changes
    assert {change.status for change in changes.values()} == {ChangeStatus.APPROVED}
    assert all(change.chain is not None for change in changes.values())
    for n in changes:
        handle = env.client.get_workflow_handle(change_stream(played["halden"].number, n))
        assert await asyncio.wait_for(handle.result(), 20) == "approved"


@pytest.mark.clock
async def test_the_engines_own_pages_say_where_a_deal_stands(env: WorkerEnv) -> None:
    live = await (await begin(env, "lindqvist")).to(Stage.ESTIMATE)
    handle = env.client.get_workflow_handle(engagement_stream(live.number))
    described = await handle.describe()
    found = described.typed_search_attributes
    assert found[shown.STAGE] == "estimate"
    assert found[shown.CLIENT] == live.state.client
    assert found[shown.VACANT] == sorted(live.state.vacancies)
    assert isinstance(found[shown.DUE], datetime)
    assert await described.static_summary() == f"{live.state.client}: {live.state.title}"
    details = await handle.query("__temporal_workflow_metadata")
    assert live.number in str(details)
    assert "stage **estimate**" in str(details)


async def test_an_engagement_is_found_by_what_it_waits_for(env: WorkerEnv) -> None:
    live = await begin(env, "lindqvist")
    wanted = f"InterlockStage = 'qualify' AND InterlockVacant = 'engagement_manager' AND TaskQueue = '{env.queue}'"
    await eventually(lambda: _is_listed(env, wanted, engagement_stream(live.number)))


async def _is_listed(env: WorkerEnv, wanted: str, workflow_id: str) -> bool:
    return workflow_id in [run.id async for run in env.client.list_workflows(wanted)]
