"""No text that people read names a role, a discipline or an act by its identifier, or shows a hash."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.console_commands import with_commands
from adapters.mail.letters import Frame, OpenedBy, ask_letter
from domain.asks.card import Card, CardPlace, card_for, thread_card
from domain.asks.model import Answer, Verdict
from domain.engagement import decide as door
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, HoldEngagement
from domain.engagement.delivery.commands import DeliverMilestone, OfferHandoff
from domain.engagement.documents.commands import SendDocument
from domain.engagement.needs.commands import RestateNeeds
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import ProposeHolder, ReleaseRole, RequestRole
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import next_steps
from domain.next_steps.texts import how, what, why
from domain.notifications import notices
from domain.notifications.digest import Awaited, DigestContent, DigestVacancy, Listed, OwedAct, digest_text
from domain.notifications.vacancy_offers import offers, vacancies_told
from domain.playbook.model import role_label, role_named
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import AskId, EngagementId, PersonId
from tests.domain.story import FILES, FIRM, PLAYBOOK, Story
from workflows.details import engagement_details

# Words of code: in snake case, a discipline's role, or eight and more digits of a hash.
IDENTIFIER = re.compile(r"\b[a-z]+_[a-z_]+\b|\bexpert:\w+|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}\b")
FRAME = Frame("Kari Moe", FIRM.firm, "Luca Ferri", "luca.ferri@f.example", "interlock@f.example", asks=True)
LINK = OpenedBy("https://interlock.example/asks/1?key=a", "Wed 2 Dec 2026, 10:00 (Oslo time)", "shows it")
NOTHING = "0" * 64


def identifiers(text: str) -> list[str]:
    """Those in a text as it is shown: an action that it names is shown as its command."""
    return IDENTIFIER.findall(with_commands(text))


def of_card(card: Card) -> Iterator[str]:
    """What is shown of a card; its hash and the marks of its buttons are for programs."""
    yield from (card.title, card.why, card.method, card.question or "", card.ended or "", *card.changed)
    yield from (f"{name}: {value}" for name, value in (card.facts | card.beside).items())
    yield from (f"{one.name} {one.said}" for one in card.people)
    yield from (choice.label for choice in card.choices)


def read_by_people(story: Story) -> Iterator[str]:
    """Everything that is shown of a deal at this moment."""
    state = story.state
    place = CardPlace(state.id, state.title, state.client)
    for of in (state, *story.orders.values()):
        for ask in of.asks.values():
            yield from of_card(thread_card(of, ask, place))
            for person in {ask.requester, *ask.asked, *(one.person_id for one in ask.stand_ins)}:
                card = card_for(of, ask, place, person, whole=True)
                yield from of_card(card)
                yield ask_letter(FRAME, card, LINK, None).text
        for step in next_steps(of, story.now):
            yield from (what(of, step), why(of, step), how(of, step))
    yield engagement_details(state, story.now)


def refused(story: Story) -> Iterator[str]:
    """What those read who try what they may not, or not now."""
    ask = next(iter(story.state.open_asks()), None)
    tries: list[Any] = [
        ProposePrice(discount_percent=0, contingency_percent=0, expenses=0, payment="At the end"),
        RestateNeeds(),
        SendDocument(document="sow"),
        SendDocument(document="brd"),
        OfferHandoff(plan="As planned"),
        DeliverMilestone(milestone="M1"),
        CloseEngagement(),
        CancelEngagement(reason="No more"),
        HoldEngagement(reason="Wait", until=date(2026, 11, 9)),
        ReleaseRole(role="delivery_lead", reason="No more"),
    ]
    for role in ("engagement_manager", "delivery_lead", "expert:data", "project_manager", "customer_care", "no_such"):
        for person in (
            story.person(PersonId("marta.silva")),
            story.person(PersonId("peter.olsen")),
            story.person(PersonId("sofie.berg")),
        ):
            tries.append(ProposeHolder(role=role, person=person))
            tries.append(RequestRole(role=role, person=person, words="I would"))
    if ask is not None:
        tries.append(AnswerAsk(ask_id=ask.id, subject_hash=NOTHING, answer=Answer(verdict=Verdict.APPROVE)))
    for who in (story.state.seller, story.state.manager, "kari.moe", "marta.silva", "priya.raman", "tomasz.nowak"):
        for command in tries:
            try:
                door.decide(story.state, command, Actor(person_id=who), story.now)
            except Refusal as refusal:
                told = refusal.refused
                yield " ".join((told.title, told.detail, told.remedy, *(one.role or "" for one in told.waits_for)))


@pytest.mark.parametrize("deal", FILES)
def test_no_card_mail_message_or_step_of_a_whole_deal_does(deal: str) -> None:
    story, found = Story(deal), dict[str, str]()
    for number, _ in enumerate(story.rest):
        if number % 7 == 0:
            found |= {word: text for text in read_by_people(story) for word in identifiers(text)}
    told = [message.text for message in story.messages_told()]
    assert len(told) > 50
    found |= {word: text for text in told for word in identifiers(text)}
    assert found == {}


def test_no_refusal_does() -> None:
    story, found, seen = Story("halden"), dict[str, str](), 0
    for number, _ in enumerate(story.rest):
        if number % 12 == 0:
            for text in refused(story):
                seen += 1
                found |= dict.fromkeys(identifiers(text), text)
    assert seen > 200
    assert found == {}


def test_no_offer_and_no_climb_of_a_vacancy_does() -> None:
    story = Story("halden")
    story.wait(days=8)
    told = [*story.messages_told(), *offers(story.state, vacancies_told(story.facts), FIRM, {})]
    assert {"vacancy", "offer", "act", "escalation"} <= {message.kind for message in told}
    assert {word: message.text for message in told for word in identifiers(message.text)} == {}


def test_no_digest_does() -> None:
    now = Story("halden").now
    portfolio = DigestContent(
        acts=Listed(
            tuple(OwedAct(EngagementId("ENG-2026-0001"), kind.value, "Title", "Halden", now) for kind in ActKind), 22
        ),
        awaited=Listed((Awaited(AskId("ENG-2026-0001.A1"), "Sign", (PersonId("kari.moe"),), now, now),), 1),
        vacancies=Listed(
            (DigestVacancy(EngagementId("ENG-2026-0001"), "expert:data", now, PersonId("priya.raman")),), 1
        ),
    )
    text = digest_text(
        portfolio,
        {PersonId("kari.moe"): "Kari Moe", PersonId("priya.raman"): "Priya Raman"},
        "Europe/Oslo",
        now.date(),
        now,
    )
    assert text is not None
    assert "expert for data" in text
    assert identifiers(text) == []


@pytest.mark.parametrize("role", [*PLAYBOOK.roles, "expert:data", "expert:field_work", "client_sponsor"])
def test_a_role_is_meant_by_its_label_and_by_its_identifier(role: str) -> None:
    assert role_named(role_label(role)) == role_named(role) == role
    assert role_named(f" {role_label(role).replace(' ', '-')} ") == role if ":" not in role else True


ROOMS = ("domain", "application", "api", "cli", "demo", "workflows")
CARRIERS = re.compile(r"^(role|position|head_role|as_role|final_role|final_authority|party|approver|signer)$")
# Where a name that is said so holds a label already.
LABELLED = {
    "domain/notifications/vacancy_offers.py",
    "domain/notifications/notices.py",
    "cli/roles.py",
    "cli/terminal.py",
    "cli/next_steps.py",
    "demo/vacancy.py",
}
# Findings about a file name what stands in it.
OF_FILES = {"domain/playbook/checks.py", "domain/deal_file/model.py"}


def test_no_sentence_is_made_of_an_identifier() -> None:
    root = Path(notices.__file__).parents[1]
    found = [
        f"{name}:{sentence.lineno}: {ast.unparse(sentence)[:120]}"
        for room in ROOMS
        for file in (root / room).rglob("*.py")
        if (name := file.relative_to(root).as_posix()) not in LABELLED | OF_FILES
        for sentence in ast.walk(ast.parse(file.read_text()))
        if isinstance(sentence, ast.JoinedStr) and _is_sentence(sentence) and any(map(_is_bare, sentence.values))
    ]
    assert found == []


def _is_sentence(made: ast.JoinedStr) -> bool:
    return " " in "".join(str(part.value) for part in made.values if isinstance(part, ast.Constant)).strip()


def _is_bare(part: ast.expr) -> bool:
    """True for what is printed as it is and called like a role."""
    value = part.value if isinstance(part, ast.FormattedValue) else None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        return bool(CARRIERS.match(str(value.slice.value)))
    name = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else ""
    return bool(CARRIERS.match(name))
