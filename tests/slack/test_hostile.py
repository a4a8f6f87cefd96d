"""Whatever people write, Slack takes the card, and nothing of it is a mention, a link or markup."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import cards
from adapters.slack.text import MAX_IN_SECTION, chunks, escaped
from api.slack import forms
from application.notifications.cards import ToEstimate
from domain.asks.answers_shown import AskedPerson
from domain.asks.card import Card
from domain.asks.choices import LABELS, AnswerChoice, wanted
from domain.asks.model import SIGNATURES, AskKind, Outcome, Verdict
from domain.shared.text import strip_bidi
from tests.slack.schema import problems_of_message, problems_of_view

NASTY = [
    "<!channel> come here",
    "<@U000000001> said yes",
    "<https://evil.example|Sign here>",
    "*Approved* by _the CFO_ ~not~ `code`",
    "& < > &amp; &lt;!here&gt;",
    "]]> ``` \n> quoted\n• *forged:* yes",
    "\u202eright to left\u202c 👩‍👩‍👧 ﷽",
    "&" * 2000,
    "x" * 2000,
    ":rotating_light: @here #general",
]
texts = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=2000)
)
lines = st.one_of(st.sampled_from([text[:200] for text in NASTY]), st.text(min_size=1, max_size=200))


def the_choices(kind: AskKind) -> tuple[AnswerChoice, ...]:
    return tuple(
        AnswerChoice(verdict=verdict, label=verdict.value, wants=wanted(kind, verdict))
        for verdict in Verdict
        if not (kind is AskKind.ANSWER_QUESTION and verdict is Verdict.NEED_INFO)
    )


@st.composite
def hostile_cards(draw: st.DrawFn) -> Card:
    kind = draw(st.sampled_from(AskKind))
    outcome = draw(st.sampled_from(Outcome))
    is_open = outcome is Outcome.OPEN
    facts = draw(st.dictionaries(lines, texts, max_size=draw(st.sampled_from([0, 3, 200]))))
    return Card(
        ask_id="ENG-2026-0001.A1",
        engagement_id="ENG-2026-0001",
        engagement_title=draw(lines),
        client=draw(lines),
        kind=kind,
        title=draw(texts),
        subject_hash="0" * 64,
        person_id="rosa.klein",
        why=draw(texts),
        facts=facts,
        beside=draw(st.dictionaries(lines, texts, max_size=3)),
        changed=tuple(draw(st.lists(texts, max_size=5))),
        due="Tue 24 Nov 2026, 11:00 (Oslo time)" if is_open else None,
        method=draw(texts),
        people=tuple(
            AskedPerson(person_id=f"p{n}", name=draw(lines), said="silent") for n in range(draw(st.integers(0, 60)))
        ),
        asked_by="marta.silva",
        question=draw(st.none() | texts),
        outcome=outcome,
        ended=None if is_open else draw(texts),
        choices=the_choices(kind) if is_open else (),
        is_signature=kind in SIGNATURES,
        may_delegate=is_open,
        version="",
    )


def mrkdwn_of(part: Any) -> list[str]:
    """Every text that Slack would parse."""
    if isinstance(part, list):
        return [text for one in part for text in mrkdwn_of(one)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return own + [text for value in part.values() for text in mrkdwn_of(value)]


def spoken(text: str) -> str:
    """What is said, however it is set: without space, and without signs that turn text round."""
    return re.sub(r"\s", "", strip_bidi(text))


def assert_tame(text: str) -> None:
    """No `<…>`, no entity that is cut, no bare ampersand."""
    assert "<" not in text
    assert not re.search(r"&(?!(amp|lt|gt);)", text)


@settings(max_examples=150)
@given(hostile_cards(), texts)
def test_every_card_is_taken_by_slack_and_says_no_more_than_it_says(card: Card, above: str) -> None:
    for drawn in (cards.message(card, above), cards.thread_message(card), cards.note(card, above), cards.words(above)):
        payload = {"channel": "C1", "blocks": drawn.blocks, "text": drawn.text}
        assert problems_of_message(payload) == []
        assert_tame(drawn.text)
        for text in mrkdwn_of(drawn.blocks):
            assert_tame(text)


@settings(max_examples=60)
@given(hostile_cards(), st.integers(0, 300))
def test_every_page_of_an_ask_is_taken_by_slack(card: Card, page: int) -> None:
    assert problems_of_view(cards.reading(card, page).to_dict()) == []


@settings(max_examples=60)
@given(hostile_cards())
def test_every_form_is_taken_by_slack(card: Card) -> None:
    for choice in card.choices:
        assert problems_of_view(forms.answer_form(card, choice).to_dict()) == []
    packages = {f"W{n}": text for n, text in enumerate(card.facts.values(), 1)}
    for page in range(0, max(1, -(-len(packages) // forms.PACKAGES_ON_PAGE)), 5):
        assert problems_of_view(forms.hours_form(card, ToEstimate(packages, {}, {}), page).to_dict()) == []


@given(hostile_cards())
def test_a_yes_stands_only_where_all_of_it_was_shown(card: Card) -> None:
    drawn = cards.message(card)
    shown = "".join(text["text"] for block in drawn.blocks if (text := block.get("text")) and "text" in text)
    offers_yes = "choice:approve" in str(drawn.blocks)
    if offers_yes:
        assert all(spoken(value) in spoken(shown) for value in card.facts.values())


@given(hostile_cards())
def test_all_of_the_facts_stand_on_the_pages_and_the_yes_on_the_last(card: Card) -> None:
    found, page = "", 0
    while True:
        view = cards.reading(card, page).to_dict()
        found += "".join(text["text"] for block in view["blocks"] if (text := block.get("text")) and "text" in text)
        if "submit" not in view:
            break
        assert "choice:" not in str(view["blocks"])
        page += 1
    for value in card.facts.values():
        assert spoken(value) in spoken(found)
    assert ("choice:approve" in str(view["blocks"])) is any(c.verdict is Verdict.APPROVE for c in card.choices)


@given(texts, st.integers(2, 400))
def test_escaping_never_cuts_an_entity_and_never_passes_its_limit(text: str, limit: int) -> None:
    found = escaped(text, limit)
    assert len(found) <= limit
    assert_tame(found)


@given(st.lists(texts, max_size=20), st.integers(5, MAX_IN_SECTION))
def test_chunks_hold_every_character_within_the_limit(given_lines: list[str], limit: int) -> None:
    found = list(chunks(given_lines, limit))
    assert all(0 < len(chunk) <= limit for chunk in found)
    assert "".join(found).replace("\n", "") == "".join(given_lines).replace("\n", "")


SCOPE = "Two halves.\n\nThe second.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"


@settings(max_examples=10)
@given(hostile_cards())
def test_paragraphs_lists_and_tables_are_read_as_they_were_typed(card: Card) -> None:
    card = card.replace(facts={"W1, scope": SCOPE}, beside={}, changed=())
    for blocks in (cards.message(card).blocks, cards.reading(card).to_dict()["blocks"]):
        shown = [block["text"] for block in blocks if block["type"] == "section"]
        assert {"type": "plain_text", "emoji": False, "text": f"W1, scope: {SCOPE}".replace("\n", "\n    ")} in shown


def test_every_kind_of_ask_has_its_own_words_for_a_yes() -> None:
    assert set(LABELS) == set(AskKind)
    assert all(len(label) <= 24 for words in LABELS.values() for label in words.values())
    assert "OK" not in {label for words in LABELS.values() for label in words.values()}
