"""The command that moves an engagement to another version of its playbook."""

from typing import ClassVar, Literal

from domain.engagement.command import Command
from domain.playbook.model import Playbook
from domain.shared.text import Pinned


class TakePlaybook(Command):
    """Moves a running engagement to a newer playbook."""

    kind: Literal["TakePlaybook"] = "TakePlaybook"
    granted_to: ClassVar = frozenset({"process_owner"})
    does: ClassVar = "put another playbook into force"
    allowed_on_hold: ClassVar = True
    playbook: Pinned[Playbook]
