"""A real Temporal server for the session, an environment with a worker for each module, and one that skips time."""

import sysconfig
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import DATA_CONVERTER
from tests.workflows.worker_env import TemporalServer, WorkerEnv, connected, finish, running_worker, worker_env
from workflows.search_attributes import ALL


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    """A real Temporal server that nobody kills."""
    server = TemporalServer(tmp_path_factory.mktemp("temporal"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def killable_server(tmp_path: Path) -> Iterator[TemporalServer]:
    """A Temporal server that a test may kill."""
    server = TemporalServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def idle_env(server: TemporalServer, tmp_path: Path) -> AsyncIterator[WorkerEnv]:
    """An environment without a worker, on the server that nobody kills."""
    client = await connected(server.address)
    async with worker_env(client, tmp_path) as env:
        yield env
        await finish(client, env.queue)


@pytest_asyncio.fixture(scope="module")
async def env(server: TemporalServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerEnv]:
    """An environment on the real server, with a worker in this process and a record of its own."""
    client = await connected(server.address)
    async with worker_env(client, tmp_path_factory.mktemp("env")) as env, running_worker(env):
        yield env
        await finish(client, env.queue)


@pytest_asyncio.fixture(scope="module")
async def time_skipping(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[WorkflowEnvironment, WorkerEnv]]:
    """Where a year passes in seconds: a fresh server for each module, since terminating spoils skipping."""
    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    skipping = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER, test_server_existing_path=str(program)
    )
    wanted = AddSearchAttributesRequest(namespace=skipping.client.namespace)
    wanted.search_attributes.update({key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in ALL})
    await skipping.client.operator_service.add_search_attributes(wanted)
    try:
        folder = tmp_path_factory.mktemp("sleeping")
        async with worker_env(skipping.client, folder) as env, running_worker(env):
            yield skipping, env
    finally:
        await skipping.shutdown()
