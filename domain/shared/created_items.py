"""What facts created that has a number or name of its own, as people call it: they need it for their next step."""

from collections.abc import Iterable, Iterator

from domain.engagement.changes.events import ChangeRouted, PotentialChangeRecorded
from domain.engagement.delivery.events import ComplaintRaised
from domain.engagement.documents.events import DocumentDrafted
from domain.engagement.tasks.events import TasksOpened

# Precedes the number of a change order that was submitted.
CHANGE = "change "


def made_by(events: Iterable[object]) -> tuple[str, ...]:
    """What these facts created: `change 2`, `potential change K1`, `condition T1`, `revision 2 of the SOW`."""
    return tuple(name for event in events for name in _made(event))


def change_made(made: Iterable[str]) -> int | None:
    """The number of the change order among what was created; None if there is none."""
    return next((int(name.removeprefix(CHANGE)) for name in made if name.startswith(CHANGE)), None)


def _made(event: object) -> Iterator[str]:
    match event:
        case ChangeRouted(change=change) if change.revision == 1:
            yield f"{CHANGE}{change.n}"
        case PotentialChangeRecorded(potential=potential):
            yield f"potential change {potential.id}"
        case TasksOpened(tasks=tasks):
            yield from (f"condition {task.id}" for task in tasks)
        case DocumentDrafted(document=document):
            yield f"revision {document.revision} of the {document.kind.upper()}"
        case ComplaintRaised(id=number):
            yield f"complaint {number}"
