"""Whoever no other channel reaches is told by mail, once, and the link in it opens what was asked."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.db.leases import Leases
from adapters.db.outbox import OutboxEntry, State
from adapters.mail.smtp import MailServer, Post
from application.notifications.cards import card_of
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.mail import MailChannel, mail_channel
from application.notifications.relevance import ELSEWHERE, ENDED_BEFORE, ENOUGH, NEWER, PASSED_ON, TOLD_BY_ITS_OWN
from domain.directory.directory import Directory
from domain.record.facts import Message
from domain.shared.errors import NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_stream
from tests.api.played import ADMINISTRATOR, CLIENT, DEAL, SELLER, Played
from tests.clock import held, morning_after
from tests.mail.conftest import SENDER, Asked, MailEnv, body_of, link_in, restated
from tests.stack import Stack, Today

ADDRESS = "anna.lindqvist@lindqvist.example"


@pytest.mark.clock
async def test_an_ask_reaches_a_person_of_the_client_and_its_link_opens_it(
    env: MailEnv, stack: Stack, browser: httpx.AsyncClient
) -> None:
    deal = await restated(stack, "Know why the report differs from the ledger")
    ask = await deal.ask("confirm_needs")
    for _ in range(20):
        await env.dispatcher.dispatch_due()
    (row,) = [row for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}") if row.ask_id == ask["id"]]
    assert (row.to, row.channel) == (CLIENT, "mail")
    message = env.mail(CLIENT)
    assert "Know why the report differs from the ledger" in body_of(message, "plain")
    page = await browser.get(link_in(message))
    assert page.status_code == 200
    assert "Know why the report differs from the ledger" in page.text


@pytest.mark.clock
async def test_a_reminder_shows_the_card_below_its_words(env: MailEnv, confirming: Asked) -> None:
    await env.told(env.put(CLIENT, "reminder", "Still waiting for you: the needs.", confirming.id))
    text = body_of(env.mail(CLIENT), "plain")
    assert text.startswith("Hello Anna Lindqvist,\n\nStill waiting for you: the needs.")
    assert "You are asked as client sponsor" in text


async def test_what_ended_before_it_was_told_is_not_told(env: MailEnv, confirming: Asked) -> None:
    key = env.put(CLIENT, "ask", "Confirm the needs.", confirming.id)
    await confirming.deal.answer(confirming.ask)
    assert (await env.told(key)).channel == ENDED_BEFORE
    assert not env.smtp.mailbox.to(ADDRESS)


async def test_how_an_ask_ended_is_told_with_its_link_in_its_thread(env: MailEnv, confirming: Asked) -> None:
    await env.told(env.put(CLIENT, "ask", "Confirm the needs.", confirming.id))
    await confirming.deal.answer(confirming.ask)
    await env.told(env.put(CLIENT, "outcome", "The needs: approved.", confirming.id))
    asked, ended = env.smtp.mailbox.to(ADDRESS)
    assert body_of(ended, "plain").startswith("Hello Anna Lindqvist,\n\nThe needs: approved.")
    assert ended["References"] == asked["References"]
    assert link_in(ended)


async def test_a_question_is_told_by_its_own_ask(env: MailEnv, confirming: Asked) -> None:
    row = await env.told(env.put(SELLER, "question", "Which ledger?", confirming.id))
    assert row.channel == TOLD_BY_ITS_OWN
    assert not env.smtp.mailbox.received


async def test_an_ask_that_is_anothers_by_now_is_not_told(env: MailEnv, confirming: Asked) -> None:
    row = await env.told(env.put("kari.moe", "ask", "Confirm the needs.", confirming.id))
    assert row.channel == PASSED_ON
    assert not env.smtp.mailbox.received


def with_a_competitor(directory: Directory) -> Directory:
    """Whoever sponsors the deal for the client is with another one, at an address there."""
    clients = {client.name: client for client in directory.clients}
    lindqvist, other = clients["Lindqvist Försäkring AB"], clients["Halden Energi AS"]
    anna = lindqvist.people[0].replace(client=other.name, email=THERE)
    clients |= {lindqvist.name: lindqvist.replace(people=()), other.name: other.replace(people=(*other.people, anna))}
    return directory.replace(clients=tuple(clients.values()))


THERE = "anna@competitor.example"


@pytest.mark.parametrize("kind", ["ask", "reminder", "outcome", "role", "end"])
async def test_who_is_with_a_competitor_by_todays_directory_is_told_nothing_before_the_deal_has_heard_of_it(
    env: MailEnv, confirming: Asked, kind: str
) -> None:
    app = replace(env.stack.app, registry=Today(env.stack.database, with_a_competitor(env.stack.directory)))
    mail = MailChannel(app, Post(env.smtp.described(), timeout_seconds=2), env.links, SENDER)
    env.dispatcher = NotificationDispatcher(app, Leases(env.stack.database), [mail], lambda: env.now[0])
    ask = confirming.id if kind in {"ask", "reminder", "outcome"} else None
    row = await env.told(env.put(CLIENT, kind, "Of the deal.", ask, stream=f"engagement/{confirming.deal.engagement}"))
    assert row.channel == ELSEWHERE
    assert not env.smtp.mailbox.received
    with pytest.raises(NotFound):
        await card_of(app, confirming.id, CLIENT)


async def test_news_about_an_ask_that_is_not_theirs_comes_without_card_and_link(
    env: MailEnv, confirming: Asked
) -> None:
    await env.told(env.put("kari.moe", "escalation", "Overdue, waiting for Anna.", confirming.id))
    message = env.mail("kari.moe")
    assert body_of(message, "plain").startswith("Hello Kari Moe,\n\nOverdue, waiting for Anna.\n\nKind regards\n")
    assert "href" not in body_of(message, "html")


@pytest.mark.parametrize("kind", ["digest", "vacancy", "offer", "role", "task", "end", "change"])
async def test_everything_else_arrives_as_a_notice(env: MailEnv, kind: str) -> None:
    row = await env.told(env.put(CLIENT, kind, "Your day\n\n- One thing\n- Another"))
    assert row.channel == "mail"
    message = env.mail(CLIENT)
    assert message["Subject"] == "Your day"
    assert "- One thing\n- Another" in body_of(message, "plain")


async def test_the_longest_text_is_told_whole(env: MailEnv) -> None:
    await env.told(env.put(CLIENT, "digest", "ø" * 2000))
    assert "ø" * 2000 in body_of(env.mail(CLIENT), "html")


@pytest.mark.clock
async def test_a_server_that_is_away_is_waited_for_and_then_told(env: MailEnv) -> None:
    env.smtp.mailbox.data_answer = "451 come back"
    key = env.put(CLIENT, "digest", "Your day")
    waits = await env.told(key)
    assert waits.sent_at is None
    assert waits.dead is None
    assert str(waits.because).startswith("mail: 451")
    env.smtp.mailbox.data_answer = "250 taken"
    env.now[0] += timedelta(minutes=2)
    await env.dispatcher.dispatch_due()
    assert env.row(key).channel == "mail"
    assert len(env.smtp.mailbox.to(ADDRESS)) == 1


async def test_whoever_the_server_does_not_know_becomes_a_dead_letter(env: MailEnv) -> None:
    env.smtp.mailbox.answers[ADDRESS] = "550 no such user"
    row = await env.told(env.put(CLIENT, "digest", "Your day"))
    assert str(row.dead).startswith("mail: 550")
    assert (await env.stack.get("ida.holm", "/next-steps"))["reached_nobody"] >= 1
    assert (await env.stack.get(SELLER, "/next-steps"))["reached_nobody"] == 0
    assert row in env.stack.app.outbox.in_state(State.DEAD, 10_000)


async def test_an_address_that_is_none_becomes_a_dead_letter(env: MailEnv) -> None:
    channel = env.dispatcher._channels[0]
    directory = env.stack.app.registry.directory()
    person = directory.person(CLIENT)
    assert person is not None
    key = env.put(CLIENT, "digest", "Your day")
    from adapters.delivery import Unreachable

    with pytest.raises(Unreachable, match="only name@host is an address"):
        await channel.tell(person.replace(email="anna, at home"), env.row(key), again=False)
    await env.told(key)


async def test_a_message_told_twice_is_one_letter(env: MailEnv) -> None:
    key = env.put(CLIENT, "digest", "Your day")
    row = await env.told(key)
    person = env.stack.app.registry.directory().person(CLIENT)
    assert person is not None
    await env.dispatcher._channels[0].tell(person, row, again=True)
    first, second = env.smtp.mailbox.to(ADDRESS)
    assert first["Message-ID"] == second["Message-ID"]


async def test_what_a_message_says_to_do_is_told_by_its_command(env: MailEnv) -> None:
    verify = RemedyAction.VERIFY_RECORD.about()
    await env.told(env.put(ADMINISTRATOR, "damage", f"To see all that is damaged, run: {verify}. It says more."))
    assert "run: interlock ledger verify. It says more." in " ".join(body_of(env.mail(ADMINISTRATOR), "plain").split())


async def test_one_line_wires_it(env: MailEnv, stack: Stack) -> None:
    server: MailServer = env.smtp.described()
    channel = mail_channel(stack.app, server, env.links)
    key = env.put(CLIENT, "digest", "Your day")
    person = stack.app.registry.directory().person(CLIENT)
    assert person is not None
    assert await channel.tell(person, env.row(key), again=False) == channel.name
    await channel.follow("ENG-2026-0001.A1")
    await env.told(key)


def _owed(stack: Stack, deal: Played, kind: str) -> OutboxEntry:
    """The newest message of this kind about an act of this deal."""
    rows = stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 10_000)
    return next(row for row in reversed(rows) if row.kind == kind and "/act:" in (row.step or ""))


async def test_an_act_that_was_done_before_its_message_left_is_not_told(stack: Stack, env: MailEnv) -> None:
    deal = await Played(stack).start("Told of nothing that is done")
    key = _owed(stack, deal, "act").key
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await env.tell_all()
    row = next(row for row in stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 100) if row.key == key)
    assert row.channel == ENDED_BEFORE
    told = [body_of(mail, "plain") for mail in env.smtp.mailbox.to("aisha.khan@")]
    assert not [text for text in told if "Record what the client needs" in text]
    assert [text for text in told if "Restate the needs" in text]


async def test_an_act_is_told_as_it_is_when_its_message_leaves(stack: Stack, env: MailEnv) -> None:
    deal = await Played(stack).start("Told as it is now")
    step = _owed(stack, deal, "act").step
    await env.told(env.put(SELLER, "act", "Due the day before yesterday.", step=step))
    text = body_of(env.mail(SELLER), "plain")
    assert "Next for you: Record what the client needs" in text
    assert "the day before yesterday" not in text


async def test_what_waits_on_one_thing_is_one_mail_that_says_what_is_so_now(env: MailEnv, confirming: Asked) -> None:
    first = env.put(CLIENT, "ask", "Confirm the needs.", confirming.id)
    later = [env.put(CLIENT, kind, f"{kind}!", confirming.id, keep=True) for kind in ("reminder", "escalation")]
    await env.told(later[-1])
    await env.tell_all()
    (mail,) = env.smtp.mailbox.to(ADDRESS)
    assert body_of(mail, "plain").startswith("Hello Anna Lindqvist,\n\nescalation!")
    assert [env.row(key).channel for key in (first, later[0])] == [NEWER, NEWER]


async def test_several_digests_that_wait_become_the_newest(env: MailEnv) -> None:
    old = env.put(CLIENT, "digest", "Monday")
    new = env.put(CLIENT, "digest", "Tuesday", keep=True)
    await env.told(new)
    assert env.mail(CLIENT)["Subject"] == "Tuesday"
    assert env.row(old).channel == NEWER


@pytest.mark.parametrize("kind", ["quarantine", "new_deals"])
async def test_an_alarm_that_is_over_before_it_was_told_is_told_as_over_alone(env: MailEnv, kind: str) -> None:
    alarm = env.put(ADMINISTRATOR, kind, "It is paused.")
    over = env.put(ADMINISTRATOR, kind, "It goes on.", keep=True)
    await env.told(over)
    assert env.mail(ADMINISTRATOR)["Subject"] == "It goes on."
    assert env.row(alarm).channel == NEWER


async def test_news_to_a_client_without_a_calendar_keep_to_the_hours_of_whoever_sells_by_the_clients_own_clock(
    stack: Stack, env: MailEnv
) -> None:
    theirs = {"US": stack.directory.calendars["US"].replace(zone="Europe/Stockholm")}
    opens, moment = morning_after(stack.directory.replace(calendars=theirs), "US", env.now[0]), timedelta(minutes=1)
    deal = await restated(stack, "News at night")
    stream = f"engagement/{deal.engagement}"
    row = Message(key=f"{stream}#950:outcome:{CLIENT}", to=CLIENT, kind="outcome", stream=stream, text="Confirmed.")
    stack.app.outbox.add([row], env.now[0])
    for told, now in ((None, opens - moment), ("mail", opens + moment)):
        env.now[0] = now
        await env.tell_all()
        assert next(one for one in stack.app.outbox.of_stream(stream, 1000) if one.key == row.key).channel == told


async def test_so_many_reminders_a_day_of_one_engagement_reach_one_person(stack: Stack, env: MailEnv) -> None:
    deal = await restated(stack, "Enough for today")
    most = stack.playbook.limits.reminders_a_day
    stream, told = f"engagement/{deal.engagement}", list[str]()
    env.now[0] = morning_after(stack.directory, "US", env.now[0]) + timedelta(minutes=1)
    for number in range(most + 2):
        key = f"{stream}#{900 + number}:reminder:{CLIENT}"
        message = Message(key=key, to=CLIENT, kind="reminder", stream=stream, text=f"Reminder {number}")
        env.stack.app.outbox.add([message], env.now[0])
        await env.tell_all()
        told.append(next(row for row in stack.app.outbox.of_stream(stream, 1000) if row.key == key).channel or "")
    assert told == [*["mail"] * most, ENOUGH, ENOUGH]


@pytest.mark.parametrize(("kind", "told"), [("ask", None), ("reminder", ENDED_BEFORE), ("escalation", ENDED_BEFORE)])
async def test_on_hold_nothing_is_told_of_what_rests_and_what_is_new_waits(
    env: MailEnv, confirming: Asked, kind: str, told: str | None
) -> None:
    await confirming.deal.do("tomasz.nowak", "POST", "/hold", held("The client asked."))
    key = env.put(CLIENT, kind, "The needs.", confirming.id)
    for _ in range(3):
        await env.dispatcher.dispatch_due()
    assert env.row(key).channel == told
    assert not env.smtp.mailbox.to(ADDRESS)
    await confirming.deal.do("tomasz.nowak", "POST", "/resume")
    env.now[0] += timedelta(minutes=6)
    await env.tell_all()
    mails = env.smtp.mailbox.to(ADDRESS)
    goes_on = [one for one in mails if "continues. You can answer now" in " ".join(body_of(one, "plain").split())]
    assert (len(goes_on), len(mails) - len(goes_on)) == (1, told is None)


async def test_a_mail_says_who_writes_for_which_firm_what_its_link_does_and_how_to_check_it(
    env: MailEnv, confirming: Asked
) -> None:
    await env.told(env.put(CLIENT, "ask", "Confirm the needs.", confirming.id))
    mail = env.mail(CLIENT)
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


async def test_news_comes_from_the_firm_and_names_who_answers_for_it(env: MailEnv) -> None:
    await env.told(env.put(CLIENT, "digest", "Your day"))
    mail = env.mail(CLIENT)
    assert mail["From"].addresses[0].display_name == "Fjordline Consulting AS"
    assert mail["Reply-To"].addresses[0].addr_spec == "ida.holm@fjordline.example"


async def test_what_operators_are_told_of_a_deal_names_who_keeps_the_system(env: MailEnv, confirming: Asked) -> None:
    """Whoever manages the deal knows nothing of it."""
    ops, stream = "peter.olsen", engagement_stream(confirming.deal.engagement)
    await env.told(env.put(ops, "outcome", "The needs: approved.", stream=stream))
    await env.told(env.put(ops, "quarantine", "This deal is paused.", stream=stream))
    replies = [mail["Reply-To"].addresses[0].addr_spec for mail in env.smtp.mailbox.to(f"{ops}@")]
    assert [to == "ida.holm@fjordline.example" for to in replies] == [False, True]


async def test_nobody_is_written_to_by_themselves(env: MailEnv, confirming: Asked) -> None:
    await confirming.deal.answer(confirming.ask)
    env.now[0] = morning_after(env.stack.directory, "US", env.now[0]) + timedelta(minutes=5)
    await env.told(env.put(SELLER, "outcome", "The needs: approved.", confirming.id))
    mail = env.mail(SELLER)
    assert mail["Reply-To"].addresses[0].addr_spec != "aisha.khan@fjordline.example"
