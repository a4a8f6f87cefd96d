"""Suggests what someone may have meant who named something that does not exist."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from domain.shared.text import comparable, fits


def meant(given: str, known: Iterable[str], otherwise: str) -> str:
    """`Did you mean marta.silva?` from the known names; `otherwise` if none is near, or more than one is."""
    spelled = {comparable(name): name for name in known}
    nearest = _nearest(comparable(given), spelled) or [name for name in spelled if fits(name, given)]
    return f"Did you mean {spelled[nearest[0]]}?" if len(nearest) == 1 else otherwise


def _nearest(sought: str, names: Iterable[str]) -> list[str]:
    """The name nearest to what is sought; several if they are equally near."""
    near = {
        name: SequenceMatcher(None, name, sought).ratio() for name in get_close_matches(sought, names, n=2, cutoff=0.7)
    }
    return [name for name, ratio in near.items() if ratio == max(near.values())]
