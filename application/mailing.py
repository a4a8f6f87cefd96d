"""Mail, the face for whoever no other face reaches: a client's person, a colleague without an account, a broken Slack.

A mail is what was so when it was sent; it cannot be changed after. So it decides nothing: its link opens the ask as it
is by then. What has ended before it is told is not mailed at all, since its outcome is told by a message of its own.
"""

from typing import NamedTuple

from adapters.clock import Now
from adapters.letters import Letter, Stamp, ask_letter, compose, notice_letter
from adapters.mail import MailServer, Post, PostAway, Undeliverable
from adapters.tables import OutboxRow
from application.cards import card_of
from application.interlock import Interlock
from application.links import Links
from application.telling import TO_BE_DONE, Patience, Unreachable
from domain.asks import Outcome
from domain.card import Card
from domain.people import Person
from domain.refusals import NotFound, NotYours

NAME = "mail"
TOLD_BY_ITS_OWN = f"{NAME}: told by its own ask"
ENDED_BEFORE = f"{NAME}: ended before it was told"
PASSED_ON = f"{NAME}: passed to another before it was told"


class _NotTold(NamedTuple):
    """Why nothing is sent."""

    how: str


class MailFace:
    """Tells people by mail."""

    name = NAME
    follows = False

    def serves(self, person: Person) -> bool:  # noqa: ARG002 -- everybody
        """Everybody."""
        return True

    def __init__(
        self,
        app: Interlock,
        post: Post,
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

    async def tell(self, person: Person, message: OutboxRow, *, again: bool) -> str:  # noqa: ARG002 -- the same letter
        """Sends it; what went out unseen goes out again under the same id. Raises: Unreachable, Patience."""
        found = await self._letter(person, message)
        if isinstance(found, _NotTold):
            return found.how
        stamp = Stamp(key=message.key, about=message.ask, at=self._now())
        try:
            mail = compose(found, person, self._sender, stamp)
        except ValueError as wrong:
            raise Unreachable(f"{person.email[:100]!r} {wrong}") from wrong
        try:
            await self._post.send(mail)
        except Undeliverable as refused:
            raise Unreachable(str(refused)) from refused
        except PostAway as away:
            raise Patience(str(away)) from away
        return NAME

    async def follow(self, ask: str) -> bool:  # noqa: ARG002 -- none
        """Nothing: what was sent stands as it was sent."""
        return True

    async def _letter(self, person: Person, message: OutboxRow) -> Letter | _NotTold:
        """What a message is as a letter."""
        if message.kind == "question":
            return _NotTold(TOLD_BY_ITS_OWN)
        if message.ask is None:
            return notice_letter(message.text)
        card = await self._card(message.ask, person)
        if card is None:
            return _NotTold(PASSED_ON) if message.kind == "ask" else notice_letter(message.text)
        link = self._links.link(card.ask, person.id, person.email)
        if card.outcome is Outcome.OPEN:
            return ask_letter(card, link, lead=None if message.kind == "ask" else message.text)
        return _NotTold(ENDED_BEFORE) if message.kind in TO_BE_DONE else notice_letter(message.text, link, card)

    async def _card(self, ask: str, person: Person) -> Card | None:
        """The ask as it is now; None for somebody whom it does not concern, or no more."""
        try:
            return await card_of(self._app, ask, person.id)
        except (NotFound, NotYours):
            return None


def mail_face(app: Interlock, server: MailServer, links: Links) -> MailFace:
    """Mail by this server, as the composition root wires it."""
    return MailFace(app, Post(server), links, server.sender)
