"""Merges a file of the whole directory with the current one: what people arranged here is kept.

Weighed: taking the file as it is (anyone who recorded an absence here, or added a client, would lose it with the next
file that does not know of it), or merging person by person (then no one ever leaves by a file). Chosen: the file says
who is of the firm; people's own absences, delegations and the clients that sales added here stay beside it.
"""

from collections.abc import Collection, Mapping
from datetime import date

from domain.directory.checks import comes_back, whole
from domain.directory.client_renames import with_former_names
from domain.directory.departures import without_the_left
from domain.directory.directory import Client, Directory
from domain.directory.events import DirectoryImported
from domain.directory.former_people import let_go, remembering
from domain.directory.people import Absence, Person
from domain.shared.errors import LeavingNotConfirmed
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId, digest

# At most one in so many people may leave by a file without their number being given.
MAX_UNASKED = 10
MAX_NAMED = 10
NO_DEALS: Mapping[str, Collection[PersonId]] = {}


def merged(
    directory: Directory, file: Directory, today: date, in_deals: Mapping[str, Collection[PersonId]] = NO_DEALS
) -> Directory:
    """The file's directory, with what people have arranged here. Raises what `with_former_names` raises.

    `in_deals`: what running deals call their clients, and whom they know of each.
    """
    file = with_former_names(directory, _without_those_let_go(directory, file), in_deals)
    new = _with_added_clients(directory, file)
    here = {person.id for person in new.people if person.active}
    own = [a for a in directory.absences if a.by is not None and a.person in here and a.last >= today]
    corrected = {(absence.person, absence.first) for absence in own}
    after = new.replace(absences=tuple(a for a in new.absences if (a.person, a.first) not in corrected))
    for absence in own:
        after = after.replace(absences=(*after.absences, _giving_way(absence, after, here)))
    for kept in directory.delegations:
        if {kept.person, kept.to} <= here and kept.last >= today and not comes_back(after, kept):
            after = after.replace(delegations=(*after.delegations, kept))
    return remembering(directory, after)


def imported(before: Directory, after: Directory) -> DirectoryImported:
    """The fact of an import: who joined, left and changed, including the people of clients."""
    earlier, later = active(before), active(after)
    joined = sorted(later.keys() - earlier.keys())
    return DirectoryImported(
        sha=digest(after),
        joined=tuple(joined),
        names={name: later[name].name for name in joined},
        clients={name: client for name in joined if (client := later[name].client) is not None},
        left=tuple(sorted(earlier.keys() - later.keys())),
        changed=tuple(sorted(name for name in earlier.keys() & later.keys() if earlier[name] != later[name])),
    )


def first_imported(directory: Directory) -> DirectoryImported:
    """The fact of the very first import, in which everyone joins."""
    nobody = directory.replace(people=(), clients=())
    return imported(nobody, directory)


def active(directory: Directory) -> dict[PersonId, Person]:
    """Everyone active, of the firm and of clients, by id."""
    return {person.id: person for person in directory.everyone() if person.active}


def is_to_be_confirmed(leaving: int, known: int) -> bool:
    """True if more than a tenth of those who are active would leave."""
    return leaving * MAX_UNASKED > known


def require_confirmed(before: Directory, after: Directory, leaving: int | None) -> None:
    """Raises LeavingNotConfirmed if more than a tenth would leave, unless the importer gives their number."""
    known, left = active(before), [p for name, p in active(before).items() if name not in active(after)]
    if not is_to_be_confirmed(len(left), len(known)) or leaving == len(left):
        return
    names = ", ".join(person.name for person in left[:MAX_NAMED])
    more = f" and {len(left) - MAX_NAMED} more" if len(left) > MAX_NAMED else ""
    said = f" You confirmed {leaving}." if leaving is not None else ""
    raise LeavingNotConfirmed(
        f"{len(left)} of {len(known)} people would leave by this file: {names}{more}.{said}",
        remedy=f"Add them to the file, or confirm how many leave: `leaving={len(left)}` over REST; "
        f"`{RemedyAction.IMPORT_PEOPLE.about()}` asks.",
        field="leaving",
    )


def _with_added_clients(directory: Directory, new: Directory) -> Directory:
    """Adds clients that sales added here and that the file does not name; one that it names is as in the file."""
    kept = tuple(c for c in directory.clients if c.added_by is not None and new.client_spelt(c.name) is None)
    return _with_their_calendars(directory, new.replace(clients=(*new.clients, *kept)), kept)


def _with_their_calendars(directory: Directory, new: Directory, kept: tuple[Client, ...]) -> Directory:
    used = {client.calendar for client in kept} | {person.calendar for client in kept for person in client.people}
    missing = [name for name in directory.calendars if name in used and name not in new.calendars]
    sources = {name: directory.calendar_sources[name] for name in missing if name in directory.calendar_sources}
    return new.replace(
        calendars={**new.calendars, **{name: directory.calendars[name] for name in missing}},
        calendar_sources={**new.calendar_sources, **sources},
    )


def _without_those_let_go(directory: Directory, new: Directory) -> Directory:
    """The file's directory, in which anyone let go here stays gone: an outdated file brings no one back."""
    clients = {person.id for client in new.clients for person in client.people}
    named = {person.id: person for person in new.people}
    known = {**named, **{person.id: person for person in directory.people}}
    left = {name: _gone(known[name], p) for name, p in let_go(directory).items() if name in known.keys() - clients}
    people = tuple(left.get(person.id, person) for person in new.people)
    people += tuple(person for name, person in left.items() if name not in named)
    for gone in left.values():
        people = tuple(other if other.id == gone.id else without_the_left(other, gone) for other in people)
    absences = tuple(
        a.replace(delegate=None) if a.delegate in left else a for a in new.absences if a.person not in left
    )
    return new.replace(people=people, absences=absences)


def _gone(listed: Person, gone: Person) -> Person:
    """The entry of someone who was let go."""
    who = listed.replace(name=gone.name, email=gone.email, active=False, left_because=gone.left_because)
    return who.replace(manager=None, deputy=None, assistant=None)


def _giving_way(absence: Absence, beside: Directory, here: set[PersonId]) -> Absence:
    """One's own absence beside the file's: without a delegate who is gone, or who would make the answers come back."""
    given = whole(absence)
    fits = given is not None and given.to in here and not comes_back(beside, given)
    return absence if fits else absence.replace(delegate=None)
