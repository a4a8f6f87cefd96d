"""Requirements of a deal's file stand prepared for the business analyst, and are in force once they take them."""

from typing import Any

import pytest

from domain.engagement.documents.commands import SetRequirements, TakeRequirements
from domain.engagement.documents.values import PreparedRequirement, Requirement
from domain.engagement.start import StartDeal, start
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import step_card
from domain.next_steps.choices import Do
from domain.next_steps.references import act_ref
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from tests.domain.story import MONDAY, Story

TRACED = PreparedRequirement(id="R1", text="Each difference has a cause", needs=("N1",), work_packages=("W1",))
LOOSE = PreparedRequirement(id="R2", text="It is told in Swedish")


class Prepared(Story):
    """Lindqvist, whose file is taken whole: needs, packages and these requirements open it."""

    remembers = False

    def __init__(self, *rows: PreparedRequirement) -> None:
        self.rows = rows
        super().__init__("lindqvist")

    def opening(self) -> StartDeal:
        whole = super().opening()
        needs = [row.model_dump() for row in self.deal.needs]
        packages = [row.model_dump(exclude={"hours", "promises"}) for row in self.deal.work_packages]
        more = {"needs": needs, "packages": packages, "requirements": [row.model_dump() for row in self.rows]}
        return StartDeal.model_validate(whole.model_dump() | more | {"playbook": whole.playbook})


def owed(*rows: PreparedRequirement) -> Story:
    """A deal whose business analyst owes the requirements."""
    story = Prepared(*rows)
    return story.until(lambda s: ActKind.SET_REQUIREMENTS.value in s.state.acts)


def analyst(story: Story) -> str:
    return story.holder("business_analyst")


def test_what_the_seller_wrote_is_kept_and_not_in_force() -> None:
    story = owed(TRACED)
    assert story.state.prepared_requirements == {"R1": TRACED}
    assert story.state.requirements == {}
    assert story.state.stage is Stage.BRD


def test_whoever_owes_the_act_is_shown_them_and_can_take_them_as_they_are() -> None:
    story = owed(TRACED)
    act = story.state.acts[ActKind.SET_REQUIREMENTS.value]
    card = step_card(story.state, act_ref(story.state, act), act.owner)
    assert "R1: Each difference has a cause (needs: N1; packages: W1)" in card.facts
    assert [choice.do for choice in card.choices] == [Do.TAKE_REQUIREMENTS, Do.REQUIREMENTS]
    assert card.action == RemedyAction.TAKE_REQUIREMENTS.about(engagement=story.state.id)


def test_once_taken_they_are_in_force_and_nothing_is_prepared_any_more() -> None:
    story = owed(TRACED)
    story.do(TakeRequirements(), analyst(story))
    assert story.state.requirements == {"R1": Requirement(**TRACED.model_dump())}
    assert story.state.prepared_requirements == {}
    assert ActKind.SET_REQUIREMENTS.value not in story.state.acts
    with pytest.raises(BadValue, match="There are no prepared requirements"):
        story.do(TakeRequirements(), analyst(story))


def test_the_analysts_own_stand_in_their_place() -> None:
    story = owed(TRACED)
    own = Requirement(id="R9", text="Another", needs=("N1",), work_packages=("W2",))
    story.do(SetRequirements(requirements=(own,)), analyst(story))
    assert (story.state.requirements, story.state.prepared_requirements) == ({"R9": own}, {})


def test_one_that_is_not_traced_is_not_taken() -> None:
    story = owed(TRACED, LOOSE)
    with pytest.raises(BadValue, match="As prepared, R2 does not name the need"):
        story.do(TakeRequirements(), analyst(story))


def test_nobody_takes_them_in_the_analysts_place() -> None:
    story = owed(TRACED)
    for role in ("sales", "engagement_manager"):
        with pytest.raises(PermissionDenied):
            story.do(TakeRequirements(), story.holder(role))


def test_without_any_the_card_is_as_it_was() -> None:
    story = owed()
    act = story.state.acts[ActKind.SET_REQUIREMENTS.value]
    card = step_card(story.state, act_ref(story.state, act), act.owner)
    assert card.facts == ()
    assert [choice.do for choice in card.choices] == [Do.REQUIREMENTS]


UNFIT: list[tuple[Any, str]] = [
    (TRACED.replace(needs=("N9",)), "requirements.0.needs"),
    (TRACED.replace(work_packages=("W9",)), "requirements.0.work_packages"),
]


@pytest.mark.parametrize(("row", "field"), UNFIT)
def test_a_deal_does_not_begin_with_what_rests_on_nothing(row: PreparedRequirement, field: str) -> None:
    opening = Prepared(TRACED).opening()
    with pytest.raises(BadValue) as refused:
        start(opening.replace(requirements=(row,)), Actor(person_id=opening.salesperson), MONDAY)
    assert refused.value.refused.field == field


def test_nor_with_more_than_a_plan_may_hold() -> None:
    opening = Prepared(TRACED).opening()
    many = tuple(TRACED.replace(id=f"R{n}", text="x" * 2000) for n in range(200))
    with pytest.raises(BadValue, match="milestones, requirements and purchases"):
        start(opening.replace(requirements=many), Actor(person_id=opening.salesperson), MONDAY)
    twice = (TRACED, TRACED)
    with pytest.raises(BadValue, match="Given twice"):
        start(opening.replace(requirements=twice), Actor(person_id=opening.salesperson), MONDAY)
