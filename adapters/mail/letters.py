"""Letters: the text and HTML of each mail, and the headers by which mail systems identify it.

What people write appears in headers, text and HTML, and may be crafted to pass for something else in each. So a header
is one line of bounded length, HTML is escaped or rendered as Markdown (`adapters/documents/markdown.py`), and in plain
text the continuation lines of people's text are indented, so that none of them looks like a line of ours.

A letter names the firm and the person who asks or is responsible, greets its reader by name, and says what its link
does, how long it works, and how to check that all of this is genuine: people who are trained to spot phishing distrust
a bare link. It is sent from the firm's own address in the name of that person, and replies go to them.

It loads nothing and triggers nothing: no image, no form, and one link of ours, which only displays. Its Message-ID is
derived from the key of the message in the outbox, so that a second copy, sent because nobody saw whether the first one
left, is the same message. All letters about one ask refer to one id and share a subject, so that mail programs show
them as one conversation.

Weighed: a subject that says what is new (one conversation per reminder), and one thread per engagement (what awaits an
answer gets lost among what has been answered).
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
    """A mail's subject and its two bodies."""

    subject: str
    text: str
    html: str


class Stamp(NamedTuple):
    """What identifies a letter: the key of its message, its topic (one thread per topic), and when it was written."""

    key: str
    about: str | None
    at: datetime


class Frame(NamedTuple):
    """Who the letter is for, which firm writes, and which person of it asks or else is responsible."""

    reader: str
    firm: str
    person: str
    mailbox: str
    """The person's address: replies go there."""
    sender: str
    """The address that mail is sent from, optionally as `Name <address>`."""
    asks: bool = False
    """True if the person asks what the letter is about."""

    @property
    def address(self) -> str:
        """The sender's address without a name."""
        return address_of(self.sender).addr_spec


class OpenedBy(NamedTuple):
    """The link of a letter: where it leads, how long it works (in its reader's time zone), and what it does."""

    address: str
    until: str
    does: str
    """Completes "the link …": `shows this as it is by then, and takes your answer`."""

    @property
    def host(self) -> str:
        """The host that readers see in their browser's address bar."""
        return urlsplit(self.address).netloc


def ask_letter(frame: Frame, card: Card, link: OpenedBy, lead: str | None, signing: str | None = None) -> Letter:
    """Renders an ask's card. `lead` goes above it: why it is sent now, if there is more reason than being asked.

    `signing`: how to sign, if the ask is for a signature.
    """
    shown: dict[str, object] = {"card": card, "lead": lead, "title": card.title, "signing": signing}
    return _drawn("ask", f"{card.engagement_id}: {card.title}", frame, link, shown)


def notice_letter(frame: Frame, text: str, link: OpenedBy | None = None, about: Card | None = None) -> Letter:
    """Renders news as text; with `about`, in the thread of that ask."""
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
    """Composes the letter as mail to one person. Raises ValueError for an address that mail cannot carry."""
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
    """The person who asks, with their firm; the firm alone if nobody asks."""
    firm = header(frame.firm, MAX_NAME)
    return f"{header(frame.person, MAX_NAME)} ({firm})" if frame.asks else firm


def _identity(of: str, domain: str) -> str:
    return f"<{hashlib.sha256(of.encode()).hexdigest()[:40]}@{domain}>"  # longer, a header would be folded and encoded


def header(text: str, most: int) -> str:
    """Makes text fit for a header: one line, no control characters, at most `most` characters."""
    line = " ".join(strip_bidi(text).split())
    plain = "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"})
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _line(text: object) -> str:
    return " ".join(str(text).split())


def _hanging(text: object) -> str:
    """Indents continuation lines."""
    return "\n    ".join(str(text).splitlines())


def _broken(text: object) -> Markup:
    """Turns line breaks into `<br>`."""
    return Markup("<br>").join(escape(line) for line in str(text).splitlines())


_FILTERS = {"line": _line, "hanging": _hanging, "broken": _broken, "told": told}


def _environment(*, is_html: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=is_html,  # noqa: S701 -- off for plain text, where escaped characters would be shown as they are
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(_FILTERS)
    return made


_TEXT, _HTML = _environment(is_html=False), _environment(is_html=True)
