"""What the command line shows of an ask and of the steps of a deal says what the card and the page say."""

import json
from datetime import timedelta

from application.queries.asks import ask_view
from application.queries.step_views import step_views
from application.queries.view import UTC_ZONE, Reader
from cli.asks import _show_ask
from cli.next_steps import show_next_steps
from cli.terminal import OUT
from domain.asks.card import CardPlace, card_for
from domain.asks.consequences import leads_to
from domain.asks.model import Ask, AskKind, Condition, Verdict
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.delivery.commands import DeliverMilestone
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId
from tests.domain.story import Story, at
from tests.domain.test_returned_packages import asked_of_two, clarify
from tests.domain.test_two_experts import BOLD, DATA, KOFI, ROSA, give


def shown(story: Story, ask: Ask, person: str) -> str:
    """What `interlock ask show` prints."""
    view = ask_view(story.state, ask, story.state, Reader(Actor(person_id=person), UTC_ZONE))
    with OUT.capture() as captured:
        _show_ask(json.loads(view.model_dump_json()))
    return " ".join(captured.get().split())


def test_an_ask_says_by_line_what_each_answer_leads_to() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.SIGN_BRD)))
    ask = story.ask(AskKind.SIGN_BRD)
    assert leads_to(AskKind.SIGN_BRD, Verdict.RETURN) in shown(story, ask, ask.asked[0])


def test_a_condition_is_said_by_line_in_the_words_of_the_card() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.REVIEW_SOW))).copy()
    ask = story.ask(AskKind.REVIEW_SOW)
    owner, due = story.state.manager, story.day(9)
    condition = Condition(text="Name the data owner", owner=owner, due=due)
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    told = f"Name the data owner ({story.state.cast.name(owner)}, by {day_shown(due)})"
    answered = story.state.asks[ask.id]
    person = answered.votes[-1].by
    card = card_for(story.state, answered, CardPlace(EngagementId("ENG-2026-0001"), "", ""), person, whole=True)
    assert told in " ".join(one.said for one in card.people)
    assert f"On condition: {told}" in shown(story, answered, person)


def test_what_rests_says_until_when_on_every_line_and_that_nothing_is_answered() -> None:
    story = at(Stage.DELIVER).copy()
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    story.do(HoldEngagement(reason="They think", until=story.day(5)), story.state.manager)
    until = f"On hold until {day_shown(story.day(5))}"
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    assert f"{until}: They think. Nothing can be answered until then." in shown(story, ask, story.state.manager)
    reader = Reader(Actor(person_id=story.state.manager), UTC_ZONE)
    steps = step_views(story.state, (story.state,), reader, story.now + timedelta(minutes=1))
    with OUT.capture() as captured:
        show_next_steps([json.loads(step.model_dump_json()) for step in steps])
    assert until in captured.get()
    assert "Paused" not in captured.get()


def test_hours_say_by_line_which_packages_are_returned_and_what_was_given_before() -> None:
    story, ask = asked_of_two()
    assert f"ask decide {ask.id} return --reason REASON [--package PACKAGE]" in shown(story, ask, KOFI)
    give(story, ask, ROSA, BOLD, "W5", "W18")
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    assert "W18: Two formats" in shown(story, story.now_of(ask), KOFI)
    clarify(story, "W18", "One format")
    again = story.ask(AskKind.ESTIMATE, DATA)
    before = f"for context, W18, as you gave it before (no longer counts): {BOLD}"
    assert before in shown(story, again, ROSA)
    assert BOLD.written not in shown(story, again, KOFI)
