"""Whoever left and came back: an engagement makes the same of it whenever it hears of each, and in whichever order."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asks.model import AskKind
from domain.directory import commands as f
from domain.directory import decide as door
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.command import DIRECTORY
from domain.engagement.decide import decide
from domain.engagement.roles.events import DirectoryTaken
from domain.engagement.roles.values import VacancyCause
from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at

ADMINISTRATOR = Actor(person_id="ida.holm", house_roles=("administrator",))
STAGES = (Stage.ESTIMATE, Stage.DECIDE, Stage.DELIVER)
ROLES = ("engagement_manager", "delivery_lead", "expert:data", "finance", "project_manager")


@cache
def begun(stage: Stage) -> Story:
    return at(stage, "halden")


def person(name: PersonId) -> Person:
    known = FIRM.person(name)
    assert known is not None
    return known


def said(directory: Directory, what: str, who: PersonId, successor: str, n: int) -> f.FirmCommand:
    """What is done to the directory; with the file nobody says why somebody leaves."""
    if what == "leaves":
        heads = {name: successor for name, holder in directory.positions.items() if holder == who}
        keys = {role: successor for role, holder in directory.house_roles.items() if holder == who}
        return f.DeactivatePerson(
            person_id=who, reason=f"Left, the {n}th time", successor=successor, positions=heads, house_roles=keys
        )
    if what == "is back":
        return f.ReinstatePerson(person_id=who, reason=f"Back, the {n}th time")
    if what == "is set":
        return f.SetPerson(person=(directory.person(who) or person(who)).replace(active=True, left_because=None))
    return f.ImportDirectory(directory=FIRM.replace(positions=directory.positions, house_roles=directory.house_roles))


def after(directory: Directory, command: f.FirmCommand, story: Story) -> Directory:
    try:
        return door.decide(directory, command, ADMINISTRATOR, story.now.date()).directory
    except Refusal:
        return directory


def told(state: Engagement, directory: Directory, version: int, story: Story) -> Engagement:
    """The engagement after the word of a version, if there is one for it."""
    word = delta_for(directory, version, state, story.now, "The directory says so")
    if word is None:
        return state
    return decide(state, word, Actor(person_id="ida.holm", channel=DIRECTORY), story.now).state


def what_is_so(state: Engagement) -> dict[str, Any]:
    """All but how many facts and words it took."""
    return state.model_dump(exclude={"seq", "directory"})


WORDS = st.lists(st.sampled_from(["leaves", "is back", "is set", "is imported"]), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STAGES), st.sampled_from(ROLES), st.sampled_from(FIRM.people), WORDS, st.data())
def test_an_engagement_ends_the_same_whenever_it_hears_of_who_left_and_came_back(
    stage: Stage, role: str, other: Person, words: list[str], data: st.DataObject
) -> None:
    story = begun(stage)
    who = story.state.cast.holder(role) or story.holder("delivery_lead")
    at_once = late = told(story.state, FIRM, 1, story)
    directory = FIRM
    for n, what in enumerate(words, 2):
        directory = after(directory, said(directory, what, who, other.id, n), story)
        at_once = told(at_once, directory, n, story)
        if data.draw(st.booleans(), label=f"hears {what}"):
            late = told(late, directory, n, story)
    late = told(late, directory, len(words) + 2, story)
    assert what_is_so(late) == what_is_so(at_once)


def test_what_somebody_held_who_left_and_came_back_unheard_is_vacant_and_whoever_was_to_follow_is_asked() -> None:
    story = begun(Stage.DELIVER).copy()
    lead = story.holder("delivery_lead")
    story.state = told(story.state, FIRM, 1, story)
    gone = after(FIRM, f.DeactivatePerson(person_id=lead, reason="To the sea", successor="bram.devries"), story)
    back = after(gone, f.ReinstatePerson(person_id=lead, reason="Back from the sea"), story)
    word = delta_for(back, 3, story.state, story.now, "Back from the sea")
    assert word is not None
    decision = decide(story.state, word, Actor(person_id="ida.holm", channel=DIRECTORY), story.now)
    state = decision.state
    assert sum(isinstance(event, DirectoryTaken) for event in decision.events) == 2
    assert state.cast.is_here(lead)
    assert state.cast.holder("delivery_lead") is None
    assert state.unheld["delivery_lead"].cause is VacancyCause.LEFT
    assert "To the sea" in state.unheld["delivery_lead"].because
    assert [ask.asked for ask in state.open_asks(AskKind.ACCEPT_ROLE)] in ([("bram.devries",)], [])
    assert delta_for(back, 4, state, story.now, "again") is None


def test_an_older_word_that_comes_after_it_changes_nothing() -> None:
    story = begun(Stage.DELIVER).copy()
    lead = story.holder("delivery_lead")
    gone = after(FIRM, f.DeactivatePerson(person_id=lead, reason="To the sea"), story)
    back = after(gone, f.ReinstatePerson(person_id=lead, reason="Back from the sea"), story)
    state = told(story.state, FIRM, 1, story)
    older = delta_for(gone, 2, state, story.now, "To the sea")
    assert older is not None
    newest = told(state, back, 3, story)
    again = decide(newest, older, Actor(person_id="ida.holm", channel=DIRECTORY), story.now).state
    assert what_is_so(again) == what_is_so(newest)


@pytest.mark.parametrize("time", [1, 2, 5])
def test_a_file_says_of_nobody_that_they_had_left_and_forgets_it_of_nobody(time: int) -> None:
    directory = FIRM
    for n in range(time):
        directory = after(
            directory, f.DeactivatePerson(person_id="kofi.mensah", reason=f"Left, {n}"), begun(Stage.DELIVER)
        )
        directory = after(directory, f.ReinstatePerson(person_id="kofi.mensah", reason="Back"), begun(Stage.DELIVER))
    kofi = directory.person(PersonId("kofi.mensah"))
    assert kofi is not None
    assert kofi.left[-1].number == time
    file = FIRM.replace(people=tuple(one.replace(left=()) for one in FIRM.people))
    imported = door.decide(directory, f.ImportDirectory(directory=file), ADMINISTRATOR, begun(Stage.DELIVER).now.date())
    assert imported.directory.person(PersonId("kofi.mensah")) == kofi.replace(
        manager=person(PersonId("kofi.mensah")).manager,
        deputy=person(PersonId("kofi.mensah")).deputy,
        assistant=person(PersonId("kofi.mensah")).assistant,
    )
