"""Sends mail by SMTP, with one connection per message, and tells two kinds of failure apart.

A fault of the recipient or the message is distinguished from a server that is unavailable, busy or misconfigured. The
first is given up; the second is retried, since a wrong password must not turn everything that is due into dead letters.

Weighed: keeping a connection open (it dies unnoticed while nothing is due, and a message lost with it cannot be told
from one that was accepted), and handing mail to a local program (another thing to install, which does not report the
outcome).
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from pydantic import SecretStr

from adapters.delivery import RetryLater, Unreachable

# How long the server may take for one reply.
TIMEOUT_SECONDS = 20.0
# How long one message may take in all, so that a server that answers a byte at a time does not block us for ever.
MAX_SECONDS = 90.0
PARTING_SECONDS = 2.0
# Concurrent connections: with more, many servers refuse all of them.
MAX_AT_ONCE = 4
MAX_ADDRESS = 254
_PART = r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+"
_ADDRESS = re.compile(rf"(?P<name>[^\x00-\x1f\x7f\"<>@,;:\\]*<)?(?P<spec>{_PART}@{_PART})(?(name)>)")


class Tls(StrEnum):
    """How the connection is encrypted: not at all, after STARTTLS, or from the start."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class MailServer(NamedTuple):
    """The server that mail is submitted to, with credentials. `sender` is an address, optionally `Name <address>`."""

    host: str
    port: int
    tls: Tls
    sender: str
    user: str | None = None
    password: SecretStr | None = None


def address_of(text: str) -> Address:
    """Parses an address that every mail system accepts: `name@host` in ASCII, optionally as `Name <name@host>`.

    Raises ValueError for anything else, be it several addresses or an injected header.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or len(found["spec"]) > MAX_ADDRESS:
        raise ValueError("is not an e-mail address")
    try:
        return Address(display_name=(found["name"] or "").rstrip("<").strip(), addr_spec=found["spec"])
    except (HeaderParseError, ValueError) as wrong:  # two dots in a row, and other faults that only a parser finds
        raise ValueError("is not an e-mail address") from wrong


class Post:
    """Submits messages to one server."""

    def __init__(self, server: MailServer, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout_seconds
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def send(self, message: EmailMessage) -> None:
        """Submits a message for its recipients. Raises Unreachable or RetryLater."""
        async with self._free:
            try:
                async with asyncio.timeout(MAX_SECONDS), self._connected() as connection:
                    await _hand_in(connection, message)
            except TimeoutError as slow:
                raise RetryLater(f"{self._server.host} did not answer in time") from slow

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """Opens a connection with the configured encryption and credentials. Raises RetryLater."""
        connection = SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user,
            password=self._server.password.get_secret_value() if self._server.password else None,
            timeout=self._timeout,
            use_tls=self._server.tls is Tls.IMPLICIT,
            start_tls=self._server.tls is Tls.STARTTLS,
        )
        try:
            try:
                await connection.connect()
            except (SMTPException, OSError, ssl.SSLError) as away:
                raise RetryLater(f"{self._server.host}: {_said(away)}") from away
            yield connection
        finally:
            with suppress(
                SMTPException, OSError, TimeoutError
            ):  # the message was submitted or it was not: QUIT changes nothing
                await connection.quit(timeout=PARTING_SECONDS)
            connection.close()


async def _hand_in(connection: SMTP, message: EmailMessage) -> None:
    """Raises Unreachable if this message or recipient is refused for good, RetryLater for any other failure."""
    try:
        await connection.send_message(message)
    except SMTPRecipientsRefused as refused:
        raise _refusal(refused.recipients[0]) from refused
    except SMTPDataError as refused:
        raise _refusal(refused) from refused
    except SMTPNotSupported as unable:
        raise Unreachable(_said(unable)) from unable
    except SMTPSenderRefused as refused:
        raise RetryLater(f"the sender was refused: {_said(refused)}") from refused
    except (SMTPException, OSError) as away:
        raise RetryLater(_said(away)) from away


def _refusal(answer: SMTPResponseException) -> Unreachable | RetryLater:
    return Unreachable(_said(answer)) if answer.code >= 500 else RetryLater(_said(answer))


def _said(error: Exception) -> str:
    """What the server said, on one line, without what we sent it."""
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:500]
    return (" ".join(str(error).split()) or type(error).__name__)[:500]
