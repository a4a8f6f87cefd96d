"""What binds an answer is for programs: no text that people read shows a digest, and what changed is said."""

import re
from collections.abc import Iterator

import pytest

from domain.asks.bound_facts import under
from domain.asks.card import CardPlace, card_for
from domain.asks.differences import differences
from domain.asks.facts_shown import Row, rows_shown
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind
from domain.engagement.scope.estimates import within
from domain.shared.text import LONGEST, MORE
from domain.shared.values import digest
from tests.domain.story import FILES, Story

DIGEST = re.compile("[0-9a-f]{12}")
ONE, OTHER = digest("one"), digest("other")


def asks_of(story: Story) -> Iterator[tuple[AskHolder, Ask]]:
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
                place = CardPlace(story.state.id, story.state.title, story.state.client)
                card = card_for(of, ask, place, ask.voters[0].person_id, whole=True)
                assert not DIGEST.search(card.model_dump_json(exclude={"subject_hash", "read_in", "version"}))
    assert len(seen) > 10
    for message in story.messages_told():
        assert not DIGEST.search(message.text)


def rows(facts: dict[str, str]) -> dict[str, Row]:
    return rows_shown(str, AskKind.ATTEST_ESTIMATE, facts)


def test_what_is_bound_by_its_digest_alone_shows_nothing() -> None:
    facts = {"rate_card.version": "2026-1", "rate_card.hash": ONE, "price.estimate": ONE, "document.sow.revision": "1"}
    shown = {label: row.text for label, row in rows(facts | {"document.sow.source": OTHER}).items()}
    assert shown == {"rate card": "2026-1", "estimate": "", "sow": "revision 1"}


def test_a_text_that_was_cut_is_bound_by_the_digest_of_the_whole() -> None:
    whole = {"package.W1.title": "Archive", "package.W1.scope": "so " * 600, "package.W1.assumes.1": "x" * 400}
    cut = within(whole, "package.W1")
    assert cut["package.W1.all"] == digest(whole)
    (row,) = rows_shown(str, AskKind.ESTIMATE, cut | {"package.W1.grade": "senior"}).values()
    assert row.text.endswith(MORE)
    assert len(row.text) <= LONGEST
    assert within(whole | {"package.W1.assumes.1": "x"}, "package.W1") == whole | {"package.W1.assumes.1": "x"}


def test_what_somebody_wrote_is_shown_though_it_looks_like_a_digest() -> None:
    facts = {"promise.P1.text": f"Pay to {ONE}", "need.N1.text": ONE, "need.N2.text": f"… {ONE}"}
    assert [row.text for row in rows(facts).values()] == [*facts.values()]


def test_what_changed_behind_a_digest_is_said_to_have_changed() -> None:
    attested = {"title": "Archive", "hours": "1/2/3", "by": "kofi", "grade": "senior", "discipline": "data"}
    before = {"rate_card.version": "2026-1", "rate_card.hash": ONE, "price.estimate": ONE}
    before |= under("package.W1", {**attested, "of": ONE})
    after = {"rate_card.version": "2026-2", "rate_card.hash": OTHER} | under("package.W1", {**attested, "of": OTHER})
    assert differences(rows(before), rows(after)) == (
        "rate card: 2026-1 → 2026-2",
        "W1: changed",
        "estimate: gone",
    )
    assert differences(rows(after), rows(before))[-2:] == ("estimate: new", "W1: changed")
