"""Whoever no other face reaches is told by mail, once, and the link in it opens what was asked."""

from datetime import timedelta

import httpx
import pytest

from adapters.mail import MailServer
from adapters.outbox import State
from application.mailing import ENDED_BEFORE, PASSED_ON, TOLD_BY_ITS_OWN, mail_face
from tests.api.played import CLIENT, SELLER
from tests.mail.conftest import Asked, Desk, body_of, link_in
from tests.stack import Stack

ADDRESS = "anna.lindqvist@lindqvist.example"


@pytest.mark.clock
async def test_an_ask_reaches_a_person_of_the_client_and_its_link_opens_it(
    desk: Desk, stack: Stack, browser: httpx.AsyncClient
) -> None:
    from tests.mail.conftest import restated

    deal = await restated(stack, "Know why the report differs from the ledger")
    ask = await deal.ask("confirm_needs")
    for _ in range(20):
        await desk.teller.tell_due()
    (row,) = [row for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}") if row.ask == ask["id"]]
    assert (row.to, row.face) == (CLIENT, "mail")
    message = desk.mail(CLIENT)
    assert "Know why the report differs from the ledger" in body_of(message, "plain")
    page = await browser.get(link_in(message))
    assert page.status_code == 200
    assert "Know why the report differs from the ledger" in page.text


@pytest.mark.clock
async def test_a_reminder_shows_the_card_below_its_words(desk: Desk, confirming: Asked) -> None:
    await desk.told(desk.put(CLIENT, "reminder", "Still waiting for you: the needs.", confirming.id))
    text = body_of(desk.mail(CLIENT), "plain")
    assert text.startswith("Still waiting for you: the needs.")
    assert "You are asked as client sponsor" in text


async def test_what_ended_before_it_was_told_is_not_told(desk: Desk, confirming: Asked) -> None:
    key = desk.put(CLIENT, "ask", "Confirm the needs.", confirming.id)
    await confirming.deal.answer(confirming.ask)
    assert (await desk.told(key)).face == ENDED_BEFORE
    assert not desk.smtp.mailbox.to(ADDRESS)


async def test_how_an_ask_ended_is_told_with_its_link_in_its_thread(desk: Desk, confirming: Asked) -> None:
    await desk.told(desk.put(CLIENT, "ask", "Confirm the needs.", confirming.id))
    await confirming.deal.answer(confirming.ask)
    await desk.told(desk.put(CLIENT, "outcome", "The needs: approved.", confirming.id))
    asked, ended = desk.smtp.mailbox.to(ADDRESS)
    assert body_of(ended, "plain").startswith("The needs: approved.")
    assert ended["References"] == asked["References"]
    assert link_in(ended)


async def test_a_question_is_told_by_its_own_ask(desk: Desk, confirming: Asked) -> None:
    row = await desk.told(desk.put(SELLER, "question", "Which ledger?", confirming.id))
    assert row.face == TOLD_BY_ITS_OWN
    assert not desk.smtp.mailbox.received


async def test_an_ask_that_is_anothers_by_now_is_not_told(desk: Desk, confirming: Asked) -> None:
    row = await desk.told(desk.put("kari.moe", "ask", "Confirm the needs.", confirming.id))
    assert row.face == PASSED_ON
    assert not desk.smtp.mailbox.received


async def test_news_about_an_ask_that_is_not_theirs_comes_without_card_and_link(desk: Desk, confirming: Asked) -> None:
    await desk.told(desk.put("kari.moe", "escalation", "Overdue, waiting for Anna.", confirming.id))
    message = desk.mail("kari.moe")
    assert body_of(message, "plain").strip() == "Overdue, waiting for Anna."
    assert "href" not in body_of(message, "html")


@pytest.mark.parametrize("kind", ["digest", "vacancy", "offer", "role", "task", "end", "change"])
async def test_everything_else_arrives_as_a_notice(desk: Desk, kind: str) -> None:
    row = await desk.told(desk.put(CLIENT, kind, "Your day\n\n- One thing\n- Another"))
    assert row.face == "mail"
    message = desk.mail(CLIENT)
    assert message["Subject"] == "Your day"
    assert "- One thing\n- Another" in body_of(message, "plain")


async def test_the_longest_text_is_told_whole(desk: Desk) -> None:
    await desk.told(desk.put(CLIENT, "digest", "ø" * 2000))
    assert "ø" * 2000 in body_of(desk.mail(CLIENT), "html")


@pytest.mark.clock
async def test_a_server_that_is_away_is_waited_for_and_then_told(desk: Desk) -> None:
    desk.smtp.mailbox.data_answer = "451 come back"
    key = desk.put(CLIENT, "digest", "Your day")
    waits = await desk.told(key)
    assert waits.sent_at is None
    assert waits.dead is None
    assert str(waits.because).startswith("mail: 451")
    desk.smtp.mailbox.data_answer = "250 taken"
    desk.now[0] += timedelta(minutes=2)
    await desk.teller.tell_due()
    assert desk.row(key).face == "mail"
    assert len(desk.smtp.mailbox.to(ADDRESS)) == 1


async def test_whoever_the_server_does_not_know_becomes_a_dead_letter(desk: Desk) -> None:
    desk.smtp.mailbox.answers[ADDRESS] = "550 no such user"
    row = await desk.told(desk.put(CLIENT, "digest", "Your day"))
    assert str(row.dead).startswith("mail: 550")
    assert row in desk.stack.app.outbox.in_state(State.DEAD, 10_000)


async def test_an_address_that_is_none_becomes_a_dead_letter(desk: Desk) -> None:
    face = desk.teller._faces[0]
    directory = desk.stack.app.registry.directory()
    person = directory.person(CLIENT)
    assert person is not None
    key = desk.put(CLIENT, "digest", "Your day")
    from application.telling import Unreachable

    with pytest.raises(Unreachable, match="only name@host is an address"):
        await face.tell(person.having(email="anna, at home"), desk.row(key), again=False)
    await desk.told(key)


async def test_a_message_told_twice_is_one_letter(desk: Desk) -> None:
    key = desk.put(CLIENT, "digest", "Your day")
    row = await desk.told(key)
    person = desk.stack.app.registry.directory().person(CLIENT)
    assert person is not None
    await desk.teller._faces[0].tell(person, row, again=True)
    first, second = desk.smtp.mailbox.to(ADDRESS)
    assert first["Message-ID"] == second["Message-ID"]


async def test_one_line_wires_it(desk: Desk, stack: Stack) -> None:
    server: MailServer = desk.smtp.described()
    face = mail_face(stack.app, server, desk.links)
    key = desk.put(CLIENT, "digest", "Your day")
    person = stack.app.registry.directory().person(CLIENT)
    assert person is not None
    assert await face.tell(person, desk.row(key), again=False) == face.name
    await face.follow("ENG-2026-0001.A1")
    await desk.told(key)
