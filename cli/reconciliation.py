"""Shows what was promised, bought, needed and delivered side by side, and the outcome at the close."""

from collections.abc import Iterable, Iterator
from typing import Any

from cli.figures import money, percent
from cli.terminal import hanging, say

# Of promises, and of needs; if there are more, their number is shown.
MAX_SHOWN = 20
# The stages in which something may have been delivered.
STAGES = frozenset({"deliver", "support", "closed"})


def is_reconciled_at(state: dict[str, Any]) -> bool:
    """True for a deal, as a colleague sees it, whose promises can be compared with what is delivered."""
    return state["view"] == "firm" and state["stage"] in STAGES


def show_reconciliation(found: dict[str, Any]) -> None:
    """One line for each promise and need, what no one asked for, and whether everything agrees."""
    if found["is_whole"]:
        say("Promised, bought, needed and delivered agree:")
    else:
        say("Promised, bought, needed and delivered do not agree yet:")
    _say_first(f"promise {row['promise']}: {_kept(row)}" for row in found["promises"])
    _say_first(f"need {row['need']}: {_met(row)}" for row in found["needs"])
    if found["unasked"]:
        say(hanging(f"  bought, and neither needed nor promised: {', '.join(found['unasked'])}"))


def _say_first(lines: Iterable[str]) -> None:
    found = list(lines)
    for line in found[:MAX_SHOWN]:
        say(hanging(f"  {line}"))
    if len(found) > MAX_SHOWN:
        say(f"  and {len(found) - MAX_SHOWN} more: GET …/reconciliation shows all")


def _kept(row: dict[str, Any]) -> str:
    why = f": {row['why_not']}" if row["why_not"] else ""
    if row["declined"]:
        return f"declined, acknowledged by the client{why}"
    bought = f"bought as {', '.join(row['bought'])}" if row["bought"] else "not bought"
    needed = f"; needed for {', '.join(row['needed'])}" if row["needed"] else "; for no named need"
    return f"{bought}{needed}; {_delivered(row['delivered'])}{why}"


def _delivered(is_delivered: bool | None) -> str:
    if is_delivered is None:
        return "not delivered yet"
    return "delivered" if is_delivered else "not delivered"


def _met(row: dict[str, Any]) -> str:
    bought = f"bought as {', '.join(row['bought'])}" if row["bought"] else "not bought"
    return "; ".join([bought, *_required(row), *_measured(row)])


def _required(row: dict[str, Any]) -> Iterator[str]:
    if row["requirements"]:
        yield f"required in {', '.join(row['requirements'])}"


def _measured(row: dict[str, Any]) -> Iterator[str]:
    if row["target"] is not None:
        yield f"wanted {row['target']}, measured {row['measured'] if row['measured'] is not None else 'not yet'}"


def show_closing(closing: dict[str, Any], currency: str) -> None:
    """The outcome of a deal, as far as the reader may see it."""
    figures = {
        "realised margin": percent(closing["realised_margin"]) if closing["realised_margin"] else None,
        "actual cost": money(closing["actual_cost"], currency) if closing["actual_cost"] else None,
        "commission in all": money(closing["commission"], currency) if closing["commission"] else None,
    }
    seen = [f"{name} {figure}" for name, figure in figures.items() if figure is not None]
    if seen:
        say(hanging(f"closed with {', '.join(seen)}"))
    if closing["not_billed"]:
        say(hanging(f"the margin is based on the whole price; never billed: {closing['not_billed']}"))
    if closing["lessons"]:
        say(hanging(f"lessons: {closing['lessons']}"))
