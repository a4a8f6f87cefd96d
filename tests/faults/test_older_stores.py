"""Either store restored from an older copy: what was acknowledged is never voided, and what differs is named."""

import asyncio

import pytest

from domain.shared.streams import engagement_stream
from tests.api.played import SELLER, SPONSOR, Played
from tests.clock import held
from tests.faults.restoring import (
    MANAGER,
    Stores,
    a_deal,
    compared,
    deal_with_another,
    decline,
    facts,
    has_ended,
    healed,
    reconciled,
    set_marks,
)
from tests.stores_agree import agree


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
        await deal.do(MANAGER, "POST", "/hold", held("We go on."))
        await agree(stack.database, stack.app.engine, engagement)


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
        found = await compared(stack)
        assert list(found) == ([] if "," in store else [stream])
        if store != "record":
            late = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", held("Away."))
            assert (late.status_code, late.json()["title"]) == (409, "The engagement has ended")
            again = await deal.do(SELLER, "POST", "/lose", {"reason": "They chose another."}, key="lost")
            assert (again["sequence"], again["happened"]) == (lost["sequence"], lost["happened"])
        assert [one for one in await reconciled(stack) if not one.healed] == []
        await has_ended(stack, stream)
        assert facts(stack, deal.engagement) == told
        await agree(stack.database, stack.app.engine, deal.engagement)
        assert await compared(stack) == {}


async def test_people_who_go_on_asking_while_stores_are_reconciled_quarantine_nothing_again(stores: Stores) -> None:
    engagement, before, ask = await a_deal(stores, "engine")
    stores.set_back("engine")
    async with stores.running() as stack:
        healed, answers = asyncio.create_task(reconciled(stack)), set()
        while not healed.done():
            answers.add((await decline(stack, ask))["status"])
        assert 503 in answers
        assert [one.healed for one in await healed] == [True]
        assert stack.app.standings.quarantined() == {}
        await stack.done(MANAGER, "POST", f"/engagements/{engagement}/hold", held("We go on."))
        assert facts(stack, engagement)[: len(before)] == before
        await agree(stack.database, stack.app.engine, engagement)


@pytest.mark.parametrize("store", ["engine", "record"])
async def test_what_differs_is_found_at_the_start_before_anybody_acts(stores: Stores, store: str) -> None:
    engagement, _, _ = await a_deal(stores, store)
    stores.set_back(store)
    async with stores.running() as stack:
        found = await compared(stack)
        assert list(found) == [engagement_stream(engagement)]
        assert list(stack.app.standings.quarantined()) == [engagement_stream(engagement)]
