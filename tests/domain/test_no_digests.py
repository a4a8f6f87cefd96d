"""What binds an answer is for programs: no text that people read shows a digest, and what changed is said."""

import re
from collections.abc import Iterator

import pytest

from domain.asking.differences import differences
from domain.asks import Ask, Asking
from domain.card import Place, card_for
from domain.values import digest
from domain.words import fitting, readable_facts
from tests.domain.story import FILES, Story

DIGEST = re.compile("[0-9a-f]{12}")
ONE, OTHER = digest("one"), digest("other")


def asks_of(story: Story) -> Iterator[tuple[Asking, Ask]]:
    for of in (story.state, *story.orders.values()):
        for ask in of.asks.values():
            yield of, ask


@pytest.mark.parametrize("deal", FILES)
def test_no_card_and_no_message_of_a_whole_deal_shows_one(deal: str) -> None:
    story, seen = Story(deal), set[str]()
    for _ in story.rest:
        for of, ask in asks_of(story):
            if ask.id not in seen:
                seen.add(ask.id)
                place = Place(story.state.id, story.state.title, story.state.client)
                card = card_for(of, ask, place, ask.voters[0].person, whole=True)
                assert not DIGEST.search(card.model_dump_json(exclude={"hash", "turn"}))
    assert len(seen) > 10
    for message in story.messages_told():
        assert not DIGEST.search(message.text)


def test_a_text_that_was_cut_loses_the_digest_of_the_rest() -> None:
    cut = fitting("so " * 700, ONE)
    facts = {"rate card": f"2026-1 {ONE}", "source": ONE, "W1, of": OTHER, "sow": f"revision 1, {ONE}", "scope": cut}
    shown = readable_facts(facts | {"note": ""})
    assert shown.pop("scope").endswith(" …")
    assert shown == {"rate card": "2026-1", "sow": "revision 1", "note": ""}


def test_what_somebody_wrote_is_shown_though_it_looks_like_a_digest() -> None:
    facts = {"P1": f"Pay to {ONE}", "text": ONE, "W1": f"… {ONE}"}
    assert readable_facts(facts) == facts


def test_what_changed_behind_a_digest_is_said_to_have_changed() -> None:
    before = {"rate card": f"2026-1 {ONE}", "W1, of": ONE, "price": "1", "estimate": ONE}
    after = {"rate card": f"2026-2 {OTHER}", "W1, of": OTHER, "price": "1", "source": ONE}
    assert differences(before, after) == (
        "rate card: 2026-1 → 2026-2",
        "W1: changed",
        "source: new",
        "estimate: gone",
    )
