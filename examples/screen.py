"""What the demo shows: a line a step for people, an object a step for programs, and a summary a deal."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.refusals import Refused

Json = dict[str, Any]


class Screen(Protocol):
    """Where a demo is shown."""

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """One step by one person; for programs {"deal", "step", "who", "role", "outcome", "refusal"}."""

    def stage(self, deal: str, stage: str) -> None:
        """The engagement has entered a stage."""

    def summary(self, summary: Json) -> None:
        """How a deal ended, or where it stands."""

    def note(self, text: str) -> None:
        """Something worth knowing beside the steps."""


class JsonLines:
    """One JSON object a line, for programs."""

    def __init__(self, errors: Console) -> None:
        self._errors = errors

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """The step as an object; `refusal` is null or the refusal's rule, title, detail and remedy."""
        refusal = None
        if refused is not None:
            refusal = {"rule": refused.rule.value, "title": refused.title, "detail": refused.detail}
            refusal["remedy"] = refused.remedy
        line = {"deal": deal, "step": step, "who": who, "role": role, "outcome": outcome, "refusal": refusal}
        print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 -- this is the program's output

    def stage(self, deal: str, stage: str) -> None:
        """Stages show in the steps."""

    def summary(self, summary: Json) -> None:
        """The last object of a deal."""
        print(json.dumps(summary, ensure_ascii=False), flush=True)  # noqa: T201 -- this is the program's output

    def note(self, text: str) -> None:
        """Notes are for people: to the error stream."""
        self._errors.print(text, markup=False, highlight=False)


class Live:
    """A line a step as it happens, refusals in red with what to do, a table at the end of each deal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """One line; a refusal has two more."""
        del deal
        mark, style = ("✗", "bold red") if refused else ("✓", "green")
        line = Text.assemble((f"  {mark} ", style), (f"{who}", "bold"), (f" ({role}) ", "dim"), step)
        if outcome not in {"done", "refused"}:
            line.append(f" — {outcome}", style="cyan")
        self._console.print(line)
        if refused:
            self._console.print(Text(f"      {refused.rule.value}: {refused.detail}", style="red"))
            self._console.print(Text(f"      → {refused.remedy}", style="yellow"))

    def stage(self, deal: str, stage: str) -> None:
        """A rule across the screen."""
        self._console.rule(f"[bold]{deal}[/bold] · {stage}", align="left", style="blue")

    def summary(self, summary: Json) -> None:
        """The figures of a deal, side by side."""
        table = Table(title=f"{summary['deal']} — {summary['engagement_id']}", show_header=False)
        for name, value in summary.items():
            if name not in {"deal", "engagement_id", "refusals"}:
                table.add_row(name.replace("_", " "), _cell(name, value))
        rules = sorted({refusal["rule"] for refusal in summary["refusals"]})
        table.add_row("refusals shown", f"{len(summary['refusals'])}: {', '.join(rules)}")
        self._console.print(table)

    def note(self, text: str) -> None:
        """A dim line."""
        self._console.print(Text(text, style="dim"))


def _cell(name: str, value: Any) -> str:
    """A figure as people read it; what does not exist (a margin in house) is a dash."""
    if value is None:
        return "–"
    if name in CELLS:
        return CELLS[name](value)
    return f"{Decimal(value):,.2f}" if name in MONEY else str(value)


def _percent(value: float) -> str:
    return f"{value * 100:.2f} %"


def _hours(value: str) -> str:
    return f"{Decimal(value):,.2f} h"


def _changes(changes: list[Json]) -> str:
    return "\n".join(f"C{c['n']} {c['status']}: {', '.join(c['route'])}" for c in changes) or "–"


def _decision(decision: Json) -> str:
    return f"{decision['method']}: {', '.join(decision['voters'])}; last word: {decision['final_authority']}"


MONEY = frozenset({"cost_p50", "cost_p80", "services", "price", "commission"})
CELLS: dict[str, Callable[[Any], str]] = {
    "changes": _changes,
    "decision": _decision,
    "margin_p50": _percent,
    "margin_p80": _percent,
    "realised_margin": _percent,
    "hours_p50": _hours,
    "hours_p80": _hours,
}
