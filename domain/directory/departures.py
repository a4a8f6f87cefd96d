"""Removes all ties to someone who leaves: deputies, assistants and delegations to them and of theirs."""

from domain.directory.directory import Directory
from domain.directory.events import PersonDeactivated
from domain.directory.people import Person


def without_who_left(directory: Directory, person: Person, left: PersonDeactivated) -> Directory:
    """The directory once someone in it has left as the fact says; their positions and house roles have passed on."""
    gone = person.replace(active=False, left_because=left.reason, successor=left.successor)
    gone = gone.replace(manager=None, deputy=None, assistant=None)
    return directory.replace(
        people=tuple(gone if other.id == person.id else without_the_left(other, person) for other in directory.people),
        positions={**directory.positions, **left.positions},
        house_roles={**directory.house_roles, **left.house_roles},
        absences=tuple(
            absence.replace(delegate=None) if absence.delegate == person.id else absence
            for absence in directory.absences
            if absence.person != person.id
        ),
        delegations=tuple(d for d in directory.delegations if person.id not in {d.person, d.to}),
    )


def without_the_left(other: Person, left: Person) -> Person:
    """Another person without the one who left: no deputy or assistant of theirs, and the next manager above."""
    if other.id == left.id:
        return left
    return other.replace(
        deputy=None if other.deputy == left.id else other.deputy,
        assistant=None if other.assistant == left.id else other.assistant,
        manager=other.manager if other.manager != left.id else left.manager if left.manager != other.id else None,
    )
