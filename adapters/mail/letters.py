"""Letters: what a mail says, as text and as HTML, and the headers by which mail systems know it.

What people wrote stands in headers, in text and in HTML, and may be written to become something else there. So a
header takes one line of bounded length, HTML escapes what is printed or reads it as Markdown
(`adapters/documents/markdown.py`), and in text the further lines of what somebody wrote are set in, so that none of
them reads like a line of ours.

A letter says which firm writes and which person of it asks or answers for it, greets its reader by name, and says what
its link does, until when it works, and how to check that all of it is real: whoever warns their people of forged mail
warns them of a bare link that wants to be opened. It comes from the firm's own address, in the name of that person, and
a reply reaches them.

It loads nothing and acts by nothing: no image, no form, and one link of ours, which only shows. Its id is made of
the key of the message in the outbox, so that a second copy, sent because nobody saw whether one left, is the same.
All letters about one ask answer to one id and have one subject: mail programs show them as one conversation.

Weighed: a subject that says what is new (a conversation a reminder), and one thread an engagement (what waits for an
answer drowns in what was answered).
"""

import hashlib
import unicodedata
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from adapters.documents.markdown import told
from adapters.mail.smtp import address_of
from domain.asks.card import Card
from domain.directory.people import Person
from domain.shared.mailboxes import on_the_wire
from domain.shared.text import printed, strip_bidi

TEMPLATES = Path(__file__).parents[2] / "templates"
MAX_SUBJECT = 150
MAX_NAME = 80


class Letter(NamedTuple):
    """What is said."""

    subject: str
    text: str
    html: str


class Stamp(NamedTuple):
    """By what a letter is known: the key of its message, what it is about (one thread for all about that), and when."""

    key: str
    about: str | None
    at: datetime


class Frame(NamedTuple):
    """To whom a letter goes, which firm writes, and which person of it: who asks, or else answers for it."""

    reader: str
    firm: str
    person: str
    mailbox: str
    """The person's: a reply reaches it."""
    sender: str
    """The address that mail comes from, perhaps as `Name <address>`."""
    asks: bool = False
    """True where the person asks what the letter is about."""

    @property
    def address(self) -> str:
        """The address alone."""
        return address_of(self.sender).addr_spec


class OpenedBy(NamedTuple):
    """The link of a letter: where it leads, until when by the clock of its reader it opens anything, what it does."""

    address: str
    until: str
    does: str
    """To follow "the link": `shows this as it is by then, and takes your answer`."""

    @property
    def host(self) -> str:
        """What its reader sees in the address line of their browser."""
        return urlsplit(self.address).netloc


def ask_letter(frame: Frame, card: Card, link: OpenedBy, lead: str | None, signing: str | None = None) -> Letter:
    """An ask by its card; `lead` says above it why it is told now, where that is more than being asked.

    `signing`: how it is signed, where it asks for a signature.
    """
    shown: dict[str, object] = {"card": card, "lead": lead, "title": card.title, "signing": signing}
    return _drawn("ask", f"{card.engagement_id}: {card.title}", frame, link, shown)


def notice_letter(frame: Frame, text: str, link: OpenedBy | None = None, about: Card | None = None) -> Letter:
    """News in words; about an ask, in that ask's thread."""
    title = about.title if about else _first_line(text)
    subject = f"{about.engagement_id}: {title}" if about else title
    return _drawn("notice", subject, frame, link, {"text": text, "title": title})


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")


def _drawn(name: str, subject: str, frame: Frame, link: OpenedBy | None, shown: dict[str, object]) -> Letter:
    shown = {"frame": frame, "link": link, **shown}
    text = _TEXT.get_template(f"mail/{name}.txt.j2").render(shown)
    html = _HTML.get_template(f"mail/{name}.html.j2").render(shown)
    return Letter(subject, text, html)


def compose(letter: Letter, to: Person, frame: Frame, stamp: Stamp) -> EmailMessage:
    """The letter as mail to one person. Raises ValueError for an address that mail cannot carry."""
    author = address_of(frame.sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=_author(frame), addr_spec=author.addr_spec)
    message["Reply-To"] = Address(header(frame.person, MAX_NAME), addr_spec=on_the_wire(frame.mailbox))
    message["To"] = Address(display_name=header(to.name, MAX_NAME), addr_spec=on_the_wire(to.email))
    message["Subject"] = header(letter.subject, MAX_SUBJECT)
    message["Date"] = format_datetime(stamp.at)
    message["Message-ID"] = _identity(stamp.key, author.domain)
    if stamp.about is not None:
        message["References"] = message["In-Reply-To"] = _identity(f"about {stamp.about}", author.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def _author(frame: Frame) -> str:
    """Who asks, with their firm; what nobody asks comes from the firm."""
    firm = header(frame.firm, MAX_NAME)
    return f"{header(frame.person, MAX_NAME)} ({firm})" if frame.asks else firm


def _identity(of: str, domain: str) -> str:
    return f"<{hashlib.sha256(of.encode()).hexdigest()[:40]}@{domain}>"  # longer, a header is folded and encoded


def header(text: str, most: int) -> str:
    """Words as a header may hold them: one line, no control characters, at most so many characters."""
    line = " ".join(strip_bidi(text).split())
    plain = "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"})
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _line(text: object) -> str:
    return " ".join(str(text).split())


def _hanging(text: object) -> str:
    """Further lines are set in below the first."""
    return "\n    ".join(str(text).splitlines())


def _broken(text: object) -> Markup:
    """Further lines begin on a line of their own."""
    return Markup("<br>").join(escape(line) for line in str(text).splitlines())


_FILTERS = {"line": _line, "hanging": _hanging, "broken": _broken, "told": told}


def _environment(*, is_html: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=is_html,  # noqa: S701 -- off for plain text, where an escaped sign would be shown as it is
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    return made


_TEXT, _HTML = _environment(is_html=False), _environment(is_html=True)
