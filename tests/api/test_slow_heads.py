"""A connection is not held by who sends half a request line, or half of its headers."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http import PromptProtocol
from api.limits import BodyLimit
from tests.ports import free_ports

WHOLE = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"


class _Impatient(PromptProtocol):
    longest_head = 0.5


async def _hello(scope: Scope, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await asyncio.sleep(1)  # longer than a head may take: that time is ours
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    """Where a server listens."""
    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(_hello, port=port, log_level="error", http=_Impatient, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- the server has no event for it
        await asyncio.sleep(0.02)
    yield port
    server.should_exit = True
    await serving


@pytest.mark.parametrize("half", [b"", b"GE", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: here\r\nx-a: 1\r\n"])
async def test_half_a_head_is_cut(port: int, half: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(half)
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_who_sends_a_byte_at_a_time_gains_nothing(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer, began = asyncio.create_task(reader.read()), time.monotonic()
    while not answer.done() and time.monotonic() - began < 5:
        writer.write(b"G")
        await asyncio.sleep(0.1)
    assert answer.done()
    writer.close()


async def test_a_slow_answer_and_a_second_request_are_left_alone(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(WHOLE)
        assert (await asyncio.wait_for(reader.readuntil(b"hi"), 5)).startswith(b"HTTP/1.1 200 ")
    writer.write(b"GET / HT")
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest_asyncio.fixture
async def limited() -> AsyncIterator[int]:
    """Where a server listens that reads bodies within their bounds."""
    (port,) = free_ports(1)
    app = BodyLimit(_hello, largest=10)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", http=PromptProtocol, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- the server has no event for it
        await asyncio.sleep(0.02)
    yield port
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1\r\nhost: here\r\ncontent-length: 1000000", 200),
        ("GET / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked", 200),
        ("HEAD / HTTP/1.1\r\nhost: here\r\ncontent-length: 5", 200),
        ("POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 1000000", 413),
    ],
)
async def test_whoever_trickles_in_a_body_that_nobody_reads_is_answered_and_cut(
    limited: int, head: str, status: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", limited)
    writer.write(f"{head}\r\n\r\n".encode())
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)).startswith(f"HTTP/1.1 {status} ".encode())
    rest, began = asyncio.create_task(reader.read()), time.monotonic()
    while not rest.done() and time.monotonic() - began < 8:
        writer.write(b"1")
        await asyncio.sleep(0.2)
    assert rest.done()
    rest.exception()  # the server may have reset the connection
    writer.close()


async def test_a_connection_serves_a_second_request_after_one_without_a_body(limited: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", limited)
    for _ in range(2):
        writer.write(WHOLE)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert b"connection: close" not in head
        assert await reader.readexactly(2) == b"hi"
    writer.close()
