"""Holds, and the result of closing."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.shared.calendar import day_shown
from domain.shared.text import LongText, TextToTell, sentence
from domain.shared.values import (
    Day,
    Moment,
    PersonId,
    Value,
)


class Hold(Value):
    """All clocks are stopped until a day, on which somebody must resume, extend or end the engagement."""

    by: PersonId
    reason: LongText
    since: Moment
    until: Day


def held(until: Day | None) -> str:
    """`On hold until Thu 3 Dec 2026`."""
    return f"On hold{f' until {day_shown(until)}' if until is not None else ''}"


def on_hold(until: Day | None, reason: str) -> str:
    """`On hold until Thu 3 Dec 2026: The client asked.`"""
    return f"{held(until)}: {sentence(reason)}"


class Closing(Value):
    """What closing calculated: the realised margin as a fraction, commission in money; neither in house."""

    realised_margin: Decimal | None
    commission: Decimal | None
    actual_cost: Decimal
    lessons: LongText | None = None
    not_billed: Annotated[TextToTell | None, Field(exclude_if=lambda told: told is None)] = None
    """Which part of the price in the margin was never billed, and why; None if everything accepted was billed."""
