"""What a command made is called by its number, once, when it is new."""

from decimal import Decimal

from domain.engagement.changes.commands import RecordPotentialChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.command import Command
from domain.playbook.model import Stage
from domain.shared.created_items import made_by
from tests.domain.story import Story, at

MORE = ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2)


def made(story: Story, command: Command, by: str) -> tuple[str, ...]:
    known = len(story.facts)
    story.do(command, by)
    return made_by(fact.event for fact in story.facts[known:])


def test_a_change_order_and_what_is_none_yet_say_their_number() -> None:
    story = at(Stage.DELIVER)
    manager = story.holder("project_manager")
    assert "potential change K1" in made(story, RecordPotentialChange(text="Can we also…"), manager)
    before = len(story.state.changes)
    assert f"change {before + 1}" in made(story, SubmitChange(change=MORE), manager)


def test_what_makes_nothing_new_names_nothing() -> None:
    story = at(Stage.ESTIMATE)
    held = HoldEngagement(reason="Budget", until=story.day(20))
    assert made(story, held, story.state.manager) == ()
