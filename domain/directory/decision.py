"""What a command makes of the directory, before it is recorded."""

from typing import NamedTuple

from domain.directory.directory import Directory
from domain.directory.events import AnyDirectoryEvent
from domain.shared.values import digest


class DirectoryDecision(NamedTuple):
    """The directory after a command, its facts, and whose engagements must hear of it."""

    directory: Directory
    events: tuple[AnyDirectoryEvent, ...]
    concerned: tuple[str, ...] = ()
    """In the end whoever is another than before; a handler adds those of whom engagements must hear besides."""

    def sealed(self) -> "DirectoryDecision":
        """Each fact names the directory that the operation led to, so that no other can be put in its place."""
        sha = digest(self.directory)
        return self._replace(events=tuple(event.replace(sha=sha) for event in self.events))
