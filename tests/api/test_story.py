"""The small deal over REST: it closes with the figures that were reckoned apart, and every operation was used."""

from decimal import Decimal

import pytest

from domain.engagement.aggregate import Engagement
from tests.api.conftest import matches
from tests.api.played import Played
from tests.command_routes import description
from tests.domain.test_stories import EXPECTED
from tests.stack import Stack

FIGURES = ("hours_p50", "hours_p80", "cost_p50", "cost_p80", "services", "price", "margin_p50", "margin_p80")


@pytest.mark.clock
async def test_the_deal_closes(played: Played) -> None:
    state = await played.see()
    assert state["stage"] == "closed"
    assert state["asks"] == []
    assert Decimal(state["closing"]["realised_margin"]) > 0
    assert Decimal(state["closing"]["commission"]) > 0


async def test_figures_are_those_reckoned_apart(played: Played) -> None:
    figures, expected = (await played.see())["figures"], EXPECTED["deal-lindqvist-small"]
    for name in FIGURES:
        off = Decimal("0.00005") if "margin" in name else Decimal("0.005")  # as far as figures are shown
        assert abs(Decimal(figures[name]) - Decimal(str(expected[name]))) <= off, name


async def test_every_operation_was_answered_well(played: Played, seen_operations: set[tuple[str, str, int]]) -> None:
    described = {(m.upper(), path) for path, item in description()["paths"].items() for m in item}
    good = {(method, path) for method, path, status in seen_operations if status < 300}
    missing = {(m, t) for m, t in described if not any(m == method and matches(t, path) for method, path in good)}
    assert missing == set()
    assert played.engagement


@pytest.mark.clock
async def test_readers_see_what_the_workflow_holds(played: Played, stack: Stack) -> None:
    kept: Engagement | None = stack.app.read.engagement(played.engagement)
    assert kept == await stack.app.engine.engagement(played.engagement)


async def test_the_record_is_what_was_written(played: Played) -> None:
    verdict = await played.see(path="/ledger/verify")
    assert verdict["verified"]
    assert verdict["streams"] == 3
    assert verdict["facts"] > 100
