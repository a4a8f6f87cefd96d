"""A whole stack for tests: a real Temporal server, a worker and the API in this process, on a database of its own.

Import the fixtures into a conftest: `from tests.stack import stack, temporal_server`.
"""

import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import Engine as Database

from activities.directory_sync import DirectorySyncActivities
from adapters.db.chat_cards import ChatCards
from adapters.db.content_store import Contents
from adapters.db.deal_drafts import DealDrafts
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.inbox import Inbox
from adapters.db.installation import Installation
from adapters.db.ledger_proofs import Proofs
from adapters.db.operators import Operators
from adapters.db.outbox import Outbox
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tree_head import open_key
from adapters.db.web_sessions import WebSessions
from adapters.processes.ports import listens
from adapters.temporal.client import connect, kinds_of
from adapters.temporal.server import temporal_command
from api.app import create_app
from application.acknowledgements import Acknowledgements
from application.context import Interlock
from application.directory_sync.sync import DirectorySync
from application.gateway import WorkflowGateway
from domain.directory.directory import Directory
from domain.playbook.model import Playbook
from domain.record.facts import Recorded
from tests.clock import CLOCK
from tests.databases import migrated
from tests.ports import free_ports
from tests.samples import sample_directory, sample_playbook
from worker import WRITERS, build_worker
from workflows.search_attributes import ALL

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 30.0
Json = Any


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Temporal server that lives as long as the tests."""
    with serving_temporal(tmp_path_factory.mktemp("temporal")) as address:
        yield address


@contextmanager
def serving_temporal(folder: Path) -> Iterator[str]:
    """The address of a real Temporal server: each installation has its own."""
    port, ui_port = free_ports(2)
    command = temporal_command(port, ui_port, folder / "temporal.db", kinds_of(ALL))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not listens(port):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, "the Temporal server is not ready"
                time.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            server.kill()  # asked to end, it takes over a second, for what nobody reads again
            server.wait(PATIENCE_SECONDS)


@dataclass(repr=False)  # asyncio's runner has what a task gave written out for each test: a directory takes 0.1 s
class Callers:
    """People before an API; `call` is a request by one of them, with a key of its own unless one is given."""

    http: httpx.AsyncClient
    directory: Directory
    playbook: Playbook
    tokens: dict[str, str]
    keys: "count[int]"
    run: str

    def headers(self, who: str | None, **more: str) -> dict[str, str]:
        """Who asks, and under which key."""
        known = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return {**known, "Idempotency-Key": f"{self.run}-{next(self.keys)}", **more}

    async def call(
        self, who: str | None, method: str, path: str, body: Json = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """One request to `/api/v1` as somebody, or as nobody."""
        headers = self.headers(who, **({"Idempotency-Key": key} if key else {})) | more.pop("headers", {})
        content: dict[str, Any] = {} if body is None else {"json": body}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **content, **more)

    async def done(self, who: str, method: str, path: str, body: Json = None, **more: Any) -> Json:
        """The answer to a request that must succeed."""
        answer = await self.call(who, method, path, body, **more)
        assert answer.is_success, f"{who} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, who: str, path: str, **query: Any) -> Json:
        """What somebody reads."""
        return await self.done(who, "GET", path, params=query)

    async def every(self, who: str, path: str, **query: Any) -> list[Json]:
        """Every row of a list, page by page: what other tests left on the stack fills the first."""
        return [row async for page in self.pages(who, path, **query) for row in page["items"]]

    async def pages(self, who: str, path: str, **query: Any) -> AsyncIterator[Json]:
        """A list, a page at a time; the next steps have one alone."""
        page = await self.get(who, path, limit=100, **query)
        yield page
        while page.get("next"):
            page = await self.get(who, path, limit=100, after=page["next"], **query)
            yield page


@dataclass(repr=False)
class Stack(Callers):
    """A running stack, and what is within it."""

    app: Interlock
    api: FastAPI
    database: Database
    played: dict[Any, Sequence[Recorded]] = field(default_factory=dict)
    """What was played here already, for deals that come as far: see `Played.after`."""


class Today(Registry):
    """In which a directory is in force of which no engagement has heard."""

    def __init__(self, database: Database, directory: Directory) -> None:
        super().__init__(database, CLOCK)
        self._today = directory

    def directory(self) -> Directory:
        return self._today


@pytest_asyncio.fixture(scope="session")
async def stack(temporal_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The stack with the sample directory and a token for everybody in it."""
    async with running_stack(temporal_server, tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", name="stack")
async def stack_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """For a file that changes the directory again and again: each change is told to all deals that others began."""
    with serving_temporal(tmp_path_factory.mktemp("temporal")) as address:
        async with running_stack(address, tmp_path_factory.mktemp("stack")) as running:
            yield running


@asynccontextmanager
async def running_stack(temporal_address: str, folder: Path, *, empty: bool = False) -> AsyncIterator[Stack]:
    """A stack on a database in this folder, which is begun or gone on with. `empty`: nobody is known there yet."""
    database = migrated(folder / "interlock.db")
    registry = Registry(database, CLOCK)
    now = CLOCK()
    directory = sample_directory(now.year).replace(absences=())  # they have dates
    playbook = sample_playbook()
    operations = PeopleOperations(database, CLOCK)
    if not empty:
        operations.import_directory(directory)
    registry.save_playbook(playbook, "tests")
    registry.publish_playbook(playbook.name, playbook.version)
    known = () if empty else directory.everyone()
    tokens: dict[str, str] = {person.id: registry.tokens.create(person.id, "tests", now) for person in known}
    client = await connect(temporal_address)
    once = await connect(temporal_address, repeats=False)
    standings, installation = StreamStatuses(database, CLOCK), Installation(database)
    app = Interlock(
        engine=WorkflowGateway(client, "tests", CLOCK, installation, once),
        read=ReadModel(database),
        registry=registry,
        people=operations,
        documents=Contents(database),
        proofs=Proofs(database, open_key(folder), CLOCK),
        outbox=Outbox(database, CLOCK),
        inbox=Inbox(database),
        cards=ChatCards(database),
        standings=standings,
        acknowledgements=Acknowledgements(standings),
        installation=installation,
        starting=DealsBeingStarted(database),
        operators=Operators(database),
        sessions=WebSessions(database),
        drafts=DealDrafts(database),
        clock=CLOCK,
    )
    directory_sync = DirectorySyncActivities(DirectorySync(app.engine, registry, app.read, operations, CLOCK))
    api = create_app(app)
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    with ThreadPoolExecutor(WRITERS) as threads:
        async with (
            build_worker(client, "tests", Records(database), threads, *directory_sync.activities),
            httpx.AsyncClient(transport=transport, base_url="http://tests", timeout=60) as http,
        ):
            await app.engine.installation()
            people = (http, directory, playbook, tokens, count(1), f"key-{uuid4().hex[:8]}")
            yield Stack(*people, app, api, database)
            await app.acknowledgements.flush()
    database.dispose()
