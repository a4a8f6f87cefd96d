"""Telling by Slack: at its pace, patiently, once, and what it cannot tell is a dead letter that can be sent again."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from adapters.leases import Leases
from adapters.outbox import State
from adapters.tables import OutboxRow
from api.slack import drawing
from api.slack.wall import SlackWall
from api.slack.web import Web
from application.as_things_stand import ENDED_BEFORE
from application.chat import ChatFace
from application.telling import LASTS, LEASE, Teller
from domain.record import Message
from tests.api.played import DEAL, SELLER, Played
from tests.clock import CLOCK, morning_after
from tests.slack.emulator import SlackEmulator
from tests.slack.faults import Fault, FaultProxy, broken, cut_after, rate_limited, refused, silent_after
from tests.slack.office import Office, labels_of, text_of
from tests.stack import Stack, Today


async def asked(office: Office, title: str) -> tuple[Played, str]:
    """A deal in which Jonas is asked to manage it; its ask."""
    deal = await Played(office.stack).start(title)
    await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person": "jonas.weber"})
    return deal, str((await deal.ask("accept_role"))["id"])


def say(office: Office, key: str, to: str, text: str = "Something new.", kind: str = "change") -> None:
    message = Message(key=key, to=to, kind=kind, stream="tests", text=text)
    office.stack.app.outbox.add([message], CLOCK())


@pytest.mark.clock
async def test_retry_after_is_obeyed_and_nothing_is_lost(office: Office) -> None:
    office.proxy.next(
        "chat.postMessage", rate_limited(100)
    )  # by the moved clock, beside which the machine's own runs on
    _, ask = await asked(office, "Too many at once")
    await office.teller.tell_due()
    calls = len(office.proxy.calls("chat.postMessage"))
    for _ in range(3):
        office.clock.wait(25)
        await office.teller.tell_due()
    assert len(office.proxy.calls("chat.postMessage")) == calls
    await office.tell()
    assert len(await office.cards("jonas.weber", ask)) == 1


async def test_an_error_of_slacks_is_tried_again(office: Office) -> None:
    office.proxy.next("chat.postMessage", broken(500), times=3)
    _, ask = await asked(office, "Slack answers 500")
    await office.tell()
    assert len(await office.cards("jonas.weber", ask)) == 1


@pytest.mark.parametrize("fault", [silent_after(), cut_after()], ids=["silent", "cut"])
async def test_a_card_that_slack_took_unseen_is_not_posted_twice(office: Office, fault: Fault) -> None:
    office.proxy.next("chat.postMessage", fault)
    _, ask = await asked(office, "Taken, and no answer")
    for _ in range(10):
        await office.tell()
    cards = await office.cards("jonas.weber", ask)
    assert len(cards) == 1
    await office.press("jonas.weber", "Decline the role", cards[0])
    await office.fill("jonas.weber", {"reason": "No time."})
    assert labels_of(await office.card("jonas.weber", ask)) == []


async def test_a_card_taken_unseen_of_an_ask_that_ended_meanwhile_follows_all_the_same(office: Office) -> None:
    office.proxy.always("chat.postMessage", cut_after())
    deal, ask = await asked(office, "Taken unseen, and ended")
    while not await office.cards("jonas.weber", ask):
        await office.teller.tell_due()
        office.clock.wait(70)
    office.proxy.heal()
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    for _ in range(5):
        await office.tell()
    (card,) = await office.cards("jonas.weber", ask)
    assert (labels_of(card), "Accepted" in text_of(card)) == ([], True)


async def test_whoever_is_with_a_client_by_todays_directory_keeps_no_card_of_the_deal(office: Office) -> None:
    """While the deal has not heard of it."""
    deal, ask = await asked(office, "Gone to a client")
    assert labels_of(await office.card("jonas.weber", ask))
    jonas = office.stack.directory.person("jonas.weber")
    assert jonas is not None
    others = tuple(person for person in office.stack.directory.people if person.id != jonas.id)
    first, *rest = office.stack.directory.clients
    client = first.having(people=(*first.people, jonas.having(client=first.name)))
    today = office.stack.directory.having(people=others, clients=(client, *rest))
    app = replace(office.stack.app, registry=Today(office.stack.database, today))
    slack = office.slack
    face = ChatFace(app, slack.desk.accounts, SlackWall(slack.web), drawing, None, office.clock)
    assert await face.follow(ask)
    assert await office.cards("jonas.weber", ask) == []
    assert "You have no part in this any more." in [text_of(one) for one in await office.messages("jonas.weber")]
    await deal.answer(await deal.ask("accept_role"))


async def test_words_that_slack_took_unseen_are_not_said_twice(office: Office) -> None:
    say(office, "tests:unseen", "rosa.klein", "Said once")
    office.proxy.next("chat.postMessage", cut_after())
    await office.tell()
    assert [text_of(m) for m in await office.messages("rosa.klein")].count("Said once") == 1


async def test_the_thread_and_its_card_are_begun_once_though_slack_is_silent(office: Office) -> None:
    office.proxy.next("chat.postMessage", cut_after(), times=4)
    deal, ask = await asked(office, "A thread begun once")
    for _ in range(10):
        await office.tell()
    channel = await office.emulator.channel()
    roots = [m for m in await office.emulator.messages(channel) if deal.engagement in text_of(m)]
    assert len(roots) == 1
    shown = [m for m in await office.emulator.thread(channel, roots[0]["ts"]) if ask in json.dumps(m["blocks"])]
    assert len(shown) == 1


@pytest.mark.clock
async def test_slack_away_for_eight_hours_loses_nothing_and_delays_no_gate(office: Office, stack: Stack) -> None:
    office.proxy.away()
    deal, ask = await asked(office, "Away for eight hours")
    for _ in range(96):
        await office.teller.tell_due()
        office.clock.wait(300)
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    assert await deal.holder("engagement_manager") == "jonas.weber"
    await deal.do("priya.raman", "PUT", "/roles/delivery_lead", {"person": "anil.mehta"})
    open_ask = (await deal.ask("accept_role", "role:delivery_lead"))["id"]
    posts = len(office.proxy.calls("chat.postMessage"))
    assert posts < 200
    office.proxy.heal()
    office.clock.wait(61)
    office.clock.be(morning_after(stack.directory, "DE", office.clock()) + timedelta(minutes=30))
    await office.tell()
    assert office.dead() == []
    assert await office.cards("jonas.weber", ask) == []
    texts = [text_of(m) for m in await office.messages("jonas.weber")]
    assert any("Jonas Weber is now engagement manager" in text for text in texts), texts
    assert len(await office.cards("anil.mehta", open_ask)) == 1


@pytest.mark.parametrize(("header", "seconds"), [("-5", 1), ("soon", 1), ("", 1), ("999999999", 3600)])
async def test_a_strange_retry_after_makes_no_pause_without_an_end(office: Office, header: str, seconds: float) -> None:
    limited = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": header})
    office.proxy.next("chat.postMessage", limited)
    say(office, f"tests:retry {header}", "rosa.klein", f"After {header!r}")
    await office.teller.tell_due()
    office.clock.wait(seconds + 1)
    await office.tell()
    assert f"After {header!r}" in [text_of(m) for m in await office.messages("rosa.klein")]


async def test_each_channel_gets_about_one_message_a_second(
    slack_emulator: SlackEmulator, slack_proxy: FaultProxy
) -> None:
    client = slack_emulator.client()
    client.base_url = slack_proxy.api_url
    web = Web(client, pace=0.4)
    channels = [await slack_emulator.channel("general"), await slack_emulator.channel("random")]
    began = time.monotonic()
    await asyncio.gather(
        *(web.in_channel("chat.postMessage", channel, text=f"{n}") for n in range(4) for channel in channels)
    )
    assert time.monotonic() - began < 4 * 0.4 * 2
    for channel in channels:
        at = [call.at for call in slack_proxy.calls("chat.postMessage") if call.arguments["channel"] == channel]
        assert all(later - earlier >= 0.4 for earlier, later in pairwise(at))


async def test_who_has_no_slack_is_a_dead_letter_that_says_so_and_can_be_sent_again(office: Office) -> None:
    user = await office.user("olga.petrova")
    await office.emulator.deactivate(user)
    say(office, "tests:nobody", "olga.petrova")
    await office.tell()
    dead = dict(office.dead())
    assert dead["olga.petrova"].startswith("slack: ")
    await office.emulator.deactivate(user, deleted=False)
    assert office.stack.app.outbox.revive("tests:nobody")
    await office.tell()
    assert "olga.petrova" not in dict(office.dead())
    assert "Something new." in [text_of(m) for m in await office.messages("olga.petrova")]


async def test_a_revoked_token_is_a_reason_and_no_end(office: Office) -> None:
    office.proxy.always("*", refused("token_revoked"))
    say(office, "tests:revoked", "rosa.klein", "After the token")
    await office.tell()
    assert ("rosa.klein", "slack: token_revoked") in office.dead()


async def test_cards_that_stand_outlive_a_revoked_token(office: Office) -> None:
    deal, ask = await asked(office, "Through a revoked token")
    await office.card("jonas.weber", ask)
    office.proxy.always("*", refused("token_revoked"))
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    await office.tell()
    office.proxy.heal()
    office.clock.wait(301)
    await office.tell()
    assert labels_of((await office.cards("jonas.weber", ask))[-1]) == []


async def test_an_archived_channel_is_told_to_the_manager_and_people_are_asked_all_the_same(office: Office) -> None:
    channel = await office.emulator.channel()
    await office.emulator.archive(channel)
    try:
        deal, ask = await asked(office, "In an archived channel")
        await office.tell()
        assert len(await office.cards("jonas.weber", ask)) == 1
        told = [m for m in await office.messages(deal_manager(office, deal)) if deal.engagement in text_of(m)]
        assert any("has no thread in Slack any more" in text_of(m) for m in told)
    finally:
        await office.emulator.unarchive(channel)


def deal_manager(office: Office, deal: Played) -> str:
    state = office.stack.app.read.engagement(deal.engagement)
    assert state is not None
    return state.manager


@pytest.mark.clock
async def test_a_reminder_waits_for_the_readers_morning_and_a_card_does_not(office: Office, stack: Stack) -> None:
    office.clock.be(office.clock() + timedelta(hours=9))
    say(office, "tests:night", "rosa.klein", "Good morning", kind="escalation")
    _, ask = await asked(office, "Asked at night")
    await office.tell()
    assert len(await office.cards("jonas.weber", ask)) == 1
    assert "Good morning" not in [text_of(m) for m in await office.messages("rosa.klein")]
    office.clock.be(morning_after(stack.directory, "DE", office.clock()) + timedelta(seconds=30))
    await office.tell()
    assert "Good morning" in [text_of(m) for m in await office.messages("rosa.klein")]


async def test_whoever_left_is_told_nothing(office: Office) -> None:
    say(office, "tests:left", "nobody.atall")
    await office.tell()
    assert ("nobody.atall", "nobody.atall is not in the directory") in office.dead()


async def test_two_tellers_tell_once_and_the_second_takes_over_from_one_that_died(office: Office, stack: Stack) -> None:
    leases = Leases(stack.database)
    assert leases.hold(LEASE, "the one that died", office.clock(), LASTS)
    second = Teller(stack.app, leases, [office.slack.face], office.clock)
    stop = asyncio.Event()
    say(office, "tests:lease", "rosa.klein", "Told by the second")
    running = asyncio.create_task(second.run(stop))
    await asyncio.sleep(0.6)
    assert "Told by the second" not in [text_of(m) for m in await office.messages("rosa.klein")]
    office.clock.wait(LASTS.total_seconds() + 1)
    for _ in range(100):
        if "Told by the second" in [text_of(m) for m in await office.messages("rosa.klein")]:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await running
    assert [text_of(m) for m in await office.messages("rosa.klein")].count("Told by the second") == 1


async def test_a_message_that_was_sent_is_never_sent_again(office: Office) -> None:
    for _ in range(2):
        say(office, "tests:again", "rosa.klein", "Once is enough")
        await office.tell()
    assert Counter(text_of(m) for m in await office.messages("rosa.klein"))["Once is enough"] == 1
    (row,) = [row for row in office.stack.app.outbox.in_state(State.SENT, 10_000) if row.key == "tests:again"]
    assert (row.face, row.attempts) == ("slack", 1)


def waiting(office: Office, deal: Played, **wanted: str) -> OutboxRow:
    """The newest message of a deal that has these values."""
    rows = office.stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 10_000)
    return next(row for row in reversed(rows) if all(getattr(row, name) == value for name, value in wanted.items()))


async def test_an_act_that_was_done_while_slack_was_away_is_not_told(office: Office) -> None:
    office.proxy.away()
    deal = await Played(office.stack).start("Done while Slack was away")
    key = waiting(office, deal, kind="act", to=SELLER).key
    await office.teller.tell_due()
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    office.proxy.heal()
    office.clock.wait(120)
    await office.tell()
    told = [text_of(message) for message in await office.messages(SELLER) if deal.engagement in text_of(message)]
    assert not [text for text in told if "Record what the client needs" in text], told
    assert [text for text in told if "Restate the needs" in text], told
    assert waiting(office, deal, key=key).face == ENDED_BEFORE


async def test_what_waits_about_one_ask_while_slack_is_away_becomes_one_card_with_buttons(office: Office) -> None:
    office.proxy.away()
    _, ask = await asked(office, "One card after an outage")
    await office.teller.tell_due()
    for number, kind in enumerate(("reminder", "escalation", "reminder")):
        key, stream = f"tests#{number}:{kind}:one-card", f"engagement/{ask.partition('.')[0]}"
        message = Message(key=key, to="jonas.weber", kind=kind, stream=stream, ask=ask, text=f"Still waiting: {number}")
        office.stack.app.outbox.add([message], CLOCK())
    office.proxy.heal()
    office.clock.be(morning_after(office.stack.directory, "DE", office.clock()) + timedelta(minutes=30))
    await office.tell()
    (card,) = await office.cards("jonas.weber", ask)
    assert "Still waiting: 2" in text_of(card)
    assert "Decline the role…" in labels_of(card)
