"""What covers each need, promise and requirement: packages and milestones, less those removed by changes."""

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from domain.engagement.aggregate import Engagement
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.documents.current_requirements import fallen_requirements
from domain.shared.text import shortened
from domain.shared.values import ItemId

# Bytes of a need's or promise's text in a line among others.
SHORT = 120
Without = Collection[ItemId]


def serving(state: Engagement, need: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """The packages for a need, without those removed by signed changes or listed in `without`."""
    gone = {*state.removed, *without}
    return tuple(one.id for one in state.packages.values() if need in one.needs and one.id not in gone)


def homes(state: Engagement, promise: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """The SOW items that cover a promise, without removed ones and those listed in `without`."""
    gone = {*state.removed, *without}
    items = {*state.packages, *state.milestones} - gone
    return tuple(item for item in state.fate(promise).covered_by if item in items)


def uncovered_needs(state: Engagement) -> tuple[ItemId, ...]:
    """Needs without any package, once there is a scope."""
    return tuple(need for need in state.needs if state.packages and not serving(state, need))


def meeting(state: Engagement, requirement: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """The packages a requirement is traced to, without those removed by signed changes or listed in `without`."""
    gone = {*state.removed, *without}
    return tuple(package for package in state.requirements[requirement].work_packages if package not in gone)


def untraced_requirements(state: Engagement) -> tuple[ItemId, ...]:
    """Requirements that still apply, but all of whose packages were removed by signed changes."""
    fallen = fallen_requirements(state)
    return tuple(name for name in state.requirements if name not in fallen and not meeting(state, name))


def removed_from(state: Engagement, items: Collection[ItemId]) -> dict[ItemId, int]:
    """Those of some packages that signed changes have removed, with the number of the change."""
    return {item: state.removed[item] for item in items if item in state.removed}


class Left(NamedTuple):
    """A need, promise or requirement left without a package: what covers it now, and what would remain."""

    what: Literal["need", "promise", "requirement"]
    id: ItemId
    text: str
    kept: tuple[ItemId, ...]
    left: tuple[ItemId, ...] = ()


def left_without(state: Engagement, facts: ChangeFacts, n: int) -> Iterator[str]:
    """The same in words: `need N2 “Re-plan the day” has no package other than W3`."""
    for one in left_alone(state, facts, n):
        then = _what_is_left(one) if one.what == "promise" else f"has no package other than {_named(one.kept)}"
        yield f"{one.what} {one.id} “{_short(one.text)}” {then}"


def left_alone(state: Engagement, facts: ChangeFacts, n: int) -> Iterator[Left]:
    """What a change leaves uncovered by the packages that it removes.

    Packages that other undecided changes would remove count as removed, since both may be signed.
    """
    others = (change for change in state.changes.values() if change.n != n and change.status.is_open)
    open_too = {package for change in others for package in change.facts.removes}
    with_this = {*open_too, *facts.removes}
    for need in state.needs.values():
        kept = serving(state, need.id, open_too)
        if kept and not serving(state, need.id, with_this):
            yield Left("need", need.id, need.text, kept)
    for promise in state.promises.values():
        kept, left = homes(state, promise.id, open_too), homes(state, promise.id, with_this)
        packages = tuple(item for item in kept if item in state.packages)
        if packages and not set(left) & set(state.packages):
            yield Left("promise", promise.id, promise.text, packages, left)
    gone = {*fallen_requirements(state), *(item.requirement for item in facts.items if item.text is None)}
    for name, requirement in state.requirements.items():
        kept = meeting(state, name, open_too) if name not in gone else ()
        if kept and not meeting(state, name, with_this):
            yield Left("requirement", name, requirement.text, kept)


def _what_is_left(one: Left) -> str:
    if one.left:
        return f"has no package other than {_named(one.kept)}, and only {_named(one.left)} would still cover it"
    return f"is covered by nothing other than {_named(one.kept)}: the engagement manager then says whether it was kept"


def _named(items: Collection[ItemId]) -> str:
    return ", ".join(items)


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), SHORT)
