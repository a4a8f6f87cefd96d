"""Numbers, money and days as the reader's locale writes them. The locale is the first that their browser asks for."""

from datetime import date, datetime
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from fastapi import Request
from jinja2 import pass_context
from jinja2.runtime import Context

MAX_HEADER = 200
# English as written in Europe: day before month, 24 hours.
DEFAULT = Locale("en", "GB")


def locale_of(request: Request) -> Locale:
    """The first known locale of `Accept-Language`, or English."""
    for wanted in request.headers.get("accept-language", "")[:MAX_HEADER].split(","):
        name = wanted.partition(";")[0].strip()
        try:
            found = Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
        return found
    return DEFAULT


def _locale(context: Context) -> Locale:
    found = context.get("locale", DEFAULT)
    return found if isinstance(found, Locale) else DEFAULT


@pass_context
def money(context: Context, amount: Decimal | str | None, currency: str = "") -> str:
    """`552,320.59 EUR`; a dash for nothing."""
    if amount is None:
        return "–"
    written = format_decimal(Decimal(amount), format="#,##0.00", locale=_locale(context))
    return f"{written} {currency}".strip()


@pass_context
def number(context: Context, value: Decimal | float | str | None) -> str:
    """With at most two decimals; a dash for nothing."""
    return "–" if value is None else format_decimal(Decimal(str(value)), format="#,##0.##", locale=_locale(context))


@pass_context
def percent(context: Context, fraction: Decimal | str | None) -> str:
    """A fraction of one as `42.5 %`; a dash for nothing."""
    if fraction is None:
        return "–"
    return f"{format_decimal(Decimal(fraction) * 100, format='#,##0.##', locale=_locale(context))} %"


@pass_context
def day(context: Context, value: date | datetime | None) -> str:
    """`24 Nov 2026`; a dash for none."""
    return "–" if value is None else format_date(value, "medium", locale=_locale(context))
