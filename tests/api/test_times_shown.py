"""Beside each time in UTC stands what the clock on the reader's wall shows."""

from datetime import datetime

import pytest
import pytest_asyncio

from domain.shared.calendar import shown
from tests.api.played import CLIENT, SELLER, Played
from tests.stack import Stack

pytestmark = pytest.mark.clock

OSLO, NEW_YORK, BENGALURU = "ingrid.solberg", "femi.adeyemi", "priya.raman"
READERS = [(OSLO, "Europe/Oslo"), (NEW_YORK, "America/New_York"), (BENGALURU, "Asia/Kolkata")]
# Has no part in the deal, so that only the directory knows where she is.
ADMINISTRATOR = ("ida.holm", "Europe/Oslo")


@pytest_asyncio.fixture(scope="module")
async def deal(stack: Stack) -> Played:
    """A deal with a vacancy, and with asks to a colleague and to the client."""
    story = await Played(stack).start("Times shown")
    await story.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Close the books in three days"}]})
    await story.cover()
    await story.do(SELLER, "POST", "/needs/restate")
    await story.do(BENGALURU, "POST", "/roles/delivery_lead/release", {"reason": "Somebody else."})
    await story.do(BENGALURU, "PUT", "/roles/project_manager", {"person_id": "nadia.haddad"})
    return story


def by_the_wall(moment: str, zone: str) -> str:
    return shown(datetime.fromisoformat(moment), zone)


@pytest.mark.parametrize(("reader", "zone"), [*READERS, ADMINISTRATOR])
async def test_an_engagement_is_shown_by_the_readers_clock(deal: Played, reader: str, zone: str) -> None:
    state = await deal.see(reader)
    assert {ask["kind"] for ask in state["asks"]} >= {"confirm_needs", "accept_role"}
    assert all(ask["due_shown"] == by_the_wall(ask["due_at"], zone) for ask in state["asks"])
    assert [vacancy["role"] for vacancy in state["vacancies"]] == ["delivery_lead"]
    for row in (*state["vacancies"], *state["next_steps"]):
        assert row["since_shown"] == by_the_wall(row["since"], zone)
    dues = [row for row in state["next_steps"] if row["due"]]
    assert dues
    assert all(row["due_shown"] == by_the_wall(row["due"], zone) for row in dues)


@pytest.mark.parametrize(("reader", "zone"), [*READERS, ADMINISTRATOR])
async def test_lists_are_shown_by_the_readers_clock(deal: Played, stack: Stack, reader: str, zone: str) -> None:
    engagements = (await stack.get(reader, "/engagements", q=deal.engagement))["items"]
    (line,) = (row for row in engagements if row["id"] == deal.engagement)
    assert line["next_step"]["due_shown"] == by_the_wall(line["next_step"]["due"], zone)
    vacancies = await stack.every(reader, "/vacancies")
    (vacancy,) = (row for row in vacancies if row["engagement_id"] == deal.engagement)
    assert vacancy["since_shown"] == by_the_wall(vacancy["since"], zone)


@pytest.mark.parametrize(("asked", "zone"), [("nadia.haddad", "Europe/Berlin"), (CLIENT, "Europe/Stockholm")])
async def test_an_inbox_is_shown_by_the_clock_of_whose_it_is(deal: Played, stack: Stack, asked: str, zone: str) -> None:
    inbox = await stack.every(asked, "/asks", mine=True, open=True)
    (ask,) = (row for row in inbox if row["engagement_id"] == deal.engagement)
    assert ask["due_shown"] == by_the_wall(ask["due_at"], zone)
    assert (await stack.get(asked, f"/asks/{ask['id']}"))["due_shown"] == ask["due_shown"]


async def test_the_directory_tells_until_when_holidays_are_known(stack: Stack) -> None:
    directory = await stack.get(OSLO, "/people")
    oslo = next(calendar for calendar in directory["calendars"] if calendar["name"] == "NO")
    assert (oslo["zone"], oslo["opens"], oslo["closes"]) == ("Europe/Oslo", "08:00", "16:00")
    assert oslo["holidays_until"].endswith("-12-31")
    assert directory["warnings"] == []
