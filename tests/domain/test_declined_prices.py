"""A price that was declined: called so, and known again where it is proposed unchanged; what its deciders are shown."""

from datetime import date
from decimal import Decimal

from domain.asks.choices import choices
from domain.asks.model import AskKind, Condition, Outcome, Verdict
from domain.engagement.closing.commands import HoldEngagement, LoseDeal
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.rules import SAID_NO_BEFORE, reckon, said_no_before, who_would_approve
from domain.engagement.pricing.values import PriceStatus
from domain.next_steps.card import HowItEnded, done_acts_changed, step_card
from domain.next_steps.references import StepRef
from tests.domain.story import Story

CHEAP = ProposePrice(discount_percent=Decimal(45), contingency_percent=Decimal(5), payment="later")


def priced() -> Story:
    """A deal whose first price is proposed."""
    return Story("halden").until(lambda one: one.state.price is not None)


def status(told: Story) -> PriceStatus | None:
    return told.state.price.status if told.state.price else None


def declined() -> Story:
    """A price under the floor that finance has declined."""
    told = priced()
    told.do(CHEAP, told.state.seller)
    told.answer(told.ask(AskKind.APPROVE_PRICE), Verdict.DECLINE, by="grace.oduya", reason="It sinks us below cost")
    return told


def test_a_price_that_was_declined_is_called_declined_and_one_that_was_sent_back_returned() -> None:
    told = declined()
    assert status(told) is PriceStatus.DECLINED
    told.do(CHEAP, told.state.seller)
    told.answer(told.ask(AskKind.APPROVE_PRICE), Verdict.RETURN, by="grace.oduya", reason="Another payment, please")
    assert status(told) is PriceStatus.RETURNED


def test_the_same_price_again_says_who_declined_it_to_whoever_proposes_and_to_whoever_approves() -> None:
    told = declined()
    price = reckon(told.state, CHEAP, told.state.seller)
    said = said_no_before(told.state, price)
    assert said == "Declined by Grace Oduya (finance) on Mon 2 Nov 2026: It sinks us below cost"
    other = reckon(told.state, CHEAP.replace(discount_percent=Decimal(44)), told.state.seller)
    assert said_no_before(told.state, other) is None
    for _ in range(2):  # also once the second was superseded by a third of the same
        told.do(CHEAP, told.state.seller)
        assert told.ask(AskKind.APPROVE_PRICE).beside[SAID_NO_BEFORE] == said


def test_a_price_that_stands_or_was_approved_was_not_declined_before() -> None:
    told = priced()
    told.do(CHEAP, told.state.seller)
    ask = told.ask(AskKind.APPROVE_PRICE)
    assert SAID_NO_BEFORE not in ask.beside
    told.do(CHEAP, told.state.seller)
    assert SAID_NO_BEFORE not in told.ask(AskKind.APPROVE_PRICE).beside
    assert told.state.asks[ask.id].outcome is Outcome.SUPERSEDED


def test_only_the_sponsors_yes_is_called_the_override_that_it_signs() -> None:
    told = priced()
    told.do(CHEAP, told.state.seller)
    ask = told.ask(AskKind.APPROVE_PRICE)
    labels = {p: {one.label for one in choices(ask, p, in_words=False)} for p in ask.asked}
    sponsor = told.holder("provider_sponsor")
    assert "Sign the override" in labels[sponsor]
    assert all("Approve the price" in said for person, said in labels.items() if person != sponsor)
    assert "Approve the price" not in labels[sponsor]


def test_whoever_decides_the_deal_sees_target_floor_and_the_open_conditions_of_its_price() -> None:
    told = priced()
    told.do(CHEAP.replace(discount_percent=Decimal(18)), told.state.seller)
    half = Condition(text="Half is paid at the start", owner="aisha.khan", due=date(2026, 12, 4))
    ask = told.ask(AskKind.APPROVE_PRICE)
    for person in ask.asked:
        if person == "grace.oduya":
            told.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by=person, conditions=(half,))
        else:
            told.answer(ask, by=person)
    beside = told.ask(AskKind.DECIDE_DEAL).beside
    assert (beside["target margin"], beside["floor margin"]) == ("35 %", "25 %")
    assert beside["condition T1"] == "Half is paid at the start (Aisha Khan, by Fri 4 Dec 2026)"


def test_whoever_proposed_a_price_can_propose_another_from_its_card_while_it_waits() -> None:
    told = priced()
    told.do(CHEAP, told.state.seller)
    seller, ended = told.state.seller, HowItEnded(told.state.seller, told.now)
    ref = StepRef(engagement_id=told.state.id, kind="act", what="propose_price", since=told.now)
    card = step_card(told.state, ref, seller, ended=ended)
    assert [choice.label for choice in card.choices] == ["Propose another price"]
    assert card.ended
    assert not step_card(told.state, ref, told.state.manager, ended=ended).choices
    older = ended._replace(was_owed_again=True)
    assert not step_card(told.state, ref, seller, ended=older).choices, "the price is another act's"
    waiting = told.state
    for rests in (HoldEngagement(reason="They think", until=told.day(9)), LoseDeal(reason="They chose another")):
        other = told.copy()
        other.do(rests, told.state.manager if isinstance(rests, HoldEngagement) else seller)
        assert not step_card(other.state, ref, seller, ended=ended).choices
        assert done_acts_changed(waiting, other.state) == {f"{told.state.id}/act:propose_price@"}
    told.answer(told.ask(AskKind.APPROVE_PRICE), Verdict.DECLINE, by="grace.oduya", reason="It sinks us below cost")
    assert not step_card(told.state, ref, seller, ended=ended).choices
    assert done_acts_changed(waiting, told.state) == {f"{told.state.id}/act:propose_price@"}, (
        "its cards are drawn again"
    )


def test_the_preview_of_a_price_names_whoever_is_asked_once_it_is_proposed() -> None:
    told = priced()
    named = who_would_approve(told.state, reckon(told.state, CHEAP, told.state.seller))
    told.do(CHEAP, told.state.seller)
    voters = told.ask(AskKind.APPROVE_PRICE).voters
    assert dict(named) == {role: voter.person_id for voter in voters for role in voter.roles}
    assert named[-1] == ("provider_sponsor", told.state.cast.holder("provider_sponsor"))
