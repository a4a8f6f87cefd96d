"""Answering in Slack: an expert estimates, the lead attests, and what is stale, foreign or double has no effect."""

from tests.api.played import Played
from tests.slack.office import Office, labels_of, text_of

LEAD, EXPERT = "anil.mehta", "kofi.mensah"


async def test_a_role_is_accepted_by_a_button_of_its_card(office: Office) -> None:
    deal = await Played(office.stack).start("Accepted in Slack")
    await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person": "jonas.weber"})
    ask = await deal.ask("accept_role")
    card = await office.card("jonas.weber", ask["id"])
    assert labels_of(card) == ["Accept the role…", "Decline the role…", "Ask back…"]
    assert "You are asked" in text_of(card)
    await office.press("jonas.weber", "Accept the role", card)
    await office.fill("jonas.weber", {"reason": "I do."})
    assert await deal.holder("engagement_manager") == "jonas.weber"
    assert labels_of(await office.card("jonas.weber", ask["id"])) == []
