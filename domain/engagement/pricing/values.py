"""The price and the decision about the deal."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.playbook.model import Method
from domain.pricing.formulas import Quote, Terms
from domain.shared.limits import MAX_CONTINGENCY
from domain.shared.text import LongText
from domain.shared.values import (
    Digest,
    Money,
    Percent,
    PersonId,
    RoleName,
    Truth,
    Value,
)


class PriceWish(Value):
    """The terms that the seller had in mind when the deal was started; they are not a proposal."""

    internal_transfer: Truth = False
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MAX_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] = Decimal()
    payment: LongText | None = None


class PriceStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    STALE = "stale"


class Price(Value):
    """A proposed price, pinned to the estimate it was calculated from."""

    terms: Terms
    payment: LongText | None
    quote: Quote
    estimate_hash: Digest
    by: PersonId
    approvers: tuple[RoleName, ...] = ()
    override: RoleName | None = None
    status: PriceStatus = PriceStatus.PROPOSED


class DealDecision(Value):
    """A go: by whom, by which method, on exactly which deal."""

    subject_hash: Digest
    method: Method
    voters: tuple[RoleName, ...]
    final_authority: RoleName
    climbed: str | None = None
    valid: bool = True
