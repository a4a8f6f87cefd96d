"""A milestone outside the wished dates is taken, and said: in the answer, and in the step of whoever set it."""

from datetime import timedelta

from domain.acts import ActKind
from domain.engagement import commands as c
from domain.engagement.events import MilestonesSet
from domain.engagement.milestone_dates import told_outside
from domain.engagement.state import Milestone
from domain.next_steps import next_steps
from domain.step_texts import how
from domain.working_time import day_shown
from tests.domain.story import Story


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


def test_the_first_few_are_told_by_name_and_what_lies_within_is_not() -> None:
    start, end = Story("halden").state.wished_start, Story("halden").state.wished_end
    days = (start, end, start - timedelta(days=1), *(end + timedelta(days=n) for n in range(1, 5)))
    rows = tuple(Milestone(id=f"M{n}", title="Done", due=day, share_percent=1) for n, day in enumerate(days))
    told = tuple(told_outside(rows, start, end))
    assert told[0].startswith(f"M2 is due on {day_shown(start - timedelta(days=1))}, 1 day before the wished start, ")
    assert [line.split()[0] for line in told] == ["M2", "M3", "M4", "And"]
    assert told[-1] == "And 2 more lie outside the wished dates."
