"""Who was of the firm or of a client and is not listed any more: an id never becomes another person's.

Votes, signatures and engagements name people by id; given to somebody else, it would give them what was the other's.

Weighed: people who stay in the lists, inactive (a file that leaves them out would still forget them), or looking for
an id in all engagements (only as far as the read model is). Taken: the directory remembers whoever it lists no more.
"""

from domain.directory import Directory, places
from domain.people import Person
from domain.refusals import BadValue


def remembering(before: Directory, after: Directory) -> Directory:
    """The directory that follows another, with everybody whom it lists no more."""
    here = {person.id for person in after.everyone()}
    left = {person.id: _in_short(person) for person in before.everyone()}
    known = {**before.former, **left, **after.former}
    former = {name: person for name, person in known.items() if name not in here}
    return after if former == after.former else after.having(former=former)


def _in_short(person: Person) -> Person:
    return Person(id=person.id, name=person.name, email=person.email, client=person.client, active=False)


def require_own_ids(before: Directory, after: Directory) -> None:
    """Raises BadValue where somebody has the id of another who has left."""
    for where, person in places(after):
        was = before.person(person.id) or before.former.get(person.id)
        if was is not None and person.active and not was.active and not is_called_like(was, person.name):
            raise BadValue(
                f"The id {person.id} was {was.name}'s, who has left. No id is ever given to somebody else.",
                remedy=f"Give {person.name} another id.",
                field=f"{where}.id",
            )


def is_called_like(person: Person, name: str) -> bool:
    """True where the name is theirs, however it is capitalized."""
    return person.name.casefold() == name.casefold()
