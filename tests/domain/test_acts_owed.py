"""What is nobody's ask is somebody's act: it has an owner, a clock and a ladder, and ends when it is done."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.asks.bound_facts import items_in
from domain.asks.model import AskKind, Condition, Verdict
from domain.directory.people import Absence
from domain.engagement import decide as door
from domain.engagement.acts_owed.commands_by_act import DOES
from domain.engagement.acts_owed.events import ActEnded, ActOpened, ActReminded
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, LoseDeal, ResumeEngagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.documents.commands import ExtendOffer
from domain.engagement.documents.rules import offer_ends
from domain.engagement.permissions import effective_roles, permit_preview
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.scope.commands import SetWorkPackages
from domain.engagement.scope.values import WorkPackage
from domain.engagement.timers import next_moment
from domain.next_steps.acts_owed import HOURS, ActKind, ActOwed
from domain.next_steps.model import next_steps
from domain.playbook.model import LimitPolicy, Stage
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, NotNow, OfferExpired, OnHold, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from simulation.acts import command_for
from simulation.checks import check_next_steps
from tests.domain.story import PLAYBOOK, Story, at


def act(story: Story, kind: ActKind, subject: str = "") -> ActOwed:
    """The act of this kind that is owed."""
    return story.state.acts[f"{kind.value}:{subject}" if subject else kind.value]


def kinds(story: Story) -> set[ActKind]:
    return {owed.kind for owed in story.state.acts.values()}


def do(story: Story, owed: ActOwed, by: str | None = None) -> None:
    """Does an act, as its owner unless told."""
    story.do(command_for(story.state, story.deal, owed, story.now), by or owed.owner)


def ended(story: Story, owed: ActOwed) -> ActEnded:
    """How an act ended last."""
    found: list[ActEnded] = [event for event in story.events(ActEnded) if event.act == owed.id]
    return found[-1]


# -- what is owed, and whose


def steps(story: Story) -> Iterator[Story]:
    """The story at each step of its life."""
    yield story
    while next(story.rest, None) is not None:
        yield story


@pytest.mark.parametrize("deal", ["halden", "lindqvist", "casework"])
def test_at_each_step_of_a_deal_somebody_owes_the_next_and_each_act_done_by_its_owner_ends(deal: str) -> None:
    seen = set()
    for story in steps(Story(deal)):
        check_next_steps(story.state, list(story.orders.values()), story.now)
        for owed in story.state.acts.values():
            seen.add(owed.kind)
            other = story.copy()
            do(other, owed)
            again = other.state.acts.get(owed.id)
            assert again is None or again.since > owed.since
            assert (ended(other, owed).by, ended(other, owed).for_whom) == (owed.owner, None)
    assert seen >= set(ActKind) - {
        ActKind.ANSWER_RETURN,
        ActKind.ANSWER_STAFFING,
        ActKind.CHOOSE_ESTIMATE,
        ActKind.CORRECT_CLIENT,
        ActKind.CORRECT_EXPECTATIONS,
        ActKind.CORRECT_NEEDS,
        ActKind.NAME_CLIENT_PERSON,
        ActKind.RECORD_HOURS,
        ActKind.SUBMIT_CHANGE,
        ActKind.REVISE_CHANGE,
        ActKind.RECONCILE_PROMISE,
        ActKind.RESOLVE_HOLD,
        ActKind.EXTEND_OFFER,
    }


@pytest.mark.parametrize(
    ("stage", "kind", "role"),
    [
        (Stage.QUALIFY, ActKind.RECORD_NEEDS, "sales"),
        (Stage.ESTIMATE, ActKind.SET_SCOPE, "sales"),
        (Stage.PRICE, ActKind.SET_MILESTONES, "sales"),
        (Stage.BRD, ActKind.SET_REQUIREMENTS, "business_analyst"),
        (Stage.DELIVER, ActKind.DELIVER_MILESTONE, "project_manager"),
    ],
)
def test_each_stage_begins_with_an_act_of_its_role(stage: Stage, kind: ActKind, role: str) -> None:
    story = at(stage)
    for _ in story.cover(stage) if stage is not Stage.DELIVER else ():
        pass
    owed = [one for one in story.state.acts.values() if one.kind is kind]
    assert {(one.role, one.owner) for one in owed} == {(role, story.holder(role))}


def test_an_act_of_each_kind_names_the_commands_that_do_it_and_its_hours() -> None:
    assert set(DOES) == set(HOURS) == set(ActKind)
    assert all(DOES.values())


def test_a_vacant_role_owes_nothing_its_vacancy_is_the_next_step() -> None:
    story = at(Stage.HANDOFF)
    assert kinds(story) == set()
    assert "project_manager" in story.state.vacancies
    assert {(step.kind, step.ref) for step in next_steps(story.state, story.now)} >= {("vacancy", "project_manager")}
    list(story.cover(Stage.HANDOFF))
    assert kinds(story) == {ActKind.OFFER_HANDOFF}


def test_an_act_passes_on_with_its_role_and_its_clock_begins_anew() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed = act(story, ActKind.OFFER_HANDOFF)
    story.wait(days=3)
    story.propose("engagement_manager", PersonId("jonas.weber"), waiver="Knows the client.")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:engagement_manager"))
    now = act(story, ActKind.OFFER_HANDOFF)
    assert (now.owner, now.since, now.rung, now.reminded) == ("jonas.weber", owed.since, 0, False)
    assert now.due_at is not None
    assert now.due_at > story.now


# -- time


def test_silence_on_an_act_reminds_then_brings_the_deputy_then_climbs() -> None:
    story = Story()
    owed = act(story, ActKind.RECORD_NEEDS)
    assert owed.due_minutes == 16 * 60
    deputy = story.state.cast.people[owed.owner].deputy
    story.wait(days=1, hours=6)
    assert story.events(ActReminded)
    assert act(story, ActKind.RECORD_NEEDS).stand_ins == ()
    story.wait(days=6)
    late = act(story, ActKind.RECORD_NEEDS)
    assert late.rung == len(PLAYBOOK.ladder.ask)
    assert late.told == tuple(story.holder(r) for r in ("head_of_sales", "provider_sponsor", "managing_director"))
    assert late.accountable == story.holder("managing_director")
    assert deputy in (None, *late.stand_ins)


def test_a_hold_stops_the_clock_of_what_is_owed_and_the_resume_lets_it_run_on() -> None:
    story = at(Stage.ESTIMATE)
    owed = act(story, ActKind.SET_SCOPE)
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), story.state.manager)
    assert act(story, ActKind.SET_SCOPE).due_at is None
    story.wait(days=10)
    assert not act(story, ActKind.SET_SCOPE).reminded
    story.do(ResumeEngagement(), story.state.manager)
    due = act(story, ActKind.SET_SCOPE).due_at
    assert owed.due_at is not None
    assert due is not None
    assert due - owed.due_at >= timedelta(days=9)


def test_on_its_day_a_hold_is_the_managers_to_resume_extend_or_end_and_it_climbs() -> None:
    story = at(Stage.ESTIMATE)
    story.do(HoldEngagement(reason="Budget", until=story.day(7)), story.state.manager)
    story.wait(days=6)
    assert kinds(story) == {ActKind.SET_SCOPE}
    story.wait(days=1)
    owed = act(story, ActKind.RESOLVE_HOLD)
    assert (owed.owner, owed.due_minutes) == (story.state.manager, 8 * 60)
    story.wait(days=4)
    assert act(story, ActKind.RESOLVE_HOLD).told
    story.do(HoldEngagement(reason="Still no budget", until=story.day(5)), story.state.manager)
    assert ActKind.RESOLVE_HOLD not in kinds(story)
    assert story.state.hold is not None
    assert story.state.hold.reason == "Still no budget"
    with pytest.raises(OnHold):
        do(story, act(story, ActKind.SET_SCOPE))


def offered() -> Story:
    """A deal whose SOW the client is to sign."""
    return Story("lindqvist").until(
        lambda story: any(ask.for_client for ask in story.state.open_asks(AskKind.SIGN_SOW))
    )


def test_an_expired_offer_is_not_signed_before_the_manager_extends_it_and_is_theirs_to_extend() -> None:
    story = offered()
    assert story.state.documents["sow"].offered_until == story.day(30)
    assert story.ask(AskKind.SIGN_SOW).beside["can be signed until"] == day_shown(story.day(30))
    assert story.ask(AskKind.SIGN_SOW).beside["price"].endswith(" EUR, expenses included")
    until = day_shown(story.day(30))
    story.wait(days=30)
    assert ActKind.EXTEND_OFFER not in kinds(story)
    story.wait(days=1)
    owed = act(story, ActKind.EXTEND_OFFER)
    assert (owed.owner, owed.due_minutes) == (story.state.manager, 16 * 60)
    with pytest.raises(OfferExpired, match=f"The offer could be signed until {until}.") as refused:
        story.answer(story.ask(AskKind.SIGN_SOW))
    (waits,) = refused.value.refused.waits_for
    assert (waits.who, waits.role, waits.due) == (story.state.cast.name(owed.owner), "engagement manager", owed.due_at)
    story.do(ExtendOffer(until=story.day(10)), story.state.manager)
    assert story.ask(AskKind.SIGN_SOW).beside["can be signed until"] == day_shown(story.day(10))
    assert ended(story, owed).by == story.state.manager
    story.answer(story.ask(AskKind.SIGN_SOW))
    assert story.state.baseline_signed
    story.wait(days=20)
    assert ActKind.EXTEND_OFFER not in kinds(story)


@pytest.mark.parametrize("end", [LoseDeal(reason="They went quiet."), CancelEngagement(reason="They went quiet.")])
def test_an_expired_offer_lapses_by_the_end_of_its_deal(end: Command) -> None:
    story = offered()
    story.wait(days=31)
    story.do(end, story.holder("sales") if isinstance(end, LoseDeal) else story.state.manager)
    assert story.state.is_over


def test_nobody_of_the_firm_signs_an_offer_that_has_expired_either() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW)))
    assert not story.ask(AskKind.SIGN_SOW).for_client
    story.wait(days=31)
    with pytest.raises(OfferExpired):
        story.answer(story.ask(AskKind.SIGN_SOW))


def test_by_a_playbook_that_does_not_say_how_long_an_offer_stands_it_does_not_expire() -> None:
    story = offered()
    without = story.state.playbook.replace(limits=LimitPolicy())
    document = story.state.documents["sow"].replace(offered_until=None)
    state = story.state.replace(playbook=without, documents={"sow": document})
    assert offer_ends(state) is None
    actor = Actor(person_id=state.manager)
    with pytest.raises(NotNow):
        door.decide(state, ExtendOffer(until=story.day(5)), actor, story.now)


@pytest.mark.parametrize("days", [0, -1, 30, 61])
def test_an_offer_is_extended_to_a_later_day_within_a_month(days: int) -> None:
    story = offered()
    with pytest.raises(BadValue, match="can only be extended to a day from"):
        story.do(ExtendOffer(until=story.day(days)), story.state.manager)


@pytest.mark.parametrize("before", [Stage.DECIDE, Stage.BRD])
def test_only_an_offer_that_awaits_its_signature_is_extended(before: Stage) -> None:
    story = at(before)
    with pytest.raises(NotNow):
        story.do(ExtendOffer(until=story.day(5)), story.state.manager)


def test_what_the_client_sends_back_needs_no_offer_that_stands() -> None:
    story = offered()
    story.wait(days=40)
    story.answer(story.ask(AskKind.SIGN_SOW), verdict=Verdict.RETURN, reason="Too late for us.")
    assert ActKind.DRAFT_SOW in kinds(story)
    assert ActKind.EXTEND_OFFER not in kinds(story)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_a_hold_lasts_from_a_day_to_a_month(days: int) -> None:
    story = at(Stage.ESTIMATE)
    with pytest.raises(BadValue, match="A hold must end on a day from"):
        story.do(HoldEngagement(reason="Budget", until=story.day(days)), story.state.manager)


def test_hours_are_owed_after_each_month_that_ends_without_them() -> None:
    story = at(Stage.DELIVER)
    story.wait(days=40)
    owed = act(story, ActKind.RECORD_HOURS)
    assert owed.owner == story.holder("project_manager")
    do(story, owed)
    assert ActKind.RECORD_HOURS not in kinds(story)
    story.wait(days=32)
    assert ActKind.RECORD_HOURS in kinds(story)


def test_a_milestone_is_owed_until_its_day_ends_and_sixteen_hours_at_least() -> None:
    story = at(Stage.DELIVER)
    for milestone in story.state.milestones.values():
        owed = act(story, ActKind.DELIVER_MILESTONE, milestone.id)
        calendar = story.state.cast.calendar_of(owed.owner)
        assert owed.due_at is not None
        assert owed.due_minutes >= 16 * 60
        day_ends = calendar.day_ends(milestone.due)
        assert owed.due_minutes == 16 * 60 or abs(owed.due_at - day_ends) < timedelta(minutes=2)


# -- in another's place


def away(story: Story, person: str, delegate: str | None) -> None:
    absence = Absence(person=person, first=story.day(), last=story.day(10), delegate=delegate)
    story.directory_says(absences=(*story.state.cast.absences, absence))
    story.wait(minutes=5)


def idle(story: Story) -> PersonId:
    """A colleague who does nothing in the deal yet."""
    return next(p.id for p in story.firm.people if p.active and not story.state.cast.roles_of(p.id))


def test_while_its_owner_is_away_their_delegate_does_it_as_b_for_a() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed, delegate = act(story, ActKind.OFFER_HANDOFF), idle(story)
    with pytest.raises(PermissionDenied):
        do(story, owed, by=delegate)
    away(story, owed.owner, delegate)
    assert act(story, ActKind.OFFER_HANDOFF).stand_ins[0] == delegate
    do(story, owed, by=delegate)
    assert (ended(story, owed).by, ended(story, owed).for_whom) == (delegate, owed.owner)


def test_nobody_does_the_managers_act_who_manages_the_project_or_sells() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed = act(story, ActKind.OFFER_HANDOFF)
    for barred in (story.holder("project_manager"), story.state.seller):
        other = story.copy()
        away(other, owed.owner, barred)
        with pytest.raises(PermissionDenied):
            do(other, owed, by=barred)


def test_whoever_judges_a_deal_does_not_sell_it_for_another() -> None:
    story = at(Stage.ESTIMATE)
    list(story.cover(Stage.ESTIMATE))
    owed, lead = act(story, ActKind.SET_SCOPE), story.holder("delivery_lead")
    away(story, owed.owner, lead)
    assert lead not in act(story, ActKind.SET_SCOPE).stand_ins


@pytest.mark.parametrize("role", ["expert:data", "provider_sponsor", "finance", "delivery_lead"])
def test_whoever_might_not_sell_proposes_no_price_for_the_seller(role: str) -> None:
    story = at(Stage.PRICE, "lindqvist")
    list(story.cover(Stage.PRICE))
    owed, judge = act(story, ActKind.PROPOSE_PRICE), story.holder(role)
    away(story, owed.owner, judge)
    assert judge not in act(story, ActKind.PROPOSE_PRICE).stand_ins
    with pytest.raises(PermissionDenied):
        do(story, owed, by=judge)


def test_the_sponsor_delivers_no_milestone_for_the_project_manager() -> None:
    story = at(Stage.DELIVER)
    owed = next(one for one in story.state.acts.values() if one.kind is ActKind.DELIVER_MILESTONE)
    away(story, owed.owner, story.holder("provider_sponsor"))
    assert story.holder("provider_sponsor") not in story.state.acts[owed.id].stand_ins


def test_a_stand_in_does_the_act_that_is_late_and_no_other_of_its_kind() -> None:
    story = at(Stage.DELIVER)
    first, second, *_ = (one for one in story.state.acts.values() if one.kind is ActKind.DELIVER_MILESTONE)
    deputy = idle(story)
    late = {first.id: first.replace(stand_ins=(deputy,))}
    state = story.state.replace(acts={**story.state.acts, **late})
    actor = Actor(person_id=deputy)
    assert "project_manager" in effective_roles(state, actor, DeliverMilestone(milestone=first.subject))
    assert "project_manager" not in effective_roles(state, actor, DeliverMilestone(milestone=second.subject))


def test_whoever_may_propose_a_price_for_another_may_look_at_it_first() -> None:
    story = Story("lindqvist").until(lambda one: ActKind.PROPOSE_PRICE.value in one.state.acts)
    owed, delegate, terms = act(story, ActKind.PROPOSE_PRICE), idle(story), ProposePrice(discount_percent=Decimal(3))
    with pytest.raises(PermissionDenied):
        permit_preview(story.state, terms, Actor(person_id=delegate))
    late = {owed.id: owed.replace(stand_ins=(delegate,))}
    permit_preview(story.state.replace(acts={**story.state.acts, **late}), terms, Actor(person_id=delegate))


def test_whoever_stood_in_until_a_day_ends_nothing_after_it_though_no_clock_runs() -> None:
    story = at(Stage.ESTIMATE)
    manager, delegate = story.state.manager, idle(story)
    story.do(HoldEngagement(reason="Budget", until=story.day(7)), manager)
    absence = Absence(person=manager, first=story.day(5), last=story.day(10), delegate=delegate)
    story.directory_says(absences=(*story.state.cast.absences, absence))
    story.wait(days=8)
    assert act(story, ActKind.RESOLVE_HOLD).stand_ins[0] == delegate
    story.wait(days=6)
    with pytest.raises(PermissionDenied):
        story.do(CancelEngagement(reason="No word came."), delegate)


# -- what comes back


def test_a_returned_estimate_is_the_sellers_and_is_not_asked_again_as_it_was() -> None:
    story = at(Stage.ESTIMATE)
    story.do(SetWorkPackages(packages=_packages(story)), story.state.seller)
    list(story.cover(Stage.ESTIMATE))
    ask = next(story.state.open_asks(AskKind.ESTIMATE))
    discipline = ask.subject.removeprefix("estimate:")
    story.answer(ask, Verdict.RETURN, reason="W1 is two things.")
    owed = act(story, ActKind.ANSWER_RETURN, discipline)
    assert (owed.owner, owed.returned) == (story.state.seller, ask.id)
    assert story.state.asks[ask.id].why_ended == "W1 is two things."
    story.wait(days=2)
    assert not any(story.state.open_asks(AskKind.ESTIMATE, subject=ask.subject))
    do(story, owed)
    again = story.ask(AskKind.ESTIMATE, ask.subject)
    assert again.subject_hash != ask.subject_hash
    assert ActKind.ANSWER_RETURN not in kinds(story)


def _packages(story: Story) -> tuple[WorkPackage, ...]:
    rows = story.deal.work_packages
    return tuple(WorkPackage.model_validate(row.model_dump(exclude={"hours"})) for row in rows)


def test_an_open_question_is_put_again_where_what_it_is_about_is_asked_anew() -> None:
    story = at(Stage.ESTIMATE)
    story.do(SetWorkPackages(packages=_packages(story)[:1]), story.state.seller)
    list(story.cover(Stage.ESTIMATE))
    ask = next(story.state.open_asks(AskKind.ESTIMATE))
    story.answer(ask, Verdict.NEED_INFO, reason="Which login is meant?")
    (first,) = (story.state.packages[name] for name in items_in(ask.facts, "package"))
    story.do(SetWorkPackages(packages=(first.replace(assumes=("One login for all.",)),)), story.state.seller)
    again = story.ask(AskKind.ESTIMATE, ask.subject)
    assert again.id != ask.id
    question = story.ask(AskKind.ANSWER_QUESTION)
    assert (question.subject, question.facts) == (f"question:{again.id}", {"question": "Which login is meant?"})
    assert again.due_at is None
    story.answer(question, reason="The one of the portal.")
    assert story.state.asks[again.id].due_at is not None


def test_needs_that_the_client_sent_back_are_the_sellers_to_correct() -> None:
    story = at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))
    ask = story.ask(AskKind.CONFIRM_NEEDS)
    story.answer(ask, Verdict.RETURN, reason="Not quite.")
    assert act(story, ActKind.CORRECT_NEEDS).returned == ask.id


def test_a_returned_document_is_its_authors_to_draft_again() -> None:
    story = at(Stage.SOW).until(lambda one: any(one.state.open_asks(AskKind.REVIEW_SOW)))
    ask = story.ask(AskKind.REVIEW_SOW)
    story.answer(ask, Verdict.RETURN, reason="The dates.")
    assert act(story, ActKind.DRAFT_SOW).returned == ask.id


def test_a_milestone_that_the_client_sent_back_is_owed_again() -> None:
    story = at(Stage.DELIVER).until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_MILESTONE)))
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    story.answer(ask, Verdict.RETURN, reason="One page is missing.")
    assert act(story, ActKind.DELIVER_MILESTONE, ask.subject.removeprefix("milestone:")).returned == ask.id


MORE = ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2)


def test_a_returned_change_is_the_project_managers_to_revise_or_withdraw() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(MORE)
    ask = next(story.orders[n].open_asks())
    story.answer(ask, Verdict.RETURN, reason="Which day?")
    owed = act(story, ActKind.REVISE_CHANGE, f"C{n}")
    assert (owed.owner, owed.returned) == (story.holder("project_manager"), ask.id)
    do(story, owed)
    assert ActKind.REVISE_CHANGE not in kinds(story)


def test_what_a_potential_change_became_is_owed_until_it_is_submitted_or_dropped() -> None:
    story = at(Stage.DELIVER)
    story.do(RecordPotentialChange(text="Can we also?"), story.holder("project_manager"))
    assert ActKind.SUBMIT_CHANGE not in kinds(story)
    story.answer(story.ask(AskKind.POTENTIAL_CHANGE))
    owed = act(story, ActKind.SUBMIT_CHANGE, "K1")
    other = story.copy()
    do(story, owed)
    assert story.state.potential_changes["K1"].became == len(story.state.changes)
    other.do(DropPotentialChange(potential="K1", reason="They do not want it any more."), owed.owner)
    assert ActKind.SUBMIT_CHANGE not in kinds(other)
    assert ended(other, owed).by == owed.owner


def test_a_role_that_only_a_change_asks_is_vacant_where_nobody_holds_it() -> None:
    story = at(Stage.DELIVER)
    story.do(ReleaseRole(role="legal", reason="Free again"), story.holder(story.state.head_role("legal")))
    story.submit(MORE.replace(terms_changed=True))
    assert "legal" in story.state.vacancies


# -- beside each other


def test_a_condition_is_a_next_step_of_its_owner() -> None:
    story = at(Stage.DECIDE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL)))
    condition = Condition(text="Ask the client.", owner="peter.olsen", due=story.day(9))
    ask = story.ask(AskKind.DECIDE_DEAL)
    while story.now_of(ask).is_open:
        story.answer(story.now_of(ask), Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    found = [step for step in next_steps(story.state, story.now) if step.kind == "task"]
    assert {step.who for step in found} == {"peter.olsen"}


def test_what_is_overdue_comes_first_and_what_stands_still_last() -> None:
    story = at(Stage.QUALIFY)
    story.wait(days=9)
    found = next_steps(story.state, story.now)
    late = [step.due is not None and step.due <= story.now for step in found]
    assert late == sorted(late, reverse=True)
    assert any(late)


def test_an_ask_that_awaits_information_is_no_step_its_question_is() -> None:
    story = at(Stage.DECIDE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL)))
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.NEED_INFO, reason="Why so cheap?")
    refs = {step.ref for step in next_steps(story.state, story.now)}
    assert ask.id not in refs
    assert story.ask(AskKind.ANSWER_QUESTION).id in refs


def test_the_default_playbook_says_the_hours_that_a_playbook_without_any_takes() -> None:
    assert PLAYBOOK.acts == HOURS
    assert {PLAYBOOK.replace(acts={}).act_minutes(kind) for kind in ActKind} == {60 * n for n in HOURS.values()}


def test_a_playbook_gives_an_act_its_hours() -> None:
    quick = PLAYBOOK.replace(acts={ActKind.RECORD_NEEDS: 2})
    assert act(Story(playbook=quick), ActKind.RECORD_NEEDS).due_minutes == 120


def test_the_end_of_an_engagement_ends_what_was_owed() -> None:
    story = at(Stage.ESTIMATE)
    story.do(LoseDeal(reason="Too dear"), story.state.seller)
    assert story.state.acts == {}
    assert next_moment(story.state) is None


def test_what_is_owed_is_opened_once_however_often_the_rules_look() -> None:
    story = at(Stage.ESTIMATE)
    before = len(story.events(ActOpened))
    story.wait(hours=2)
    story.wait(hours=1)
    assert len(story.events(ActOpened)) == before


@pytest.mark.parametrize("who", ["ingrid.solberg", "tomasz.nowak", "claire.dubois"])
def test_a_playbook_with_a_shorter_ladder_forgets_who_left_above_an_act(who: PersonId) -> None:
    story = at(Stage.PRICE).copy()
    story.wait(days=12)
    ladder = story.playbook.ladder
    short = story.playbook.replace(version="2", ladder=ladder.replace(ask=ladder.ask[:1], vacancy=ladder.vacancy[:1]))
    story.do(TakePlaybook(playbook=short), story.holder("head_of_engagement_management"), house=("process_owner",))
    positions = {name: "erik.strand" if p == who else p for name, p in story.state.cast.positions.items()}
    story.leaves(who, positions=positions)
    assert all(who not in act.told for act in story.state.acts.values())
