"""Several texts in one form field, one per line: the same on a page and in a chat."""

from collections.abc import Sequence


def lines(text: str | None) -> tuple[str, ...]:
    """The non-empty lines of a text, stripped."""
    return tuple(filter(None, (line.strip() for line in (text or "").splitlines())))


def shown(texts: Sequence[str], longest: int) -> str | None:
    """The texts as a field of at most `longest` characters shows them; None if it cannot show them in full."""
    text = "\n".join(texts)
    return text if len(text) <= longest and not any("\n" in one for one in texts) else None


def said(text: str | None, before: Sequence[str], longest: int) -> tuple[str, ...] | None:
    """What a field says now. None, which keeps `before`, if it is empty but could not have shown `before`."""
    return lines(text) or (None if shown(before, longest) is None else ())
