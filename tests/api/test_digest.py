"""Today's digest over REST and on the command line: one's own, and the administrator's view of another's."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import uvicorn

from adapters.db.outbox import Outbox
from tests.api.played import ADMINISTRATOR, CLIENT, DIRECTORY, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.clock import CLOCK
from tests.stack import ROOT, Json, Stack

HEAD_OF_DELIVERY, IDLE, ASKED = "priya.raman", "una.idle", "nadia.haddad"


@pytest_asyncio.fixture(scope="module")
async def waiting(stack: Stack) -> str:
    """A new deal in which somebody is asked to be project manager, who is asked nothing else."""
    deal = await Played(stack).start("Under way")
    await deal.do(HEAD_OF_DELIVERY, "PUT", "/roles/project_manager", {"person_id": ASKED})
    return deal.engagement


def section(digest: Json, heading: str) -> str:
    """The part of a digest under a heading; nothing where it has none."""
    parts = digest["text"].split("\n\n")[1:]
    return next((part for part in parts if part.startswith(heading)), "")


@pytest.mark.clock
@pytest.mark.usefixtures("waiting")
async def test_a_digest_shows_what_waits_for_its_person(stack: Stack) -> None:
    digest = await stack.get(ASKED, "/digest")
    assert (digest["person_id"], digest["zone"]) == (ASKED, "Europe/Berlin")
    assert digest["day"] == str(CLOCK().astimezone(ZoneInfo("Europe/Berlin")).date())
    assert "Will you be project manager of Under way?" in section(digest, "Waits for you")


@pytest.mark.clock
async def test_a_digest_shows_whom_its_person_waits_for(stack: Stack, waiting: str) -> None:
    awaited = section(await stack.get(HEAD_OF_DELIVERY, "/digest"), "You wait for")
    lines = [line for line in awaited.splitlines() if waiting in line]
    assert [line.partition(", since")[0] for line in lines] == ["- Nadia Haddad"]
    assert section(await stack.get(SELLER, "/digest"), "You wait for"), "who sells waits for all of it"


async def test_a_digest_shows_vacancies_to_the_head_of_the_function(stack: Stack, waiting: str) -> None:
    assert section(await stack.get(SPONSOR, "/digest"), "Vacant")
    assert waiting


@pytest_asyncio.fixture
async def idle(stack: Stack) -> AsyncIterator[str]:
    """Somebody new, of whom no other deal on this stack wants anything; gone again with the next file."""
    known = {"name": "Una Idle", "email": "una.idle@fjordline.example", "calendar": "DE", "roles": []}
    await stack.done(ADMINISTRATOR, "PUT", f"/people/{IDLE}", known)
    stack.tokens[IDLE] = (await stack.done(ADMINISTRATOR, "POST", "/tokens", {"person_id": IDLE, "note": "tests"}))[
        "token"
    ]
    yield IDLE
    headers = {"Content-Type": "application/yaml"}
    await stack.done(ADMINISTRATOR, "POST", "/people/import", content=DIRECTORY.encode(), headers=headers)


@pytest.mark.clock
async def test_with_nothing_to_say_there_is_no_text(stack: Stack, idle: str) -> None:
    assert (await stack.get(idle, "/digest"))["text"] is None


async def test_a_digest_is_its_persons_own_and_the_administrators_to_look_at(stack: Stack, waiting: str) -> None:
    assert waiting in (await stack.get(ADMINISTRATOR, "/digest", person_id=ASKED))["text"]
    problem_of(await stack.call(SELLER, "GET", "/digest", params={"person_id": ASKED}), 403)
    assert (await stack.get(ASKED, "/digest", person_id=ASKED))["person_id"] == ASKED
    problem_of(await stack.call(CLIENT, "GET", "/digest"), 403)
    for nobody in ("nobody", CLIENT):
        problem_of(await stack.call(ADMINISTRATOR, "GET", "/digest", params={"person_id": nobody}), 404)


async def test_looking_at_a_digest_sends_none(stack: Stack, waiting: str) -> None:
    assert waiting
    await stack.get(ASKED, "/digest")
    assert Outbox(stack.database).of_stream("digest/Europe-Berlin") == ()


# -- the command line


@pytest_asyncio.fixture(scope="module")
async def address(stack: Stack) -> AsyncIterator[str]:
    """The API on a port, for a client of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        config = uvicorn.Config(stack.api, log_level="error", lifespan="off", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def printed(stack: Stack, address: str, who: str, *options: str) -> tuple[int, str]:
    """Exit code and output of a process of its own, as a person runs it."""
    command = [sys.executable, "-m", "cli", "digest", "show", "--url", address, *options]
    env = {**os.environ, "INTERLOCK_TOKEN": stack.tokens[who], "PYTHONPATH": str(ROOT)}
    run = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


@pytest.mark.usefixtures("waiting")
async def test_the_command_line_prints_a_digest(stack: Stack, idle: str, address: str) -> None:
    code, text = await printed(stack, address, ADMINISTRATOR, "--person", ASKED)
    assert code == 0
    assert "Will you be project manager of Under way?" in text
    assert await printed(stack, address, idle) == (0, "Nothing to say: no digest is sent.\n")
