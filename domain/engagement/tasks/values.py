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
    """A condition that came with a yes: somebody's, by a date, checked before a later gate opens."""

    id: str
    text: LongText
    owner: PersonId
    set_by: Annotated[PersonId | None, Field(exclude_if=lambda who: who is None)] = None
    """Whose yes it came with; None of what nobody set, and where that was not kept yet."""
    since: Moment
    due: Day
    before: Stage
    done: bool = False
    note: LongText | None = None
    clock: Annotated[WorkingClock | None, Field(exclude_if=lambda clock: clock is None)] = None
    """Its working minutes, as an act owed has them; None until they are set, and where that was not kept yet."""
    due_minutes: Annotated[int, Field(exclude_if=lambda minutes: not minutes)] = 0
    reminded_at: Moment | None = None
    rung: Annotated[int, Field(exclude_if=lambda rung: not rung)] = 0
    above: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Everybody above its owner whom its ladder has reached, the highest last."""
    climbed_to: PersonId | None = None
    """Who answers for it: the highest of these."""
    stand_ins: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who may meet it in its owner's place now."""
