"""Commands that put an engagement on hold, resume it, or end it."""

from typing import ClassVar, Literal

from domain.engagement.command import HOLD_OWNER, Command
from domain.shared.text import LongText, OwnText
from domain.shared.values import (
    Day,
)


class HoldEngagement(Command):
    """Stops all clocks until a day; if already on hold, until another day."""

    kind: Literal["HoldEngagement"] = "HoldEngagement"
    granted_to: ClassVar = frozenset({"engagement_manager", "head_of_engagement_management"})
    does: ClassVar = "put the deal on hold"
    allowed_on_hold: ClassVar = True
    reason: OwnText
    until: Day


class ResumeEngagement(Command):
    kind: Literal["ResumeEngagement"] = "ResumeEngagement"
    granted_to: ClassVar = frozenset({"engagement_manager", "head_of_engagement_management"})
    does: ClassVar = "resume the deal"
    allowed_on_hold: ClassVar = True


class LoseDeal(Command):
    kind: Literal["LoseDeal"] = "LoseDeal"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "record the deal as lost"
    allowed_on_hold: ClassVar = True
    reason: OwnText


class CancelEngagement(Command):
    kind: Literal["CancelEngagement"] = "CancelEngagement"
    granted_to: ClassVar = frozenset({"engagement_manager", HOLD_OWNER})
    does: ClassVar = "cancel the engagement"
    allowed_on_hold: ClassVar = True
    reason: OwnText


class CloseEngagement(Command):
    kind: Literal["CloseEngagement"] = "CloseEngagement"
    granted_to: ClassVar = frozenset({"engagement_manager"})
    does: ClassVar = "close the engagement"
    lessons: LongText | None = None
