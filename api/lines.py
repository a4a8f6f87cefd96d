"""Texts that stand in one field of a form, one on a line: on a page and in a chat alike."""

from collections.abc import Sequence


def lines(text: str | None) -> tuple[str, ...]:
    """Lines that say something, without what stands around them."""
    return tuple(filter(None, (line.strip() for line in (text or "").splitlines())))


def shown(texts: Sequence[str], longest: int) -> str | None:
    """As a field of so many characters shows them; None where it cannot show them whole."""
    text = "\n".join(texts)
    return text if len(text) <= longest and not any("\n" in one for one in texts) else None


def said(text: str | None, before: Sequence[str], longest: int) -> tuple[str, ...] | None:
    """What a field says now; None, by which what was said before stays, where it is empty and could not show that."""
    return lines(text) or (None if shown(before, longest) is None else ())
