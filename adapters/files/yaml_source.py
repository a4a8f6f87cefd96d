"""Reads YAML files that people write, so that every mistake can be reported by file, line and field.

Values are built directly from the parser's events by the core schema of YAML 1.2: `NO` and `on` stay text, dates stay
text until a model asks for a date, and numbers become exact Decimals. Tags and duplicate keys are refused; aliases may
expand to no more values than a large file has (otherwise one kilobyte could expand to gigabytes).
"""

import difflib
import re
import types
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from adapters.console_commands import with_commands
from domain.shared.input_errors import in_words, own_faults
from domain.shared.text import composed
from domain.shared.values import Value

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]

# Bytes: a directory of ten thousand people has fewer.
LARGEST = 5_000_000
MAX_VALUES = 500_000
DEEPEST = 20
LIKELY_TYPO = 0.75

_WHOLE = re.compile(r"-?[0-9]+")
# What follows the comma in `{expenses: 1,800}` or `{discount_percent: 3,5}`: YAML takes it for a key of its own.
_AFTER_A_COMMA = re.compile(r"[0-9]+(\.[0-9]+)?")
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class FileProblem(Value):
    """A fault in a file: where it is, in the file's own terms, and what to do about it."""

    file: str
    line: int
    path: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        stop = "" if self.message.endswith("?") else "."
        return f"{self.file}:{self.line}: {where}{self.message}{stop} {self.remedy}"


class FileRefused(Exception):
    """A file was refused; carries every problem found in it."""

    def __init__(self, *problems: FileProblem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Source:
    """A file as plain values, and the line (from 1) of each dotted path in it."""

    file: str
    data: Any
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """Returns the line of a path, or of its nearest parent that is in the file."""
        while path not in self.lines and path:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)

    def problem(self, path: str, message: str, remedy: str) -> FileProblem:
        """A problem at a path of this file."""
        return FileProblem(
            file=self.file, line=self.line(path), path=path, message=message, remedy=with_commands(remedy)
        )

    def problems(self, error: ValidationError, at: Place = ()) -> tuple[FileProblem, ...]:
        """Turns pydantic's errors into problems of this file. `at` is where the validated value stands in it."""
        found = (
            self.problem(self._path_of(detail, at), _message(detail), _remedy(detail))
            for detail in own_faults(error.errors(include_url=False))
        )
        return tuple(dict.fromkeys(found))

    def _path_of(self, detail: ErrorDetails, at: Place) -> str:
        """The path without what pydantic adds to it: names of union members, `[key]`."""
        path = dotted(at)
        for part in detail["loc"]:
            inner = f"{path}.{part}" if path else str(part)
            path = inner if inner in self.lines else path
        missing = _missing(detail)
        return f"{path}.{missing}".lstrip(".") if missing else path


def dotted(path: Place) -> str:
    """A path as people write it: `work_packages.2.hours`, counted from 0."""
    return ".".join(map(str, path))


def read_source(path: Path) -> Source:
    """Reads a YAML file. Raises FileRefused if it cannot be read, is too large, or is not plain YAML."""
    return parse_source(str(path), content_of(path))


def content_of(path: Path) -> bytes:
    """Reads a file, up to one byte over the limit, which is enough to refuse it. Raises FileRefused."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as unreadable:
        message = f"cannot be read: {unreadable.strerror or unreadable}"
        raise FileRefused(Source(str(path), None).problem("", message, "Check the name of the file.")) from None


def parse_source(name: str, content: bytes) -> Source:
    """The same for bytes from elsewhere; `name` is how problems refer to them."""
    empty = Source(name, None)
    if len(content) > LARGEST:
        too_large = f"is larger than {LARGEST:,} bytes"
        raise FileRefused(empty.problem("", too_large, "Split it, or remove what is not needed."))
    try:
        reader = _Reader(name, YAML(typ="safe", pure=True).parse(content.decode("utf-8-sig")))
        return reader.source()
    except UnicodeDecodeError as not_text:
        line = content[: not_text.start].count(b"\n") + 1
        problem = empty.problem("", "is not UTF-8 text", "Save it with the encoding UTF-8.")
        raise FileRefused(problem.replace(line=line)) from None
    except YAMLError as broken:
        raise FileRefused(_broken(empty, broken)) from None


def _broken(source: Source, error: YAMLError) -> FileProblem:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    told = error.problem if isinstance(error, MarkedYAMLError) else str(error).splitlines()[0]
    problem = source.problem("", f"is not YAML: {told}", "Check indentation, quotes and brackets at this line.")
    return problem.replace(line=mark.line + 1) if mark else problem


class _Reader:
    """Builds plain values from parser events, and records the line of each path."""

    def __init__(self, file: str, events: Iterator[Event]) -> None:
        self.file = file
        self.events = events
        self.lines: dict[str, int] = {}
        self.anchored: dict[str, tuple[Any, int]] = {}
        """Anchored values, and how many values each one expands to."""
        self.values = 0

    def source(self) -> Source:
        """Reads the only document of the stream."""
        next(self.events)
        if isinstance(next(self.events), StreamEndEvent):
            raise self._refused(1, "", "is empty", "Start from a file of examples/.")
        data = self._value(next(self.events), ())
        next(self.events)
        more = next(self.events)
        if isinstance(more, DocumentStartEvent):
            raise self._refused(
                _line(more), "", "contains more than one document", "Put each document in a file of its own."
            )
        return Source(self.file, data, self.lines)

    def _value(self, event: Event, path: Place) -> Any:
        self._plain(event, path)
        self.lines.setdefault(dotted(path), _line(event))
        if isinstance(event, AliasEvent):
            return self._named_again(event, path)
        before = self.values
        value = self._built(event, path)
        self._count(event, path, 1)
        if isinstance(event, NodeEvent) and event.anchor:
            self.anchored[event.anchor] = value, self.values - before
        return value

    def _named_again(self, event: AliasEvent, path: Place) -> Any:
        if event.anchor not in self.anchored:
            raise self._refused(
                _line(event), dotted(path), "has an anchor that contains itself", "Write the value out."
            )
        value, size = self.anchored[event.anchor]
        self._count(event, path, size)
        return value

    def _count(self, event: Event, path: Place, more: int) -> None:
        self.values += more
        if self.values > MAX_VALUES:
            raise self._refused(_line(event), dotted(path[:3]), "expands to too many values", "Use fewer aliases.")

    def _built(self, event: Event, path: Place) -> Any:
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        if not isinstance(event, ScalarEvent):
            raise TypeError(f"the parser gave {event!r} where a value begins")
        text = composed(event.value)
        return _scalar(text) if event.implicit[0] else text

    def _mapping(self, path: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(key := next(self.events), MappingEndEvent):
            self._plain(key, path)
            if not isinstance(key, ScalarEvent):
                raise self._refused(
                    _line(key), dotted(path), "has a key that is not a word", "Use a single word as the key."
                )
            name = composed(key.value)
            inner = (*path, name)
            if name in values:
                first = self.lines[dotted(inner)]
                raise self._refused(_line(key), dotted(inner), f"is already given at line {first}", "Keep only one.")
            self.lines[dotted(inner)] = _line(key)
            value = self._value(next(self.events), inner)
            if value is None and values and _AFTER_A_COMMA.fullmatch(name):
                number = *path, next(reversed(values))
                raise self._refused(
                    _line(key),
                    dotted(number),
                    "contains a comma",
                    "Write the number without commas, with a point before decimals.",
                )
            values[name] = value
        return values

    def _sequence(self, path: Place) -> list[Any]:
        values: list[Any] = []
        while not isinstance(item := next(self.events), SequenceEndEvent):
            values.append(self._value(item, (*path, len(values))))
        return values

    def _plain(self, event: Event, path: Place) -> None:
        if getattr(event, "tag", None):
            raise self._refused(_line(event), dotted(path), "has a tag", "Write the value without '!'.")
        if len(path) > DEEPEST:
            raise self._refused(_line(event), dotted(path[:3]), "is nested too deeply", "Use fewer levels.")

    def _refused(self, line: int, path: str, message: str, remedy: str) -> FileRefused:
        return FileRefused(FileProblem(file=self.file, line=line, path=path, message=message, remedy=remedy))


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


def _scalar(text: str) -> Any:
    """Parses an unquoted word by the core schema; what only looks like a number stays text for its model to refuse."""
    if text in _WORDS:
        return _WORDS[text]
    with suppress(ValueError, InvalidOperation):
        if _WHOLE.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    return text


class Stranger(NamedTuple):
    """A key that no model knows, and the known field that was probably meant."""

    path: Place
    meant: str | None

    @property
    def instead_of(self) -> str | None:
        """The path of the field that was probably meant."""
        return dotted((*self.path[:-1], self.meant)) if self.meant else None

    @property
    def top(self) -> str | int:
        """The top-level field that cannot be trusted because of this key."""
        return self.path[0] if len(self.path) > 1 else self.meant or self.path[0]


@dataclass(frozen=True)
class Reading(Generic[M]):
    """What a model makes of a file. If there are problems, the fields in `unread` must not be used."""

    value: M
    problems: tuple[FileProblem, ...]
    ignored: tuple[Stranger, ...]
    unread: frozenset[str]


def validated(source: Source, model: type[M]) -> M:
    """Returns the file as a model. Raises FileRefused with everything that is wrong with its form."""
    reading = reading_of(source, model, ignore_unknown=False)
    if reading.problems:
        raise FileRefused(*in_order(reading.problems))
    return reading.value


def reading_of(source: Source, model: type[M], *, ignore_unknown: bool) -> Reading[M]:
    """Returns the file as a model, as far as possible, so that sound fields are checked further in the same round.

    With `ignore_unknown`, keys that resemble no known field are returned instead of refused.
    """
    found = tuple(strangers(model, source.data))
    ignored = tuple(stranger for stranger in found if ignore_unknown and stranger.meant is None)
    refused = tuple(stranger for stranger in found if stranger not in ignored)
    data, problems = without(source.data, found), unknown_fields(source, refused)
    unread = frozenset(str(stranger.top) for stranger in refused)
    try:
        return Reading(model.model_validate(data), problems, ignored, unread)
    except ValidationError as error:
        meant = {stranger.instead_of for stranger in found}
        problems += tuple(p for p in source.problems(error) if p.path not in meant)
        unread |= _fields_in(error, model)
        return Reading(_as_far_as_sound(model, data, unread), problems, ignored, unread)


def _fields_in(error: ValidationError, model: type[BaseModel]) -> set[str]:
    tops = {str(detail["loc"][0]) if detail["loc"] else "" for detail in error.errors()}
    return set(model.model_fields) if "" in tops else tops


def _as_far_as_sound(model: type[M], data: Any, unread: Collection[str]) -> M:
    sound = {name: info for name, info in model.model_fields.items() if name not in unread and name in data}
    types_of = {name: TypeAdapter(info.rebuild_annotation()) for name, info in sound.items()}
    return model.model_construct(**{name: kind.validate_python(data[name]) for name, kind in types_of.items()})


def in_order(problems: tuple[FileProblem, ...]) -> tuple[FileProblem, ...]:
    """Problems from the top of the file to the bottom, without duplicates."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))


def unknown_fields(source: Source, found: tuple[Stranger, ...]) -> tuple[FileProblem, ...]:
    """Unknown keys as problems; for a likely typo the message says what was probably meant."""
    return tuple(
        source.problem(
            dotted(stranger.path),
            "is not a known field" + (f"; did you mean {stranger.meant!r}?" if stranger.meant else ""),
            f"Rename it to {stranger.meant!r}." if stranger.meant else "Remove it.",
        )
        for stranger in found
    )


def strangers(expected: Any, data: Any, path: Place = ()) -> Iterator[Stranger]:
    """Walks data alongside its expected type, and yields each key that no model there knows."""
    options = tuple(_options(expected))
    if isinstance(data, dict):
        models = [option for option in options if isinstance(option, type) and issubclass(option, BaseModel)]
        known = {name: inner for model in models for name, inner in _fields(model).items()}
        inner = next((get_args(option)[1] for option in options if get_origin(option) is dict), None)
        for key, value in data.items():
            if models and key not in known:
                yield Stranger((*path, key), _close(key, known))
            else:
                yield from strangers(known.get(key, inner), value, (*path, key))
    elif isinstance(data, list):
        inner = next((get_args(option)[0] for option in options if get_origin(option) is tuple), None)
        for place, value in enumerate(data):
            yield from strangers(inner, value, (*path, place))


def without(data: Any, found: tuple[Stranger, ...]) -> Any:
    """The same data without the unknown keys."""
    return _kept(data, {stranger.path for stranger in found}, ()) if found else data


def _kept(data: Any, gone: set[Place], path: Place) -> Any:
    if isinstance(data, dict):
        return {k: _kept(v, gone, (*path, k)) for k, v in data.items() if (*path, k) not in gone}
    if isinstance(data, list):
        return [_kept(value, gone, (*path, place)) for place, value in enumerate(data)]
    return data


def _options(expected: Any) -> Iterator[Any]:
    """The alternatives of a type, without what `Annotated` adds."""
    origin = get_origin(expected)
    if origin is Annotated:
        yield from _options(get_args(expected)[0])
    elif origin in {Union, types.UnionType}:
        for option in get_args(expected):
            yield from _options(option)
    else:
        yield expected


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """The names that a file may use for a model's fields, with the type of each."""
    return {name: info.annotation for own, info in model.model_fields.items() for name in _names(own, info)}


def _names(own: str, info: Any) -> tuple[str, ...]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (alias,) if isinstance(alias, str) else (own,)


def _close(key: str, known: Mapping[str, Any]) -> str | None:
    close = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=LIKELY_TYPO)
    return close[0] if close else None


_WRONG_TYPE = {
    "string_type": "Put the text in quotes.",
    "string_pattern_mismatch": "Write it in that form.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "date_from_datetime_parsing": "Write the date as YYYY-MM-DD.",
    "date_parsing": "Write the date as YYYY-MM-DD.",
    "date_type": "Write the date as YYYY-MM-DD.",
    "decimal_parsing": "Write a number.",
    "decimal_type": "Write a number.",
    "int_parsing": "Write a whole number.",
    "int_type": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "tuple_type": "Write a list: [a, b].",
    "dict_type": "Write fields: {name: value}.",
    "model_type": "Write fields: {name: value}.",
    "model_attributes_type": "Write fields: {name: value}.",
    "string_too_long": "Shorten it.",
    "too_long": "Remove some.",
    "too_short": "Add what is missing.",
    "string_too_short": "Add a value.",
}


def _missing(detail: ErrorDetails) -> str | None:
    """The name of the missing field, including a missing discriminator of a union."""
    if detail["type"] == "union_tag_not_found":
        return str(detail["ctx"]["discriminator"]).strip("'")
    return str(detail["loc"][-1]) if detail["type"] == "missing" else None


def _message(detail: ErrorDetails) -> str:
    """What is wrong, with the value if it is short enough to help."""
    if _missing(detail):
        return "is missing"
    if detail["type"] in {"model_type", "model_attributes_type", "dict_type"}:
        return "has no named fields"
    told = in_words(detail)
    told = told[:1].lower() + told[1:]
    given = detail["input"]
    short = isinstance(given, str | int | Decimal) and len(str(given)) <= 60
    return f"{told} (it is {str(given)!r})" if short else told


def _remedy(detail: ErrorDetails) -> str:
    if missing := _missing(detail):
        return f"Add {missing!r}."
    if detail["type"] in {"literal_error", "enum"}:
        return f"Use one of: {detail['ctx']['expected']}."
    return _WRONG_TYPE.get(detail["type"], "Correct the value.")
