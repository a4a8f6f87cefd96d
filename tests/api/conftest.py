"""The running stack, and a small deal played through it once, over every route."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
import uvicorn

from tests.api.command_line import run
from tests.api.played import Played, play_beside, read_everything
from tests.databases import postgres, url
from tests.stack import Stack, stack, temporal_server

__all__ = ["postgres", "run", "stack", "temporal_server", "url"]


@pytest_asyncio.fixture(scope="session")
async def seen_operations() -> set[tuple[str, str, int]]:
    """Method, path and status of what was answered while the deal was played."""
    return set()


@pytest_asyncio.fixture(scope="session")
async def answers() -> dict[str, list[bytes]]:
    """The bodies in JSON that came from each address while the deal was played."""
    return {}


@pytest_asyncio.fixture(scope="session")
async def played(
    stack: Stack, seen_operations: set[tuple[str, str, int]], answers: dict[str, list[bytes]]
) -> AsyncIterator[Played]:
    """The small deal, closed."""

    async def note(answer: httpx.Response) -> None:
        seen_operations.add((answer.request.method, answer.request.url.path, answer.status_code))
        if "json" in answer.headers.get("content-type", ""):
            answers.setdefault(f"{answer.request.method} {answer.request.url.path}", []).append(await answer.aread())

    stack.http.event_hooks["response"].append(note)
    story = await Played(stack).play()
    await play_beside(stack)
    await read_everything(story)
    for path in ("/health", "/ready"):
        await stack.http.get(path)
    stack.http.event_hooks["response"].remove(note)
    yield story


@pytest_asyncio.fixture(scope="module")
async def address(stack: Stack) -> AsyncIterator[str]:
    """The API on a port, since schemathesis speaks HTTP from a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(stack.api, log_level="error", lifespan="off", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))  # who comes before it accepts waits
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def matches(template: str, path: str) -> bool:
    """Whether an address is one of a path of the description."""
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template.replace(".", r"\.")), path) is not None
