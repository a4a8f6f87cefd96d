"""Writes a directory in the form that `interlock people import` reads: importing it again changes nothing.

Weighed: keeping the file that was imported (it lacks what has been done here since, and would undo it), and dumping the
stored value (nobody writes holidays by hand). Absences and delegations that people recorded here are left out: they
belong to those people, and an import keeps them.
"""

import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from adapters.files.directory_file import usual_zone
from domain.directory.directory import CalendarSource, Client, Directory
from domain.directory.people import Absence, Person, RateCard
from domain.shared.calendar import Calendar

HEAD = """\
# The directory in force, as `interlock people import` takes it back. What the fields mean: docs/directory.md.
"""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]*( [A-Za-z0-9_.@-]+)*")
# Words that some tools read as a boolean or as null.
_NOT_WORDS = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


class _Plainly(RoundTripRepresenter):
    """Writes amounts exactly as they are, digit by digit."""

    def decimal(self, amount: Decimal) -> ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:float", format(amount, "f"))


_Plainly.add_representer(Decimal, _Plainly.decimal)


def directory_as_yaml(directory: Directory) -> str:
    """Returns the file of a directory. Imported in the same year, it puts the same directory into force."""
    writer = YAML()
    writer.Representer = _Plainly
    writer.width = 10_000
    writer.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO(HEAD)
    text.seek(0, io.SEEK_END)
    writer.dump(_block(_document(directory)), text)
    return text.getvalue()


def _document(directory: Directory) -> dict[str, Any]:
    own = [absence for absence in directory.absences if absence.by is None]
    parts: dict[str, Any] = {
        "firm": directory.firm,
        "currency": directory.currency,
        "calendars": _block({name: _row(_calendar(known, directory)) for name, known in directory.calendars.items()}),
        "positions": _block(directory.positions),
        "roles_of_the_house": _block(dict(directory.house_roles.items())),
        "people": [_row(_person(person)) for person in directory.people],
        "absences": [_row(_absence(absence)) for absence in own],
        "capacity": _block({name: _number(hours) for name, hours in directory.capacity.items()}),
        "clients": [_client(client) for client in directory.clients],
        "rate_card": _rate_card(directory.rate_card),
    }
    return {name: part for name, part in parts.items() if part}


def _calendar(calendar: Calendar, directory: Directory) -> dict[str, Any]:
    """Describes a calendar by what it was built from or, if that is unknown, by all of its days off."""
    source = directory.calendar_sources.get(calendar.name)
    if source is None:
        source = CalendarSource(weekend=calendar.weekend, days_off=calendar.holidays)
    hours = f"{_clock(calendar.opens)}-{_clock(calendar.closes)}"
    return {
        "zone": calendar.zone,
        "hours": hours,
        "country": source.country,
        "subdivision": source.subdivision,
        "also": source.also,
        "half_days": calendar.half_days,
        "weekend": source.weekend,
        "days_off": tuple(map(str, source.days_off)),
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _person(person: Person, client: Client | None = None) -> dict[str, Any]:
    """Only what differs from the defaults."""
    own = {name: getattr(person, name) for name in type(person).model_fields if name not in {"client", "left"}}
    if client is not None and own["calendar"] == client.calendar:
        own["calendar"] = None
    if client is not None and person.calendar is None and person.zone == usual_zone(client):
        own["zone"] = None
    usual = {"active": True, "to_confirm": False}
    return {name: value for name, value in own.items() if name not in usual or value != usual[name]}


def _absence(absence: Absence) -> dict[str, Any]:
    days = {"from": str(absence.first), "to": str(absence.last)}
    return {"person": absence.person, **days, "delegate": absence.delegate}


def _client(client: Client) -> CommentedMap:
    own = {name: getattr(client, name) for name in type(client).model_fields if name not in {"people", "in_house"}}
    rows = [_row(_person(person, client)) for person in client.people]
    said = {name: getattr(client, name) or None for name in ("in_house", "was_confirmed")}
    return _block({**own, **said, "people": rows})


def _rate_card(card: RateCard) -> CommentedMap:
    grades = {
        name: _row({"cost": _number(rate.cost), "list": _number(rate.list)}) for name, rate in card.grades.items()
    }
    return _block({"version": card.version, "grades": _block(grades)})


def _number(amount: Decimal) -> int | Decimal:
    return int(amount) if amount == amount.to_integral_value() else amount


def _block(values: Mapping[str, Any]) -> CommentedMap:
    """One key per line, without empty values."""
    return CommentedMap((_scalar(key), _scalar(value)) for key, value in values.items() if _says(value))


def _row(values: Mapping[str, Any]) -> CommentedMap:
    """The same on one line."""
    row = CommentedMap((key, _flow(value)) for key, value in values.items() if _says(value))
    row.fa.set_flow_style()
    return row


def _says(value: object) -> bool:
    return value is not None and value not in ((), {}, [])


def _flow(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _row(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_scalar(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """Quotes a text, unless every YAML reader takes it for the same text without quotes."""
    if not isinstance(value, str):
        return value
    plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_WORDS
    return value if plain else DoubleQuotedScalarString(value)
