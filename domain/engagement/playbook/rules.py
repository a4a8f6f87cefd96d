"""Moving an engagement to another version of its playbook."""

from domain.engagement.aggregate import Engagement
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.playbook.events import PlaybookTaken
from domain.shared.transaction import Transaction


def take_playbook(transaction: Transaction[Engagement], command: TakePlaybook) -> None:
    """Moves the engagement to a newer playbook. Decisions stand; the new rules apply to what is asked from now on."""
    if command.playbook != transaction.state.playbook:
        transaction.record(PlaybookTaken(playbook=command.playbook))
