"""A real OpenID provider, and pages that sign people in through it."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
import pytest_asyncio

from adapters.oidc.provider import CALLBACK, OidcClient, OidcProvider
from api.app import SignIn, create_app
from demo.slack.emulator import node_program
from tests.ports import free_ports
from tests.stack import Stack, stack, temporal_server

__all__ = ["stack", "temporal_server"]

SITE = "http://pages.example"
PROGRAM = Path(__file__).parent / "provider.mjs"


@dataclass
class ProviderServer:
    """A running provider."""

    issuer: str

    def rotate(self) -> None:
        """Replaces the signing key; what was signed with the old one is not accepted any more."""
        assert httpx.post(f"{self.issuer}/__rotate").text == "rotated"

    def client(self, **more: str) -> OidcClient:
        return OidcClient(self.issuer, "interlock", "kept by both", f"{SITE}{CALLBACK}")._replace(**more)


@pytest.fixture(scope="session")
def provider_server() -> Iterator[ProviderServer]:
    (port,) = free_ports(1)
    command = [node_program(), str(PROGRAM), str(port), f"{SITE}{CALLBACK}", f"{SITE}/sign-in"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline().strip() == "ready"
        yield ProviderServer(f"http://127.0.0.1:{port}")
        running.terminate()


@dataclass
class Browser:
    """A browser that goes between the pages and the provider, each with cookies of its own."""

    pages: httpx.AsyncClient
    elsewhere: httpx.AsyncClient

    async def sign_in(self, email: str, to: str = "/inbox") -> httpx.Response:
        """Signs in at the provider with this address; what the pages answer in the end."""
        return await self.come_back(await self.at_provider(email, to))

    async def at_provider(self, email: str, to: str = "/inbox") -> str:
        """Signs in at the provider; the address of ours to which it sends the browser back."""
        begun = await self.pages.get("/sign-in/with-provider", params={"to": to})
        assert begun.status_code == 303
        return await self.follow(begun.headers["location"], email)

    async def follow(self, address: str, email: str) -> str:
        """Goes through the provider's own pages until it leads back to ours."""
        answer = await self.elsewhere.get(address)
        for _ in range(20):
            if answer.is_redirect:
                address = urljoin(str(answer.url), answer.headers["location"])
                if address.startswith(SITE):
                    return address
                answer = await self.elsewhere.get(address)
                continue
            form = dict(re.findall(r'name="(\w+)" value="(\w*)"', answer.text))
            where = re.findall(r'action="([^"]+)"', answer.text)[0]
            answer = await self.elsewhere.post(
                urljoin(str(answer.url), where), data=form | {"login": email, "password": "any"}
            )
        raise AssertionError("the provider never led back")

    async def come_back(self, address: str) -> httpx.Response:
        return await self.pages.get(address)


@pytest_asyncio.fixture
async def browser(stack: Stack, provider_server: ProviderServer) -> AsyncIterator[Browser]:
    provider = OidcProvider(provider_server.client())
    app = create_app(stack.app, sign_in=SignIn(provider, b"a secret of the tests", SITE))
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE) as pages,
        httpx.AsyncClient(timeout=20) as elsewhere,
    ):
        yield Browser(pages, elsewhere)
