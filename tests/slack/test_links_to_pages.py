"""Each card leads to its page, where pages are reached; where they are not, it leads nowhere."""

from adapters.slack.cards import message
from adapters.slack.renderer import SlackRenderer
from tests.slack.schema import problems_of_message
from tests.slack.test_attacks import a_card

PAGES = "https://interlock.example"


def test_a_card_ends_with_the_address_of_its_page() -> None:
    card = a_card()
    rendered = SlackRenderer(PAGES).message(card)
    assert rendered.blocks[-1]["elements"][0]["text"] == f"<{PAGES}/asks/{card.ask_id}|Open its page>"
    assert rendered.blocks[:-1] == message(card).blocks
    assert rendered.hash != message(card).hash
    assert problems_of_message({"channel": "C1", "blocks": rendered.blocks, "text": rendered.text}) == []


def test_without_pages_it_leads_nowhere() -> None:
    assert SlackRenderer().message(a_card()) == message(a_card())
