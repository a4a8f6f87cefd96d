"""Operations on the directory, in sentences for people."""

from collections.abc import Callable, Iterable

from domain.directory import events as e
from domain.directory.people import Period
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.transaction import Event
from domain.shared.values import PersonId

# Someone's name, by their id.
Named = Callable[[PersonId], str]
MAX_NAMED = 5


def told(event: Event, name: Named) -> str:
    """`Marta Silva is away from … to …; Jonas Weber may answer.`"""
    match event:
        case e.DirectoryImported():
            return _imported(event, name)
        case e.PersonSet(person=person):
            return f"{person.name} was added or changed."
        case e.PersonDeactivated() | e.PersonReinstated() | e.PersonReplaced():
            return _came_or_went(event, name)
        case e.ClientAdded() | e.ClientRenamed() | e.AddedClientConfirmed():
            return _of_a_client(event)
    return _of_days(event, name)


def _came_or_went(event: e.PersonDeactivated | e.PersonReinstated | e.PersonReplaced, name: Named) -> str:
    match event:
        case e.PersonDeactivated():
            return _left(event, name)
        case e.PersonReinstated():
            return _returned(event, name)
    return _replaced(event, name)


def _of_a_client(event: e.ClientAdded | e.ClientRenamed | e.AddedClientConfirmed) -> str:
    match event:
        case e.ClientAdded(client=client):
            return f"The client {client.name} was added or corrected."
        case e.ClientRenamed(before=before, client=client):
            return f"The client {before} is called {client.name} now."
    return f"Finance confirmed the client {event.client} in {event.engagement_id}."


def _of_days(event: Event, name: Named) -> str:
    match event:
        case e.AbsenceRecorded(absence=absence):
            who = f"{name(absence.delegate)} may answer" if absence.delegate else "nobody was named to answer"
            return f"{name(absence.person)} is away {_days(absence)}; {who}."
        case e.AbsenceRemoved(absence=absence):
            return f"The absence of {name(absence.person)} from {day_shown(absence.first)} on was taken back."
        case e.DelegationGiven(delegation=given):
            return f"{name(given.to)} may answer for {name(given.person)} {_days(given)}."
        case e.DelegationEnded(delegation=given):
            return f"{name(given.to)} may no longer answer for {name(given.person)}."
    return "Something else was done."  # a fact of a newer version


def _days(period: Period) -> str:
    return f"from {day_shown(period.first)} to {day_shown(period.last)}"


def _imported(event: e.DirectoryImported, name: Named) -> str:
    groups = (("joined", event.joined), ("left", event.left), ("changed", event.changed))
    said = [f"{_listed(people, name)} {what}" for what, people in groups if people]
    return f"The directory was imported: {'; '.join(said) or 'nobody joined, left or changed'}."


def _listed(people: Iterable[PersonId], name: Named) -> str:
    names = [name(person_id) for person_id in people]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _left(event: e.PersonDeactivated, name: Named) -> str:
    follows = f" {name(event.successor)} is asked to follow." if event.successor else ""
    passed = {**event.positions, **event.house_roles}
    given = "".join(f" {name(person_id)} is {role_label(what)} now." for what, person_id in passed.items())
    return f"{name(event.person_id)} left: {str(event.reason).rstrip('.')}.{follows}{given}"


def _returned(event: e.PersonReinstated, name: Named) -> str:
    because = str(event.reason).rstrip(".")
    kept = "What they held stays with whoever holds it now; their old tokens and links stay ended."
    return f"{name(event.person_id)} is back: {because}. {kept}"


def _replaced(event: e.PersonReplaced, name: Named) -> str:
    roles = ", ".join(map(role_label, event.roles)) or "all that they hold"
    return f"{name(event.successor)} is asked to take over from {name(event.person_id)}: {roles}."
