"""A hold is told to whoever's next step it stops, says its day wherever somebody meets it, and offers nothing."""

from typing import Any

import pytest

from cli.remedies import command_for
from domain.asks.card import CardPlace, card_for, thread_card
from domain.asks.model import AskKind
from domain.change_order import decide as order_door
from domain.change_order.order import ChangeOrder, TakeBrief
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement import decide as door
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.routing import CLIENT
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.command import Command
from domain.engagement.delivery.commands import DeliverMilestone
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import step_card, steps_changed
from domain.next_steps.model import next_steps
from domain.next_steps.references import act_ref
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.record.facts import Message, Recorded, evolve, recorded
from domain.shared.calendar import day_shown
from domain.shared.errors import DoneAlready, OnHold, PermissionDenied
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import act, away, idle, kinds


def hold(story: Story, days: int = 5, reason: str = "No budget before Thursday") -> list[Message]:
    """Puts it on hold, and gives what people are told of it."""
    return said(story, HoldEngagement(reason=reason, until=story.day(days)), story.state.manager)


def said(story: Story, command: Command, by: str) -> list[Message]:
    """What people are told of a hold because of a command."""
    before = story.facts[-1].seq
    story.do(command, by)
    return [message for message in story.messages_told(before) if message.kind == "hold"]


def of_the_firm(state: Engagement, story: Story) -> set[PersonId]:
    """Whoever owes a next step, or may do it, but who manages the engagement."""
    people = {person for step in next_steps(state, story.now) for person in (step.who, *step.others)}
    return {person for person in people if not state.cast.is_client(person)} - {state.manager}


def test_a_hold_is_told_to_whoever_owes_a_next_step_and_to_who_sells_and_to_nobody_of_the_client() -> None:
    story = at(Stage.DELIVER)
    stopped = of_the_firm(story.state, story)
    told = hold(story)
    assert {message.to for message in told} == stopped | {story.state.seller}
    pm = story.holder("project_manager")
    (own,) = [message.text for message in told if message.to == pm]
    assert f"is on hold, says {story.state.cast.name(story.state.manager)}. On hold until " in own
    assert day_shown(story.day(5)) in own
    assert "No budget before Thursday. Paused until then: Deliver milestone M1" in own


def test_whoever_may_do_a_step_for_another_hears_of_the_hold_too() -> None:
    story = at(Stage.DELIVER)
    delegate = idle(story)
    away(story, story.holder("project_manager"), delegate)
    assert delegate in {message.to for message in hold(story)}


def test_who_is_extended_or_resumed_to_is_told_from_when_it_is_theirs_again() -> None:
    story = at(Stage.DELIVER)
    hold(story)
    pm = story.holder("project_manager")
    again = said(story, HoldEngagement(reason="Still none", until=story.day(9)), story.state.manager)
    (longer,) = [message.text for message in again if message.to == pm]
    assert "stays on hold" in longer
    assert day_shown(story.day(9)) in longer
    head = story.holder("head_of_engagement_management")
    resumed = said(story, ResumeEngagement(), head)
    (goes_on,) = [message.text for message in resumed if message.to == pm]
    assert "continues, says" in goes_on
    assert "Yours: Deliver milestone M1, due " in goes_on
    assert story.state.manager in {message.to for message in resumed}, "another resumed what they manage"


@pytest.mark.parametrize("client", [False, True])
def test_a_card_of_what_rests_says_until_when_and_offers_nothing(client: bool) -> None:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    before = story.state
    hold(story)
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    person = ask.voters[0].person_id if client else story.state.manager
    card = card_for(story.state, ask, CardPlace(EngagementId("ENG-2026-0001"), "", ""), person, whole=True)
    assert (card.choices, card.may_delegate) == ((), False)
    assert card.rests is not None
    assert card.rests.startswith(f"On hold until {day_shown(story.day(5))}")
    assert ("No budget" in card.rests) is not client
    assert "No budget" not in str(thread_card(story.state, ask, CardPlace(EngagementId("ENG-2026-0001"), "", "")).rests)
    owed = act(story, ActKind.DELIVER_MILESTONE, "M2")
    own = step_card(story.state, act_ref(story.state, owed), owed.owner)
    assert (own.choices, own.action) == ((), None)
    assert own.how == f"On hold until {day_shown(story.day(5))}: No budget before Thursday."
    assert {ask.id, str(act_ref(story.state, owed))} <= steps_changed(before, story.state)


def test_a_hold_that_is_extended_has_its_cards_looked_at_again() -> None:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    hold(story)
    before = story.state
    hold(story, days=9)
    assert story.ask(AskKind.ACCEPT_MILESTONE).id in steps_changed(before, story.state)


def refused(story: Story, command: Any) -> str:
    with pytest.raises(OnHold) as no:
        story.do(command, story.holder("project_manager"))
    return f"{no.value.refused.detail} {no.value.refused.remedy}"


def test_whoever_is_refused_reads_until_when_and_who_decides_then() -> None:
    story = at(Stage.DELIVER)
    hold(story)
    told = refused(story, DeliverMilestone(milestone="M1"))
    assert f"until {day_shown(story.day(5))}: No budget before Thursday" in told
    assert f"{story.state.cast.name(story.state.manager)} resumes, extends or ends it on that day." in told


def test_who_is_asked_of_a_change_hears_that_it_rests_and_goes_on() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(story.deal.change_orders[0].facts)
    for command, word in (
        (HoldEngagement(reason="Wait", until=story.day(5)), "is paused"),
        (ResumeEngagement(), "continues"),
    ):
        before = story.orders[n]
        story.do(command, story.state.manager)
        told = told_in_order(before, TakeBrief(brief=brief_for(story.state, n)), story)
        asked = {person for ask in story.orders[n].open_asks() for person in ask.asked}
        assert {message.to for message in told if message.kind == "hold"} == asked
        assert all(f"Change {n} of {story.state.id} {story.state.title} {word}." in message.text for message in told)


def test_a_client_who_is_to_sign_a_change_hears_once_it_goes_on_that_they_can_and_nothing_of_why_it_rested() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(ChangeFacts.in_one(title="More", reason="client request", price=100))
    while not (asked := list(story.orders[n].open_asks(AskKind.SIGN_CHANGE, subject=CLIENT))):
        story.answer(next(story.orders[n].open_asks()))
    heard = {}
    for command in (HoldEngagement(reason="We doubt that they pay", until=story.day(5)), ResumeEngagement()):
        before = story.orders[n]
        story.do(command, story.state.manager)
        told = told_in_order(before, TakeBrief(brief=brief_for(story.state, n)), story)
        heard[type(command)] = [message.text for message in told if message.to in asked[0].asked]
    assert heard[HoldEngagement] == []
    (text,) = heard[ResumeEngagement]
    assert text.startswith(f"{story.state.title} continues. You can answer now: Sign change {n}")


def test_the_same_hold_again_is_no_news() -> None:
    story = at(Stage.DELIVER)
    same = HoldEngagement(reason="Wait", until=story.day(5))
    story.do(same, story.state.manager)
    with pytest.raises(DoneAlready):
        story.do(same, story.state.manager)
    story.do(HoldEngagement(reason="Wait", until=story.day(6)), story.state.manager)


def told_in_order(order: ChangeOrder, command: TakeBrief, story: Story) -> list[Message]:
    """What people are told because a change order hears of its engagement."""
    actor = Actor(person_id=story.state.manager, channel=ENGAGEMENT)
    decision = order_door.decide(order, command, actor, story.now)
    facts = recorded("order", 1, decision.events, actor, story.now)
    return [message for fact in facts for message in messages(decision.state, fact, decision.state)]


def told_of_all(before: Any, decisions: list[tuple[Any, Actor]], story: Story) -> list[Message]:
    """What people are told of a hold where the facts of several turns are written in one go."""
    state, facts, after = before, list[Recorded](), list[Any]()
    for decision, actor in decisions:
        facts += recorded("order", state.seq + 1, decision.events, actor, story.now)
        state = decision.state
    state = before
    for fact in facts:
        state = evolve(state, fact)
        after.append(state)
    told = [message for each, fact in zip(after, facts, strict=True) for message in messages(each, fact, state)]
    return [message for message in told if message.kind == "hold"]


def test_a_hold_that_is_over_when_it_is_written_down_is_told_as_it_was() -> None:
    story = at(Stage.DELIVER)
    before, actor = story.state, Actor(person_id=story.state.manager)
    held = door.decide(before, HoldEngagement(reason="Wait", until=story.day(5)), actor, story.now)
    resumed = door.decide(held.state, ResumeEngagement(), actor, story.now)
    pm = story.holder("project_manager")
    rests, goes_on = [m.text for m in told_of_all(before, [(held, actor), (resumed, actor)], story) if m.to == pm]
    assert f"On hold until {day_shown(story.day(5))}: Wait. Paused until then: Deliver milestone M1" in rests
    assert "due" not in rests
    assert "continues" in goes_on
    assert "due" in goes_on


def test_where_nobody_manages_it_on_the_day_of_a_hold_its_owner_resumes_extends_or_ends_it() -> None:
    story = at(Stage.SOW)
    manager = story.holder("engagement_manager")
    hold(story, 10)
    story.leaves(manager)
    head = story.state.cast.positions["head_of_engagement_management"]
    with pytest.raises(PermissionDenied):
        story.copy().do(CancelEngagement(reason="It is over."), head)
    story.wait(days=11)
    assert act(story, ActKind.RESOLVE_HOLD).owner == head
    for command in (
        ResumeEngagement(),
        HoldEngagement(reason="Again", until=story.day(20)),
        CancelEngagement(reason="It is over."),
    ):
        then = story.copy()
        then.do(command, head)
        assert ActKind.RESOLVE_HOLD not in kinds(then)


def test_whoever_stands_in_for_the_owner_of_a_hold_ends_it_too() -> None:
    story = at(Stage.SOW)
    hold(story, 10)
    story.leaves(story.holder("engagement_manager"))
    story.wait(days=11)
    delegate = idle(story)
    away(story, act(story, ActKind.RESOLVE_HOLD).owner, delegate)
    story.do(CancelEngagement(reason="It is over."), delegate)
    assert story.state.stage is Stage.CANCELLED


def test_of_a_change_that_was_revised_since_nothing_is_told_of_the_asks_that_left() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(story.deal.change_orders[0].facts)
    order, brief = story.orders[n], brief_for(story.state, n)
    actor = Actor(person_id=story.state.manager, channel=ENGAGEMENT)
    resting = brief.replace(on_hold="Wait", held_until=story.day(5))
    decisions, now = list[Any](), order
    for one in (resting, brief, brief.replace(revision=2), brief.replace(revision=3)):
        decision = order_door.decide(now, TakeBrief(brief=one), actor, story.now)
        decisions.append((decision, actor))
        now = decision.state
    assert told_of_all(order, decisions, story) == []
    told = told_of_all(order, decisions[:2], story)
    assert [" is paused. On hold until " in message.text for message in told][:1] == [True]
    assert not any("None" in message.text for message in told)


def test_of_two_asks_of_a_change_each_says_that_it_rests() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(story.deal.change_orders[0].facts)
    before = story.orders[n]
    story.do(HoldEngagement(reason="Wait", until=story.day(5)), story.state.manager)
    told = told_in_order(before, TakeBrief(brief=brief_for(story.state, n)), story)
    resting = {ask.id for ask in story.orders[n].open_asks() if not story.state.cast.is_client(ask.voters[0].person_id)}
    assert {message.ask_id for message in told if message.kind == "hold"} == resting


def test_a_client_who_answers_from_an_old_page_reads_until_when_and_not_why() -> None:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    n = story.submit(story.deal.change_orders[0].facts)
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    hold(story, reason="We doubt that they can pay")
    with pytest.raises(OnHold) as no:
        story.answer(ask)
    order, sponsor = story.orders[n], ask.voters[0].person_id
    assert order.brief.on_hold
    assert "doubt" in str(order.hold_told(story.state.manager))
    for told in (no.value.refused.detail, str(order.hold_told(sponsor))):
        assert told.startswith(f"On hold until {day_shown(story.day(5))}.")
        assert "doubt" not in told


def come(story: Story) -> str:
    """Waits for the day of the hold; gives by name who owes it then."""
    story.wait(days=5)
    return story.state.cast.name(story.state.acts[ActKind.RESOLVE_HOLD].owner)


def test_on_its_last_day_a_hold_says_that_it_has_come_whose_it_is_and_by_when() -> None:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    hold(story)
    ask, before = story.ask(AskKind.ACCEPT_MILESTONE), story.state
    manager = come(story)
    day = day_shown(story.state.hold.until) if story.state.hold else ""
    assert story.state.hold_stands is not None
    assert story.state.hold_stands.startswith(
        f"On hold until {day}, which has come; {manager} resumes, extends or ends it by "
    )
    client = card_for(
        story.state, ask, CardPlace(EngagementId("ENG-2026-0001"), "", ""), ask.voters[0].person_id, whole=True
    )
    assert client.rests == f"{story.state.hold_stands}."
    assert ask.id in steps_changed(before, story.state)
    owed = act(story, ActKind.DELIVER_MILESTONE, "M2")
    assert step_card(story.state, act_ref(story.state, owed), owed.owner).how == story.state.hold_shown
    assert f"{manager} resumes, extends or ends it." in refused(story, DeliverMilestone(milestone="M2"))


def test_a_client_who_is_refused_reads_who_says_how_it_goes_on_and_no_command_of_the_firm() -> None:
    story = at(Stage.DELIVER)
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    ask, manager = story.ask(AskKind.ACCEPT_MILESTONE), story.state.cast.name(story.state.manager)
    hold(story)
    with pytest.raises(OnHold) as no:
        story.answer(ask)
    assert no.value.refused.remedy == (
        f"{manager} decides by then how it continues, and you are told once it does. "
        f"Write to {manager} if it cannot wait."
    )
    told = command_for(no.value.refused, f"/api/v1/asks/{ask.id}/decide", "interlock ask decide")
    assert told == f"interlock deal show {story.state.id}"


def test_a_client_who_is_asked_something_hears_once_that_it_goes_on() -> None:
    story = at(Stage.DELIVER)
    for milestone in ("M1", "M2"):
        story.do(DeliverMilestone(milestone=milestone), story.holder("project_manager"))
    client = story.ask(AskKind.ACCEPT_MILESTONE, "milestone:M1").voters[0].person_id
    assert client not in {message.to for message in hold(story)}
    (told,) = [one for one in said(story, ResumeEngagement(), story.state.manager) if one.to == client]
    assert told.text.startswith(f"{story.state.title} continues. You can answer now: ")
    assert "M1" in told.text
    assert "M2" in told.text
    assert "budget" not in told.text
