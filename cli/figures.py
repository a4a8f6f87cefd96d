"""Figures and days as people read them on the command line."""

from datetime import date
from decimal import Decimal

from domain.shared.calendar import day_shown


def money(amount: str, currency: str) -> str:
    """`45,000.00 EUR`."""
    return f"{Decimal(amount):,.2f} {currency}"


def day_in(answer: str) -> str:
    """A day of an answer: `Thu 3 Dec 2026`."""
    return day_shown(date.fromisoformat(answer))


def day_of(shown: str) -> str:
    """The day of a moment, as its reader's clock shows it: `Thu 3 Dec 2026` of `Thu 3 Dec 2026, 16:30 (Oslo time)`."""
    return shown.partition(",")[0]


def percent(share: str) -> str:
    """A share of one in hundredths: `31.2 %`."""
    return f"{Decimal(share) * 100:.1f} %"
