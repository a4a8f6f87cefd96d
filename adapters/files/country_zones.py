"""Time zones of countries: for a country with several, the one in which most of its people live.

Read from the time zone database's own table (`zone.tab`), which lists that zone first for each country.
"""

from functools import cache
from importlib.resources import files


def zone_of_country(country: str) -> str | None:
    """Returns the zone of a country by its two-letter code, such as NO for Norway; None if the code is unknown."""
    return _zones().get(country)


def country_of_zone(zone: str) -> str | None:
    """Returns the code of the only country in a zone, such as AT for Europe/Vienna; None if it has several."""
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
