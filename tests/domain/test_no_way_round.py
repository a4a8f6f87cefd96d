"""Ways round the rules that somebody once found, each shut."""

from datetime import date, timedelta

import pytest

from domain.asks.model import AskKind, Condition, Outcome, Verdict
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.delivery.commands import HoursWorked, ReportHours
from domain.engagement.documents.commands import SendDocument
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, RecordNeeds
from domain.engagement.needs.values import Need
from domain.engagement.roles.commands import ReleaseRole
from domain.playbook.model import Stage
from domain.shared.errors import (
    AlreadyDecided,
    BadValue,
    ExplicitApprovalRequired,
    NotByDefault,
    OwnRequest,
    PermissionDenied,
    PromiseWithoutHome,
    Refusal,
)
from domain.shared.values import PersonId
from tests.domain.story import Story, at

BIG = ChangeFacts.in_one(title="More", reason="client request", price=12_000, days=2)


def attesting(deal: str = "lindqvist") -> Story:
    return Story(deal).until(lambda s: any(s.state.open_asks(AskKind.ATTEST_ESTIMATE)))


def deciding() -> Story:
    return at(Stage.DECIDE, "halden")


def changing(facts: ChangeFacts = BIG) -> tuple[Story, int]:
    story = at(Stage.DELIVER, "halden")
    return story, story.submit(facts)


def test_an_estimator_does_not_attest_their_own_hours_for_another() -> None:
    story = attesting()
    ask = next(a for a in story.state.open_asks(AskKind.ATTEST_ESTIMATE) if a.voters[0].person_id == "priya.raman")
    assert ask.beside["why not the delivery lead"] == "Anil Mehta estimated W2"
    with pytest.raises(OwnRequest):
        story.do(DelegateAsk(ask_id=ask.id, to="anil.mehta"), "priya.raman")
    story.wait(days=30)
    assert "anil.mehta" not in story.now_of(ask).asked


def test_an_estimator_does_not_attest_their_own_hours_on_a_change() -> None:
    row = at(Stage.DELIVER, "halden").deal.change_orders[0].work[0]
    story, n = changing(ChangeFacts.in_one(title="More", reason="client request", price=12_000, days=2, work=(row,)))
    story.estimate_change(n)
    ask = story.ask(AskKind.APPROVE_CHANGE, "delivery")
    with pytest.raises(OwnRequest):
        story.do_in_order(n, DelegateAsk(ask_id=ask.id, to="rosa.klein"), "anil.mehta")


def test_a_holder_who_left_answers_nothing_any_more() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.do(ReleaseRole(role="finance", reason="Left."), "marta.silva")
    with pytest.raises(PermissionDenied):
        story.answer(ask, by="grace.oduya")
    assert "erik.strand" in story.now_of(ask).asked  # the head of finance, until somebody accepts


def test_what_a_holder_who_left_was_asked_goes_to_whoever_accepts() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.do(ReleaseRole(role="delivery_lead", reason="Left."), "marta.silva")
    story.propose("delivery_lead", PersonId("anil.mehta"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert "anil.mehta" in story.now_of(ask).asked


def test_one_person_has_one_vote_however_they_came_by_a_second() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.do(DelegateAsk(ask_id=ask.id, to="tomasz.nowak"), "grace.oduya")
    story.answer(ask, by="tomasz.nowak")
    story.do(ReleaseRole(role="engagement_manager", reason="Left."), "tomasz.nowak")
    with pytest.raises(Refusal):
        story.answer(story.now_of(ask), by="tomasz.nowak")
    assert len([v for v in story.now_of(ask).votes if v.by == "tomasz.nowak"]) == 1


def test_the_last_word_is_a_yes_or_a_no() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, by="grace.oduya")
    story.answer(ask, by="anil.mehta")
    story.answer(ask, Verdict.DECLINE, by="marta.silva")
    assert story.now_of(ask).climbed
    with pytest.raises(BadValue):
        story.answer(ask, Verdict.OBJECT, by="tomasz.nowak")


def test_who_sold_the_deal_before_does_not_judge_it() -> None:
    story = deciding()
    story.propose("sales", PersonId("aisha.khan"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    with pytest.raises(NotByDefault):
        story.propose("engagement_manager", PersonId("luca.ferri"), waiver="He knows them.")


def test_a_signed_override_is_given_in_person() -> None:
    story = at(Stage.PRICE, "lindqvist")
    list(story.cover(Stage.PRICE))
    story.propose_price(discount_percent=45)
    ask = story.ask(AskKind.APPROVE_PRICE)
    with pytest.raises(ExplicitApprovalRequired):
        story.do(DelegateAsk(ask_id=ask.id, to="erik.strand"), "tomasz.nowak")
    story.wait(days=30)
    deciders = {s.instead_of for s in story.now_of(ask).stand_ins if s.may_decide}
    assert "tomasz.nowak" not in deciders


def test_who_holds_a_position_is_no_project_manager() -> None:
    story = at(Stage.HANDOFF, "lindqvist")
    with pytest.raises(NotByDefault):
        story.propose("project_manager", PersonId("tomasz.nowak"), waiver="Just this once.")


def test_conditions_of_an_approved_change_become_tasks() -> None:
    story, n = changing()
    ask = story.ask(AskKind.APPROVE_CHANGE, "delivery")
    only_if = Condition(text="Only if insured.", owner="marta.silva", due=date(2027, 1, 1))
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, conditions=(only_if,))
    list(story.answer_all(AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE))
    assert story.state.changes[n].status is ChangeStatus.APPROVED
    assert [task.text for task in story.state.tasks.values()] == ["Only if insured."]


def test_conditions_of_what_was_not_approved_bind_nobody() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    only_if = Condition(text="Only if insured.", owner="marta.silva", due=date(2027, 1, 1))
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by="grace.oduya", conditions=(only_if,))
    story.answer(ask, Verdict.DECLINE, by="anil.mehta")
    story.answer(ask, Verdict.DECLINE, by="marta.silva")
    assert story.state.stage is Stage.LOST
    assert not story.state.tasks


def test_a_client_acknowledges_the_reason_that_they_were_shown() -> None:
    story = at(Stage.SOW, "lindqvist")
    story.do(DeclinePromise(promise="P1", reason="No time."), "aisha.khan")
    first = story.ask(AskKind.ACKNOWLEDGE_DECLINE)
    story.do(DeclinePromise(promise="P1", reason="No will."), "aisha.khan")
    with pytest.raises(AlreadyDecided):
        story.answer(first)
    assert story.shown(story.ask(AskKind.ACKNOWLEDGE_DECLINE))["why we cannot keep it"] == "No will."


def test_a_declined_promise_has_no_home_until_the_client_acknowledges() -> None:
    story = at(Stage.SOW, "lindqvist")
    story.do(CoverPromise(promise="P1", by=("W1",)), "aisha.khan")
    story.do(DeclinePromise(promise="P1", reason="No time."), "aisha.khan")
    with pytest.raises(PromiseWithoutHome):
        story.do(SendDocument(document="sow"), "aisha.khan")
    story.do(CoverPromise(promise="P1", by=("W1",)), "aisha.khan")
    with pytest.raises(Refusal) as refused:
        story.do(SendDocument(document="sow"), "aisha.khan")
    assert not isinstance(refused.value, PromiseWithoutHome)


def test_an_unanswered_question_climbs_like_any_ask() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.NEED_INFO, by="grace.oduya", reason="Who pays?")
    owed = story.ask(AskKind.ANSWER_QUESTION)
    story.wait(days=10)
    assert story.now_of(owed).stand_ins
    assert story.now_of(ask).outcome is Outcome.OPEN
    story.answer(story.now_of(owed), by=owed.voters[0].person_id, reason="The client.")
    assert story.now_of(ask).clock.since is not None


def test_a_second_question_waits_for_the_first() -> None:
    story = deciding()
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.NEED_INFO, by="grace.oduya", reason="Who pays?")
    with pytest.raises(AlreadyDecided):
        story.answer(ask, Verdict.NEED_INFO, by="anil.mehta", reason="And when?")


def test_a_hold_puts_off_what_is_owed_later() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    before = story.state.followups[0].at
    story.do(HoldEngagement(reason="The client merges.", until=story.day(20)), "jonas.weber")
    story.wait(days=60)
    story.do(ResumeEngagement(), "jonas.weber")
    assert story.state.followups[0].at >= before + timedelta(days=60)


def test_customer_care_and_sales_hear_of_every_change() -> None:
    story, _ = changing()
    told = {message.to for message in story.messages_told() if message.kind == "change"}
    assert told == {story.holder("customer_care"), story.holder("sales")}


def test_an_id_given_twice_in_one_command_is_refused() -> None:
    story = Story("lindqvist")
    need = Need(id="N1", text="One")
    with pytest.raises(BadValue):
        story.do(RecordNeeds(needs=(need, need.replace(text="Two"))), "aisha.khan")


def test_hours_on_a_change_have_one_name() -> None:
    story = at(Stage.DELIVER, "halden")
    list(story.change(BIG))
    with pytest.raises(Refusal):
        story.do(ReportHours(hours=(HoursWorked(item="C01", hours=5),)), story.holder("project_manager"))
