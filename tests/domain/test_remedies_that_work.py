"""What a refusal tells somebody to do can be done by that one: no circle of refusals, nobody left out."""

from typing import Any

import pytest

from domain.engagement.closing.commands import CloseEngagement, LoseDeal
from domain.engagement.command import Command
from domain.engagement.needs.commands import RestateNeeds
from domain.engagement.roles.commands import ReleaseRole, RequestRole
from domain.engagement.roles.coverage import require_covered
from domain.playbook.model import Stage
from domain.shared.errors import Ended, NotByDefault, RoleVacant
from tests.domain.story import FIRM, Story


def test_whoever_sells_is_told_at_once_that_a_judging_role_is_not_theirs_and_whose_it_is_to_name() -> None:
    """Not to give a day first; nor to see candidates, who are not shown to them."""
    told = Story("halden").to(Stage.ESTIMATE)
    told.do(ReleaseRole(role="delivery_lead", reason="On other deals"), told.holder("head_of_delivery"))
    luca = next(person for person in FIRM.people if person.id == told.state.seller)
    with pytest.raises(NotByDefault) as refused:
        told.do(RequestRole(role="delivery_lead", person=luca, words="I know the client best"), luca.id)
    assert (
        refused.value.refused.remedy == f"{told.state.cast.name(told.holder('head_of_delivery'))} names somebody else."
    )


def test_each_vacancy_is_named_with_whoever_must_have_it_held() -> None:
    told = Story("halden").to(Stage.PRICE)
    for role in ("delivery_lead", "engagement_manager", "business_analyst"):
        if told.state.cast.holder(role) is not None:
            told.do(ReleaseRole(role=role, reason="On other deals"), told.holder(told.state.head_role(role)))
    with pytest.raises(RoleVacant) as refused:
        require_covered(told.state, Stage.PRICE)
    said: Any = refused.value.refused
    assert {waiting.ask_id.removeprefix("vacancy:").replace("_", " ") for waiting in said.waits_for} == {
        role for role in ("delivery lead", "engagement manager", "business analyst", "finance") if role in said.remedy
    }
    assert all(waiting.who in said.remedy for waiting in said.waits_for)
    assert said.remedy.endswith("Nobody takes a role by default.")


@pytest.mark.parametrize("command", [CloseEngagement(), LoseDeal(reason="They chose another"), RestateNeeds()])
def test_what_is_over_points_to_what_came_of_it(command: Command) -> None:
    told = Story("lindqvist").play()
    with pytest.raises(Ended, match="The engagement is closed") as refused:
        told.do(command, told.state.manager)
    assert refused.value.refused.remedy.startswith("See the engagement for its outcome.")
