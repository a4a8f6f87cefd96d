"""An engine restored from an older copy, or emptied: what was acknowledged is never voided."""

import asyncio
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.service import RPCError

from adapters.db.database import writing
from adapters.db.stream_status import StreamStatus
from application.commands.start_deal import NewDeal, _opening
from application.reconciliation.compare import compare_stores, stores_of, until_foreign
from domain.notifications.operators import INSTALLATION
from domain.shared.errors import ForeignEngine
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId
from tests.api.played import ADMINISTRATOR, NEW_DEAL, SELLER, SPONSOR, Played
from tests.clock import day, held
from tests.faults.restoring import (
    CHANGE,
    MANAGER,
    Stores,
    a_deal,
    compared,
    deal_with_another,
    facts,
    healed,
    new_stores,
    reconciled,
    set_marks,
)
from tests.stores_agree import agree
from tests.workflows.worker_env import connected
from workflows.directory_sync import DIRECTORY_SYNC
from workflows.engagement import EngagementWorkflow
from workflows.messages import EngagementInput, Opening


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


class Delivered(NamedTuple):
    """Both stores of an installation with a deal in delivery, in which a change order was begun."""

    folder: Path
    deal: Played
    manager: str

    def put(self, stores: Stores) -> None:
        """Puts both in the place of a test's own."""
        for store in ("engine", "record"):
            stores.put(store, self.folder / store)


@pytest_asyncio.fixture(scope="module")
async def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Played once: it takes ten seconds of processor time."""
    folder = tmp_path_factory.mktemp("delivered")
    with new_stores(folder) as stores:
        async with stores.running() as stack:
            deal = await Played(stack).start()
            for chapter in (deal.qualify_plainly, deal.estimate, deal.price, deal.sow, deal.brd, deal.handoff):
                await chapter()
            manager = await deal.holder("project_manager")
            await deal.do(manager, "POST", "/changes", {"change": CHANGE | {"title": "One that is not needed"}})
            await deal.ask("estimate")
    return Delivered(folder, deal, manager)


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_change_order_that_an_older_engine_lost_goes_on_from_the_record(
    stores: Stores, delivered: Delivered, *, emptied: bool
) -> None:
    if emptied:
        stores.copy("engine")
    delivered.put(stores)
    if not emptied:
        stores.copy("engine")
    deal, manager = Played(delivered.deal.stack, delivered.deal.engagement), delivered.manager
    async with stores.running() as stack:
        deal.stack = stack
        await deal.do(manager, "POST", "/changes/1/withdraw", {"reason": "It is not needed."})
        await deal.do(manager, "POST", "/changes", {"change": CHANGE})
        await deal.estimate_change(2)
        await deal.ask("approve_change", "delivery")
    stores.set_back("engine")
    async with stores.running() as stack:
        deal.stack = stack
        done = await reconciled(stack)
        assert [one for one in done if not one.healed] == []
        await agree(stack.database, stack.app.engine, deal.engagement)
        assert not await stack.app.engine.runs(change_stream(deal.engagement, 1))
        await deal.answer(await deal.ask("approve_change", "delivery"))
        await deal.ask("approve_change", "inside")
        await deal.do(manager, "POST", "/changes/2/withdraw", {"reason": "Later."})
        await deal.until(lambda state: [change["status"] for change in state["changes"]] == ["withdrawn"] * 2)
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_a_change_order_goes_on_only_beside_its_engagement(stores: Stores, delivered: Delivered) -> None:
    stores.copy("engine")
    delivered.put(stores)
    deal = Played(delivered.deal.stack, delivered.deal.engagement)
    stores.set_back("engine")  # it knows nothing
    async with stores.running() as stack:
        deal.stack = stack
        with writing(stack.database) as connection:
            connection.execute(text("UPDATE content SET body = CAST(body || x'20' AS BLOB) WHERE kind = 'words'"))
        done = {one.stream: one for one in await reconciled(stack)}
        assert not done[engagement_stream(deal.engagement)].healed
        order = done[change_stream(deal.engagement, 1)]
        assert (order.healed, order.what) == (False, "its engagement is still quarantined, and would not be told")
        with writing(stack.database) as connection:
            connection.execute(text("UPDATE content SET body = substr(body, 1, length(body) - 1) WHERE kind = 'words'"))
        assert [one for one in await reconciled(stack) if not one.healed] == []
        await deal.do(delivered.manager, "POST", "/changes/1/withdraw", {"reason": "It is not needed."})
        await deal.until(lambda state: [change["status"] for change in state["changes"]] == ["withdrawn"])
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_what_was_ended_in_the_engine_by_hand_is_begun_again_from_the_record(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        stream, client = engagement_stream(deal.engagement), await connected(stores.server.address)
        await client.get_workflow_handle(stream).terminate("by hand")
        assert list(await compared(stack)) == [stream]
        await healed(stack, deal.engagement)
        await deal.do(SPONSOR, "POST", "/hold", held("They are away."))
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_an_emptied_engine_stops_new_deals_for_it_cannot_say_which_numbers_it_knew(stores: Stores) -> None:
    stores.copy("engine")
    async with stores.running() as stack:
        await Played(stack).start("Before")
    stores.set_back("engine")
    async with stores.running() as stack:
        await compared(stack)
        answer = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL)
        assert answer.status_code == 503
        assert "it was emptied" in stack.app.installation.stopped()
        await reconciled(stack)
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
        await stack.done(MANAGER, "POST", f"/engagements/{engagement}/hold", held("We go on."))
        await agree(stack.database, stack.app.engine, engagement)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("first", ["the same request", "another's"])
async def test_an_engine_that_lost_what_was_told_or_read_and_not_answered_goes_on_from_the_record(
    stores: Stores, first: str, *, told: bool
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
        ask = await deal.ask("accept_role")
    stores.copy("engine")
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"], "reason": "I will manage it."}
    answered = StreamStatus()
    async with stores.running() as stack:
        stream = engagement_stream(deal.engagement)
        answered = stack.app.standings.of(stream)
        receipt = await stack.done(MANAGER, "POST", f"/asks/{ask['id']}/decision", body, key="accept")
    left = receipt["sequence"] if told else answered.told  # the answer was lost, the word had left
    set_marks(stores, stream, acknowledged=answered.acknowledged, told=left)
    stores.set_back("engine")
    async with stores.running() as stack:
        if first == "another's":  # whose right came with what the engine has lost, as they have read
            await stack.done(MANAGER, "POST", f"/engagements/{deal.engagement}/hold", held("They are away."))
        again = await stack.done(MANAGER, "POST", f"/asks/{ask['id']}/decision", body, key="accept")
        assert (again["sequence"], again["happened"]) == (receipt["sequence"], receipt["happened"])
        assert stack.app.standings.quarantined() == {}
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_what_another_installation_began_here_is_named_and_ended_and_comes_into_no_record(stores: Stores) -> None:
    async with stores.running() as stack:
        await compared(stack)
        deal = await Played(stack).start("Ours")
        directory, playbook = stack.directory, stack.app.registry.playbook()
        theirs = _opening(directory, playbook, NewDeal.model_validate(NEW_DEAL), EngagementId("ENG-2026-0777"), SELLER)
        opening = Opening(command=theirs, actor=Actor(person_id=SELLER))
        client, stream = await connected(stores.server.address), engagement_stream(EngagementId("ENG-2026-0777"))
        await client.start_workflow(
            EngagementWorkflow.run,
            EngagementInput(opening=opening, installation="f" * 32),
            id=stream,
            task_queue="tests",
        )
        found = await compared(stack)
        assert found == {stream: "the engine runs one of another installation under this id"}
        (done,) = await reconciled(stack)
        assert (done.healed, done.what) == (True, "it was begun by installation ffffffff, and was ended here")
        assert facts(stack, EngagementId("ENG-2026-0777")) == []
        assert not await stack.app.engine.runs(stream)
        assert await compared(stack) == {}
        await Played(stack).start("Another of ours")
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_what_has_come_in_the_place_of_a_run_that_is_to_end_goes_on(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("In the place of another")
        stream = engagement_stream(deal.engagement)
        await stack.app.engine.end(stream, str(uuid4()), "It was another's.")
        await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Close in three days"}]})
        await stack.app.engine.end(stream, await stack.app.engine.run_of(stream), "It is this one.")
        assert not await stack.app.engine.runs(stream)


async def test_nothing_is_done_in_an_engine_of_another_installation(stores: Stores, tmp_path: Path) -> None:
    with new_stores(tmp_path / "another") as other:
        async with other.running() as stack:
            await compared(stack)
            await Played(stack).start("Theirs")
    async with stores.running() as stack:
        await compared(stack)
        deal = await Played(stack).start("Ours")
        ours = facts(stack, deal.engagement)
        unknown = await Played(stack).start("A number that they have not")
    stores.copy("engine")
    stores.put("engine", other.folder / "engine")
    path, body = f"/engagements/{deal.engagement}/hold", held("They are away.")
    async with stores.running() as stack:
        theirs = await stack.app.engine.position(engagement_stream(deal.engagement))
        await asyncio.wait_for(until_foreign(stores_of(stack.app), 60), 10)
        assert await compare_stores(stores_of(stack.app)) == {}
        for who, method, what, given in ((SELLER, "POST", "/engagements", NEW_DEAL), (SPONSOR, "POST", path, body)):
            assert (await stack.call(who, method, what, given)).status_code == 503
        assert "another" not in (await stack.get(SELLER, f"/engagements/{deal.engagement}"))["stopped"]
        with pytest.raises(ForeignEngine, match=r"belongs to installation .* Nothing was done in it"):
            await reconciled(stack)
        told = [row.to for row in stack.app.outbox.of_stream(INSTALLATION, 1000)]
        roles = stack.directory.house_roles
        assert sorted(told) == sorted({roles["administrator"], roles["ops"]})
        stack.app.installation.take_new_deals(stack.app.clock())  # as if nobody had found it yet
        unknown_path = f"/engagements/{unknown.engagement}/hold"
        for who, method, what, given in (
            (SPONSOR, "POST", path, body),
            (SPONSOR, "POST", unknown_path, body),
            (SELLER, "POST", "/engagements", NEW_DEAL),
        ):
            assert (await stack.call(who, method, what, given)).status_code == 503
            assert stack.app.installation.stopped()
            stack.app.installation.take_new_deals(stack.app.clock())
        assert (await stack.http.get("/ready")).status_code == 503
        away = {"first": str(day(30)), "last": str(day(31))}
        await stack.done(ADMINISTRATOR, "POST", "/people/bram.devries/absences", away)
        client = await connected(stores.server.address)
        with pytest.raises(RPCError):  # nobody is told of it there
            await client.get_workflow_handle(DIRECTORY_SYNC).describe()
        assert facts(stack, deal.engagement) == ours
        assert await stack.app.engine.position(engagement_stream(deal.engagement)) == theirs
    stores.set_back("engine")
    async with stores.running() as stack:
        await compared(stack)
        assert stack.app.standings.quarantined() == {}
        await stack.done(SPONSOR, "POST", path, body)
        await stack.done(SPONSOR, "POST", unknown_path, body)
        assert (await stack.call(SELLER, "POST", "/engagements", NEW_DEAL)).status_code == 503
        await reconciled(stack)
        await stack.done(SELLER, "POST", "/engagements", NEW_DEAL)
        await agree(stack.database, stack.app.engine, deal.engagement)
