"""Fewer hours than stood before are told, in the very fact that corrects them."""

from decimal import Decimal

from domain.engagement import commands as c
from domain.engagement.events import MOST_SAID, HoursReported
from domain.playbook import Stage
from tests.domain.story import Story, at


def reported(story: Story, **hours: int) -> HoursReported:
    worked = tuple(c.HoursWorked(item=item, hours=Decimal(one)) for item, one in hours.items())
    story.do(c.ReportHours(hours=worked), story.holder("project_manager"))
    last: HoursReported = story.events(HoursReported)[-1]
    return last


def test_a_correction_downward_says_what_was() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    assert reported(story, W1=60, W2=10).said == ()
    assert reported(story, W1=40, W2=20).said == ("W1: 40 h, was 60 h.",)
    assert reported(story, W1=40).said == ()


def test_of_many_corrections_the_number_is_told() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    reported(story, **dict.fromkeys(story.state.packages, 60))
    said = reported(story, **dict.fromkeys(story.state.packages, 40)).said
    assert said[-1] == f"And {len(story.state.packages) - MOST_SAID} more are lower than before."
    assert len(said) == MOST_SAID + 1
