"""A real browser before the pages of a running stack, served on a port."""

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright

from api.app import create_app
from tests.stack import Stack, stack, temporal_server

__all__ = ["stack", "temporal_server"]

# Where pictures are left.
PICTURES = Path(__file__).parents[2] / "build" / "looks"
# A closed network: what a browser asks for by itself would only wait.
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass
class Site:
    """The pages at an address, and a browser."""

    address: str
    chromium: Browser
    stack: Stack

    async def person(self, name: str, *, width: int = 1280, dark: bool = False) -> "Person":
        """Someone who has signed in by the click that development has."""
        context = await self.chromium.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
        )
        person = Person(name, context, await context.new_page())
        person.watch()
        await person.open("/sign-in?to=/inbox")
        await person.page.get_by_role("button", name=name).click()
        await person.page.wait_for_url("**/inbox")
        return person


class Person:
    """Someone before a screen. What the browser complains of is kept in `complaints`."""

    def __init__(self, name: str, context: BrowserContext, page: Page) -> None:
        self.name, self.context, self.page = name, context, page
        self.complaints: list[str] = []

    def watch(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if "Security Policy" in said.text else None
        )

    async def open(self, path: str) -> Response:
        answer = await self.page.goto(path, wait_until="load")
        assert answer is not None
        return answer

    async def press(self, label: str) -> None:
        """Presses the button or link of this name, and waits until the next page is there."""
        both = self.page.get_by_role("button", name=label, exact=True).or_(
            self.page.get_by_role("link", name=label, exact=True)
        )
        await both.first.click()
        await self.page.wait_for_load_state("load")


def chromium_program() -> str:
    """The machine's Chromium; `make browser` installs one. Fails if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert found, "There is no Chromium here: run make browser, or set CHROMIUM to the program"
    return found


@pytest_asyncio.fixture(scope="session")
async def site(stack: Stack) -> AsyncIterator[Site]:
    api = create_app(stack.app, is_development=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(api, log_level="error", lifespan="off", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=chromium_program(), args=ALONE)
            yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", chromium, stack)
            await chromium.close()
        api.state.is_stopping = True
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


@pytest.fixture(scope="session")
def pictures() -> Path:
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
