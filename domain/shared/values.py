"""What every value of the domain is made of: frozen models, bounded texts and numbers, and their digest."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import cache
from typing import Annotated, Any, NewType, Self

import rfc8785
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import to_json

from domain.shared.memo import memoized


def spoken(name: str) -> str:
    """A data name (a grade, a competency) as people read it: `offshore_senior` as `offshore senior`."""
    return name.replace("_", " ")


class Value(BaseModel):
    """A frozen value; `replace` gives a changed copy without validating again what the domain itself made."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    def replace(self, **changes: Any) -> Self:
        """A copy with these fields changed. Raises TypeError for a name that is none of them."""
        if unknown := changes.keys() - type(self).model_fields.keys():
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        return self.model_copy(update=changes)


def _plain(number: Decimal) -> Decimal:
    """The same number in one spelling, so that 8, 8.0 and 8E0 have one digest, and -0 is 0."""
    return Decimal(format(number.normalize(), "f")) if number else Decimal()


def in_cents(amount: Decimal) -> Decimal:
    """Money rounded half to even to two decimals, whatever its size."""
    with localcontext() as context:
        context.prec = 80
        return amount.quantize(CENT, rounding=ROUND_HALF_EVEN) + 0


def _typed_in_cents(amount: Decimal) -> Decimal:
    """Rejects more than two decimals: an amount that someone typed is never rounded. Raises ValueError."""
    if amount != in_cents(amount):
        raise ValueError("money can have at most two decimals")
    return amount


def _few_decimals(number: Decimal) -> Decimal:
    if -int(number.normalize().as_tuple().exponent) > MAX_DECIMALS:
        raise ValueError(f"must have at most {MAX_DECIMALS} decimals")
    return number


PERSON_FORM = r"^[a-z0-9][a-z0-9._-]{0,63}$"
ITEM_FORM = r"^[A-Za-z][A-Za-z0-9_-]{0,15}$"
ROLE_FORM = r"^[a-z][a-z_]{0,40}(:[a-z][a-z0-9_ -]{0,40})?$"
EXTERNAL_FORM = r"^[a-z][a-z0-9_ -]{0,40}:[^\x00-\x1f]{1,100}$"
NAME_FORM = r"^[a-z][a-z0-9_ -]{0,40}$"
DIGEST_FORM = r"^[0-9a-f]{64}$"
# How a token is identified in lists: too little of its hash to sign in with.
LISTED_FORM = "^[0-9a-f]{12}$"
ENGAGEMENT_FORM = r"^[A-Z]{2,8}-[0-9]{4}-[0-9]{4,9}$"
ASK_FORM = r"^[A-Z]{2,8}-[0-9]{4}-[0-9]{4,9}(\.C[0-9]{1,6})?\.A[0-9]{1,9}$"
TASK_FORM = r"^T[0-9]{1,6}$"
CURRENCY_FORM = r"^[A-Z]{3}$"
LANGUAGE_FORM = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
TEXT_VERSION_FORM = LANGUAGE_FORM.removesuffix("$") + r"/[0-9a-f]{64}$"
POINTS_FORM = r"^ *[0-9.]+ */ *[0-9.]+ */ *[0-9.]+ *h? *$"
# Each a type of its own, so that none is mistaken for another, a title or a stream; its form is checked where it is
# read from outside.
EngagementId = NewType("EngagementId", Annotated[str, Field(pattern=ENGAGEMENT_FORM)])
PersonId = NewType("PersonId", Annotated[str, Field(pattern=PERSON_FORM)])
# Fields that take one from outside say of which form it must be: `ASK_FORM`, or only how long it may be.
AskId = NewType("AskId", str)
ItemId = Annotated[str, Field(pattern=ITEM_FORM)]
RoleName = Annotated[str, Field(pattern=ROLE_FORM)]
Name = Annotated[str, Field(pattern=NAME_FORM)]
Digest = Annotated[str, Field(pattern=DIGEST_FORM)]
# Beyond these, calendars and databases cannot compute.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


def _within_reach(moment: datetime) -> datetime:
    if not FIRST_DAY < moment.date() < LAST_DAY:
        raise ValueError(f"must be between {FIRST_DAY} and {LAST_DAY}")
    return moment


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+")


def _written_as_a_day(value: Any) -> Any:
    """A number would be read as seconds since 1970, and a time as the day it falls on."""
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return value.strip()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("must be a date, written YYYY-MM-DD")


def _written_as_a_moment(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise ValueError("must be a time with its offset, as 2026-11-24T09:00:00Z")


PLAIN_NUMBER = "must be a plain number, as 1234.50: digits, with a point before decimals"
PLAIN_WHOLE = "must be a whole number in digits, as 1200 or -3"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]+")


def _no_truth(value: Any) -> Any:
    """Python takes True for 1."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004 -- pydantic reports ValueError alone
    return value


def _written_as_a_number(value: Any) -> Any:
    """Python also reads `1_000`, ` 5 `, `1E+3` and digits of other scripts, which others read as something else."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError(PLAIN_NUMBER)
    return _no_truth(value)


def _written_as_a_whole(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError(PLAIN_WHOLE)
    return _no_truth(value)


Moment = Annotated[AwareDatetime, BeforeValidator(_written_as_a_moment), AfterValidator(_within_reach)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY), BeforeValidator(_written_as_a_day)]
# True or false, and neither 1 nor "yes".
Truth = Annotated[bool, Field(strict=True)]
# A whole number in plain digits, and not `true` as 1.
Whole = Annotated[int, BeforeValidator(_written_as_a_whole)]

CENT = Decimal("0.01")
# The largest whole number that every reader of JSON takes exactly.
MAX_SAFE = 2**53 - 1
# The largest sum of money, typed or computed: a record keeps cents in 64 bits, and adds them up.
MAX_MONEY = Decimal(10**12)
MAX_DECIMALS = 6

# A decimal in plain form, bounded where it is used.
Exact = Annotated[Decimal, BeforeValidator(_written_as_a_number)]
# A number that is not money, such as the measure of a need.
Amount = Annotated[
    Decimal,
    Field(ge=-(10**12), le=10**12, max_digits=24),
    BeforeValidator(_written_as_a_number),
    AfterValidator(_few_decimals),
    AfterValidator(_plain),
]
# Money that someone typed: in cents, and no more than `MAX_MONEY`.
Money = Annotated[
    Decimal,
    Field(ge=-(10**12), le=10**12, max_digits=24),
    BeforeValidator(_written_as_a_number),
    AfterValidator(_typed_in_cents),
    AfterValidator(_plain),
]
Hours = Annotated[
    Decimal,
    Field(ge=0, le=1_000_000, max_digits=24),
    BeforeValidator(_written_as_a_number),
    AfterValidator(_few_decimals),
    AfterValidator(_plain),
]
Percent = Annotated[
    Decimal,
    Field(ge=0, le=1000, max_digits=24),
    BeforeValidator(_written_as_a_number),
    AfterValidator(_few_decimals),
    AfterValidator(_plain),
]


# Writes the same as RFC 8785 wants for what `_is_plain`, in a tenth of the time.
_PLAIN_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """The value as canonical JSON (RFC 8785), models in JSON form: Decimals are strings. Raises ValueError."""
    given = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return _PLAIN_JSON.encode(given).encode() if _is_plain(given) else rfc8785.dumps(given)


def _is_plain(value: Any) -> bool:
    """True without floats, large numbers, and keys beyond ASCII, which RFC 8785 writes or orders in its own way."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-MAX_SAFE <= value <= MAX_SAFE)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(part) for key, part in value.items())
    return kind in (list, tuple) and all(map(_is_plain, value))


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value, in hex: what an approval is bound to."""
    return hashlib.sha256(canonical(value)).hexdigest()


def was_given(name: str, prefix: str, count: int) -> bool:
    """True for one of the ids given so far: of `T1` to `T7` if `count` is seven."""
    number = name.removeprefix(prefix)
    is_number = name.startswith(prefix) and number.isascii() and number.isdecimal() and not number.startswith("0")
    return is_number and int(number) <= count


@memoized(256)
def digest_of_part(part: BaseModel) -> str:
    """The digest of a part that states hand on unchanged (a rate card), computed once."""
    return digest(part)


def weight(things: Any) -> int:
    """Size in bytes as JSON."""
    return len(to_json(things, inf_nan_mode="strings"))


@memoized(1024)
def weight_of_part(part: Any) -> int:
    """The same for a part that states hand on unchanged, computed once."""
    return weight(part)


def weight_of_state(state: BaseModel) -> int:
    """The same for a state; only parts that no earlier state had are measured."""
    hidden = _may_be_left_out(type(state))
    told = {name: part for name, part in vars(state).items() if name not in hidden or not hidden[name](part)}
    parts = {name: part for name, part in told.items() if part and isinstance(part, (BaseModel, dict, tuple))}
    figures = {name: figure for name, figure in told.items() if name not in parts}
    return weight(figures) + sum(len(f',"{name}":') + weight_of_part(part) for name, part in parts.items())


@cache
def _may_be_left_out(kind: type[BaseModel]) -> Mapping[str, Callable[[Any], bool]]:
    """For each field that may be left out of the JSON, when it is."""
    fields = kind.model_fields.items()
    return {name: field.exclude_if for name, field in fields if field.exclude_if is not None}
