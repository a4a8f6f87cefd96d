"""Signed requests as Slack sends them: for tests, and for pressing buttons in the emulator.

Each function returns a request; `signed` returns its body and headers.

    body, headers = press(user=user, message=message, channel=channel, action_id="accept").signed(SIGNING_SECRET)
    answer = await http.post("/slack/events", content=body, headers=headers)

The same request signed again with `retry=1` is what Slack sends if it got no answer within three seconds.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from slack_sdk.signature import SignatureVerifier

from adapters.clock import SYSTEM_CLOCK
from demo.slack.emulator import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID

Json = Any
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TEAM = {"id": TEAM_ID, "domain": "interlock"}
NO_ENTERPRISE: dict[str, Json] = {"enterprise": None, "is_enterprise_install": False}
# What Slack adds to a message of our bot and the emulator does not.
OURS = {"team": TEAM_ID, "app_id": APP_ID, "bot_id": BOT_ID}
DEPRECATED_TOKEN = "verification-token"  # noqa: S105 -- Slack sends one still, and nobody looks at it
# A `response_url` for tests in which it is never answered: nothing listens there.
NOWHERE = "http://127.0.0.1:9/respond"


@dataclass(frozen=True)
class SlackPost:
    """What Slack posts: the body and its content type."""

    body: str
    content_type: str

    def signed(
        self, secret: str, *, at: float | None = None, retry: int | None = None, reason: str = "http_timeout"
    ) -> tuple[str, dict[str, str]]:
        """Returns body and headers. `at`: Unix time of sending, by default now; `retry`: the retry's number, from 1."""
        timestamp = str(int(SYSTEM_CLOCK().timestamp() if at is None else at))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=self.body)
        if signature is None:
            raise ValueError("there is nothing to sign")
        again = {} if retry is None else {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        sent = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        return self.body, {"Content-Type": self.content_type, **sent, **again}


def press(
    *,
    user: str,
    action_id: str,
    message: Json = None,
    channel: str | None = None,
    view: Json = None,
    trigger: str = "",
    value: str | None = None,
    chosen: Mapping[str, Json] | None = None,
    state: Mapping[str, Mapping[str, Json]] | None = None,
    is_ephemeral: bool = False,
    response_url: str = NOWHERE,
) -> SlackPost:
    """`block_actions`: an element of a message (with its `channel`) or of a view was used.

    `message` is as `conversations.history` returns it, `view` one with its `id`. If several elements have the action
    id, `value` selects the button. `chosen` is what a menu or a picker adds, for example `{"selected_option": {…}}`.
    `state` is by block id, then action id, as for `submit`.
    """
    holder = view if view is not None else message
    action = _used(holder["blocks"], action_id, value) | dict(chosen or {}) | {"action_ts": _ts()}
    payload: dict[str, Json] = {
        "type": "block_actions",
        "user": _user(user),
        "api_app_id": APP_ID,
        "token": DEPRECATED_TOKEN,
        "trigger_id": trigger,
        "team": TEAM,
        **NO_ENTERPRISE,
        "actions": [action],
    }
    if view is not None:
        shown = {**view, "state": _state_of(view["blocks"], state or {})}
        return _interaction(payload | {"container": {"type": "view", "view_id": view["id"]}, "view": shown})
    where = {"message_ts": message["ts"], "channel_id": channel, "is_ephemeral": is_ephemeral}
    said: dict[str, Json] = {
        "container": {"type": "message", **where},
        "channel": _channel(channel or ""),
        "state": _state_of(message["blocks"], state or {}),
        "response_url": response_url,
    }
    return _interaction(payload | said | ({} if is_ephemeral else {"message": {**message, **OURS}}))


def submit(*, user: str, view: Json, values: Mapping[str, Mapping[str, Json]], trigger: str = "") -> SlackPost:
    """`view_submission`: a modal was submitted, with values by block id, then action id.

    A value is text, or what the element holds: an option's value (or several), a date, a user's id. Missing values are
    empty, as Slack has it, unless the element has an initial value.
    """
    payload = {
        "type": "view_submission",
        "team": TEAM,
        "user": _user(user),
        "api_app_id": APP_ID,
        "token": DEPRECATED_TOKEN,
        "trigger_id": trigger,
        "view": {**view, "state": _state_of(view["blocks"], values)},
        "response_urls": [],
        **NO_ENTERPRISE,
    }
    return _interaction(payload)


def suggestion(*, user: str, view: Json, block_id: str, action_id: str, typed: str) -> SlackPost:
    """`block_suggestion`: someone types into a list with server-side search."""
    payload = {
        "type": "block_suggestion",
        "team": TEAM,
        "user": _user(user),
        "api_app_id": APP_ID,
        "token": DEPRECATED_TOKEN,
        "container": {"type": "view", "view_id": view["id"]},
        "view": {"id": view["id"], "type": "modal"},
        "block_id": block_id,
        "action_id": action_id,
        "value": typed,
        **NO_ENTERPRISE,
    }
    return _interaction(payload)


def close(*, user: str, view: Json, is_cleared: bool = False) -> SlackPost:
    """`view_closed`: a modal was cancelled. Slack sends it only if the view has `notify_on_close`."""
    about = {"type": "view_closed", "team": TEAM, "user": _user(user), "api_app_id": APP_ID, "token": DEPRECATED_TOKEN}
    return _interaction({**about, "view": view, "is_cleared": is_cleared, **NO_ENTERPRISE})


def command(
    *,
    user: str,
    channel: str,
    name: str = "/interlock",
    text: str = "",
    trigger: str = "",
    response_url: str = NOWHERE,
) -> SlackPost:
    """A slash command."""
    fields = {
        "token": DEPRECATED_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM["domain"],
        "channel_id": channel,
        "channel_name": _channel(channel)["name"],
        "user_id": user,
        "user_name": _name(user),
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }
    return SlackPost(urlencode(fields), FORM)


def shortcut(
    *, user: str, callback_id: str, channel: str, message: Json, trigger: str = "", response_url: str = NOWHERE
) -> SlackPost:
    """`message_action`: a shortcut in a message's menu. `message` needs `ts` and `text`; its author is `user`."""
    payload = {
        "type": "message_action",
        "token": DEPRECATED_TOKEN,
        "action_ts": _ts(),
        "team": TEAM,
        "user": _user(user),
        "channel": _channel(channel),
        **NO_ENTERPRISE,
        "callback_id": callback_id,
        "trigger_id": trigger,
        "response_url": response_url,
        "message_ts": message["ts"],
        "message": {"type": "message", "team": TEAM_ID, **message},
    }
    return _interaction(payload)


def global_shortcut(*, user: str, callback_id: str, trigger: str = "") -> SlackPost:
    """`shortcut`: one that is started from anywhere, without a conversation."""
    about = {"type": "shortcut", "token": DEPRECATED_TOKEN, "action_ts": _ts(), "team": TEAM, "user": _user(user)}
    return _interaction({**about, **NO_ENTERPRISE, "callback_id": callback_id, "trigger_id": trigger})


def home_opened(*, user: str, tab: str = "home", view: Json = None, event_id: str | None = None) -> SlackPost:
    """`app_home_opened`: someone opened our app. `view` is the home that they were shown before, if any."""
    opened = {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": tab, "event_ts": _ts()}
    return event(opened | ({"view": view} if view else {}), event_id=event_id)


def event(inner: Mapping[str, Json], *, event_id: str | None = None) -> SlackPost:
    """Any event, in Slack's envelope. The same `event_id` is the same event."""
    bot = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
    envelope = {
        "token": DEPRECATED_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": dict(inner),
        "type": "event_callback",
        "event_id": event_id or f"Ev{uuid4().hex[:9].upper()}",
        "event_time": int(SYSTEM_CLOCK().timestamp()),
        "authorizations": [{**bot, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
    return SlackPost(json.dumps(envelope), JSON)


def url_verification(challenge: str) -> SlackPost:
    """What Slack asks once, when an events address is configured."""
    return SlackPost(json.dumps({"token": DEPRECATED_TOKEN, "challenge": challenge, "type": "url_verification"}), JSON)


def _interaction(payload: Mapping[str, Json]) -> SlackPost:
    return SlackPost(urlencode({"payload": json.dumps(payload)}), FORM)


def _ts() -> str:
    return f"{SYSTEM_CLOCK().timestamp():.6f}"


def _name(user: str) -> str:
    return f"name.of.{user.lower()}"


def _user(user: str) -> dict[str, str]:
    return {"id": user, "username": _name(user), "name": _name(user), "team_id": TEAM_ID}


def _channel(channel: str) -> dict[str, str]:
    return {"id": channel, "name": "directmessage" if channel.startswith("D") else "channel"}


def _elements(blocks: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """Every usable element with its block id; Slack numbers blocks that have none."""
    for number, block in enumerate(blocks):
        found = (block.get("accessory"), block.get("element"), *block.get("elements", ()))
        for element in found:
            if isinstance(element, dict) and "action_id" in element:
                yield block.get("block_id", f"block{number}"), element


def _used(blocks: Iterable[Json], action_id: str, value: str | None) -> dict[str, Json]:
    """The element as an action names it. Fails if none or several match."""
    found = [
        (block_id, element)
        for block_id, element in _elements(blocks)
        if element["action_id"] == action_id and value in {None, element.get("value")}
    ]
    if len(found) != 1:
        raise LookupError(f"{len(found)} elements have the action id {action_id!r}")
    ((block_id, element),) = found
    kept = {name: element[name] for name in ("type", "action_id", "text", "value", "style") if name in element}
    return {**kept, "block_id": block_id}


def _state_of(blocks: Iterable[Json], values: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    """Every input's value, as the `state` of a view or message. Fails if a value has no element."""
    unknown = {(block, action) for block, given in values.items() for action in given}
    state: dict[str, dict[str, Json]] = {}
    for block_id, element in _elements(blocks):
        if element["type"] not in HELD_IN:
            continue
        unknown.discard((block_id, element["action_id"]))
        given = values.get(block_id, {}).get(element["action_id"])
        state.setdefault(block_id, {})[element["action_id"]] = {"type": element["type"], **_held(element, given)}
    if unknown:
        raise LookupError(f"no element takes these values: {sorted(unknown)}")
    return {"values": state}


# The key under which an element's state holds its value.
HELD_IN = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}


def _held(element: Json, given: Json) -> dict[str, Json]:
    name = HELD_IN[element["type"]]
    if given == "" and name.startswith("selected"):
        return {name: [] if name == "selected_options" else None}
    if given is None:
        starts = element.get("initial_value" if name.endswith("value") else name.replace("selected_", "initial_"))
        return {name: starts if starts is not None or name != "selected_options" else []}
    if name == "selected_option":
        return {name: _option(element, given)}
    if name == "selected_options":
        return {name: [_option(element, one) for one in given]}
    return {name: given}


def _option(element: Json, value: Json) -> Json:
    if element["type"] == "external_select":
        return {"value": value, "text": {"type": "plain_text", "text": value[:75]}}
    groups = [{"options": element.get("options", [])}, *element.get("option_groups", [])]
    offered = [option for group in groups for option in group["options"]]
    return next(option for option in offered if option.get("value") == value)
