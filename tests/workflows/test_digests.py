"""Each zone has its schedule, each morning its run, and each person at most one digest a day, on the real server."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import (
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleDescription,
    ScheduleOverlapPolicy,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.service import RPCError

from adapters.db.database import reading
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import OutboxRow
from application.schedules import COMPARISON, HEADS, HOUR, NIGHT, ScheduleChanges, keep_schedules, wanted_schedules
from domain.directory.directory import Directory
from domain.notifications.digest import digest_id, people_in
from domain.shared.errors import ForeignEngine, foreign_engine
from tests.adapters.builders import firm, lively_deal
from tests.clock import CLOCK
from tests.workflows.worker_env import (
    TemporalServer,
    WorkerEnv,
    connected,
    eventually,
    finish,
    replay,
    running_worker,
    worker_env,
    worker_process,
)
from workflows.directory_sync import SyncInput
from workflows.messages import DigestReport

OB = columns(OutboxRow)
BERLIN, KOLKATA, NEW_YORK, OSLO = "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Europe/Oslo"
ZONES = (NEW_YORK, KOLKATA, BERLIN, OSLO)
MONDAY, TUESDAY = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
# Of the lively deal: a lead is asked by the head of delivery, for whom seller and engagement manager wait.
TO_HEAR = {BERLIN: {"luca.ferri", "marta.silva"}, KOLKATA: {"anil.mehta", "priya.raman"}, OSLO: set(), NEW_YORK: set()}


def always_at_work() -> Directory:
    """The sample firm without weekends, holidays and absences: a schedule that is triggered knows only today."""
    calendars = {
        name: calendar.replace(weekend=(), holidays=(), half_days=()) for name, calendar in firm().calendars.items()
    }
    return firm().replace(calendars=calendars, absences=())


@pytest_asyncio.fixture
async def digest_env(server: TemporalServer, tmp_path: Path) -> AsyncIterator[WorkerEnv]:
    """An environment without a worker whose record holds a deal, with the schedules of the firm."""
    client = await connected(server.address)
    async with worker_env(client, tmp_path) as env:
        PeopleOperations(env.database, CLOCK).import_directory(always_at_work())
        deal = lively_deal()
        Records(env.database).append(deal.batch)
        await keep_schedules(client, wanted_schedules(always_at_work(), env.queue))
        yield env
        for schedule in (COMPARISON, HEADS, *await known(env)):
            await client.get_schedule_handle(schedule).delete()
        await eventually(lambda: none_known(env))
        await finish(client, env.queue)


async def known(env: WorkerEnv) -> set[str]:
    """The schedules of digests, beside the nightly comparison with the directory and the hourly head."""
    found = {found.id async for found in await env.client.list_schedules()}
    return found - {COMPARISON, HEADS}


async def none_known(env: WorkerEnv) -> bool:
    return not await known(env)


async def described(env: WorkerEnv, zone: str) -> ScheduleDescription:
    return await env.client.get_schedule_handle(digest_id(zone)).describe()


def digests(env: WorkerEnv) -> list[tuple[str, str]]:
    """Key and person of each digest in the outbox."""
    with reading(env.database) as connection:
        rows = connection.execute(select(OB.key, OB.to).where(OB.kind == "digest").order_by(OB.key))
        return [tuple(row) for row in rows]


async def runs(env: WorkerEnv, zone: str) -> list[str]:
    """Ids of the runs that a schedule has started and that are over."""
    wanted = f"WorkflowType = 'PortfolioDigest' AND TaskQueue = '{env.queue}' AND ExecutionStatus != 'Running'"
    return [run.id async for run in env.client.list_workflows(wanted) if run.id.startswith(digest_id(zone))]


async def morning_of(env: WorkerEnv, day: datetime, zone: str) -> str:
    """Lets a schedule do what it does at eight of that day; gives the id of its run."""
    eight = datetime(day.year, day.month, day.day, HOUR, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    handle = env.client.get_schedule_handle(digest_id(zone))
    await handle.backfill(ScheduleBackfill(eight, eight, overlap=ScheduleOverlapPolicy.ALLOW_ALL))
    return f"{digest_id(zone)}-{eight:%Y-%m-%dT%H:%M:%SZ}"


async def run_of(env: WorkerEnv, run: str) -> WorkflowHandle[Any, DigestReport]:
    """The run of this env: others had the same id on the same server."""
    wanted, found = f"WorkflowId = '{run}' AND TaskQueue = '{env.queue}'", list[str]()

    async def is_listed() -> bool:
        found.extend([one.run_id async for one in env.client.list_workflows(wanted)])
        return bool(found)

    await eventually(is_listed)
    return env.client.get_workflow_handle(run, run_id=found[0], result_type=DigestReport)


async def report_of(env: WorkerEnv, run: str) -> DigestReport:
    """What a run says at its end."""
    handle = await run_of(env, run)
    async with asyncio.timeout(60):
        return await handle.result()


@pytest.mark.clock
async def test_each_zone_has_a_schedule_at_eight_on_its_own_wall(digest_env: WorkerEnv) -> None:
    await eventually(lambda: _all_listed(digest_env))
    for zone in ZONES:
        coming = (await described(digest_env, zone)).info.next_action_times
        assert len(coming) >= 5
        assert {moment.astimezone(ZoneInfo(zone)).strftime("%H:%M") for moment in coming} == {"08:00"}


@pytest.mark.clock
async def test_each_night_every_engagement_is_compared_with_the_directory(digest_env: WorkerEnv) -> None:
    found = await digest_env.client.get_schedule_handle(COMPARISON).describe()
    assert {(moment.hour, moment.minute) for moment in found.info.next_action_times} == {(NIGHT, 0)}
    assert isinstance(found.schedule.action, ScheduleActionStartWorkflow)
    assert found.schedule.action.workflow == "DirectorySync"
    assert (await digest_env.client.data_converter.decode(found.schedule.action.args, [SyncInput]))[0].everything


@pytest.mark.parametrize("zone", ZONES)
async def test_a_schedule_stays_at_eight_when_the_clocks_move(digest_env: WorkerEnv, zone: str) -> None:
    year = [Timestamp(seconds=int(datetime(n, 1, 1, tzinfo=UTC).timestamp())) for n in (2027, 2028)]
    asked = ListScheduleMatchingTimesRequest(
        namespace=digest_env.client.namespace, schedule_id=digest_id(zone), start_time=year[0], end_time=year[1]
    )
    found = (await digest_env.client.workflow_service.list_schedule_matching_times(asked)).start_time
    there = [moment.ToDatetime(UTC).astimezone(ZoneInfo(zone)) for moment in found]
    assert {moment.strftime("%H:%M") for moment in there} == {"08:00"}
    assert len({moment.date() for moment in there}) == len(there) == 365


async def test_a_worker_that_starts_keeps_the_schedules(
    digest_env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    gone = digest_env.client.get_schedule_handle(digest_id(OSLO))
    await gone.delete()
    assert not await _is_there(digest_env, OSLO)
    worker = worker_process(digest_env, server, tmp_path / "worker.log")
    worker.start()
    try:
        await eventually(partial(_is_there, digest_env, OSLO))
    finally:
        worker.stop()


async def _is_there(env: WorkerEnv, zone: str) -> bool:
    """By its own id: the list lags behind."""
    try:
        await described(env, zone)
    except RPCError:
        return False
    return True


async def test_schedules_that_are_kept_again_are_left_alone(digest_env: WorkerEnv) -> None:
    before = {zone: (await described(digest_env, zone)).info.last_updated_at for zone in ZONES}
    assert (
        await keep_schedules(digest_env.client, wanted_schedules(always_at_work(), digest_env.queue))
        == ScheduleChanges()
    )
    assert {zone: (await described(digest_env, zone)).info.last_updated_at for zone in ZONES} == before


async def test_schedules_follow_the_directory(digest_env: WorkerEnv) -> None:
    await eventually(lambda: _all_listed(digest_env))
    nobody_in_india = always_at_work()
    people = tuple(person.replace(active=person.calendar != "IN") for person in nobody_in_india.people)
    kept = await keep_schedules(
        digest_env.client, wanted_schedules(nobody_in_india.replace(people=people), digest_env.queue)
    )
    assert kept == ScheduleChanges(deleted=(digest_id(KOLKATA),))
    assert await keep_schedules(
        digest_env.client, wanted_schedules(always_at_work(), digest_env.queue)
    ) == ScheduleChanges(created=(digest_id(KOLKATA),))


async def _all_listed(env: WorkerEnv) -> bool:
    return await known(env) == {digest_id(zone) for zone in ZONES}


async def test_a_schedule_that_an_operator_paused_stays_so_when_it_is_changed(digest_env: WorkerEnv) -> None:
    handle = digest_env.client.get_schedule_handle(digest_id(OSLO))
    await handle.pause(note="the digest_env moves")
    kept = await keep_schedules(digest_env.client, wanted_schedules(always_at_work(), "another-queue"))
    assert kept == ScheduleChanges(updated=(*map(digest_id, ZONES), COMPARISON, HEADS))
    state = (await handle.describe()).schedule.state
    assert (state.paused, state.note) == (True, "the digest_env moves")


async def test_no_schedule_is_kept_in_an_engine_that_was_exchanged_on_the_way(digest_env: WorkerEnv) -> None:
    calls = count()

    async def exchanged(call: Callable[[], Awaitable[Any]], /) -> Any:
        if next(calls):  # after the list was read
            raise foreign_engine()
        return await call()

    with pytest.raises(ForeignEngine):
        await keep_schedules(digest_env.client, wanted_schedules(always_at_work(), "another-queue"), exchanged)
    described = await digest_env.client.get_schedule_handle(digest_id(OSLO)).describe()
    action = described.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert action.task_queue == digest_env.queue


@pytest.mark.clock
async def test_a_morning_tells_each_person_once_and_only_those_who_have_something_to_hear(
    digest_env: WorkerEnv,
) -> None:
    async with running_worker(digest_env):
        for zone in ZONES:
            run = await morning_of(digest_env, MONDAY, zone)
            assert (await report_of(digest_env, run)).told == len(TO_HEAR[zone])
        told = {person for people in TO_HEAR.values() for person in people}
        assert digests(digest_env) == [(f"digest:{person}:2026-03-02", person) for person in sorted(told)]
        await replay(digest_env, run)


async def test_the_day_is_that_for_which_the_schedule_meant_it(digest_env: WorkerEnv) -> None:
    async with running_worker(digest_env):
        for day in (MONDAY, TUESDAY):
            await report_of(digest_env, await morning_of(digest_env, day, KOLKATA))
    days = {key.rpartition(":")[2] for key, _ in digests(digest_env)}
    assert days == {"2026-03-02", "2026-03-03"}


async def test_a_second_run_of_the_same_day_tells_nobody_again(digest_env: WorkerEnv) -> None:
    handle = digest_env.client.get_schedule_handle(digest_id(KOLKATA))
    async with running_worker(digest_env):
        for many in (1, 2):
            await handle.trigger()
            await eventually(partial(_are_over, digest_env, many))
    today = {key.rpartition(":")[2] for key, _ in digests(digest_env)}
    assert len(digests(digest_env)) == len(TO_HEAR[KOLKATA]) * len(today)
    assert len(today) == 1 or CLOCK().astimezone(ZoneInfo(KOLKATA)).hour == 0


async def _are_over(env: WorkerEnv, many: int) -> bool:
    return len(await runs(env, KOLKATA)) == many


async def test_a_worker_that_dies_with_a_page_lets_each_be_told_once(
    digest_env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    worker = worker_process(digest_env, server, tmp_path / "worker.log")
    worker.command = [sys.executable, "-m", "tests.workflows.fragile_digester", "2"]
    worker.start()
    run = await morning_of(digest_env, MONDAY, BERLIN)
    await eventually(worker.has_ended)
    async with running_worker(digest_env):
        report = await report_of(digest_env, run)
    assert report.told == len(TO_HEAR[BERLIN])
    assert [person for _, person in digests(digest_env)] == sorted(TO_HEAR[BERLIN])


async def test_a_run_says_in_the_engines_pages_whose_digests_it_made(digest_env: WorkerEnv) -> None:
    async with running_worker(digest_env):
        run = await morning_of(digest_env, MONDAY, BERLIN)
        handle = await run_of(digest_env, run)
        assert (await handle.result()).told == len(TO_HEAR[BERLIN])
        described = await handle.describe()
        assert await described.static_summary() == "Digests for the people of Europe/Berlin"
        assert described.status is WorkflowExecutionStatus.COMPLETED
        details = str(await handle.query("__temporal_workflow_metadata"))
    assert f"2 of {len(people_in(firm(), BERLIN))} people have something to hear" in details
