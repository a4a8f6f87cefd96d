"""Commands about change orders and potential changes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.asks.model import Condition
from domain.directory.people import Introduction
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.command import CHANGES, EVERYONE, Command, ShortWords
from domain.shared.text import OwnText, ShortText, TextToTell
from domain.shared.values import AskId, ItemId, PersonId, Whole


class SubmitChange(Command):
    kind: Literal["SubmitChange"] = "SubmitChange"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "submit a change"
    change: ChangeFacts
    potential: ItemId | None = None
    """The potential change that it comes from (K1)."""


class ReviseChange(Command):
    """Submits a returned change again, or corrects it; it is routed again."""

    kind: Literal["ReviseChange"] = "ReviseChange"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "revise a change"
    n: Annotated[Whole, Field(ge=1)]
    change: ChangeFacts


class RecordPotentialChange(Command):
    """Records a "can we also…" before it is anything else."""

    kind: Literal["RecordPotentialChange"] = "RecordPotentialChange"
    granted_to: ClassVar = frozenset({EVERYONE})
    does: ClassVar = "record a potential change"
    text: OwnText
    link: ShortText | None = None


class DropPotentialChange(Command):
    """Records that a wanted potential change does not become a change order after all."""

    kind: Literal["DropPotentialChange"] = "DropPotentialChange"
    granted_to: ClassVar = frozenset({"project_manager", "engagement_manager"})
    does: ClassVar = "drop a potential change"
    potential: ItemId
    reason: ShortWords


class ReportChange(Command):
    """A report from a change order's own workflow; `report` counts up, so that a repeated one is recognized."""

    kind: Literal["ReportChange"] = "ReportChange"
    granted_to: ClassVar = frozenset({CHANGES})
    does: ClassVar = "report the state of a change"
    allowed_on_hold: ClassVar = True
    n: int
    revision: int
    report: int
    status: Literal["introduced", "attested", "returned", "approved", "rejected", "withdrawn"]
    work: tuple[ChangeLine, ...] = ()
    conditions: tuple[Condition, ...] = ()
    conditions_by: tuple[PersonId, ...] = ()
    """With whose approval each condition came."""
    returned_by: Annotated[AskId, Field(max_length=64)] | None = None
    """The ask whose answer returned it."""
    returned_because: TextToTell | None = None
    introduces: Introduction = Introduction()
    """People named in the change order who may not be known here yet."""
    chain: tuple[str, str] | None = None
