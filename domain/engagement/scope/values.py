"""Work packages, milestones, purchases, estimates and staffing."""

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from domain.directory.capacity import Reckoning
from domain.engagement.item_ids import Ids
from domain.pricing.three_points import ThreePoints
from domain.shared.limits import MAX_TEXTS
from domain.shared.text import LongText, ShortText
from domain.shared.values import (
    Day,
    Digest,
    ItemId,
    Money,
    Name,
    Percent,
    PersonId,
    Value,
    digest,
)


class WorkPackage(Value):
    id: ItemId
    title: ShortText
    scope: Annotated[LongText | None, Field(exclude_if=lambda scope: scope is None)] = None
    """What is done and delivered, in full. Where nothing is said it is in no hash either."""
    discipline: Name
    grade: Name
    needs: Ids = ()
    promises: Ids = ()
    assumes: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()
    risks: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()


class Milestone(Value):
    """Something the client accepts. `share_percent` is progress; what is billed when is the price's text."""

    id: ItemId
    title: ShortText
    due: Day
    share_percent: Annotated[Percent, Field(le=100)]
    promises: Ids = ()


class Purchase(Value):
    id: ItemId
    title: ShortText
    amount: Annotated[Money, Field(ge=0)] = Decimal()


class Estimate(Value):
    """One expert's hours for one package, bound to the package as it was shown to them."""

    package: ItemId
    by: PersonId
    hours: ThreePoints
    assumptions: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()
    risks: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()
    package_hash: Digest


class EstimateChoice(Value):
    """Which of several estimates the lead takes, or a stated merge of them."""

    package: ItemId
    hours: ThreePoints
    of: tuple[PersonId, ...]
    statement: LongText


class ReturnedPackage(Value):
    """A package that its expert sent back apart from what else was asked: whoever sells splits it or makes it clear."""

    ask_id: str
    by: PersonId
    because: LongText
    """Why, as much of it as is kept here: the ask has the whole."""
    shown: Digest
    """Of what was shown of it: it is asked again once that is other."""


class UndoneEstimateChoice(Value):
    """A choice that fell because somebody corrected their hours: whoever chose is told so, and chooses again."""

    choice: EstimateChoice
    by: PersonId
    """Who corrected theirs."""


class Attestation(Value):
    """Delivery's word for the hours of one package, bound to exactly these and their rates; it outlives a role."""

    by: PersonId
    subject_hash: Digest


class DatesKeptReason(Value):
    """Why the requested dates are kept although they cannot be staffed, and who says so."""

    by: PersonId
    reason: LongText


# Under which name the resource manager's word stands beside the deal, for whoever decides it.
CAPACITY = "capacity"


class Staffing(Value):
    """The resource manager's word on the requested dates; a no is a risk, never a veto."""

    subject_hash: Digest
    confirmed: bool
    available_from: Day | None = None
    note: LongText | None = None
    reckoned: Reckoning | None = None
    """What the pipeline left free when it was said; None where nobody reckoned."""
    kept: DatesKeptReason | None = None
    """What was answered to a no: without an answer it is still the seller's."""
    ask_id: Annotated[str | None, Field(exclude_if=lambda ask: ask is None)] = None
    """By which ask it was said, which may have left the engagement since; None where nobody kept that yet."""


@lru_cache(maxsize=1024)
def package_hash_of(package: WorkPackage, linked: tuple[str, ...]) -> str:
    """Reckoned once of what is the same: after each fact every rule asks for that of every package again."""
    return digest({"package": package.model_dump(mode="json"), "serves": linked})
