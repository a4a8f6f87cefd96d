"""Whoever may do a next step beside its owner is named, with the reason."""

from datetime import date

from domain.asks.model import AskKind
from domain.directory.people import Absence
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.stand_ins import away_until, in_whose_place, who_else
from domain.playbook.model import Stage
from tests.domain.story import Story, at

FRIDAY = date(2026, 12, 4)


def step(story: Story, ref: str) -> NextStep:
    return next(step for step in next_steps(story.state, story.now) if step.ref == ref)


def told(story: Story, found: NextStep) -> str | None:
    cast = story.state.cast
    away = away_until(cast.absences, found.who, cast.calendar_of(found.who).local_day(story.now))
    late = found.due is not None and found.due <= story.now
    return who_else(found.kind, cast.name(found.who), [cast.name(one) for one in found.others], away, overdue=late)


def test_the_delegate_of_who_is_away_is_named_for_an_act_and_for_an_ask() -> None:
    story = at(Stage.HANDOFF)
    list(story.cover(Stage.HANDOFF))
    owed = step(story, ActKind.OFFER_HANDOFF.value)
    assert told(story, owed) is None
    name, last = story.state.cast.name(owed.who), story.day(10)
    known = {owed.who, *story.state.cast.holders.values(), story.state.seller}
    other = next(one.id for one in story.firm.people if one.active and one.id not in known and not one.client)
    absence = Absence(person=owed.who, first=story.day(), last=last, delegate=other)
    story.directory_says(story.person(other), absences=(absence,))
    said = told(story, step(story, ActKind.OFFER_HANDOFF.value))
    assert said is not None
    assert said.startswith(story.person(other).name)
    assert f"may also do it: {name} is away until" in said


def test_from_due_on_the_deputy_is_named_because_it_is_overdue() -> None:
    story = at(Stage.DECIDE)
    ask = story.ask(AskKind.DECIDE_DEAL)
    assert told(story, step(story, ask.id)) is None
    story.wait(days=6)
    late = step(story, ask.id)
    assert late.others
    assert (told(story, late) or "").endswith("may also do it: it is overdue.")


def test_the_sentences() -> None:
    assert who_else("ask", "Marta Silva", [], FRIDAY, overdue=True) is None
    assert who_else("ask", "Marta Silva", ["Jonas Weber"], FRIDAY, overdue=True) == (
        "Jonas Weber may also do it: Marta Silva is away until Fri 4 Dec 2026."
    )
    assert (
        who_else("act", "Marta Silva", ["A", "B", "C"], None, overdue=False)
        == "A, B and C may also do it, for Marta Silva."
    )
    assert who_else("vacancy", "Marta Silva", ["A", "B"], None, overdue=True) == "A and B may also name somebody."
    assert in_whose_place("Marta Silva", FRIDAY, overdue=False) == (
        "Marta Silva owes this; you may also do it: Marta Silva is away until Fri 4 Dec 2026."
    )
