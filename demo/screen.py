"""The demo's output: a line per step for people, an object per step for programs, and a summary per deal."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live as Moving
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from domain.playbook.model import role_label
from domain.shared.errors import Refused

Json = dict[str, Any]


class Screen(Protocol):
    """Where a demo is shown."""

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """One step by one person; for programs {"deal", "step", "who", "role", "outcome", "refusal"}."""

    def stage(self, deal: str, stage: str) -> None:
        """The engagement has entered a stage."""

    def summary(self, summary: Json) -> None:
        """How a deal ended, or where it stopped."""

    def note(self, text: str) -> None:
        """Something worth knowing besides the steps."""

    def warn(self, text: str) -> None:
        """Something that no one may overlook: it differs from real use."""

    def by_itself(self, deal: str, what: str, who: str, role: str) -> None:
        """Something done by a clock and not by a person. For programs it is a step of the person concerned."""

    def candidates(self, deal: str, role: str, candidates: list[Json]) -> None:
        """Who could hold a role, best match first; for programs {"deal", "role", "candidates"}."""

    def waiting(self, what: str, seconds: float) -> AbstractContextManager[None]:
        """While in this block, someone waits for a clock, for at most so many seconds."""

    def vacancy(self, told: Json) -> None:
        """What became of a vacancy; for programs {"deal", "vacancy", …}."""


class JsonLines:
    """One JSON object per line, for programs."""

    def __init__(self, errors: Console) -> None:
        self._errors = errors

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """The step as an object; `refusal` is null or the refusal's rule, title, detail and remedy."""
        refusal = None
        if refused is not None:
            refusal = {"rule": refused.rule.value, "title": refused.title, "detail": refused.detail}
            refusal["remedy"] = refused.remedy
        self._print({"deal": deal, "step": step, "who": who, "role": role, "outcome": outcome, "refusal": refusal})

    def stage(self, deal: str, stage: str) -> None:
        """Nothing: programs see stages in the steps."""

    def summary(self, summary: Json) -> None:
        """The last object of a deal."""
        self._print(summary)

    def note(self, text: str) -> None:
        """Notes are for people, so they go to stderr."""
        self._errors.print(text, markup=False, highlight=False)

    def warn(self, text: str) -> None:
        """As a note: programs have it in the steps."""
        self.note(text)

    def by_itself(self, deal: str, what: str, who: str, role: str) -> None:
        """A step like any other."""
        self.step(deal, what, who, role, "by itself")

    def candidates(self, deal: str, role: str, candidates: list[Json]) -> None:
        """One object for the list."""
        self._print({"deal": deal, "role": role, "candidates": candidates})

    def waiting(self, what: str, seconds: float) -> AbstractContextManager[None]:
        """Nothing: programs know how to wait."""
        del seconds
        self.note(what)
        return nullcontext()

    def vacancy(self, told: Json) -> None:
        """The last object of the act."""
        self._print(told)

    @staticmethod
    def _print(line: Json) -> None:
        print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 -- this is the program's output


class Live:
    """A line per step as it happens, refusals in red with the remedy, and a table at the end of each deal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, deal: str, step: str, who: str, role: str, outcome: str, refused: Refused | None = None) -> None:
        """One line; a refusal has two more."""
        del deal
        mark, style = ("✗", "bold red") if refused else ("✓", "green")
        line = Text.assemble((f"{who}", "bold"), (f" ({role_label(role)}) ", "dim"), step)
        if outcome not in {"done", "refused"}:
            line.append(f" — {outcome}", style="cyan")
        self._marked(Text(f"  {mark}", style=style), line)
        if refused:
            self._marked(Text("     "), Text(f"{refused.rule.value}: {refused.detail}", style="red"))
            self._marked(Text("    →", style="yellow"), Text(refused.remedy, style="yellow"))

    def _marked(self, mark: Text, text: Text) -> None:
        """A mark and a text, with continuation lines aligned to the first."""
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_column(no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(mark, text)
        self._console.print(row)

    def stage(self, deal: str, stage: str) -> None:
        """A rule across the screen."""
        self._console.rule(Text.assemble((deal, "bold"), f" · {stage}"), align="left", style="blue")

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

    def warn(self, text: str) -> None:
        """A frame around it."""
        self._console.print(Panel(Text(text, style="bold yellow"), border_style="yellow"))

    def by_itself(self, deal: str, what: str, who: str, role: str) -> None:
        """A line with a clock before it."""
        del deal, who, role
        self._marked(Text("  ◷", style="bold magenta"), Text(what, style="magenta"))

    def candidates(self, deal: str, role: str, candidates: list[Json]) -> None:
        """One line each, below the step that asked for them."""
        del deal, role
        rows = Table.grid(padding=(0, 2))
        for candidate in candidates:
            near = "green" if candidate["standing"] == "competent" else "yellow"
            rows.add_row("   ", Text(candidate["standing"], style=near), candidate["name"], _beside(candidate))
        self._console.print(rows)

    @contextmanager
    def waiting(self, what: str, seconds: float) -> Iterator[None]:
        """A progress bar on a terminal; elsewhere one line."""
        self.note(what)
        begun = time.monotonic()

        def bar() -> Table:
            past = min(time.monotonic() - begun, seconds)
            left = round(seconds - past)
            shown = Table.grid(padding=(0, 1))
            shown.add_row("  ", ProgressBar(seconds, past, width=50), f"{left // 60}:{left % 60:02}")
            return shown

        if not self._console.is_terminal:
            yield
            return
        with Moving(get_renderable=bar, console=self._console, transient=True, refresh_per_second=4):
            yield

    def vacancy(self, told: Json) -> None:
        """The story of a vacancy, from its opening to the person who holds the role now."""
        found = told["vacancy"]
        table = Table(title=f"{told['deal']} — {told['engagement_id']}", show_header=False)
        table.add_row("vacant", role_label(found["role"]))
        table.add_row("since", f"{found['since'][:19].replace('T', ' ')} UTC")
        table.add_row("at once accountable", found["accountable"])
        for climb in found["climbs"]:
            table.add_row(
                f"after {_span(climb['after_seconds'])}",
                f"escalated to {climb['accountable']} ({role_label(climb['rung'])}); told: {', '.join(climb['told'])}",
            )
        if found["holder"] is not None:
            table.add_row("vacant for", _span(found["vacant_seconds"]))
            table.add_row("held now by", f"{found['holder']}, in their own words: “{found['words']}”")
        owed = told["act"]
        if owed["owner"] is not None:
            table.add_row("owed at once", f"{owed['what']}, by {owed['owner']}")
        for climb in owed["climbs"]:
            if climb["told"]:  # if no one stands in, that rung is skipped at once
                who = f"told: {', '.join(climb['told'])} ({climb['rung']})"
                table.add_row(f"after {_span(climb['after_seconds'])}", who)
        if owed["done_by"] is not None:
            table.add_row("owed for", f"{_span(owed['owed_seconds'])}, then done by {owed['done_by']}")
        rules = sorted({refusal["rule"] for refusal in told["refusals"]})
        table.add_row("refusals shown", f"{len(told['refusals'])}: {', '.join(rules)}" if rules else "–")
        table.add_row("ledger verified", str(told["ledger_verified"]))
        self._console.print(table)


def _span(seconds: float) -> str:
    """`1 min 4 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _beside(candidate: Json) -> Text:
    """A note next to a name: what is missing, or why not. For those who may step up, it goes without saying."""
    if candidate["barred"] is not None:
        return Text(candidate["barred"], style="red")
    known = ["knows the client's trade"] if candidate["knows_vertical"] else []
    levels = [gap for gap in candidate["gaps"] if not gap.startswith("is not ")]
    return Text("; ".join([*known, *levels]), style="dim")


def _cell(name: str, value: Any) -> str:
    """A figure formatted for people; one that does not exist (an in-house margin) is a dash."""
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
    return "\n".join(f"C{c['n']} {c['status']}: {', '.join(map(role_label, c['route']))}" for c in changes) or "–"


def _decision(decision: Json) -> str:
    last = role_label(decision["final_authority"])
    return f"{decision['method']}: {', '.join(map(role_label, decision['voters']))}; final decision: {last}"


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
