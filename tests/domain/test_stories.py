"""The sample deals, played start to close: they come to exactly the figures that were reckoned apart from this code."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.files.deal_file import read_deal
from domain.asks.model import AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import whole_effort
from domain.engagement.changes.values import ChangeStatus
from domain.playbook.model import Method, Stage
from domain.record.facts import evolve
from tests.domain.story import FIRM, PLAYBOOK, Story

EXPECTED: dict[str, Any] = YAML(typ="safe").load(Path(__file__).parents[1] / "data/expected.yaml")
DEALS = {"halden": "deal-halden", "lindqvist": "deal-lindqvist-small", "casework": "deal-casework-inhouse"}


@cache
def told(name: str) -> Story:
    return Story(name).play()


def figure(name: str, state: Engagement) -> Decimal | None:
    """A figure of the expected table, taken from the state of a closed engagement."""
    assert state.price is not None
    assert state.closing is not None
    if name == "realised_margin":
        return state.closing.realised_margin
    if name == "commission":
        return state.closing.commission
    if name in {"price", "services", "margin_p50", "margin_p80"}:
        found: Decimal | None = getattr(state.price.quote, name)
        return found
    reckoned: Decimal = getattr(whole_effort(state), name)
    return reckoned


FIGURES = [
    (deal, name, value)
    for deal, file in DEALS.items()
    for name, value in EXPECTED[file].items()
    if name not in {"decision", "routes"}
]


def test_a_price_of_exactly_a_threshold_is_decided_by_the_majority_and_reviewed_by_quality() -> None:
    deal, _ = read_deal(Path(__file__).parents[1] / "data/cases/threshold-250000.yaml", FIRM, PLAYBOOK)
    story = Story(deal).play()
    price, asks = story.state.price, story.state.asks.values()
    assert price is not None
    assert price.quote.price == 250_000
    (decided,) = [ask for ask in asks if ask.kind is AskKind.DECIDE_DEAL]
    assert decided.method is Method.MAJORITY
    roles = [role for voter in decided.voters for role in voter.roles]
    assert sorted(roles) == ["delivery_lead", "engagement_manager", "finance"]
    reviewers = [role for ask in asks if ask.kind is AskKind.REVIEW_SOW for voter in ask.voters for role in voter.roles]
    assert "quality" in reviewers


@pytest.mark.parametrize("deal", DEALS)
def test_each_sample_deal_closes(deal: str) -> None:
    assert told(deal).state.stage is Stage.CLOSED
    assert not list(told(deal).state.open_asks())


@pytest.mark.parametrize(("deal", "name", "value"), FIGURES)
def test_figures_are_those_reckoned_apart(deal: str, name: str, value: float) -> None:
    reckoned = figure(name, told(deal).state)
    assert reckoned is not None
    assert abs(reckoned - Decimal(str(value))) < Decimal("0.000001")


@pytest.mark.parametrize("deal", DEALS)
def test_the_deal_is_decided_as_its_price_calls_for(deal: str) -> None:
    expected, decision = EXPECTED[DEALS[deal]]["decision"], told(deal).state.decision
    assert decision is not None
    assert decision.method == expected["method"]
    assert sorted(decision.voters) == sorted(expected["voters"])
    assert decision.final_authority == expected["final_authority"]


def test_each_change_is_routed_to_those_whom_it_calls_for() -> None:
    changes = told("halden").state.changes.values()
    assert [sorted(change.route) for change in changes] == EXPECTED["deal-halden"]["routes"]
    assert {change.status for change in changes} == {ChangeStatus.APPROVED}


def test_in_house_there_is_no_margin_no_commission_and_no_price_approval() -> None:
    state = told("casework").state
    assert state.closing is not None
    assert state.closing.realised_margin is None
    assert state.closing.commission is None
    assert not any(ask.kind is AskKind.APPROVE_PRICE for ask in state.asks.values())


@pytest.mark.parametrize("deal", DEALS)
def test_folding_the_record_gives_the_state(deal: str) -> None:
    story, folded = told(deal), None
    for fact in story.facts:
        folded = evolve(folded, fact)
    assert folded == story.state


@pytest.mark.parametrize("deal", DEALS)
def test_the_state_survives_being_written_and_read(deal: str) -> None:
    state = told(deal).state
    assert Engagement.model_validate_json(state.model_dump_json()) == state


def test_approvers_of_a_change_see_what_all_changes_add_up_to() -> None:
    story = told("halden")
    asks = story.orders[3].asks.values()
    shown = next(story.shown(ask)["all together"] for ask in asks if ask.subject == "inside")
    assert shown == "C1..C3 together 42,800.00 EUR (7.75 % of the contract), 23 days"
