"""Whoever is named is made known as far as there is room, and the directory is heard however many are known."""

import pytest

from domain.asks.answering import MAX_DELEGATES
from domain.asks.model import Ask, AskKind, Condition, Verdict
from domain.asks.selectable_people import may_answer_instead
from domain.directory.participants_size import (
    MAX_OF_PEOPLE,
    MAX_PEOPLE_WITH_STAND_INS,
    MAX_WITH_GUESTS,
    MAX_WITH_STAND_INS,
    known_of_people,
    room_of_people,
)
from domain.directory.people import Absence, Introduction, Person
from domain.engagement.answers.commands import DelegateAsk
from domain.engagement.changes.commands import SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import RaiseComplaint
from domain.engagement.roles.commands import ProposeHolder, ReleaseRole
from domain.playbook.model import Stage
from domain.shared.errors import AskedAlready, BadValue
from domain.shared.limits import KIB
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story
from tests.domain.test_bounds import on_its_way


def colleagues(how_many: int) -> tuple[Person, ...]:
    like = next(person for person in FIRM.people if person.id == "sven.aas")
    plain = like.replace(deputy=None, assistant=None, roles=("delivery_lead",))
    return tuple(
        plain.replace(id=f"colleague.{n}", name=f"Colleague Number {n}", email=f"c.{n}@fjordline.example")
        for n in range(how_many)
    )


def knowing(how_many: int) -> Story:
    """A deal at its delivery that knows so many colleagues more."""
    story, more = on_its_way(Stage.DELIVER, largest=False).copy(), colleagues(how_many)
    story.firm = FIRM.replace(people=(*FIRM.people, *more))
    story.state = story.state.replace(cast=story.state.cast.knowing(Introduction(people=more)))
    return story


def complaint(story: Story) -> Ask:
    story.do(RaiseComplaint(text="Late again"), story.holder("engagement_manager"))
    return story.ask(AskKind.ACKNOWLEDGE_COMPLAINT)


def test_one_person_lets_few_others_answer_one_ask() -> None:
    story = knowing(0)
    ask, told = complaint(story), colleagues(MAX_DELEGATES + 1)
    asked = ask.silent[0].person_id
    for person in told[:-1]:
        story.do(DelegateAsk(ask_id=ask.id, to=person.id, introduces=Introduction(people=(person,))), asked)
    assert may_answer_instead(story.state, story.now_of(ask), asked, told) == ()
    with pytest.raises(AskedAlready, match=r"Colleague Number 0, .* answer this for you"):
        story.do(DelegateAsk(ask_id=ask.id, to=told[-1].id, introduces=Introduction(people=told[-1:])), asked)


def test_however_many_are_known_the_directory_is_heard() -> None:
    story = knowing(400)
    assert known_of_people(story.state.cast) > MAX_OF_PEOPLE
    story.leaves(PersonId("olga.petrova"))
    assert not story.state.cast.people[PersonId("olga.petrova")].active
    away = Absence(person="sven.aas", first=story.day(), last=story.day(3))
    story.directory_says(absences=(*story.state.cast.absences, away))
    assert away in story.state.cast.absences


def test_nobody_more_is_made_known_beside_the_roles_where_very_many_are_and_roles_are_filled() -> None:
    story = knowing(320)
    assert known_of_people(story.state.cast) > MAX_WITH_GUESTS
    ask, newcomer = complaint(story), colleagues(321)[-1]
    brought = Introduction(people=(newcomer,))
    assert newcomer not in may_answer_instead(story.state, ask, ask.silent[0].person_id, [newcomer])
    with pytest.raises(BadValue, match="has no room for Colleague Number 320"):
        story.do(DelegateAsk(ask_id=ask.id, to=newcomer.id, introduces=brought), ask.silent[0].person_id)
    story.do(
        DelegateAsk(ask_id=ask.id, to="colleague.7", introduces=brought.replace(people=())), ask.silent[0].person_id
    )
    story.do(ReleaseRole(role="quality", reason="Free again"), story.holder(story.state.head_role("quality")))
    head = story.holder(story.state.head_role("quality"))
    story.do(ProposeHolder(role="quality", person=newcomer, waiver=story.waiver("With a coach.")), head)
    assert newcomer.id in story.state.cast.people


def test_conditions_of_whoever_is_known_are_taken_where_there_is_no_room_for_others() -> None:
    story = knowing(320)
    story.do(
        SubmitChange(change=ChangeFacts.in_one(title="More", reason="Client request", price=100)),
        story.holder("project_manager"),
    )
    ask = story.ask(AskKind.APPROVE_CHANGE)
    met = Condition(text="Say when", owner="colleague.7", due=story.day(3))
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, conditions=(met,))


@pytest.mark.parametrize("said", ["", "of everybody as much as this is said " * 30])
def test_stand_ins_come_along_as_far_as_there_is_room(said: str) -> None:
    """Of people of whom much is said fewer come along; and of no kind more than there is room kept for."""
    story = knowing(0)
    named, *beside = (one.replace(title=said[:900] or None) for one in colleagues(400))
    ask = complaint(story)
    brought = Introduction(people=(named, *beside))
    story.do(DelegateAsk(ask_id=ask.id, to=named.id, introduces=brought), ask.silent[0].person_id)
    cast = story.state.cast
    assert named.id in cast.people
    assert known_of_people(cast) > MAX_WITH_STAND_INS - 8 * KIB or len(cast.people) == MAX_PEOPLE_WITH_STAND_INS
    assert known_of_people(cast) <= MAX_WITH_STAND_INS
    assert room_of_people(cast) == MAX_OF_PEOPLE
