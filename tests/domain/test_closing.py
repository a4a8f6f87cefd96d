"""The end of an engagement: hours, promises, pulses, care and commission are told before it closes."""

from decimal import Decimal

import pytest

from domain.asks.model import AskKind, Verdict
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, LoseDeal
from domain.engagement.closing.rules import realised
from domain.engagement.delivery.commands import DeliverMilestone, HoursWorked, ReportHours
from domain.engagement.needs.commands import ReconcilePromise
from domain.engagement.needs.events import PromiseReconciled
from domain.engagement.needs.values import PromiseStatus
from domain.engagement.pricing.events import CommissionFellDue
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.tasks.commands import CompleteTask
from domain.next_steps.client_view import comes_next
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.texts import why
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, ChangeNotApproved, NotFound, NotNow, PromiseWithoutHome
from domain.shared.values import in_cents
from tests.domain.story import Story, at


def hours(story: Story, **worked: int) -> None:
    rows = tuple(HoursWorked(item=item, hours=Decimal(count)) for item, count in worked.items())
    story.do(ReportHours(hours=rows), story.holder("project_manager"))


def in_support() -> Story:
    """Lindqvist with everything answered, so that only the close is left."""
    story = at(Stage.SUPPORT, "lindqvist")
    list(story.answer_all(*AskKind))
    return story


def close(story: Story) -> None:
    story.do(CloseEngagement(), story.holder("engagement_manager"))


def scored(score: int, deal: str = "halden") -> Story:
    """The client's sponsor has answered the pulse at the first milestone."""
    story = at(Stage.DELIVER, deal)
    sponsor = story.holder("client_sponsor")
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    story.answer(story.ask(AskKind.PULSE, f"pulse:M1:{sponsor}"), score=score)
    return story


def test_hours_on_a_change_that_is_not_approved_are_refused() -> None:
    story = at(Stage.DELIVER).until(lambda s: s.orders)
    with pytest.raises(ChangeNotApproved):
        hours(story, C1=5)
    story.until(lambda s: s.state.changes[1].status.value == "approved")
    hours(story, C1=5)


def test_hours_on_what_does_not_exist_are_refused() -> None:
    with pytest.raises(NotFound):
        hours(at(Stage.DELIVER, "lindqvist"), W9=5)


def test_a_close_waits_for_every_packages_hours() -> None:
    story = in_support()
    story.state = story.state.replace(actual_hours={})
    with pytest.raises(BadValue, match="W1"):
        close(story)


def test_a_promise_that_no_accepted_milestone_carries_is_told_before_the_close() -> None:
    story = in_support()
    milestones = {name: m.replace(promises=()) for name, m in story.state.milestones.items()}
    story.state = story.state.replace(milestones=milestones, fates={"P1": PromiseStatus(covered_by=("W1",))})
    with pytest.raises(PromiseWithoutHome):
        close(story)
    with pytest.raises(BadValue):
        story.do(ReconcilePromise(promise="P1", delivered=False), story.holder("engagement_manager"))
    story.do(
        ReconcilePromise(promise="P1", delivered=False, why_not="The auditor came early"),
        story.holder("engagement_manager"),
    )
    close(story)
    assert story.state.stage is Stage.CLOSED


# Hours at 88 against services of 23,919.47: margins over target, above the floor, just under it, far below.
CLAMPED = [(100, "1"), (190, "0.51"), (204, "0"), (400, "0")]


@pytest.mark.parametrize(("worked", "share"), CLAMPED)
def test_commission_is_in_full_from_target_up_in_part_above_the_floor_and_nothing_under_it(
    worked: int, share: str
) -> None:
    story = in_support()
    hours(story, W1=worked, W2=0)
    result = realised(story.state)
    assert result.services is not None
    assert result.margin is not None
    assert result.commission is not None
    full = result.services * result.margin * Decimal("0.06")
    assert result.commission / full == pytest.approx(Decimal(share), abs=Decimal("0.01"))


def test_what_was_paid_at_signature_is_taken_off_even_below_nothing() -> None:
    story = in_support()
    hours(story, W1=400, W2=0)
    close(story)
    first, last = story.events(CommissionFellDue)
    assert first.amount == in_cents(first.of * Decimal("0.4"))
    assert last.of == 0
    assert last.amount == -first.amount


def told(story: Story, kind: str) -> dict[str, str]:
    return {one.to: one.text for one in story.messages_told() if one.kind == kind}


def test_commission_that_falls_due_is_told_to_who_earns_it_and_to_finance_alone() -> None:
    story = Story("lindqvist").to(Stage.BRD)
    (due,) = (fact.event for fact in story.facts if isinstance(fact.event, CommissionFellDue))
    heard = told(story, "commission")
    assert set(heard) == {story.state.sold_last, story.holder("finance")}
    name = story.state.cast.name(story.state.sold_last)
    assert all(f"{due.amount:,} EUR is now due to {name}" in text for text in heard.values())


def test_a_clients_sponsor_hears_that_an_engagement_is_closed_and_of_no_deal_that_is_lost() -> None:
    story = in_support()
    hours(story, **dict.fromkeys(story.state.packages, 1))
    sponsor = story.holder("client_sponsor")
    lost = at(Stage.SOW, "halden").copy()
    lost.do(LoseDeal(reason="They chose another."), lost.state.seller)
    assert sponsor not in told(lost, "end")
    close(story)
    assert told(story, "end")[sponsor].startswith(f"{story.state.title} is closed")


def test_care_that_sends_the_engagement_back_is_asked_again_once_its_task_is_done() -> None:
    story = at(Stage.SUPPORT, "lindqvist")
    story.answer(story.ask(AskKind.ACCEPT_CARE), Verdict.RETURN, reason="No runbook")
    assert not any(story.state.open_asks(AskKind.ACCEPT_CARE))
    task = next(iter(story.state.tasks.values()))
    assert "No runbook" in task.text
    with pytest.raises(NotNow):
        close(story)
    story.do(CompleteTask(task=task.id, note="Written"), task.owner)
    story.answer(story.ask(AskKind.ACCEPT_CARE))
    assert story.state.care_accepted


def test_an_unanswered_pulse_at_the_close_is_not_waited_for() -> None:
    story = at(Stage.SUPPORT, "lindqvist")
    list(story.answer_all(AskKind.ACCEPT_CARE, AskKind.BILL_MILESTONE))
    close(story)
    assert story.state.stage is Stage.CLOSED


@pytest.mark.parametrize(("score", "owed"), [(6, True), (7, False), (0, True), (10, False)])
def test_a_pulse_of_six_or_less_owes_an_expectation_talk(score: int, owed: bool) -> None:
    story = scored(score)
    talks = list(story.state.open_asks(AskKind.EXPECTATION_TALK))
    assert bool(talks) is owed
    assert not owed or talks[0].asked == (story.holder("engagement_manager"),)


def test_whoever_owes_a_talk_reads_whose_score_it_is_about_how_low_and_of_when() -> None:
    story = scored(3)
    client, day = story.state.cast.name(story.holder("client_sponsor")), day_shown(story.day())
    score = f"{client} gave 3 of 10 at M1 Design accepted, on {day}."
    talk = story.ask(AskKind.EXPECTATION_TALK)
    assert (
        why(story.state, step_of(story, talk.id)) == f"{score} A low score needs a conversation before it is too late."
    )
    assert talk.beside == {"given on": day}
    story.answer(talk)
    story.wait(days=15)
    story.answer(story.ask(AskKind.PULSE, f"pulse:M1:{story.holder('client_sponsor')}:again"), score=2)
    coach = step_of(story, story.ask(AskKind.COACH_OR_REPLACE).id)
    assert why(story.state, coach).startswith(f"{client} gave 2 of 10 at M1 Design accepted, on ")


def step_of(story: Story, ask: str) -> NextStep:
    return next(step for step in next_steps(story.state, story.now) if step.ref == ask)


def test_whoever_gave_a_low_score_reads_who_is_to_talk_with_them_and_by_when() -> None:
    story = scored(3)
    sponsor, talk = story.holder("client_sponsor"), story.ask(AskKind.EXPECTATION_TALK)
    manager = story.state.cast.name(story.holder("engagement_manager"))
    assert talk.due_at is not None
    told = f"{manager} is to talk with you about your score, by {story.state.cast.shown_to(sponsor, talk.due_at)}."
    mail = [m.text for m in story.messages_told() if m.kind == "outcome" and m.to == sponsor][-1]
    assert told in mail
    assert told in comes_next(story.state, [story.state], sponsor)
    story.answer(talk)
    assert told not in comes_next(story.state, [story.state], sponsor)


def test_a_second_pulse_comes_ten_working_days_after_the_talk_and_a_low_one_asks_coach_or_replace() -> None:
    story = scored(4)
    sponsor = story.holder("client_sponsor")
    story.answer(story.ask(AskKind.EXPECTATION_TALK))
    held = story.now
    story.wait(days=13)
    assert not any(story.state.open_asks(AskKind.PULSE, subject=f"pulse:M1:{sponsor}:again"))
    story.wait(days=2)
    again = story.ask(AskKind.PULSE, f"pulse:M1:{sponsor}:again")
    assert (again.opened_at - held).days == 14
    story.answer(again, score=5)
    coach = story.ask(AskKind.COACH_OR_REPLACE)
    assert coach.asked == (story.holder("head_of_engagement_management"),)


def test_a_talk_that_the_manager_does_not_hold_is_owed_by_their_head() -> None:
    story = scored(3)
    story.answer(story.ask(AskKind.EXPECTATION_TALK), Verdict.DECLINE, reason="No time")
    assert story.ask(AskKind.EXPECTATION_TALK).asked == (story.holder("head_of_engagement_management"),)


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.DECLINE])
def test_a_contact_with_the_clients_sponsor_is_owed_again_and_again(verdict: Verdict) -> None:
    story = at(Stage.DELIVER, "lindqvist")
    for _ in range(2):
        story.wait(days=35)
        story.answer(story.ask(AskKind.CONTACT_CLIENT), verdict)
    assert [followup.kind for followup in story.state.followups] == [AskKind.CONTACT_CLIENT]


def test_an_accepted_milestone_is_billed_though_finance_is_vacant() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    story.do(ReleaseRole(role="finance", reason="Left"), "erik.strand")
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    assert story.ask(AskKind.BILL_MILESTONE).asked == ("erik.strand",)


def test_a_cancelled_engagement_calls_its_changes_off() -> None:
    story = at(Stage.DELIVER).until(lambda s: s.orders)
    story.do(CancelEngagement(reason="No more money"), story.holder("engagement_manager"))
    assert not story.state.is_over
    story.answer(story.ask(AskKind.CANCEL_ENGAGEMENT))
    assert story.state.ended_because == "No more money"
    assert story.orders[1].status is ChangeStatus.WITHDRAWN
    assert not story.open_asks()


def test_the_answer_says_which_promise_was_kept_and_which_was_not() -> None:
    story = at(Stage.SUPPORT, "lindqvist").copy()
    manager = story.holder("engagement_manager")
    story.do(ReconcilePromise(promise="P1", delivered=True), manager)
    assert story.events(PromiseReconciled)[-1].said == ("P1 was kept.",)
    story.do(ReconcilePromise(promise="P1", delivered=False, why_not="No time was left"), manager)
    assert story.events(PromiseReconciled)[-1].said == ("P1 was not kept: No time was left.",)
