"""What each page costs over portfolios of three sizes, on SQLite and PostgreSQL: no page may grow with the portfolio.

    python -m bench.pages [--sizes 1000 10000 100000] [--databases sqlite postgresql] [--rounds 40]

Each page is fetched from the whole application in this process, in turn from each size, so that a busy machine slows
all of them alike. Printed are the milliseconds to the first byte (median and 99th percentile), those spent in SQL, the
number of queries, and the size before compression; `grown` is the median at the largest size by that at the smallest.
The benchmark fails where a page misses a goal.
"""

import argparse
import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import structlog
from sqlalchemy import Engine, event, make_url

from adapters.processes.part import freeze_gc
from api.app import create_app
from application.sign_in.sessions import begin_session
from bench.portfolio import DATABASES, SIZES, databases, name_of, portfolio
from composition import interlock_of
from domain.directory.directory import ADMINISTRATOR
from domain.shared.values import PersonId
from settings import DATABASE_FILE, Settings
from tests.domain.story import FIRM

MAX_MS, MAX_GROWN, MAX_QUERIES, MAX_KB = 100.0, 1.2, 12, 100.0
# Requests to each page before those that count.
IGNORED = 3
# What counts as a query: beginning a transaction, and saying how long it may take, are statements too.
STATEMENTS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
# Medians that differ by less than this many milliseconds are alike.
NOISE_MS = 1.0
# Weighed: `/deals/new`, which only leads to a new draft.
HEAD, SELLER = PersonId("ingrid.solberg"), PersonId("luca.ferri")
# A deal that was closed, and one at its beginning.
CLOSED, YOUNG = name_of(3), name_of(6)

PAGES: Mapping[str, tuple[PersonId, str]] = {
    "inbox of a head": (HEAD, "/inbox"),
    "inbox of a seller": (SELLER, "/inbox"),
    "board, all": (HEAD, "/portfolio"),
    "board, own": (SELLER, "/portfolio"),
    "board, frequent word": (HEAD, "/portfolio?q=halden"),
    "table, all": (HEAD, "/portfolio?view=table"),
    "table, frequent word": (HEAD, "/portfolio?view=table&q=halden"),
    "table, long frequent word": (HEAD, "/portfolio?view=table&q=technicians"),
    "table, two words": (HEAD, "/portfolio?view=table&q=halden+field"),
    "table, rare word": (HEAD, "/portfolio?view=table&q=000777"),
    "table, no such word": (HEAD, "/portfolio?view=table&q=nowhere"),
    "table, own, rare stage": (SELLER, "/portfolio?view=table&q=halden&stage=closed"),
    "table, vacant": (HEAD, "/portfolio?view=table&vacant=true"),
    "table, waits for me": (SELLER, f"/portfolio?view=table&waits_for={SELLER}"),
    "table as CSV": (HEAD, "/portfolio.csv?view=table"),
    "vacancies": (HEAD, "/vacancies"),
    "engagement": (SELLER, f"/engagements/{YOUNG}"),
    "engagement, closed": (SELLER, f"/engagements/{CLOSED}"),
    "engagement, people": (SELLER, f"/engagements/{CLOSED}/people"),
    "engagement, scope": (SELLER, f"/engagements/{CLOSED}/scope"),
    "engagement, price": (SELLER, f"/engagements/{CLOSED}/price"),
    "engagement, promises": (SELLER, f"/engagements/{CLOSED}/promises"),
    "engagement, documents": (SELLER, f"/engagements/{CLOSED}/documents"),
    "engagement, changes": (SELLER, f"/engagements/{CLOSED}/changes"),
    "engagement, delivery": (SELLER, f"/engagements/{CLOSED}/delivery"),
    "engagement, record": (SELLER, f"/engagements/{CLOSED}/record"),
    "ask, closed": (SELLER, f"/asks/{CLOSED}.A1"),
    "people": (HEAD, "/people"),
    "a person": (HEAD, f"/people/{SELLER}"),
    "clients": (HEAD, "/clients"),
    "process": (HEAD, "/process"),
    "administration": (FIRM.house_roles[ADMINISTRATOR], "/administration"),
}


@dataclass
class SqlSpent:
    """The statements of one request, and the milliseconds that they took."""

    queries: int = 0
    ms: float = 0.0


class Fetched(NamedTuple):
    """One answer: milliseconds in all and in SQL, statements, bytes."""

    ms: float
    sql_ms: float
    queries: int
    size: int


@dataclass
class OpenedSite:
    """The application over one portfolio, and the cookies of those who look."""

    http: httpx.AsyncClient
    cookies: dict[PersonId, str]
    fetched: dict[str, list[Fetched]] = field(default_factory=dict)

    async def fetch(self, page: str) -> None:
        """Fetches a page once. Raises RuntimeError if it is not shown."""
        person_id, address = PAGES[page]
        spent = SqlSpent()
        SPENT.set(spent)
        began = time.perf_counter()
        answer = await self.http.get(address, headers={"Cookie": f"interlock={self.cookies[person_id]}"})
        ms = (time.perf_counter() - began) * 1000
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{address}: {answer.status_code}")
        self.fetched.setdefault(page, []).append(Fetched(ms, spent.ms, spent.queries, len(answer.content)))


SPENT: ContextVar[SqlSpent] = ContextVar("SPENT")


@contextmanager
def counted_sql() -> Iterator[None]:
    """Counts the statements of each request, in whichever thread they run: contexts are copied into threads."""

    def begins(*call: Any) -> None:
        call[4].began = time.perf_counter()

    def ends(*call: Any) -> None:
        spent = SPENT.get(None)
        if spent is not None and call[2].startswith(STATEMENTS) and "set_config" not in call[2]:
            spent.queries += 1
            spent.ms += (time.perf_counter() - call[4].began) * 1000

    event.listen(Engine, "before_cursor_execute", begins)
    event.listen(Engine, "after_cursor_execute", ends)
    yield
    event.remove(Engine, "before_cursor_execute", begins)
    event.remove(Engine, "after_cursor_execute", ends)


async def opened_site(folder: Path, url: str) -> OpenedSite:
    """The application as `interlock serve` makes it; the engine is not asked by pages that only show."""
    is_file = make_url(url).get_backend_name() == "sqlite"
    app = await interlock_of(Settings(home=folder, database_url=None if is_file else url))
    transport = httpx.ASGITransport(create_app(app, is_development=True))
    cookies = {person_id: await begin_session(app, person_id, by="bench") for person_id, _ in PAGES.values()}
    return OpenedSite(httpx.AsyncClient(transport=transport, base_url="http://bench"), cookies)


async def measure(sites: Mapping[int, OpenedSite], rounds: int) -> None:
    """Fetches each page from each size in turn."""
    for page in PAGES:
        for place in range(IGNORED + rounds):
            for site in sites.values():
                await site.fetch(page)
                if place < IGNORED:
                    site.fetched[page].clear()


def tell(kind: str, sites: Mapping[int, OpenedSite]) -> int:
    """Prints the figures; returns how many pages miss a goal."""
    smallest, largest = min(sites), max(sites)
    print(f"\n{kind:<28}" + "".join(f"{size:>9,}: p50  p99  SQL" for size in sites) + "   queries    KB  grown")
    missed = 0
    for page in PAGES:
        medians = {size: statistics.median(one.ms for one in site.fetched[page]) for size, site in sites.items()}
        cells = "".join(_cell(medians[size], site.fetched[page]) for size, site in sites.items())
        queries = max(one.queries for site in sites.values() for one in site.fetched[page])
        kb = max(one.size for site in sites.values() for one in site.fetched[page]) / 1000
        grown = medians[largest] / medians[smallest]
        slow = max(_p99(site.fetched[page]) for site in sites.values())
        faults = [
            *(["slow"] if slow > MAX_MS else []),
            *(["grows"] if grown > MAX_GROWN and medians[largest] - medians[smallest] > NOISE_MS else []),
            *(["queries"] if queries > MAX_QUERIES else []),
            *(["large"] if kb > MAX_KB else []),
        ]
        missed += bool(faults)
        print(f"{page:<28}{cells}   {queries:>7} {kb:>5.0f}  {grown:>5.2f}  {' '.join(faults)}", flush=True)
    return missed


def _cell(median: float, fetched: Sequence[Fetched]) -> str:
    sql = statistics.median(one.sql_ms for one in fetched)
    return f"{median:>14.1f} {_p99(fetched):>5.1f} {sql:>4.1f}"


def _p99(fetched: Sequence[Fetched]) -> float:
    ordered = sorted(one.ms for one in fetched)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def bench(kind: str, sizes: Sequence[int], rounds: int) -> int:
    """Measures one kind of database; returns how many pages miss a goal."""
    with ExitStack() as kept:
        created = kept.enter_context(databases([kind]))
        folder = kept.enter_context(_folder())
        urls: dict[int, str] = {}
        for size in sizes:
            own = folder / str(size)
            own.mkdir()
            urls[size] = f"sqlite:///{own / DATABASE_FILE}" if kind == "sqlite" else created(kind, f"pages_{size}")
            kept.enter_context(portfolio(urls[size], size))
            print(f"{kind}: {size:,} engagements are there", file=sys.stderr, flush=True)

        async def all_of_it() -> int:
            sites = {size: await opened_site(folder / str(size), url) for size, url in urls.items()}
            freeze_gc()
            await measure(sites, rounds)
            return tell(kind, sites)

        with counted_sql():
            return asyncio.run(all_of_it())


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        yield Path(folder)


def main() -> int:
    """Measures and prints; fails if a page misses a goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.WARNING)
    missed = sum(bench(kind, chosen.sizes, chosen.rounds) for kind in chosen.databases)
    print(f"\n{missed} pages miss a goal" if missed else "\nEach page meets its goals")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
