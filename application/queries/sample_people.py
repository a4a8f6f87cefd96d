"""The sample people that one may sign in as in development, by what they are there to try."""

from typing import NamedTuple

from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.playbook.model import role_label


class SamplePerson(NamedTuple):
    """Someone to sign in as, and what they are."""

    id: str
    name: str
    does: str


class SampleGroup(NamedTuple):
    """Sample people who share a function, or a client."""

    label: str
    people: tuple[SamplePerson, ...]


HEADS, TEAM = "Who heads a function or runs the installation", "Who works on deals"


def sample_people(directory: Directory) -> tuple[SampleGroup, ...]:
    """All active people: those of the firm, then those of each client."""
    groups: dict[str, list[SamplePerson]] = {HEADS: [], TEAM: []}
    everyone = [person for person in directory.everyone() if person.active]
    for person in sorted(everyone, key=lambda one: (one.client or "", one.roles[:1], one.name)):
        does = _does(directory, person)
        groups.setdefault(_group(directory, person), []).append(SamplePerson(person.id, person.name, does))
    return tuple(SampleGroup(label, tuple(people)) for label, people in groups.items() if people)


def _group(directory: Directory, person: Person) -> str:
    is_head = person.id in directory.positions.values() or person.id in directory.house_roles.values()
    return person.client or (HEADS if is_head else TEAM)


def _does(directory: Directory, person: Person) -> str:
    """Title, positions, house roles, roles."""
    named = (*directory.positions.items(), *directory.house_roles.items())
    held = [role_label(name) for name, holder in named if holder == person.id]
    roles = (*person.roles, *person.part)
    return ", ".join(dict.fromkeys(filter(None, (person.title, *held, *map(role_label, roles)))))
