"""What a command makes of the directory, before it is recorded."""

from typing import NamedTuple

from domain.directory.directory import Directory
from domain.directory.events import AnyDirectoryEvent
from domain.shared.values import PersonId, digest


class DirectoryDecision(NamedTuple):
    """The directory after a command, its facts, and the people whose engagements must be told."""

    directory: Directory
    events: tuple[AnyDirectoryEvent, ...]
    concerned: tuple[PersonId, ...] = ()
    """Finally everyone who changed; a handler adds others of whom engagements must be told."""

    def sealed(self) -> "DirectoryDecision":
        """Puts the resulting directory's digest into each fact, so that no other can be put in its place."""
        sha = digest(self.directory)
        return self._replace(events=tuple(event.replace(sha=sha) for event in self.events))
