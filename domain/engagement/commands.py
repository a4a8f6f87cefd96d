"""All commands of an engagement, collected from its slices. An incomplete one fails at import."""

from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from domain.engagement.answers import commands as answers_commands
from domain.engagement.changes import commands as changes_commands
from domain.engagement.closing import commands as closing_commands
from domain.engagement.command import Command
from domain.engagement.delivery import commands as delivery_commands
from domain.engagement.documents import commands as documents_commands
from domain.engagement.needs import commands as needs_commands
from domain.engagement.playbook import commands as playbook_commands
from domain.engagement.pricing import commands as pricing_commands
from domain.engagement.roles import commands as roles_commands
from domain.engagement.scope import commands as scope_commands
from domain.engagement.tasks import commands as tasks_commands

SLICES = (
    answers_commands,
    changes_commands,
    closing_commands,
    delivery_commands,
    documents_commands,
    needs_commands,
    playbook_commands,
    pricing_commands,
    roles_commands,
    scope_commands,
    tasks_commands,
)


def _of(slice_: ModuleType) -> Iterator[type[Command]]:
    """The commands of a slice. Raises TypeError for one that does not declare who may give it, or what it does."""
    for kind in vars(slice_).values():
        if not isinstance(kind, type) or not issubclass(kind, Command) or kind.__module__ != slice_.__name__:
            continue
        if "kind" not in kind.model_fields:
            continue  # a base class
        for needed in ("granted_to", "does"):
            if not hasattr(kind, needed):
                raise TypeError(f"{kind.__name__} must say {needed!r}")
        yield kind


COMMANDS: tuple[type[Command], ...] = tuple(kind for slice_ in SLICES for kind in _of(slice_))

if TYPE_CHECKING:
    AnyCommand = Command
else:
    AnyCommand = Annotated[Union[COMMANDS], Field(discriminator="kind")]  # noqa: UP007 -- a union of what is gathered
