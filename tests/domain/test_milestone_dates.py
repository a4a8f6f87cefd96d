"""A milestone outside the wished dates is taken, and said; one that a change moves is due on a day that is worked."""

from datetime import date, timedelta

import pytest

from domain.acts import ActKind
from domain.engagement import commands as c
from domain.engagement.change_facts import ChangeFacts
from domain.engagement.contract import milestones_moved
from domain.engagement.events import MilestonesSet
from domain.engagement.milestone_dates import told_outside
from domain.engagement.outlook import MILESTONES, outlook
from domain.engagement.permissions import CHANGES
from domain.engagement.state import Milestone
from domain.next_steps import next_steps
from domain.playbook import Stage
from domain.step_texts import how
from domain.working_time import day_shown
from tests.domain.story import Story, at, signed


def remedy(story: Story, kind: ActKind) -> str:
    step = next(one for one in next_steps(story.state, story.now) if one.ref == kind.value)
    return how(story.state, step)


def test_whoever_sets_milestones_reads_which_dates_were_wished() -> None:
    story = Story("halden").until(lambda s: ActKind.SET_MILESTONES.value in s.state.acts)
    start, end = day_shown(story.state.wished_start), day_shown(story.state.wished_end)
    told = f"Their shares add up to 100 percent. The wished dates are {start} to {end}."
    assert remedy(story, ActKind.SET_MILESTONES) == told


def test_one_that_lies_outside_is_said_in_the_answer_and_before_the_sow_is_drawn() -> None:
    story = Story("halden").until(lambda s: ActKind.DRAFT_SOW.value in s.state.acts).copy()
    assert remedy(story, ActKind.DRAFT_SOW) == "It is drawn from the record, and reviewed inside."
    *first, last = story.state.milestones.values()
    late = last.having(due=story.state.wished_end + timedelta(days=3))
    story.do(c.SetMilestones(milestones=(*first, late)), by=story.state.seller)
    told = (
        f"{late.id} is due on {day_shown(late.due)}, 3 days after the wished end, {day_shown(story.state.wished_end)}."
    )
    assert story.events(MilestonesSet)[-1].said == (told,)
    assert story.state.milestones[late.id] == late
    assert remedy(story, ActKind.DRAFT_SOW).endswith(f"reviewed inside. {told}")


SATURDAY = date(2027, 1, 30)


def moving(due: date) -> Story:
    """Halden in delivery, with every milestone due on this day."""
    story = at(Stage.DELIVER, "halden").copy()
    milestones = {name: one.having(due=due) for name, one in story.state.milestones.items()}
    story.state = story.state.having(milestones=milestones)
    return story


@pytest.mark.parametrize(
    ("due", "days", "day"),
    [
        (date(2027, 1, 28), 2, date(2027, 2, 1)),
        (date(2027, 1, 28), 1, date(2027, 1, 29)),
        (date(2027, 2, 2), -3, date(2027, 2, 1)),
        (date(2026, 12, 23), 2, date(2026, 12, 28)),
    ],
)
def test_a_change_moves_a_milestone_to_a_day_on_which_whoever_delivers_works(due: date, days: int, day: date) -> None:
    assert set(milestones_moved(moving(due).state, days).values()) == {day}


def test_what_one_change_lands_on_is_not_counted_by_the_next() -> None:
    story = moving(date(2027, 1, 28))
    for _ in range(2):
        signed(story, ChangeFacts.model_validate({"title": "More", "reason": "client request", "price": 0, "days": 2}))
    assert {milestone.due for milestone in story.state.milestones.values()} == {date(2027, 2, 1)}


def test_a_change_that_an_earlier_version_signed_moves_as_it_did() -> None:
    """An engagement that is replayed hears its report as it was, and comes to the days that it came to."""
    story = moving(date(2027, 1, 28))
    n = story.submit(ChangeFacts.model_validate({"title": "More", "reason": "client request", "price": 0, "days": 2}))
    said = c.ReportChange(n=n, revision=1, report=9, status="approved")
    story.do(said, "peter.olsen", channel=CHANGES)
    assert {milestone.due for milestone in story.state.milestones.values()} == {SATURDAY}


def test_what_a_change_moves_says_which_day_is_not_worked_before_anybody_signs() -> None:
    state = moving(SATURDAY - timedelta(days=2)).state
    facts = ChangeFacts.model_validate({"title": "More", "reason": "client request", "price": 0, "days": 2})
    told = outlook(state, facts, 1)[MILESTONES]
    assert "from Thu 28 Jan 2027 to Mon 1 Feb 2027, as nobody works on Sat 30 Jan 2027" in told


def test_a_milestone_that_is_due_after_its_day_says_why() -> None:
    story = moving(SATURDAY)
    story.do(c.RecordContact(person=story.holder("client_sponsor"), summary="We spoke"), story.state.manager)
    step = next(one for one in next_steps(story.state, story.now) if one.ref == "deliver_milestone:M1")
    assert step.due is not None
    assert story.state.cast.calendar_of(step.who).local_day(step.due) == SATURDAY + timedelta(days=2)
    why = "Nobody works on Sat 30 Jan 2027: it is due once work has begun again."
    assert how(story.state, step) == f"The client's sponsor is asked to accept it. {why}"


def test_the_first_few_are_told_by_name_and_what_lies_within_is_not() -> None:
    start, end = Story("halden").state.wished_start, Story("halden").state.wished_end
    days = (start, end, start - timedelta(days=1), *(end + timedelta(days=n) for n in range(1, 5)))
    rows = tuple(Milestone(id=f"M{n}", title="Done", due=day, share_percent=1) for n, day in enumerate(days))
    told = tuple(told_outside(rows, start, end))
    assert told[0].startswith(f"M2 is due on {day_shown(start - timedelta(days=1))}, 1 day before the wished start, ")
    assert [line.split()[0] for line in told] == ["M2", "M3", "M4", "And"]
    assert told[-1] == "And 2 more lie outside the wished dates."
