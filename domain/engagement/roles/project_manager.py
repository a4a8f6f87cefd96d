"""Who may never manage a project, whether appointed at the start, named, or at their own request."""

from collections.abc import Mapping

from domain.asks.model import listed
from domain.playbook.model import role_label
from domain.shared.values import PersonId


def why_not_pm(person_id: PersonId, positions: Mapping[str, PersonId], sponsor: PersonId | None) -> str | None:
    """Why somebody may not manage a project, phrased to follow their name; None if nothing bars them."""
    held = [role_label(position) for position, holder in positions.items() if holder == person_id]
    if held:
        return f"is {listed(held)}, where ladders end, and no ladder may end at a project manager"
    if person_id == sponsor:
        return "sponsors this deal and has the final decision on it"
    return None
