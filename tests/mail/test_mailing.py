"""Whoever no other face reaches is told by mail, once, and the link in it opens what was asked."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.leases import Leases
from adapters.mail import MailServer, Post
from adapters.outbox import State
from adapters.tables import OutboxRow
from application.as_things_stand import ELSEWHERE, ENDED_BEFORE, ENOUGH, NEWER, PASSED_ON, TOLD_BY_ITS_OWN
from application.cards import card_of
from application.mailing import MailFace, mail_face
from application.telling import Teller
from domain.directory import Directory
from domain.record import Message
from domain.refusals import NotFound
from domain.streams import engagement_stream
from tests.api.played import ADMINISTRATOR, CLIENT, DEAL, SELLER, Played
from tests.clock import held, morning_after
from tests.mail.conftest import SENDER, Asked, Desk, body_of, link_in, restated
from tests.stack import Stack, Today

ADDRESS = "anna.lindqvist@lindqvist.example"


@pytest.mark.clock
async def test_an_ask_reaches_a_person_of_the_client_and_its_link_opens_it(
    desk: Desk, stack: Stack, browser: httpx.AsyncClient
) -> None:
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
    assert text.startswith("Hello Anna Lindqvist,\n\nStill waiting for you: the needs.")
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
    assert body_of(ended, "plain").startswith("Hello Anna Lindqvist,\n\nThe needs: approved.")
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


def with_a_competitor(directory: Directory) -> Directory:
    """Whoever sponsors the deal for the client is with another one, at an address there."""
    clients = {client.name: client for client in directory.clients}
    lindqvist, other = clients["Lindqvist Försäkring AB"], clients["Halden Energi AS"]
    anna = lindqvist.people[0].having(client=other.name, email=THERE)
    clients |= {lindqvist.name: lindqvist.having(people=()), other.name: other.having(people=(*other.people, anna))}
    return directory.having(clients=tuple(clients.values()))


THERE = "anna@competitor.example"


@pytest.mark.parametrize("kind", ["ask", "reminder", "outcome", "role", "end"])
async def test_who_is_with_a_competitor_by_todays_directory_is_told_nothing_before_the_deal_has_heard_of_it(
    desk: Desk, confirming: Asked, kind: str
) -> None:
    app = replace(desk.stack.app, registry=Today(desk.stack.database, with_a_competitor(desk.stack.directory)))
    mail = MailFace(app, Post(desk.smtp.described(), timeout_seconds=2), desk.links, SENDER)
    desk.teller = Teller(app, Leases(desk.stack.database), [mail], lambda: desk.now[0])
    ask = confirming.id if kind in {"ask", "reminder", "outcome"} else None
    row = await desk.told(
        desk.put(CLIENT, kind, "Of the deal.", ask, stream=f"engagement/{confirming.deal.engagement}")
    )
    assert row.face == ELSEWHERE
    assert not desk.smtp.mailbox.received
    with pytest.raises(NotFound):
        await card_of(app, confirming.id, CLIENT)


async def test_news_about_an_ask_that_is_not_theirs_comes_without_card_and_link(desk: Desk, confirming: Asked) -> None:
    await desk.told(desk.put("kari.moe", "escalation", "Overdue, waiting for Anna.", confirming.id))
    message = desk.mail("kari.moe")
    assert body_of(message, "plain").startswith("Hello Kari Moe,\n\nOverdue, waiting for Anna.\n\nKind regards\n")
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
    assert (await desk.stack.get("ida.holm", "/next-steps"))["reached_nobody"] >= 1
    assert (await desk.stack.get(SELLER, "/next-steps"))["reached_nobody"] == 0
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


def _owed(stack: Stack, deal: Played, kind: str) -> OutboxRow:
    """The newest message of this kind about an act of this deal."""
    rows = stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 10_000)
    return next(row for row in reversed(rows) if row.kind == kind and "/act:" in (row.step or ""))


async def test_an_act_that_was_done_before_its_message_left_is_not_told(stack: Stack, desk: Desk) -> None:
    deal = await Played(stack).start("Told of nothing that is done")
    key = _owed(stack, deal, "act").key
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await desk.tell_all()
    row = next(row for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 100) if row.key == key)
    assert row.face == ENDED_BEFORE
    told = [body_of(mail, "plain") for mail in desk.smtp.mailbox.to("aisha.khan@")]
    assert not [text for text in told if "Record what the client needs" in text]
    assert [text for text in told if "Restate the needs" in text]


async def test_an_act_is_told_as_it_is_when_its_message_leaves(stack: Stack, desk: Desk) -> None:
    deal = await Played(stack).start("Told as it is now")
    step = _owed(stack, deal, "act").step
    await desk.told(desk.put(SELLER, "act", "Due the day before yesterday.", step=step))
    text = body_of(desk.mail(SELLER), "plain")
    assert "Next, yours: Record what the client needs" in text
    assert "the day before yesterday" not in text


async def test_what_waits_on_one_thing_is_one_mail_that_says_what_is_so_now(desk: Desk, confirming: Asked) -> None:
    first = desk.put(CLIENT, "ask", "Confirm the needs.", confirming.id)
    later = [desk.put(CLIENT, kind, f"{kind}!", confirming.id, keep=True) for kind in ("reminder", "escalation")]
    await desk.told(later[-1])
    await desk.tell_all()
    (mail,) = desk.smtp.mailbox.to(ADDRESS)
    assert body_of(mail, "plain").startswith("Hello Anna Lindqvist,\n\nescalation!")
    assert [desk.row(key).face for key in (first, later[0])] == [NEWER, NEWER]


async def test_several_digests_that_wait_become_the_newest(desk: Desk) -> None:
    old = desk.put(CLIENT, "digest", "Monday")
    new = desk.put(CLIENT, "digest", "Tuesday", keep=True)
    await desk.told(new)
    assert desk.mail(CLIENT)["Subject"] == "Tuesday"
    assert desk.row(old).face == NEWER


@pytest.mark.parametrize("kind", ["quarantine", "new_deals"])
async def test_an_alarm_that_is_over_before_it_was_told_is_told_as_over_alone(desk: Desk, kind: str) -> None:
    alarm = desk.put(ADMINISTRATOR, kind, "It is paused.")
    over = desk.put(ADMINISTRATOR, kind, "It goes on.", keep=True)
    await desk.told(over)
    assert desk.mail(ADMINISTRATOR)["Subject"] == "It goes on."
    assert desk.row(alarm).face == NEWER


async def test_news_to_a_client_without_a_calendar_keep_to_the_hours_of_whoever_sells_by_the_clients_own_clock(
    stack: Stack, desk: Desk
) -> None:
    theirs = {"US": stack.directory.calendars["US"].having(zone="Europe/Stockholm")}
    opens, moment = morning_after(stack.directory.having(calendars=theirs), "US", desk.now[0]), timedelta(minutes=1)
    deal = await restated(stack, "News at night")
    stream = f"engagement/{deal.engagement}"
    row = Message(key=f"{stream}#950:outcome:{CLIENT}", to=CLIENT, kind="outcome", stream=stream, text="Confirmed.")
    stack.app.outbox.add([row], desk.now[0])
    for told, now in ((None, opens - moment), ("mail", opens + moment)):
        desk.now[0] = now
        await desk.tell_all()
        assert next(one for one in stack.app.outbox.of_stream(stream, 1000) if one.key == row.key).face == told


async def test_so_many_reminders_a_day_of_one_engagement_reach_one_person(stack: Stack, desk: Desk) -> None:
    deal = await restated(stack, "Enough for today")
    most = stack.playbook.limits.reminders_a_day
    stream, told = f"engagement/{deal.engagement}", list[str]()
    desk.now[0] = morning_after(stack.directory, "US", desk.now[0]) + timedelta(minutes=1)
    for number in range(most + 2):
        key = f"{stream}#{900 + number}:reminder:{CLIENT}"
        message = Message(key=key, to=CLIENT, kind="reminder", stream=stream, text=f"Reminder {number}")
        desk.stack.app.outbox.add([message], desk.now[0])
        await desk.tell_all()
        told.append(next(row for row in stack.app.outbox.of_stream(stream, 1000) if row.key == key).face or "")
    assert told == [*["mail"] * most, ENOUGH, ENOUGH]


@pytest.mark.parametrize(("kind", "told"), [("ask", None), ("reminder", ENDED_BEFORE), ("escalation", ENDED_BEFORE)])
async def test_on_hold_nothing_is_told_of_what_rests_and_what_is_new_waits(
    desk: Desk, confirming: Asked, kind: str, told: str | None
) -> None:
    await confirming.deal.do("tomasz.nowak", "POST", "/hold", held("The client asked."))
    key = desk.put(CLIENT, kind, "The needs.", confirming.id)
    for _ in range(3):
        await desk.teller.tell_due()
    assert desk.row(key).face == told
    assert not desk.smtp.mailbox.to(ADDRESS)
    await confirming.deal.do("tomasz.nowak", "POST", "/resume")
    desk.now[0] += timedelta(minutes=6)
    await desk.tell_all()
    mails = desk.smtp.mailbox.to(ADDRESS)
    goes_on = [one for one in mails if "goes on. You can answer now" in " ".join(body_of(one, "plain").split())]
    assert (len(goes_on), len(mails) - len(goes_on)) == (1, told is None)


async def test_a_mail_says_who_writes_for_which_firm_what_its_link_does_and_how_to_check_it(
    desk: Desk, confirming: Asked
) -> None:
    await desk.told(desk.put(CLIENT, "ask", "Confirm the needs.", confirming.id))
    mail = desk.mail(CLIENT)
    assert mail["From"].addresses[0].display_name == "Aisha Khan (Fjordline Consulting AS)"
    assert mail["From"].addresses[0].addr_spec == "interlock@fjordline.example"
    assert mail["Reply-To"].addresses[0].addr_spec == "aisha.khan@fjordline.example"
    for kind in ("plain", "html"):
        text = " ".join(body_of(mail, kind).split())
        assert "Hello Anna Lindqvist," in text
        assert "Aisha Khan of Fjordline Consulting AS asks you:" in text
        assert "It works until " in text
        assert "Opening it decides nothing." in text
        assert "Is this mail real? It comes from interlock@fjordline.example, and its link leads to " in text
        assert "interlock.fjordline.example. If you are not sure, do not open the link and ask Aisha Khan" in text
        assert not re.search(r"(?i)urgent|immediately|at once|act now|asap|hurry|click here|verify your", text)


async def test_news_comes_from_the_firm_and_names_who_answers_for_it(desk: Desk) -> None:
    await desk.told(desk.put(CLIENT, "digest", "Your day"))
    mail = desk.mail(CLIENT)
    assert mail["From"].addresses[0].display_name == "Fjordline Consulting AS"
    assert mail["Reply-To"].addresses[0].addr_spec == "ida.holm@fjordline.example"


async def test_what_operators_are_told_of_a_deal_names_who_keeps_the_system(desk: Desk, confirming: Asked) -> None:
    """Whoever manages the deal knows nothing of it."""
    ops, stream = "peter.olsen", engagement_stream(confirming.deal.engagement)
    await desk.told(desk.put(ops, "outcome", "The needs: approved.", stream=stream))
    await desk.told(desk.put(ops, "quarantine", "This deal is paused.", stream=stream))
    replies = [mail["Reply-To"].addresses[0].addr_spec for mail in desk.smtp.mailbox.to(f"{ops}@")]
    assert [to == "ida.holm@fjordline.example" for to in replies] == [False, True]


async def test_nobody_is_written_to_by_themselves(desk: Desk, confirming: Asked) -> None:
    await confirming.deal.answer(confirming.ask)
    desk.now[0] = morning_after(desk.stack.directory, "US", desk.now[0]) + timedelta(minutes=5)
    await desk.told(desk.put(SELLER, "outcome", "The needs: approved.", confirming.id))
    mail = desk.mail(SELLER)
    assert mail["Reply-To"].addresses[0].addr_spec != "aisha.khan@fjordline.example"
