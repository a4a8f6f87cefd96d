"""What a directory would do is looked at in each engagement, and one that cannot be asked hides no other's."""

from collections.abc import Iterable
from typing import Any, cast

from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from application.directory_sync.effects_preview import Tried, effects_of
from domain.engagement.aggregate import Engagement
from domain.playbook.model import Stage
from domain.shared.errors import IntegrityBroken
from domain.shared.transaction import Actor
from tests.domain.story import FIRM, Story, at

IDA = Actor(person_id="ida.holm", house_roles=("administrator",))


class Held:
    """Two engagements that somebody is in, of which the first cannot be read."""

    def __init__(self, story: Story) -> None:
        self.state = story.state

    def concerned(self, _people: Iterable[str], after: str, _limit: int) -> tuple[str, ...]:
        return () if after else ("ENG-2026-0000", self.state.id)

    def engagement(self, number: str) -> Engagement | None:
        if number != self.state.id:
            raise IntegrityBroken("What the content store holds is not what was put there.")
        return self.state


def test_one_that_cannot_be_read_hides_no_other() -> None:
    story = at(Stage.ESTIMATE)
    manager = story.holder("engagement_manager")
    gone = tuple(one.replace(active=False) if one.id == manager else one for one in FIRM.people)
    tried = Tried(FIRM.replace(people=gone), 9, "The directory is imported.", {manager})
    held: Any = Held(story)
    read, people = cast("ReadModel", held), cast("PeopleOperations", held)
    damaged, sound = list(effects_of(read, people, tried, IDA, story.now))
    assert damaged is not None
    assert damaged.refused == "What the content store holds is not what was put there."
    assert sound is not None
    assert [role.role for role in sound.roles] == ["engagement manager"]
    assert sound.refused is None
