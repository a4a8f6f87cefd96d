"""A promise that sales declines and the client does not accept: it is said so, until something becomes of it."""

from domain.asks.model import AskKind, Verdict
from domain.engagement.needs.commands import CoverPromise, DeclinePromise
from domain.engagement.needs.rules import is_decline_refused
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.texts import HOW
from domain.notifications.promises import PROMISE
from domain.record.facts import Message
from domain.shared.remedy_actions import RemedyAction
from tests.domain.story import Story


def test_a_decline_that_the_client_does_not_accept_is_called_so_until_it_is_declined_anew_or_covered() -> None:
    told = Story("halden").until(lambda one: bool(one.state.milestones))
    told.do(DeclinePromise(promise="P1", reason="It is not in the price"), told.state.seller)
    assert not is_decline_refused(told.state, "P1")
    told.answer(told.ask(AskKind.ACKNOWLEDGE_DECLINE, "promise:P1"), Verdict.DECLINE, reason="You promised it")
    assert is_decline_refused(told.state, "P1")
    again = told.copy()
    again.do(DeclinePromise(promise="P1", reason="Truly not"), again.state.seller)
    assert not is_decline_refused(again.state, "P1")
    told.do(CoverPromise(promise="P1", by=("W1",)), told.state.seller)
    assert not is_decline_refused(told.state, "P1")


def test_how_a_promise_is_covered_says_what_stands_for_what_and_how_it_is_declined() -> None:
    assert "such as W1 M2" in HOW[ActKind.COVER_PROMISE]
    assert str(RemedyAction.DECLINE_PROMISE.about()) in HOW[ActKind.COVER_PROMISE]


def test_whoever_was_promised_it_hears_once_the_sponsor_has_acknowledged_that_it_is_declined() -> None:
    told = Story("halden").until(lambda one: bool(one.state.promises))
    sponsor = told.holder("client_sponsor")
    for promise in ("P1", "P2"):
        told.do(DeclinePromise(promise=promise, reason="It is not in the price"), told.state.seller)
    assert heard(told) == [], "until then it may still be covered"
    while asked := next(told.state.open_asks(AskKind.ACKNOWLEDGE_DECLINE), None):
        told.answer(asked)
    (mail,) = heard(told)
    assert told.state.promises["P2"].to == sponsor, "who acknowledges what they were promised knows it"
    assert mail.to == told.state.promises["P1"].to != sponsor
    assert mail.text == (
        f"We cannot keep what we promised you on Tue 6 Oct 2026 for {told.state.title}: Works for 8 hours without "
        f"network, no data lost. Why: It is not in the price. {told.state.cast.name(sponsor)} has acknowledged it."
    )


def heard(told: Story) -> list[Message]:
    return [message for message in told.messages_told() if message.kind == PROMISE]
