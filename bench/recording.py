"""What it costs that the disk confirms each transaction, and what batching writes gains.

    python -m bench.recording [--streams 16] [--batches 20] [--rounds 5]

The same batches of several engagements are written one by one and together, with SQLite's `synchronous` at NORMAL,
which a power cut may set back, and at FULL, as in the product. Rounds are interleaved and medians taken; the ratios are
comparable across machines.
"""

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.clock import SYSTEM_CLOCK
from adapters.db.database import open_database
from adapters.db.migrating import migrate
from adapters.db.records import Records
from bench.cases import start_of
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.decide import decide
from domain.engagement.start import start
from domain.record.facts import Batch, recorded
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor

SYNCHRONOUS = ("NORMAL", "FULL")
Rounds = Sequence[Sequence[Batch]]


def rounds_of(streams: int, batches: int) -> Rounds:
    """Rounds of one batch per engagement: its start, then holds and resumptions."""
    return list(zip(*(batches_of(number, batches) for number in range(1, streams + 1)), strict=True))


def batches_of(number: int, batches: int) -> Iterator[Batch]:
    """The first batches of an engagement."""
    command, now = start_of(number), SYSTEM_CLOCK()
    actor, stream = Actor(person_id=command.salesperson), engagement_stream(command.id)
    decision = start(command, actor, now)
    for turn in range(batches):
        if turn:
            held = HoldEngagement(reason="The client is away.", until=(now + timedelta(days=10)).date())
            hold = held if turn % 2 else ResumeEngagement()
            actor, now = Actor(person_id=command.provider_sponsor), now + timedelta(minutes=1)
            before, decision = decision.state, decide(decision.state, hold, actor, now)
            facts = recorded(stream, before.seq + 1, tuple(decision.events), actor, now)
        else:
            facts = recorded(stream, 1, tuple(decision.events), actor, now)
        yield Batch(stream=stream, facts=facts)


def database(folder: Path, synchronous: str) -> Engine:
    """A separate database with this `synchronous` setting."""
    engine = open_database(f"sqlite:///{folder / 'record.db'}")

    def confirm(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.cursor().execute(f"PRAGMA synchronous = {synchronous}")

    event.listen(engine, "connect", confirm)
    migrate(engine)
    return engine


def seconds_a_batch(rounds: Rounds, synchronous: str, *, together: bool) -> float:
    """Seconds per batch, once the engagements are open."""
    with tempfile.TemporaryDirectory() as folder:
        engine = database(Path(folder), synchronous)
        records = Records(engine)
        records.keep_all(rounds[0])
        began = time.perf_counter()
        for batches in rounds[1:]:
            for group in [batches] if together else [[batch] for batch in batches]:
                records.keep_all(group)
        spent = time.perf_counter() - began
        engine.dispose()
    return spent / (len(rounds[0]) * (len(rounds) - 1))


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    work = rounds_of(given.streams, given.batches)
    kinds = list(product(SYNCHRONOUS, (False, True)))
    found: dict[tuple[str, bool], list[float]] = {kind: [] for kind in kinds}
    for _ in range(given.rounds):
        for synchronous, together in kinds:
            found[synchronous, together].append(seconds_a_batch(work, synchronous, together=together))
    base = statistics.median(found["NORMAL", False])
    for (synchronous, together), seconds in found.items():
        median, how = statistics.median(seconds), f"{given.streams} together" if together else "alone"
        print(f"{synchronous:<7} {how:<12} {median * 1000:6.2f} ms a batch  {median / base:5.2f} of NORMAL alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
