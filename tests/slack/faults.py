"""What goes wrong between us and Slack, as a test scripts it: a reverse proxy before the emulator.

It also keeps a record of every call, so that a test can count them, time them and hold what was sent to Slack's types.
And it is where `response_url` points: the emulator has none.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

Json = Any
ANY_METHOD = "*"
RESPONSE_URL = "response_url"
IN_FORMS_AS_JSON = ("attachments", "blocks", "metadata", "view")
# Fields of a user that Slack sends and the emulator does not.
REAL_USERS_HAVE = {"is_email_confirmed": True, "is_restricted": False, "is_ultra_restricted": False}


class Silence(Enum):
    """Whether Slack has taken the call that it then says nothing about."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Fault:
    """What happens to a call. The emulator hears of it only where it is `late`, or silent after."""

    status: int = 200
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    silence: Silence | None = None
    cut: bool = False
    """True where the connection breaks at once; else the silence lasts until the client gives up."""
    late: float | None = None
    """Seconds for which the emulator's own answer is held back. It has taken the call at once."""


def rate_limited(seconds: int) -> Fault:
    """429, to be asked again after so many seconds."""
    return Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)})


def broken(status: int = 500) -> Fault:
    """An error of Slack's own, with a body that is no JSON."""
    return Fault(status, "internal error")


def refused(error: str) -> Fault:
    """`ok: false`, as Slack refuses: token_revoked, is_archived, channel_not_found, user_not_found, …"""
    return Fault(200, {"ok": False, "error": error})


def silent_before() -> Fault:
    """No answer until the client gives up, and Slack never took the call."""
    return Fault(silence=Silence.BEFORE)


def silent_after() -> Fault:
    """No answer until the client gives up, though Slack took the call."""
    return Fault(silence=Silence.AFTER)


def cut_after() -> Fault:
    """Slack takes the call, and the connection breaks before it answers. (The SDK's client then asks once more.)"""
    return Fault(silence=Silence.AFTER, cut=True)


def late(seconds: float) -> Fault:
    """Slack takes the call, and its own answer comes after so many seconds."""
    return Fault(late=seconds)


@dataclass
class Call:
    """A call as it came: `arguments` parsed, `at` in monotonic seconds, what Slack did and what the client was told."""

    method: str
    arguments: dict[str, Json]
    token: str | None
    at: float
    taken: Json | None = None
    """The emulator's answer; None where it never heard of the call."""
    status: int | None = None
    """What the client was answered; None where nothing."""
    answer: Json | None = None

    @property
    def accepted(self) -> bool:
        """True where Slack did what was asked, whether or not the client ever knew."""
        return isinstance(self.taken, dict) and self.taken.get("ok") is True


class FaultProxy:
    """Give `api_url` to the client under test. Without faults it only passes on and records."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession) -> None:
        self.sent: list[Call] = []
        self._upstream = upstream
        self._session = session
        self._next: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._user_fields: dict[str, dict[str, Json]] = {}
        self._closing = asyncio.Event()
        self._port = 0
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{name}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        self._site: web.TCPSite | None = None

    @property
    def api_url(self) -> str:
        """The `base_url` of a client."""
        return f"http://127.0.0.1:{self._port}/api/"

    def response_url(self, name: str = "anybody") -> str:
        """Where an interaction may be answered to; what arrives is a Call of the method `response_url`."""
        return f"http://127.0.0.1:{self._port}/respond/{name}"

    def calls(self, method: str) -> list[Call]:
        """What was sent to a method, oldest first."""
        return [call for call in self.sent if call.method == method]

    def next(self, method: str, fault: Fault, times: int = 1) -> None:
        """The next calls of a method meet a fault; several scripts of a method are played one after another."""
        self._next.setdefault(method, deque()).extend([fault] * times)

    def always(self, method: str, fault: Fault) -> None:
        """Every call of a method (`*`: of any) meets a fault until healed."""
        self._always[method] = fault

    def away(self) -> None:
        """Slack is away: 503 to everything, until healed."""
        self.always(ANY_METHOD, broken(503))

    def heal(self) -> None:
        """No more faults. What users are said to be stays."""
        self._next.clear()
        self._always.clear()

    def forget(self) -> None:
        """As new: no faults, no record, users as they are."""
        self.heal()
        self.sent.clear()
        self._user_fields.clear()

    def say_of(self, user: str, **fields: Json) -> None:
        """Adds fields to a user wherever Slack describes them, for example `is_restricted=True`."""
        self._user_fields.setdefault(user, {}).update(fields)

    async def open(self) -> None:
        """Listens, on the port that it had before if it had one."""
        if not self._port:
            await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = int(self._runner.addresses[0][1])

    async def refuse_connections(self) -> None:
        """Nobody listens any more, until `open`."""
        if self._site is not None:
            await self._site.stop()
            self._site = None

    async def close(self) -> None:
        """Ends for good, and lets go of whoever still waits."""
        self._closing.set()
        await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        call = await _call_of(request, request.match_info["method"])
        self.sent.append(call)
        fault = self._fault(call.method)
        if fault is None:
            return _answered(call, await self._ask(request, call), call.taken, {})
        if fault.late is not None:
            status = await self._ask(request, call)
            await asyncio.sleep(fault.late)
            return _answered(call, status, call.taken, {})
        if fault.silence is Silence.AFTER:
            await self._ask(request, call)
        if fault.silence is not None:
            return await self._say_nothing(request, fault)
        return _answered(call, fault.status, fault.body, fault.headers)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        call = await _call_of(request, RESPONSE_URL)
        self.sent.append(call)
        fault = self._fault(RESPONSE_URL)
        if fault is not None and fault.silence is not None:
            return await self._say_nothing(request, fault)
        if fault is not None:
            return _answered(call, fault.status, fault.body, fault.headers)
        call.taken = {"ok": True}
        return _answered(call, 200, "ok", {})

    def _fault(self, method: str) -> Fault | None:
        for name in (method, ANY_METHOD):
            if queued := self._next.get(name):
                return queued.popleft()
        return self._always.get(method) or self._always.get(ANY_METHOD)

    async def _ask(self, request: web.Request, call: Call) -> int:
        """Asks the emulator; its answer is then in `call.taken`. Gives its status."""
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = f"{self._upstream}{request.path_qs}"
        async with self._session.request(request.method, url, headers=kept, data=await request.read()) as answer:
            call.taken = await answer.json(content_type=None)
            self._describe_users(call.taken)
            return answer.status

    def _describe_users(self, answer: Json) -> None:
        described = [answer.get("user"), *answer.get("members", ())] if isinstance(answer, dict) else []
        for user in described:
            if isinstance(user, MutableMapping) and "profile" in user:
                user.update(REAL_USERS_HAVE | self._user_fields.get(user["id"], {}))

    async def _say_nothing(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """Holds the connection until the client lets go of it: this is cancelled then."""
        if fault.cut and request.transport is not None:
            request.transport.abort()
        await self._closing.wait()
        return web.Response(status=504)


def _answered(call: Call, status: int, body: Json, headers: Mapping[str, str]) -> web.Response:
    call.status, call.answer = status, body
    if isinstance(body, str):
        return web.Response(status=status, text=body, headers=headers)
    return web.json_response(body, status=status, headers=headers)


async def _call_of(request: web.Request, method: str) -> Call:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ") or None
    return Call(method, dict(request.query) | await _body_of(request), token, time.monotonic())


async def _body_of(request: web.Request) -> dict[str, Json]:
    """Arguments from a JSON body, or from a form in which structures are JSON."""
    text = await request.text()
    if request.content_type == "application/json":
        return dict(json.loads(text or "{}"))
    arguments: dict[str, Json] = dict(parse_qsl(text, keep_blank_values=True))
    for name in IN_FORMS_AS_JSON:
        with contextlib.suppress(KeyError, ValueError):
            arguments[name] = json.loads(arguments[name])
    return arguments


@asynccontextmanager
async def running_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """A proxy before the emulator at `upstream` (its root address), on a free port."""
    async with aiohttp.ClientSession() as session:
        proxy = FaultProxy(upstream, session)
        await proxy.open()
        try:
            yield proxy
        finally:
            await proxy.close()
