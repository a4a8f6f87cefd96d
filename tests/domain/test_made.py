"""What a command made is called by its number, once, when it is new."""

from decimal import Decimal

from domain.engagement import commands as c
from domain.engagement.change_facts import ChangeFacts
from domain.made import made_by
from domain.playbook import Stage
from tests.domain.story import Story, at

MORE = ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2)


def made(story: Story, command: c.Command, by: str) -> tuple[str, ...]:
    known = len(story.facts)
    story.do(command, by)
    return made_by(fact.event for fact in story.facts[known:])


def test_a_change_order_and_what_is_none_yet_say_their_number() -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("project_manager")
    assert "potential change K1" in made(story, c.RecordPotentialChange(text="Can we also…"), manager)
    before = len(story.state.changes)
    assert f"change {before + 1}" in made(story, c.SubmitChange(change=MORE), manager)


def test_what_makes_nothing_new_names_nothing() -> None:
    story = at(Stage.ESTIMATE)
    held = c.HoldEngagement(reason="Budget", until=story.day(20))
    assert made(story, held, story.state.manager) == ()
