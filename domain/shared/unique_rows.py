"""Rows that are known by a name: each must be unique, since of two with the same name one would be lost silently."""

from collections.abc import Iterable, Sequence

from domain.shared.errors import BadValue


def repeated(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The names given more than once, each with its places, counted from 0. People read N1 and n1 as one."""
    places: dict[str, tuple[int, ...]] = {}
    spelled: dict[str, str] = {}
    for place, name in enumerate(names):
        first = spelled.setdefault(name.casefold(), name)
        places[first] = (*places.get(first, ()), place)
    return {name: found for name, found in places.items() if len(found) > 1}


def but_for_case(name: str, among: Iterable[str]) -> str | None:
    """The one of these names that differs only in its case."""
    return next((known for known in among if known != name and known.casefold() == name.casefold()), None)


def names_a_change(name: str) -> bool:
    """True for C and a number, in either case: change orders are named so."""
    return name[:1] in {"C", "c"} and name[1:].isdecimal()


def told(name: str, what: str, numbers: Sequence[int]) -> str:
    """A repetition in words for people: `W1 appears in rows 1, 2 and 4`."""
    return f"{name} appears in {what} {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def require_unique(ids: Iterable[str], field: str) -> None:
    """Raises BadValue if one command gives an id twice, naming it and its rows, counted from 1."""
    found = repeated(ids)
    if found:
        detail = "; ".join(told(name, "rows", [place + 1 for place in places]) for name, places in found.items())
        raise BadValue(f"Given twice: {detail}."[:1900], remedy="Give each only once.", field=field)
