"""Who may have a seat of an ask: what answering refuses is asked of nobody, and whoever sells judges nothing of it."""

from functools import cache
from typing import Any

import pytest

from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.asks.tally import without_judge
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import DeliverMilestone, RaiseComplaint
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReleaseRole, ReplaceHolder
from domain.engagement.scope.commands import SetMilestones
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.texts import how, what, why
from domain.playbook.model import Stage
from domain.shared.errors import OwnRequest
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import Story, sample

# In the samples the head of engagement management sponsors the deal; here the managing director does.
MANAGERS_HEAD, SPONSOR = PersonId("tomasz.nowak"), PersonId("ingrid.solberg")


@cache
def without_changes(stage: Stage) -> Story:
    return Story(sample("halden").model_copy(update={"change_orders": (), "actual_hours": {}})).to(stage)


def sponsored_by_another(stage: Stage) -> Story:
    story = without_changes(stage).copy()
    named = NameParty(party="provider_sponsor", person=story.person(SPONSOR), reason="Another sponsor")
    story.do(named, SPONSOR)
    return story


def takes_over_the_sale(story: Story, person: PersonId) -> None:
    takes_over = ReplaceHolder(
        role="sales", person=story.person(person), reason="Takes over the sale", waiver=story.waiver("Needed now")
    )
    story.do(takes_over, story.holder(story.state.head_role("sales")))
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:sales"), reason="I take it over")


def of_money(amount: int) -> ChangeFacts:
    item = {"kind": "price", "amount": amount}
    return ChangeFacts.model_validate({"title": "More", "reason": "They wish it", "items": [item]})


def seats(ask: Ask) -> dict[str, str]:
    return {role: voter.person_id for voter in ask.voters for role in voter.roles}


def steps(story: Story, ask: Ask) -> list[NextStep]:
    return [step for step in next_steps(story.state, story.now) if step.ref == ask.id]


def test_whoever_sells_approves_no_change_and_signs_none() -> None:
    story = sponsored_by_another(Stage.DELIVER)
    takes_over_the_sale(story, MANAGERS_HEAD)
    story.submit(of_money(9000), by=story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.APPROVE_CHANGE, "delivery"))
    ask = story.ask(AskKind.APPROVE_CHANGE, "inside")
    assert seats(ask)["engagement_manager"] == SPONSOR
    story.answer(ask, by=SPONSOR)
    assert seats(story.ask(AskKind.SIGN_CHANGE)) == {"engagement_manager": SPONSOR}


def test_whoever_sells_attests_no_hours_of_a_change() -> None:
    story = without_changes(Stage.DELIVER).copy()
    takes_over_the_sale(story, story.holder("head_of_delivery"))
    lead = story.holder("delivery_lead")
    work = {"discipline": "architecture", "grade": "senior", "hours": {"optimistic": 1, "likely": 2, "pessimistic": 3}}
    assert story.holder("expert:architecture") == lead
    facts = {"title": "More", "reason": "They wish it", "price": 900, "work": [work]}
    n = story.submit(ChangeFacts.model_validate(facts))
    story.estimate_change(n, by=lead)
    assert seats(story.ask(AskKind.APPROVE_CHANGE, "delivery")) == {"delivery_lead": "ingrid.solberg"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_author_who_reviews_is_followed_by_the_next_above_who_may(when: str) -> None:
    story = sponsored_by_another(Stage.SOW)
    manager = story.holder("engagement_manager")
    for _ in story.cover(Stage.SOW):
        pass
    story.do(SetMilestones(milestones=_milestones()), story.holder("sales"))
    if when == "before":
        takes_over_the_sale(story, MANAGERS_HEAD)
    story.draft("sow", manager)
    if when == "after":
        takes_over_the_sale(story, MANAGERS_HEAD)
    ask = story.ask(AskKind.REVIEW_SOW)
    assert seats(ask)["engagement_manager"] == SPONSOR
    story.answer(ask, by=SPONSOR)


@cache
def _milestones() -> tuple[Any, ...]:
    return tuple(without_changes(Stage.BRD).state.milestones.values())


def test_who_stands_above_an_author_and_loses_the_position_is_followed_at_once() -> None:
    story = sponsored_by_another(Stage.SOW)
    for _ in story.cover(Stage.SOW):
        pass
    story.do(SetMilestones(milestones=_milestones()), story.holder("sales"))
    story.draft("sow", story.holder("engagement_manager"))
    assert seats(story.ask(AskKind.REVIEW_SOW))["engagement_manager"] == MANAGERS_HEAD
    moved = {**story.state.cast.positions, "head_of_engagement_management": "miriam.katz"}
    story.directory_says(positions=moved)
    assert seats(story.ask(AskKind.REVIEW_SOW))["engagement_manager"] == "miriam.katz"


def test_one_yes_does_not_speak_for_two_where_another_may_speak() -> None:
    story = without_changes(Stage.DELIVER).copy()
    story.submit(of_money(60000), by=story.holder("engagement_manager"))
    story.answer(story.ask(AskKind.APPROVE_CHANGE, "delivery"))
    asked = seats(story.ask(AskKind.APPROVE_CHANGE, "inside"))
    assert asked["provider_sponsor"] == MANAGERS_HEAD
    assert asked["engagement_manager"] == "ingrid.solberg"


def test_hours_of_the_leads_own_pass_over_a_head_who_sold() -> None:
    started = Story("halden").until(
        lambda s: s.state.stage is Stage.ESTIMATE and s.state.cast.holder("resource_manager")
    )
    story, seller = started.copy(), started.state.seller
    takes_over_the_sale(story, PersonId("priya.raman"))
    takes_over_the_sale(story, seller)
    lead = story.holder("delivery_lead")
    if story.holder("expert:architecture") != lead:
        story.propose("expert:architecture", lead, waiver="Needed now")
        story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:expert:architecture"), reason="I do it")
    for _ in (*story.estimate_all(), *story.answer_all(AskKind.CONFIRM_STAFFING)):
        pass
    asked = {person for ask in story.state.open_asks(AskKind.ATTEST_ESTIMATE) for person in ask.asked}
    assert asked == {lead, "ingrid.solberg"}


def climbed_where_one_holds_everything() -> tuple[Story, Ask]:
    """The managing director of a small firm holds every high position and takes over the sale; its manager objects."""
    story = Story("casework").until(lambda s: any(s.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    others = dict.fromkeys(story.state.cast.positions, "ingrid.solberg")
    story.directory_says(positions={**others, "head_of_sales": "claire.dubois"})
    takes_over_the_sale(story, PersonId("ingrid.solberg"))
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=story.holder("engagement_manager"))
    story.answer(story.now_of(ask), by=story.holder("provider_sponsor"))
    story.wait(days=20)
    return story, story.now_of(ask)


def test_where_nobody_may_have_the_last_word_it_is_said_whose_it_is_to_find_somebody() -> None:
    story, ask = climbed_where_one_holds_everything()
    assert ask.climbed
    manager = story.holder("engagement_manager")
    assert ask.asked == (manager,)  # who may lift the objection
    [step] = [one for one in steps(story, ask) if one.who != manager]
    assert step.who == "ingrid.solberg"
    assert what(story.state, step).startswith("Find somebody who may answer: Go or no-go")
    assert "Ingrid Solberg sells the deal" in why(story.state, step)
    assert str(RemedyAction.IMPORT_PEOPLE.about()) in how(story.state, step)
    told = [message.text for message in story.messages_told() if message.to == "ingrid.solberg"]
    assert any("Nobody may answer as" in text for text in told)


def test_whoever_comes_to_a_high_position_is_asked_at_once_what_nobody_might_say() -> None:
    story, ask = climbed_where_one_holds_everything()
    story.directory_says(positions={**story.state.cast.positions, "cfo": "erik.strand"})
    now = story.now_of(ask)
    assert (now.final_role, now.final_person) == ("cfo", "erik.strand")
    story.answer(now, by="erik.strand")
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_a_seat_that_nobody_may_have_is_not_passed_over() -> None:
    """Where each must approve, a role for which nobody may speak does not leave the yes to the others."""
    story = without_changes(Stage.DELIVER).copy()
    manager = story.holder("engagement_manager")
    n = story.submit(of_money(60000), by=manager)
    story.answer(story.ask(AskKind.APPROVE_CHANGE, "delivery"))
    ask = story.ask(AskKind.APPROVE_CHANGE, "inside")
    taken = {**dict.fromkeys(story.state.cast.positions, MANAGERS_HEAD), "head_of_sales": "claire.dubois"}
    story.answer(ask, by=MANAGERS_HEAD)
    story.directory_says(positions=taken)
    now = story.now_of(ask)
    assert now.unseated == ("engagement_manager",)
    story.answer(now, by=story.holder("finance"))
    assert story.now_of(ask).is_open
    [step] = [step for step in next_steps(story.orders[n], story.now) if step.ref == ask.id]
    assert "Marta Silva asked for this" in why(story.orders[n], step)
    story.directory_says(positions={**taken, "cfo": "erik.strand"})
    assert seats(story.now_of(ask))["engagement_manager"] == "erik.strand"
    story.answer(story.now_of(ask), by="erik.strand")
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_whoever_stood_in_and_sells_since_is_not_asked_any_more() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    story.do(DelegateAsk(ask_id=ask.id, to="priya.raman"), seats(ask)["delivery_lead"])
    assert "priya.raman" in story.now_of(ask).asked
    takes_over_the_sale(story, PersonId("priya.raman"))
    assert "priya.raman" not in story.now_of(ask).asked


def test_another_is_not_asked_to_lift_an_objection() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask, lead = story.ask(AskKind.REVIEW_SOW), story.holder("delivery_lead")
    story.do(DelegateAsk(ask_id=ask.id, to="priya.raman"), lead)
    story.answer(ask, Verdict.OBJECT, by=lead)
    now = story.now_of(ask)
    assert lead in now.asked
    assert "priya.raman" not in now.asked
    assert all("priya.raman" not in step.others for step in steps(story, ask))


def test_whoever_has_the_last_word_is_nobodys_delegate() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    first, *_others, last = [one.person_id for one in ask.voters]
    story.answer(ask, Verdict.OBJECT, by=first)
    story.wait(days=5)
    final = story.now_of(ask).final_person
    assert final is not None
    with pytest.raises(OwnRequest, match="is already asked"):
        story.do(DelegateAsk(ask_id=ask.id, to=final), last)


def test_the_last_word_passes_on_with_the_position_by_which_it_is_given() -> None:
    story = sponsored_by_another(Stage.DECIDE)
    ask = story.ask(AskKind.DECIDE_DEAL)
    for person in [one.person_id for one in ask.voters]:
        if story.now_of(ask).is_open and not story.now_of(ask).climbed:
            is_manager = person == story.holder("engagement_manager")
            story.answer(story.now_of(ask), Verdict.DECLINE if is_manager else Verdict.APPROVE, by=person)
    now = story.now_of(ask)
    assert (now.final_role, now.final_person) == ("provider_sponsor", SPONSOR)
    takes_over_the_sale_from_sponsor(story)
    now = story.now_of(ask)
    assert now.final_role is not None
    assert story.holder(now.final_role) == now.final_person


def takes_over_the_sale_from_sponsor(story: Story) -> None:
    """The sponsor leaves, and with them the role."""
    story.leaves(SPONSOR, positions={**story.state.cast.positions, "managing_director": "erik.strand"})


@pytest.mark.parametrize("kind", [AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.ACCEPT_CARE])
def test_who_left_is_not_asked_where_all_above_are_barred_and_whoever_follows_is(kind: AskKind) -> None:
    story = without_changes(Stage.SUPPORT).copy()
    manager, positions = story.holder("engagement_manager"), story.state.cast.positions
    story.do(RaiseComplaint(text="Late again"), manager)
    ask = story.ask(kind)
    story.leaves(story.holder("customer_care"), positions=dict.fromkeys(positions, manager))
    assert without_judge(story.now_of(ask)) == ("customer_care",)
    story.propose("customer_care", PersonId("femi.adeyemi"), waiver="Needed now")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:customer_care"), reason="I do it")
    assert story.now_of(ask).asked == ("femi.adeyemi",)
    story.answer(story.now_of(ask), by="femi.adeyemi")
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_whoever_submits_a_change_gives_hours_for_it_where_they_are_the_expert_and_is_asked_once() -> None:
    story = without_changes(Stage.DELIVER).copy()
    manager, role = story.holder("engagement_manager"), "expert:data"
    if role in story.state.cast.holders:
        story.do(ReleaseRole(role=role, reason="Released now"), story.holder(story.state.head_role(role)))
    story.propose(role, manager, waiver="Needed now")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{role}"), reason="I do it")
    hours = {"optimistic": 1, "likely": 2, "pessimistic": 3}
    item = {"kind": "work_added", "amount": 1000, "work": [{"discipline": "data", "grade": "senior", "hours": hours}]}
    facts = ChangeFacts.model_validate({"title": "More work", "reason": "client", "items": [item]})
    n = story.submit(facts, by=manager)
    (ask,) = story.orders[n].open_asks(AskKind.ESTIMATE)
    assert ask.asked == (manager,)
    for _ in range(6):
        story.wait(hours=5)
    assert [one.id for one in story.orders[n].open_asks(AskKind.ESTIMATE)] == [ask.id]
    story.estimate_change(n, by=manager)
    assert not list(story.orders[n].open_asks(AskKind.ESTIMATE))


def test_what_one_alone_decides_waits_for_whoever_comes_to_the_role_where_nobody_may() -> None:
    """Whoever sells holds every high position but finance's, which is the engagement manager's who asks."""
    story = without_changes(Stage.DELIVER).copy()
    manager, seller, finance = (story.holder(role) for role in ("engagement_manager", "sales", "finance"))
    story.do(ReleaseRole(role="finance", reason="Released now"), story.holder("cfo"))
    story.directory_says(positions={name: manager if name == "cfo" else seller for name in story.state.cast.positions})
    first = next(iter(story.state.milestones))
    story.do(DeliverMilestone(milestone=first), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    ask = story.ask(AskKind.BILL_MILESTONE)
    assert ask.asked == ()
    assert steps(story, ask)  # somebody owes it that somebody may answer
    story.do(ProposeHolder(role="finance", person=story.person(finance)), manager)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:finance"), reason="I do it")
    again = story.ask(AskKind.BILL_MILESTONE)
    assert again.asked == (finance,)
    story.answer(again, by=finance)
    assert story.now_of(again).outcome is Outcome.APPROVED
