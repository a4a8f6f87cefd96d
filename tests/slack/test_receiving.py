"""What comes in: only from Slack, only now, only by people of the directory; answered at once, done once."""

import asyncio
import time
from datetime import timedelta

import pytest

from adapters.clock import SYSTEM_CLOCK
from adapters.slack.cards import Pressed
from application.gateway_errors import EngineAway
from application.inbox.processor import LEASE, InboxProcessor
from application.reconciliation.restart_from_record import CatchingUp
from demo.slack import requests as signed
from demo.slack.requests import SlackPost
from domain.asks.model import Verdict
from domain.shared.errors import Refusal
from domain.shared.streams import engagement_stream
from domain.shared.values import PersonId
from tests.api.played import Played
from tests.slack.faults import refused
from tests.slack.slack_env import SlackEnv, text_of
from tests.slack.test_sending import asked
from tests.stack import Json
from tests.workflows.worker_env import eventually

MANAGER = PersonId("jonas.weber")


async def plain_click(env: SlackEnv, ask: Json, person: PersonId, channel: str | None = None) -> SlackPost:
    """The press of a button that says all: a yes to an ask, on its present hash."""
    pressed = Pressed(ask_id=ask["id"], subject_hash=ask["subject_hash"], verdict=Verdict.APPROVE, is_plain=True)
    text = {"type": "plain_text", "text": "Accept the role"}
    button = {"type": "button", "action_id": "choice:approve", "value": pressed.value, "text": text}
    message = {"ts": "1700000000.000100", "blocks": [{"type": "actions", "elements": [button]}]}
    where = channel or await env.conversation(person)
    return signed.press(user=await env.user(person), action_id="choice:approve", message=message, channel=where)


async def manager_asked(env: SlackEnv, title: str) -> tuple[Played, Json]:
    deal, _ = await asked(env, title)
    return deal, await deal.ask("accept_role")


async def test_a_wrong_signature_is_not_heard(env: SlackEnv) -> None:
    deal, ask = await manager_asked(env, "Forged")
    request = await plain_click(env, ask, MANAGER)
    body, headers = request.signed("another secret")
    assert (await env.http.post("/slack/events", content=body, headers=headers)).status_code == 401
    body, headers = request.signed("the signing secret of the tests")
    changed = body.replace("approve", "decline") if isinstance(body, str) else body.replace(b"approve", b"decline")
    assert (await env.http.post("/slack/events", content=changed, headers=headers)).status_code == 401
    assert (await env.http.post("/slack/events", content=body)).status_code == 401
    await env.slack.context.reception.settle()
    assert (await deal.ask("accept_role"))["id"] == ask["id"]


@pytest.mark.parametrize("seconds", [-310, 310])
async def test_a_request_of_five_minutes_ago_or_ahead_is_not_heard(env: SlackEnv, seconds: int) -> None:
    _, ask = await manager_asked(env, "Replayed")
    answer = await env.give(await plain_click(env, ask, MANAGER), at=int(SYSTEM_CLOCK().timestamp()) + seconds)
    assert answer.status_code == 401
    assert env.stack.app.inbox.waiting() == 0


async def test_a_click_on_nothing_that_we_know_is_answered(env: SlackEnv) -> None:
    user = await env.user(MANAGER)
    button = {"type": "button", "action_id": "from an older version", "text": {"type": "plain_text", "text": "?"}}
    message = {"ts": "1700000000.000100", "blocks": [{"type": "actions", "elements": [button]}]}
    where = await env.conversation(MANAGER)
    began = time.monotonic()
    answer = await env.send(signed.press(user=user, action_id="from an older version", message=message, channel=where))
    assert (answer.status_code, time.monotonic() - began < 3.0) == (200, True)  # as Slack asks
    assert "older version" in (await env.heard(MANAGER))[-1]
    for request in (
        signed.command(user=user, channel=where, name="/unknown"),
        signed.shortcut(user=user, callback_id="unknown", channel=where, message={"ts": "1.1", "text": "x"}),
        signed.event({"type": "team_rename", "name": "x"}),
        signed.url_verification("a challenge"),
    ):
        assert (await env.send(request)).status_code == 200


async def test_what_is_no_button_of_ours_changes_nothing(env: SlackEnv) -> None:
    """A value that only somebody with our secret could send, and that is not what we draw."""
    for value in ("", "{}", '{"ask":"x","hash":"y","verdict":"maybe"}', "x" * 1900):
        button = {"type": "button", "action_id": "choice:approve", "value": value, "text": {"text": "?"}}
        message = {"ts": "1700000000.000100", "blocks": [{"type": "actions", "elements": [button]}]}
        request = signed.press(
            user=await env.user(MANAGER),
            action_id="choice:approve",
            message=message,
            channel=await env.conversation(MANAGER),
        )
        assert (await env.send(request)).status_code == 200
        assert "older version" in (await env.heard(MANAGER))[-1]
    assert env.stack.app.inbox.waiting() == 0


async def test_slack_is_answered_at_once_while_the_engine_is_slow(
    env: SlackEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, ask = await manager_asked(env, "A slow engine")
    real, goes_on = env.stack.app.engine.command, asyncio.Event()

    async def slowly(*given: object) -> object:
        await goes_on.wait()
        return await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(env.stack.app.engine, "command", slowly)
    assert (await env.give(await plain_click(env, ask, MANAGER))).status_code == 200
    assert await deal.is_vacant("engagement_manager")

    async def is_told() -> bool:
        return any("Saved." in text for text in await env.heard(MANAGER))

    await eventually(is_told)
    goes_on.set()
    await env.slack.context.reception.settle()
    assert await deal.holder("engagement_manager") == MANAGER


@pytest.mark.parametrize("refusal", [EngineAway, CatchingUp])
async def test_a_decision_arrives_by_itself_once_what_stood_in_its_way_has_passed(
    env: SlackEnv, monkeypatch: pytest.MonkeyPatch, refusal: type[Refusal]
) -> None:
    deal, ask = await manager_asked(env, f"An engine that is {refusal.__name__}")

    async def away(*_: object) -> object:
        raise refusal("No answer.", remedy="Try again.")

    with monkeypatch.context() as patched:
        patched.setattr(env.stack.app.engine, "command", away)
        request = await plain_click(env, ask, MANAGER)
        for retry in (None, 1, 2):
            assert (await env.send(request, **({"retry": retry} if retry else {}))).status_code == 200
        env.clock.wait(2)
        await env.slack.context.reception.take_up()
        await env.slack.context.reception.settle()
    assert env.stack.app.inbox.waiting() == 1
    env.clock.wait(60)
    await env.slack.context.reception.take_up()
    await env.slack.context.reception.settle()
    assert await deal.holder("engagement_manager") == MANAGER
    assert env.stack.app.inbox.waiting() == 0
    facts = [entry.fact for entry in env.stack.app.read.ledger(deal.engagement, None, 200).items]
    assert [f.channel for f in facts if f.event.kind == "VoteCast" and f.event.ask_id == ask["id"]] == ["slack"]


async def test_what_a_process_kept_and_did_not_live_to_carry_out_is_taken_up_by_another(
    env: SlackEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, ask = await manager_asked(env, "A process that died")
    with monkeypatch.context() as patched:
        patched.setattr(InboxProcessor, "_begin", lambda *_: None)  # killed between the keeping and the carrying out
        await env.give(await plain_click(env, ask, MANAGER))
    assert await deal.is_vacant("engagement_manager")
    another = InboxProcessor(env.stack.app, env.slack.context, env.clock)
    await another.take_up()
    await another.settle()
    assert await deal.is_vacant("engagement_manager")
    env.clock.wait(LEASE.total_seconds() + 1)
    await another.take_up()
    await another.settle()
    assert await deal.holder("engagement_manager") == MANAGER


async def test_what_somebody_did_in_slack_is_acknowledged_like_any_other_answer(env: SlackEnv) -> None:
    deal, ask = await manager_asked(env, "Acknowledged in Slack")
    app = env.stack.app
    await env.send(await plain_click(env, ask, MANAGER))
    await app.acknowledgements.flush()
    facts = [entry.fact for entry in app.read.ledger(deal.engagement, None, 200).items]
    (voted,) = [fact.seq for fact in facts if fact.event.kind == "VoteCast" and fact.event.ask_id == ask["id"]]
    assert app.standings.of(engagement_stream(deal.engagement)).acknowledged >= voted


async def test_the_words_of_a_wish_are_forgotten_once_it_is_carried_out(env: SlackEnv) -> None:
    _, ask = await manager_asked(env, "Words forgotten")
    card = await env.card(MANAGER, ask["id"])
    await env.press(MANAGER, "Decline the role", card)
    await env.fill(MANAGER, {"reason": "Something personal"})
    from sqlalchemy import select

    from adapters.db.database import reading
    from adapters.db.tables.columns import columns
    from adapters.db.tables.messages import InboxRow

    with reading(env.stack.database) as connection:
        kept = connection.execute(select(*columns(InboxRow))).all()
    assert kept
    assert "Something personal" not in repr(kept)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_bot": True}, "bot"),
        ({"deleted": True}, "deactivated"),
        ({"is_email_confirmed": False}, "not confirmed"),
        ({"team_id": "T0ANOTHER1"}, "another workspace"),
        ({"profile": {"email": "jonas.weber@elsewhere.example", "real_name": "Jonas Weber"}}, "not in the directory"),
    ],
    ids=["guest", "single-channel guest", "bot", "ended", "unconfirmed", "other workspace", "only the name"],
)
async def test_an_account_that_is_not_somebodys_here_decides_nothing(env: SlackEnv, said: Json, why: str) -> None:
    deal, ask = await manager_asked(env, f"Not by {why}")
    env.proxy.say_of(await env.user(MANAGER), **said)
    await env.send(await plain_click(env, ask, MANAGER))
    assert why in (await env.heard(MANAGER))[-1]
    assert await deal.is_vacant("engagement_manager")
    env.proxy.say_of(await env.user(MANAGER), **dict.fromkeys(said))


async def test_somebody_whom_slack_does_not_know_decides_nothing(env: SlackEnv) -> None:
    deal, ask = await manager_asked(env, "By nobody")
    request = await plain_click(env, ask, MANAGER)
    env.proxy.always("users.info", refused("user_not_found"))
    await env.send(request)
    assert await deal.is_vacant("engagement_manager")
    assert env.stack.app.inbox.waiting() == 0


async def test_an_account_that_was_ended_is_nobodys_once_slack_is_asked_again(env: SlackEnv) -> None:
    _, ask = await manager_asked(env, "Who left")
    await env.send(signed.home_opened(user=await env.user(PersonId("hanne.lund"))))
    known = env.stack.app.cards.account_of(PersonId("hanne.lund"))
    assert known is not None
    env.clock.wait(timedelta(days=2).total_seconds())
    env.proxy.say_of(await env.user(PersonId("hanne.lund")), deleted=True)
    await env.send(await plain_click(env, ask, PersonId("hanne.lund")))
    assert env.stack.app.cards.account_of(PersonId("hanne.lund")) is None
    assert "deactivated" in (await env.heard(PersonId("hanne.lund")))[-1]
    env.proxy.say_of(await env.user(PersonId("hanne.lund")), deleted=None)


async def test_a_home_says_why_it_is_empty_for_a_stranger(env: SlackEnv) -> None:
    env.proxy.say_of(await env.user(MANAGER), is_restricted=True)
    home = await env.home(MANAGER)
    assert "guest" in text_of(home)
    env.proxy.say_of(await env.user(MANAGER), is_restricted=None)
