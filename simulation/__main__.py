"""`python -m simulation`: simulates a portfolio and prints the results; exits 1 at the first broken rule."""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import read_playbook
from simulation.figures import Figures, Length, Waited, length_of
from simulation.portfolio import BEGINS, Portfolio, Scope, Violation

ROOT = Path(__file__).resolve().parents[1]
ASKS = ("opened", "approved", "returned", "declined", "withdrawn", "superseded", "open at the end")
ON_THE_WAY = ("by a stand-in", "by the last word", "climbed")
# Line width without a terminal.
WIDE = 160


def new_portfolio(scope: Scope) -> Portfolio:
    """A portfolio with the sample's calendars, rates and process."""
    sample = read_directory(ROOT / "examples/directory.yaml", first_year=BEGINS.year)
    return Portfolio(scope, sample, read_playbook(ROOT / "playbooks/services.yaml"))


def main() -> int:
    """Parses the options, runs the simulation, prints the results."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engagements", type=int, default=200)
    parser.add_argument("--days", type=int, default=730)
    given = parser.parse_args()
    scope = Scope(given.seed, given.engagements, given.days)
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    began = time.monotonic()
    try:
        figures = _run(scope, console)
    except Violation as violation:
        console.print(f"[red]BROKEN[/red] {violation}", highlight=False)
        return 1
    show(figures, console)
    seconds = time.monotonic() - began
    console.print(
        f"seed {scope.seed}: {scope.engagements} engagements, at most {figures.most_at_once} at once, "
        f"{scope.days} days, {figures.facts:,} facts in {seconds:.0f} s, "
        f"no rule broken. Digest {figures.digest()[:16]}",
        highlight=False,
    )
    return 0


def _run(scope: Scope, console: Console) -> Figures:
    portfolio = new_portfolio(scope)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("days", total=scope.days)
        return portfolio.run(
            lambda day, running: progress.update(task, completed=day, description=f"{running} engagements running")
        )


def show(figures: Figures, console: Console) -> None:
    """Prints every table."""
    console.print(_counts("Engagements by where they ended", figures.stages))
    console.print(_counts("Changes", figures.changes))
    console.print(_counts("What happened to people", figures.people))
    console.print(_asks(figures))
    console.print(_waited("Vacancies by cause", figures.gaps, by="why"))
    console.print(_waited("Vacancies by role", figures.gaps, by="what"))
    console.print(_waited("Acts owed by kind", figures.acts, by="what"))
    console.print(_waited("Acts owed by how they ended", figures.acts, by="why"))
    console.print(_still_open(figures))
    console.print(_attempts(figures))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _counts(title: str, counts: dict[str, int]) -> Table:
    table = _table(title, "", "count")
    for name, count in sorted(counts.items()):
        table.add_row(name, str(count))
    return table


def _asks(figures: Figures) -> Table:
    table = _table("Asks by kind", "kind", *ASKS, *ON_THE_WAY)
    for kind, counts in sorted(figures.asks.items()):
        table.add_row(kind, *(str(counts[name] or "") for name in (*ASKS, *ON_THE_WAY)))
    return table


def _waited(title: str, gaps: Iterable[Waited], *, by: str) -> Table:
    columns = ("count", "median h", "p90 h", "longest h", "median d", "p90 d", "longest d")
    table = _table(f"{title}: working hours, and days", "", *columns)
    grouped: dict[str, list[Waited]] = {}
    for gap in gaps:
        grouped.setdefault(getattr(gap, by), []).append(gap)
    for name, group in sorted(grouped.items()):
        table.add_row(name, *_row(length_of(group)))
    if grouped:
        table.add_row("all", *_row(length_of([gap for group in grouped.values() for gap in group])))
    return table


def _row(length: Length) -> list[str]:
    return [str(length.number), *(f"{figure:.1f}" for figure in length[1:])]


def _still_open(figures: Figures) -> Table:
    table = _table("Vacancies open at the end", "engagement", "role", "cause", "days", "rung", "accountable")
    for vacancy in figures.still_open:
        table.add_row(*(str(part) for part in vacancy))
    return table


def _attempts(figures: Figures) -> Table:
    table = _table("Attempts to give a project manager something else", "door", "attempts", "what came of it")
    for door, counts in sorted(figures.attempts.items()):
        what = ", ".join(f"{outcome} {count}" for outcome, count in sorted(counts.items()))
        table.add_row(door, str(sum(counts.values())), what)
    return table


if __name__ == "__main__":
    sys.exit(main())
