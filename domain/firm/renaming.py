"""Which client another name is of: said by whoever gives it, and never guessed.

A client has no id beside its name. Weighed: giving it one (every file and every deal would have to name it); telling by
where its people are now (tried: who had left counted for nothing and nobody looked who else was there, so that deals
went to another client with whoever moved to it). Taken: a client knows what it was called, and a file that gives
another name says so.
"""

from domain.asks import listed
from domain.directory import Client, Directory
from domain.refusals import BadValue


def with_name(client: Client, name: str) -> Client:
    """The client by another name, with its people; it knows by which it was known."""
    people = tuple(person.having(client=name) for person in client.people)
    return _known_as(client.having(name=name, people=people), (*client.formerly, client.name))


def _known_as(client: Client, names: tuple[str, ...]) -> Client:
    return client.having(formerly=tuple(name for name in dict.fromkeys(names) if name != client.name))


def with_former_names(before: Directory, file: Directory) -> Directory:
    """The file's clients with what they were called before.

    Raises BadValue where one is missing and somebody of it is with a new client: it may be that one, or may not.
    """
    former: dict[str, list[str]] = {}
    for known in before.clients:
        now = _said(file, known)
        if now is None:
            _require_gone(before, file, known)
        else:
            former.setdefault(now.name, []).extend((*known.formerly, known.name))
    clients = (_known_as(client, (*former.get(client.name, ()), *client.formerly)) for client in file.clients)
    return file.having(clients=tuple(clients))


def _said(file: Directory, known: Client) -> Client | None:
    """The file's client by a name that a client has, or had: a file that was written down says those that it had."""
    found = (file.client_spelt(name) for name in (known.name, *known.formerly))
    return next((client for client in found if client is not None), None)


def _require_gone(before: Directory, file: Directory, missing: Client) -> None:
    """Raises BadValue where one of its people is with a client that was not there before."""
    theirs = {person.id for person in missing.people}
    for place, client in enumerate(file.clients):
        moved = [person.name for person in client.people if person.id in theirs]
        if moved and before.client_spelt(client.name) is None:
            raise BadValue(
                f"{missing.name} is not in the file, and {listed(moved)} {'is' if len(moved) == 1 else 'are'} with "
                f"{client.name}: it may be the same client by a new name, or another one.",
                remedy=f"If it is the same, add to {client.name}: formerly: [{missing.name}]. If it is another, leave "
                f"{missing.name} in the file, without those who moved.",
                field=f"clients.{place}.formerly",
            )
