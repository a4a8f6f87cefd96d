"""Who never manages a project, whichever way they come to it: cast at the start, named, or by their own wish."""

from collections.abc import Mapping

from domain.values import PersonId


def why_not_pm(person: PersonId, positions: Mapping[str, PersonId], sponsor: PersonId | None) -> str | None:
    """Why somebody may not manage a project, to follow their name; None where nothing bars them."""
    if person in positions.values():
        return "holds a position in which ladders end; they never end at a project manager"
    if person == sponsor:
        return "sponsors this deal and has the last word on it"
    return None
