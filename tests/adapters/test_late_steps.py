"""What others owe and is late is told to those above, apart from what they owe themselves."""

from sqlalchemy import Engine

from adapters.db.read_model import ReadModel
from adapters.db.read_model_rows import Filters
from adapters.db.records import Records
from domain.next_steps.choices import replace_action
from domain.next_steps.model import StepPart
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.adapters.test_projection import turns
from tests.domain.story import Story


def test_what_climbed_is_late_with_its_owner_and_told_to_who_is_above(records: Records, engine: Engine) -> None:
    read = ReadModel(engine)
    story = Story("halden")
    story.wait(days=14)
    for batch in turns(story.facts):
        records.append(batch)
    owed = story.state.acts["record_needs"]
    assert set(owed.told) > {"claire.dubois"}
    for person in owed.told:
        assert "record_needs" not in {step.ref for step in read.steps_of(person, 200).items}
        assert "record_needs" not in {one.act for one in read.portfolio(person).acts.items}
        told = read.portfolio(person).late
        assert (told.items[0].what, told.items[0].owner) == ("Record what the client needs", "Luca Ferri")
        assert told.total == len(read.late_steps_of(person, 200).items)
        (late,) = [step for step in read.late_steps_of(person, 10).items if step.ref == "record_needs"]
        assert (late.owner, late.due_at < story.now) == (owed.owner, True)
    parts = {person: read.late_steps_of(person, 10).items[0].part for person in owed.told}
    assert parts[PersonId("claire.dubois")] is StepPart.MAY_REPLACE
    assert read.late_steps_of(owed.owner, 10).items == ()
    assert [row.id for row in read.engagements(Filters(waits_for=owed.owner)).items] == [story.number]
    replaced = RemedyAction.REPLACE_HOLDER.about(engagement=story.number, role="sales")
    assert replace_action(story.number, owed.role) == replaced
