"""What somebody may have meant who named something that is not there."""

from collections.abc import Iterable
from difflib import get_close_matches

from domain.words import comparable, fits


def meant(given: str, known: Iterable[str], otherwise: str) -> str:
    """`Did you mean marta.silva?` of what is known here; `otherwise` where nothing is near, or more than one is."""
    spelled = {comparable(name): name for name in known}
    close = get_close_matches(comparable(given), spelled, n=1, cutoff=0.7)
    within = [name for name in spelled.values() if fits(name, given)]
    if close:
        return f"Did you mean {spelled[close[0]]}?"
    return f"Did you mean {within[0]}?" if len(within) == 1 else otherwise
