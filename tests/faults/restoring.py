"""Both stores of one installation, restored from older copies while no stack runs on them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, update

from adapters.db import ledger
from adapters.db.database import open_database, reading, writing
from adapters.db.records import Records
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from application.reconciliation.compare import compare_stores, stores_of
from application.reconciliation.reconcile import Reconciled, reconcile
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.api.played import Played, points
from tests.clock import held
from tests.stack import Json, Stack, running_stack
from tests.stores_agree import agree
from tests.workflows.worker_env import TemporalServer, connected

MANAGER = "jonas.weber"
WORK = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
CHANGE = {"title": "Two key figures", "reason": "scope", "work": WORK, "price": "2400.00", "days": 2}
# Seconds after which a divergence is looked at again: nothing else goes on here that could be late.
SHORT_WAIT = 0.5


class Stores:
    """Both stores of one installation, in a folder each.

    The engine's server goes on while only the stack ends: it stands still where its own folder is copied or replaced.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = TemporalServer(folder / "engine")
        self.record = folder / "record"

    def copy(self, store: str) -> None:
        """Keeps what a store holds now, to set it back to."""
        self._rest(store)
        shutil.copytree(self.folder / store, self.folder / f"{store}-before")

    def set_back(self, store: str) -> None:
        """Puts the copy in the store's place."""
        self.put(store, self.folder / f"{store}-before")

    def put(self, store: str, kept: Path) -> None:
        """Puts what this folder keeps in a store's place."""
        self._rest(store)
        shutil.rmtree(self.folder / store)
        shutil.copytree(kept, self.folder / store)

    def _rest(self, store: str) -> None:
        if store == "engine":
            self.end()

    def end(self) -> None:
        """Nothing runs on either any more. What the engine answered is on its disk, so it is not asked to end."""
        self.server.kill()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Stack]:
        """The stack on both."""
        if not self.server.is_running():
            self.server.start()
        await connected(self.server.address)
        async with running_stack(self.server.address, self.record) as stack:
            yield stack


async def compared(stack: Stack) -> dict[str, str]:
    """What record and engine differ on."""
    return await compare_stores(stores_of(stack.app, SHORT_WAIT))


async def reconciled(stack: Stack, engine_of: str | None = None) -> tuple[Reconciled, ...]:
    """What an operator's `interlock reconcile` does."""
    return await reconcile(stack.app, Records(stack.database), SHORT_WAIT, engine_of=engine_of)


def facts(stack: Stack, engagement: EngagementId) -> list[str]:
    with reading(stack.database) as connection:
        return [fact.event.kind for fact in ledger.read(connection, engagement_stream(engagement))]


@contextmanager
def new_stores(folder: Path) -> Iterator[Stores]:
    """Both stores, empty, in this folder."""
    for name in ("engine", "record"):
        (folder / name).mkdir(parents=True)
    stores = Stores(folder)
    yield stores
    stores.end()


class Accepted(NamedTuple):
    """A deal of which one store was copied before somebody accepted a role; with its facts, and the ask of before."""

    engagement: EngagementId
    facts: list[str]
    ask: Json


KEPT = tempfile.TemporaryDirectory(prefix="interlock-stores-")
# What was played already, by the store that was copied on the way; both stores, and the copy, are kept.
ACCEPTED: dict[str, Accepted] = {}


async def a_deal(stores: Stores, store: str) -> Accepted:
    """An accepted deal in these stores, and the copy of one of them; it is played once for all tests."""
    kept = Path(KEPT.name) / store
    if store not in ACCEPTED:
        with new_stores(kept) as first:
            ACCEPTED[store] = await _accepted(first, store)
    for name in ("engine", "record"):
        stores.put(name, kept / name)
    shutil.copytree(kept / f"{store}-before", stores.folder / f"{store}-before")
    return ACCEPTED[store]


async def _accepted(stores: Stores, store: str) -> Accepted:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
        ask = await deal.ask("accept_role")
    stores.copy(store)
    async with stores.running() as stack:
        deal = Played(stack)
        deal.engagement = ask["id"].partition(".")[0]
        await deal.answer(ask, reason="I will manage it.")
        return Accepted(deal.engagement, facts(stack, deal.engagement), ask)


def set_marks(stores: Stores, stream: str, **marks: int) -> None:
    """What somebody knows of a stream, while nothing runs."""
    database = open_database(f"sqlite:///{stores.record / 'interlock.db'}")
    with writing(database) as connection:
        connection.execute(update(StreamHeadRow).where(columns(StreamHeadRow).stream == stream).values(**marks))
    database.dispose()


async def decline(stack: Stack, ask: Json) -> Json:
    body = {"verdict": "decline", "subject_hash": ask["subject_hash"], "reason": "I have changed my mind."}
    answer = await stack.call(MANAGER, "POST", f"/asks/{ask['id']}/decision", body)
    return {"status": answer.status_code, **answer.json()}


async def healed(stack: Stack, engagement: EngagementId) -> Reconciled:
    (done,) = await reconciled(stack)
    assert done.healed, done.what
    await agree(stack.database, stack.app.engine, engagement)
    return done


async def deal_with_another(stack: Stack, deal: Played) -> Json:
    """A command whose facts would come after those that the ledger has lost."""
    answer = await stack.call(
        "tomasz.nowak", "POST", f"/engagements/{deal.engagement}/hold", held("The client is away.")
    )
    return {"status": answer.status_code, **answer.json()}


def rows(stack: Stack) -> dict[str, list[str]]:
    """The hashes of all facts of engagements and change orders, by stream."""
    ledger_rows = columns(LedgerRow)
    query = select(ledger_rows.stream, ledger_rows.hash).where(ledger_rows.stream.startswith("engagement/"))
    found: dict[str, list[str]] = {}
    with reading(stack.database) as connection:
        for stream, digest in connection.execute(query.order_by(ledger_rows.stream, ledger_rows.seq)):
            found.setdefault(stream, []).append(digest)
    return found


async def has_ended(stack: Stack, stream: str) -> None:
    async with asyncio.timeout(20):
        while await stack.app.engine.runs(stream):  # noqa: ASYNC110 -- the engine is another process
            await asyncio.sleep(0.05)
