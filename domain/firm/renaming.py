"""Which client another name is of: said by whoever gives it, or plain from where all its people are; never guessed.

A client has no id beside its name. Weighed: giving it one (every file and every deal would have to name it), or taking
the client with which most of its people are now (somebody who moves in the same file decides it). Taken: a client knows
what it was called; where a file leaves one out and does not say, and its people are here and there, it is refused.
"""

from domain.directory import Client, Directory
from domain.refusals import BadValue


def called(client: Client, name: str) -> Client:
    """The client by another name, with its people; it knows by which it was known."""
    people = tuple(person.having(client=name) for person in client.people)
    return _known_as(client.having(name=name, people=people), (*client.formerly, client.name))


def _known_as(client: Client, names: tuple[str, ...]) -> Client:
    return client.having(formerly=tuple(name for name in dict.fromkeys(names) if name != client.name))


def knowing_names(before: Directory, file: Directory) -> Directory:
    """The file's clients with what they were called before. Raises BadValue where nobody can tell which one is."""
    renamed: dict[str, list[Client]] = {}
    for known in before.clients:
        now = _said(file, known) or _with_all_people_of(before, file, known)
        if now is not None:
            renamed.setdefault(now.name, []).append(known)
    for name, several in renamed.items():
        unsaid = [known for known in several if _said(file, known) is None]
        if len(several) > 1 and unsaid:
            raise _nobody_can_tell(file, unsaid[0], [name])
    clients = (_after(client, renamed.get(client.name, [])) for client in file.clients)
    return file.having(clients=tuple(clients))


def _after(client: Client, before: list[Client]) -> Client:
    names = [name for known in before for name in (*known.formerly, known.name)]
    return _known_as(client, (*names, *client.formerly)) if before else client


def _said(file: Directory, known: Client) -> Client | None:
    """The file's client by a name that a client has, or had: a file that was written down says those that it had."""
    found = (file.client_spelt(name) for name in (known.name, *known.formerly))
    return next((client for client in found if client is not None), None)


def _with_all_people_of(before: Directory, file: Directory, gone: Client) -> Client | None:
    """The new client with which all are who were with one that the file does not know; None where it is just gone."""
    found = (file.person(person.id) for person in gone.people if person.active)
    now = list(dict.fromkeys(person.client for person in found if person is not None and person.active))
    new = [client for client in file.clients if before.client_spelt(client.name) is None and not client.formerly]
    among = [client for client in new if client.name in now]
    if among and len(now) > 1:
        raise _nobody_can_tell(file, gone, [name or file.firm for name in now])
    return next(iter(among), None)


def _nobody_can_tell(file: Directory, gone: Client, now: list[str]) -> BadValue:
    place = next(n for n, client in enumerate(file.clients) if client.name in now)
    return BadValue(
        f"{gone.name} is not in the file, and who was with it is with {', '.join(now)}: nobody can tell whether it is "
        "called otherwise now.",
        remedy=f"Say with the client that it is what it was called: formerly: [{gone.name}]. Where it is none of them, "
        "leave it in the file, without those people.",
        field=f"clients.{place}.formerly",
    )
