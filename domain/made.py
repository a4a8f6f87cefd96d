"""What facts made that has a number or a name of its own, as people call it: they need it for what comes next."""

from collections.abc import Iterable, Iterator

from domain.engagement.events import (
    ChangeRouted,
    ComplaintRaised,
    DocumentDrafted,
    PotentialChangeRecorded,
    TasksOpened,
)


def made_by(events: Iterable[object]) -> tuple[str, ...]:
    """`change 2`, `potential change K1`, `condition T1`, `revision 2 of the SOW`: what is new by these facts."""
    return tuple(name for event in events for name in _made(event))


def _made(event: object) -> Iterator[str]:
    match event:
        case ChangeRouted(change=change) if change.revision == 1:
            yield f"change {change.n}"
        case PotentialChangeRecorded(potential=potential):
            yield f"potential change {potential.id}"
        case TasksOpened(tasks=tasks):
            yield from (f"condition {task.id}" for task in tasks)
        case DocumentDrafted(document=document):
            yield f"revision {document.revision} of the {document.kind.upper()}"
        case ComplaintRaised(id=number):
            yield f"complaint {number}"
