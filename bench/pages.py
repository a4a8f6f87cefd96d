"""What pages cost as the portfolio grows: time to the first byte, SQL statements and their time, and bytes.

    python -m bench.pages [--sizes 1000 10000] [--rounds 40] [--json FILE]

Each size is a portfolio of its own (`bench.portfolio`), on SQLite. The pages are asked for within this process: no
network is measured. Nothing may grow with the portfolio: at the largest size the median of each page is compared with
that at the smallest.
"""

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event

from api.app import create_app
from application.sign_in.sessions import begin_session
from bench.cases import samples
from bench.portfolio import prepared, write
from composition import interlock_of
from domain.shared.values import PersonId

# Goals: milliseconds at the 99th percentile, statements, bytes before compression, growth of the median.
MAX_MILLISECONDS, MAX_STATEMENTS, MAX_BYTES, MAX_GROWTH = 100.0, 12, 100_000, 1.2
PAGES = {
    "inbox": "/inbox",
    "board": "/portfolio",
    "table": "/portfolio?view=table",
    "table, one stage": "/portfolio?view=table&stage=sow",
    "search": "/portfolio?view=table&q=grid+oslo",
    "vacancies": "/vacancies",
    "engagement": "/engagements/{}",
    "people of it": "/engagements/{}/people",
    "record of it": "/engagements/{}/record",
    "people": "/people",
    "process": "/process",
}


class Cost(NamedTuple):
    """Of one page: milliseconds to the first byte, statements and their milliseconds, bytes."""

    p50: float
    p99: float
    statements: int
    sql_p50: float
    size: int


class Statements:
    """Counts what an engine executes, and for how long."""

    def __init__(self) -> None:
        self.count, self.seconds, self._began = 0, 0.0, 0.0

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _after(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.count += statement != "BEGIN"
        self.seconds += time.perf_counter() - self._began


async def measured(folder: Path, size: int, rounds: int) -> dict[str, Cost]:
    """The cost of each page with a portfolio of this size."""
    chosen, database = prepared(folder)
    for _ in write(database, size):
        pass
    database.dispose()
    app = await interlock_of(chosen)
    statements = Statements()
    statements.watch(app.read._engine)  # noqa: SLF001 -- the engine that every query goes through
    head = samples()[0].positions["head_of_engagement_management"]
    secret = await begin_session(app, PersonId(head), by="bench")
    transport = httpx.ASGITransport(create_app(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", cookies={"interlock": secret}) as http:
        newest = app.read.engagements(limit=1).items[0].id
        return {name: await _cost(http, path.format(newest), rounds, statements) for name, path in PAGES.items()}


async def _cost(http: httpx.AsyncClient, path: str, rounds: int, statements: Statements) -> Cost:
    times, sql, count, size = [], [], 0, 0
    for n in range(rounds + 3):
        statements.count, statements.seconds, began = 0, 0.0, time.perf_counter()
        answer = await http.get(path)
        took = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        if n >= 3:  # the first ones load what they need
            times.append(took)
            sql.append(statements.seconds * 1000)
            count, size = statements.count, len(answer.content)
    times.sort()
    return Cost(statistics.median(times), times[int(len(times) * 0.99)], count, statistics.median(sql), size)


def shown(found: dict[int, dict[str, Cost]]) -> Table:
    """The costs, a row a page."""
    small, large = min(found), max(found)
    table = Table(title=f"Pages at {' and '.join(f'{size:,}' for size in found)} engagements")
    for column in ("page", *(f"p50 / p99 ms at {size:,}" for size in found), "growth", "statements", "SQL ms", "bytes"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name in PAGES:
        costs, last = [found[size][name] for size in found], found[large][name]
        table.add_row(
            name,
            *(f"{cost.p50:.1f} / {cost.p99:.1f}" for cost in costs),
            f"{last.p50 / found[small][name].p50:.2f}",
            str(last.statements),
            f"{last.sql_p50:.1f}",
            f"{last.size:,}",
        )
    return table


def failures(found: dict[int, dict[str, Cost]]) -> list[str]:
    """Which goals are missed, one sentence each."""
    small, large = min(found), max(found)
    told = []
    for name, cost in found[large].items():
        growth = cost.p50 / found[small][name].p50
        missed = [
            f"p99 {cost.p99:.0f} ms" if cost.p99 > MAX_MILLISECONDS else "",
            f"{cost.statements} statements" if cost.statements > MAX_STATEMENTS else "",
            f"{cost.size:,} bytes" if cost.size > MAX_BYTES else "",
            f"{growth:.2f} times the median at {small:,}" if growth > MAX_GROWTH else "",
        ]
        if any(missed):
            told.append(f"{name}: {', '.join(filter(None, missed))}")
    return told


async def run(sizes: Sequence[int], rounds: int) -> dict[int, dict[str, Cost]]:
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found[size] = await measured(Path(folder), size, rounds)
    return found


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    found = asyncio.run(run(sorted(wanted.sizes), wanted.rounds))
    console = Console(width=160)
    console.print(shown(found))
    for line in failures(found) or ["Every goal is met."]:
        console.print(line)
    if wanted.json:
        figures = {size: {name: cost._asdict() for name, cost in costs.items()} for size, costs in found.items()}
        wanted.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
