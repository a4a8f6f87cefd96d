"""The requested dates can be moved until both sides have signed, and a no to them is the seller's to answer."""

from datetime import date, timedelta

import pytest

from domain.asks.model import AskKind, Outcome, Verdict
from domain.engagement.documents.values import DocumentStatus
from domain.engagement.scope.commands import KeepDates, MoveDates
from domain.engagement.scope.events import DatesMoved
from domain.engagement.scope.requested_dates import staffing_now
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.texts import why_returned
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, BaselineIsSigned, DoneAlready, NotNow, PermissionDenied
from tests.domain.story import Story

OWED = ActKind.ANSWER_STAFFING.value
OPENS = "The client opens on 1 February."


def returned() -> Story:
    """The small deal, whose dates the resource manager cannot staff."""
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    asked = story.ask(AskKind.CONFIRM_STAFFING)
    story.answer(asked, Verdict.RETURN, reason="Kofi is full.", available_from=date(2027, 2, 1))
    return story


def deciding_without_staff() -> Story:
    """The large deal before the three who decide it, whose dates the resource manager cannot staff."""
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    story.answer(story.ask(AskKind.CONFIRM_STAFFING), Verdict.RETURN, reason="Kofi is full.")
    return story.until(lambda s: list(s.state.open_asks(AskKind.DECIDE_DEAL)))


def later(story: Story, days: int = 56) -> MoveDates:
    start, end = story.state.wished_start + timedelta(days=days), story.state.wished_end + timedelta(days=days)
    return MoveDates(start=start, end=end)


def test_a_no_to_the_dates_is_the_sellers_to_answer_with_what_was_said() -> None:
    story = returned()
    owed = story.state.acts[OWED]
    assert (owed.owner, owed.role, owed.due_minutes) == (story.state.seller, "sales", 16 * 60)
    assert why_returned(story.state, owed) == "Kofi is full."


def test_other_dates_are_asked_about_anew_and_a_yes_settles_them() -> None:
    story = returned()
    story.do(later(story), story.state.seller)
    assert OWED not in story.state.acts
    asked = story.ask(AskKind.CONFIRM_STAFFING)
    assert str(story.state.wished_start) == asked.facts["wished.start"] == "2027-02-01"
    story.answer(asked)
    assert story.state.staffing is not None
    assert story.state.staffing.confirmed
    assert OWED not in story.state.acts


def test_dates_that_are_kept_owe_nothing_more_and_whoever_decides_reads_why() -> None:
    story = returned()
    story.do(KeepDates(reason="The client opens on 1 February."), story.state.seller)
    assert OWED not in story.state.acts
    story.until(lambda s: list(s.state.open_asks(AskKind.DECIDE_DEAL)))
    shown = story.ask(AskKind.DECIDE_DEAL).beside["capacity"]
    assert shown.endswith(f"; kept by {story.state.cast.name(story.state.seller)}: The client opens on 1 February.")


def test_whoever_decides_already_reads_why_the_dates_are_kept_and_what_they_voted_stands() -> None:
    story = deciding_without_staff()
    before = story.ask(AskKind.DECIDE_DEAL)
    story.answer(before, Verdict.DECLINE, by=before.voters[0].person_id, reason="Too thin.")
    story.do(KeepDates(reason=OPENS), story.state.seller)
    again = story.now_of(before)
    assert again.is_open
    assert [vote.voter for vote in again.votes] == [before.voters[0].person_id]
    assert again.beside["capacity"].endswith(f"kept by {story.state.cast.name(story.state.seller)}: {OPENS}")
    assert {**again.beside, "capacity": ""} == {**before.beside, "capacity": ""}
    told = {one.to for one in story.messages_told() if one.ask_id == before.id and OPENS in one.text}
    assert told >= {voter.person_id for voter in before.voters[1:]}


def test_dates_kept_for_the_same_reason_again_change_nothing() -> None:
    story = returned()
    story.do(KeepDates(reason=OPENS), story.state.seller)
    with pytest.raises(DoneAlready, match="for this reason"):
        story.do(KeepDates(reason=OPENS), story.holder("engagement_manager"))
    story.do(KeepDates(reason="The hall is let from then on."), story.state.seller)
    assert story.state.staffing is not None
    assert story.state.staffing.kept is not None
    assert story.state.staffing.kept.reason == "The hall is let from then on."


def test_only_what_rests_on_the_dates_falls_back() -> None:
    story = returned().until(lambda s: list(s.state.open_asks(AskKind.REVIEW_SOW)))
    decision, price = story.state.decision, story.state.price
    story.do(later(story), story.state.seller)
    assert (story.state.decision, story.state.price) == (decision, price)
    assert story.state.documents["sow"].status is DocumentStatus.STALE
    assert list(story.state.open_asks(AskKind.REVIEW_SOW)) == []


def test_the_deal_is_put_anew_to_whoever_decides_once_the_staffing_of_other_dates_is_known() -> None:
    story = returned().until(lambda s: list(s.state.open_asks(AskKind.DECIDE_DEAL)))
    before = story.ask(AskKind.DECIDE_DEAL)
    story.do(later(story), story.state.seller)
    ended = story.state.asks[before.id]
    assert (ended.outcome, ended.ended_because) == (Outcome.SUPERSEDED, "the requested dates were moved")
    assert list(story.state.open_asks(AskKind.DECIDE_DEAL)) == []
    story.answer(story.ask(AskKind.CONFIRM_STAFFING))
    again = story.ask(AskKind.DECIDE_DEAL)
    assert again.beside["capacity"] == "Mon 1 Feb 2027 to Fri 26 Mar 2027 can be staffed"


def test_what_was_answered_of_other_dates_is_not_told_of_these() -> None:
    story = returned()
    assert staffing_now(story.state) is not None
    story.do(later(story), story.state.seller)
    assert staffing_now(story.state) is None


@pytest.mark.parametrize("by", ["seller", "manager"])
def test_sales_and_the_engagement_manager_move_them_before_any_no_too(by: str) -> None:
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    before = story.ask(AskKind.CONFIRM_STAFFING)
    story.do(later(story), getattr(story.state, by))
    assert story.ask(AskKind.CONFIRM_STAFFING).id != before.id


def test_nobody_else_moves_them() -> None:
    story = returned()
    with pytest.raises(PermissionDenied):
        story.do(later(story), story.holder("delivery_lead"))


def test_dates_that_make_no_sense_are_refused_by_their_field() -> None:
    story = returned()
    start, end = story.state.wished_start, story.state.wished_end
    with pytest.raises(BadValue, match="before the start") as backwards:
        story.do(MoveDates(start=end, end=start), story.state.seller)
    assert backwards.value.refused.field == "end"
    with pytest.raises(BadValue, match=r"The requested dates are .* already"):
        story.do(MoveDates(start=start, end=end), story.state.seller)


def test_nothing_is_kept_that_nobody_objected_to() -> None:
    story = Story("lindqvist").until(lambda s: s.state.staffing)
    with pytest.raises(NotNow, match="Nobody has said"):
        story.do(KeepDates(reason="They are good."), story.state.seller)


def test_once_signed_they_stand_and_nothing_is_owed_of_them() -> None:
    story = returned().to(Stage.BRD)
    assert OWED not in story.state.acts
    with pytest.raises(BaselineIsSigned):
        story.do(later(story), story.state.seller)


@pytest.mark.parametrize("moves", [1, 2, 3])
def test_a_no_to_dates_that_were_moved_away_and_back_is_the_sellers_to_answer_again(moves: int) -> None:
    story = returned()
    no, wished = story.state.acts[OWED].returned, (story.state.wished_start, story.state.wished_end)
    for _ in range(moves):
        story.do(later(story, 7), story.state.seller)
        assert OWED not in story.state.acts
    story.do(MoveDates(start=wished[0], end=wished[1]), story.state.seller)
    owed = story.state.acts[OWED]
    assert owed.returned == no
    assert why_returned(story.state, owed) == "Kofi is full."


def test_whoever_moves_the_dates_reads_which_milestones_lie_outside_them_then() -> None:
    story = Story("halden").until(lambda s: s.state.milestones).copy()
    last = max(milestone.due for milestone in story.state.milestones.values())
    end = last - timedelta(days=1)
    decision = story.do(MoveDates(start=story.state.wished_start, end=end), story.state.seller)
    (moved,) = [event for event in decision.events if isinstance(event, DatesMoved)]
    assert moved.said
    assert all("after the requested end" in sentence for sentence in moved.said)
    wider = story.do(MoveDates(start=story.state.wished_start, end=last), story.state.seller)
    assert next(event for event in wider.events if isinstance(event, DatesMoved)).said == ()
