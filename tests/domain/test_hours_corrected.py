"""Fewer hours than stood before are told, in the very fact that corrects them."""

from decimal import Decimal

from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import HoursWorked, ReportHours
from domain.engagement.delivery.events import MAX_FIGURES_TOLD, HoursReported
from domain.engagement.delivery.hours_worked import sold_hours, worked_of_sold
from domain.playbook.model import Stage
from domain.pricing.formulas import shown
from tests.domain.story import Story, at


def reported(story: Story, **hours: int) -> HoursReported:
    worked = tuple(HoursWorked(item=item, hours=Decimal(one)) for item, one in hours.items())
    story.do(ReportHours(hours=worked), story.holder("project_manager"))
    last: HoursReported = story.events(HoursReported)[-1]
    return last


def corrected(fact: HoursReported) -> tuple[str, ...]:
    """What it says of figures that were higher before."""
    return tuple(line for line in fact.said if "was " in line or "lower" in line)


def test_more_hours_than_were_sold_are_said_and_how_many_there_are_in_all() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    sold = {name: sold_hours(story.state, name) for name in story.state.packages}
    fact = reported(story, W1=int(sold["W1"]) + 100, W2=1)
    assert fact.said[0] == f"W1: {int(sold['W1']) + 100} h, {shown(sold['W1'])} h were sold."
    whole = shown(sum(sold.values(), Decimal()))
    assert fact.said[1:] == (f"In total {shown(Decimal(int(sold['W1']) + 101))} h of {whole} h that were sold.",)
    assert reported(story, W2=2).said == (
        f"In total {shown(Decimal(int(sold['W1']) + 102))} h of {whole} h that were sold.",
    )


def test_hours_on_a_package_that_a_change_has_removed_are_said_to_be() -> None:
    story = at(Stage.DELIVER, "lindqvist").copy()
    removes = {"kind": "work_removed", "package": "W2", "amount": -1900}
    facts = ChangeFacts.model_validate({"title": "Less", "reason": "Asked for", "items": [removes]})
    for _ in story.change(facts):
        pass
    assert "W2: removed by change 1." in reported(story, W2=9).said


def test_a_correction_downward_says_what_was() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    assert corrected(reported(story, W1=60, W2=10)) == ()
    assert corrected(reported(story, W1=40, W2=20)) == ("W1: 40 h, was 60 h.",)
    assert corrected(reported(story, W1=40)) == ()


def test_of_many_corrections_the_number_is_told() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    reported(story, **dict.fromkeys(story.state.packages, 60))
    said = corrected(reported(story, **dict.fromkeys(story.state.packages, 40)))
    assert said[-1] == f"And {len(story.state.packages) - MAX_FIGURES_TOLD} more are lower than before."
    assert len(said) == MAX_FIGURES_TOLD + 1


def test_more_hours_than_were_sold_are_told_once_to_whoever_manages_and_whoever_leads_delivery() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    sold = sold_hours(story.state, "W1")
    reported(story, W1=int(sold) - 1)
    told = []
    for hours in (int(sold) + 1, int(sold) + 2):
        before = story.facts[-1].seq
        reported(story, W1=hours)
        told.append([one for one in story.messages_told(before) if one.kind == "hours"])
    assert {one.to for one in told[0]} == {story.state.manager, story.holder("delivery_lead")}
    assert f"W1: {int(sold) + 1} h, {shown(sold)} h were sold." in told[0][0].text
    assert told[1] == []
    assert worked_of_sold(story.state)[1:] == (f"W1: {int(sold) + 2} h worked, {shown(sold)} h were sold",)


def test_hours_far_above_what_was_sold_are_taken_with_a_word() -> None:
    story = at(Stage.DELIVER, "halden").copy()
    sold = int(sold_hours(story.state, "W1"))
    assert any(
        "times what was sold. If it is a mistake, correct it." in one for one in reported(story, W1=sold * 3).said
    )
    assert not any("mistake" in one for one in reported(story, W1=sold * 4).said)
