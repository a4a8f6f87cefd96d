"""The Slack app: which handler listens to what, over HTTP or a socket. Requests without a handler are answered too."""

import asyncio
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.models.blocks import SectionBlock
from slack_sdk.models.views import View
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import TIMEOUT, connected
from adapters.slack.identity import SlackIdentityProvider
from adapters.slack.settings import SlackSettings
from adapters.slack.text import plain
from api.slack.asks import Asks
from api.slack.changes import Changes
from api.slack.context import SlackContext
from api.slack.deals import Deals
from api.slack.home import Home
from api.slack.lists import Lists
from api.slack.request import Body, SlackRequest
from api.slack.shortcuts import Shortcuts
from api.slack.steps import Steps
from application.context import STORE_AWAY, Interlock

log = structlog.get_logger()

PATH = "/slack/events"
MAX_TIMESTAMP = 12
UNHANDLED, BROKEN = 404, 500
# Seconds: Bolt polls every hundredth whether a request was answered, and forgets that it was once the handler has
# failed.
SEEN_BY_BOLT = 0.05
ANYTHING = re.compile(".*", re.DOTALL)
UNKNOWN = "This button or form is from an older version and no longer works. App Home shows what waits for you."


class Slack:
    """The entry point: `router` takes requests, `context.reception` carries out what was stored."""

    def __init__(
        self,
        app: Interlock,
        settings: SlackSettings,
        *,
        timeout: int = TIMEOUT,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`timeout`: seconds that a call to Slack may take."""
        client = connected(settings, timeout=timeout)
        identities = SlackIdentityProvider(client, unconfirmed=settings.unconfirmed)
        self.context = SlackContext(app, client, identities, now or app.clock)
        self.bolt = _bolt(self.context, settings)
        self.router = _router(self.bolt, settings.signing_secret)
        self._app_token = settings.app_token
        self._api_url = settings.api_url

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[None]:
        """Also receives requests over a socket that we open, for firms without a public address."""
        token = self._app_token.get_secret_value() if self._app_token else ""
        opener = AsyncWebClient(token=token, base_url=self._api_url, timeout=TIMEOUT)
        handler = AsyncSocketModeHandler(self.bolt, token, web_client=opener)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
        try:
            yield
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


def _bolt(context: SlackContext, settings: SlackSettings) -> AsyncApp:
    token = settings.bot_token.get_secret_value()

    async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        """We serve one workspace whose token is known, so no click waits for Slack to confirm it."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    bolt = AsyncApp(
        name="interlock",
        signing_secret=settings.signing_secret.get_secret_value(),
        authorize=authorize,
        client=AsyncWebClient(base_url=settings.api_url, timeout=TIMEOUT),
        ignoring_self_events_enabled=False,
    )
    home = Home(context)
    for part in (
        Asks(context),
        Steps(context, home),
        Deals(context),
        Changes(context),
        Shortcuts(context),
        home,
        Lists(context),
    ):
        part.listen(bolt)
    _listen_to_the_rest(bolt, context)
    bolt.error(_unforeseen(context))
    return bolt


def _listen_to_the_rest(bolt: AsyncApp, context: SlackContext) -> None:
    """Answers buttons of older versions and unsolicited events, so that no click waits in vain."""

    async def say_unknown(ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        await ack()
        who = SlackRequest.parse(body, req.headers)
        log.info("slack.unknown", type=body.get("type"), who=who.account)
        await context.say(who.account, who.answer_to.model_dump_json(), UNKNOWN)

    async def no_options(ack: AsyncAck) -> None:
        await ack(options=[])

    async def nothing(body: Body) -> None:
        log.debug("slack.event", type=body.get("event", {}).get("type"))

    for listen in (bolt.action, bolt.command, bolt.shortcut, bolt.view):
        listen(ANYTHING)(say_unknown)
    bolt.view_closed(ANYTHING)(say_unknown)
    bolt.options(ANYTHING)(no_options)
    bolt.event(ANYTHING)(nothing)


def _unforeseen(context: SlackContext) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Tells the person an id that the log has too, and whether anything may have been recorded."""
    answering: set[asyncio.Task[None]] = set()

    async def tell(error: Exception, body: Body, response: BoltResponse | None) -> BoltResponse | None:
        number, who = uuid.uuid4().hex[:12], SlackRequest.parse(body)
        log.error("slack.failed", id=number, type=body.get("type"), exc_info=error)
        told = f"Something went wrong on our side, and nothing was recorded. Tell the administrator {number}."
        if response is None or isinstance(error, TimeoutError):  # it was answered before, or is still being stored
            told = (
                "Something went wrong on our side. Check in a moment whether it was saved; if not, try again. "
                f"({number})"
            )
        task = asyncio.create_task(context.say(who.account, who.answer_to.model_dump_json(), told))
        answering.add(task)  # Slack's answer does not wait for the message to the person
        task.add_done_callback(answering.discard)
        if response is None:
            await asyncio.sleep(SEEN_BY_BOLT)
            return None
        if isinstance(error, STORE_AWAY):
            return BoltResponse(status=503)  # the form stays open, and Slack resends an event
        if isinstance(error, TimeoutError):  # it may still be stored: do not claim that it was
            return BoltResponse(status=503)
        return _odd_form(body, number) if body.get("type") == "view_submission" else BoltResponse(status=200)

    return tell


def _odd_form(body: Body, number: str) -> BoltResponse:
    """Shows an error in a form that cannot be processed, which keeps its input; without fields, only the error."""
    told = f"This was not accepted: something in it is not valid. Tell the administrator {number}."
    field = next(iter(_state_of(body)), None)
    if field is not None:
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {str(field): told}})
    view = View(type="modal", title=plain("Not accepted", 24), blocks=[SectionBlock(text=plain(told))])
    return BoltResponse(status=200, body={"response_action": "update", "view": view.to_dict()})


def _state_of(body: Body) -> Body:
    found: object = body
    for name in ("view", "state", "values"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _router(bolt: AsyncApp, secret: SecretStr) -> APIRouter:
    """The only address to which Slack sends everything."""
    handler = AsyncSlackRequestHandler(bolt)
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def take(request: Request) -> Response:
        """The signature comes first: what Slack signed and nobody can read is answered 200, or it comes again."""
        body = await request.body()
        if not _is_signed(body, request, secret.get_secret_value()):
            return Response(status_code=401)
        if not _is_readable(body):
            return Response(status_code=200)
        return await _handled(handler, request)

    return router


async def _handled(handler: AsyncSlackRequestHandler, request: Request) -> Response:
    """What Bolt does not understand or cannot even parse is answered with 200: otherwise Slack resends it."""
    try:
        answer = await handler.handle(request)
    except Exception:
        log.exception("slack.odd")
        return Response(status_code=200)
    if answer.status_code in {UNHANDLED, BROKEN}:
        log.info("slack.odd", status=answer.status_code)
        return Response(status_code=200)
    return answer


def _is_signed(body: bytes, request: Request, secret: str) -> bool:
    """Whether Slack signed this within the last five minutes. Without a secret nothing counts as signed."""
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (secret.strip() and stamp.isascii() and stamp.isdigit() and len(stamp) <= MAX_TIMESTAMP):
        return False
    return signature.isascii() and _OfBytes(secret).is_valid(body, stamp, signature)


class _OfBytes(SignatureVerifier):
    """Verifies Slack's signature over the raw bytes, including those that are not text."""

    def generate_signature(self, *, timestamp: str, body: str | bytes) -> str | None:
        """Returns the signature that Slack would have given it."""
        sent = body if isinstance(body, bytes) else body.encode()
        made = hmac.new(self.signing_secret.encode(), b"v0:" + timestamp.encode() + b":" + sent, hashlib.sha256)
        return f"v0={made.hexdigest()}"


def _is_readable(sent: bytes) -> bool:
    try:
        body = sent.decode()
        form = dict(parse_qsl(body, keep_blank_values=True)) if not body.startswith(("{", "[")) else {}
        found = json.loads(form.get("payload", "{}") if form else body or "{}")
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict)
