"""Commands about conditions."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.engagement.command import TASK_OWNER, Command, ShortWords


class CompleteTask(Command):
    kind: Literal["CompleteTask"] = "CompleteTask"
    granted_to: ClassVar = frozenset({TASK_OWNER, "engagement_manager"})
    does: ClassVar = "say that a condition is met"
    task: Annotated[str, Field(max_length=16)]
    note: ShortWords
