"""A real Temporal server for the session, a house with a worker for each module, and one where time is skipped."""

import sysconfig
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import DATA_CONVERTER
from tests.workflows.house import House, Server, connected, finish, furnished, inhabited
from workflows.search_attributes import ALL


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real Temporal server that nobody kills."""
    server = Server(tmp_path_factory.mktemp("temporal"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A Temporal server that a test may kill."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def empty(server: Server, tmp_path: Path) -> AsyncIterator[House]:
    """A house without a worker, on the server that nobody kills."""
    client = await connected(server.address)
    async with furnished(client, tmp_path) as house:
        yield house
        await finish(client, house.queue)


@pytest_asyncio.fixture(scope="module")
async def house(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house on the real server, with a worker in this process and a record of its own."""
    client = await connected(server.address)
    async with furnished(client, tmp_path_factory.mktemp("house")) as house, inhabited(house):
        yield house
        await finish(client, house.queue)


@pytest_asyncio.fixture(scope="module")
async def sleeping(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[WorkflowEnvironment, House]]:
    """A house in which a year passes in seconds: a fresh server for each module, since terminating spoils skipping."""
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    env = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER, test_server_existing_path=str(program)
    )
    wanted = AddSearchAttributesRequest(namespace=env.client.namespace)
    wanted.search_attributes.update({key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in ALL})
    await env.client.operator_service.add_search_attributes(wanted)
    try:
        folder = tmp_path_factory.mktemp("sleeping")
        async with furnished(env.client, folder) as house, inhabited(house):
            yield env, house
    finally:
        await env.shutdown()
