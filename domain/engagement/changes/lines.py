"""What a change order contains: items, each of work added or removed, a price, a date, terms or requirements.

Routing counts gross amounts, so that nothing hides behind its opposite; what the client pays, and margins, count net. A
change given with one price, its work and its days has one item.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from domain.pricing.three_points import ThreePoints
from domain.shared.limits import MAX_CHANGE_LINES
from domain.shared.text import LongText, OwnText, ShortText, cut, in_bytes, require_bytes
from domain.shared.values import ItemId, Money, Name, Value, Whole

MAX_DAYS = 3650
Days = Annotated[Whole, Field(ge=-MAX_DAYS, le=MAX_DAYS)]
# Bytes of the text of one item, and of all items of a change: all of it is on every card that asks about it.
MAX_PER_ITEM, MAX_ITEMS_BYTES = 1000, 8 * 1024
# Bytes kept of the reason for a change that came to nothing: the change order has all of it.
MAX_KEPT_REASON_BYTES = 100
NOT_BOTH = "must have either items, or one price with its work and days"


def in_days(days: int) -> str:
    """As people read it: `1 day`, `-2 days`."""
    return f"{days} day" if abs(days) == 1 else f"{days} days"


class ChangeLine(Value):
    """Work of a change: discipline, grade, hours."""

    discipline: Name
    grade: Name
    hours: ThreePoints


ItemText = Annotated[OwnText, AfterValidator(in_bytes(MAX_PER_ITEM))]
Work = Annotated[tuple[ChangeLine, ...], Field(max_length=MAX_CHANGE_LINES)]


class ItemKind(StrEnum):
    WORK_ADDED = "work_added"
    WORK_REMOVED = "work_removed"
    PRICE = "price"
    DATE = "date"
    TERMS = "terms"
    REQUIREMENTS = "requirements"

    @property
    def label(self) -> str:
        """As people read it: `work added`."""
        return self.value.replace("_", " ")


class ChangeItem(Value):
    """One thing that a change does; `amount` and `days` may be negative.

    Added work has lines. Removed work is a whole package of the scope, by its id; any part of it that is still to be
    done is added work.
    """

    kind: ItemKind
    package: ItemId | None = None
    requirement: Annotated[ItemId | None, Field(exclude_if=lambda name: name is None)] = None
    """The requirement that reads as `text` says from now on; without a text it is dropped."""
    work: Work = ()
    amount: Money = Decimal()
    days: Days = 0
    text: ItemText | None = None
    """What changes, in words: which requirement or term, and its new wording."""

    @model_validator(mode="after")
    def _says_what_its_kind_says(self) -> Self:
        removes = self.kind is ItemKind.WORK_REMOVED
        if removes != (self.package is not None):
            raise ValueError(
                "removed work must name its package" if removes else "only removed work can name a package"
            )
        if (self.kind is ItemKind.WORK_ADDED) != bool(self.work):
            raise ValueError("only added work can have work" if self.work else "added work must have its work")
        if removes and self.amount > 0:
            raise ValueError("removed work lowers the price: give a negative amount, such as -45000")
        if self.requirement is not None and self.kind is not ItemKind.REQUIREMENTS:
            raise ValueError("only an item of requirements can name a requirement")
        if self.kind is ItemKind.DATE and (self.amount or not self.days):
            raise ValueError("an item of dates must have days and no amount")
        return self


class _InOne(Value):
    """A change given as one item: a price, its work, and the days."""

    title: ShortText
    reason: LongText
    work: Work = ()
    price: Money
    days: Days = 0
    terms_changed: bool = False
    requirements_changed: bool = False

    @property
    def kind(self) -> ItemKind:
        """The main kind of the one item."""
        told = (
            (bool(self.work), ItemKind.WORK_ADDED),
            (bool(self.price), ItemKind.PRICE),
            (bool(self.days), ItemKind.DATE),
            (self.requirements_changed, ItemKind.REQUIREMENTS),
            (self.terms_changed, ItemKind.TERMS),
        )
        return next((kind for holds, kind in told if holds), ItemKind.PRICE)

    @property
    def by_item(self) -> dict[str, Any]:
        """The same in the form with items."""
        item = ChangeItem(kind=self.kind, work=self.work, amount=self.price, days=self.days)
        kept = ("title", "reason", "terms_changed", "requirements_changed")
        return {name: getattr(self, name) for name in kept} | {"items": (item,)}


class ChangeFacts(Value):
    """What a change order says. Flags default to false; an item about terms or requirements sets its own."""

    title: ShortText
    reason: LongText
    items: Annotated[tuple[ChangeItem, ...], Field(min_length=1, max_length=MAX_CHANGE_LINES)]
    terms_changed: bool = False
    requirements_changed: bool = False

    @model_validator(mode="wrap")
    @classmethod
    def _by_item_or_in_one(cls, given: Any, taken: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if isinstance(given, dict) and "items" not in given:
            given = _InOne.model_validate(given, context=info.context).by_item
        elif isinstance(given, dict) and given.keys() & {"price", "work", "days"}:
            raise ValueError(NOT_BOTH)
        facts = taken(given)
        if len(facts.work) > MAX_CHANGE_LINES:
            raise ValueError(f"a change can have at most {MAX_CHANGE_LINES} lines of work in total")
        if facts.all_days > MAX_DAYS:
            raise ValueError(f"the days of all items, later and earlier together, must be at most {MAX_DAYS:,}")
        if len(set(facts.removes)) < len(facts.removes):
            raise ValueError("a package can only be removed once")
        if len(set(facts.requires_anew)) < len(facts.requires_anew):
            raise ValueError("a requirement can only be rewritten once")
        require_bytes((item.text for item in facts.items if item.text), MAX_ITEMS_BYTES, "the words of all items")
        kinds = {item.kind for item in facts.items}
        return facts.replace(
            terms_changed=facts.terms_changed or ItemKind.TERMS in kinds,
            requirements_changed=facts.requirements_changed or ItemKind.REQUIREMENTS in kinds,
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of both input forms."""
        by_item = handler(core)
        if handler.mode == "serialization":
            return by_item
        return {"anyOf": [by_item, handler(_InOne.__pydantic_core_schema__)]}

    @classmethod
    def in_one(cls, *, price: Decimal | int | str, **more: Any) -> Self:
        """A change with one item, from its price, `title`, `reason`, and optional `work`, `days` and flags."""
        return cls.model_validate({"price": price, **more})

    @property
    def price(self) -> Decimal:
        """What the client pays more or less: the net of all items."""
        return sum((item.amount for item in self.items), Decimal())

    @property
    def value(self) -> Decimal:
        """The gross value, used for routing: the absolute amounts of all items."""
        return sum((abs(item.amount) for item in self.items), Decimal())

    @property
    def days(self) -> int:
        """How much later or earlier everything ends: the net of all items."""
        return sum(item.days for item in self.items)

    @property
    def all_days(self) -> int:
        """The absolute days of all items, used for routing."""
        return sum(abs(item.days) for item in self.items)

    @property
    def work(self) -> tuple[ChangeLine, ...]:
        """All added work, in the order of the items."""
        return tuple(line for item in self.items for line in item.work)

    @property
    def unsaid(self) -> tuple[ItemKind, ...]:
        """Terms or requirements that are flagged as changed without an item that says how."""
        flags = ((self.terms_changed, ItemKind.TERMS), (self.requirements_changed, ItemKind.REQUIREMENTS))
        said = {item.kind for item in self.items if item.text is not None or item.requirement is not None}
        return tuple(kind for changes, kind in flags if changes and kind not in said)

    @property
    def removes(self) -> tuple[ItemId, ...]:
        return tuple(item.package for item in self.items if item.package is not None)

    @property
    def requires_anew(self) -> tuple[ItemId, ...]:
        """The requirements that are reworded or dropped."""
        return tuple(item.requirement for item in self.items if item.requirement is not None)

    def in_short(self) -> Self:
        """What the register keeps of a change that came to nothing: its title, price and days."""
        whole = ChangeItem(kind=ItemKind.PRICE, amount=self.price, days=self.days)
        return self.replace(items=(whole,), reason=cut(self.reason, MAX_KEPT_REASON_BYTES))

    def with_work(self, work: tuple[ChangeLine, ...]) -> Self:
        """The same with other lines of work, as many as before, each replacing the one at its place."""
        lines = iter(work)
        return self.replace(
            items=tuple(item.replace(work=tuple(next(lines) for _ in item.work)) for item in self.items)
        )
