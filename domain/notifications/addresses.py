"""Who is told that a client's person has a new address: mails carry asks, and whoever reads them can answer.

The old address is told too, at that address and not the new one, so that its owner can say whether it was meant.
"""

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.events import DirectoryTaken
from domain.notifications.notice import Told
from domain.playbook.model import role_label
from domain.record.facts import Aggregate
from domain.shared.values import PersonId

# The kind of the message that goes to the previous address.
OLD_ADDRESS = "old_address"
COLLEAGUES_TOLD = ("finance", "engagement_manager", "sales")


def told_of_addresses(state: Aggregate, event: DirectoryTaken) -> Told:
    """Finance, the engagement manager and the seller, and the old address."""
    if not isinstance(state, Engagement):
        return
    for moved in event.moved:
        person = state.cast.people[moved.person_id]
        roles = ", ".join(map(role_label, state.cast.roles_of(person.id)))
        what = f"{person.name}{f', {roles},' if roles else ''} of {state.client} now gets mail at {person.email}"
        text = f"{what}, no longer at {moved.before} ({state.id} {state.title}). If you do not know why, ask them."
        for colleague in dict.fromkeys(filter(None, map(state.cast.holder, COLLEAGUES_TOLD))):
            yield colleague, "address", None, text
        asks = f"If you did not ask for that, tell {state.cast.name(state.manager)}."
        text = f"Mail to {person.name} about {state.title} no longer comes to this address. {asks}"
        yield person.id, OLD_ADDRESS, None, text


def address_before(event: DirectoryTaken, person_id: PersonId) -> str | None:
    """A person's previous mail address."""
    return next((moved.before for moved in event.moved if moved.person_id == person_id), None)
