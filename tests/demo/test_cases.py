"""Deals that other products of this trade got wrong, played from file to close as people do it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.house import House

CASES = Path(__file__).parents[1] / "data/cases"


def played(house: House, name: str) -> dict[str, Any]:
    """The summary of a deal that `interlock demo` plays to its close."""
    ended = house.run("demo", "--json", "--deal", str(CASES / f"{name}.yaml"), timeout=300)
    assert ended.code == 0, ended.err or ended.out
    summary = ended.summaries[name]
    assert (summary["stage"], summary["ledger_verified"]) == ("closed", True)
    return {**summary, "steps": ended.steps}


def test_a_price_of_exactly_a_threshold_is_decided_by_the_majority_and_reviewed_by_quality(running: House) -> None:
    told = played(running, "threshold-250000")
    assert Decimal(str(told["price"])) == 250_000
    assert told["decision"]["method"] == "majority"
    assert told["decision"]["voters"] == ["delivery_lead", "engagement_manager", "finance"]
    reviews = {step["role"] for step in told["steps"] if "Review the SOW" in step["step"]}
    assert "quality" in reviews
