"""Placeholders in commands that are shown to people: typed literally, they are refused.

Weighed: quoting them where they are shown (`--plan '…'`: then that is what people type), and refusing them in the
domain (whose channels show no such words).
"""

import re
from collections.abc import Iterator
from typing import Any

import typer

PLACEHOLDERS = frozenset(
    {
        "ADDRESS", "ASK", "CODE", "CONDITION", "DAY", "DEAL", "DOCUMENT", "FACT", "FILE", "FIRST", "HOURS", "ITEM",
        "KEY", "LAST", "MILESTONE", "NAME", "NOTE", "PACKAGE", "PERSON", "PLAN", "POSITION", "POTENTIAL", "PROMISE",
        "REASON", "ROLE", "SCORE", "STACK", "SUCCESSOR", "SUMMARY", "TEXT", "TOKEN", "TRADE", "WHAT", "WORDS",
    }
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+")


def is_placeholder(text: str) -> bool:
    """True for `REASON` and for `REASON;DAY`: nothing but placeholders."""
    words = _WORD.findall(text)
    return bool(words) and all(word in PLACEHOLDERS for word in words) and not any(sign.isdigit() for sign in text)


def require_filled(context: Any) -> None:
    """Raises BadParameter for an option or argument whose value is only a placeholder from the help or a remedy."""
    for parameter in context.command.params:
        for text in _texts(context.params.get(parameter.name)):
            if is_placeholder(text):
                said = f"{text} is a placeholder: put your own value in its place."
                raise typer.BadParameter(said, ctx=context, param=parameter)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        yield from (text for one in value for text in _texts(one))
    elif value is not None and not isinstance(value, (bool, int, float)):
        yield str(value)
