"""Three-point estimates: PERT means and deviations, and the P80 of a whole.

Source of the formulas: PERT (mean (a + 4m + b) / 6, deviation (b - a) / 6); the variance of a sum of equally correlated
parts; 0.8416 deviations for the 80th percentile of a normal distribution.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from domain.directory.people import RateCard
from domain.playbook.model import EstimatePolicy
from domain.shared.values import POINTS_FORM, Hours, Name, Value

# Decimal digits carried, so that rounding is far below a cent for any sum of money.
PRECISION = 34


POINTS = ("optimistic", "likely", "pessimistic")
NOTATION = "must be three points: optimistic/likely/pessimistic hours, as 40/60/100 or [40, 60, 100]"


def three_numbers(given: Any) -> list[Any]:
    """The numbers of three points, whether written `40/60/100`, listed or named; not validated.

    A written one may end with an `h`, so that whatever is displayed is accepted. Raises ValueError.
    """
    if isinstance(given, dict) and given.keys() == set(POINTS):
        return [given[point] for point in POINTS]
    if isinstance(given, str):
        given = [part.strip() for part in given.strip().removesuffix("h").split("/")]
    if not isinstance(given, list | tuple) or len(given) != len(POINTS) or "" in given:
        raise ValueError(NOTATION)
    return list(given)


class ThreePoints(Value):
    """Optimistic, likely and pessimistic hours."""

    optimistic: Hours
    likely: Hours
    pessimistic: Hours

    @model_validator(mode="before")
    @classmethod
    def _in_any_notation(cls, given: Any) -> Any:
        if isinstance(given, dict | ThreePoints):
            return given
        return dict(zip(POINTS, three_numbers(given), strict=True))

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of inputs has all notations, that of outputs the named one."""
        named = handler(core)
        if handler.mode == "serialization":
            return named
        number = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]}
        listed = {"type": "array", "items": number, "minItems": 3, "maxItems": 3, "examples": [[40, 60, 100]]}
        written = {"type": "string", "pattern": POINTS_FORM, "examples": ["40/60/100"]}
        return {"anyOf": [written, listed, named]}

    @model_validator(mode="after")
    def _in_order(self) -> "ThreePoints":
        if not self.optimistic <= self.likely <= self.pessimistic:
            raise ValueError("hours must be in order: optimistic <= likely <= pessimistic")
        return self

    @property
    def six_means(self) -> Decimal:
        """Six times the PERT mean, exact."""
        return self.optimistic + 4 * self.likely + self.pessimistic

    @property
    def six_deviations(self) -> Decimal:
        """Six times the PERT standard deviation, exact."""
        return self.pessimistic - self.optimistic

    @property
    def mean(self) -> Decimal:
        """Hours."""
        return self.six_means / 6

    @property
    def written(self) -> str:
        """`40/60/100`, as shown in a field in which hours are typed."""
        return f"{self.optimistic}/{self.likely}/{self.pessimistic}"

    def __str__(self) -> str:
        return f"{self.written} h"


# Pessimistic hours above this many times the likely ones are probably a typo, such as 1000 for 100.
MAX_TIMES_LIKELY = 10


def likely_slip(package: str, hours: ThreePoints) -> str | None:
    """The warning for hours that are hardly meant, but accepted all the same; None for others."""
    if not hours.pessimistic:
        return f"{package} has no hours at all ({hours}): if that is a mistake, correct it."
    if hours.pessimistic <= MAX_TIMES_LIKELY * hours.likely:
        return None
    times = f"{hours.pessimistic / hours.likely:.0f} times its likely" if hours.likely else "above a likely of 0"
    return f"The highest of {package} is {times} ({hours}): if that is a mistake, correct it."


class EstimateLine(Value):
    """Work of one grade: what is estimated, whatever it is called."""

    grade: Name
    hours: ThreePoints


class Effort(Value):
    """Hours and cost of a whole, unrounded, at the mean (P50) and at P80."""

    hours_p50: Decimal
    hours_p80: Decimal
    cost_p50: Decimal
    cost_p80: Decimal
    six_list_total: Decimal
    """Six times the list price, exact: anything that multiplies it divides once, at the end."""

    @property
    def list_total(self) -> Decimal:
        """The list price of the whole, unrounded."""
        with localcontext() as context:
            context.prec = PRECISION
            return self.six_list_total / 6


def effort(lines: Sequence[EstimateLine], rates: RateCard, policy: EstimatePolicy) -> Effort:
    """Adds up lines. For cost, each deviation is multiplied by its grade's cost rate.

    Sums are taken of six times the hours and divided once, at the very end, so that a total that is exact stays exact:
    a price of 250,000 must not become 249,999.999 at a threshold.
    """
    with localcontext() as context:
        context.prec = PRECISION
        priced = [(line.hours, rates.grades[line.grade]) for line in lines]
        hours = [points for points, _ in priced]
        six_hours = sum((h.six_means for h in hours), Decimal())
        six_cost = sum((h.six_means * rate.cost for h, rate in priced), Decimal())
        spread = _deviation_of_sum([h.six_deviations for h in hours], policy.correlation)
        cost_spread = _deviation_of_sum([h.six_deviations * r.cost for h, r in priced], policy.correlation)
        return Effort(
            hours_p50=six_hours / 6,
            hours_p80=(six_hours + policy.p80_deviations * spread) / 6,
            cost_p50=six_cost / 6,
            cost_p80=(six_cost + policy.p80_deviations * cost_spread) / 6,
            six_list_total=sum((h.six_means * rate.list for h, rate in priced), Decimal()),
        )


def _deviation_of_sum(deviations: Sequence[Decimal], correlation: Decimal) -> Decimal:
    """sqrt(sum s_i^2 + 2 r sum_{i<j} s_i s_j), with the double sum computed as (sum s)^2 - sum s^2."""
    squares = sum((part * part for part in deviations), Decimal())
    crossed = sum(deviations, Decimal()) ** 2 - squares
    return (squares + correlation * crossed).sqrt()
