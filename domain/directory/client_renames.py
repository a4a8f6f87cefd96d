"""Which client a new name belongs to: stated by whoever gives it, and never guessed.

A client has no id beside its name. Weighed: giving it one (every file and every deal would have to name it); inferring
it from where its people are now (tried: those who had left counted for nothing and no one checked who else was there,
so that deals went to another client with anyone who moved to it). Chosen: a client knows its former names, and a file
that gives a new name says so.
"""

from collections.abc import Collection, Iterable, Mapping

from domain.asks.model import listed
from domain.directory.checks import quoted
from domain.directory.directory import Client, Directory, name_key
from domain.directory.people import Person
from domain.shared.errors import BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId

NAME_BETWEEN = "a name that nobody has, in a file of its own, until its deals have been told"


def with_name(client: Client, name: str) -> Client:
    """The client under another name, with its people; it remembers its former name."""
    people = tuple(person.replace(client=name) for person in client.people)
    return _known_as(client.replace(name=name, people=people), (*client.formerly, client.name))


def _known_as(client: Client, names: tuple[str, ...]) -> Client:
    return client.replace(formerly=tuple(name for name in dict.fromkeys(names) if name != client.name))


def with_former_names(before: Directory, file: Directory, in_deals: Mapping[str, Collection[PersonId]]) -> Directory:
    """The file's clients with their former names, except those that the file releases.

    Raises BadValue if one is missing, and a new client has one of its former names, or one of its people: it may be the
    same one, or may not. Also for a name that is released while deals know the client by it, for one that enters the
    directory while deals know other people by it, and for a client in which another's people have replaced its own.
    """
    same = {known.name: now for known in before.clients if (now := _said(file, known)) is not None}
    for known in before.clients:
        if known.name in same:
            _require_own_people(before, known, same[known.name], file)
    former: dict[str, list[str]] = {}
    for known in before.clients:
        if known.name in same:
            former.setdefault(same[known.name].name, []).extend((*known.formerly, known.name))
        else:
            for place, client in enumerate(file.clients):
                _require_other(known, client, f"clients.{place}.formerly", is_new=client not in same.values())
    names_now = {name_key(known.name): known.name for known in before.clients}
    for place, client in enumerate(file.clients):
        is_known = name_key(client.name) in names_now
        names = (*former.get(client.name, ()), *(() if is_known else client.formerly))
        still = (*in_deals, *(() if is_known else names_now.values()))
        _require_heard(client, names, still, f"clients.{place}.released_names")
        own = {name_key(name) for name in former.get(client.name, ())} | (
            {name_key(client.name)} if is_known else set()
        )
        for name in (client.name, *client.formerly):
            if name_key(name) not in own:
                _require_in_deals(before, client, name, in_deals, f"clients.{place}.people")
    clients = (_so_called(client, (*former.get(client.name, ()), *client.formerly)) for client in file.clients)
    return file.replace(clients=tuple(clients))


def _said(file: Directory, known: Client) -> Client | None:
    """The file's client of this name, else the one that lists this name, or a former one, as its former name.

    If there are both, it is the one of its name while one of its people is there; otherwise the two exchange their
    names.
    """
    same = next((client for client in file.clients if name_key(client.name) == name_key(known.name)), None)
    says = next((client for client in file.clients if _says_it_was(client, known)), None)
    if same is None or says is None:
        return same or says
    return same if _of(known, same) else says


def _of(known: Client, now: Client) -> list[Person]:
    """Which people of a known client are with a client of the file: by their id or their address."""
    were = [person for person in known.people if person.active]
    named = {person.id for person in were} | {person.email.casefold() for person in were}
    return [person for person in now.people if person.active and {person.id, person.email.casefold()} & named]


def _require_own_people(before: Directory, known: Client, now: Client, file: Directory) -> None:
    """Raises BadValue if none of its people stay, and several, or all, of another client's are with it.

    The other's deals would become its own. A single one of several is someone who changed employer; a file that says
    that it was both has merged them.
    """
    if _of(known, now):
        return
    for other in before.clients:
        both = _says_it_was(now, known) and _says_it_was(now, other)
        moved = _of(other, now) if other != known and not both else []
        if not moved or len(moved) == 1 < sum(person.active for person in other.people):
            continue
        names = listed([person.name for person in moved])
        called = f" as {now.name}" if now.name != known.name else ""
        raise BadValue(
            f"Nobody of {known.name} is there any more{called}, and {names} of {other.name} "
            f"{'is' if len(moved) == 1 else 'are'}: what {known.name} was offered and signed would be theirs.",
            remedy=f"If the two swap names, give one of them {NAME_BETWEEN}. If people changed employer, "
            f"leave them out first, and list them with {now.name} in the next file.",
            field=f"clients.{file.clients.index(now)}.people",
        )


def _says_it_was(client: Client, known: Client) -> bool:
    """By a name that is not its own: a name that one had and another has now counts for neither."""
    names = {name_key(name) for name in (known.name, *known.formerly)} - {name_key(client.name)}
    return any(name_key(name) in names for name in client.formerly)


def _so_called(client: Client, names: tuple[str, ...]) -> Client:
    """With these former names, except those that it releases."""
    released = {name_key(name) for name in client.released_names}
    kept = tuple(name for name in names if name_key(name) not in released)
    return _known_as(client.replace(released_names=()), kept)


def _require_heard(client: Client, names: Iterable[str], still: Collection[str], field: str) -> None:
    """Raises BadValue if it releases a name by which deals know it: they would become another client's."""
    released = {name_key(name) for name in client.released_names} & set(map(name_key, still))
    for name in names:
        if name_key(name) in released:
            raise BadValue(
                f"Deals know {client.name} as {name} still. They would become those of another client.",
                remedy="Let go of the name in a later file, once they have been told another; where two exchange their "
                f"names, give one of them {NAME_BETWEEN}. Those that are quarantined hear it once they are reconciled; "
                "one that was begun and never arrives is forgotten within two hours.",
                field=field,
            )


def _require_in_deals(
    before: Directory, client: Client, name: str, in_deals: Mapping[str, Collection[PersonId]], field: str
) -> None:
    """Raises BadValue if deals know a client by a name that is new to this one, but none of its people.

    Present or former people: otherwise the deals would become this client's.
    """
    found = next((people for known, people in in_deals.items() if name_key(known) == name_key(name)), None)
    known = [person_id for person_id in found or () if not _is_elsewhere(before, person_id, client)]
    if found is None or {person.id for person in client.people} & set(known):
        return
    whom = f", with {listed([before.name_of(person_id) for person_id in known])}" if known else ""
    raise BadValue(
        f"Deals know a client as {name}{whom}: they would be those of {client.name} as this file has it.",
        remedy="If it is the same client, list somebody with it whom they know. If it is another, it is not called "
        f"{name} until they are over.",
        field=field,
    )


def _is_elsewhere(before: Directory, person_id: PersonId, client: Client) -> bool:
    """True for those who are, or were, with the firm, and those who are with another client now."""
    now = before.person(person_id)
    known = now or before.former.get(person_id)
    with_another = now is not None and now.client is not None and name_key(now.client) != name_key(client.name)
    return known is not None and (known.client is None or with_another)


def _require_other(missing: Client, new: Client, field: str, *, is_new: bool) -> None:
    """Raises BadValue if a client has a former name of the missing one, or a new one has one of its people."""
    theirs = {person.id for person in missing.people} if is_new else set()
    moved = [person.name for person in new.people if person.id in theirs]
    same_name = name_key(new.name) in map(name_key, missing.formerly)
    if not moved and not same_name:
        return
    because = [f"was called {new.name} before"] if same_name else []
    because += [f"{listed(moved)} {'is' if len(moved) == 1 else 'are'} with {new.name}"] if moved else []
    rest = [f"with released_names: [{quoted(new.name)}]"] if same_name else []
    rest += ["without those who moved"] if moved else []
    raise BadValue(
        f"{', and '.join([f'{missing.name} is not in the file', *because])}: it may be the same client by a new name, "
        "or another one.",
        remedy=f"If it is the same, add to {new.name}: formerly: [{quoted(missing.name)}]. If it is another, "
        f"{_how_it_stays(missing)}, {' and '.join(rest)}.",
        field=field,
    )


def _how_it_stays(missing: Client) -> str:
    if missing.added_by is None:
        return f"leave {missing.name} in the file"
    return f"put {missing.name} into the file as `{RemedyAction.EXPORT_PEOPLE.about()}` writes it, added_by too"
