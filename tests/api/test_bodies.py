"""What a body says, it says once, whole, and within its bounds of bytes and seconds."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.limits import BodyLimit, fault_of_json


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'[{"x": 1}, {"x": 1, "x": 2}]', "x"),
        (b'  {"\\u0061": 1, "a": 2}', "a"),
        (b'{"a": 1, "b": {"a": 1}}', None),
        (b'{"a": 1, "a": ', None),
        (b"id,hours\nW1,3", None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_a_key_given_twice_is_found(body: bytes, key: str | None) -> None:
    fault = fault_of_json(body)
    assert (fault.field if fault else None) == key


@pytest.mark.parametrize("number", ["1E+3", "1e3", "1.5e-7", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_no_plain_decimal_is_found(number: str) -> None:
    fault = fault_of_json(f'{{"price": {number}}}'.encode())
    assert fault is not None
    assert (fault.field, number in fault.message, "as 1234.50" in fault.message) == ("body", True, True)


@pytest.mark.parametrize("number", ["0", "-3", "1234.50", "1000000000000"])
def test_a_plain_number_is_taken(number: str) -> None:
    assert fault_of_json(f'{{"price": {number}}}'.encode()) is None


async def _answered(*messages: Message, length: bytes | None = None) -> tuple[list[bytes], list[int], int]:
    """Bodies that the application saw, statuses that were answered, and how often a message was asked for."""
    seen: list[bytes] = []
    statuses: list[int] = []
    asked = 0

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append((await receive())["body"])

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        if asked > len(messages):
            await asyncio.Event().wait()  # the sender falls silent
        return messages[asked - 1]

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-length", length)] if length else []
    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await asyncio.wait_for(BodyLimit(app, largest=10, seconds=0.05)(scope, receive, send), 5)
    return seen, statuses, asked


HALF: Message = {"type": "http.request", "body": b"half", "more_body": True}


async def test_a_body_that_stops_half_way_is_cut() -> None:
    assert await _answered(HALF) == ([], [408], 2)


async def test_half_a_body_is_not_taken_for_a_whole_one_when_its_sender_goes() -> None:
    assert await _answered(HALF, {"type": "http.disconnect"}) == ([], [], 2)


async def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    assert await _answered(HALF, length=b"11") == ([], [413], 0)


async def test_a_whole_body_reaches_the_application() -> None:
    assert await _answered({"type": "http.request", "body": b"whole", "more_body": False}) == ([b"whole"], [], 1)
