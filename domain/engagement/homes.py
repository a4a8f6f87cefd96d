"""What keeps each need, promise and requirement: packages and milestones to be delivered, less what changes remove."""

from collections.abc import Collection, Iterator

from domain.engagement.change_facts import ChangeFacts
from domain.engagement.requirements_now import fallen_requirements
from domain.engagement.state import Engagement
from domain.values import ItemId
from domain.words import shortened

SHORT = 120
"""Bytes of a need or a promise that stand for it in a line among others."""
Without = Collection[ItemId]


def serving(state: Engagement, need: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """The packages for a need that no signed change has removed, and that are not among these."""
    gone = {*state.removed, *without}
    return tuple(one.id for one in state.packages.values() if need in one.needs and one.id not in gone)


def homes(state: Engagement, promise: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """What of the SOW covers a promise, and is neither removed nor among these."""
    gone = {*state.removed, *without}
    items = {*state.packages, *state.milestones} - gone
    return tuple(item for item in state.fate(promise).covered_by if item in items)


def uncovered_needs(state: Engagement) -> tuple[ItemId, ...]:
    """Needs for which no package is to be delivered, once there is a scope."""
    return tuple(need for need in state.needs if state.packages and not serving(state, need))


def meeting(state: Engagement, requirement: ItemId, without: Without = ()) -> tuple[ItemId, ...]:
    """The packages to which a requirement is traced that no signed change has removed, and that are not among these."""
    gone = {*state.removed, *without}
    return tuple(package for package in state.requirements[requirement].work_packages if package not in gone)


def untraced_requirements(state: Engagement) -> tuple[ItemId, ...]:
    """Requirements that were traced to packages of which signed changes have left none, and that did not fall away."""
    fallen = fallen_requirements(state)
    return tuple(name for name in state.requirements if name not in fallen and not meeting(state, name))


def removed_from(state: Engagement, items: Collection[ItemId]) -> dict[ItemId, int]:
    """Those of some packages that signed changes have removed, with the change that did."""
    return {item: state.removed[item] for item in items if item in state.removed}


def left_without(state: Engagement, facts: ChangeFacts, n: int) -> Iterator[str]:
    """What a change leaves uncovered by the packages that it removes: `need N2, whose only package was W3: …`.

    What other changes that are not decided yet would remove counts as removed, since both may be signed.
    """
    others = (change for change in state.changes.values() if change.n != n and change.status.is_open)
    open_too = {package for change in others for package in change.facts.removes}
    for need in state.needs.values():
        kept, left = serving(state, need.id, open_too), serving(state, need.id, {*open_too, *facts.removes})
        if kept and not left:
            yield f"need {need.id} “{_short(need.text)}” has no other package than {_named(kept)}"
    for promise in state.promises.values():
        kept, left = homes(state, promise.id, open_too), homes(state, promise.id, {*open_too, *facts.removes})
        packages = [item for item in kept if item in state.packages]
        if packages and not set(left) & set(state.packages):
            yield f"promise {promise.id} “{_short(promise.text)}” {_what_is_left(packages, left)}"
    gone = {*fallen_requirements(state), *(item.requirement for item in facts.items if item.text is None)}
    for name, requirement in state.requirements.items():
        if name in gone:
            continue
        kept, left = meeting(state, name, open_too), meeting(state, name, {*open_too, *facts.removes})
        if kept and not left:
            yield f"requirement {name} “{_short(requirement.text)}” has no other package than {_named(kept)}"


def _what_is_left(packages: list[ItemId], left: tuple[ItemId, ...]) -> str:
    if left:
        return f"has no other package than {_named(packages)}, and {_named(left)} alone would still carry it"
    return f"has no other home than {_named(packages)}: the engagement manager then says whether it was kept"


def _named(items: Collection[ItemId]) -> str:
    return ", ".join(items)


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), SHORT)
