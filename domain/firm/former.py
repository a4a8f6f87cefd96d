"""Who was of the firm or of a client, or left and came back: an id never becomes another person's.

Votes, signatures and engagements name people by id; given to somebody else, it would give them what was the other's.

Weighed: people who stay in the lists, inactive (a file that leaves them out would still forget them), or looking for
an id in all engagements (only as far as the read model is). Taken: the directory remembers whoever it lists no more.
"""

from domain.directory import Directory, places
from domain.limits import MOST_WHY_UNHELD
from domain.people import Leaving, Person
from domain.refusals import BadValue
from domain.words import shortened

MAX_LEAVINGS = 3
"""How many times somebody left who came back each time are told to engagements that have heard of none."""


def remembering(before: Directory, after: Directory) -> Directory:
    """The directory that follows another, with everybody whom it lists no more, and how who came back had left."""
    after = _with_times_left(before, after)
    here = {person.id for person in after.everyone()}
    left = {person.id: _in_short(person) for person in before.everyone()}
    known = {**before.former, **left, **after.former}
    former = {name: _of_their_client(after, person) for name, person in known.items() if name not in here}
    return after if former == after.former else after.having(former=former)


def _in_short(person: Person) -> Person:
    said = {"id": person.id, "name": person.name, "email": person.email, "client": person.client}
    return Person(**said, active=False, left=person.left)


def _of_their_client(directory: Directory, person: Person) -> Person:
    """By the name that their client has now, where there is one that was called so."""
    client = directory.client_spelt(person.client) if person.client is not None else None
    return person if client is None else person.having(client=client.name)


def _with_times_left(before: Directory, after: Directory) -> Directory:
    """No command and no file says of anybody that they had left: it is what was so before."""
    known = {**before.former, **{person.id: person for person in before.everyone()}}

    def marked(people: tuple[Person, ...]) -> tuple[Person, ...]:
        return tuple(person.having(left=_left(after, known.get(person.id), person)) for person in people)

    clients = tuple(client.having(people=marked(client.people)) for client in after.clients)
    return after.having(people=marked(after.people), clients=clients)


def _left(after: Directory, known: Person | None, now: Person) -> tuple[Leaving, ...]:
    """Whoever is with another client than before, or of the firm, has left where they were."""
    if known is None or not now.active or (known.active and _of_their_client(after, known).client == now.client):
        return known.left if known is not None else ()
    because = shortened(known.left_because, MOST_WHY_UNHELD) if known.left_because is not None else None
    number = known.left[-1].number + 1 if known.left else 1
    return (*known.left, Leaving(number=number, because=because, successor=known.successor))[-MAX_LEAVINGS:]


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
