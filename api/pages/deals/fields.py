"""The fields of a new deal, and how a deal file fills them."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.pages.commands.choices import colleagues, people_of_clients
from api.pages.commands.fields import Field, FieldKind, named
from api.pages.commands.needs import NEED, promise_columns
from api.pages.commands.scope import MILESTONE, package_columns
from api.pages.visitor import Visitor
from domain.directory.directory import Directory
from domain.playbook.model import Kind, role_label


def deal_fields(directory: Directory) -> tuple[Field, ...]:
    """What is known at the first call, then all that may begin the deal with it."""
    clients = named((client.name, client.name) for client in directory.clients)
    kinds = named((kind.value, role_label(kind.value)) for kind in Kind)
    theirs, ours = people_of_clients(directory), colleagues(directory)
    return (
        Field("client", "Client", FieldKind.CHOICE, needed=True, choices=clients),
        Field("title", "Title", needed=True),
        Field("kind", "Kind", FieldKind.CHOICE, needed=True, choices=kinds, value=Kind.CONTRACTED.value),
        Field("client_sponsor", "Client's sponsor", FieldKind.CHOICE, needed=True, choices=theirs),
        Field("client_signatory", "Who signs for the client", FieldKind.CHOICE, needed=True, choices=theirs),
        Field("provider_sponsor", "Our sponsor", FieldKind.CHOICE, needed=True, choices=ours),
        Field("wished_start", "Start wished", FieldKind.DATE, needed=True),
        Field("wished_end", "End wished", FieldKind.DATE, needed=True),
        Field("wished_value", f"Value wished in {directory.currency}", FieldKind.NUMBER),
        Field("needs", "Needs", FieldKind.ROWS, columns=NEED, prefix="N"),
        Field("promises", "Promises", FieldKind.ROWS, columns=promise_columns(ours, theirs), prefix="P"),
        Field("packages", "Work packages", FieldKind.ROWS, columns=package_columns(directory), prefix="W"),
        Field("milestones", "Milestones", FieldKind.ROWS, columns=MILESTONE, prefix="M"),
    )


def typed_from(opening: Mapping[str, Any]) -> dict[str, str]:
    """A deal file's opening as the form would have it: `needs.0.text`."""
    return dict(_flat("", opening))


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, within in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), within)
    elif isinstance(value, list | tuple):
        if value and all(isinstance(one, str) for one in value):
            joint = "\n" if name.endswith(("assumes", "risks")) else ", "
            yield name, joint.join(value)
        else:
            for n, one in enumerate(value):
                yield from _flat(f"{name}.{n}", one)
    elif value is not None:
        yield name, str(value)


def seller_of(visitor: Visitor) -> dict[str, object]:
    """A deal that is begun on a page is sold by who begins it."""
    return {"salesperson": visitor.person.id}
