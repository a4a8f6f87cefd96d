"""The current requirements: as in the BRD, then as changed by signed change orders, the last one winning.

A change rewords a requirement by naming it (`requirement: R1` with its new text, or without one to drop it). Free text
about requirements is shown beside each one that it mentions, as no program can tell what they then say.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.engagement.aggregate import Engagement
from domain.engagement.changes.lines import ChangeItem, ItemKind
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.documents.values import DocumentStatus, Requirement
from domain.shared.errors import BadValue
from domain.shared.near_matches import meant
from domain.shared.values import ItemId


class FreeTextChange(NamedTuple):
    """What a signed change says in free text."""

    change: int
    text: str


class RequirementNow(NamedTuple):
    """A requirement with its current text, and what later signed changes say about it in free text (`said`).

    `changed_by` is the change that gave it, `fell_with` the one that dropped it.
    """

    first: Requirement
    text: str
    changed_by: int | None = None
    fell_with: int | None = None
    said: tuple[FreeTextChange, ...] = ()


def requirements_now(state: Engagement) -> dict[ItemId, RequirementNow]:
    """Each requirement of the BRD as it is now, including dropped ones."""
    found = {name: RequirementNow(one, one.text) for name, one in state.requirements.items()}
    for change, item in _signed_items(state):
        if item.requirement is not None:
            now = found.get(item.requirement)
            if now is not None:
                found[item.requirement] = _said_anew(now.first, change, item)
            continue
        for name in _named(item.text or "", found):
            found[name] = found[name]._replace(said=(*found[name].said, FreeTextChange(change, item.text or "")))
    return found


def said_of_none(state: Engagement) -> Iterator[FreeTextChange]:
    """What signed changes say about requirements in free text without mentioning any by id."""
    for change, item in _signed_items(state):
        if item.requirement is None and item.text and not list(_named(item.text, state.requirements)):
            yield FreeTextChange(change, item.text)


def fallen_requirements(state: Engagement) -> dict[ItemId, int]:
    """Requirements dropped by signed changes, with the number of the change."""
    return {name: one.fell_with for name, one in requirements_now(state).items() if one.fell_with is not None}


def require_known(state: Engagement, items: tuple[ChangeItem, ...]) -> None:
    """Raises BadValue for a requirement that is not in the signed BRD, or was dropped since."""
    named = [(n, item.requirement) for n, item in enumerate(items) if item.requirement is not None]
    brd = state.documents.get("brd")
    now = requirements_now(state) if named else {}
    for n, name in named:
        field = f"change.items.{n}.requirement"
        if brd is None or brd.status is not DocumentStatus.SIGNED:
            raise BadValue(
                "The BRD is not signed by both sides yet.",
                remedy="The business analyst writes its requirements there.",
                field=field,
            )
        if name not in now:
            remedy = meant(name, now, f"Use one of: {', '.join(now)}. For a new one, write it in the text.")
            raise BadValue(f"There is no requirement {name}.", remedy=remedy, field=field)
        if now[name].fell_with is not None and items[n].text is None:
            raise BadValue(f"{name} was removed by change {now[name].fell_with}.", remedy="Leave it out.", field=field)


def told_since_signed(state: Engagement) -> Iterator[str]:
    """How signed changes altered the requirements in the BRD, a sentence each."""
    for name, one in requirements_now(state).items():
        if one.changed_by is not None:
            yield f"{name} reads, by change {one.changed_by}: {one.text}"
        if one.fell_with is not None:
            yield f"{name} was removed by change {one.fell_with}."
        yield from (f"Of {name} change {said.change} says: {said.text}" for said in one.said)
    yield from (f"Of the requirements change {said.change} says: {said.text}" for said in said_of_none(state))


def outlook_of(state: Engagement, items: tuple[ChangeItem, ...]) -> Iterator[str]:
    """What a change would make of each requirement that it names, beside its current text."""
    yield from (_would_be(name, text, now) for name, text, now in said_anew(state, items))


def said_anew(state: Engagement, items: tuple[ChangeItem, ...]) -> Iterator[tuple[ItemId, str | None, RequirementNow]]:
    """For each requirement named by a change's items: its new text, or None if dropped, and what it is now."""
    now = requirements_now(state)
    for item in items:
        if item.requirement is not None and item.requirement in now:
            yield item.requirement, item.text, now[item.requirement]


def _would_be(name: ItemId, text: str | None, now: RequirementNow) -> str:
    if text is None:
        return f"{name} “{now.text}” is removed"
    if now.fell_with is not None:
        return f"{name}, which was removed by change {now.fell_with}, reads “{text}” again"
    return f"{name} reads “{text}” in place of “{now.text}”"


def _signed_items(state: Engagement) -> Iterator[tuple[int, ChangeItem]]:
    """The items about requirements of signed changes, in order of signing.

    Within a change, rewordings come first, so that its free text is shown beside them, wherever it is in the change.
    """
    signed = [change for change in state.changes.values() if change.status is ChangeStatus.APPROVED]
    for change in sorted(signed, key=lambda change: (change.signed_as, change.n)):
        for item in sorted(change.facts.items, key=lambda item: item.requirement is None):
            if item.kind is ItemKind.REQUIREMENTS and (item.text or item.requirement):
                yield change.n, item


def _said_anew(first: Requirement, change: int, item: ChangeItem) -> RequirementNow:
    if item.text is None:
        return RequirementNow(first, first.text, fell_with=change)
    return RequirementNow(first, item.text, changed_by=change)


def _named(text: str, known: Iterable[ItemId]) -> Iterator[ItemId]:
    """The requirements that a text mentions by id as whole words."""
    words = set(re.findall(r"[\w.-]*\w", text))
    return (name for name in known if name in words)
