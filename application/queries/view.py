"""What every view is made of: its base, how figures and times are written, and the reader."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from functools import partial
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, GetPydanticSchema, PlainSerializer, WithJsonSchema
from pydantic_core.core_schema import str_schema

from domain.shared.calendar import shown
from domain.shared.transaction import Actor
from domain.shared.values import MAX_DECIMALS, PersonId


def _to(places: int, number: Decimal) -> str:
    """For people: unchanged if it has no more decimals than that, else rounded half to even."""
    if -int(number.as_tuple().exponent) <= places:
        return format(number, "f")
    with localcontext() as context:
        context.prec = 80
        return format(number.quantize(Decimal((0, (1,), -places))) + 0, "f")


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_AS_TEXT = WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
# A number that someone typed, as a decimal string. Computed ones keep all their decimals internally.
Figure = Annotated[Decimal, PlainSerializer(partial(_to, MAX_DECIMALS), return_type=str), _AS_TEXT]
# Money, with at most two decimals.
MoneyFigure = Annotated[Decimal, PlainSerializer(partial(_to, 2), return_type=str), _AS_TEXT]
# Computed hours, with at most two decimals.
HoursFigure = Annotated[Decimal, PlainSerializer(partial(_to, 2), return_type=str), _AS_TEXT]
# A fraction of one, with at most four decimals: two of its percentage.
FractionFigure = Annotated[Decimal, PlainSerializer(partial(_to, 4), return_type=str), _AS_TEXT]

# A moment, RFC 3339 in UTC.
Instant = Annotated[
    datetime, PlainSerializer(_in_utc, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]

# A person's id in an answer: its form is not checked again, and the description of the API does not repeat it.
ShownPersonId = Annotated[PersonId, GetPydanticSchema(lambda _type, _next: str_schema())]

# The zone of a reader for whom none is known.
UTC_ZONE = "UTC"


class View(BaseModel):
    """Base of everything that is shown."""

    model_config = ConfigDict(frozen=True)


class NamedPersonView(View):
    id: ShownPersonId
    name: str


class Reader(NamedTuple):
    """Who reads, and the time zone in which they read times."""

    actor: Actor
    zone: str

    def shown(self, moment: datetime) -> str:
        """A moment in this reader's zone."""
        return shown(moment, self.zone)
