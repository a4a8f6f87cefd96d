"""What finance is told when a milestone is accepted: what is due by what was agreed, and what was billed before."""

from decimal import Decimal

import pytest

from domain.asks.context_shown import shown_beside
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import CloseEngagement
from domain.engagement.closing.rules import NOTHING_LEARNT, before_close
from domain.engagement.delivery.billing import SAID_BEFORE, billed_after_all_by, not_billed
from domain.engagement.delivery.commands import BillMilestone, DeliverMilestone, HoursWorked, ReportHours
from domain.engagement.needs.commands import ReconcilePromise
from domain.engagement.needs.rules import unreconciled_promises
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.texts import how_done
from domain.playbook.model import Stage
from domain.shared.errors import AskedAlready, DoneAlready, NotFound, NotNow, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import ItemId
from tests.domain.story import Story, at


def accepted(story: Story, milestone: str) -> Ask:
    """What finance is asked once the client has accepted a milestone."""
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE, f"milestone:{milestone}"))
    return story.ask(AskKind.BILL_MILESTONE, f"bill:{milestone}")


def signed(story: Story, price: int) -> Story:
    facts = {"title": "More", "reason": "client request", "price": price}
    for _ in story.change(ChangeFacts.model_validate(facts)):
        pass
    return story


def delivering() -> Story:
    return at(Stage.DELIVER, "halden").copy()


def test_finance_reads_the_milestone_the_payment_and_the_price() -> None:
    story = delivering()
    asked = accepted(story, "M1")
    price = story.state.price
    assert price is not None
    assert story.shown(asked) == {
        "milestone": "M1, Design accepted",
        "share of progress": "15 %",
        "payment": "20 % at start, 60 % over milestones, 20 % at acceptance",
        "contract": f"{price.quote.price:,.2f} EUR, as first signed",
    }
    assert asked.beside == {"accepted before": "nothing"}


def test_finance_reads_what_was_accepted_and_billed_before() -> None:
    story = delivering()
    story.answer(accepted(story, "M1"))
    accepted(story, "M2")
    asked = accepted(story, "M3")
    told = "M1, Design accepted (15 %): billed; M2, Pilot depot live (25 %): not billed yet"
    assert asked.beside == {"accepted before": told}


def test_what_is_billed_meanwhile_stands_beside_what_waits_as_billed() -> None:
    story = delivering()
    first = accepted(story, "M1")
    second = accepted(story, "M2")
    assert second.beside == {"accepted before": "M1, Design accepted (15 %): not billed yet"}
    story.answer(first)
    finance = Actor(person_id=second.asked[0])
    shown = shown_beside(story.state, story.state, story.now_of(second), finance)
    assert shown == {"accepted before": "M1, Design accepted (15 %): billed"}


def test_the_price_is_that_of_now_beside_the_first() -> None:
    story = signed(delivering(), 4200)
    price = story.state.price
    assert price is not None
    now, first = f"{price.quote.price + 4200:,.2f} EUR", f"{price.quote.price:,.2f} EUR"
    expected = f"{now} now, with all signed change orders; {first} as first signed"
    assert story.shown(accepted(story, "M1"))["contract"] == expected


def test_a_change_that_is_signed_before_it_is_billed_has_finance_asked_again() -> None:
    story = delivering()
    before = accepted(story, "M1")
    signed(story, 4200)
    again = story.ask(AskKind.BILL_MILESTONE, "bill:M1")
    assert story.state.asks[before.id].outcome is Outcome.SUPERSEDED
    assert story.shown(again)["contract"] != story.shown(before)["contract"]
    assert any("contract" in line for line in again.difference)


def test_finance_says_that_nothing_is_due_with_a_milestone_and_why_and_the_manager_hears_it() -> None:
    story = delivering()
    since, asked, why = len(story.facts), accepted(story, "M1"), "60 % come with M2"
    story.answer(asked, Verdict.DECLINE, reason=why)
    (told,) = [m.text for m in story.messages_told(since) if m.ask_id == asked.id and m.to == story.state.manager]
    assert told.startswith(f"Nothing billed: {asked.title}. Because: {why}. ")
    assert accepted(story, "M2").beside == {
        "accepted before": f"M1, Design accepted (15 %): nothing was due with it, {why}"
    }


def nothing_due(story: Story, milestone: str, why: str = "By mistake") -> Story:
    story.answer(accepted(story, milestone), Verdict.DECLINE, reason=why)
    return story


@pytest.mark.parametrize("role", ["finance", "engagement_manager"])
def test_a_milestone_with_which_nothing_was_due_is_billed_after_all(role: str) -> None:
    story = nothing_due(delivering(), "M1")
    story.do(BillMilestone(milestone="M1"), story.holder(role))
    again = story.ask(AskKind.BILL_MILESTONE, "bill:M1")
    assert again.asked == (story.holder("finance"),)
    assert again.beside[SAID_BEFORE] == "nothing was due with it, By mistake"
    story.answer(again)
    assert list(not_billed(story.state)) == []


@pytest.mark.parametrize("role", ["project_manager", "sales", "client_sponsor"])
def test_nobody_else_has_it_billed_after_all(role: str) -> None:
    story = nothing_due(delivering(), "M1")
    with pytest.raises(PermissionDenied):
        story.do(BillMilestone(milestone="M1"), story.holder(role))


def test_what_is_billed_asked_or_not_accepted_is_not_asked_once_more() -> None:
    story = delivering()
    finance = story.holder("finance")
    with pytest.raises(NotNow):
        story.do(BillMilestone(milestone="M1"), finance)
    asked = accepted(story, "M1")
    with pytest.raises(AskedAlready):
        story.do(BillMilestone(milestone="M1"), finance)
    story.answer(asked)
    with pytest.raises(DoneAlready):
        story.do(BillMilestone(milestone="M1"), finance)
    with pytest.raises(NotFound):
        story.do(BillMilestone(milestone="M9"), finance)


def closable() -> Story:
    """With M1 never billed, and a pulse of the close that the client has not answered."""
    story = nothing_due(delivering(), "M1")
    for milestone in [name for name in story.state.milestones if name != "M1"]:
        story.answer(accepted(story, milestone))
    items = [HoursWorked(item=name, hours=Decimal(10)) for name in story.state.packages]
    story.do(ReportHours(hours=tuple(items)), story.holder("project_manager"))
    list(story.answer_all(AskKind.ACCEPT_CARE, AskKind.EXPECTATION_TALK))
    for promise in unreconciled_promises(story.state):
        story.do(ReconcilePromise(promise=promise, delivered=True), story.holder("engagement_manager"))
    return story


def test_before_the_close_it_is_said_what_was_never_billed_answered_or_learnt() -> None:
    story = closable()
    sponsor = story.state.cast.name(story.holder("client_sponsor"))
    told = list(before_close(story.state, lessons=False))
    assert told[0].startswith("Not billed: M1, Design accepted (15 %): nothing was due with it, By mistake")
    assert told[1] == f"To have M1 billed after all: {billed_after_all_by(story.state, ItemId('M1'))}."
    assert any(one.startswith(f"{sponsor} has not answered") and "as it closes" in one for one in told)
    assert told[-1] == NOTHING_LEARNT
    assert NOTHING_LEARNT not in list(before_close(story.state, lessons=True))


def test_nothing_is_said_before_a_close_that_would_be_refused() -> None:
    assert list(before_close(nothing_due(delivering(), "M1").state, lessons=False)) == []


def test_the_close_keeps_what_of_the_price_was_never_billed() -> None:
    story = closable()
    story.do(CloseEngagement(), story.holder("engagement_manager"))
    closing = story.state.closing
    assert closing is not None
    assert closing.not_billed == "M1, Design accepted (15 %): nothing was due with it, By mistake"


def test_whoever_closes_reads_what_was_never_billed_and_why() -> None:
    story = delivering()
    story.answer(accepted(story, "M1"), Verdict.DECLINE, reason="It is in the fixed fee")
    story.answer(accepted(story, "M2"))
    accepted(story, "M3")
    closing = next(iter(story.state.acts.values())).replace(kind=ActKind.CLOSE, subject="", day=None)
    assert (
        "Not billed: M1, Design accepted (15 %): nothing was due with it, It is in the fixed fee; "
        f"M3, {story.state.milestones['M3'].title} (25 %): not billed yet."
    ) in how_done(story.state, closing)


def test_what_is_billed_is_not_asked_again() -> None:
    story = delivering()
    story.answer(accepted(story, "M1"))
    signed(story, 4200)
    assert not any(story.state.open_asks(AskKind.BILL_MILESTONE))
