"""A promise that sales declines and the client does not accept: it is said so, until something becomes of it."""

from domain.acts import ActKind
from domain.asks import AskKind, Verdict
from domain.engagement import commands as c
from domain.engagement.qualifying import is_decline_refused
from domain.step_texts import HOW
from tests.domain.story import Story


def test_a_decline_that_the_client_does_not_accept_is_called_so_until_it_is_declined_anew_or_covered() -> None:
    told = Story("halden").until(lambda one: bool(one.state.milestones))
    told.do(c.DeclinePromise(promise="P1", reason="It is not in the price"), told.state.seller)
    assert not is_decline_refused(told.state, "P1")
    told.answer(told.ask(AskKind.ACKNOWLEDGE_DECLINE, "promise:P1"), Verdict.DECLINE, reason="You promised it")
    assert is_decline_refused(told.state, "P1")
    again = told.copy()
    again.do(c.DeclinePromise(promise="P1", reason="Truly not"), again.state.seller)
    assert not is_decline_refused(again.state, "P1")
    told.do(c.CoverPromise(promise="P1", by=("W1",)), told.state.seller)
    assert not is_decline_refused(told.state, "P1")


def test_how_a_promise_is_covered_says_what_stands_for_what_and_how_it_is_declined() -> None:
    assert "as W1 M2, in the place of WHAT" in HOW[ActKind.COVER_PROMISE]
    assert "interlock promise decline" in HOW[ActKind.COVER_PROMISE]
