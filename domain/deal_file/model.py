"""A deal as written in a file (examples/deal-*.yaml): the facts of an engagement, start to close.

The models check the form. `deal_problems` checks the rest: that ids which are named exist, that people are who the file
says, that every discipline has an expert and every grade a rate.
"""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from domain.asks.model import AskKind, Verdict
from domain.deal_file.casting import Parties
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ChangeLine, Days, Work
from domain.engagement.deal_origin import External
from domain.playbook.model import Kind
from domain.pricing.three_points import three_numbers
from domain.shared.limits import MAX_CHANGE_LINES, MAX_CONTINGENCY, MAX_ROWS, MAX_TEXTS
from domain.shared.text import LongText, ShortText
from domain.shared.values import (
    Amount,
    Day,
    Hours,
    ItemId,
    Money,
    Name,
    Percent,
    PersonId,
    RoleName,
    Value,
    Whole,
)

# Rows of tables that no single command takes: a longer file is a mistake, or an attack.
MOST = 500

Ids = Annotated[tuple[ItemId, ...], Field(max_length=MAX_ROWS)]
Texts = Annotated[tuple[LongText, ...], Field(max_length=MAX_TEXTS)]
# Optimistic, likely, pessimistic, in any notation of three points; their order is checked with all else.
ThreeHours = Annotated[tuple[Hours, Hours, Hours], BeforeValidator(three_numbers)]
Flag = Annotated[bool, Field(strict=True)]


class MeasureRow(Value):
    """How to measure that a need is met."""

    what: ShortText
    now: Amount
    target: Amount


class NeedRow(Value):
    id: ItemId
    text: LongText
    why: LongText | None = None
    measure: MeasureRow | None = None


class PromiseRow(Value):
    id: ItemId
    by: PersonId
    to: PersonId
    text: LongText
    on: Annotated[Day, Field(validation_alias=AliasChoices("on", "true"))]
    """Tools that write YAML 1.1 turn the key `on` into `true`."""


class WorkPackageRow(Value):
    id: ItemId
    title: ShortText
    scope: LongText | None = None
    """What is done and delivered, in full."""
    discipline: Name
    grade: Name
    hours: ThreeHours | None = None
    """What the experts say when a deal is played; the seller does not estimate."""
    needs: Ids = ()
    promises: Ids = ()
    assumes: Texts = ()
    risks: Texts = ()

    @property
    def played_hours(self) -> tuple[Decimal, Decimal, Decimal]:
        """The hours of a file that can be played (`lacking_to_play`). Raises ValueError if there are none."""
        if self.hours is None:
            raise ValueError(f"{self.id} has no hours")
        return self.hours


class PriceRow(Value):
    """A price that sales requests; or, in house, a transfer at cost."""

    internal_transfer: Flag = False
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MAX_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] | None = None
    payment: LongText | None = None


class PurchaseRow(Value):
    """Something to be bought for the deal; a line of text is enough."""

    title: Annotated[ShortText, Field(validation_alias=AliasChoices("title", "text"))]
    id: ItemId | None = None
    amount: Annotated[Money, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_enough(cls, given: Any) -> Any:
        return {"title": given} if isinstance(given, str) else given


class MilestoneRow(Value):
    id: ItemId
    title: ShortText
    due: Day
    share_percent: Annotated[Percent, Field(le=100)]
    promises: Ids = ()


class RequirementRow(Value):
    id: ItemId
    text: LongText
    needs: Ids = ()
    work_packages: Ids = ()


_REQUIREMENTS = ("requirements_changed", "acceptance_changed", "acceptance_criteria_changed")


class ChangeRow(Value):
    """A change order, by item or with one price, as in `ChangeFacts`."""

    n: Annotated[Whole, Field(ge=1, le=9999)]
    by: PersonId
    title: ShortText
    reason: LongText
    items: Annotated[tuple[ChangeItem, ...], Field(max_length=MAX_CHANGE_LINES)] = ()
    work: Work = ()
    price: Money | None = None
    days: Days = 0
    terms_changed: Flag = False
    requirements_changed: Annotated[Flag, Field(validation_alias=AliasChoices(*_REQUIREMENTS))] = False
    """Requirements or acceptance criteria: both need the same review, so either name sets it."""

    @model_validator(mode="before")
    @classmethod
    def _any_of_its_names_sets_it(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        flags = [given[name] for name in _REQUIREMENTS if name in given]
        rest = {name: value for name, value in given.items() if name not in _REQUIREMENTS}
        ill = (flag for flag in flags if not isinstance(flag, bool))
        return {**rest, "requirements_changed": next(ill, any(flags))}

    @model_validator(mode="after")
    def _makes_a_change(self) -> Self:
        self.facts  # noqa: B018 -- raises where items and price do not make one
        return self

    @property
    def facts(self) -> ChangeFacts:
        """The change order as it is submitted."""
        return ChangeFacts.model_validate(self.model_dump(exclude={"n", "by"}, exclude_defaults=True))

    @property
    def all_work(self) -> tuple[tuple[str, ChangeLine], ...]:
        """All work that it adds, with its path in the row."""
        by_item = ((f"items.{place}.work", item.work) for place, item in enumerate(self.items))
        return tuple((f"{at}.{n}", line) for at, work in (("work", self.work), *by_item) for n, line in enumerate(work))


class SatisfactionRow(Value):
    """The answer to a pulse, at a milestone or at the `close`."""

    at: ItemId
    score: Annotated[Whole, Field(ge=0, le=10)]
    who: Annotated[PersonId, Field(alias="from")]


class ConditionRow(Value):
    """What must be done because an approval depends on it; a line of text is enough."""

    text: LongText
    owner: PersonId | None = None
    due: Day | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_enough(cls, given: Any) -> Any:
        return {"text": given} if isinstance(given, str) else given


OTHER_WORDS = {
    "need_information": Verdict.NEED_INFO,
    "objection": Verdict.OBJECT,
    "no_go": Verdict.DECLINE,
    "reject": Verdict.DECLINE,
    "go": Verdict.APPROVE,
}


def _verdict(said: Any) -> Any:
    """People write verdicts as they speak: with spaces, or with another usual word."""
    if not isinstance(said, str):
        return said
    plain = said.strip().lower().replace(" ", "_").replace("-", "_")
    return OTHER_WORDS.get(plain, plain)


class AnswerRow(Value):
    """What the holder of a role answers to a kind of ask, if it is not a plain approval."""

    kind: AskKind
    role: RoleName
    verdict: Annotated[Verdict, BeforeValidator(_verdict)]
    reason: LongText | None = None
    change: Annotated[Whole, Field(ge=1)] | None = None
    conditions: Annotated[tuple[ConditionRow, ...], Field(max_length=20)] = ()


# The parties and subject of a file; with its needs, promises, scope, milestones and purchases it opens the engagement.
OPENING = (
    "client",
    "title",
    "kind",
    "salesperson",
    "provider_sponsor",
    "client_sponsor",
    "client_signatory",
    "wished_start",
    "wished_end",
)


class DealFile(Value):
    """A deal file. Optional fields are empty if not given: a deal begins with less than is needed to play it."""

    client: ShortText
    title: ShortText
    external: External | None = None
    kind: Kind
    salesperson: PersonId
    provider_sponsor: PersonId
    client_sponsor: PersonId
    client_signatory: PersonId
    agreement_custodian: PersonId | None = None
    wished_start: Day
    wished_end: Day
    needs: Annotated[tuple[NeedRow, ...], Field(max_length=MAX_ROWS)] = ()
    promises: Annotated[tuple[PromiseRow, ...], Field(max_length=MAX_ROWS)] = ()
    work_packages: Annotated[tuple[WorkPackageRow, ...], Field(max_length=MAX_ROWS)] = ()
    price: PriceRow | None = None
    purchases: Annotated[tuple[PurchaseRow, ...], Field(max_length=MAX_ROWS)] = ()
    milestones: Annotated[tuple[MilestoneRow, ...], Field(max_length=MAX_ROWS)] = ()
    requirements: Annotated[tuple[RequirementRow, ...], Field(max_length=MAX_ROWS)] = ()
    change_orders: Annotated[tuple[ChangeRow, ...], Field(max_length=MOST)] = ()
    actual_hours: Annotated[dict[ItemId, Hours], Field(max_length=2 * MOST)] = {}
    satisfaction: Annotated[tuple[SatisfactionRow, ...], Field(max_length=MOST)] = ()
    answers: Annotated[tuple[AnswerRow, ...], Field(max_length=MOST)] = ()

    @property
    def wished_price(self) -> PriceRow:
        """The requested price; an empty one if there is none."""
        return self.price or PriceRow()

    @property
    def parties(self) -> Parties:
        """What decides who can take part in it."""
        in_changes = {line.discipline for change in self.change_orders for _, line in change.all_work}
        return Parties(
            kind=self.kind,
            client=self.client,
            salesperson=self.salesperson,
            provider_sponsor=self.provider_sponsor,
            custodian=self.agreement_custodian if self.kind is Kind.IN_HOUSE else None,
            submitters=tuple(change.by for change in self.change_orders),
            disciplines=frozenset({package.discipline for package in self.work_packages} | in_changes),
            has_purchases=bool(self.purchases),
        )
