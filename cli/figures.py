"""Formats figures and dates for people on the command line."""

from datetime import date
from decimal import Decimal

from domain.shared.calendar import day_shown


def money(amount: str, currency: str) -> str:
    """`45,000.00 EUR`."""
    return f"{Decimal(amount):,.2f} {currency}"


def day_in(answer: str) -> str:
    """A date in an answer: `Thu 3 Dec 2026`."""
    return day_shown(date.fromisoformat(answer))


def day_of(shown: str) -> str:
    """The date of a time in its reader's zone: `Thu 3 Dec 2026` from `Thu 3 Dec 2026, 16:30 (Oslo time)`."""
    return shown.partition(",")[0]


def percent(share: str) -> str:
    """A fraction as a percentage: `31.2 %`."""
    return f"{Decimal(share) * 100:.1f} %"
