"""A milestone outside the requested dates is taken, and said; of one on a day that nobody works that is said too."""

from datetime import date, timedelta

from domain.engagement.changes.contract import milestones_moved
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.outlook import MILESTONES, outlook
from domain.engagement.delivery.commands import RecordContact
from domain.engagement.scope.commands import SetMilestones
from domain.engagement.scope.events import MilestonesSet
from domain.engagement.scope.milestone_dates import told_outside
from domain.engagement.scope.values import Milestone
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import next_steps
from domain.next_steps.texts import how
from domain.playbook.model import Stage
from domain.shared.calendar import day_shown
from tests.domain.story import Story, at


def remedy(story: Story, kind: ActKind) -> str:
    step = next(one for one in next_steps(story.state, story.now) if one.ref == kind.value)
    return how(story.state, step)


def test_whoever_sets_milestones_reads_which_dates_were_wished() -> None:
    story = Story("halden").until(lambda s: ActKind.SET_MILESTONES.value in s.state.acts)
    start, end = day_shown(story.state.wished_start), day_shown(story.state.wished_end)
    told = f"Their shares must add up to 100 percent. The requested dates are {start} to {end}."
    assert remedy(story, ActKind.SET_MILESTONES) == told


def test_one_that_lies_outside_is_said_in_the_answer_and_before_the_sow_is_drawn() -> None:
    story = Story("halden").until(lambda s: ActKind.DRAFT_SOW.value in s.state.acts).copy()
    assert remedy(story, ActKind.DRAFT_SOW) == "It is drafted from the record, and reviewed internally."
    *first, last = story.state.milestones.values()
    late = last.replace(due=story.state.wished_end + timedelta(days=3))
    story.do(SetMilestones(milestones=(*first, late)), by=story.state.seller)
    told = (
        f"{late.id} is due on {day_shown(late.due)}, 3 days after the requested end, "
        f"{day_shown(story.state.wished_end)}."
    )
    assert story.events(MilestonesSet)[-1].said == (told,)
    assert story.state.milestones[late.id] == late
    assert remedy(story, ActKind.DRAFT_SOW).endswith(f"reviewed internally. {told}")


SATURDAY = date(2027, 1, 30)


def moving(due: date) -> Story:
    """Halden in delivery, with every milestone due on this day."""
    story = at(Stage.DELIVER, "halden").copy()
    milestones = {name: one.replace(due=due) for name, one in story.state.milestones.items()}
    story.state = story.state.replace(milestones=milestones)
    return story


def test_a_change_moves_each_milestone_by_its_days_and_says_which_is_not_worked_before_anybody_signs() -> None:
    state = moving(SATURDAY - timedelta(days=2)).state
    facts = ChangeFacts.model_validate({"title": "More", "reason": "client request", "price": 0, "days": 2})
    told = outlook(state, facts, 1)[MILESTONES]
    assert "from Thu 28 Jan 2027 to Sat 30 Jan 2027, on which nobody works" in told
    assert set(milestones_moved(state, 2).values()) == {SATURDAY}
    assert "nobody works" not in outlook(state, facts.replace(items=(facts.items[0].replace(days=1),)), 1)[MILESTONES]


def test_a_milestone_that_is_due_after_its_day_says_why() -> None:
    story = moving(SATURDAY)
    story.do(RecordContact(person_id=story.holder("client_sponsor"), summary="We spoke"), story.state.manager)
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
    assert told[0].startswith(
        f"M2 is due on {day_shown(start - timedelta(days=1))}, 1 day before the requested start, "
    )
    assert [line.split()[0] for line in told] == ["M2", "M3", "M4", "And"]
    assert told[-1] == "And 2 more are outside the requested dates."
