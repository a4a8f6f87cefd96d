"""A large portfolio: engagements by the thousand, written through the projection as the record writes them.

    python -m bench.portfolio FOLDER --engagements 10000

Each is the sample deal as it starts (what was needed and promised, vacancies, next steps), at one of the stages, with a
title and a client of its own words; `interlock ledger verify` passes on what it made. Nothing runs in an engine: it is
for measuring what readers see.
"""

import argparse
import logging
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine

from adapters.clock import SYSTEM_CLOCK
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from bench.cases import samples, start_of
from composition import opened, registry_of
from domain.engagement.engagement_events import StageEntered
from domain.engagement.start import start
from domain.playbook.model import Stage
from domain.record.facts import Recorded, first_batch, recorded
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from settings import Settings

STAGES = tuple(stage for stage in Stage if not stage.is_end)
SUBJECTS = ("Grid control", "Claims platform", "Port call planning", "Field service", "Metering", "Night shift roster")
WORKS = ("replacement", "rollout", "health check", "migration", "upgrade", "redesign", "audit", "pilot")
PLACES = ("Oslo", "Halden", "Bergen", "Malmö", "Aarhus", "Turku", "Riga", "Gdansk", "Kiel", "Leeds")


def facts_of(number: int, at: datetime) -> tuple[Recorded, ...]:
    """The facts of one engagement: its start, and the stage that it is at."""
    chosen = random.Random(number)  # noqa: S311 -- the same number gives the same engagement
    opening = start_of(number)
    title = f"{chosen.choice(SUBJECTS)} {chosen.choice(WORKS)}, {chosen.choice(PLACES)} {number}"
    began = at - timedelta(minutes=number)
    actor = Actor(person_id=opening.salesperson, channel="api", command=f"bench-{number}")
    events = start(opening.replace(title=title), actor, began).events
    stage = chosen.choice(STAGES)
    moved = () if stage is Stage.QUALIFY else (StageEntered(stage=stage),)
    return recorded(engagement_stream(opening.id), 1, (*events, *moved), actor, began)


def write(database: Engine, engagements: int, first: int = 1) -> Iterator[int]:
    """Writes this many engagements; yields how many are done, after each."""
    records, now = Records(database), SYSTEM_CLOCK()
    for number in range(first, first + engagements):
        left = facts_of(number, now)
        while left:
            batch = first_batch(left[0].stream, left)
            records.append(batch)
            left = left[len(batch.facts) :]
        yield number - first + 1


def prepared(folder: Path) -> tuple[Settings, Engine]:
    """A data folder with the sample firm, and its database."""
    chosen = Settings(home=folder)
    database = opened(chosen)
    registry_of(chosen, database)
    PeopleOperations(database, chosen.clock).import_directory(samples()[0])
    return chosen, database


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the data folder")
    parser.add_argument("--engagements", type=int, default=1000)
    wanted = parser.parse_args()
    if wanted.folder.exists() and any(wanted.folder.iterdir()):
        sys.exit(f"{wanted.folder} is not empty: a benchmark writes into a folder of its own.")
    _, database = prepared(wanted.folder)
    with Progress(console=Console(stderr=True)) as progress:
        shown = progress.add_task("engagements", total=wanted.engagements)
        for done in write(database, wanted.engagements):
            progress.update(shown, completed=done)


if __name__ == "__main__":
    main()
