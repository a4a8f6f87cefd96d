"""Another version of the product, whose texts are worded otherwise, goes on with what an earlier one began."""

from typing import Any

import pytest

from domain.asks.model import Ask
from domain.asks.opening import open_ask
from domain.shared.streams import engagement_stream
from domain.shared.text import fitting
from tests.api.played import Played
from tests.clock import held
from tests.faults.restoring import MANAGER, Stores, compared, healed, reconciled, rows
from tests.stores_agree import agree

HEAD = "tomasz.nowak"


async def proposed(deal: Played) -> Any:
    """An ask that is open."""
    await deal.do(HEAD, "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
    return await deal.ask("accept_role")


async def test_an_ask_that_the_new_version_would_word_otherwise_is_answered_as_it_was_shown(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def otherwise(*args: Any, facts: dict[str, str], **more: Any) -> Ask:
        return open_ask(*args, facts={name: f"{text}, as was said before" for name, text in facts.items()}, **more)

    monkeypatch.setattr("domain.engagement.roles.proposing.open_ask", otherwise)
    async with stores.running() as stack:
        deal = await Played(stack).start()
        ask = await proposed(deal)
    monkeypatch.undo()
    async with stores.running() as stack:
        deal.stack = stack
        assert await compared(stack) == {}
        await deal.answer(ask, reason="I will manage it.")
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_facts_that_the_new_version_words_otherwise_are_not_written_again_in_its_words(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start()
    stores.copy("record")
    monkeypatch.setattr("domain.asks.opening.fitting", lambda text: f"{fitting(text)}, as was said before")
    async with stores.running() as stack:
        deal.stack = stack
        await deal.answer(await proposed(deal), reason="I will manage it.")
        before = rows(stack)
    monkeypatch.undo()
    stores.set_back("record")
    async with stores.running() as stack:
        deal.stack = stack
        assert list(await compared(stack)) == [engagement_stream(deal.engagement)]
        (done,) = await reconciled(stack)
        assert not done.healed
        assert "this version words them otherwise than the one that wrote them" in done.what
        refused = await stack.call(HEAD, "POST", f"/engagements/{deal.engagement}/hold", held("We go on."))
        assert refused.status_code == 503
    monkeypatch.setattr("domain.asks.opening.fitting", lambda text: f"{fitting(text)}, as was said before")
    async with stores.running() as stack:
        await healed(stack, deal.engagement)
        assert rows(stack) == before
