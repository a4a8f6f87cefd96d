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
from domain.shared.values import AskId, Day, Digest, ItemId, Money, Name, Percent, PersonId, Value, digest


class WorkPackage(Value):
    id: ItemId
    title: ShortText
    scope: Annotated[LongText | None, Field(exclude_if=lambda scope: scope is None)] = None
    """What is done and delivered, in full. If None, it is in no hash either."""
    discipline: Name
    grade: Name
    needs: Ids = ()
    promises: Ids = ()
    assumes: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()
    risks: Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)] = ()


class Milestone(Value):
    """Something the client accepts. `share_percent` is progress; when to bill what is in the price's text."""

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
    """The estimate that the lead takes of several, or a stated merge of them."""

    package: ItemId
    hours: ThreePoints
    of: tuple[PersonId, ...]
    statement: LongText


class ReturnedPackage(Value):
    """A package that its expert returned separately: the seller must split or clarify it."""

    ask_id: AskId
    by: PersonId
    because: LongText
    """The reason, shortened; the ask has all of it."""
    shown: Digest
    """The hash of what was shown of it: it is asked again once that differs."""


class UndoneEstimateChoice(Value):
    """A choice undone because an expert corrected their hours: whoever chose is told and must choose again."""

    choice: EstimateChoice
    by: PersonId
    """Who corrected their hours."""


class Attestation(Value):
    """Delivery's approval of one package's hours, bound to exactly these and their rates; it outlasts the role."""

    by: PersonId
    subject_hash: Digest


class DatesKeptReason(Value):
    """Why the requested dates are kept although they cannot be staffed, and who decided it."""

    by: PersonId
    reason: LongText


# The label of the resource manager's answer beside the deal.
CAPACITY = "capacity"


class Staffing(Value):
    """The resource manager's answer on the requested dates; a no is a risk, never a veto."""

    subject_hash: Digest
    confirmed: bool
    available_from: Day | None = None
    note: LongText | None = None
    reckoned: Reckoning | None = None
    """What the pipeline left free at that time; None if it was not computed."""
    kept: DatesKeptReason | None = None
    """The reply to a no; without one the seller must still answer it."""
    ask_id: Annotated[AskId | None, Field(exclude_if=lambda ask: ask is None)] = None
    """The ask by which it was given, which the engagement may no longer hold; None in older records."""


@lru_cache(maxsize=1024)
def package_hash_of(package: WorkPackage, linked: tuple[str, ...]) -> str:
    """The hash of a package with what it serves, cached because every policy asks for it after each event."""
    return digest({"package": package.model_dump(mode="json"), "serves": linked})
