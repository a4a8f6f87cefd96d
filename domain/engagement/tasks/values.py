"""A condition of an approval, as somebody's task."""

from typing import Annotated

from pydantic import Field

from domain.playbook.model import Stage
from domain.shared.calendar import WorkingClock
from domain.shared.text import LongText
from domain.shared.values import (
    Day,
    Moment,
    PersonId,
    Value,
)


class Task(Value):
    """A condition of an approval: owned by somebody, due on a day, checked before a later gate opens."""

    id: str
    text: LongText
    owner: PersonId
    set_by: Annotated[PersonId | None, Field(exclude_if=lambda who: who is None)] = None
    """Whose approval it came with; None if it came with none, and in older records."""
    since: Moment
    due: Day
    before: Stage
    done: bool = False
    note: LongText | None = None
    clock: Annotated[WorkingClock | None, Field(exclude_if=lambda clock: clock is None)] = None
    """Its working minutes, as for an act owed; None until set, and in older records."""
    due_minutes: Annotated[int, Field(exclude_if=lambda minutes: not minutes)] = 0
    reminded_at: Moment | None = None
    rung: Annotated[int, Field(exclude_if=lambda rung: not rung)] = 0
    above: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Everybody above its owner whom it has reached, the highest last."""
    climbed_to: PersonId | None = None
    """Who is accountable for it: the highest of these."""
    stand_ins: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who may meet it for its owner now."""
