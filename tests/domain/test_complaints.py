"""Whoever complained is told what becomes of it, and everybody of the firm sees how it stands."""

import pytest

from application.queries.complaints import own_complaint_views
from application.queries.view import Reader
from domain.asks.choices import choices, offered
from domain.asks.model import AskKind, Verdict
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.delivery.commands import AskPulse, RaiseComplaint, WithdrawComplaint
from domain.engagement.delivery.complaint_status import COMPLAINED_BY, Complaint, complaints_of, newest
from domain.playbook.model import Stage
from domain.record.facts import Message
from domain.shared.errors import AlreadyDecided, AskedAlready, BadValue, NotFound, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from simulation.checks import check_next_steps
from tests.domain.story import Story, at

TEXT = "The invoice came before the report."


def complained() -> tuple[Story, PersonId]:
    story = at(Stage.DELIVER).copy()
    sponsor = story.holder("client_sponsor")
    story.do(RaiseComplaint(text=TEXT, person_id=sponsor), story.state.manager)
    return story, sponsor


def mails(story: Story) -> list[Message]:
    return [message for message in story.messages_told() if message.kind == "complaint"]


def standing(story: Story) -> Complaint:
    (found,) = complaints_of(story.state.asks.values())
    return found


def test_whoever_complained_hears_who_takes_care_of_it_by_when_and_what_is_done() -> None:
    story, sponsor = complained()
    first = story.ask(AskKind.ACKNOWLEDGE_COMPLAINT)
    assert first.beside == {COMPLAINED_BY: story.state.cast.name(sponsor)}
    owner = story.state.cast.name(first.voters[0].person_id)
    (recorded,) = mails(story)
    assert recorded.to == sponsor
    assert f"is recorded: {TEXT} {owner} answers for it by " in recorded.text
    story.answer(first)
    plan = story.ask(AskKind.PLAN_COMPLAINT)
    assert plan.beside == first.beside
    assert mails(story)[1].text.startswith(
        f"{owner} takes care of your complaint about {story.state.title}. You will hear what"
    )
    story.answer(plan, reason="We call on Monday")
    *_, told = mails(story)
    assert told.text == f"What is done about your complaint about {story.state.title}, says {owner}: We call on Monday."
    assert {mail.to for mail in mails(story)} == {sponsor}


def test_a_complaint_says_whose_it_is_until_it_is_planned() -> None:
    story, _ = complained()
    owner = story.ask(AskKind.ACKNOWLEDGE_COMPLAINT).voters[0].person_id
    assert standing(story)[2:4] == ("must be acknowledged", owner)
    story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    assert standing(story)[2:4] == ("the response must be planned", owner)
    story.answer(story.ask(AskKind.PLAN_COMPLAINT), reason="We call on Monday")
    assert standing(story)[2:] == ("is planned", None, "We call on Monday", owner)


def test_it_is_recorded_on_hold_too_and_asked_about_once_the_clocks_run() -> None:
    story = at(Stage.DELIVER).copy()
    story.do(HoldEngagement(reason="No budget", until=story.day(5)), story.state.manager)
    sponsor = story.holder("client_sponsor")
    story.do(RaiseComplaint(text=TEXT, person_id=sponsor), story.state.manager)
    ask = story.ask(AskKind.ACKNOWLEDGE_COMPLAINT)
    assert ask.due_at is None
    owner = story.state.cast.name(ask.voters[0].person_id)
    assert mails(story)[0].text.endswith(f"{owner} answers for it once work continues.")
    story.do(ResumeEngagement(), story.state.manager)
    due = story.now_of(ask).due_at
    assert due is not None
    day = story.state.cast.shown_to(sponsor, due)
    assert mails(story)[1].text == f"{owner} answers for your complaint about {story.state.title} by {day}."


def test_whose_it_is_not_leaves_it_to_the_next_above_who_plans_it_and_whoever_complained_is_told() -> None:
    story, sponsor = complained()
    first = story.ask(AskKind.ACKNOWLEDGE_COMPLAINT)
    story.answer(first, Verdict.DECLINE, reason="Billing is not ours")
    again = story.ask(AskKind.ACKNOWLEDGE_COMPLAINT)
    head, was = story.holder("head_of_customer_care"), story.state.cast.name(first.voters[0].person_id)
    assert again.voters[0].person_id == head
    assert story.shown(again)[f"not theirs, says {was}"] == "Billing is not ours"
    assert standing(story)[2:4] == ("must be acknowledged", head)
    told = mails(story)[1]
    assert told.to == sponsor
    assert told.text.startswith(
        f"{story.state.cast.name(head)} answers for your complaint about {story.state.title} by "
    )
    assert "Billing" not in told.text
    story.answer(again)
    assert story.ask(AskKind.PLAN_COMPLAINT).voters[0].person_id == head
    story.answer(story.ask(AskKind.PLAN_COMPLAINT), Verdict.DECLINE, reason="None yet")
    assert mails(story)[-1].text.startswith(
        f"{story.state.cast.name(story.ask(AskKind.PLAN_COMPLAINT).voters[0].person_id)} answers for your complaint"
    )


def test_whoever_plans_reads_beside_the_answer_who_reads_its_words() -> None:
    story, _ = complained()
    story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    ask = story.ask(AskKind.PLAN_COMPLAINT)
    said = {one.label: one.leads_to for one in choices(ask, ask.voters[0].person_id)}
    assert said["Here is the plan"] == "Whoever complained reads exactly what you write."
    assert "told who answers for it now" in said["There is no plan"]


def test_the_last_above_can_only_take_it() -> None:
    story, _ = complained()
    while Verdict.DECLINE in offered(ask := story.ask(AskKind.ACKNOWLEDGE_COMPLAINT), ask.voters[0].person_id):
        story.answer(ask, Verdict.DECLINE, reason="Not ours")
        check_next_steps(story.state, (), story.now)
    assert ask.voters[0].person_id == story.holder("managing_director")


@pytest.mark.parametrize(("how_many", "first"), [(1, 1), (20, 1), (23, 4)])
def test_of_many_complaints_the_newest_are_shown(how_many: int, first: int) -> None:
    shown = newest(how_many)
    assert (shown[0], shown[-1]) == (f"complaint:X{first}", f"complaint:X{how_many}")
    assert newest(0) == ()


def test_nobody_is_told_where_nobody_said_who_complained_and_nobody_of_the_firm_is_named() -> None:
    story = at(Stage.DELIVER).copy()
    story.do(RaiseComplaint(text=TEXT), story.state.manager)
    assert mails(story) == []
    with pytest.raises(BadValue, match="Only the client can complain"):
        story.do(RaiseComplaint(text=TEXT, person_id=story.holder("quality")), story.state.manager)
    with pytest.raises(PermissionDenied):
        story.do(RaiseComplaint(text=TEXT), story.holder("client_sponsor"))


def test_a_talk_about_a_low_score_shows_what_was_said_with_it() -> None:
    story = at(Stage.DELIVER).copy()
    story.do(AskPulse(at="M1", person_id=story.holder("client_sponsor")), story.state.manager)
    story.answer(story.ask(AskKind.PULSE), Verdict.APPROVE, score=3, reason="Too slow for us")
    assert story.ask(AskKind.EXPECTATION_TALK).beside["in their words"] == "Too slow for us"


def test_the_same_words_of_the_same_person_are_refused_while_somebody_is_asked_about_them() -> None:
    story, sponsor = complained()
    again = RaiseComplaint(text=TEXT, person_id=sponsor)
    with pytest.raises(AskedAlready, match="Complaint X1 says the same"):
        story.do(again, story.state.manager)
    for alike in (TEXT.upper(), f" {TEXT.replace(' ', '  ')} …", TEXT[:3] + "\u200b" + TEXT[3:]):
        with pytest.raises(AskedAlready, match="Complaint X1 says the same"):
            story.do(RaiseComplaint(text=alike, person_id=sponsor), story.state.manager)
    story.do(RaiseComplaint(text=TEXT), story.state.manager)
    list(story.answer_all(AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT))
    story.do(again, story.state.manager)


@pytest.mark.parametrize("planning", [False, True])
def test_one_recorded_by_mistake_is_withdrawn_and_whoever_complained_reads_why(*, planning: bool) -> None:
    story, sponsor = complained()
    if planning:
        story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    story.do(WithdrawComplaint(complaint="X1", reason="It was about another firm"), story.state.manager)
    assert not any(story.state.open_asks(AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT))
    *_, told = mails(story)
    assert told.to == sponsor
    assert "has withdrawn the complaint" in told.text
    assert "It was about another firm." in told.text
    assert standing(story).stands == "was recorded by mistake, and is withdrawn"


def test_what_is_planned_or_was_never_raised_is_not_withdrawn() -> None:
    story, _ = complained()
    with pytest.raises(NotFound):
        story.do(WithdrawComplaint(complaint="X2", reason="By mistake"), story.state.manager)
    list(story.answer_all(AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT))
    with pytest.raises(AlreadyDecided):
        story.do(WithdrawComplaint(complaint="X1", reason="By mistake"), story.state.manager)


def test_a_client_who_would_record_a_complaint_reads_how_they_complain() -> None:
    story = at(Stage.DELIVER)
    with pytest.raises(PermissionDenied) as refused:
        story.do(RaiseComplaint(text=TEXT), story.holder("client_sponsor"))
    assert refused.value.refused.remedy.startswith("Reply to any mail that you got about this, or call ")


def test_whoever_complained_sees_how_their_own_complaint_stands_and_no_other() -> None:
    story, sponsor = complained()
    story.do(RaiseComplaint(text="Of somebody else"), story.state.manager)
    reader = Reader(Actor(person_id=sponsor), "Europe/Oslo")
    (own,) = own_complaint_views(story.state, story.state.asks.values(), reader)
    assert (own.id, own.text, own.stands, own.plan) == ("X1", TEXT, "must be acknowledged", None)
    assert own.whose == story.state.cast.name(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT, "complaint:X1").asked[0])
    list(story.answer_all(AskKind.ACKNOWLEDGE_COMPLAINT))
    story.answer(story.ask(AskKind.PLAN_COMPLAINT, "complaint:X1"), reason="We call on Monday")
    (own,) = own_complaint_views(story.state, story.state.asks.values(), reader)
    assert (own.stands, own.plan) == ("is planned", "We call on Monday")
