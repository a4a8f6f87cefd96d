"""The time zone of a country: where it has several, the one in which most of its people live.

From the table that the time zone database brings along (`zone.tab`), in which a country's first line is that one.
"""

from functools import cache
from importlib.resources import files


def zone_of_country(country: str) -> str | None:
    """The zone of a country by its two capital letters, as NO is Norway; None where there is none of that code."""
    return _zones().get(country)


def country_of_zone(zone: str) -> str | None:
    """The country that alone has a zone, by its two letters: AT of Europe/Vienna; None where several have it."""
    found = [country for country, its in _rows() if its == zone]
    return found[0] if len(found) == 1 else None


@cache
def _zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    for country, zone in _rows():
        zones.setdefault(country, zone)
    return zones


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((country, zone) for country, _place, zone, *_ in rows)
