"""Whoever takes the work over is shown what it was sold by, beside what they accept, and no figure of money."""

from domain.asks import AskKind
from domain.engagement import commands as c
from domain.engagement.change_facts import ChangeFacts
from domain.engagement.dealing import as_many_as_fit
from domain.limits import MOST_BESIDE_A_DEAL
from domain.playbook import Stage
from domain.shown_beside import MORE_OF_THE_WORK, shown_beside
from domain.turn import Actor
from domain.words import bytes_of
from tests.domain.story import Story, at


def test_a_handoff_shows_hours_sold_by_whom_they_were_given_requirements_and_dates() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_HANDOFF)))
    ask, pm = story.ask(AskKind.ACCEPT_HANDOFF), story.holder("project_manager")
    beside = shown_beside(story.state, story.state, ask, Actor(person=pm))
    assert "h sold (" in beside["hours W1"]
    assert "estimated by " in beside["hours W1"]
    assert beside["requirement R1"] == story.state.requirements["R1"].text
    assert beside["dates"].startswith("wished from ")
    assert story.state.currency not in " ".join(beside.values())
    assert not any(name in ask.facts for name in beside), "what is accepted is what it was"


def test_a_milestone_shows_beside_it_what_the_brd_requires_in_words() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_MILESTONE)))
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    beside = shown_beside(story.state, story.state, ask, Actor(person=ask.asked[0]))
    assert story.state.requirements
    assert all(beside[f"requirement {name}"] == one.text for name, one in story.state.requirements.items())


def test_what_a_signed_change_says_of_requirements_stands_before_them() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    said = "R2 falls away; R1 reads: one login for all"
    facts = {"title": "Less", "reason": "client request", "items": [{"kind": "requirements", "text": said}]}
    for _ in story.change(ChangeFacts.model_validate(facts)):
        pass
    story.do(c.DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    beside = shown_beside(story.state, story.state, ask, Actor(person=ask.asked[0]))
    assert beside["requirements, by change 1 as signed"] == said
    assert list(beside).index("requirements, by change 1 as signed") < list(beside).index("requirement R1")


def test_of_a_very_large_scope_as_much_is_shown_as_a_card_takes_and_that_there_is_more() -> None:
    texts = {f"requirement R{n}": "ä" * 400 for n in range(100)}
    shown = as_many_as_fit(texts, MORE_OF_THE_WORK)
    assert sum(bytes_of(text) for text in shown.values()) <= MOST_BESIDE_A_DEAL
    assert shown["and more"] == MORE_OF_THE_WORK.format(100 - (len(shown) - 1))
