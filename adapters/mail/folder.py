"""Mail that is kept instead of sent: in development it lies in a folder, where whoever tries the product reads it.

The folder is a Maildir, which mail programs read too. Only its owner can: links in it let their holders in. The newest
mails stay: whoever tries the product for weeks reads no others.

Weighed: an SMTP server of a library beside the stack (one more process and port for the very same folder), and a mail
server that whoever tries the product must bring (they see nothing that a client is asked).
"""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

from adapters.delivery import RetryLater
from adapters.files.private_files import make_private

# The folders of a Maildir in which messages lie: those that nobody opened, and those that a mail program did.
NEW, READ = "new", "cur"

MAX_KEPT = 500


class MailFolder:
    """Takes messages as a mail server does, and keeps the newest."""

    def __init__(self, folder: Path, most: int = MAX_KEPT) -> None:
        self._folder, self._most = folder, most
        self._one_at_a_time = asyncio.Lock()

    async def send(self, message: EmailMessage) -> None:
        """Keeps a message. Raises RetryLater, where the disk takes none."""
        async with self._one_at_a_time:  # the order in which they lie there is the one in which they came
            await asyncio.to_thread(self._keep, message.as_bytes(policy=policy.default))

    def _keep(self, message: bytes) -> None:
        try:
            make_private(self._folder.parent)
            Maildir(self._folder).add(message)
            for old in _in_order(self._folder)[: -self._most]:
                old.unlink(missing_ok=True)  # a mail program may have moved it meanwhile
        except OSError as full:
            raise RetryLater(f"{self._folder}: {full.strerror}") from full


def kept_mails(folder: Path) -> list[EmailMessage]:
    """What is kept, in the order in which it came: the oldest that is still kept is mail 1."""
    return [_read(path) for path in _in_order(folder)]


def _in_order(folder: Path) -> list[Path]:
    return sorted(_paths(folder), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _paths(folder: Path) -> Iterator[Path]:
    for part in (NEW, READ):
        yield from (folder / part).glob("*")


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
