"""Limits the size and time of request bodies, and refuses JSON that is not UTF-8, repeats keys or would lose digits."""

import asyncio
import json
from decimal import Decimal
from email.message import Message as Headed
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import FieldError, InputRefused, NotAcceptable, answer, of_refusal
from domain.shared.values import PLAIN_NUMBER

LARGEST_BODY = 1024 * 1024
# Seconds for the complete body: a client that sends half of one holds a connection no longer than that.
MAX_BODY = 10.0


class _Repeated(Exception):
    """A key that an object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> None:
    known: set[str] = set()
    for key, _ in pairs:
        if key in known:
            raise _Repeated(key)
        known.add(key)


class _NotPlain(Exception):
    """A number that is not a plain decimal."""


# Characters: 15 digits and a point.
ALWAYS_KEPT = 16


class _NotKept(Exception):
    """A number that would be read as a different one."""


def _number(text: str) -> None:
    """JSON numbers are parsed as binary floats, exact to 15 digits or a few more: longer ones would be rounded."""
    if "e" in text.lower() or not text.lstrip("-")[0].isdigit():  # an exponent; NaN, Infinity, -Infinity
        raise _NotPlain(text)
    if len(text) > ALWAYS_KEPT and Decimal(repr(float(text))) != Decimal(text):
        raise _NotKept(text)


NOT_UTF_8 = "is not plain UTF-8: send JSON in UTF-8, without a byte-order mark"
IN_QUOTES = 'has more digits than a number without quotes can hold; write it in quotes, as "1234.50"'


def is_json(content_type: str) -> bool:
    """Whether a body of this type is read as JSON, by FastAPI's own rule."""
    header = Headed()
    header["content-type"] = content_type
    kind = header.get_content_subtype()
    return header.get_content_maintype() == "application" and (kind == "json" or kind.endswith("+json"))


def fault_of_json(body: bytes, content_type: str = "application/json") -> FieldError | None:
    """What in a JSON body different parsers would read differently, or read as something else.

    An encoding other than UTF-8, a duplicate key, a number such as `1E+3` or `NaN`, or one with more digits than are
    kept. None for what is not a JSON object; whatever parses the body reports what is wrong with it.
    """
    if is_json(content_type) and not _is_utf_8(body):
        return FieldError(field="body", message=NOT_UTF_8)
    if body.lstrip().startswith((b"{", b"[")):
        return _fault_of_object(body)
    return None


def _fault_of_object(body: bytes) -> FieldError | None:
    try:
        # Integers are exact, and converting one of thousands of digits would raise an error.
        json.loads(body, object_pairs_hook=_object, parse_float=_number, parse_constant=_number, parse_int=len)
    except _Repeated as repeated:
        return FieldError(field=str(repeated)[:200], message="is given more than once")
    except _NotPlain as number:
        return FieldError(field="body", message=f"contains {str(number)[:40]}; each number {PLAIN_NUMBER}")
    except _NotKept as number:
        return FieldError(field="body", message=f"contains {str(number)[:40]}, which {IN_QUOTES}")
    except (ValueError, RecursionError):
        return None
    return None


def _is_utf_8(body: bytes) -> bool:
    """Python's parser guesses the encoding from the first bytes, and accepts lone surrogates."""
    if json.detect_encoding(body) != "utf-8":
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class _GoneError(Exception):
    """The client disconnected while sending the body."""


class BodyLimit:
    """Reads the body before the application does, and refuses it once it is too large or too slow.

    A Content-Length is trusted only if it is too large: then nothing is read at all. JSON is checked only under
    `json_under`: elsewhere a signature must be checked first.
    """

    def __init__(
        self, app: ASGIApp, largest: int = LARGEST_BODY, seconds: float = MAX_BODY, json_under: str = "/"
    ) -> None:
        self._app = app
        self._json_under = json_under
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self._app(scope, receive, _closing(send) if _has_body(scope) else send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = None if self._says_too_much(scope) else await self._read(receive)
        except _GoneError:
            return  # an incomplete body is never processed, and there is no one left to answer
        except TimeoutError:
            slow = NotAcceptable(
                408, f"The body must arrive within {self._seconds:g} seconds.", remedy="Send it again."
            )
            await answer(of_refusal(slow.refused, status=slow.status))(scope, receive, _closing(send))
            return
        if body is None:
            refusal = NotAcceptable(
                413, f"A body has at most {self._largest:,} bytes.", remedy="Split it into several requests."
            )
            await answer(of_refusal(refusal.refused, status=refusal.status))(scope, receive, _closing(send))
            return
        if (error := self._fault(scope, body)) is not None:
            await answer(of_refusal(InputRefused(error).refused, (error,)))(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _fault(self, scope: Scope, body: bytes) -> FieldError | None:
        if not scope["path"].startswith(self._json_under):
            return None
        return fault_of_json(body, Headers(scope=scope).get("content-type", ""))

    def _says_too_much(self, scope: Scope) -> bool:
        said = dict(scope["headers"]).get(b"content-length", b"0")
        return said.isdigit() and int(said[:20]) > self._largest

    async def _read(self, receive: Receive) -> bytes | None:
        """Returns the body, or None if it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > self._largest:
                return None
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _has_body(scope: Scope) -> bool:
    """True if a body is announced for a method that takes none."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _closing(send: Send) -> Send:
    """Closes the connection after the answer: the rest of the body would hold it for as long as it trickles in."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return closing


def _again(body: bytes, receive: Receive) -> Receive:
    """Replays the body that was read, then passes on whatever else is received."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
