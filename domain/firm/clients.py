"""Clients that sales add: their people are known at once, and finance confirms them before a SOW goes out.

Weighed: letting sales write into the administrator's file (then nobody looks), or a list of candidates beside the
directory (a second place where people are, which no deal could name). Taken: the one directory, whose version says of
the client who added it and who confirmed it as it is.
"""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from itertools import count

from domain.directory import Client, Directory, client_facts
from domain.firm import commands as f
from domain.firm.decided import Decided
from domain.firm.events import AddedClientConfirmed, ClientAdded, ClientRenamed
from domain.people import Person
from domain.refusals import BadValue, DoneAlready, NotFound, NotWhatWasShown
from domain.turn import Actor
from domain.values import digest

SPELLED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
"""Letters that do not come apart into one of the alphabet and a mark."""
MOST_OF_AN_ID = 40


def add_client(directory: Directory, command: f.AddClient, actor: Actor, _today: date) -> Decided:
    """A client of this name as said, unconfirmed. Raises BadValue for one that came with the file."""
    known = directory.client_spelt(command.name)
    if known is not None and known.added_by is None:
        raise BadValue(
            f"{known.name} is a client already, and came with the directory.",
            remedy=f"Start the deal with it. {directory.how_people_are_added}",
            field="name",
        )
    if known is None and command.vertical is None:
        raise BadValue("A new client has a trade.", remedy="Say its vertical, as energy.", field="vertical")
    directory, calendar = _with_calendar(directory, command)
    before = known or Client(name=command.name, vertical=command.vertical or "", added_by=actor.person)
    client = before.having(
        vertical=command.vertical or before.vertical,
        language=command.language or before.language,
        calendar=calendar or before.calendar,
        country=_country(directory, command, calendar) or before.country,
    )
    client = client.having(people=tuple(_people(directory, client, command)))
    if not any(person.active for person in client.people):
        raise BadValue("A client has people.", remedy="Name at least who sponsors and signs.", field="people")
    if len(client.people) > f.MOST_OF_A_CLIENT:
        raise BadValue(f"At most {f.MOST_OF_A_CLIENT} people.", remedy="Name those of the deal.", field="people")
    if client == known:
        return Decided(directory, (ClientAdded(client=client),))
    if known is None or client_facts(client) != client_facts(known):  # else finance has judged it as it is
        client = client.having(added_by=actor.person, confirmed_by=None)
    others = tuple(client if other.name == client.name else other for other in directory.clients)
    clients = others if known is not None else (*directory.clients, client)
    concerned = tuple(person.id for person in (*before.people, *client.people))
    return Decided(directory.having(clients=clients), (ClientAdded(client=client),), concerned)


def _with_calendar(directory: Directory, command: f.AddClient) -> tuple[Directory, str | None]:
    """The directory with a calendar of the zone that is said, and its name: the firm's own where there is one."""
    wanted, country = command.calendar, command.source.country
    if wanted is None:
        return directory, None
    for name, calendar in directory.calendars.items():
        source = directory.calendar_sources.get(name)
        if calendar.zone == wanted.zone and (country is None or (source is not None and source.country == country)):
            return directory, name
    return directory.having(
        calendars={**directory.calendars, wanted.name: wanted},
        calendar_sources={**directory.calendar_sources, wanted.name: command.source},
    ), wanted.name


def _country(directory: Directory, command: f.AddClient, calendar: str | None) -> str | None:
    """Whose public holidays a calendar knows that was said just now: as said, else as of the firm's own."""
    source = directory.calendar_sources.get(calendar or "")
    return command.source.country or (source.country if source is not None else None)


def _people(directory: Directory, client: Client, command: f.AddClient) -> Iterator[Person]:
    """Those who were known, as they are said now, and then those who are new."""
    gone = [person for person in command.without if person not in {known.id for known in client.people}]
    if gone:
        raise BadValue(f"{gone[0]} is not of {client.name}.", remedy="Name one of its people.", field="without")
    said = {_mailbox(person.email): person for person in command.people}
    for known in client.people:
        if known.id in command.without:
            continue
        again = said.pop(_mailbox(known.email), None) or next((p for p in said.values() if p.id == known.id), None)
        if again is not None:
            said.pop(_mailbox(again.email), None)
        yield known.having(calendar=client.calendar) if again is None else _person(client, again, known.id)
    taken = {person.id for person in directory.everyone()}
    for new in said.values():
        own = new.id or _free_id(new, taken)
        taken.add(own)
        yield _person(client, new, own)


def _mailbox(email: str) -> str:
    return email.casefold()


def _person(client: Client, said: f.ClientPerson, own: str) -> Person:
    return Person(
        id=own,
        name=said.name,
        email=said.email,
        title=said.title,
        part=tuple(dict.fromkeys(said.part)),
        client=client.name,
        calendar=client.calendar,
    )


def _free_id(person: f.ClientPerson, taken: Collection[str]) -> str:
    """An id made of a name that nobody has: `eva.berg`, else `eva.berg2`."""
    base = _plain(person.name) or _plain(person.email.partition("@")[0]) or "client"
    numbered = (f"{base}{n}" for n in count(2))
    return base if base not in taken else next(name for name in numbered if name not in taken)


def _plain(text: str) -> str:
    """`Øyvind Aas-Li` as `oyvind.aas-li`; nothing where no letter of the alphabet is in it."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(SPELLED))
    letters = "".join(sign for sign in apart if sign.isascii() and (sign.isalnum() or sign in " -"))
    return ".".join(filter(None, (part.strip("-") for part in letters.split())))[:MOST_OF_AN_ID].strip(".-")


def rename_client(directory: Directory, command: f.RenameClient, _actor: Actor, _today: date) -> Decided:
    """A client that sales added under another name, to be confirmed by it. Raises NotFound, BadValue."""
    client = directory.client_spelt(command.client)
    if client is None:
        raise NotFound(f"There is no client {command.client}.", remedy="See the list of clients.", field="client")
    if client.added_by is None:
        raise BadValue(
            f"{client.name} came with the directory, and is called there as it is.",
            remedy="Correct the name in the file. " + directory.how_people_are_added,
            field="client",
        )
    other = directory.client_spelt(command.name)
    if other is not None and other.name != client.name:
        raise BadValue(f"{other.name} is another client.", remedy="Give a name that none has.", field="name")
    if client.name == command.name:
        raise DoneAlready(f"{client.name} is called so.", remedy="Nothing to do.", field="name")
    people = tuple(person.having(client=command.name) for person in client.people)
    renamed = client.having(name=command.name, people=people, confirmed_by=None)
    clients = tuple(renamed if one.name == client.name else one for one in directory.clients)
    fact = ClientRenamed(before=client.name, client=renamed)
    return Decided(directory.having(clients=clients), (fact,), tuple(person.id for person in people))


def confirm_client(directory: Directory, command: f.ConfirmClient, actor: Actor, _today: date) -> Decided:
    """A client as finance was shown it. Raises NotWhatWasShown where sales has corrected it since."""
    client = directory.client(command.client)
    if client is None:
        raise NotFound(f"There is no client {command.client}.", remedy=directory.how_clients_are_added, field="client")
    if client.is_confirmed:
        raise DoneAlready(f"{client.name} is confirmed.", remedy="Nothing to do.")
    if digest(client_facts(client)) != command.facts:
        raise NotWhatWasShown(f"{client.name} was corrected since.", remedy="It is asked again as it is now.")
    confirmed = client.having(confirmed_by=actor.person)
    clients = tuple(confirmed if other.name == client.name else other for other in directory.clients)
    fact = AddedClientConfirmed(client=client.name, facts=command.facts, engagement=command.engagement)
    return Decided(directory.having(clients=clients), (fact,), tuple(person.id for person in client.people))
