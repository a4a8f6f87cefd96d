"""Whoever takes the work over is shown what it was sold by, beside what they accept, and no figure of money."""

from domain.asks.context_shown import MORE_OF_THE_WORK, shown_beside
from domain.asks.model import AskKind
from domain.engagement.pricing.deal_decision import as_many_as_fit
from domain.shared.limits import MAX_DEAL_CONTEXT_BYTES
from domain.shared.text import bytes_of
from domain.shared.transaction import Actor
from tests.domain.story import Story


def test_a_handoff_shows_hours_sold_by_whom_they_were_given_requirements_and_dates() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_HANDOFF)))
    ask, pm = story.ask(AskKind.ACCEPT_HANDOFF), story.holder("project_manager")
    beside = shown_beside(story.state, story.state, ask, Actor(person_id=pm))
    assert "h sold (" in beside["hours W1"]
    assert "estimated by " in beside["hours W1"]
    assert beside["requirement R1"] == story.state.requirements["R1"].text
    assert beside["dates"].startswith("requested from ")
    assert story.state.currency not in " ".join(beside.values())
    assert not any(name in story.shown(ask) for name in beside), "what is accepted is what it was"


def test_a_milestone_shows_beside_it_what_the_brd_requires_in_words() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.ACCEPT_MILESTONE)))
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    beside = shown_beside(story.state, story.state, ask, Actor(person_id=ask.asked[0]))
    assert story.state.requirements
    assert all(beside[f"requirement {name}"] == one.text for name, one in story.state.requirements.items())


def test_of_a_very_large_scope_as_much_is_shown_as_a_card_takes_and_that_there_is_more() -> None:
    texts = {f"requirement R{n}": "ä" * 400 for n in range(100)}
    shown = as_many_as_fit(texts, MORE_OF_THE_WORK)
    assert sum(bytes_of(text) for text in shown.values()) <= MAX_DEAL_CONTEXT_BYTES
    assert shown["and more"] == MORE_OF_THE_WORK.format(100 - (len(shown) - 1))
