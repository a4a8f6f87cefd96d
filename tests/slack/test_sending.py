"""Telling by Slack: at its pace, patiently, once, and what it cannot tell is a dead letter that can be sent again."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.db.leases import Leases
from adapters.db.outbox import OutboxEntry, State
from adapters.slack.client import SlackClient
from adapters.slack.gateway import SlackGateway
from adapters.slack.renderer import SlackRenderer
from application.notifications.chat import ChatChannel
from application.notifications.dispatcher import LASTS, LEASE, NotificationDispatcher
from application.notifications.relevance import ENDED_BEFORE
from domain.record.facts import Message
from domain.shared.values import PersonId
from tests.api.played import DEAL, SELLER, Played
from tests.clock import CLOCK, morning_after
from tests.slack.emulator import SlackEmulator
from tests.slack.faults import Fault, broken, cut_after, rate_limited, refused, silent_after
from tests.slack.slack_env import SlackEnv, labels_of, text_of
from tests.stack import Stack, Today


async def asked(env: SlackEnv, title: str) -> tuple[Played, str]:
    """A deal in which Jonas is asked to manage it; its ask."""
    deal = await Played(env.stack).start(title)
    await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": "jonas.weber"})
    return deal, str((await deal.ask("accept_role"))["id"])


def say(env: SlackEnv, key: str, to: str, text: str = "Something new.", kind: str = "change") -> None:
    message = Message(key=key, to=to, kind=kind, stream="tests", text=text)
    env.stack.app.outbox.add([message], CLOCK())


@pytest.mark.clock
async def test_retry_after_is_obeyed_and_nothing_is_lost(env: SlackEnv) -> None:
    env.proxy.next("chat.postMessage", rate_limited(100))  # by the moved clock, beside which the machine's own runs on
    _, ask = await asked(env, "Too many at once")
    await env.dispatcher.dispatch_due()
    calls = len(env.proxy.calls("chat.postMessage"))
    for _ in range(3):
        env.clock.wait(25)
        await env.dispatcher.dispatch_due()
    assert len(env.proxy.calls("chat.postMessage")) == calls
    await env.tell()
    assert len(await env.cards(PersonId("jonas.weber"), ask)) == 1


async def test_an_error_of_slacks_is_tried_again(env: SlackEnv) -> None:
    env.proxy.next("chat.postMessage", broken(500), times=3)
    _, ask = await asked(env, "Slack answers 500")
    await env.tell()
    assert len(await env.cards(PersonId("jonas.weber"), ask)) == 1


@pytest.mark.parametrize("fault", [silent_after(), cut_after()], ids=["silent", "cut"])
async def test_a_card_that_slack_took_unseen_is_not_posted_twice(env: SlackEnv, fault: Fault) -> None:
    env.proxy.next("chat.postMessage", fault)
    _, ask = await asked(env, "Taken, and no answer")
    for _ in range(10):
        await env.tell()
    cards = await env.cards(PersonId("jonas.weber"), ask)
    assert len(cards) == 1
    await env.press(PersonId("jonas.weber"), "Decline the role", cards[0])
    await env.fill(PersonId("jonas.weber"), {"reason": "No time."})
    assert labels_of(await env.card(PersonId("jonas.weber"), ask)) == []


async def test_a_card_taken_unseen_of_an_ask_that_ended_meanwhile_follows_all_the_same(env: SlackEnv) -> None:
    env.proxy.always("chat.postMessage", cut_after())
    deal, ask = await asked(env, "Taken unseen, and ended")
    while not await env.cards(PersonId("jonas.weber"), ask):
        await env.dispatcher.dispatch_due()
        env.clock.wait(70)
    env.proxy.heal()
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    for _ in range(5):
        await env.tell()
    (card,) = await env.cards(PersonId("jonas.weber"), ask)
    assert (labels_of(card), "Accepted" in text_of(card)) == ([], True)


async def test_whoever_is_with_a_client_by_todays_directory_keeps_no_card_of_the_deal(env: SlackEnv) -> None:
    """While the deal has not heard of it."""
    deal, ask = await asked(env, "Gone to a client")
    assert labels_of(await env.card(PersonId("jonas.weber"), ask))
    jonas = env.stack.directory.person(PersonId("jonas.weber"))
    assert jonas is not None
    others = tuple(person for person in env.stack.directory.people if person.id != jonas.id)
    first, *rest = env.stack.directory.clients
    client = first.replace(people=(*first.people, jonas.replace(client=first.name)))
    today = env.stack.directory.replace(people=others, clients=(client, *rest))
    app = replace(env.stack.app, registry=Today(env.stack.database, today))
    context = env.slack.context
    channel = ChatChannel(app, context.accounts, SlackGateway(context.client), SlackRenderer(), None, env.clock)
    assert await channel.follow(ask)
    assert await env.cards(PersonId("jonas.weber"), ask) == []
    assert "You are no longer part of this." in [text_of(one) for one in await env.messages(PersonId("jonas.weber"))]
    await deal.answer(await deal.ask("accept_role"))


async def test_words_that_slack_took_unseen_are_not_said_twice(env: SlackEnv) -> None:
    say(env, "tests:unseen", "rosa.klein", "Said once")
    env.proxy.next("chat.postMessage", cut_after())
    await env.tell()
    assert [text_of(m) for m in await env.messages(PersonId("rosa.klein"))].count("Said once") == 1


async def test_the_thread_and_its_card_are_begun_once_though_slack_is_silent(env: SlackEnv) -> None:
    env.proxy.next("chat.postMessage", cut_after(), times=4)
    deal, ask = await asked(env, "A thread begun once")
    for _ in range(10):
        await env.tell()
    channel = await env.emulator.channel()
    roots = [m for m in await env.emulator.messages(channel) if deal.engagement in text_of(m)]
    assert len(roots) == 1
    shown = [m for m in await env.emulator.thread(channel, roots[0]["ts"]) if ask in json.dumps(m["blocks"])]
    assert len(shown) == 1


@pytest.mark.clock
async def test_slack_away_for_eight_hours_loses_nothing_and_delays_no_gate(env: SlackEnv, stack: Stack) -> None:
    env.proxy.away()
    deal, ask = await asked(env, "Away for eight hours")
    for _ in range(96):
        await env.dispatcher.dispatch_due()
        env.clock.wait(300)
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    assert await deal.holder("engagement_manager") == "jonas.weber"
    await deal.do("priya.raman", "PUT", "/roles/delivery_lead", {"person_id": "anil.mehta"})
    open_ask = (await deal.ask("accept_role", "role:delivery_lead"))["id"]
    posts = len(env.proxy.calls("chat.postMessage"))
    assert posts < 200
    env.proxy.heal()
    env.clock.wait(61)
    env.clock.be(morning_after(stack.directory, "DE", env.clock()) + timedelta(minutes=30))
    await env.tell()
    assert env.dead() == []
    assert await env.cards(PersonId("jonas.weber"), ask) == []
    texts = [text_of(m) for m in await env.messages(PersonId("jonas.weber"))]
    assert any("Jonas Weber is now engagement manager" in text for text in texts), texts
    assert len(await env.cards(PersonId("anil.mehta"), open_ask)) == 1


@pytest.mark.parametrize(("header", "seconds"), [("-5", 1), ("soon", 1), ("", 1), ("999999999", 3600)])
async def test_a_strange_retry_after_makes_no_pause_without_an_end(env: SlackEnv, header: str, seconds: float) -> None:
    limited = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": header})
    env.proxy.next("chat.postMessage", limited)
    say(env, f"tests:retry {header}", "rosa.klein", f"After {header!r}")
    await env.dispatcher.dispatch_due()
    env.clock.wait(seconds + 1)
    await env.tell()
    assert f"After {header!r}" in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]


class Noted(SlackClient):
    """The same, with when each call began."""

    def __init__(self, client: AsyncWebClient, pace: float) -> None:
        super().__init__(client, pace)
        self.began: list[tuple[str, float]] = []

    async def call(self, method: str, **given: Any) -> dict[str, Any]:
        self.began.append((given["channel"], time.monotonic()))
        return await super().call(method, **given)


async def test_each_channel_gets_about_one_message_a_second(slack_emulator: SlackEmulator) -> None:
    web = Noted(slack_emulator.client(), pace=0.4)
    channels = [await slack_emulator.channel("general"), await slack_emulator.channel("random")]
    began = time.monotonic()
    await asyncio.gather(
        *(web.in_channel("chat.postMessage", channel, text=f"{n}") for n in range(4) for channel in channels)
    )
    assert time.monotonic() - began < 4 * 0.4 * 2
    for channel in channels:
        at = [moment for where, moment in web.began if where == channel]
        assert len(at) == 4
        assert all(later - earlier > 0.399 for earlier, later in pairwise(at))


async def test_who_has_no_slack_is_a_dead_letter_that_says_so_and_can_be_sent_again(env: SlackEnv) -> None:
    user = await env.user(PersonId("olga.petrova"))
    await env.emulator.deactivate(user)
    say(env, "tests:nobody", "olga.petrova")
    await env.tell()
    dead = dict(env.dead())
    assert dead["olga.petrova"].startswith("slack: ")
    await env.emulator.deactivate(user, deleted=False)
    assert env.stack.app.outbox.revive("tests:nobody")
    await env.tell()
    assert "olga.petrova" not in dict(env.dead())
    assert "Something new." in [text_of(m) for m in await env.messages(PersonId("olga.petrova"))]


async def test_a_revoked_token_is_a_reason_and_no_end(env: SlackEnv) -> None:
    env.proxy.always("*", refused("token_revoked"))
    say(env, "tests:revoked", "rosa.klein", "After the token")
    await env.tell()
    assert ("rosa.klein", "slack: token_revoked") in env.dead()


async def test_cards_that_stand_outlive_a_revoked_token(env: SlackEnv) -> None:
    deal, ask = await asked(env, "Through a revoked token")
    await env.card(PersonId("jonas.weber"), ask)
    env.proxy.always("*", refused("token_revoked"))
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    await env.tell()
    env.proxy.heal()
    env.clock.wait(301)
    await env.tell()
    assert labels_of((await env.cards(PersonId("jonas.weber"), ask))[-1]) == []


async def test_an_archived_channel_is_told_to_the_manager_and_people_are_asked_all_the_same(env: SlackEnv) -> None:
    channel = await env.emulator.channel()
    await env.emulator.archive(channel)
    try:
        deal, ask = await asked(env, "In an archived channel")
        await env.tell()
        assert len(await env.cards(PersonId("jonas.weber"), ask)) == 1
        told = [m for m in await env.messages(deal_manager(env, deal)) if deal.engagement in text_of(m)]
        assert any("no longer has a thread in Slack" in text_of(m) for m in told)
    finally:
        await env.emulator.unarchive(channel)


def deal_manager(env: SlackEnv, deal: Played) -> PersonId:
    state = env.stack.app.read.engagement(deal.engagement)
    assert state is not None
    return state.manager


@pytest.mark.clock
async def test_a_reminder_waits_for_the_readers_morning_and_a_card_does_not(env: SlackEnv, stack: Stack) -> None:
    env.clock.be(env.clock() + timedelta(hours=9))
    say(env, "tests:night", "rosa.klein", "Good morning", kind="escalation")
    _, ask = await asked(env, "Asked at night")
    await env.tell()
    assert len(await env.cards(PersonId("jonas.weber"), ask)) == 1
    assert "Good morning" not in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]
    env.clock.be(morning_after(stack.directory, "DE", env.clock()) + timedelta(seconds=30))
    await env.tell()
    assert "Good morning" in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]


async def test_whoever_left_is_told_nothing(env: SlackEnv) -> None:
    say(env, "tests:left", "nobody.atall")
    await env.tell()
    assert ("nobody.atall", "nobody.atall is not in the directory") in env.dead()


async def test_two_dispatchers_tell_once_and_the_second_takes_over_from_one_that_died(
    env: SlackEnv, stack: Stack
) -> None:
    leases = Leases(stack.database)
    assert leases.hold(LEASE, "the one that died", env.clock(), LASTS)
    second = NotificationDispatcher(stack.app, leases, [env.channel], env.clock)
    stop = asyncio.Event()
    say(env, "tests:lease", "rosa.klein", "Told by the second")
    running = asyncio.create_task(second.run(stop))
    await asyncio.sleep(0.6)
    assert "Told by the second" not in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]
    env.clock.wait(LASTS.total_seconds() + 1)
    for _ in range(100):
        if "Told by the second" in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await running
    assert [text_of(m) for m in await env.messages(PersonId("rosa.klein"))].count("Told by the second") == 1


async def test_a_message_that_was_sent_is_never_sent_again(env: SlackEnv) -> None:
    for _ in range(2):
        say(env, "tests:again", "rosa.klein", "Once is enough")
        await env.tell()
    assert Counter(text_of(m) for m in await env.messages(PersonId("rosa.klein")))["Once is enough"] == 1
    (row,) = [row for row in env.stack.app.outbox.in_state(State.SENT, 10_000) if row.key == "tests:again"]
    assert (row.channel, row.attempts) == ("slack", 1)


def waiting(env: SlackEnv, deal: Played, **wanted: str) -> OutboxEntry:
    """The newest message of a deal that has these values."""
    rows = env.stack.app.outbox.of_stream(f"engagement/{deal.engagement}", 10_000)
    return next(row for row in reversed(rows) if all(getattr(row, name) == value for name, value in wanted.items()))


async def test_an_act_that_was_done_while_slack_was_away_is_not_told(env: SlackEnv) -> None:
    env.proxy.away()
    deal = await Played(env.stack).start("Done while Slack was away")
    key = waiting(env, deal, kind="act", to=SELLER).key
    await env.dispatcher.dispatch_due()
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    env.proxy.heal()
    env.clock.wait(120)
    await env.tell()
    told = [text_of(message) for message in await env.messages(SELLER) if deal.engagement in text_of(message)]
    assert not [text for text in told if "Record what the client needs" in text], told
    assert [text for text in told if "Restate the needs" in text], told
    assert waiting(env, deal, key=key).channel == ENDED_BEFORE


async def test_what_waits_about_one_ask_while_slack_is_away_becomes_one_card_with_buttons(env: SlackEnv) -> None:
    env.proxy.away()
    _, ask = await asked(env, "One card after an outage")
    await env.dispatcher.dispatch_due()
    for number, kind in enumerate(("reminder", "escalation", "reminder")):
        key, stream = f"tests#{number}:{kind}:one-card", f"engagement/{ask.partition('.')[0]}"
        message = Message(
            key=key, to="jonas.weber", kind=kind, stream=stream, ask_id=ask, text=f"Still waiting: {number}"
        )
        env.stack.app.outbox.add([message], CLOCK())
    env.proxy.heal()
    env.clock.be(morning_after(env.stack.directory, "DE", env.clock()) + timedelta(minutes=30))
    await env.tell()
    (card,) = await env.cards(PersonId("jonas.weber"), ask)
    assert "Still waiting: 2" in text_of(card)
    assert "Decline the role…" in labels_of(card)
