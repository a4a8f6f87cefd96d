"""Holidays that run out are heard of while there is time."""

from datetime import date

import pytest

from domain.shared.calendar import Calendar
from domain.shared.holidays_known import holiday_findings

TODAY = date(2026, 11, 2)


def calendar(until: date | None) -> Calendar:
    return Calendar(name="NO", zone="Europe/Oslo", opens=480, closes=960, holidays_until=until)


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (date(2030, 12, 31), []),
        (date(2028, 12, 31), []),
        (date(2027, 12, 31), ["NO has holidays only until 2027-12-31: later ones count as working days"]),
        (date(2025, 12, 31), ["NO has holidays only until 2025-12-31: later ones count as working days"]),
        (None, ["the public holidays of NO may be missing: they would count as working days"]),
    ],
)
def test_a_calendar_that_a_new_deal_may_outlive_is_told(until: date | None, told: list[str]) -> None:
    assert [finding.what for finding in holiday_findings([calendar(until)], TODAY)] == told
