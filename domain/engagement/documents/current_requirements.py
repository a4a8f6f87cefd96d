"""What is required now: as the BRD says it, and as signed change orders have it since. What was signed last counts.

A change says a requirement anew by naming it (`requirement: R1`, and how it reads then, or nothing where it falls
away). What it says of requirements in free words alone stands beside each that these words name: no program knows how
that reads.
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
    """What a signed change says in free words."""

    change: int
    text: str


class RequirementNow(NamedTuple):
    """A requirement with its text of now; `changed_by` is the change that gave it, `fell_with` that by which it fell.

    `said`: what changes signed after that say of it in free words.
    """

    first: Requirement
    text: str
    changed_by: int | None = None
    fell_with: int | None = None
    said: tuple[FreeTextChange, ...] = ()


def requirements_now(state: Engagement) -> dict[ItemId, RequirementNow]:
    """Each requirement of the BRD as it is now, those that fell away too."""
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
    """What signed changes say of requirements in free words that name none of them."""
    for change, item in _signed_items(state):
        if item.requirement is None and item.text and not list(_named(item.text, state.requirements)):
            yield FreeTextChange(change, item.text)


def fallen_requirements(state: Engagement) -> dict[ItemId, int]:
    """Those that signed changes let fall away, with the change that did."""
    return {name: one.fell_with for name, one in requirements_now(state).items() if one.fell_with is not None}


def require_known(state: Engagement, items: tuple[ChangeItem, ...]) -> None:
    """Raises BadValue for a requirement that both sides have not signed, or that has fallen away by now."""
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
    """What signed changes have made of the requirements that the BRD says, a sentence each."""
    for name, one in requirements_now(state).items():
        if one.changed_by is not None:
            yield f"{name} reads, by change {one.changed_by}: {one.text}"
        if one.fell_with is not None:
            yield f"{name} was removed by change {one.fell_with}."
        yield from (f"Of {name} change {said.change} says: {said.text}" for said in one.said)
    yield from (f"Of the requirements change {said.change} says: {said.text}" for said in said_of_none(state))


def outlook_of(state: Engagement, items: tuple[ChangeItem, ...]) -> Iterator[str]:
    """What a change would make of each requirement that it names, beside how it reads now."""
    yield from (_would_be(name, text, now) for name, text, now in said_anew(state, items))


def said_anew(state: Engagement, items: tuple[ChangeItem, ...]) -> Iterator[tuple[ItemId, str | None, RequirementNow]]:
    """Each requirement that items of a change name: how it would read, or that it falls away, and how it is now."""
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
    """The items of signed changes that are about requirements, in the order in which the changes were signed.

    Of one change first how requirements read: its free words stand beside that, wherever they stand in it.
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
    """The requirements that a text names by their ids, each as a word of its own."""
    words = set(re.findall(r"[\w.-]*\w", text))
    return (name for name in known if name in words)
