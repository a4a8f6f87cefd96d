"""What a body says, it says once, whole, and within its bounds of bytes and seconds."""

import asyncio
import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from starlette.types import Message, Receive, Scope, Send

from api.limits import LARGEST_BODY, BodyLimit, fault_of_json
from domain.shared.values import Amount


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'[{"x": 1}, {"x": 1, "x": 2}]', "x"),
        (b'  {"\\u0061": 1, "a": 2}', "a"),
        (b'{"n": %b, "a": 1, "a": 1}' % (b"9" * 5000), "a"),
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


def test_a_key_given_twice_is_found_at_once_among_as_many_as_a_body_holds() -> None:
    keys = [f"{number:05x}" for number in range(LARGEST_BODY // 11)]
    members = ",".join(f'"{key}": 1' for key in (*keys, keys[-1]))
    body = f"{{{members}}}".encode()
    began = time.monotonic()
    fault = fault_of_json(body)
    assert time.monotonic() - began < 5
    assert fault is not None
    assert fault.field == keys[-1]


@pytest.mark.parametrize("number", ["1E+3", "1e3", "1.5e-7", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_no_plain_decimal_is_found(number: str) -> None:
    fault = fault_of_json(f'{{"price": {number}}}'.encode())
    assert fault is not None
    assert (fault.field, number in fault.message, "as 1234.50" in fault.message) == ("body", True, True)


@pytest.mark.parametrize("number", ["0", "-3", "1234.50", "1000000000000"])
def test_a_plain_number_is_taken(number: str) -> None:
    assert fault_of_json(f'{{"price": {number}}}'.encode()) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": 1E+3}', '{"a": 1}'])
def test_json_in_another_encoding_is_refused_by_the_encoding_wanted(text: str, encoding: str) -> None:
    fault = fault_of_json(text.encode(encoding))
    assert fault is not None
    assert "in UTF-8, without a byte-order mark" in fault.message


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b'"\xff"'])
def test_json_that_is_no_utf_8_is_refused(body: bytes) -> None:
    assert fault_of_json(body) is not None


@pytest.mark.parametrize("kind", ["Application/JSON ; charset=utf-16", "application/merge-patch+json"])
def test_whatever_is_read_as_json_is_judged(kind: str) -> None:
    assert fault_of_json("{}".encode("utf-16"), kind) is not None


def test_a_file_that_is_no_json_may_begin_with_a_byte_order_mark() -> None:
    assert fault_of_json("title: Plan".encode("utf-8-sig"), "application/yaml") is None


ROUNDED = (
    "100000000000.12000001",
    "250000.000000000001",
    "999999999999.999999",
    "99999999999.1234567",
    "-0.1234567890123456789",
    f"0.{'0' * 400}1",
    f"{'9' * 400}.5",
)


@pytest.mark.parametrize("number", ROUNDED, ids=range(len(ROUNDED)))
def test_a_number_that_would_be_rounded_is_to_be_written_in_quotes(number: str) -> None:
    for body in (f'{{"price": {number}}}', f'[{{"rows": [{number}]}}]'):
        fault = fault_of_json(body.encode())
        assert fault is not None
        assert (number[:40] in fault.message, "in quotes" in fault.message) == (True, True)
    assert fault_of_json(f'{{"price": "{number}"}}'.encode()) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_number_of_fifteen_digits_is_taken_and_kept(number: Decimal) -> None:
    text = format(number, "f")
    assert fault_of_json(f"[{text}]".encode()) is None
    assert TypeAdapter(Amount).validate_python(json.loads(text)) == number


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
