"""Which client another name is of: said by whoever gives it, and never guessed.

A client has no id beside its name. Weighed: giving it one (every file and every deal would have to name it); telling by
where its people are now (tried: who had left counted for nothing and nobody looked who else was there, so that deals
went to another client with whoever moved to it). Taken: a client knows what it was called, and a file that gives
another name says so.
"""

from collections.abc import Collection

from domain.asks import listed
from domain.directory import Client, Directory, name_key, quoted
from domain.refusals import BadValue


def with_name(client: Client, name: str) -> Client:
    """The client by another name, with its people; it knows by which it was known."""
    people = tuple(person.having(client=name) for person in client.people)
    return _known_as(client.having(name=name, people=people), (*client.formerly, client.name))


def _known_as(client: Client, names: tuple[str, ...]) -> Client:
    return client.having(formerly=tuple(name for name in dict.fromkeys(names) if name != client.name))


def with_former_names(before: Directory, file: Directory, in_deals: Collection[str]) -> Directory:
    """The file's clients with what they were called before, but for the names that it lets go of.

    Raises BadValue where one is missing, and a new client has a name that it had, or one of its people: it may be that
    one, or may not. Also for a name that is let go of while deals know the client by it.
    """
    same = {known.name: now for known in before.clients if (now := _said(file, known)) is not None}
    new = [(place, client) for place, client in enumerate(file.clients) if client not in same.values()]
    former: dict[str, list[str]] = {}
    for known in before.clients:
        if known.name in same:
            _require_heard(file, same[known.name], known, in_deals)
            former.setdefault(same[known.name].name, []).extend((*known.formerly, known.name))
        else:
            for place, client in new:
                _require_other(known, client, f"clients.{place}.formerly")
    current = {name_key(known.name) for known in before.clients}
    clients = (_so_called(client, (*former.get(client.name, ()), *client.formerly), current) for client in file.clients)
    return file.having(clients=tuple(clients))


def _said(file: Directory, known: Client) -> Client | None:
    """The file's client of this name, else the one that says of itself that it was called so, or as it was before."""
    same_name = (client for client in file.clients if name_key(client.name) == name_key(known.name))
    return next(same_name, None) or next((client for client in file.clients if _says_it_was(client, known)), None)


def _says_it_was(client: Client, known: Client) -> bool:
    """By a name that is not its own: a name that one had, and another has, is said of neither."""
    names = {name_key(name) for name in (known.name, *known.formerly)} - {name_key(client.name)}
    return any(name_key(name) in names for name in client.formerly)


def _so_called(client: Client, names: tuple[str, ...], current: Collection[str]) -> Client:
    """By these names before, but for those that it lets go of: not by the one of now, by which its deals know it."""
    released = {name_key(name) for name in client.released_names} - {*current}
    kept = tuple(name for name in names if name_key(name) not in released)
    return _known_as(client.having(released_names=()), kept)


def _require_heard(file: Directory, client: Client, known: Client, in_deals: Collection[str]) -> None:
    """Raises BadValue where a name is let go of by which deals still know the client: another's they would be."""
    still = {name_key(name) for name in client.released_names} & {name_key(name) for name in in_deals}
    for name in known.formerly:
        if name_key(name) in still:
            raise BadValue(
                f"Deals that run know {known.name} as {name} still: they would be those of another client.",
                remedy="Import it once they have heard: quarantined ones do once they are reconciled.",
                field=f"clients.{file.clients.index(client)}.released_names",
            )


def _require_other(missing: Client, new: Client, field: str) -> None:
    """Raises BadValue where a new client is called as the missing one was, or has one of its people."""
    theirs = {person.id for person in missing.people}
    moved = [person.name for person in new.people if person.id in theirs]
    same_name = name_key(new.name) in map(name_key, missing.formerly)
    if not moved and not same_name:
        return
    called = [f"{missing.name} was called {new.name} before"] if same_name else []
    called += [f"{listed(moved)} {'is' if len(moved) == 1 else 'are'} with {new.name}"] if moved else []
    rest = [f"released_names: [{quoted(new.name)}]"] if same_name else []
    rest += ["without those who moved"] if moved else []
    raise BadValue(
        f"{missing.name} is not in the file, and {listed(called)}: it may be the same client by a new name, or "
        "another one.",
        remedy=f"If it is the same, add to {new.name}: formerly: [{quoted(missing.name)}]. If it is another, "
        f"{_how_it_stays(missing)}, {' and '.join(rest)}.",
        field=field,
    )


def _how_it_stays(missing: Client) -> str:
    if missing.added_by is None:
        return f"leave {missing.name} in the file"
    return f"put {missing.name} into the file as `interlock people export` writes it, with who added it"
