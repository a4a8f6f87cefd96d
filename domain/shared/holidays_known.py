"""How far ahead calendars know their holidays: beyond that, a holiday would silently count as a working day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from domain.playbook.checks import Finding, Severity
from domain.shared.calendar import Calendar, CalendarName
from domain.shared.remedy_actions import RemedyAction

# A deal keeps the calendars it was started with, and may run for this long.
MAX_DEAL_LENGTH = timedelta(days=2 * 365)
IMPORT_AGAIN = f"Import the directory again: {RemedyAction.IMPORT_PEOPLE.about()}."


def holiday_findings(
    calendars: Iterable[Calendar], today: date, how: Mapping[CalendarName, str] = MappingProxyType({})
) -> tuple[Finding, ...]:
    """A warning for each calendar that a deal started today may outlive, or whose holidays are not known.

    `how`: the remedy for calendars whose country is not set by importing a file again.
    """
    return tuple(_findings(calendars, today, how))


def _findings(calendars: Iterable[Calendar], today: date, how: Mapping[CalendarName, str]) -> Iterator[Finding]:
    for calendar in calendars:
        where, until = f"calendars.{calendar.name}", calendar.holidays_until
        if until is None:
            what = f"the public holidays of {calendar.name} may be missing: they would count as working days"
            yield _warning(where, what, how.get(calendar.name, f"Name its country. {IMPORT_AGAIN}"))
        elif until < today + MAX_DEAL_LENGTH:
            what = f"{calendar.name} has holidays only until {until}: later ones count as working days"
            yield _warning(where, what, f"{IMPORT_AGAIN} If that does not help, update the holidays library.")


def _warning(where: str, what: str, remedy: str) -> Finding:
    return Finding(severity=Severity.WARNING, where=where, what=what, remedy=remedy)
