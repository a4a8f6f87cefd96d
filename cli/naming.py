"""Resolves people named on the command line: by id, or by a full name that is unique in the directory.

Names are resolved here and only ids are sent: the API takes ids alone, which stay when people or names change.
"""

import re
from collections.abc import Iterable
from typing import Any, overload

from cli.terminal import cli_errors, front_door
from domain.directory.people import Person
from domain.shared.errors import BadValue, NotFound
from domain.shared.near_matches import meant
from domain.shared.text import comparable
from domain.shared.values import PERSON_FORM, PersonId


@overload
def id_of(given: str, token: str, url: str | None) -> str: ...
@overload
def id_of(given: None, token: str, url: str | None) -> None: ...
@overload
def id_of(given: str | None, token: str, url: str | None) -> str | None: ...
def id_of(given: str | None, token: str, url: str | None) -> str | None:
    """The id of the person named; an id is passed on, known or not. Ends the command if a name is not unique."""
    if given is None or re.fullmatch(PERSON_FORM, given):
        return given
    with cli_errors():
        return called(given, front_door(url, token).get("me", "/people")["people"])


def known_here(given: str, people: Iterable[Person]) -> PersonId:
    """The same on the machine itself, without REST. Raises NotFound or BadValue."""
    return PersonId(given if re.fullmatch(PERSON_FORM, given) else called(given, (p.model_dump() for p in people)))


def id_of_who_left(given: str, token: str, url: str | None) -> str:
    """The same for someone who has left."""
    if re.fullmatch(PERSON_FORM, given):
        return given
    with cli_errors():
        return called(given, front_door(url, token).get("me", "/people")["people"], active=False)


def called(name: str, people: Iterable[dict[str, Any]], *, active: bool = True) -> str:
    """The id of the person with this name, ignoring case, among those active or among those who left.

    Raises NotFound or BadValue.
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
    """What tells people with the same name apart."""
    return f"of {row['client']}" if row["client"] else str(row["title"] or row["email"])
