"""A record restored from an older copy, or emptied: it is filled again, and takes nothing for another."""

import asyncio
import re
import shutil
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from adapters.db.database import writing
from adapters.db.tables.columns import columns
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from application.queries.visibility import RecordBehind
from application.reconciliation.compare import OTHER_CHAIN
from domain.notifications.operators import INSTALLATION
from domain.shared.errors import ForeignEngine
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.api.played import NEW_DEAL, SELLER, SPONSOR, Played
from tests.clock import day, held
from tests.faults.restoring import (
    CHANGE,
    Stores,
    a_deal,
    compared,
    facts,
    healed,
    reconciled,
    rows,
    set_marks,
)
from tests.stack import Stack
from tests.stores_agree import agree


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
        repeated = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "And another"})
        assert "Running deals continue" in repeated.json()["detail"]
        await stack.done("tomasz.nowak", "POST", f"/engagements/{first}/hold", held("Running deals continue."))
        done = await reconciled(stack)
        assert [(one.stream, one.healed, one.refilled) for one in done] == [(engagement_stream(lost), True, True)]
        (redo,) = {row.text for row in stack.app.outbox.of_stream(INSTALLATION) if row.kind == "redo"}
        assert "revoke tokens again" in redo
        half_an_hour = stack.app.clock() + timedelta(minutes=25)
        again = [row for row in stack.app.outbox.of_stream(engagement_stream(lost)) if row.kind != "quarantine"]
        assert again  # nobody hears of it before operators had time to say again who has left
        assert all(row.not_before is not None and row.not_before > half_an_hour for row in again if not row.sent_at)
        assert not any(row.sent_at for row in again)
        await reconciled(stack)
        assert len([row for row in stack.app.outbox.of_stream(INSTALLATION) if row.kind == "redo"]) == 1
        assert facts(stack, lost) == told
        newer = await Played(stack).start("Quite another")
        assert newer.engagement not in {first, lost}
        for engagement in (first, lost, newer.engagement):
            await agree(stack.database, stack.app.engine, engagement)


@pytest.mark.parametrize("how", ["set back", "emptied"])
async def test_who_leaves_after_a_record_was_filled_again_holds_nothing_any_more(stores: Stores, how: str) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("Who leaves")
        await deal.propose("engagement_manager", "marta.silva", SPONSOR)
        ours = stack.app.installation.id()
    stores.copy("record")
    async with stores.running() as stack:
        await heard_of_three_absences(stack, deal.engagement)
    if how == "set back":
        stores.set_back("record")
    else:
        shutil.rmtree(stores.folder / "record")
        (stores.folder / "record").mkdir()
    async with stores.running() as stack:
        deal.stack = stack
        await reconciled(stack, ours if how == "emptied" else None)
        leaving = {"reason": "Leaves", "successor": None}
        done = await stack.done("ida.holm", "POST", "/people/marta.silva/deactivate", leaving)
        await heard(stack, deal.engagement, done["operation"])
        assert await deal.is_vacant("engagement_manager")
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_who_left_while_a_record_was_not_filled_again_yet_holds_nothing_either(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("Who left meanwhile")
        await deal.propose("engagement_manager", "marta.silva", SPONSOR)
    stores.copy("record")
    async with stores.running() as stack:
        await heard_of_three_absences(stack, deal.engagement)
    stores.set_back("record")
    async with stores.running() as stack:
        deal.stack = stack
        leaving = {"reason": "Leaves", "successor": None}
        await stack.done("ida.holm", "POST", "/people/marta.silva/deactivate", leaving)
        await reconciled(stack)
        for _ in range(200):
            if await deal.is_vacant("engagement_manager"):
                break
            await asyncio.sleep(0.1)
        assert await deal.is_vacant("engagement_manager")


async def heard_of_three_absences(stack: Stack, engagement: EngagementId) -> None:
    for ahead in range(3):
        body = {"first": str(day(ahead)), "last": str(day(ahead))}
        await stack.done("marta.silva", "POST", "/people/marta.silva/absences", body)
    await heard(stack, engagement, 4)


async def heard(stack: Stack, engagement: EngagementId, version: int) -> None:
    """Waits until an engagement has taken this version of the directory."""
    for _ in range(200):
        state = stack.app.read.engagement(engagement)
        if state is not None and state.directory == version:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{engagement} does not hear of version {version}: {state and state.directory}")


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
        stream, body = engagement_stream(deal.engagement), held("They are away.")
        hold = partial(stack.call, SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", body, key="hold")
        assert (await hold()).status_code == 503
        stack.app.standings.release(stream)  # as reconciling does first, while the run goes on
        assert (await hold()).json()["title"] == "This was not carried out"
        assert not stack.app.lag.is_behind(stream)  # nobody waits for what never comes
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
        for one in await reconciled(stack, await stack.app.engine.installation()):
            assert one.healed, one
        assert {stream: hashes for stream, hashes in rows(stack).items() if stream in before} == before
        for stream, hashes in before.items():  # of what was lost somebody may have been answered
            assert stack.app.standings.of(stream).acknowledged >= len(hashes)
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_an_emptied_record_is_filled_from_an_engine_that_is_named_alone(stores: Stores) -> None:
    async with stores.running() as stack:
        await compared(stack)
    stores.copy("record")
    async with stores.running() as stack:
        engagement = (await Played(stack).start()).engagement
        told = facts(stack, engagement)
    stores.set_back("record")
    async with stores.running() as stack:
        stack.app.installation.adopt("b" * 32)
        assert await compared(stack) == {}
        for named in (None, "b" * 8, "0" * 8, ""):
            with pytest.raises(ForeignEngine) as refused:
                await reconciled(stack, named)
        assert facts(stack, engagement) == []
        told_of = re.search("--from-engine ([0-9a-f]{8})", refused.value.refused.remedy)
        assert told_of is not None
        (done,) = await reconciled(stack, told_of[1])
        assert done.healed
        assert facts(stack, engagement) == told


async def test_what_neither_store_holds_is_not_said_to_be_healed_though_facts_were_written_again(
    stores: Stores,
) -> None:
    engagement, told, _ask = await a_deal(stores, "record")
    stream = engagement_stream(engagement)
    stores.set_back("record")
    set_marks(stores, stream, acknowledged=len(told) + 2)
    async with stores.running() as stack:
        (done,) = await reconciled(stack)
        assert (done.healed, done.refilled) == (False, True)
        assert f"facts {len(told) + 1} to {len(told) + 2} are in neither store" in done.what
        assert facts(stack, engagement) == told
        assert stack.app.standings.of(stream).quarantined


async def test_what_a_record_that_was_set_back_lost_is_not_said_to_be_nowhere(stores: Stores) -> None:
    async with stores.running() as stack:
        await Played(stack).start("Before the copy")
    stores.copy("record")
    async with stores.running() as stack:
        lost = (await Played(stack).start("After the copy")).engagement
    stores.set_back("record")
    async with stores.running() as stack:
        await compared(stack)
        for engagement in (lost, "ENG-2026-0999"):
            read = await stack.call(SELLER, "GET", f"/engagements/{engagement}")
            asked = await stack.call(SELLER, "POST", f"/engagements/{engagement}/hold", held("They are away."))
            for answer in (read, asked):
                assert (answer.status_code, answer.json()["title"]) == (503, RecordBehind.title)


async def test_a_draft_that_was_acknowledged_is_not_refused_by_an_older_record(stores: Stores) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        for chapter in (deal.qualify_plainly, deal.estimate, deal.price):
            await chapter()
    stores.copy("record")
    async with stores.running() as stack:
        deal.stack = stack
        await deal.sow()
        told = await deal.do(SELLER, "PUT", "/documents/sow", {}, key="second")
    stores.set_back("record")
    async with stores.running() as stack:
        path = f"/engagements/{deal.engagement}/documents/sow"
        again = await stack.call(SELLER, "PUT", path, {}, key="second")
        assert again.status_code == 503 or again.json() == told, again.text
        await reconciled(stack)
        assert (await stack.call(SELLER, "PUT", path, {}, key="second")).json()["sequence"] == told["sequence"]


async def test_a_chain_that_was_written_anew_to_its_end_is_named_and_not_taken_for_the_right_one(
    stores: Stores,
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
        stream = engagement_stream(deal.engagement)
        await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "One login"}]})
        before = rows(stack)[stream]
        set_hash(stack, stream, len(before), before[0])
        assert await compared(stack) == {
            stream: f"record and engine hold different facts at {len(before)}: {OTHER_CHAIN}"
        }
        (done,) = await reconciled(stack)
        assert (done.healed, "restore a sound copy of the record" in done.what) == (False, True)
        set_hash(stack, stream, len(before), before[-1])
        await healed(stack, deal.engagement)
        await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N2", "text": "Two"}]})
        assert await compared(stack) == {}


def set_hash(stack: Stack, stream: str, seq: int, digest: str) -> None:
    """Gives the newest fact of a stream another hash, in its row and as the head of its chain."""
    of_fact, of_head = columns(LedgerRow), columns(StreamHeadRow)
    with writing(stack.database) as connection:
        row = update(LedgerRow).where(of_fact.stream == stream, of_fact.seq == seq)
        connection.execute(row.values(hash=digest))
        connection.execute(update(StreamHeadRow).where(of_head.stream == stream).values(hash=digest))
