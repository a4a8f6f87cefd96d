"""Keeps mail instead of sending it: in development it goes to a folder, where whoever tries the product can read it.

The folder is a Maildir, which mail programs can read too. Only its owner may open it, because links in the mail sign
their holders in. Only the newest mails are kept.

Weighed: a library's SMTP server beside the stack (one more process and port for the same folder), and a mail server
that the user must provide (they would not see what a client is asked).
"""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

from adapters.delivery import RetryLater
from adapters.files.private_files import make_private

# The Maildir folders that hold messages: unread ones, and those that a mail program has opened.
NEW, READ = "new", "cur"

MAX_KEPT = 500


class MailFolder:
    """Accepts messages as a mail server does, and keeps the newest."""

    def __init__(self, folder: Path, most: int = MAX_KEPT) -> None:
        self._folder, self._most = folder, most
        self._one_at_a_time = asyncio.Lock()

    async def send(self, message: EmailMessage) -> None:
        """Keeps a message. Raises RetryLater if it cannot be written to disk."""
        async with self._one_at_a_time:  # keeps them on disk in the order in which they arrived
            await asyncio.to_thread(self._keep, message.as_bytes(policy=policy.default))

    def _keep(self, message: bytes) -> None:
        try:
            make_private(self._folder.parent)
            Maildir(self._folder).add(message)
            for old in _in_order(self._folder)[: -self._most]:
                old.unlink(missing_ok=True)  # a mail program may have moved it in the meantime
        except OSError as full:
            raise RetryLater(f"{self._folder}: {full.strerror}") from full


def kept_mails(folder: Path) -> list[EmailMessage]:
    """Returns the mails that are kept, in order of arrival: mail 1 is the oldest still there."""
    return [_read(path) for path in _in_order(folder)]


def _in_order(folder: Path) -> list[Path]:
    return sorted(_paths(folder), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _paths(folder: Path) -> Iterator[Path]:
    for part in (NEW, READ):
        yield from (folder / part).glob("*")


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
