"""Every command that people give on an engagement has a form, and a whole deal can be played over them."""

import pytest
from pydantic import BaseModel

from api.pages.commands.table import FORMS
from domain.change_order.order import EstimateLines, WithdrawOrder
from domain.engagement.commands import COMMANDS
from tests.command_routes import routes
from tests.stack import Stack
from tests.test_command_routes import OF_THE_ENGINE, routes_of
from tests.web.on_pages import FORMS_OF, PREVIEWS, PlayedOnPages

# Commands whose place is another page, and which.
ELSEWHERE = {
    "AnswerAsk": "the page of the ask",
    "GiveInformation": "the page of the ask",
    "DelegateAsk": "the page of the ask",
}
GIVEN: tuple[type[BaseModel], ...] = (*COMMANDS, WithdrawOrder, EstimateLines)
HERE = "/engagements/{}"


@pytest.mark.parametrize("command", sorted(kind.__name__ for kind in GIVEN if kind.__name__ not in OF_THE_ENGINE))
def test_each_command_that_rest_gives_has_a_form_or_another_page(command: str) -> None:
    assert routes_of(command), f"REST does not give {command}"
    assert command in ELSEWHERE or command in {form.command.__name__ for form in FORMS.values()}


def test_each_writing_operation_on_an_engagement_is_a_form() -> None:
    written = {name.replace(HERE, "", 1) for name in routes() if f" {HERE}/" in name}
    assert written == set(FORMS_OF) | set(PREVIEWS)


def test_each_form_stands_for_an_operation() -> None:
    assert {place.form for place in FORMS_OF.values()} == set(FORMS)


async def test_a_whole_deal_is_played_by_sending_forms(stack: Stack) -> None:
    deal = await PlayedOnPages(stack).play("Played on pages")
    assert (await deal.see())["stage"] == "closed"
