"""What a change upstream voids: its dependents, and only they, and each is asked again with the difference."""

from decimal import Decimal

import pytest

from domain.asks.model import AskKind, Outcome, Verdict
from domain.change_order.order import EstimateLines
from domain.engagement.command import Command
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, RecordNeeds, RecordPromises
from domain.engagement.needs.values import Need
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.scope.commands import PackageHours, SetMilestones, SetPurchases, SetWorkPackages, TakeRateCard
from domain.engagement.scope.values import Purchase, WorkPackage
from domain.playbook.model import Stage
from domain.shared.errors import BaselineIsSigned, DealNotDecided, EstimateNotAttested
from tests.domain.story import Story, at


def sent(kind: str = "sow") -> Story:
    """Lindqvist with its SOW (or BRD) before the signers."""
    story = at(Stage.SOW if kind == "sow" else Stage.BRD, "lindqvist")
    next(step for step in story.rest if step == f"{kind} sent")
    return story


def standing(story: Story) -> dict[str, str]:
    """What stands and what has fallen."""
    state, document = story.state, story.state.documents
    return {
        "price": state.price.status.value if state.price else "none",
        "decision": "valid" if state.decision and state.decision.valid else "void",
        "sow": document["sow"].status.value if "sow" in document else "none",
        "brd": document["brd"].status.value if "brd" in document else "none",
    }


def retitle(story: Story, package: str) -> None:
    packages = [p.replace(title="Another title") if p.id == package else p for p in story.state.packages.values()]
    story.do(SetWorkPackages(packages=tuple(packages)), story.deal.salesperson)


def test_a_changed_need_voids_the_decision_and_the_document_and_is_confirmed_again_with_the_difference() -> None:
    story = sent()
    need = story.state.needs["N1"].replace(text="Know it by January")
    story.do(RecordNeeds(needs=(need,)), story.deal.salesperson)
    again = story.ask(AskKind.CONFIRM_NEEDS)
    assert any("Know it by January" in line for line in again.difference)
    assert standing(story)["decision"] == "void"
    assert standing(story)["sow"] == "stale"
    assert story.state.stage is Stage.QUALIFY


def test_a_changed_package_voids_its_own_estimate_and_leaves_the_others() -> None:
    story = sent()
    retitle(story, "W1")
    assert {estimate.package for estimate in story.state.estimates} == {"W2"}
    assert standing(story) == {"price": "stale", "decision": "void", "sow": "stale", "brd": "none"}
    again = story.ask(AskKind.ESTIMATE)
    assert set(again.packages) == {"W1"}
    assert any("Another title" in line for line in again.difference)


def test_who_attested_what_did_not_change_is_not_asked_again() -> None:
    story = at(Stage.PRICE, "halden")
    assert set(story.state.attestations) == set(story.state.packages)
    retitle(story, "W2")
    assert set(story.state.attestations) == set(story.state.packages) - {"W2"}


def test_an_attestation_outlives_the_role_of_whoever_gave_it() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    story.do(ReleaseRole(role="delivery_lead", reason="Parental leave."), "priya.raman")
    assert story.state.stage is Stage.DECIDE
    assert standing(story)["price"] == "approved"


def test_no_price_is_proposed_until_delivery_attests_anew() -> None:
    story = sent()
    retitle(story, "W1")
    with pytest.raises(EstimateNotAttested):
        story.propose_price()


def test_a_stale_deal_comes_back_through_the_same_gates() -> None:
    story = sent()
    retitle(story, "W1")
    for stage in (Stage.ESTIMATE, Stage.PRICE):
        assert story.state.stage is stage
        if stage is Stage.ESTIMATE:
            list(story.estimate_all())
            list(story.answer_all(AskKind.CONFIRM_STAFFING, AskKind.ATTEST_ESTIMATE))
    story.propose_price()
    list(story.answer_all(AskKind.DECIDE_DEAL))
    assert standing(story)["decision"] == "valid"
    assert standing(story)["sow"] == "stale"


def test_the_same_hours_given_again_are_attested_again() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.ATTEST_ESTIMATE)))
    story.answer(next(story.state.open_asks(AskKind.ATTEST_ESTIMATE)), Verdict.RETURN)
    list(story.estimate_all())
    list(story.answer_all(AskKind.CONFIRM_STAFFING))
    assert any(story.state.open_asks(AskKind.ATTEST_ESTIMATE))


def test_another_price_voids_the_decision_and_the_document() -> None:
    story = sent()
    story.propose_price(discount_percent=4)
    assert standing(story) == {"price": "approved", "decision": "void", "sow": "stale", "brd": "none"}
    assert any(line.startswith("price:") for line in story.ask(AskKind.DECIDE_DEAL).difference)


def test_a_newer_rate_card_voids_estimate_and_price() -> None:
    story = sent()
    rates = story.state.rate_card.replace(version="2027-Q1")
    story.do(TakeRateCard(rate_card=rates), story.holder("finance"))
    assert standing(story)["price"] == "stale"
    assert story.state.stage is Stage.ESTIMATE
    assert story.state.estimates


def test_a_new_promise_voids_the_decision() -> None:
    story = sent()
    promise = story.state.promises["P1"].replace(id="P2", text="And in Polish")
    story.do(RecordPromises(promises=(promise,)), story.deal.salesperson)
    assert standing(story) == {"price": "approved", "decision": "void", "sow": "stale", "brd": "none"}


@pytest.mark.parametrize("what", ["milestones", "purchases", "homes"])
def test_what_only_the_document_says_voids_only_the_document(what: str) -> None:
    story = sent()
    milestone = story.state.milestones["M1"].replace(title="Another")
    command: Command = SetMilestones(milestones=(milestone,))
    if what == "purchases":
        command = SetPurchases(purchases=(Purchase(id="B1", title="Tablets", amount=Decimal(9)),))
    if what == "homes":
        command = CoverPromise(promise="P1", by=("W1",))
    story.do(command, story.deal.salesperson)
    assert standing(story) == {"price": "approved", "decision": "valid", "sow": "stale", "brd": "none"}


def test_signatures_asked_on_a_stale_document_are_withdrawn() -> None:
    story = sent()
    ask = story.ask(AskKind.SIGN_SOW)
    story.propose_price(discount_percent=4)
    assert story.now_of(ask).outcome is Outcome.WITHDRAWN


def test_a_stale_deal_is_not_drafted() -> None:
    story = sent()
    story.propose_price(discount_percent=4)
    with pytest.raises(DealNotDecided):
        story.draft("sow")


def test_another_requirement_voids_the_brd_and_leaves_the_sow() -> None:
    story = sent("brd")
    requirement = story.state.requirements["R1"].replace(text="Each difference over 1 SEK has a named cause")
    story.do(SetRequirements(requirements=(requirement,)), story.holder("business_analyst"))
    assert standing(story) == {"price": "approved", "decision": "valid", "sow": "signed", "brd": "stale"}


def test_a_returned_decision_sends_the_price_back_to_be_proposed_anew_even_unchanged() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    story.answer(story.ask(AskKind.DECIDE_DEAL), Verdict.RETURN)
    assert standing(story)["price"] == "returned"
    story.propose_price()
    assert story.ask(AskKind.DECIDE_DEAL)


def test_hours_of_a_change_given_anew_are_put_before_delivery_anew() -> None:
    story = at(Stage.DELIVER).until(lambda s: s.orders)
    story.estimate_change(1)
    first = story.ask(AskKind.APPROVE_CHANGE)
    line = story.orders[1].lines["L1"]
    other = line.hours.replace(pessimistic=Decimal(90))
    given = PackageHours(package="L1", hours=other)
    story.do_in_order(1, EstimateLines(estimates=(given,)), story.holder("expert:development"))
    assert story.now_of(first).outcome is Outcome.SUPERSEDED
    assert "24/36/90" in story.shown(story.ask(AskKind.APPROVE_CHANGE))["L1"]


BASELINE: list[Command] = [
    RecordNeeds(needs=(Need(id="N9", text="More"),)),
    SetWorkPackages(packages=(WorkPackage(id="W9", title="More", discipline="data", grade="senior"),)),
    ProposePrice(discount_percent=Decimal(1)),
    CoverPromise(promise="P1", by=("W1",)),
    DeclinePromise(promise="P1", reason="Cannot"),
    SetPurchases(purchases=()),
]


@pytest.mark.parametrize("command", BASELINE, ids=lambda command: command.kind)
def test_once_both_have_signed_only_a_change_order_alters_the_baseline(command: Command) -> None:
    story = at(Stage.BRD, "lindqvist")
    with pytest.raises(BaselineIsSigned):
        story.do(command, story.deal.salesperson)
