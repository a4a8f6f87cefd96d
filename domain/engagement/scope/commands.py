"""Commands about work packages, milestones, purchases, dates and hours."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.asks.model import ShownSubject
from domain.directory.people import RateCard
from domain.engagement.command import EXPERTS, Command, Few
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.pricing.three_points import ThreePoints
from domain.shared.limits import (
    MAX_PACKAGE_TEXT_BYTES,
    MAX_ROWS,
    MAX_TEXTS,
)
from domain.shared.text import LongText, OwnText, require_bytes
from domain.shared.values import (
    Day,
    ItemId,
    Value,
)


class SetWorkPackages(Command):
    """Sets the whole scope, replacing the previous one."""

    kind: Literal["SetWorkPackages"] = "SetWorkPackages"
    granted_to: ClassVar = frozenset({"sales", "business_analyst", "delivery_lead", EXPERTS})
    does: ClassVar = "set the work packages"
    packages: Annotated[tuple[WorkPackage, ...], Few]


class MoveDates(Command):
    """Requests other dates."""

    kind: Literal["MoveDates"] = "MoveDates"
    granted_to: ClassVar = frozenset({"sales", "engagement_manager"})
    does: ClassVar = "move the requested dates"
    start: Day
    end: Day


class KeepDates(Command):
    """Keeps the requested dates although they cannot be staffed, with a reason."""

    kind: Literal["KeepDates"] = "KeepDates"
    granted_to: ClassVar = frozenset({"sales", "engagement_manager"})
    does: ClassVar = "keep the requested dates"
    reason: OwnText


class SetMilestones(Command):
    kind: Literal["SetMilestones"] = "SetMilestones"
    granted_to: ClassVar = frozenset({"sales", "engagement_manager"})
    does: ClassVar = "set the milestones"
    milestones: Annotated[tuple[Milestone, ...], Few]


class SetPurchases(Command):
    kind: Literal["SetPurchases"] = "SetPurchases"
    granted_to: ClassVar = frozenset({"sales"})
    does: ClassVar = "set the purchases"
    purchases: Annotated[tuple[Purchase, ...], Field(max_length=MAX_ROWS)]


class GivenHours(Value):
    """An expert's three points, with assumptions and risks; if None, the earlier ones stay."""

    hours: ThreePoints
    assumptions: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] | None = None
    risks: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        texts = (*(self.assumptions or ()), *(self.risks or ()))
        require_bytes(texts, MAX_PACKAGE_TEXT_BYTES, "assumptions and risks of a package")
        return self


class PackageHours(GivenHours):
    """The hours for one package."""

    package: ItemId
    known: Annotated[str, Field(max_length=64, exclude_if=lambda hours: hours is None)] | None = None
    """Their own hours when they were shown the package, as a form has them: `40/60/100`, or empty if none. Hours given
    since are not overwritten. None: they were shown none.
    """


class GiveEstimate(Command):
    kind: Literal["GiveEstimate"] = "GiveEstimate"
    granted_to: ClassVar = frozenset({EXPERTS})
    does: ClassVar = "give hours"
    shown: ShownSubject | None = None
    """The ask that they answer, if they were shown one: it must be unchanged."""
    estimates: Annotated[tuple[PackageHours, ...], Few]
    reason: OwnText | None = None
    """Why hours differ that delivery has already attested."""


class ChooseEstimate(Command):
    """Takes one of several estimates of a package, or states a merge of them."""

    kind: Literal["ChooseEstimate"] = "ChooseEstimate"
    granted_to: ClassVar = frozenset({"delivery_lead", "head_of_delivery"})
    does: ClassVar = "choose among estimates"
    package: ItemId
    hours: ThreePoints
    statement: OwnText


class TakeRateCard(Command):
    """Takes the directory's newer rate card; estimate and price are then asked again."""

    kind: Literal["TakeRateCard"] = "TakeRateCard"
    granted_to: ClassVar = frozenset({"engagement_manager", "finance"})
    does: ClassVar = "take the current rate card"
    rate_card: RateCard
