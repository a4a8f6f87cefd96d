"""Attacks by Slack: what nobody achieves by old forms, odd requests, look-alikes, outages and crowds."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.clock import SYSTEM_CLOCK
from adapters.db.chat_cards import Due
from adapters.db.database import writing
from adapters.db.inbox import InboxEntry
from adapters.db.leases import Leases
from adapters.slack import cards
from adapters.slack.settings import SlackSettings
from api.slack.app import PATH
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.slack import slack_channel
from demo.slack import requests as signed
from domain.asks.card import Card
from domain.asks.choices import AnswerChoice
from domain.asks.model import AskKind, Outcome, Verdict
from domain.shared.values import PersonId
from tests.slack.emulator import BOT_TOKEN, CHANNEL, SIGNING_SECRET
from tests.slack.faults import Fault, cut_after, refused
from tests.slack.slack_env import SlackEnv, labels_of, text_of
from tests.slack.test_answers import EXPERT, LEAD, POINTS, Early, hours, the_ask
from tests.slack.test_receiving import MANAGER, manager_asked, plain_click
from tests.slack.test_sending import asked, say
from tests.stack import Json, Stack


@pytest_asyncio.fixture
async def deal(stack: Stack) -> Early:
    return await Early(stack).until_asked()


# -- exactly what was shown


async def test_hours_given_on_the_scope_of_before_do_not_count_for_the_scope_of_now(env: SlackEnv, deal: Early) -> None:
    """Opened on the old scope, sent after the change: REST and links refuse that, and the engine cannot know."""
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    form = await env.modal(EXPERT)
    await deal.set_scope(assumes=["All forty source systems are migrated too"])
    assert (await the_ask(deal, "estimate", EXPERT))["subject_hash"] != ask["subject_hash"]
    await env.fill(EXPERT, hours("W1", "8", "12", "20"), form)
    assert next(p for p in (await deal.see())["packages"] if p["id"] == "W1")["estimates"] == []


def a_card(**more: Any) -> Card:
    given: dict[str, Any] = {
        "ask_id": "ENG-2026-0001.A1",
        "engagement_id": "ENG-2026-0001",
        "engagement_title": "Claims",
        "client": "Lindqvist",
        "kind": AskKind.DECIDE_DEAL,
        "title": "Go or no-go",
        "subject_hash": "0" * 64,
        "person_id": "rosa.klein",
        "why": "",
        "facts": {},
        "beside": {},
        "changed": (),
        "due": None,
        "method": "Rosa Klein decides.",
        "people": (),
        "asked_by": "marta.silva",
        "question": None,
        "outcome": Outcome.OPEN,
        "ended": None,
        "choices": (AnswerChoice(verdict=Verdict.APPROVE, label="Go"),),
        "is_signature": False,
        "may_delegate": False,
        "version": "",
    }
    return Card(**(given | more))


def shown_on(card: Card) -> str:
    return "\n".join(b["text"]["text"] for b in cards.message(card).blocks if isinstance(b.get("text"), dict))


def test_a_yes_is_not_offered_where_what_changed_leaves_no_room_for_the_facts() -> None:
    facts = {f"fact {n}": f"{n}{'x' * 900}" for n in range(6)}
    changed = tuple(f"fact {n}: {'y' * 900} → {value}" for n, value in enumerate(facts.values()))
    card = a_card(facts=facts, changed=changed)
    assert "choice:approve" not in str(cards.message(card).blocks) or all(v in shown_on(card) for v in facts.values())


def test_a_yes_is_not_offered_where_line_ends_push_the_last_fact_off_the_card() -> None:
    facts = {f"W{n}": "x" * 24 for n in range(199)} | {"price": "1,000,000 EUR"}
    card = a_card(facts=facts)
    assert "choice:approve" not in str(cards.message(card).blocks) or "price: 1,000,000 EUR" in shown_on(card)


def test_what_somebody_wrote_does_not_read_like_a_fact_of_ours() -> None:
    forged, honest = (
        a_card(facts={"need": "Reports\nmargin: 35 %"}),
        a_card(facts={"need": "Reports", "margin": "35 %"}),
    )
    assert shown_on(forged) != shown_on(honest)


def test_what_goes_to_slack_does_not_read_otherwise_than_it_is_stored() -> None:
    drawn = cards.message(a_card(title="Pay \u202e000.1\u202c", facts={"price": "\u2067000.1\u2069 EUR"}))
    assert not {"\u202e", "\u202c", "\u2067", "\u2069"} & set(json.dumps(drawn, ensure_ascii=False))


async def test_what_was_assumed_is_whole_after_the_hours_alone_were_corrected(env: SlackEnv, deal: Early) -> None:
    await deal.set_scope(discipline="data")
    assumed = [f"{n}: {'a' * 200}\nwhich no field of a line each can show" for n in range(4)]
    given = {"hours": POINTS, "assumptions": assumed}
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", given)
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    await env.fill(EXPERT, hours("W2", "1", "2", "3"))
    (now,) = next(p for p in (await deal.see())["packages"] if p["id"] == "W1")["estimates"]
    assert now["assumptions"] == assumed


# -- a click is carried out, once


async def test_a_click_that_was_refused_for_a_passing_reason_can_be_made_again(env: SlackEnv) -> None:
    deal, ask = await manager_asked(env, "Confirmed by Slack only later")
    user = await env.user(MANAGER)
    env.proxy.say_of(user, is_email_confirmed=False)
    await env.send(await plain_click(env, ask, MANAGER))
    assert "not confirmed" in (await env.heard(MANAGER))[-1]
    env.proxy.say_of(user, is_email_confirmed=True)
    await env.send(await plain_click(env, ask, MANAGER))
    assert await deal.holder("engagement_manager") == MANAGER


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "missing_scope"])
async def test_a_click_while_our_token_is_wrong_is_not_lost(env: SlackEnv, error: str) -> None:
    deal, ask = await manager_asked(env, f"Clicked while {error}")
    request = await plain_click(env, ask, MANAGER)
    env.proxy.always("users.info", refused(error))
    await env.send(request)
    env.proxy.heal()
    env.clock.wait(60)
    await env.slack.context.reception.take_up()
    await env.slack.context.reception.settle()
    await env.send(await plain_click(env, ask, MANAGER))
    assert await deal.holder("engagement_manager") == MANAGER


async def test_a_wish_that_nobody_can_read_any_more_comes_to_an_end(env: SlackEnv) -> None:
    now = env.clock()
    account = await env.user(MANAGER)
    env.stack.app.inbox.keep([InboxEntry("poison", account, '{"kind": "from an older version"}', "{}")], now, now)
    for _ in range(30):
        env.clock.wait(60)
        await env.slack.context.reception.take_up()
        await env.slack.context.reception.settle()
    assert env.stack.app.inbox.waiting() == 0


async def test_nothing_is_acknowledged_before_it_is_written_down(env: SlackEnv) -> None:
    """Bolt gives a handler three seconds, then takes the next that fits: the one for the unknown, which says yes."""
    _, ask = await manager_asked(env, "A database that is locked")
    request = await plain_click(env, ask, MANAGER)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(env.stack.database):
            locked.set()
            done.wait(10)

    holding = threading.Thread(target=hold)
    holding.start()
    locked.wait(5)
    try:
        answer = await env.give(request)
        kept = env.stack.app.inbox.waiting()
    finally:
        done.set()
        holding.join()
    await asyncio.sleep(0.5)
    await env.slack.context.reception.settle()
    assert answer.status_code != 200 or kept
    assert not [text for text in await env.heard(MANAGER) if "older version" in text]


async def test_hours_of_an_ask_that_has_ended_are_not_given_again_by_an_old_form(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    form = await env.modal(EXPERT)
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await env.fill(EXPERT, hours("W1", "1", "2", "3"), form)
    (given,) = next(p for p in (await deal.see())["packages"] if p["id"] == "W1")["estimates"]
    assert given["hours"]["likely"] == POINTS["likely"]


async def test_an_outage_of_slacks_that_answers_in_plain_text_loses_no_click(env: SlackEnv) -> None:
    """Its gateways say `upstream connect error` as text/plain, which the SDK hands on as it is."""
    deal, ask = await manager_asked(env, "Clicked in an outage")
    request = await plain_click(env, ask, MANAGER)
    env.proxy.away()
    await env.send(request)
    for _ in range(30):
        env.clock.wait(31)
        await env.slack.context.reception.take_up()
        await env.slack.context.reception.settle()
    env.proxy.heal()
    env.clock.wait(61)
    await env.slack.context.reception.take_up()
    await env.slack.context.reception.settle()
    assert await deal.holder("engagement_manager") == MANAGER


async def test_an_e_mail_that_only_looks_alike_is_nobodys(env: SlackEnv) -> None:
    """The long s folds to `s`, and is another mailbox."""
    deal, ask = await manager_asked(env, "By somebody who looks alike")
    stranger = await env.user(PersonId("rosa.klein"))
    env.proxy.say_of(stranger, profile={"email": "jona\u017f.weber@fjordline.example", "real_name": "Jonas"})
    await env.send(await plain_click(env, ask, PersonId("rosa.klein")))
    env.proxy.say_of(stranger, profile=None)
    assert await deal.holder("engagement_manager") != MANAGER


# -- telling


async def test_an_outage_of_slacks_that_answers_in_plain_text_makes_no_dead_letters(env: SlackEnv) -> None:
    env.proxy.away()
    say(env, "tests:outage", "rosa.klein", "After the outage", kind="ask")
    for _ in range(30):
        await env.dispatcher.dispatch_due()
        env.clock.wait(61)
    assert env.dead() == []


@pytest.mark.parametrize("after", ["999999999999999999999", "1000000000", "²"])
async def test_a_retry_after_beyond_reason_neither_silences_us_for_years_nor_spins(env: SlackEnv, after: str) -> None:
    answer = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": after})
    env.proxy.next("chat.postMessage", answer)
    say(env, f"tests:patience:{after[:5]}", "rosa.klein", f"After {after[:5]}")
    await env.dispatcher.dispatch_due()
    for _ in range(30):
        env.clock.wait(3600)
        env.clock.be(env.clock())
        await env.dispatcher.dispatch_due()
    found = [row for row in env.stack.app.outbox.of_stream("tests", 10_000) if row.key.endswith(after[:5])]
    assert [row.channel for row in found] == ["slack"]


async def test_what_was_taken_unseen_is_looked_for_since_the_first_attempt(env: SlackEnv) -> None:
    """Slack takes a message, and is then away for ten minutes: a time in which attempts go on."""
    began = env.clock().timestamp()
    env.proxy.next("chat.postMessage", cut_after())
    say(env, "tests:taken unseen", "rosa.klein", "Taken, then away for ten minutes", kind="ask")
    await env.dispatcher.dispatch_due()
    env.proxy.always("*", refused("service_unavailable"))
    for _ in range(20):
        env.clock.wait(31)
        await env.dispatcher.dispatch_due()
    env.proxy.heal()
    env.clock.wait(61)
    await env.tell()
    looks = [call for call in env.proxy.calls("conversations.history") if call.accepted]
    assert looks
    assert min(float(call.arguments["oldest"]) for call in looks) <= began


async def test_cards_of_the_thread_do_not_keep_people_from_theirs(env: SlackEnv) -> None:
    """All threads share one channel and its pace of a message a second; people have a channel each."""
    settings = SlackSettings(
        bot_token=SecretStr(BOT_TOKEN),
        signing_secret=SecretStr(SIGNING_SECRET),
        api_url=env.proxy.api_url,
        channel=CHANNEL,
    )
    channel = slack_channel(env.stack.app, settings, pace=1.05, timeout=2, now=env.clock)
    dispatcher = NotificationDispatcher(env.stack.app, Leases(env.stack.database), [channel], env.clock)
    asks = [(await asked(env, f"One of many {n}"))[1] for n in range(34)]
    for row in env.stack.app.outbox.due(env.clock(), limit=10_000):
        env.stack.app.outbox.give_up(row.key, "of no interest here")
    for ask in asks:
        env.stack.app.cards.look_at(Due(ask, env.clock()))
    say(env, "tests:starved", "rosa.klein", "I am told soon", kind="ask")
    stop = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stop))
    began = time.monotonic()
    try:
        while time.monotonic() - began < 8:
            await asyncio.sleep(0.2)
            if "I am told soon" in [text_of(m) for m in await env.messages(PersonId("rosa.klein"))]:
                break
        else:
            raise AssertionError("Rosa heard nothing within eight seconds")
    finally:
        stop.set()
        for task in list(dispatcher._tasks.values()):
            task.cancel()
        await running


@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "is_archived"])
async def test_a_card_follows_its_ask_again_once_slack_says_yes_again(env: SlackEnv, error: str) -> None:
    deal, ask = await asked(env, f"Ended while {error}")
    await env.card(MANAGER, ask)
    env.proxy.always("chat.update", refused(error))
    await deal.answer(await deal.ask("accept_role"), reason="I do, by REST.")
    await env.tell()
    env.proxy.heal()
    env.stack.app.outbox.revive()
    env.stack.app.cards.look_at(Due(ask, env.clock()))
    await env.tell()
    assert labels_of((await env.cards(MANAGER, ask))[0]) == []


async def staffing_asked(deal: Early) -> Json:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    return await deal.ask("confirm_staffing")


async def test_whoever_is_not_asked_any_more_has_no_buttons_left(env: SlackEnv, deal: Early) -> None:
    ask = await staffing_asked(deal)
    (before,) = ask["asked"]
    await env.card(before, ask["id"])
    await deal.do("priya.raman", "POST", "/roles/resource_manager/release", {"reason": "Another does it."})
    await env.tell()
    (after,) = (await deal.ask("confirm_staffing"))["asked"]
    assert after != before
    await deal.answer(await deal.ask("confirm_staffing"))
    await env.tell()
    assert labels_of((await env.cards(before, ask["id"]))[-1]) == []


async def test_who_lost_an_ask_before_they_were_told_of_it_is_not_told_what_it_is_about(
    env: SlackEnv, deal: Early
) -> None:
    """As mail has it: passed to another before it was told."""
    env.proxy.away()
    ask = await staffing_asked(deal)
    (before,) = ask["asked"]
    await env.dispatcher.dispatch_due()
    await deal.do("priya.raman", "POST", "/roles/resource_manager/release", {"reason": "Another does it."})
    env.proxy.heal()
    env.clock.wait(120)
    await env.tell()
    told = [text_of(message) for message in await env.messages(before)]
    assert not [text for text in told if ask["id"] in text]


# -- what is no request of Slack's, or an odd one


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"}),
        (b"{}", {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=\u00e9"}),
        (b"{}", {"X-Slack-Request-Timestamp": "9" * 400, "X-Slack-Signature": "v0=00"}),
        (b"\xff\xfe", {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=00"}),
    ],
    ids=["no number", "no ascii", "huge", "no utf-8"],
)
async def test_whatever_anybody_sends_unsigned_is_no_error_of_ours(
    env: SlackEnv, body: bytes, headers: dict[str, str]
) -> None:
    given = [(b"Content-Type", b"application/json")]
    for name, value in headers.items():
        given.append(
            (name.encode(), (str(int(SYSTEM_CLOCK().timestamp())) if value == "now" else value).encode("latin-1"))
        )
    answer = await env.http.post(PATH, content=body, headers=given)
    assert answer.status_code == 401, answer.text


def button(action: str, value: str | None, **more: Json) -> Json:
    return {"type": "button", "action_id": action, "block_id": "b", "value": value} | more


ODD: dict[str, Json] = {
    "an ask of a thousand characters": {
        "type": "block_actions",
        "actions": [
            button(
                "choice:approve",
                json.dumps(
                    {
                        "ask_id": "A" * 1000,
                        "subject_hash": "0" * 64,
                        "version": "",
                        "verdict": "approve",
                        "is_plain": True,
                    }
                ),
                text={"type": "plain_text", "text": "x"},
            )
        ],
    },
    "a button without words": {
        "type": "block_actions",
        "actions": [
            button(
                "choice:approve",
                cards.Pressed(
                    ask_id="ENG-2026-0001.A1", subject_hash="0" * 64, verdict=Verdict.APPROVE, is_plain=True
                ).value,
            )
        ],
    },
    "hours of an older version": {
        "type": "view_submission",
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "hours",
            "private_metadata": '{"ask_id": "of before", "subject_hash": "x", "verdict": "approve", "label": "x"}',
            "state": {"values": {}},
        },
    },
    "an answer of an older version": {
        "type": "view_submission",
        "view": {
            "id": "V2",
            "type": "modal",
            "callback_id": "answer",
            "private_metadata": '{"ask_id": "of before", "subject_hash": "x", "verdict": "return", "label": "x"}',
            "state": {"values": {"reason": {"reason": {"type": "plain_text_input", "value": "x"}}}},
        },
    },
}


@pytest.mark.parametrize("payload", ODD.values(), ids=ODD.keys())
async def test_what_slack_signs_and_we_do_not_understand_is_answered_and_not_an_error(
    env: SlackEnv, payload: Json
) -> None:
    from_somebody = {"user": {"id": await env.user(MANAGER)}, "team": {"id": "T000000001"}, "trigger_id": "t"}
    answer = await env.send(signed._interaction(from_somebody | payload))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("body", ["payload=", "payload=null", "payload=[]", "payload=%7B", "[]", "{", "[" * 100_000])
async def test_a_signed_body_that_nobody_can_read_is_answered_so_that_it_does_not_come_again(
    env: SlackEnv, body: str
) -> None:
    assert (await env.give(signed.SlackPost(body, signed.FORM))).status_code == 200
    unsigned = await env.http.post(PATH, content=body, headers={"Content-Type": signed.FORM})
    assert unsigned.status_code == 401


PLACES: tuple[Json, ...] = (None, 5, [None], {"odd": None})
WHOLE: dict[str, Json] = {
    "a press": {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T000000001"},
        "channel": {"id": "C1"},
        "container": {"thread_ts": "1.2"},
        "message": {"thread_ts": "1.2"},
        "actions": [button("choice:approve", "{}", text={"type": "plain_text", "text": "x"})],
    },
    "a press of nothing that we know": {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T000000001"},
        "view": {"id": "V1", "type": "modal"},
        "actions": [button("unknown", "x")],
    },
    **{
        f"a form: {name}": {
            "type": "view_submission",
            "user": {"id": "U1"},
            "team": {"id": "T000000001"},
            "view": {
                "id": "V1",
                "type": "modal",
                "callback_id": name,
                "private_metadata": "",
                "state": {"values": {"client": {"client": {"selected_option": {"value": "x"}}}}},
            },
        }
        for name in ("away", "hours", "unknown")
    },
    "a form that is closed": {
        "type": "view_closed",
        "user": {"id": "U1"},
        "team": {"id": "T000000001"},
        "view": {"id": "V1", "callback_id": "deal"},
    },
    "a search": {
        "type": "block_suggestion",
        "user": {"id": "U1"},
        "team": {"id": "T000000001"},
        "action_id": "owners:ENG-2026-0001.A1",
        "block_id": "b",
        "value": "x",
    },
    "a shortcut": {
        "type": "message_action",
        "callback_id": "promise",
        "user": {"id": "U1"},
        "team": {"id": "T000000001", "domain": "d"},
        "channel": {"id": "C1"},
        "message": {"text": "x", "ts": "1.2"},
    },
    "a kind of request that is none": {"type": "odd", "user": {"id": "U1"}, "team": {"id": "T000000001"}},
}


def places_of(value: Json, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from places_of(one, (*at, name))


def with_odd(payload: Json, at: tuple[Any, ...], odd: Json) -> Json:
    """The payload with something odd at a place."""
    changed = json.loads(json.dumps(payload))
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = odd
    return changed


@pytest.mark.parametrize("payload", WHOLE.values(), ids=WHOLE.keys())
async def test_whatever_is_odd_in_what_slack_signed_it_is_answered_and_a_form_says_something(
    env: SlackEnv, payload: Json
) -> None:
    for at in places_of(payload):
        for odd in PLACES:
            sent = with_odd(payload, at, odd)
            answer = await env.give(signed._interaction(sent))
            assert answer.status_code == 200, (at, odd, answer.text)


async def test_an_odd_form_stays_open_and_says_that_it_was_not_taken(env: SlackEnv) -> None:
    payload = WHOLE["a form: away"] | {"user": {"id": await env.user(MANAGER)}}
    deal = with_odd(payload, ("view", "callback_id"), "deal")
    odd = with_odd(deal, ("view", "state", "values", "client"), 5)
    answer = await env.send(signed._interaction(odd))
    said = answer.json()
    assert said["response_action"] == "errors"
    assert "not accepted" in str(said["errors"]["client"])


async def test_a_signed_body_that_is_no_utf_8_is_answered_and_an_unsigned_one_is_not_heard(env: SlackEnv) -> None:
    for body in (b"payload=\xff\xfe", b"\xff", b"\x80" * 5000):
        stamp = str(int(SYSTEM_CLOCK().timestamp()))
        key = SIGNING_SECRET.encode()
        signature = f"v0={hmac.new(key, b'v0:' + stamp.encode() + b':' + body, hashlib.sha256).hexdigest()}"
        headers = {"X-Slack-Request-Timestamp": stamp, "Content-Type": signed.FORM}
        given = await env.http.post(PATH, content=body, headers=headers | {"X-Slack-Signature": signature})
        assert given.status_code == 200
        wrong = await env.http.post(PATH, content=body, headers=headers | {"X-Slack-Signature": signature[:-1]})
        assert wrong.status_code == 401
        late_ones = headers | {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": str(int(stamp) - 400)}
        assert (await env.http.post(PATH, content=body, headers=late_ones)).status_code == 401
