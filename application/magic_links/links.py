"""Personal links: an address that opens one ask for one person, sent to their mailbox and to no one else.

A link says who wants to see it and nothing more: what they may see and say is decided when it is opened, by the rules
of that moment. It proves who has access to a mailbox, so it gives no signature, and it expires.

Weighed: one row per link in the database (one more thing to clean up, and a copy of the table opens every ask), a
session that begins with the link (a cookie that outlives the tab, and CSRF to prevent), and this: person, mailbox and
ask, signed, in the address. To end all links at once, remove the secret's file and restart.
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.files.create_once import made_once
from application.authentication import UnknownCaller
from domain.shared.values import AskId, PersonId, digest

SECRET_FILE = "link.key"  # noqa: S105 -- the name of a file
LASTS = timedelta(days=30)
MAX_KEY = 500


class NoSuchLink(UnknownCaller):
    """The key is missing, forged, too old, or for another ask."""

    title = "This link does not work"


class _Signer(TimestampSigner):
    """Signs with the installation's time, not the machine's."""

    def __init__(self, *given: Any, now: Now, **named: Any) -> None:
        super().__init__(*given, **named)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now().timestamp())


class Link(NamedTuple):
    """Whose link it is, the mailbox that it was sent to (as a digest), and the second in which it was made."""

    person_id: PersonId
    mailbox: str
    made_at: datetime

    def was_sent_to(self, mailbox: str) -> bool:
        """True for the mailbox that it proves: a person's address may have changed since."""
        return self.mailbox == digest(mailbox)

    def is_ended(self, ended_at: datetime | None) -> bool:
        """True for a link made no later than the second in which everything of its person was ended."""
        return ended_at is not None and self.made_at <= ended_at


class Links:
    """The links of one installation."""

    def __init__(self, secret: bytes, public_url: str, max_age: timedelta = LASTS, now: Now = SYSTEM_CLOCK) -> None:
        """`public_url`: where people reach the pages, without a trailing slash."""
        self._secret = secret
        self._signer = self._signing(now)
        self._address = public_url.rstrip("/")
        self._max_age = int(max_age.total_seconds())

    def _signing(self, now: Now) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._secret, salt="interlock ask link", signer=_Signer, signer_kwargs={"now": now}
        )

    def link(self, ask_id: AskId, person_id: PersonId, mailbox: str) -> str:
        """The address that opens this ask for this person, to be sent to this mailbox."""
        return f"{self._address}/asks/{ask_id}?{urlencode({'key': self.key(ask_id, person_id, mailbox)})}"

    def key(self, ask_id: AskId, person_id: PersonId, mailbox: str, made_at: datetime | None = None) -> str:
        """The key in that address. `made_at`: when the link that leads to it was made, to expire with it; None: now."""
        signer = self._signer if made_at is None else self._signing(lambda: made_at)
        return str(signer.dumps([ask_id, person_id, digest(mailbox)]))

    def good_until(self, made: datetime) -> datetime:
        """When a link that was made at this moment expires."""
        return made + timedelta(seconds=self._max_age)

    def read(self, key: str, ask_id: AskId) -> Link:
        """Whose key to this ask it is, and since when. Raises NoSuchLink."""
        try:
            said, made = self._signer.loads(key[:MAX_KEY], max_age=self._max_age, return_timestamp=True)
            opened, person, mailbox = said
        except SignatureExpired:
            days = self._max_age // 86_400
            raise NoSuchLink(
                f"Links are valid for {days} days, and this one is older.",
                remedy="Open the newest mail about it, or ask whoever sent it to you.",
            ) from None
        except (BadSignature, TypeError, ValueError):
            raise no_such_link() from None
        if opened != ask_id:
            raise no_such_link()
        return Link(PersonId(person), str(mailbox), made)


def no_such_link() -> NoSuchLink:
    """The same words for every fault, so that no one learns which asks exist."""
    return NoSuchLink("The address is incomplete or wrong.", remedy="Open it again from the mail.")


def open_links(folder: Path, public_url: str, now: Now = SYSTEM_CLOCK) -> Links:
    """The links of a data folder, with its secret, which is created if there is none yet."""
    return Links(made_once(folder / SECRET_FILE, lambda: secrets.token_bytes(32)), public_url, now=now)
