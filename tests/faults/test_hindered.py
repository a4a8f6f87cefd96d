"""An engagement whose workflow meets an error that nobody foresaw is set apart, not stuck, and can be mended."""

from pathlib import Path

import pytest

from application.read_lag.await_visible import eventually
from domain.asks.holder import AskHolder
from domain.shared.streams import engagement_stream
from domain.shared.text import cut
from domain.shared.values import EngagementId
from tests.api.played import NEW_DEAL, SELLER, SPONSOR, Played
from tests.clock import held
from tests.faults.restoring import Stores, compared, reconciled
from tests.stack import Stack, running_stack, temporal_server
from tests.stores_agree import agree

__all__ = ["temporal_server"]

SECRET = "a reason that breaks the engine's page: 11 percent"


def breaks_what_the_engine_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect beside the decisions: what workflows show of this engagement cannot be made."""

    def broken(text: str, most: int) -> str:
        if SECRET in text:
            raise ZeroDivisionError(text)
        return cut(text, most)

    monkeypatch.setattr("workflows.details.cut", broken)


async def quarantined(stack: Stack, engagement: EngagementId) -> str:
    """Why it is, once it is."""
    stream = engagement_stream(engagement)
    found = await eventually(lambda: stack.app.standings.of(stream).quarantined, 10)
    assert found, "it was never set apart"
    return found


async def test_an_error_that_nobody_foresaw_quarantines_its_engagement_alone_until_it_is_mended(
    temporal_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_what_the_engine_shows(monkeypatch)
    async with running_stack(temporal_server, tmp_path) as stack:
        deal, other = await Played(stack).start("Hindered"), await Played(stack).start("Another")
        answer = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", held(SECRET))
        why = await quarantined(stack, deal.engagement)
        assert answer.status_code in {200, 503}
        assert "ZeroDivisionError" in why
        assert SECRET not in why

        assert (await deal.see(SPONSOR))["id"] == deal.engagement
        refused = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/resume")
        assert (refused.status_code, refused.json()["rule"]) == (503, "the-record-stands")
        assert "retry-after" not in refused.headers  # it passes by no waiting: an operator must act
        assert "cannot be changed until" in refused.json()["detail"]
        assert why not in refused.json()["detail"]
        outbox = stack.app.outbox.of_stream(engagement_stream(deal.engagement), 1000)
        told = {row.to for row in outbox if row.kind == "quarantine"}
        assert told == {stack.directory.house_roles["administrator"], stack.directory.house_roles["ops"]}
        assert any(why in row.text for row in outbox if row.kind == "quarantine")
        await other.do(SPONSOR, "POST", "/hold", held("Others go on."))
        assert (await stack.call(SELLER, "POST", "/engagements", NEW_DEAL)).status_code == 201
        await compared(stack)
        assert list(stack.app.standings.quarantined()) == [engagement_stream(deal.engagement)]

        monkeypatch.undo()
        done = await reconciled(stack)
        assert [one.stream for one in done if one.healed] == [engagement_stream(deal.engagement)], done
        await deal.do(SPONSOR, "POST", "/resume")
        await agree(stack.database, stack.app.engine, deal.engagement)


async def test_one_that_goes_on_in_another_run_and_cannot_be_shown_there_is_set_apart_too(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stores.running() as stack:
        deal = await Played(stack).start("Hindered as it begins again")
        stream = engagement_stream(deal.engagement)

        def broken(_state: AskHolder) -> None:
            raise ZeroDivisionError(SECRET)

        monkeypatch.setattr("workflows.search_attributes.whom_it_waits_for", broken)
        await stack.app.engine.reconciled(stream)
        assert "ZeroDivisionError" in await quarantined(stack, deal.engagement)
        assert await stack.app.engine.why_it_fails(stream) == ""
        monkeypatch.undo()
        (done,) = await reconciled(stack)
        assert done.healed, done
        await deal.do(SPONSOR, "POST", "/hold", held("They move."))
        await agree(stack.database, stack.app.engine, deal.engagement)
