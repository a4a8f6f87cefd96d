"""Whom of the client is asked how satisfied they are."""

from domain.engagement.state import Engagement

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
        if person.client is not None and person.active and asked & {*person.part, *state.cast.roles_of(person.id)}
    )
    return tuple(found)[:MOST_ASKED]
