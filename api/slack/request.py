"""A Slack request of any kind: which account sent it, where to answer, and what its parts carry."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

RETRY = "x-slack-retry-num"
Body = dict[str, Any]
Matcher = Callable[[Body], Awaitable[bool]]


class AnswerTo(BaseModel):
    """The conversation in which someone acted, if any: that is where they are told the outcome."""

    conversation: str | None = None
    thread: str | None = None


class SlackRequest(NamedTuple):
    """The account, where to answer, the trigger, and whether Slack is resending it."""

    account: str
    answer_to: AnswerTo
    trigger: str
    repeated: bool

    @classmethod
    def parse(cls, body: Body, headers: Any = None) -> "SlackRequest":
        """Extracts what every kind of request says about its origin; what is missing is left empty."""
        account = _text(_part(body, "user").get("id")) or _text(body.get("user_id"))
        channel = _text(_part(body, "channel").get("id")) or _text(body.get("channel_id"))
        thread = _text(_part(body, "message").get("thread_ts")) or _text(_part(body, "container").get("thread_ts"))
        answer_to = AnswerTo(conversation=channel or None, thread=thread or None)
        return cls(account, answer_to, _text(body.get("trigger_id")), bool(headers and headers.get(RETRY)))


def _part(body: Body, name: str) -> Body:
    """A part of a request; empty if it is not an object."""
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def button_carries(model: type[BaseModel]) -> Matcher:
    """Matches buttons whose value parses as this model; others were rendered by an older version."""

    async def carries(body: Body) -> bool:
        return _is(model, (body.get("actions") or [{}])[0].get("value"))

    return carries


def view_carries(model: type[BaseModel]) -> Matcher:
    """The same for a modal."""

    async def carries(body: Body) -> bool:
        return _is(model, (body.get("view") or {}).get("private_metadata"))

    return carries


def _is(model: type[BaseModel], text: object) -> bool:
    try:
        model.model_validate_json(str(text))
    except ValidationError:
        return False
    return True
