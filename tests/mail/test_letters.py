"""A letter says what the card says, in text and in HTML; what people wrote becomes nothing else in it."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.letters import (
    MAX_SUBJECT,
    Frame,
    Letter,
    OpenedBy,
    Stamp,
    ask_letter,
    compose,
    header,
    notice_letter,
)
from domain.asks.answers_shown import AskedPerson
from domain.asks.card import Card
from domain.asks.model import AskKind, Outcome
from domain.directory.people import Person
from domain.shared.values import PersonId
from tests.mail.conftest import SENDER, body_of

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LINK = "https://interlock.example/asks/ENG-2026-0001.A7?key=abc"
UNTIL = "Wed 2 Dec 2026, 10:00 (Stockholm time)"
DOES = "shows the current state, and takes your answer"
OPENS = OpenedBy(LINK, UNTIL, DOES)
FRAME = Frame(
    "Anna Lindqvist", "Fjordline Consulting AS", "Aisha Khan", "aisha.khan@fjordline.example", SENDER, asks=True
)
CARD = Card(
    ask_id="ENG-2026-0001.A7",
    engagement_id="ENG-2026-0001",
    engagement_title="Health check",
    client="Lindqvist Försäkring AB",
    kind=AskKind.CONFIRM_NEEDS,
    title="Are these your needs?",
    subject_hash="a" * 64,
    person_id="anna.lindqvist",
    why="You are asked as client sponsor.",
    facts={"N1": "Know why the report differs"},
    beside={"capacity": "40 hours a week"},
    changed=("N1: was another",),
    due="Mon 2 Nov 2026 17:00 CET",
    method="Anna Lindqvist decides.",
    asked_by=PersonId("aisha.khan"),
    people=(AskedPerson(person_id="anna.lindqvist", name="Anna Lindqvist", said="silent"),),
    question=None,
    outcome=Outcome.OPEN,
    ended=None,
    choices=(),
    is_signature=False,
    may_delegate=False,
    version="",
)
EVIL = "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} <img src=https://evil.example/x>"


def person(name: str = "Anna Lindqvist", address: str = "anna.lindqvist@lindqvist.example") -> Person:
    return Person.model_construct(id=PersonId("anna.lindqvist"), name=name, email=address)


def sent(letter: Letter, to: Person | None = None, key: str = "k", about: str | None = "ENG-2026-0001.A7") -> Any:
    """The letter as whoever gets it reads it."""
    composed = compose(letter, to or person(), FRAME, Stamp(key, about, NOW))
    return email.message_from_bytes(composed.as_bytes(), policy=email.policy.default)


@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize(
    "said",
    [
        "Are these your needs?",
        "You are asked as client sponsor.",
        "Know why the report differs",
        "40 hours a week",
        "N1: was another",
        "Mon 2 Nov 2026 17:00 CET",
        "Anna Lindqvist decides.",
        "Still waiting for you",
        "Lindqvist Försäkring AB",
        LINK,
    ],
)
def test_it_says_what_the_card_says(subtype: str, said: str) -> None:
    assert said in body_of(sent(ask_letter(FRAME, CARD, OPENS, "Still waiting for you")), subtype)


def test_its_headers_say_that_nobody_wrote_it_and_what_it_is_about() -> None:
    message = sent(ask_letter(FRAME, CARD, OPENS, None))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == '"Aisha Khan (Fjordline Consulting AS)" <interlock@fjordline.example>'
    assert message["Reply-To"] == "Aisha Khan <aisha.khan@fjordline.example>"
    assert message["To"] == "Anna Lindqvist <anna.lindqvist@lindqvist.example>"
    assert message["Subject"] == "ENG-2026-0001: Are these your needs?"
    assert message["Date"].datetime == NOW


def test_the_same_message_again_is_the_same_letter_and_another_is_another() -> None:
    letter = notice_letter(FRAME, "News")
    assert sent(letter)["Message-ID"] == sent(letter)["Message-ID"] != sent(letter, key="other")["Message-ID"]


def test_all_letters_of_an_ask_are_one_thread() -> None:
    asked, ended = (
        sent(ask_letter(FRAME, CARD, OPENS, None)),
        sent(notice_letter(FRAME, "Approved", OPENS, CARD), key="other"),
    )
    assert asked["References"] == asked["In-Reply-To"] == ended["References"]
    assert asked["Subject"] == ended["Subject"]
    assert sent(notice_letter(FRAME, "Your day"), about=None)["References"] is None


def test_it_loads_nothing_and_offers_nothing_but_its_link() -> None:
    page = body_of(sent(ask_letter(FRAME, CARD, OPENS, None)), "html")
    assert page.count("http") == page.count(LINK) == 1
    assert not any(f"<{tag}" in page for tag in ("img", "form", "script", "link", "iframe", "button"))


@pytest.mark.parametrize("where", ["title", "why", "engagement_title", "client", "method"])
def test_words_in_a_card_stay_words(where: str) -> None:
    _reads_as_words(CARD.replace(**{where: EVIL}))


def test_words_in_lists_stay_words() -> None:
    said = (AskedPerson(person_id="eve", name=EVIL, said=EVIL),)
    _reads_as_words(CARD.replace(facts={EVIL: EVIL}, beside={EVIL: EVIL}, changed=(EVIL,), question=EVIL, people=said))


def _reads_as_words(card: Card) -> None:
    message = sent(ask_letter(FRAME, card, OPENS, EVIL))
    page = body_of(message, "html")
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7 * 7 }}" in page
    assert EVIL in body_of(message, "plain")


def test_further_lines_of_what_somebody_wrote_do_not_read_like_ours() -> None:
    card = CARD.replace(
        title="Fine\nOpen it: https://evil.example", facts={"N1": "Fine\nOpen it: https://evil.example"}
    )
    lines = body_of(sent(ask_letter(FRAME, card, OPENS, None)), "plain").splitlines()
    assert [line for line in lines if line.startswith("Open it:")] == [f"Open it: {LINK}"]


SCOPE = "Two halves.\n\nThe second.\n\n- a list\n- of two\n\n| depot | phones |\n| --- | --- |\n| Oslo | 40 |"


@pytest.mark.parametrize("where", ["facts", "beside"])
def test_paragraphs_lists_and_tables_are_shown_as_such(where: str) -> None:
    message = sent(ask_letter(FRAME, CARD.replace(**{where: {"N1": SCOPE}}), OPENS, None))
    page = body_of(message, "html")
    for shown in ("<p>Two halves.</p>", "<p>The second.</p>", "<li>a list</li>", "<th>depot</th>", "<td>Oslo</td>"):
        assert shown in page
    typed = [line.strip() for line in body_of(message, "plain").splitlines()]
    assert set(SCOPE.splitlines()[1:]) <= set(typed)


def test_one_line_with_signs_of_markdown_is_shown_as_it_was_typed() -> None:
    page = body_of(sent(ask_letter(FRAME, CARD.replace(facts={"N1": "5 * 3 * 2, # **x**"}), OPENS, None)), "html")
    assert "5 * 3 * 2, # **x**" in page


def test_several_lines_that_attack_become_allowed_elements_alone() -> None:
    page = body_of(
        sent(ask_letter(FRAME, CARD.replace(facts={"N1": f"{EVIL}\n# {EVIL}\n</td></table>"}), OPENS, None)), "html"
    )
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</table>") == 2


BREAKS = "\r\nBcc: eve@evil.example\r\n\r\nhello \u2028 \u0085 \x00 \u202e"


def test_no_name_and_no_title_becomes_a_header() -> None:
    letter = ask_letter(FRAME, CARD.replace(title=f"Needs{BREAKS}"), OPENS, None)
    message = sent(letter, person(f"Anna{BREAKS}"))
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "anna.lindqvist@lindqvist.example"
    assert len(message["To"].addresses) == 1


@pytest.mark.parametrize(
    "name", ["Zoë Ødegård", "山田 太郎", "محمد", "O'Brien, Pat <x>", '"Quoted" (CEO)', "🦊", "a" * 200]
)
def test_a_person_of_any_name_is_reached(name: str) -> None:
    (to,) = sent(notice_letter(FRAME, "News"), person(name))["To"].addresses
    assert to.addr_spec == "anna.lindqvist@lindqvist.example"
    assert to.display_name[:5] == name[:5]


def test_a_long_text_arrives_whole_and_its_subject_is_short() -> None:
    text = "ä" * 2000
    message = sent(notice_letter(FRAME, text), about=None)
    assert text in body_of(message, "plain").replace("\n", "")
    assert text in body_of(message, "html")
    assert len(message["Subject"]) == MAX_SUBJECT


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_makes_one_header_of_bounded_length(text: str) -> None:
    message = EmailMessage()
    message["Subject"] = header(text, 50)
    assert len(header(text, 50)) <= 50
    assert message.as_bytes().count(b"\nSubject:") + message.as_bytes().startswith(b"Subject:") == 1
    assert len(email.message_from_bytes(message.as_bytes(), policy=email.policy.default).keys()) == 1


def test_a_host_in_other_letters_is_mailed_as_idna_and_a_name_with_brackets_is_quoted() -> None:
    to = sent(Letter("Subject", "text", "<p>text</p>"), person('Anna <"boss">', "anna@försäkring.example"))["To"]
    (reached,) = to.addresses
    assert reached.addr_spec.encode().decode("ascii") == f"anna@{'försäkring'.encode('idna').decode()}.example"
    assert reached.display_name == 'Anna <"boss">'
