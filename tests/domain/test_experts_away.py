"""An expert's hours are nobody else's to give: whoever owes some and is away leaves a gap, whomever they have named."""

import pytest

from domain.asks.model import Ask, AskKind
from domain.directory.people import Absence
from domain.engagement.roles.delegate_eligibility import bars_told
from domain.engagement.roles.values import VacancyCause
from domain.next_steps.model import next_steps
from domain.shared.values import PersonId
from tests.domain.story import Story

KOFI, ROSA, ROLE = "kofi.mensah", PersonId("rosa.klein"), "expert:data"


def asked() -> tuple[Story, Ask]:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject="estimate:data"))).copy()
    return story, story.ask(AskKind.ESTIMATE, "estimate:data")


def goes_away(story: Story, delegate: str | None) -> None:
    absence = Absence(person=KOFI, first=story.day(), last=story.day(6), delegate=delegate)
    rosa = story.person(ROSA)
    expert = rosa.replace(roles=(*rosa.roles, ROLE))
    story.directory_says(expert, absences=(absence,), because="An absence was noted")
    story.wait(minutes=1)


@pytest.mark.parametrize("delegate", [None, ROSA])
def test_their_head_is_told_and_may_name_another_whether_or_not_they_have_a_delegate(delegate: str | None) -> None:
    story, _ = asked()
    goes_away(story, delegate)
    vacancy = story.state.vacancies[ROLE]
    assert vacancy.cause is VacancyCause.AWAY
    assert vacancy.because.endswith("and nobody else can give their hours")
    assert ("vacancy", ROLE) in {(step.kind, step.ref) for step in next_steps(story.state, story.now)}
    assert [m.to for m in story.messages_told() if m.step and f"vacancy:{ROLE}" in m.step] != []


def test_a_delegate_who_could_not_answer_is_not_bothered_with_it() -> None:
    story, ask = asked()
    goes_away(story, ROSA)
    assert story.now_of(ask).stand_ins == ()
    assert ROSA not in {m.to for m in story.messages_told() if m.ask_id == ask.id}


def test_a_further_expert_closes_the_gap() -> None:
    story, ask = asked()
    goes_away(story, ROSA)
    story.propose(ROLE, ROSA, waiver="She has done such work")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{ROLE}"), by=ROSA)
    assert ROLE not in story.state.vacancies
    assert ROSA in {voter.person_id for voter in story.now_of(ask).silent}


def test_whoever_has_given_all_their_hours_leaves_none() -> None:
    story, _ = asked()
    for _ in story.chapter():
        if "W5" in story.state.estimated:
            break
    goes_away(story, None)
    assert ROLE not in story.state.vacancies
    story.wait(days=1)
    assert ROLE not in story.state.vacancies


def test_whoever_names_a_delegate_reads_that_their_hours_are_not_theirs_to_give() -> None:
    story, _ = asked()
    absence = Absence(person=KOFI, first=story.day(), last=story.day(6), delegate=ROSA)
    (told,) = bars_told(story.state, absence)
    assert (
        "Rosa Klein cannot give the hours for W5: experts give their own hours. The role counts as vacant then, and "
        in told
    )
    assert told.endswith(" must get a further expert named.")
