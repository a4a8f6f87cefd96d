"""What the tests of Slack stand on does what it says: emulator, proxy, signatures."""

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.clock import SYSTEM_CLOCK
from demo.slack import requests as signed
from demo.slack.emulator import BOT_USER_ID, TEAM_ID
from domain.shared.values import PersonId
from tests.slack.emulator import BOT_TOKEN, SIGNING_SECRET, SlackEmulator
from tests.slack.faults import (
    RESPONSE_URL,
    FaultProxy,
    cut_after,
    late,
    rate_limited,
    refused,
    silent_after,
    silent_before,
)

TEXT = {"type": "plain_text", "text": "Accept"}
BUTTON = {"type": "button", "action_id": "accept", "value": "E-1", "text": TEXT}
BLOCKS = [{"type": "actions", "block_id": "act", "elements": [BUTTON, BUTTON | {"value": "E-2"}]}]
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Why"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": "E-1",
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "words"},
        },
        {
            "type": "input",
            "block_id": "who",
            "label": {"type": "plain_text", "text": "Who"},
            "element": {
                "type": "static_select",
                "action_id": "person",
                "options": [{"text": TEXT, "value": "claire"}, {"text": TEXT, "value": "luca"}],
            },
        },
    ],
}


def client(proxy: FaultProxy, timeout: int = 30, token: str = BOT_TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=proxy.api_url, timeout=timeout)


async def direct(emulator: SlackEmulator, web: AsyncWebClient, person: PersonId) -> str:
    opened = await web.conversations_open(users=await emulator.user(person))
    return str(opened["channel"]["id"])


def payload_of(body: str) -> Any:
    return json.loads(parse_qs(body)["payload"][0])


async def test_a_message_of_the_bot_is_found_in_the_direct_messages(slack_emulator: SlackEmulator) -> None:
    web = slack_emulator.client()
    channel = await direct(slack_emulator, web, PersonId("claire.dubois"))
    await web.chat_postMessage(channel=channel, text="first")
    second = await web.chat_postMessage(channel=channel, text="second", blocks=BLOCKS)
    await web.chat_postMessage(channel=channel, text="a reply", thread_ts=second["ts"])
    found = await slack_emulator.direct_messages(PersonId("claire.dubois"))
    assert [message["text"] for message in found[-2:]] == ["first", "second"]
    assert found[-1]["blocks"] == BLOCKS
    assert [reply["text"] for reply in await slack_emulator.thread(channel, second["ts"])] == ["second", "a reply"]


async def test_nobody_was_written_to_unasked(slack_emulator: SlackEmulator) -> None:
    assert await slack_emulator.direct_messages(PersonId("miriam.katz")) == []


async def test_the_firms_people_are_in_slack_and_the_clients_are_not(slack_emulator: SlackEmulator) -> None:
    directory = slack_emulator.directory
    assert len({await slack_emulator.user(person.id) for person in directory.people}) == len(directory.people)
    theirs = directory.clients[0].people[0]
    with pytest.raises(SlackApiError, match="users_not_found"):
        await slack_emulator.user(theirs.id)


async def test_what_only_one_person_sees_is_kept_with_its_blocks(slack_emulator: SlackEmulator) -> None:
    web, user = slack_emulator.client(), await slack_emulator.user(PersonId("luca.ferri"))
    channel = await slack_emulator.channel()
    await web.chat_postEphemeral(channel=channel, user=user, text="only you", blocks=BLOCKS)
    (shown,) = await slack_emulator.ephemerals(user)
    assert (shown["text"], shown["blocks"], shown["channel_id"]) == ("only you", BLOCKS, channel)


async def test_homes_and_modals_are_seen_whole(slack_emulator: SlackEmulator) -> None:
    web, user = slack_emulator.client(), await slack_emulator.user(PersonId("luca.ferri"))
    await web.views_publish(user_id=user, view={"type": "home", "blocks": BLOCKS})
    home = await slack_emulator.home_of(user)
    assert home is not None
    assert home["blocks"] == BLOCKS
    opened = await web.views_open(trigger_id=await slack_emulator.trigger(user), view=MODAL)
    view_id = opened["view"]["id"]
    await web.views_push(trigger_id=await slack_emulator.trigger(user, view_id), view=MODAL)
    await web.views_update(view_id=view_id, view=MODAL | {"private_metadata": "E-2"})
    assert (await slack_emulator.modal(view_id))["private_metadata"] == "E-2"
    assert [view["private_metadata"] for view in await slack_emulator.modals(user)] == ["E-2", "E-1"]


async def test_a_trigger_opens_one_view(slack_emulator: SlackEmulator) -> None:
    web, user = slack_emulator.client(), await slack_emulator.user(PersonId("luca.ferri"))
    trigger = await slack_emulator.trigger(user)
    await web.views_open(trigger_id=trigger, view=MODAL)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await web.views_open(trigger_id=trigger, view=MODAL)


async def test_an_archived_channel_takes_no_messages(slack_emulator: SlackEmulator) -> None:
    web, channel = slack_emulator.client(), await slack_emulator.channel()
    await slack_emulator.archive(channel)
    try:
        with pytest.raises(SlackApiError, match="is_archived"):
            await web.chat_postMessage(channel=channel, text="too late")
    finally:
        await slack_emulator.unarchive(channel)
    await web.chat_postMessage(channel=channel, text="again")


async def test_a_closed_account_is_not_written_to(slack_emulator: SlackEmulator) -> None:
    web, user = slack_emulator.client(), await slack_emulator.user(PersonId("kofi.mensah"))
    await slack_emulator.deactivate(user)
    try:
        with pytest.raises(SlackApiError, match="user_not_found"):
            await web.conversations_open(users=user)
    finally:
        await slack_emulator.deactivate(user, deleted=False)


async def test_a_token_that_slack_does_not_know_is_refused(slack_emulator: SlackEmulator) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await slack_emulator.client("xoxb-somebody-elses").auth_test()


async def test_the_bot_may_not_do_what_it_was_not_granted(slack_emulator: SlackEmulator) -> None:
    with pytest.raises(SlackApiError, match="missing_scope"):
        await slack_emulator.client().conversations_create(name="new")


async def test_without_faults_the_proxy_passes_on_and_records(
    slack_emulator: SlackEmulator, slack_proxy: FaultProxy
) -> None:
    web, before = client(slack_proxy), time.monotonic()
    channel = await direct(slack_emulator, web, PersonId("hanne.lund"))
    await web.chat_postMessage(channel=channel, text="hello", blocks=BLOCKS)
    (call,) = slack_proxy.calls("chat.postMessage")
    assert (call.arguments["text"], call.arguments["blocks"], call.token) == ("hello", BLOCKS, BOT_TOKEN)
    assert (call.status, call.accepted, call.answer) == (200, True, call.taken)
    assert before <= call.at <= time.monotonic()
    assert [call.method for call in slack_proxy.sent] == ["conversations.open", "chat.postMessage"]


async def test_429_says_when_to_come_again_and_posts_nothing(
    slack_emulator: SlackEmulator, slack_proxy: FaultProxy
) -> None:
    web = client(slack_proxy)
    channel = await direct(slack_emulator, web, PersonId("erik.strand"))
    slack_proxy.next("chat.postMessage", rate_limited(7), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            await web.chat_postMessage(channel=channel, text="patience")
        assert raised.value.response.headers["Retry-After"] == "7"
    assert "patience" not in str(await slack_emulator.direct_messages(PersonId("erik.strand")))
    await web.chat_postMessage(channel=channel, text="patience")
    assert [call.accepted for call in slack_proxy.calls("chat.postMessage")] == [False, False, True]


@pytest.mark.parametrize(("fault", "there"), [(silent_after(), 1), (silent_before(), 0)])
async def test_after_silence_only_slack_knows_whether_the_message_is_there(
    slack_emulator: SlackEmulator, slack_proxy: FaultProxy, fault: Any, there: int
) -> None:
    web, text = client(slack_proxy, timeout=1), f"silent {there}"
    channel = await direct(slack_emulator, web, PersonId("ida.holm"))
    slack_proxy.next("chat.postMessage", fault)
    with pytest.raises(asyncio.TimeoutError):
        await web.chat_postMessage(channel=channel, text=text)
    told = [message["text"] for message in await slack_emulator.direct_messages(PersonId("ida.holm"))]
    assert told.count(text) == there
    (call,) = slack_proxy.calls("chat.postMessage")
    assert (call.status, call.answer, call.accepted) == (None, None, bool(there))


async def test_a_connection_that_breaks_after_the_call_was_taken_makes_the_client_ask_again(
    slack_emulator: SlackEmulator, slack_proxy: FaultProxy
) -> None:
    web = client(slack_proxy)
    channel = await direct(slack_emulator, web, PersonId("femi.adeyemi"))
    slack_proxy.next("chat.postMessage", cut_after())
    await web.chat_postMessage(channel=channel, text="twice")
    assert [message["text"] for message in await slack_emulator.direct_messages(PersonId("femi.adeyemi"))] == [
        "twice",
        "twice",
    ]


async def test_a_late_answer_is_slacks_own(slack_proxy: FaultProxy) -> None:
    slack_proxy.next("auth.test", late(0.3))
    before = time.monotonic()
    answer = await client(slack_proxy).auth_test()
    assert answer["user_id"] == BOT_USER_ID
    assert time.monotonic() - before >= 0.3


async def test_while_slack_is_away_nothing_is_answered_until_healed(slack_proxy: FaultProxy) -> None:
    slack_proxy.away()
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            await client(slack_proxy).auth_test()
        assert raised.value.response.status_code == 503
    slack_proxy.heal()
    assert (await client(slack_proxy).auth_test())["ok"]


async def test_connections_are_refused_until_the_proxy_opens_again(slack_proxy: FaultProxy) -> None:
    web = client(slack_proxy)
    await slack_proxy.refuse_connections()
    with pytest.raises(aiohttp.ClientConnectorError):
        await web.auth_test()
    await slack_proxy.open()
    assert (await web.auth_test())["ok"]


async def test_slack_refuses_as_scripted(slack_proxy: FaultProxy) -> None:
    slack_proxy.always("auth.test", refused("token_revoked"))
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client(slack_proxy).auth_test()


async def test_users_have_what_slack_says_of_them(slack_emulator: SlackEmulator, slack_proxy: FaultProxy) -> None:
    web, user = client(slack_proxy), await slack_emulator.user(PersonId("sven.aas"))
    email = "sven.aas@fjordline.example"
    assert (await web.users_lookupByEmail(email=email))["user"]["is_email_confirmed"] is True
    slack_proxy.say_of(user, is_restricted=True, is_email_confirmed=False)
    found = (await web.users_info(user=user))["user"]
    assert (found["is_restricted"], found["is_ultra_restricted"], found["is_email_confirmed"]) == (True, False, False)
    members = (await web.users_list())["members"]
    assert {member["id"] for member in members if member["is_restricted"]} == {user}


async def test_what_is_answered_to_a_response_url_is_recorded(slack_proxy: FaultProxy) -> None:
    async with aiohttp.ClientSession() as http:
        await http.post(slack_proxy.response_url("claire"), json={"text": "done", "replace_original": True})
    (call,) = slack_proxy.calls(RESPONSE_URL)
    assert call.arguments == {"text": "done", "replace_original": True}


def test_a_signature_holds_for_its_body_and_for_five_minutes() -> None:
    verifier = SignatureVerifier(SIGNING_SECRET)
    request = signed.command(user="U1", channel="C1", text="mine")
    body, headers = request.signed(SIGNING_SECRET)
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(f"{body}&text=theirs", headers)
    assert not verifier.is_valid_request(*request.signed("another secret"))
    assert not verifier.is_valid_request(*request.signed(SIGNING_SECRET, at=SYSTEM_CLOCK().timestamp() - 301))


def test_a_retry_is_the_same_request_with_its_number() -> None:
    request = signed.home_opened(user="U1")
    (first, plain), (again, numbered) = request.signed(SIGNING_SECRET), request.signed(SIGNING_SECRET, retry=1)
    assert first == again
    assert "X-Slack-Retry-Num" not in plain
    assert (numbered["X-Slack-Retry-Num"], numbered["X-Slack-Retry-Reason"]) == ("1", "http_timeout")


async def test_the_button_that_was_pressed_is_named(slack_emulator: SlackEmulator) -> None:
    web = slack_emulator.client()
    channel = await direct(slack_emulator, web, PersonId("yuki.tanaka"))
    await web.chat_postMessage(channel=channel, text="accept?", blocks=BLOCKS)
    message = (await slack_emulator.direct_messages(PersonId("yuki.tanaka")))[-1]
    user = await slack_emulator.user(PersonId("yuki.tanaka"))
    request = signed.press(user=user, message=message, channel=channel, action_id="accept", value="E-2")
    payload = payload_of(request.body)
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"], action["block_id"]) == ("accept", "E-2", "act")
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == message["ts"]


async def test_a_submitted_modal_carries_each_value_as_its_element_holds_it(slack_emulator: SlackEmulator) -> None:
    user = await slack_emulator.user(PersonId("yuki.tanaka"))
    trigger = await slack_emulator.trigger(user)
    opened = await slack_emulator.client().views_open(trigger_id=trigger, view=MODAL)
    view = await slack_emulator.modal(opened["view"]["id"])
    request = signed.submit(user=user, view=view, values={"why": {"words": "because"}, "who": {"person": "luca"}})
    sent = payload_of(request.body)["view"]
    assert sent["state"]["values"]["why"]["words"] == {"type": "plain_text_input", "value": "because"}
    assert sent["state"]["values"]["who"]["person"]["selected_option"]["value"] == "luca"
    assert (sent["id"], sent["private_metadata"]) == (view["id"], "E-1")


MESSAGE = {"ts": "1.000001", "text": "accept?", "user": BOT_USER_ID, "blocks": BLOCKS}
VIEW = MODAL | {"id": "V1", "callback_id": "why"}
PRESSED: dict[str, Any] = {"user": "U1", "action_id": "accept", "value": "E-1"}


@pytest.mark.parametrize(
    ("request_", "heard"),
    [
        (signed.press(**PRESSED, message=MESSAGE, channel="D1"), "action"),
        (signed.press(**PRESSED, view={"id": "V2", "type": "home", "blocks": BLOCKS}), "action"),
        (signed.press(**PRESSED, message=MESSAGE, channel="C1", is_ephemeral=True), "action"),
        (signed.submit(user="U1", view=VIEW, values={}), "view"),
        (signed.close(user="U1", view=VIEW), "view_closed"),
        (signed.command(user="U1", channel="C1", text="mine"), "command"),
        (signed.shortcut(user="U1", callback_id="ask", channel="C1", message=MESSAGE), "shortcut"),
        (signed.global_shortcut(user="U1", callback_id="ask"), "shortcut"),
        (signed.home_opened(user="U1"), "event"),
    ],
)
async def test_bolt_takes_each_request_for_what_it_is(
    slack_emulator: SlackEmulator, request_: signed.SlackPost, heard: str
) -> None:
    heard_by: list[tuple[str, str | None, str | None]] = []
    bolt = AsyncApp(client=slack_emulator.client(), signing_secret=SIGNING_SECRET, process_before_response=True)

    def listener(kind: str) -> Any:
        async def listen(ack: AsyncAck, context: AsyncBoltContext) -> None:
            heard_by.append((kind, context.user_id, context.team_id))
            await ack()

        return listen

    bolt.action("accept")(listener("action"))
    bolt.view("why")(listener("view"))
    bolt.view_closed("why")(listener("view_closed"))
    bolt.command("/interlock")(listener("command"))
    bolt.shortcut("ask")(listener("shortcut"))
    bolt.event("app_home_opened")(listener("event"))
    body, headers = request_.signed(SIGNING_SECRET)
    answer = await bolt.async_dispatch(AsyncBoltRequest(body=body, headers=dict(headers)))
    assert (answer.status, heard_by) == (200, [(heard, "U1", TEAM_ID)])
    body, headers = request_.signed("another secret")
    assert (await bolt.async_dispatch(AsyncBoltRequest(body=body, headers=dict(headers)))).status == 401
