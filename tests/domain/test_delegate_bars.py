"""Whoever names somebody to answer for a person reads where they cannot, why, and who is asked then."""

import pytest

from domain.asks.model import AskKind
from domain.directory.people import Absence, Delegation, Period
from domain.engagement.roles.delegate_eligibility import Bar, bars, bars_told
from domain.playbook.model import Stage
from domain.shared.values import PersonId
from tests.domain.story import Story, at


def absence(story: Story, person: str, delegate: str | None) -> Absence:
    return Absence(person=person, first=story.day(1), last=story.day(9), delegate=delegate)


def delegation(story: Story, person: str, to: str, **narrow: object) -> Delegation:
    period = Delegation(person=person, to=to, first=story.day(1), last=story.day(9))
    return period.replace(**narrow)


def told(story: Story, period: Period) -> list[Bar]:
    return list(bars(story.state, period))


def test_the_engagement_manager_cannot_stand_in_for_the_project_manager_and_who_must_find_somebody_is_named() -> None:
    story = at(Stage.DELIVER).copy()
    manager, pm = story.state.manager, story.holder("project_manager")
    (bar,) = told(story, absence(story, pm, manager))
    assert bar.what == "stand in as project manager"
    assert "cannot be the same person" in bar.why
    assert bar.then == "The role is vacant then, and Priya Raman must get somebody to stand in."
    (said,) = bars_told(story.state, absence(story, pm, manager))
    name = story.state.cast.name(manager)
    assert said.startswith(f"In {story.state.id} {story.state.title} {name} cannot stand in as project manager: ")


def test_whoever_may_is_not_spoken_of_and_nobody_named_is_nobody_barred() -> None:
    story = at(Stage.DELIVER).copy()
    pm = story.holder("project_manager")
    assert told(story, absence(story, pm, "nadia.haddad")) == []
    assert told(story, absence(story, pm, None)) == []


def test_the_deputy_stands_in_where_the_delegate_may_not() -> None:
    story = at(Stage.DELIVER).copy()
    pm = story.holder("project_manager")
    story.directory_says(story.person(PersonId("nadia.haddad")), story.person(pm).replace(deputy="nadia.haddad"))
    (bar,) = told(story, absence(story, pm, story.state.manager))
    assert bar.then == "Nadia Haddad, the deputy, stands in."


def test_whoever_sells_answers_no_ask_of_the_deal_for_another() -> None:
    story = at(Stage.DECIDE).copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    voter = ask.voters[0].person_id
    found = told(story, absence(story, voter, story.state.seller))
    assert Bar(f"answer “{ask.title}”", "sells the deal", found[-1].then) in found
    assert found[-1].then.startswith(f"It waits for {story.state.cast.name(voter)}.")


def test_what_is_answered_in_person_waits_for_whoever_is_asked() -> None:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW))).copy()
    ask = story.ask(AskKind.SIGN_SOW)
    signer = ask.voters[0].person_id
    (bar,) = [one for one in told(story, absence(story, signer, "nadia.haddad")) if one.what.startswith("answer")]
    assert bar.why == f"only {story.state.cast.name(signer)} can"


@pytest.mark.parametrize(
    ("narrow", "barred"), [({}, True), ({"roles": ("quality",)}, False), ({"kinds": ("decide_deal",)}, False)]
)
def test_a_delegation_is_looked_at_for_what_it_gives(narrow: dict[str, object], *, barred: bool) -> None:
    story = at(Stage.DELIVER).copy()
    given = delegation(story, story.holder("project_manager"), story.state.manager, **narrow)
    assert bool(told(story, given)) is barred


def test_once_they_are_asked_beside_the_person_nothing_bars_them() -> None:
    story = at(Stage.DECIDE).copy()
    ask = story.ask(AskKind.DECIDE_DEAL)
    voter, delegate = ask.voters[0].person_id, "tomasz.nowak"
    period = absence(story, voter, delegate).replace(first=story.day())
    before = [bar for bar in told(story, period) if bar.what.startswith("answer")]
    story.directory_says(absences=(*story.state.cast.absences, period))
    story.wait(minutes=5)
    after = [bar for bar in told(story, period) if bar.what.startswith("answer")]
    assert before == after
