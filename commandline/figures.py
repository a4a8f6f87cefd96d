"""Figures as people read them on the command line."""

from decimal import Decimal


def money(amount: str, currency: str) -> str:
    """`45,000.00 EUR`."""
    return f"{Decimal(amount):,.2f} {currency}"


def percent(share: str) -> str:
    """A share of one in hundredths: `31.2 %`."""
    return f"{Decimal(share) * 100:.1f} %"
