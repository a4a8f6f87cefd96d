"""A milestone delivered by mistake is taken back until the client has answered; one that is early is doubted."""

import pytest

from domain.asks.events import AskEnded
from domain.asks.model import AskKind, Outcome, Verdict
from domain.engagement.delivery.commands import DeliverMilestone, TakeMilestoneBack
from domain.engagement.delivery.milestones import RETURNED_FOR
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.scope.milestone_dates import why_early
from domain.next_steps.card import HowItEnded, done_acts_changed, step_card
from domain.next_steps.choices import Do
from domain.next_steps.references import act_ref
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.shared.errors import AlreadyDecided, DoneAlready, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import away

BACK = TakeMilestoneBack(milestone="M2", reason="M1 was meant")


def delivered(milestone: str = "M2") -> Story:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    return story


def test_what_was_delivered_by_mistake_is_owed_again_and_the_client_reads_why_they_are_asked_no_more() -> None:
    story = delivered()
    ask, owed = story.ask(AskKind.ACCEPT_MILESTONE), {act for act in story.state.acts if "milestone" in act}
    story.do(BACK, story.holder("project_manager"))
    assert story.state.status_of("M2") is MilestoneStatus.PLANNED
    assert {act for act in story.state.acts if "milestone" in act} == owed | {"deliver_milestone:M2"}
    assert story.now_of(ask).outcome is Outcome.WITHDRAWN
    fact = next(fact for fact in reversed(story.facts) if isinstance(fact.event, AskEnded))
    told = {message.to: message.text for message in messages(story.state, fact)}
    assert "Because: delivered by mistake: M1 was meant" in told[story.holder("client_sponsor")]


def test_once_the_client_has_answered_their_word_stands() -> None:
    story = delivered()
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    with pytest.raises(AlreadyDecided, match="The client has accepted M2"):
        story.do(BACK, story.holder("project_manager"))
    with pytest.raises(DoneAlready, match="M1 has not been delivered"):
        story.do(BACK.replace(milestone="M1"), story.holder("project_manager"))


def test_it_is_taken_back_by_the_project_or_engagement_manager_and_whoever_stands_in() -> None:
    story = delivered()
    with pytest.raises(PermissionDenied):
        story.do(BACK, story.holder("quality"))
    away(story, story.holder("project_manager"), "nadia.haddad")
    story.do(BACK, "nadia.haddad")
    assert story.state.status_of("M2") is MilestoneStatus.PLANNED


def test_delivered_already_says_how_it_is_taken_back() -> None:
    story = delivered()
    with pytest.raises(DoneAlready) as refused:
        story.do(DeliverMilestone(milestone="M2"), story.holder("project_manager"))
    assert refused.value.refused.action is RemedyAction.TAKE_BACK_MILESTONE


def test_the_card_of_what_was_delivered_takes_it_back_until_the_client_has_answered() -> None:
    story = at(Stage.DELIVER)
    pm, ref = story.holder("project_manager"), act_ref(story.state, story.state.acts["deliver_milestone:M2"])
    story.do(DeliverMilestone(milestone="M2"), pm)
    ended = HowItEnded(pm, story.now)

    def offered(person: PersonId) -> list[Do]:
        return [choice.do for choice in step_card(story.state, ref, person, ended=ended).choices]

    assert offered(pm) == [Do.TAKE_BACK]
    assert offered(story.holder("quality")) == []
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    assert offered(pm) == []


def test_whoever_is_asked_again_reads_for_what_they_returned_it_and_what_was_done() -> None:
    story = delivered("M1")
    pm = story.holder("project_manager")
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE), Verdict.RETURN, reason="The report is missing")
    story.do(DeliverMilestone(milestone="M1", note="The report is added"), pm)
    again = story.ask(AskKind.ACCEPT_MILESTONE)
    assert again.beside == {RETURNED_FOR: "The report is missing"}
    assert again.facts["milestone.note"] == "The report is added"
    story.do(BACK.replace(milestone="M1"), pm)
    story.do(DeliverMilestone(milestone="M1"), pm)
    assert story.ask(AskKind.ACCEPT_MILESTONE).beside == {RETURNED_FOR: "The report is missing"}


def test_a_milestone_long_before_its_day_or_before_an_earlier_one_is_doubted() -> None:
    story = at(Stage.DELIVER)
    first, second = (story.state.milestones[name] for name in ("M1", "M2"))
    early = list(why_early(story.state, second, story.now))
    assert early[0].startswith(f"M1 {first.title}, due ")
    assert early[1].startswith("M2 is due on ")
    story.wait(days=(first.due - story.now.date()).days - 3)
    assert list(why_early(story.state, first, story.now)) == []


def test_the_card_that_takes_it_back_is_looked_at_again_once_the_client_has_answered_or_it_is_taken_back() -> None:
    story = delivered()
    before, named = story.state, {f"{story.state.id}/act:deliver_milestone:M2@"}
    assert done_acts_changed(before, before) == set()
    answered = story.copy()
    answered.answer(answered.ask(AskKind.ACCEPT_MILESTONE))
    assert done_acts_changed(before, answered.state) == named
    story.do(BACK, story.holder("project_manager"))
    assert done_acts_changed(before, story.state) == named
