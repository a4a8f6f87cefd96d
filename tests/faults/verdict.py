"""Whether answers, ledger, read model, workflows and cards of an installation say the same, once it is quiet."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any

import httpx
from sqlalchemy import Engine as Database
from sqlalchemy import select
from temporalio.client import Client
from temporalio.worker import Replayer

from adapters.db import installation, ledger
from adapters.db.database import open_database, reading
from adapters.db.outbox import WAITING
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.asks import AskRow, StepPersonRow, VacancyRow
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import CardRow, OutboxRow
from adapters.db.tables.record import LedgerRow
from adapters.db.verification import verify
from adapters.temporal.client import DATA_CONVERTER, connect
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from domain.record.facts import Recorded
from domain.shared.streams import engagement_of
from tests.faults.faults import Installation
from tests.faults.people import Said
from tests.process_env import NO_TLS
from tests.stores_agree import differences
from tests.workflow_sandbox import sandbox
from tests.workflows.worker_env import runs_of
from worker import BUILD, WORKFLOWS

QUIET_WITHIN = 60.0
PAGE = 100
CHANNEL = "api"
SP, V = columns(StepPersonRow), columns(VacancyRow)
L, C, A, O = (columns(table) for table in (LedgerRow, CardRow, AskRow, OutboxRow))  # noqa: E741 -- as the tables


async def verdict(at: Installation, said: Sequence[Said]) -> list[str]:
    """Everything that is not as it should be, once that has been the same for a minute."""
    database = open_database(f"sqlite:///{at.record}")
    client = await connect(f"127.0.0.1:{at.env.ports['INTERLOCK_TEMPORAL_PORT']}")
    engine = WorkflowGateway(client, "interlock", at.clock, installation.Installation(database))
    try:
        until, before = time.monotonic() + QUIET_WITHIN, [""]
        while found := await _compared(at, database, engine, said):
            if found != before:  # messages to one person leave one after another, at Slack's pace
                until, before = time.monotonic() + QUIET_WITHIN, found
            if time.monotonic() > until:
                break
            await asyncio.sleep(1)
        return found + await unreplayable(client, engine)
    finally:
        database.dispose()


async def _compared(at: Installation, database: Database, engine: WorkflowGateway, said: Sequence[Said]) -> list[str]:
    found = [f"{stream} is quarantined: {why}" for stream, why in StreamStatuses(database).quarantined().items()]
    sound = verify(database)
    if not sound.is_sound:
        found.append(f"the ledger does not verify: {sound.told}")
    found += answers_and_ledger(database, said)
    for engagement in sorted({engagement_of(one.stream) for one in said}):
        try:
            found += await differences(database, engine, engagement)
        except EngineAway as away:  # it is asked again, as all that is not as it should be yet
            found.append(f"{engagement}: {away}")
    return found + await cards(at, database)


async def unreplayable(client: Client, engine: WorkflowGateway) -> list[str]:
    """Histories that no replay gets past: their workflows would be stuck with the next worker."""
    found: list[str] = []
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=DATA_CONVERTER, build_id=BUILD)
    async for page in engine.streams(PAGE):
        for stream in page:
            for history in await runs_of(client, stream):
                replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)
                if replayed.replay_failure is not None:
                    found.append(f"{stream}: no replay gets past its history: {replayed.replay_failure}")
    return found


# -- answers


def answers_and_ledger(database: Database, said: Sequence[Said]) -> list[str]:
    """What was answered and does not stand; what stands and nobody was answered; what was carried out twice."""
    found: list[str] = []
    for stream, answers in groupby(sorted(said, key=by_stream), key=by_stream):
        with reading(database) as connection:
            facts = {fact.seq: fact for fact in ledger.read(connection, stream)}
        found += (f"{stream}: {what}" for what in _answers_of(tuple(answers), facts))
    return found


def by_stream(one: Said) -> str:
    return one.stream


def _answers_of(said: Sequence[Said], facts: Mapping[int, Recorded]) -> Iterator[str]:
    answered: set[str] = set()
    by_command: dict[str, set[str]] = {}
    for each in facts.values():
        by_command.setdefault(each.command, set()).add(each.event.kind)
    for one in said:
        fact = facts.get(one.sequence)
        if not one.happened:
            continue
        if fact is None or not by_command[fact.command] >= {*one.happened}:
            stands = fact.event.kind if fact else "nothing"
            yield f"{one.who} was told of {one.happened} at {one.sequence}, where {stands} stands"
        else:
            answered.add(fact.command)
    in_order = [facts[seq] for seq in sorted(facts)]
    batches = Counter(command for command, _ in groupby(fact.command for fact in in_order))
    asked = {fact.command: fact for fact in in_order if fact.channel == CHANNEL}
    for command, fact in asked.items():
        if command not in answered:
            yield f"{fact.event.kind} at {fact.seq} was never answered"
        if batches[command] > 1:
            yield f"the command of {fact.event.kind} at {fact.seq} was carried out twice"


# -- cards


async def cards(at: Installation, database: Database) -> list[str]:
    """What has not left, cards that do not stand where they were put, and buttons on what has ended."""
    with reading(database) as connection:
        due = WAITING & (O.not_before.is_(None) | (O.not_before <= at.clock()))  # at night nobody is told anything
        waiting = connection.execute(select(O.key, O.because).where(due)).all()
        rows = connection.execute(select(C.step, C.conversation, C.ts)).all()
        still_open = set(connection.execute(select(A.id).where(A.is_open)).scalars())
        acts = connection.execute(select(SP.engagement_id, SP.ref, SP.since).where(SP.kind == "act")).all()
        tasks = connection.execute(select(SP.engagement_id, SP.ref).where(SP.kind == "task")).all()
        vacancies = connection.execute(select(V.engagement_id, V.role, V.since)).all()
    for kind, steps in (("act", acts), ("vacancy", vacancies)):
        still_open |= {f"{step[0]}/{kind}:{step[1]}@{step[2].astimezone(UTC):%Y%m%dT%H%M%S%f}Z" for step in steps}
    still_open |= {f"{engagement_id}/task:{ref}" for engagement_id, ref in tasks}
    url = f"http://127.0.0.1:{at.env.more['INTERLOCK_SLACK_EMULATOR_PORT']}/store/messages"
    async with httpx.AsyncClient(verify=NO_TLS) as http:
        messages: list[dict[str, Any]] = (await http.get(url)).raise_for_status().json()
    found = [f"{key} has not left: {because}" for key, because in waiting]
    return found + list(_odd_cards({(row.conversation, row.ts): row.step for row in rows}, still_open, messages))


def _odd_cards(
    known: Mapping[tuple[str, str | None], str], still_open: set[str], messages: Sequence[dict[str, Any]]
) -> Iterator[str]:
    standing = {(message["channel_id"], message["ts"]): message for message in messages}
    for place, ask in known.items():
        if place not in standing:
            yield f"the card of {ask} does not stand at {place}"
    for place, message in standing.items():
        of = known.get(place)
        if can_be_answered(message) and of not in still_open:
            yield f"{of or 'a message that nobody knows'} has buttons at {place} and is over: {message['text']}"


def can_be_answered(message: Mapping[str, Any]) -> bool:
    """True where a message has buttons."""
    return any(block["type"] == "actions" for block in message.get("blocks") or ())
