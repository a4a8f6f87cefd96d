"""Whom of the client is asked how satisfied they are, and how: what tells one such question from another."""

from domain.engagement.state import Engagement

AT_CLOSE = "close"
MOST_ASKED = 20
"""People of a client whose contacts are many: the sponsor and the first of the others."""


def who_is_asked(state: Engagement) -> tuple[str, ...]:
    """The client's sponsor, then its contacts, who are there."""
    sponsor = state.cast.holder("client_sponsor")
    people = sorted(state.cast.people.values(), key=lambda person: person.id != sponsor)
    asked = {"client_sponsor", "client_contact"}
    found = (
        person.id
        for person in people
        if person.client is not None
        and person.active
        and not person.to_confirm
        and asked & {*person.part, *state.cast.roles_of(person.id)}
    )
    return tuple(found)[:MOST_ASKED]


def how_satisfied(state: Engagement, at: str, *, again: bool = False) -> str:
    """The question, with its occasion: several may be open at once."""
    when = "now that we have talked" if again else _when(state, at)
    return f"How satisfied are you with {state.title} {when}, from 0 to 10?"


def occasion(state: Engagement, at: str) -> str:
    """A milestone by its title, the close, or what whoever asks called it."""
    milestone = state.milestones.get(at)
    return f"{at} {milestone.title}" if milestone is not None else at


def _when(state: Engagement, at: str) -> str:
    if at == AT_CLOSE:
        return "as it closes"
    milestone = state.milestones.get(at)
    return f"after {milestone.title}" if milestone is not None else f"at {at}"
