"""Somebody named on the command line: by their id, or by a full name that is theirs alone in the directory.

Names are looked up here and ids sent: the API takes ids alone, which stay when people or names change.
"""

import re
from collections.abc import Iterable
from typing import Any, overload

from cli.terminal import cli_errors, front_door
from domain.directory.people import Person
from domain.shared.errors import BadValue, NotFound
from domain.shared.near_matches import meant
from domain.shared.text import comparable
from domain.shared.values import PERSON_FORM


@overload
def id_of(given: str, token: str, url: str | None) -> str: ...
@overload
def id_of(given: None, token: str, url: str | None) -> None: ...
@overload
def id_of(given: str | None, token: str, url: str | None) -> str | None: ...
def id_of(given: str | None, token: str, url: str | None) -> str | None:
    """The id of whoever is named; an id as it is, known or not. Ends the command where the name is nobody's alone."""
    if given is None or re.fullmatch(PERSON_FORM, given):
        return given
    with cli_errors():
        return called(given, front_door(url, token).get("me", "/people")["people"])


def known_here(given: str, people: Iterable[Person]) -> str:
    """The same at the machine itself, where nobody is asked over REST. Raises NotFound, BadValue."""
    return given if re.fullmatch(PERSON_FORM, given) else called(given, (person.model_dump() for person in people))


def id_of_who_left(given: str, token: str, url: str | None) -> str:
    """The same of somebody who is there no more."""
    if re.fullmatch(PERSON_FORM, given):
        return given
    with cli_errors():
        return called(given, front_door(url, token).get("me", "/people")["people"], active=False)


def called(name: str, people: Iterable[dict[str, Any]], *, active: bool = True) -> str:
    """The id of the one who is called so, in whatever case, of those who are there, or of those who left.

    Raises NotFound, BadValue.
    """
    there = [row for row in people if row["active"] is active]
    found = [row for row in there if comparable(row["name"]) == comparable(" ".join(name.split()))]
    if not found:
        near = meant(name, (row["name"] for row in there), "")
        remedy = f"{near} The directory: interlock people list".strip()
        raise NotFound(
            f"Nobody who {'is there' if active else 'has left'} is called {name}.", remedy=remedy, field="person"
        )
    if len(found) > 1:
        each = ", ".join(f"{row['id']} ({_who(row)})" for row in found)
        raise BadValue(f"{len(found)} people are called {name}: {each}.", remedy="Give the id.", field="person")
    return str(found[0]["id"])


def _who(row: dict[str, Any]) -> str:
    """What tells people of one name apart."""
    return f"of {row['client']}" if row["client"] else str(row["title"] or row["email"])
