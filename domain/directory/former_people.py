"""People who left the firm or a client, or left and came back: an id never becomes another person's.

Votes, signatures and engagements name people by id; given to someone else, it would give them what was the other's.

Weighed: people who stay in the lists, inactive (a file that leaves them out would still forget them), or looking for an
id in all engagements (only as complete as the read model). Chosen: the directory remembers those it no longer lists.
"""

from collections.abc import Iterator, Mapping

from domain.directory.checks import places
from domain.directory.directory import Directory
from domain.directory.people import EarlierLeaving, Person
from domain.shared.errors import BadValue
from domain.shared.limits import MAX_VACANCY_REASON_BYTES
from domain.shared.text import shortened
from domain.shared.values import PersonId

# How many of a returned person's departures are told to engagements that missed them.
MAX_LEAVINGS = 3


def remembering(before: Directory, after: Directory) -> Directory:
    """The directory after another, with those it no longer lists, and earlier departures of those who are back."""
    after = _with_times_left(before, after)
    here = {person.id for person in after.everyone()}
    left = {person.id: _in_short(person) for person in before.everyone()}
    known = {**before.former, **left, **after.former}
    former = {name: _of_their_client(after, person) for name, person in known.items() if name not in here}
    former |= {person.id: person for person in _elsewhere(before, after, known)}
    return after if former == after.former else after.replace(former=former)


def let_go(directory: Directory) -> dict[PersonId, Person]:
    """Those whom the firm let go with a reason, and has not taken back, including those who are with a client now."""
    known = {**directory.former, **{person.id: person for person in directory.people}}
    return {name: one for name, one in known.items() if _is_let_go(one)}


def _is_let_go(person: Person) -> bool:
    return not person.active and person.client is None and person.left_because is not None


def _elsewhere(before: Directory, after: Directory, known: Mapping[PersonId, Person]) -> Iterator[Person]:
    """Those whom the firm let go and no longer lists, wherever they are: how often they have left since is kept."""
    firm = {person.id for person in after.people}
    for name, person in let_go(before).items():
        if name not in firm:
            yield _in_short(person).replace(left=(after.person(name) or known[name]).left)


def _in_short(person: Person) -> Person:
    return Person(
        id=person.id,
        name=person.name,
        email=person.email,
        client=person.client,
        active=False,
        left=person.left,
        left_because=person.left_because if _is_let_go(person) else None,
    )


def _of_their_client(directory: Directory, person: Person) -> Person:
    """With the current name of their client, if it was renamed."""
    client = directory.client_spelt(person.client) if person.client is not None else None
    return person if client is None else person.replace(client=client.name)


def _with_times_left(before: Directory, after: Directory) -> Directory:
    """No command and no file says of anyone that they had left: it is taken over from before."""
    known = {**before.former, **{person.id: person for person in before.everyone()}}

    def marked(people: tuple[Person, ...]) -> tuple[Person, ...]:
        return tuple(person.replace(left=_left(after, known.get(person.id), person)) for person in people)

    clients = tuple(client.replace(people=marked(client.people)) for client in after.clients)
    return after.replace(people=marked(after.people), clients=clients)


def _left(after: Directory, known: Person | None, now: Person) -> tuple[EarlierLeaving, ...]:
    """Anyone who is with another client than before, or with the firm, has left where they were."""
    if known is None or not now.active or (known.active and _of_their_client(after, known).client == now.client):
        return known.left if known is not None else ()
    because = shortened(known.left_because, MAX_VACANCY_REASON_BYTES) if known.left_because is not None else None
    number = known.left[-1].number + 1 if known.left else 1
    return (*known.left, EarlierLeaving(number=number, because=because, successor=known.successor))[-MAX_LEAVINGS:]


def moved(before: Directory, after: Directory) -> set[PersonId]:
    """Active people who have left where they were in the meantime."""
    earlier = {person.id: person.left for person in before.everyone()}
    return {p.id for p in after.everyone() if p.active and p.left and p.left != earlier.get(p.id, ())}


def require_own_ids(before: Directory, after: Directory) -> None:
    """Raises BadValue if someone has the id of another who has left."""
    for where, person in places(after):
        was = before.person(person.id) or before.former.get(person.id)
        if was is not None and person.active and not was.active and not is_called_like(was, person.name):
            raise BadValue(
                f"The id {person.id} was {was.name}'s, who has left. No id is ever given to somebody else.",
                remedy=f"Give {person.name} another id.",
                field=f"{where}.id",
            )


def is_called_like(person: Person, name: str) -> bool:
    """True if the name is theirs, ignoring case."""
    return person.name.casefold() == name.casefold()
