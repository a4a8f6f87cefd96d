"""A real SMTP server, the running stack, and a deal whose client is asked to confirm the needs."""

import email
import email.policy
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller

from adapters.db.leases import Leases
from adapters.db.outbox import OutboxEntry, State
from adapters.db.queueing import queue
from adapters.mail.smtp import MailServer, Post, Tls
from api.app import create_app
from application.magic_links.links import Links
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.mail import MailChannel
from domain.asks.model import Ask
from domain.asks.subject_texts import ENGLISH_NOW
from domain.record.facts import Message
from domain.shared.values import AskId, PersonId, digest
from tests.api.played import CLIENT, DEAL, SELLER, Played
from tests.clock import CLOCK
from tests.ports import free_ports
from tests.stack import Json, Stack, stack, temporal_server

__all__ = ["stack", "temporal_server"]

SENDER = "Interlock <interlock@fjordline.example>"
PUBLIC = "https://interlock.fjordline.example"
NUMBERS = count(1)


@dataclass
class Mailbox:
    """What an SMTP server took, and what it answers to recipients and messages."""

    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 taken"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 -- aiosmtpd's
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- as above
        if self.data_answer.startswith("250"):
            self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.recipients += envelope.rcpt_tos
        return self.data_answer

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.received if address in str(message["To"])]


@dataclass
class Server:
    """A running SMTP server."""

    mailbox: Mailbox
    port: int

    def described(self, **more: Any) -> MailServer:
        return MailServer("127.0.0.1", self.port, Tls.NONE, SENDER)._replace(**more)


@pytest.fixture
def smtp() -> Iterator[Server]:
    (port,) = free_ports(1)
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield Server(mailbox, port)
    controller.stop()


@pytest.fixture(scope="session")
def links() -> Links:
    return Links(b"a secret of the tests, and of nothing else", PUBLIC, now=CLOCK)


@pytest_asyncio.fixture(scope="session")
async def browser(stack: Stack, links: Links) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has no token and opens links."""
    transport = httpx.ASGITransport(create_app(stack.app, links=links), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC, timeout=60) as http:
        yield http


@dataclass
class MailEnv:
    """Tells what is put into the outbox by mail."""

    stack: Stack
    smtp: Server
    links: Links
    dispatcher: NotificationDispatcher
    now: list[datetime]

    def put(
        self,
        to: str,
        kind: str,
        text: str,
        ask: str | None = None,
        *,
        step: str | None = None,
        keep: bool = False,
        stream: str = "tests",
    ) -> str:
        """Queues a message, and puts aside what the stack wants told (or keeps all that waits); gives its key."""
        for waiting in self.stack.app.outbox.in_state(State.WAITING, 10_000):
            if waiting.stream != "tests" and not keep:
                self.stack.app.outbox.give_up(waiting.key, "of no interest here")
        key = f"tests#{next(NUMBERS)}:{kind}:{to}"
        with self.stack.database.begin() as connection:
            message = Message(key=key, to=to, kind=kind, stream=stream, ask_id=ask, step=step, text=text)
            queue(connection, [message], CLOCK())
        return key

    def row(self, key: str) -> OutboxEntry:
        rows = (row for state in State for row in self.stack.app.outbox.in_state(state, 10_000))
        return next(row for row in rows if row.key == key)

    async def told(self, key: str) -> OutboxEntry:
        """The row of a message after as many rounds as whatever waits before it takes."""
        for _ in range(100):
            await self.dispatcher.dispatch_due()
            if self.row(key).tried_at is not None or self.row(key).sent_at is not None:
                break
        return self.row(key)

    async def tell_all(self) -> None:
        """Tells until nothing is due."""
        for _ in range(100):
            if not self.stack.app.outbox.due(self.now[0]):
                return
            await self.dispatcher.dispatch_due()

    def mail(self, to: str) -> EmailMessage:
        """The one mail to somebody."""
        (message,) = self.smtp.mailbox.to(f"{to}@")
        return message


@pytest.fixture
def env(stack: Stack, smtp: Server, links: Links) -> MailEnv:
    now = [CLOCK()]
    for waiting in stack.app.outbox.in_state(State.WAITING, 10_000):
        stack.app.outbox.give_up(waiting.key, "of another test")
    channel = MailChannel(stack.app, Post(smtp.described(), timeout_seconds=2), links, SENDER)
    return MailEnv(
        stack, smtp, links, NotificationDispatcher(stack.app, Leases(stack.database), [channel], lambda: now[0]), now
    )


@dataclass
class Asked:
    """A deal in which somebody is asked something, and the link that opens it."""

    deal: Played
    ask: Json
    links: Links
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> AskId:
        return AskId(str(self.ask["id"]))

    @property
    def version(self) -> str:
        """As the page carries it before anybody has answered."""
        return digest([0, None])[:12]

    def key(self, person: PersonId = CLIENT) -> str:
        """The one key that each person got: another second, another key."""
        return self.keys.setdefault(person, self.links.key(self.id, person, self.mailbox(person)))

    def mailbox(self, person: PersonId) -> str:
        known = self.deal.stack.directory.person(person)
        return known.email if known else f"{person}@nowhere.example"

    def link(self, person: PersonId = CLIENT) -> str:
        return f"{PUBLIC}/asks/{self.id}?key={self.key(person)}"

    def form(self, verdict: str, person: PersonId = CLIENT, **more: str) -> dict[str, str]:
        """What the page sends."""
        shown = {"subject_hash": self.ask["subject_hash"], "read_in": ENGLISH_NOW, "version": self.version}
        return {"key": self.key(person), **shown, "verdict": verdict} | more

    @property
    def now(self) -> Ask:
        known = self.deal.stack.app.read.ask(self.id)
        assert known is not None
        return known


@pytest_asyncio.fixture
async def confirming(stack: Stack, links: Links) -> Asked:
    """The client's sponsor is asked to confirm the needs."""
    deal = await restated(stack, DEAL["needs"][0]["text"])
    return Asked(deal, await deal.ask("confirm_needs"), links)


async def restated(stack: Stack, need: str, title: str = DEAL["title"]) -> Played:
    deal = await Played(stack).start(title)
    await deal.do(SELLER, "POST", "/needs", {"needs": [DEAL["needs"][0] | {"text": need}]})
    await deal.do(SELLER, "POST", "/needs/restate")
    return deal


class _Forms(HTMLParser):
    """The forms of a page: the hidden fields of each, and every name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.names: list[set[str]] = []
        self.filled: list[dict[str, str]] = []
        self._into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append({})
            self.names.append(set())
            self.filled.append({})
        if tag in {"input", "textarea", "select"} and given.get("name"):
            self.names[-1].add(str(given["name"]))
            self.filled[-1][str(given["name"])] = given.get("value") or ""
            self._into = str(given["name"]) if tag == "textarea" else ""
            if given.get("type") == "hidden":
                self.found[-1][str(given["name"])] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._into:
            self.filled[-1][self._into] += data

    def handle_endtag(self, tag: str) -> None:
        self._into = "" if tag == "textarea" else self._into


def filled_in(page: str, verdict: str) -> dict[str, str]:
    """All that the form of a verdict would send as it stands."""
    parser = _Forms()
    parser.feed(page)
    return next(form for form in parser.filled if form.get("verdict") == verdict)


def forms_of(page: str) -> dict[str, dict[str, str]]:
    """The hidden fields of each form on a page, by its verdict."""
    reader = _Forms()
    reader.feed(page)
    return {form["verdict"]: form for form in reader.found}


def link_in(message: EmailMessage) -> str:
    """The link of a mail, from its text."""
    text = body_of(message, "plain")
    found = re.search(r"Open it: (\S+)", text)
    assert found is not None, text
    return found[1]


def body_of(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
