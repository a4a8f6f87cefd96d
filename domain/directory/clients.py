"""Clients that sales add: their people are known at once, and finance confirms them before a SOW goes out.

Weighed: letting sales write into the administrator's file (then no one checks), or a list of candidates beside the
directory (a second place with people, whom no deal could name). Chosen: the one directory, whose version records who
added a client and who confirmed it as it is.
"""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from difflib import SequenceMatcher
from itertools import chain, count

from domain.directory import commands as f
from domain.directory.client_renames import with_name
from domain.directory.decision import DirectoryDecision
from domain.directory.directory import ADMINISTRATOR, FINANCE, HEAD_OF_SALES, Client, Directory, client_facts, name_key
from domain.directory.events import AddedClientConfirmed, ClientAdded, ClientRenamed
from domain.directory.former_people import is_called_like
from domain.directory.people import Person
from domain.shared.errors import BadValue, DoneAlready, NotFound, NotWhatWasShown, PermissionDenied
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, digest

# Letters that do not decompose into an ASCII letter and a mark.
SPELLED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
MAX_ID_LENGTH = 40


def add_client(directory: Directory, command: f.AddClient, actor: Actor, _today: date) -> DirectoryDecision:
    """Adds or corrects a client of this name, unconfirmed.

    Raises BadValue for one that came with the file, and for another client's former name.
    """
    known = directory.client_spelt(command.name)
    if known is not None and name_key(known.name) != name_key(command.name):
        raise BadValue(
            f"{known.name} was called {command.name} before.",
            remedy=f"If you mean that client, write {known.name}. Another client needs another name.",
            field="name",
        )
    if known is not None and known.added_by is None:
        raise BadValue(
            f"{known.name} is already a client, from the directory.",
            remedy=f"Start the deal with it. {directory.how_people_are_added}",
            action=RemedyAction.START_DEAL,
            field="name",
        )
    if known is not None:
        require_theirs(directory, known, command.sold_by, actor)
    if known is None and command.is_in_deals:
        require_same_deals(directory, command.name, command.sold_by, actor)
    if known is None and command.vertical is None:
        raise BadValue("A new client needs a trade.", remedy="Give its vertical, such as energy.", field="vertical")
    directory, calendar = _with_calendar(directory, command)
    before = known or Client(name=command.name, vertical=command.vertical or "", added_by=actor.person_id)
    client = before.replace(
        vertical=command.vertical or before.vertical,
        language=command.language or before.language,
        calendar=calendar or before.calendar,
        country=_country(directory, command, calendar) or before.country,
    )
    client = client.replace(people=tuple(_people(directory, client, command, actor)))
    if not any(person.active for person in client.people):
        raise BadValue("A client needs people.", remedy="Name at least its sponsor and its signatory.", field="people")
    if len(client.people) > f.MAX_PER_CLIENT:
        raise BadValue(
            f"At most {f.MAX_PER_CLIENT} people.", remedy="Name only those who take part in the deal.", field="people"
        )
    if client == known:
        return DirectoryDecision(directory, (ClientAdded(client=client),))
    if known is None or client_facts(client) != client_facts(known):  # otherwise finance has already judged it as it is
        client = client.replace(
            added_by=actor.person_id, confirmed_by=None, was_confirmed=known is not None and known.is_known_to_finance
        )
    others = tuple(client if other.name == client.name else other for other in directory.clients)
    clients = others if known is not None else (*directory.clients, client)
    concerned = tuple(person.id for person in (*before.people, *client.people))
    return DirectoryDecision(directory.replace(clients=clients), (ClientAdded(client=client),), concerned)


def _with_calendar(directory: Directory, command: f.AddClient) -> tuple[Directory, str | None]:
    """The directory with a calendar of the given zone, and its name: the firm's own if it has one."""
    wanted, country = command.calendar, command.source.country
    if wanted is None:
        return directory, None
    for name, calendar in directory.calendars.items():
        source = directory.calendar_sources.get(name)
        if calendar.zone == wanted.zone and (country is None or (source is not None and source.country == country)):
            return directory, name
    return directory.replace(
        calendars={**directory.calendars, wanted.name: wanted},
        calendar_sources={**directory.calendar_sources, wanted.name: command.source},
    ), wanted.name


def _country(directory: Directory, command: f.AddClient, calendar: str | None) -> str | None:
    """The country whose public holidays a newly given calendar has: as given, else that of the firm's own calendar."""
    source = directory.calendar_sources.get(calendar or "")
    return command.source.country or (source.country if source is not None else None)


def require_theirs(directory: Directory, client: Client, sold_by: Collection[PersonId], actor: Actor) -> None:
    """Raises PermissionDenied unless they sell a running deal with it or, if there is none, added it."""
    if not _is_theirs(directory, sold_by or (client.added_by,), actor):
        raise PermissionDenied(
            f"{client.name} is already a client. Only the seller of a running deal with it, or without one "
            "whoever added "
            "it, can change it or add people.",
            remedy=_who_may_too(directory),
        )


def require_same_deals(directory: Directory, name: str, sold_by: Collection[PersonId], actor: Actor) -> None:
    """Raises PermissionDenied unless they sell the running deals under a name that no client has any more.

    A new client of that name takes these deals over.
    """
    if not _is_theirs(directory, sold_by, actor):
        raise PermissionDenied(
            f"Deals run with {name}, which is no longer in the directory. A new client of that name would take "
            "them over.",
            remedy=f"If you mean another client, give it another name. {_who_may_too(directory)}",
            field="name",
        )


def _is_theirs(directory: Directory, sold_by: Collection[PersonId | None], actor: Actor) -> bool:
    is_head = directory.positions.get(HEAD_OF_SALES) == actor.person_id
    return actor.person_id in sold_by or is_head or ADMINISTRATOR in actor.house_roles


def _who_may_too(directory: Directory) -> str:
    return f"{directory.keeper} or {directory.name_of(directory.positions[HEAD_OF_SALES])} can do it: ask them."


def _people(directory: Directory, client: Client, command: f.AddClient, actor: Actor) -> Iterator[Person]:
    """Those who were known, as given now, then those who are back, and those who are new."""
    is_keeper = ADMINISTRATOR in actor.house_roles
    gone = [person_id for person_id in command.without if person_id not in {known.id for known in client.people}]
    if gone:
        raise BadValue(
            f"{gone[0]} is not at {client.name}.",
            remedy="Name one of its people.",
            action=RemedyAction.LIST_PEOPLE,
            field="without",
        )
    said = {_mailbox(person.email): person for person in command.people}
    may_correct = is_keeper or not (command.sold_by or client.is_known_to_finance)
    for known in client.people:
        if known.id in command.without:
            continue
        again = said.pop(_mailbox(known.email), None) or next((p for p in said.values() if p.id == known.id), None)
        again = again or (_moved(client, known, command) if may_correct else None)
        if again is None:
            yield known.replace(calendar=client.calendar)
            continue
        said.pop(_mailbox(again.email), None)
        if not may_correct:
            _require_same(directory, client, known, again)
        yield _person(client, again, known.id, to_confirm=known.to_confirm and not is_keeper)
    taken = {person.id for person in directory.everyone()} | directory.former.keys()
    for new in said.values():
        back = _former(directory, client, new)
        if back is not None and not is_keeper:
            _require_same(directory, client, back, new)
        own = back.id if back is not None else new.id or _free_id(new, taken)
        taken.add(own)
        yield _person(client, new, own, to_confirm=client.is_known_to_finance and not is_keeper)


def _moved(client: Client, known: Person, command: f.AddClient) -> f.ClientPerson | None:
    """A known person given by name with an address that no one at the client has: their corrected address.

    Two people of one name are distinguished by giving both, each with their address.
    """
    addresses = {_mailbox(person.email) for person in client.people}
    named = [person for person in client.people if is_called_like(known, person.name)]
    said = [person for person in command.people if is_called_like(known, person.name) and person.id is None]
    alone = len(named) == len(said) == 1 and _mailbox(said[0].email) not in addresses
    return said[0] if alone else None


def _require_same(directory: Directory, client: Client, known: Person, said: f.ClientPerson) -> None:
    """The seller may not change the name or address of someone known: mails ask them, and their answer counts.

    Raises PermissionDenied.
    """
    if is_called_like(known, said.name) and _mailbox(known.email) == _mailbox(said.email):
        return
    raise PermissionDenied(
        f"{known.name} of {client.name} has the address {known.email}: the seller cannot change the name or address "
        "of somebody who is asked by mail.",
        remedy=f"{directory.keeper} corrects them: {RemedyAction.CORRECT_CLIENT.about(client=client.name)}. To add "
        "somebody else, give an address of their own.",
        field="people",
    )


def _former(directory: Directory, client: Client, said: f.ClientPerson) -> Person | None:
    """The former person of the client who is meant: by id, or by name and address. Raises BadValue for another's id."""
    left = directory.former.get(said.id) if said.id is not None else None
    if left is not None and (left.client != client.name or not is_called_like(left, said.name)):
        raise BadValue(
            f"The id {left.id} was {left.name}'s, who has left. Ids are never reused.",
            remedy="Leave the id out: one is made from the name.",
            field="people",
        )
    theirs = (person for person in directory.former.values() if person.client == client.name and said.id is None)
    same = (p for p in theirs if is_called_like(p, said.name) and _mailbox(p.email) == _mailbox(said.email))
    return left or next(same, None)


# The similarity, out of 1, from which two client names may be one that was mistyped.
ALIKE = 0.85


def what_may_be_meant(before: Directory, client: Client) -> tuple[str, ...]:
    """What the author of a new or corrected client may have meant instead, one sentence each; `before`: without it."""
    known = before.client_spelt(client.name)
    alike = (other.name for other in before.clients if known is None and _are_alike(other.name, client.name))
    said = [
        f"{name} is already a client, with a very similar name. If you mean it, name that one in the deal."
        for name in alike
    ]
    earlier = {person.id: person for person in known.people} if known is not None else {}
    for person in client.people:
        twins = [p for p in client.people if p.id != person.id and p.active and is_called_like(p, person.name)]
        if person.active and person.id not in earlier and twins:
            said.append(
                f"{person.name} is of {client.name} twice now: {twins[0].id}, {twins[0].email}, and {person.id}, "
                f"{person.email}. If they are one person, take one out: "
                f"{RemedyAction.LEAVE_OUT_CLIENT_PERSON.about(client=client.name, person=person.id)}"
            )
    return tuple(said)


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, name_key(one), name_key(other)).ratio() >= ALIKE


def _mailbox(email: str) -> str:
    return email.casefold()


def _person(client: Client, said: f.ClientPerson, own: PersonId, *, to_confirm: bool) -> Person:
    return Person(
        id=own,
        name=said.name,
        email=said.email,
        title=said.title,
        part=tuple(dict.fromkeys(said.part)),
        client=client.name,
        calendar=client.calendar,
        to_confirm=to_confirm,
    )


def _free_id(person: f.ClientPerson, taken: Collection[PersonId]) -> PersonId:
    """An unused id made from a name: `eva.berg`, else `eva.berg2`."""
    base = _plain(person.name) or _plain(person.email.partition("@")[0]) or "client"
    numbered = (f"{base}{n}" for n in count(2))
    return next(own for name in chain((base,), numbered) if (own := PersonId(name)) not in taken)


def _plain(text: str) -> str:
    """`Øyvind Aas-Li` as `oyvind.aas-li`; empty if it has no ASCII letter."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(SPELLED))
    letters = "".join(sign for sign in apart if sign.isascii() and (sign.isalnum() or sign in " -"))
    return ".".join(filter(None, (part.strip("-") for part in letters.split())))[:MAX_ID_LENGTH].strip(".-")


def rename_client(directory: Directory, command: f.RenameClient, actor: Actor, _today: date) -> DirectoryDecision:
    """Renames a client that sales added, which must then be confirmed. Raises NotFound, BadValue."""
    client = directory.client_spelt(command.client)
    if client is None:
        raise NotFound(
            f"There is no client {command.client}.",
            remedy="Check the list of clients.",
            action=RemedyAction.LIST_CLIENTS,
            field="client",
        )
    if client.added_by is None:
        raise BadValue(
            f"{client.name} came with the directory, which has its name.",
            remedy="Correct the name in the file. " + directory.how_people_are_added,
            field="client",
        )
    if actor.person_id not in {person.id for person in directory.people_with_role(FINANCE)}:
        require_theirs(directory, client, command.sold_by, actor)
    other = directory.client_spelt(command.name)
    if other is not None and other.name != client.name:
        raise BadValue(
            f"{other.name} is another client.", remedy="Choose a name that no other client has.", field="name"
        )
    if other is None and command.name_is_in_deals:
        require_same_deals(directory, command.name, command.name_sold_by, actor)
    if client.name == command.name:
        raise DoneAlready(f"{client.name} already has that name.", remedy="There is nothing to do.", field="name")
    renamed = with_name(client, command.name).replace(confirmed_by=None, was_confirmed=client.is_known_to_finance)
    clients = tuple(renamed if one.name == client.name else one for one in directory.clients)
    fact = ClientRenamed(before=client.name, client=renamed)
    return DirectoryDecision(directory.replace(clients=clients), (fact,), tuple(person.id for person in renamed.people))


def confirm_client(directory: Directory, command: f.ConfirmClient, actor: Actor, _today: date) -> DirectoryDecision:
    """Confirms a client as finance was shown it. Raises NotWhatWasShown if sales has corrected it since."""
    client = directory.client(command.client)
    if client is None:
        raise NotFound(f"There is no client {command.client}.", remedy=directory.how_clients_are_added, field="client")
    if client.is_confirmed:
        raise DoneAlready(f"{client.name} is confirmed.", remedy="There is nothing to do.")
    if digest(client_facts(client)) != command.facts:
        raise NotWhatWasShown(
            f"{client.name} has been corrected since.", remedy="You are asked again, with the corrected data."
        )
    confirmed = as_confirmed(client, actor.person_id)
    clients = tuple(confirmed if other.name == client.name else other for other in directory.clients)
    fact = AddedClientConfirmed(client=client.name, facts=command.facts, engagement_id=command.engagement_id)
    return DirectoryDecision(directory.replace(clients=clients), (fact,), tuple(person.id for person in client.people))


def as_confirmed(client: Client, by: PersonId) -> Client:
    """The client and its people once finance has confirmed them."""
    people = tuple(person.replace(to_confirm=False) for person in client.people)
    return client.replace(confirmed_by=by, people=people)
