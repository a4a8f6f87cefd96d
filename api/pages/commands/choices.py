"""What forms offer to choose from: people, items, kinds of work; and how they write numbers."""

from decimal import Decimal

from api.pages.commands.fields import Choice, named
from api.pages.commands.form import FormContext
from domain.directory.directory import Directory
from domain.playbook.model import role_label


def colleagues(directory: Directory) -> tuple[Choice, ...]:
    """The firm's active people, by name."""
    people = sorted((one for one in directory.people if one.active), key=lambda one: one.name)
    return named((one.id, one.name) for one in people)


def client_people(about: FormContext) -> tuple[Choice, ...]:
    """The client's active people."""
    people = (one for one in about.directory.client_people(about.view.client) if one.active)
    return named((one.id, one.name) for one in people)


def packages(about: FormContext) -> tuple[Choice, ...]:
    """Work packages that no change has removed."""
    return named((one.id, f"{one.id} {one.title}") for one in about.view.packages if one.removed_by is None)


def milestones(about: FormContext) -> tuple[Choice, ...]:
    return named((one.id, f"{one.id} {one.title}") for one in about.view.milestones)


def disciplines(directory: Directory) -> tuple[Choice, ...]:
    return named((one, role_label(one)) for one in directory.disciplines)


def written(amount: Decimal) -> str:
    """A number as it may be typed: `1200.5`."""
    return format(amount.normalize(), "f") if amount else "0"


def grades(directory: Directory) -> tuple[Choice, ...]:
    return named((one, role_label(one)) for one in directory.rate_card.grades)


def people_of_clients(directory: Directory) -> tuple[Choice, ...]:
    """Everybody at a client, with the client's name."""
    return named(
        (person.id, f"{person.name} ({client.name})")
        for client in directory.clients
        for person in client.people
        if person.active
    )
