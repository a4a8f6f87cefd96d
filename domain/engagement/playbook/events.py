"""The event that an engagement moved to another version of its playbook."""

from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.playbook.model import Playbook
from domain.shared.text import Pinned
from domain.shared.transaction import Event


class PlaybookTaken(Event):
    kind: Literal["PlaybookTaken"] = "PlaybookTaken"
    playbook: Pinned[Playbook]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(playbook=self.playbook)


AnyPlaybookEvent = PlaybookTaken
