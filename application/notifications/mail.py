"""Mail, the channel for those whom no other reaches: a client's person, a colleague without an account, a broken Slack.

A mail says what was so when it was sent; it cannot be changed after. So it decides nothing: its link opens the ask as
it is by then. Whether it is sent at all is decided before, for every channel
(`application/notifications/relevance.py`).

Its reader must be able to tell it from a forged one: it names the firm and one of its people, who can be asked.
"""

from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, Protocol

from adapters.clock import Now
from adapters.console_commands import with_commands
from adapters.db.outbox import OutboxEntry
from adapters.delivery import Unreachable
from adapters.mail.folder import MailFolder
from adapters.mail.letters import Frame, Letter, OpenedBy, Stamp, ask_letter, compose, notice_letter
from adapters.mail.smtp import MailServer, Post
from application.context import Interlock
from application.magic_links.links import Links
from application.off_loop import off_loop
from domain.asks.card import Card
from domain.asks.model import Outcome
from domain.asks.signature_record import how_client_signs, how_firm_signs
from domain.directory.directory import Directory
from domain.directory.people import MANAGING_DIRECTOR, Person
from domain.next_steps.client_view import whom_to_write_to
from domain.notifications.notices import ABOUT_THE_SYSTEM
from domain.shared.calendar import shown
from domain.shared.streams import engagement_of
from domain.shared.values import PersonId

NAME = "mail"
# The sender of mail that is only stored, if none is set: no real mailbox, as nothing is sent.
KEPT_FROM = "Interlock <interlock@localhost>"


class Outgoing(Protocol):
    """Where a mail is handed over for delivery."""

    async def send(self, message: EmailMessage) -> None:
        """Hands over a mail, for its recipients. Raises Unreachable, RetryLater."""


class MailChannel:
    """Sends messages by mail."""

    name = NAME
    follows = False

    def serves(self, person: Person) -> bool:  # noqa: ARG002 -- everybody
        """True for everyone."""
        return True

    def __init__(
        self,
        app: Interlock,
        post: Outgoing,
        links: Links,
        sender: str,
        now: Now | None = None,
    ) -> None:
        """`sender`: the address that mail comes from, perhaps as `Name <address>`."""
        self._app = app
        self._post = post
        self._links = links
        self._sender = sender
        self._now = now or app.clock

    async def tell(
        self,
        person: Person,
        message: OutboxEntry,
        *,
        again: bool,  # noqa: ARG002 -- the same letter
        card: Card | None = None,
    ) -> str:
        """Sends it; what went out unnoticed goes out again under the same id. Raises: Unreachable, RetryLater."""
        frame = await self._frame(person, message, card)
        letter = self._letter(person, message, frame, card)
        stamp = Stamp(key=message.key, about=message.ask_id, at=self._now())
        try:
            mail = compose(letter, person, frame.letter, stamp)
        except ValueError as wrong:
            raise Unreachable(f"{person.email[:100]!r} {wrong}") from wrong
        await self._post.send(mail)
        return NAME

    async def left_out(self, message: OutboxEntry) -> None:
        """Does nothing: what may have been sent cannot be changed."""

    async def follow(self, step: str) -> bool:  # noqa: ARG002 -- none
        """Does nothing: what was sent cannot be changed."""
        return True

    def _letter(self, person: Person, message: OutboxEntry, frame: "_Framed", card: Card | None) -> Letter:
        """The mail for a message."""
        if card is None:
            return notice_letter(frame.letter, message.text)
        now = self._now()
        address = self._links.link(card.ask_id, person.id, person.email)
        link = OpenedBy(address, shown(self._links.good_until(now), frame.zone), _what_its_link_does(card))
        if card.outcome is Outcome.OPEN:
            lead = None if message.kind == "ask" else message.text
            return ask_letter(frame.letter, card, link, lead, _signing(person, frame.whom, card))
        return notice_letter(frame.letter, message.text, link, card)

    async def _frame(self, person: Person, message: OutboxEntry, card: Card | None) -> "_Framed":
        """Which firm and which of its people it comes from."""
        directory = await off_loop(self._app.registry.directory)
        engagement_id = card.engagement_id if card else engagement_of(message.stream)
        state = await off_loop(lambda: self._app.read.engagement(engagement_id))
        answers = None if state is None or message.kind in ABOUT_THE_SYSTEM else state.manager
        writes = _who_writes(directory, person, card.asked_by if card else None, answers)
        asks = card is not None and card.outcome is Outcome.OPEN and card.asked_by == writes.id
        frame = Frame(person.name, directory.firm, writes.name, writes.email, self._sender, asks)
        whom = whom_to_write_to(state, directory) if state else f"{writes.name} ({writes.email})"
        return _Framed(frame, directory.zone_of(person.id) or directory.zone, whom)


def _what_its_link_does(card: Card) -> str:
    """What the link of a mail allows its reader to do, as of when the mail is written."""
    if card.outcome is not Outcome.OPEN:
        return "shows how this ended"
    if not card.choices:
        return "shows the current state"
    if card.is_signature:
        return "shows what is to be signed, in its current state; there you can return it or ask back"
    return "shows the current state, and takes your answer"


def _signing(reader: Person, whom: str, card: Card) -> str | None:
    """How to sign, if it asks its reader for a signature: the mail's link does not."""
    if not (card.is_signature and card.choices):
        return None
    if reader.client is not None:
        return how_client_signs(card.kind, whom)
    return with_commands(how_firm_signs(card.ask_id))


class _Framed(NamedTuple):
    """The frame of a mail, and its reader's zone."""

    letter: Frame
    zone: str
    whom: str
    """The person in the firm whom its reader can ask, by name and address."""


def _who_writes(directory: Directory, reader: Person, asks: PersonId | None, answers: PersonId | None) -> Person:
    """Who asks; for news, who answers for the engagement, else for the system. No one writes to themselves."""
    keep = (directory.house_roles.get("administrator"), directory.house_roles.get("ops"))
    asked = (asks, answers, *keep, directory.positions[MANAGING_DIRECTOR])
    known = (directory.colleague(person_id) for person_id in asked if person_id is not None)
    found = [person for person in known if person is not None]
    return next((person for person in found if person.id != reader.id), found[-1])


def mail_channel(app: Interlock, server: MailServer, links: Links) -> MailChannel:
    """Mail by this server, as the composition root wires it."""
    return MailChannel(app, Post(server), links, server.sender)


def kept_mail_channel(app: Interlock, folder: Path, links: Links, sender: str | None) -> MailChannel:
    """Mail that is stored in this folder, in development."""
    return MailChannel(app, MailFolder(folder), links, sender or KEPT_FROM)
