"""Holds, and how an engagement closed."""

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
    """All clocks stand, and until which day: on it somebody owes it to resume, extend or end."""

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
    """What the close reckoned: realised margin as a fraction, commission in money; none of it in house."""

    realised_margin: Decimal | None
    commission: Decimal | None
    actual_cost: Decimal
    lessons: LongText | None = None
    not_billed: Annotated[TextToTell | None, Field(exclude_if=lambda told: told is None)] = None
    """What of the price that the margin counts nobody ever billed, and why; None where all that was accepted is."""
