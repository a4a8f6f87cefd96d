"""A request whose number another request opened the deal by stops no new deals, however often it comes again."""

import asyncio

import pytest

from adapters.db.registry import NumberWanted
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from tests.api.played import NEW_DEAL, SELLER, client_of_new_deals
from tests.faults.restoring import Stores, compared, reconciled
from tests.stack import Stack
from workflows.messages import Opening

OF_A_CRM = NEW_DEAL | {"title": "Out of a CRM", "external": {"system": "crm", "id": "OPP-1"}}


async def again(stack: Stack, key: str) -> None:
    """The request of that key once more is told that the deal was started, and others start as ever."""
    assert [one for one in await reconciled(stack) if not one.healed] == []
    answer = await stack.call(SELLER, "POST", "/engagements", OF_A_CRM, key=key)
    assert (answer.status_code, answer.json()["title"]) == (409, "The deal has already been started")
    await stack.done(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "Quite another"})
    assert stack.app.installation.stopped() == ""


async def test_after_an_engine_was_emptied_and_went_on_from_the_record(stores: Stores) -> None:
    async with stores.running() as stack:
        await compared(stack)
    stores.copy("engine")
    async with stores.running() as stack:
        died = NumberWanted("died", "b", client_of_new_deals(stack), (), SELLER, "crm:OPP-1")
        stack.app.registry.engagement_number(died, stack.app.clock().year)
        sent = [stack.call(SELLER, "POST", "/engagements", OF_A_CRM, key=f"sync-{n}") for n in range(3)]
        second = next(n for n, answer in enumerate(await asyncio.gather(*sent)) if answer.status_code == 409)
    stores.set_back("engine")
    async with stores.running() as stack:
        await compared(stack)
        await again(stack, f"sync-{second}")


async def test_after_the_record_forgot_who_opened_the_deal(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dies(_engine: WorkflowGateway, _opening: Opening) -> None:
        raise EngineAway("It died on the way.", remedy="Send it again.")

    async with stores.running() as stack:
        await compared(stack)
        with monkeypatch.context() as dying:
            dying.setattr(WorkflowGateway, "open", dies)
            assert (await stack.call(SELLER, "POST", "/engagements", OF_A_CRM, key="first")).status_code == 503
    stores.copy("record")
    async with stores.running() as stack:
        await stack.done(SELLER, "POST", "/engagements", OF_A_CRM, key="second")
    stores.set_back("record")
    async with stores.running() as stack:
        await compared(stack)
        await again(stack, "first")
