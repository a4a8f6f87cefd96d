"""Either store restored from an older copy: what was acknowledged is never voided, and what differs is named."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from adapters import ledger
from adapters.database import open_database, reading, writing
from adapters.records import Records
from adapters.standing import Standing
from adapters.tables import LedgerRow, StreamHeadRow, columns
from application.comparing import compare_stores
from application.reconciling import Reconciled, reconcile, stores_of
from domain.notices import INSTALLATION
from domain.streams import change_stream, engagement_stream
from tests.agreement import agree
from tests.api.played import NEW_DEAL, SELLER, SPONSOR, Played, points
from tests.stack import Json, Stack, running_stack
from tests.workflows.house import Server, connected

MANAGER = "jonas.weber"
WORK = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
CHANGE = {"title": "Two key figures", "reason": "scope", "work": WORK, "price": "2400.00", "days": 2}


class Stores:
    """Both stores of one installation, in a folder each, while nothing runs on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder / "engine")
        self.record = folder / "record"

    def copy(self, store: str) -> None:
        """Keeps what a store holds now, to set it back to."""
        shutil.copytree(self.folder / store, self.folder / f"{store}-before")

    def set_back(self, store: str) -> None:
        """Puts the copy in the store's place."""
        shutil.rmtree(self.folder / store)
        shutil.copytree(self.folder / f"{store}-before", self.folder / store)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Stack]:
        """The stack on both."""
        self.server.start()
        try:
            await connected(self.server.address)
            async with running_stack(self.server.address, self.record) as stack:
                yield stack
        finally:
            self.server.stop()


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    for name in ("engine", "record"):
        (tmp_path / name).mkdir()
    return Stores(tmp_path)


def facts(stack: Stack, engagement: str) -> list[str]:
    with reading(stack.database) as connection:
        return [fact.event.kind for fact in ledger.read(connection, engagement_stream(engagement))]


async def a_deal(stores: Stores, store: str) -> tuple[str, list[str], Json]:
    """A deal of which one store was copied before somebody accepted a role; with its facts, and the ask of before."""
    async with stores.running() as stack:
        deal = await Played(stack).start()
        await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person": MANAGER})
        ask = await deal.ask("accept_role")
    stores.copy(store)
    async with stores.running() as stack:
        deal = Played(stack)
        deal.engagement = ask["id"].partition(".")[0]
        await deal.answer(ask, reason="I will manage it.")
        return deal.engagement, facts(stack, deal.engagement), ask


def set_marks(stores: Stores, stream: str, **marks: int) -> None:
    """What somebody knows of a stream, while nothing runs."""
    database = open_database(f"sqlite:///{stores.record / 'interlock.db'}")
    with writing(database) as connection:
        connection.execute(update(StreamHeadRow).where(columns(StreamHeadRow).stream == stream).values(**marks))
    database.dispose()


async def decline(stack: Stack, ask: Json) -> Json:
    body = {"verdict": "decline", "subject_hash": ask["hash"], "reason": "I have changed my mind."}
    answer = await stack.call(MANAGER, "POST", f"/asks/{ask['id']}/decision", body)
    return {"status": answer.status_code, **answer.json()}


async def healed(stack: Stack, engagement: str) -> Reconciled:
    (done,) = await reconcile(stack.app, Records(stack.database))
    assert done.healed, done.what
    await agree(stack.database, stack.app.engine, engagement)
    return done


@pytest.mark.parametrize("store", ["engine", "record"])
async def test_an_older_store_voids_nothing_that_was_acknowledged_and_is_reconciled(stores: Stores, store: str) -> None:
    engagement, before, ask = await a_deal(stores, store)
    stores.set_back(store)
    async with stores.running() as stack:
        deal = Played(stack)
        deal.engagement = engagement
        if store == "engine":  # whose older copy would take the same ask's answer again: readers know better
            assert (await decline(stack, ask))["rule"] == "the-record-stands"
        said = await deal_with_another(stack, deal)
        assert (said["status"], said["rule"]) == (503, "the-record-stands"), said
        assert "operators have been notified" in said["remedy"]
        assert "Nothing that was confirmed to you is lost" in said["detail"]
        kept = facts(stack, engagement)
        assert kept == before[: len(kept)]
        assert (await stack.call(MANAGER, "GET", f"/engagements/{engagement}")).status_code == 200
        told = [
            row.to
            for row in stack.app.outbox.of_stream(engagement_stream(engagement), 1000)
            if row.kind == "quarantine"
        ]
        assert set(told) == {stack.directory.house_roles["administrator"], stack.directory.house_roles["ops"]}
        await healed(stack, engagement)
        assert facts(stack, engagement) == before
        assert await deal.holder("engagement_manager") == MANAGER
        await deal.do(MANAGER, "POST", "/hold", {"reason": "We go on."})
        await agree(stack.database, stack.app.engine, engagement)


async def test_a_request_that_was_answered_before_an_older_engine_came_is_not_carried_out_again(stores: Stores) -> None:
    needs = {"needs": [{"id": "N1", "text": "One login for all"}]}
    async with stores.running() as stack:
        deal = await Played(stack).start()
    stores.copy("engine")
    async with stores.running() as stack:
        deal.stack = stack
        first = await deal.do(SELLER, "POST", "/needs", needs, key="before")
    stores.set_back("engine")
    async with stores.running() as stack:
        deal.stack = stack
        assert (await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/needs", needs)).status_code == 503
        await healed(stack, deal.engagement)
        again = await deal.do(SELLER, "POST", "/needs", needs, key="before")
        assert (again["sequence"], again["happened"]) == (first["sequence"], first["happened"])
        other = {"needs": [{"id": "N1", "text": "Two logins"}]}
        reused = await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/needs", other, key="before")
        assert reused.status_code == 422
        assert "another body" in reused.json()["detail"]
        assert facts(stack, deal.engagement).count("NeedsRecorded") == 1


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_change_order_that_an_older_engine_lost_goes_on_from_the_record(
    stores: Stores, *, emptied: bool
) -> None:
    stores.copy("engine")
    async with stores.running() as stack:
        deal = await Played(stack).start()
        for chapter in (deal.qualify, deal.estimate, deal.price, deal.sow, deal.brd, deal.handoff):
            await chapter()
        manager = await deal.holder("project_manager")
        await deal.do(manager, "POST", "/changes", {"change": CHANGE | {"title": "One that is not needed"}})
        await deal.ask("estimate")
    if not emptied:
        shutil.rmtree(stores.folder / "engine-before")
        stores.copy("engine")
    async with stores.running() as stack:
        deal.stack = stack
        await deal.do(manager, "POST", "/changes/1/withdraw", {"reason": "It is not needed."})
        await deal.do(manager, "POST", "/changes", {"change": CHANGE})
        await deal.estimate_change(2)
        await deal.ask("approve_change", "delivery")
    stores.set_back("engine")
    async with stores.running() as stack:
        deal.stack = stack
        done = await reconcile(stack.app, Records(stack.database))
        assert [one for one in done if not one.healed] == []
        await agree(stack.database, stack.app.engine, deal.engagement)
        assert not await stack.app.engine.runs(change_stream(deal.engagement, 1))
        await deal.answer(await deal.ask("approve_change", "delivery"))
        await deal.ask("approve_change", "inside")
        await deal.do(manager, "POST", "/changes/2/withdraw", {"reason": "Later."})
        await deal.until(lambda state: [change["status"] for change in state["changes"]] == ["withdrawn"] * 2)
        await agree(stack.database, stack.app.engine, deal.engagement)


@pytest.mark.parametrize("store", ["engine", "record", "engine, and nobody was answered"])
async def test_what_ended_after_a_copy_was_taken_ends_once_the_copy_stands_in_its_place(
    stores: Stores, store: str
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        stream = engagement_stream(deal.engagement)
        before = stack.app.standings.of(stream)
    stores.copy(store.partition(",")[0])
    async with stores.running() as stack:
        deal.stack = stack
        lost = await deal.do(SELLER, "POST", "/lose", {"reason": "They chose another."}, key="lost")
        told = facts(stack, deal.engagement)
    if "," in store:
        set_marks(stores, stream, acknowledged=before.acknowledged, told=before.told)
    stores.set_back(store.partition(",")[0])
    async with stores.running() as stack:
        deal.stack = stack
        found = await compare_stores(stores_of(stack.app))
        assert list(found) == ([] if "," in store else [stream])
        if store != "record":
            late = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", {"reason": "Away."})
            assert (late.status_code, late.json()["title"]) == (409, "The engagement has ended")
            again = await deal.do(SELLER, "POST", "/lose", {"reason": "They chose another."}, key="lost")
            assert (again["sequence"], again["happened"]) == (lost["sequence"], lost["happened"])
        assert [one for one in await reconcile(stack.app, Records(stack.database)) if not one.healed] == []
        await has_ended(stack, stream)
        assert facts(stack, deal.engagement) == told
        await agree(stack.database, stack.app.engine, deal.engagement)
        assert await compare_stores(stores_of(stack.app)) == {}


async def has_ended(stack: Stack, stream: str) -> None:
    async with asyncio.timeout(20):
        while await stack.app.engine.runs(stream):  # noqa: ASYNC110 -- the engine is another process
            await asyncio.sleep(0.05)


async def test_what_was_ended_in_the_engine_by_hand_is_begun_again_from_the_record(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        stream, client = engagement_stream(deal.engagement), await connected(stores.server.address)
        await client.get_workflow_handle(stream).terminate("by hand")
        assert list(await compare_stores(stores_of(stack.app))) == [stream]
        await healed(stack, deal.engagement)
        await deal.do(SPONSOR, "POST", "/hold", {"reason": "They are away."})
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_people_who_go_on_asking_while_stores_are_reconciled_quarantine_nothing_again(stores: Stores) -> None:
    engagement, before, ask = await a_deal(stores, "engine")
    stores.set_back("engine")
    async with stores.running() as stack:
        healed, answers = asyncio.create_task(reconcile(stack.app, Records(stack.database))), set()
        while not healed.done():
            answers.add((await decline(stack, ask))["status"])
        assert 503 in answers
        assert [one.healed for one in await healed] == [True]
        assert stack.app.standings.quarantined() == {}
        await stack.done(MANAGER, "POST", f"/engagements/{engagement}/hold", {"reason": "We go on."})
        assert facts(stack, engagement)[: len(before)] == before
        await agree(stack.database, stack.app.engine, engagement)


async def deal_with_another(stack: Stack, deal: Played) -> Json:
    """A command whose facts would come after those that the ledger has lost."""
    answer = await stack.call(
        "tomasz.nowak", "POST", f"/engagements/{deal.engagement}/hold", {"reason": "The client is away."}
    )
    return {"status": answer.status_code, **answer.json()}


async def test_an_emptied_engine_stops_new_deals_for_it_cannot_say_which_numbers_it_knew(stores: Stores) -> None:
    stores.copy("engine")
    async with stores.running() as stack:
        await Played(stack).start("Before")
    stores.set_back("engine")
    async with stores.running() as stack:
        await compare_stores(stores_of(stack.app))
        answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL)
        assert answer.status_code == 503
        assert "it was emptied" in stack.app.installation.stopped()
        await reconcile(stack.app, Records(stack.database))
        await Played(stack).start("After")


async def test_an_engine_that_was_emptied_is_begun_again_from_the_record(stores: Stores) -> None:
    stores.copy("engine")
    engagement, before, _ = await a_deal(stores, "record")
    stores.set_back("engine")
    async with stores.running() as stack:
        deal = Played(stack)
        deal.engagement = engagement
        said = await deal_with_another(stack, deal)
        assert (said["status"], said["rule"]) == (503, "the-record-stands"), said
        assert facts(stack, engagement) == before
        await healed(stack, engagement)
        await stack.done(MANAGER, "POST", f"/engagements/{engagement}/hold", {"reason": "We go on."})
        await agree(stack.database, stack.app.engine, engagement)


async def test_a_record_that_was_set_back_takes_no_new_deal_for_another_and_is_filled_again(stores: Stores) -> None:
    async with stores.running() as stack:
        first = (await Played(stack).start("Before the copy")).engagement
    stores.copy("record")
    async with stores.running() as stack:
        lost = (await Played(stack).start("After the copy")).engagement
        told = facts(stack, lost)
    stores.set_back("record")
    async with stores.running() as stack:
        answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "Quite another"})
        assert answer.status_code == 503, answer.text
        assert lost in stack.app.installation.stopped()
        again = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "And another"})
        assert "Running deals are not affected" in again.json()["detail"]
        await stack.done("tomasz.nowak", "POST", f"/engagements/{first}/hold", {"reason": "Deals that run go on."})
        done = await reconcile(stack.app, Records(stack.database))
        assert [(one.stream, one.healed) for one in done] == [(engagement_stream(lost), True)]
        assert facts(stack, lost) == told
        newer = await Played(stack).start("Quite another")
        assert newer.engagement not in {first, lost}
        for engagement in (first, lost, newer.engagement):
            await agree(stack.database, stack.app.engine, engagement)


async def test_an_answer_that_was_let_go_of_is_not_given_again_while_streams_are_mended(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
    stores.copy("record")
    needs = {"needs": [{"id": "N1", "text": "One login for all"}]}
    async with stores.running() as stack:
        deal.stack = stack
        await deal.do(SELLER, "POST", "/needs", needs)
    stores.set_back("record")
    async with stores.running() as stack:
        deal.stack = stack
        stream, body = engagement_stream(deal.engagement), {"reason": "They are away."}
        hold = partial(stack.call, SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", body, key="hold")
        assert (await hold()).status_code == 503
        stack.app.standings.release(stream)  # as reconciling does first, while the run goes on
        assert (await hold()).json()["title"] == "This was not carried out"
        await healed(stack, deal.engagement)
        stands = await stack.done(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", body, key="hold")
        assert facts(stack, deal.engagement)[stands["sequence"] - 1] in stands["happened"]
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_what_is_written_again_has_the_hashes_that_others_name_and_its_documents(stores: Stores) -> None:
    stores.copy("record")
    async with stores.running() as stack:
        deal = await Played(stack).start()
        for chapter in (deal.qualify, deal.estimate, deal.price, deal.sow, deal.brd, deal.handoff):
            await chapter()
        manager = await deal.holder("project_manager")
        await deal.do(manager, "POST", "/changes", {"change": CHANGE})
        await deal.do(manager, "POST", "/changes/1/withdraw", {"reason": "Later."})
        await deal.until(lambda state: state["changes"][0]["status"] == "withdrawn")
        before = rows(stack)
    stores.set_back("record")
    async with stores.running() as stack:
        for one in await reconcile(stack.app, Records(stack.database)):
            assert one.healed, one
        assert {stream: hashes for stream, hashes in rows(stack).items() if stream in before} == before
        await agree(stack.database, stack.app.engine, deal.engagement)


def rows(stack: Stack) -> dict[str, list[str]]:
    """The hashes of all facts of engagements and change orders, by stream."""
    ledger_rows = columns(LedgerRow)
    query = select(ledger_rows.stream, ledger_rows.hash).where(ledger_rows.stream.startswith("engagement/"))
    found: dict[str, list[str]] = {}
    with reading(stack.database) as connection:
        for stream, digest in connection.execute(query.order_by(ledger_rows.stream, ledger_rows.seq)):
            found.setdefault(stream, []).append(digest)
    return found


async def test_what_a_record_that_was_set_back_lost_is_not_said_to_be_nowhere(stores: Stores) -> None:
    async with stores.running() as stack:
        await Played(stack).start("Before the copy")
    stores.copy("record")
    async with stores.running() as stack:
        lost = (await Played(stack).start("After the copy")).engagement
    stores.set_back("record")
    async with stores.running() as stack:
        await compare_stores(stores_of(stack.app))
        for engagement in (lost, "ENG-2026-0999"):
            read = await stack.call(SELLER, "GET", f"/engagements/{engagement}")
            asked = await stack.call(SELLER, "POST", f"/engagements/{engagement}/hold", {"reason": "They are away."})
            for answer in (read, asked):
                assert (answer.status_code, answer.json()["title"]) == (503, "The record was set back")


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("first", ["the same request", "another's"])
async def test_an_engine_that_lost_what_was_told_or_read_and_not_answered_goes_on_from_the_record(
    stores: Stores, first: str, *, told: bool
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person": MANAGER})
        ask = await deal.ask("accept_role")
    stores.copy("engine")
    body = {"verdict": "approve", "subject_hash": ask["hash"], "reason": "I will manage it."}
    answered = Standing()
    async with stores.running() as stack:
        stream = engagement_stream(deal.engagement)
        answered = stack.app.standings.of(stream)
        receipt = await stack.done(MANAGER, "POST", f"/asks/{ask['id']}/decision", body, key="accept")
    left = receipt["sequence"] if told else answered.told  # the answer was lost, the word had left
    set_marks(stores, stream, acknowledged=answered.acknowledged, told=left)
    stores.set_back("engine")
    async with stores.running() as stack:
        if first == "another's":  # whose right came with what the engine has lost, as they have read
            await stack.done(MANAGER, "POST", f"/engagements/{deal.engagement}/hold", {"reason": "They are away."})
        again = await stack.done(MANAGER, "POST", f"/asks/{ask['id']}/decision", body, key="accept")
        assert (again["sequence"], again["happened"]) == (receipt["sequence"], receipt["happened"])
        assert stack.app.standings.quarantined() == {}
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_a_foreign_engine_stops_new_deals_and_says_so(stores: Stores) -> None:
    async with stores.running() as stack:
        await compare_stores(stores_of(stack.app))
        await Played(stack).start("Ours")
        stack.app.installation.adopt("f" * 32)
        await compare_stores(stores_of(stack.app))
        answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL)
        assert answer.status_code == 503
        assert "belongs to installation" in stack.app.installation.stopped()
        await compare_stores(stores_of(stack.app))
        told = [row.to for row in stack.app.outbox.of_stream(INSTALLATION, 1000)]
        roles = stack.directory.house_roles
        assert sorted(told) == sorted({roles["administrator"], roles["ops"]})


@pytest.mark.parametrize("store", ["engine", "record"])
async def test_what_differs_is_found_at_the_start_before_anybody_acts(stores: Stores, store: str) -> None:
    engagement, _, _ = await a_deal(stores, store)
    stores.set_back(store)
    async with stores.running() as stack:
        found = await compare_stores(stores_of(stack.app))
        assert list(found) == [engagement_stream(engagement)]
        assert list(stack.app.standings.quarantined()) == [engagement_stream(engagement)]
