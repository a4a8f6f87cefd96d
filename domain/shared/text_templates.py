"""Texts with places for values, as translators write them: `[C{n}: ]{title}` or `due {day:day}`.

`{name}` is a value, `{name:form}` a value in a form, `{name|word}` a word used if there is no value. What is in square
brackets is dropped if a value in it is absent. `{~}` is a new paragraph if a value has several lines, else a space.

Weighed: `str.format`, which fails on a value that is absent, and Jinja, which the domain does not import.
"""

import re
from collections.abc import Callable, Iterator, Mapping

Form = Callable[[str], str]
_FIELD = re.compile(r"\{([\w.]+)(?::(\w+))?(?:\|(\w+))?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_GAP = "{~}"


def fields_of(text: str) -> Iterator[str]:
    """The names of the values that a text has places for."""
    return (name for name, _, _ in _FIELD.findall(text))


def filled(
    text: str, value_of: Callable[[str], str | None], forms: Mapping[str, Form], words: Mapping[str, str]
) -> str:
    """The text with its values in their forms. An absent value without a word in its place shows nothing."""

    def kept(found: re.Match[str]) -> str:
        return found[1] if all(value_of(name) is not None for name in fields_of(found[1])) else ""

    def put(found: re.Match[str]) -> str:
        name, form, word = found.groups()
        value = value_of(name)
        if value is None:
            return words[word] if word else ""
        return forms[form](value) if form else value

    whole = _OPTIONAL.sub(kept, text)
    has_lines = any("\n" in (value_of(name) or "") for name in fields_of(whole))
    return _FIELD.sub(put, whole.replace(_GAP, "\n\n" if has_lines else " "))
