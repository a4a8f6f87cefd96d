"""Renders the values that an ask binds for people: rows of a label and a text, in one language.

Nothing here decides. The values are what is approved; other wording or another language changes no hash.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.asks.bound_facts import LACKS, items_in, part_of
from domain.asks.model import AskKind
from domain.asks.subject_texts import ENGLISH, SubjectTexts
from domain.directory.people import Participants
from domain.engagement.changes.lines import in_days
from domain.playbook.model import role_label
from domain.pricing.formulas import shown
from domain.shared.calendar import day_shown
from domain.shared.text import fitting
from domain.shared.text_templates import Form, fields_of, filled
from domain.shared.values import PersonId, spoken

Facts = Mapping[str, str]
Names = Callable[[PersonId], str]


class Row(NamedTuple):
    """One displayed row; `bound` are the values behind it, of which the text may show only some."""

    text: str
    bound: tuple[tuple[str, str], ...]
    listed: str = ""
    """The list that it is an entry of: the position in that list means nothing."""


def facts_shown(cast: Participants, kind: AskKind, facts: Facts, texts: SubjectTexts = ENGLISH) -> dict[str, str]:
    """Each label with its text, in the order of the facts; rows that bind only a digest are left out."""
    return {label: row.text for label, row in rows_shown(cast.name, kind, facts, texts).items() if row.text}


def rows_shown(name: Names, kind: AskKind, facts: Facts, texts: SubjectTexts = ENGLISH) -> dict[str, Row]:
    """All rows with the values they bind, including those without text. `name` gives a person's name by id."""
    sayer = _Sayer(texts, name, facts)
    places = dict.fromkeys(place for key in facts if (place := _place_of(key, kind, texts)) is not None)
    return dict(sayer.row(place) for place in places)


def text_shown(key: str, facts: Facts, texts: SubjectTexts = ENGLISH) -> str:
    """The text of one row outside any ask."""
    return _Sayer(texts, str, facts).say(texts.rows[key][1], key)


def parts_shown(key: str, facts: Facts, texts: SubjectTexts = ENGLISH) -> tuple[str, ...]:
    """The parts of a composite row outside any ask."""
    return tuple(PARTS[key](_Sayer(texts, str, facts), key))


class _Place(NamedTuple):
    """A row's position: the key of its first value, or of the item that it describes, and the key of its texts."""

    key: str
    row: str


def _place_of(key: str, kind: AskKind, texts: SubjectTexts) -> _Place | None:
    """The row that shows a value; None if another row includes it."""
    first, *rest = key.split(".")
    whole = next((one for one in (f"{kind}/{first}", first) if one in texts.rows and first in PARTS), None)
    if whole is not None:
        return _Place(f"{first}.{rest[0]}" if first in OF_EACH else first, whole)
    of_any = ".".join([first, "*", *rest[1:]]) if len(rest) > 1 else key
    row = next((one for one in (f"{kind}/{of_any}", of_any) if one in texts.rows), None)
    return _Place(key, row) if row is not None else None


class _Sayer:
    """Renders facts with the texts of one language."""

    def __init__(self, texts: SubjectTexts, name: Names, facts: Facts) -> None:
        self.texts, self.facts, self._forms = texts, facts, _forms(texts, name)

    def row(self, place: _Place) -> tuple[str, Row]:
        label, text = self.texts.rows[place.row]
        first, named = place.key.partition(".")[0], self.say(label, place.key)
        listed = label.replace("{1}", "").strip() if first in LISTED else ""
        if text:
            return named, Row(self.say(text, place.key), tuple(self._behind(text, place.key)), listed)
        joined = _joined(first, [*PARTS[first](self, place.key)])
        return named, Row(joined, tuple(part_of(self.facts, place.key).items()), listed)

    def say(self, text: str, key: str, more: Facts | None = None) -> str:
        """Fills a text with the values under and beside a key. `more`: values that are not facts."""
        return filled(text, lambda name: self.value(name, key, more), self._forms, self.texts.words)

    def sentence(self, name: str, key: str, **more: str) -> str:
        return self.say(self.texts.sentences[name], key, more)

    def value(self, name: str, key: str, more: Facts | None = None) -> str | None:
        if more and name in more:
            return more[name]
        parts = key.split(".")
        if name.isdecimal():
            return parts[int(name)]
        beside = ".".join([*parts[:-1], name])
        keys = (f"{key}.{name}", beside, name if "." in name else beside)
        return next((self.facts[one] for one in keys if one in self.facts), None)

    def _behind(self, text: str, key: str) -> Iterator[tuple[str, str]]:
        yield key, self.facts[key]
        yield from ((name, value) for name in fields_of(text) if (value := self.value(name, key)) is not None)


def _forms(texts: SubjectTexts, name: Names) -> Mapping[str, Form]:
    return {
        "digest": lambda _: "",
        "person": lambda value: name(PersonId(value)),
        "people": lambda value: ", ".join(name(PersonId(one)) for one in value.split(",")),
        "role": role_label,
        "roles": lambda value: ", ".join(map(role_label, value.split(","))),
        "either": lambda value: texts.words["or"].join(map(role_label, value.split(","))),
        "list": lambda value: ", ".join(value.split(",")),
        "day": lambda value: day_shown(date.fromisoformat(value)),
        "days": lambda value: in_days(int(value)),
        "number": lambda value: shown(Decimal(value)),
        "spelt": spoken,
        "capitals": str.upper,
        "word": lambda value: texts.words.get(value, spoken(value)),
        "changes": lambda value: _changes(texts, [int(n) for n in value.split(",")]),
    }


def _changes(texts: SubjectTexts, numbers: list[int]) -> str:
    """`C1 alone`, `C1..C3 together`, `C1, C3 together`."""
    if len(numbers) == 1:
        return texts.words["alone"].format(n=numbers[0])
    without_gap = numbers[-1] - numbers[0] == len(numbers) - 1
    names = f"C{numbers[0]}..C{numbers[-1]}" if without_gap else ", ".join(f"C{n}" for n in numbers)
    return texts.words["together"].format(changes=names)


def _package(sayer: _Sayer, key: str) -> Iterator[str]:
    """A package as an expert sees it: what it serves, its assumptions and its risks."""
    yield sayer.sentence("package.title", key)
    if f"{key}.scope" in sayer.facts:
        yield sayer.facts[f"{key}.scope"]
    for part in ("serves", "assumes", "risk"):
        for name, text in part_of(sayer.facts, f"{key}.{part}").items():
            yield sayer.sentence(f"package.{part}", key, text=text, id=name.rpartition(".")[2])


def _sent_back(sayer: _Sayer, key: str) -> Iterator[str]:
    return (sayer.sentence("sent_back", f"{key}.{n}") for n in items_in(sayer.facts, key))


def _lacks(sayer: _Sayer, key: str) -> Iterator[str]:
    if f"{key}.roles" in sayer.facts:
        yield sayer.sentence("lacks.roles", key)
    yield from (sayer.sentence("lacks.level", f"{key}.{name}", level=name) for name in items_in(sayer.facts, key))


def _called(sayer: _Sayer, key: str) -> Iterator[str]:
    """Who else must approve and why: `finance, since its value passes 10,000.00 EUR`."""
    for role in items_in(sayer.facts, key):
        places = dict.fromkeys(name.rpartition(".")[0] for name in part_of(sayer.facts, f"{key}.{role}"))
        why = dict.fromkeys(reason for place in places for reason in _reason(sayer, place))
        yield sayer.sentence("called", key, role=role, reasons=sayer.texts.words["and"].join(why))


def _reason(sayer: _Sayer, key: str) -> Iterator[str]:
    """Why somebody approves a change, with the calculated margin where that is among the values."""
    field, comparison, value = (sayer.value(name, key) or "" for name in ("field", "comparison", "value"))
    by_figure = [field] if field in sayer.texts.sentences and sayer.value("measured", key) is None else []
    named = [*by_figure, f"{field}.{comparison}", f"{field}.{value}", "is"]
    text = sayer.sentence(next(one for one in named if one in sayer.texts.sentences), key)
    if sayer.value("approver", key) is not None:
        counting = f"counting_earlier.{field}"
        text += sayer.sentence(counting if counting in sayer.texts.sentences else "counting_earlier", key)
    yield text


def _item(sayer: _Sayer, key: str) -> Iterator[str]:
    """`work removed, W3 Migration of old cases: -45,000.00 EUR, -5 days`."""
    is_requirement, text = f"{key}.requirement" in sayer.facts, sayer.facts.get(f"{key}.text")
    said = sayer.sentence("item", key) + (sayer.sentence("item.falls_away", key) if is_requirement and not text else "")
    figures = [sayer.sentence(f"item.{name}", key) for name in ("amount", "days") if f"{key}.{name}" in sayer.facts]
    said += f": {', '.join(figures)}" if figures else ""
    yield f"{said}. {sayer.sentence('item.reads', key) if is_requirement else ''}{text}" if text else said


# Kinds whose entries are identified by their text, not their position.
LISTED = frozenset({"person", "item", "expected"})
# Kinds with one composite row for each item; each other composite kind has one row for all its values.
OF_EACH = frozenset({"package", "item"})
PARTS: dict[str, Callable[[_Sayer, str], Iterator[str]]] = {
    "package": _package,
    "item": _item,
    "sent_back": _sent_back,
    LACKS: _lacks,
    "called": _called,
    "reason_why": _reason,
}


def _joined(of: str, parts: list[str]) -> str:
    """Joins the parts of a row. Multi-line parts are Markdown, which an inline separator would break."""
    apart = "\n\n" if of == "sent_back" or (of == "package" and any("\n" in part for part in parts)) else None
    return fitting((apart or (" · " if of == "package" else "; ")).join(parts))
