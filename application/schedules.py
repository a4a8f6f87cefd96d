"""The schedules: a digest for each time zone, the nightly comparison with the directory, and the hourly head.

They are updated from the directory whenever a worker starts or the directory changes.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from temporalio.client import (
    Client,
    RPCError,
    RPCStatusCode,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from domain.directory.directory import Directory
from domain.notifications.digest import DIGESTS, digest_id, zones_of
from workflows.directory_sync import DIRECTORY_SYNC, DirectorySyncWorkflow, SyncInput
from workflows.messages import TASK_TIMEOUT, DigestInput
from workflows.portfolio_digest import PortfolioDigestWorkflow
from workflows.tree_heads import TreeHeadsWorkflow

# In local time, also on the days on which the clocks change.
HOUR = 8
# A morning digest is no news in the evening: runs that an outage of the server delayed for longer than this are not
# caught up on, and a run that no worker has finished by then is ended, so that it does not block the next day's.
LATEST = timedelta(hours=4)


NIGHT = 3
COMPARISON = "directory/nightly"
MAX_COMPARISON = timedelta(hours=12)

HEADS = "heads/hourly"
# A head signs the record as it is then: missed hours are not caught up on, and no run takes that long.
HOURLY = timedelta(hours=1)


T = TypeVar("T")


class Guard(Protocol):
    """Makes a call to the engine after checking whose engine it is."""

    async def __call__(self, call: Callable[[], Awaitable[T]], /) -> T | None: ...


async def unguarded(call: Callable[[], Awaitable[T]], /) -> T | None:
    """Makes the call without a check: for an engine that no one exchanges."""
    return await call()


def wanted_schedules(
    directory: Directory, task_queue: str, clock_offset: timedelta = timedelta(), installation: str = ""
) -> dict[str, Schedule]:
    """The schedules that this directory calls for, by id."""
    digests = (
        DigestInput(zone=zone, clock_offset=clock_offset, installation=installation) for zone in zones_of(directory)
    )
    return {
        **{digest_id(given.zone): digest_schedule(given, task_queue) for given in digests},
        COMPARISON: comparison_schedule(task_queue),
        HEADS: heads_schedule(task_queue),
    }


class ScheduleChanges(NamedTuple):
    """Ids of schedules that were created, updated and deleted."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def digest_schedule(given: DigestInput, task_queue: str) -> Schedule:
    """The schedule of a zone.

    Overlap: a run is skipped while the one before is still running. Buffered, it would come right after, and say the
    same of the same day. `LATEST` ends a run long before the next morning, so that no morning is skipped because of it.
    """
    action = ScheduleActionStartWorkflow(
        PortfolioDigestWorkflow.run,
        given,
        id=digest_id(given.zone),
        task_queue=task_queue,
        execution_timeout=LATEST,
        task_timeout=TASK_TIMEOUT,
        static_summary=f"Digests for the people of {given.zone}",
    )
    return Schedule(
        action=action,
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=(ScheduleRange(HOUR),), comment=f"{HOUR}:00 in {given.zone}")],
            time_zone_name=given.zone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=LATEST),
    )


def comparison_schedule(task_queue: str) -> Schedule:
    """Each night: what was not told because a wake-up was lost, and then everything, whatever was lost."""
    action = ScheduleActionStartWorkflow(
        DirectorySyncWorkflow.run,
        SyncInput(everything=True),
        id=f"{DIRECTORY_SYNC}/nightly",
        task_queue=task_queue,
        execution_timeout=MAX_COMPARISON,
        task_timeout=TASK_TIMEOUT,
        static_summary="Compares every running engagement with the directory",
    )
    return Schedule(
        action=action,
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=(ScheduleRange(NIGHT),), comment=f"{NIGHT}:00 UTC")]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=LATEST),
    )


def heads_schedule(task_queue: str) -> Schedule:
    """Every full hour: a signed head, kept if something was added."""
    action = ScheduleActionStartWorkflow(
        TreeHeadsWorkflow.run,
        id=HEADS,
        task_queue=task_queue,
        execution_timeout=HOURLY,
        task_timeout=TASK_TIMEOUT,
        static_summary="Keeps a signed head over all chains",
    )
    every_hour = ScheduleCalendarSpec(hour=(ScheduleRange(0, 23),), comment="each full hour")
    return Schedule(
        action=action,
        spec=ScheduleSpec(calendars=[every_hour]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=HOURLY),
    )


async def keep_schedules(client: Client, wanted: Mapping[str, Schedule], guarded: Guard = unguarded) -> ScheduleChanges:
    """Makes the schedules match those wanted, by id. Repeating it, even concurrently, changes nothing.

    One that is already right is left alone: a worker starts after an outage, and an update then might lose the morning
    that the server still has to catch up on. One that an operator has paused stays paused.

    Each call goes through `guarded`, which checks whose engine it is. Raises RPCError, and what the guard raises.
    """
    gone = sorted((await guarded(partial(_known, client)) or set()) - set(wanted))
    for schedule_id in gone:
        await guarded(partial(_delete, client, schedule_id))
    created, updated = [], []
    for schedule_id, schedule in wanted.items():
        if await guarded(partial(_create, client, schedule_id, schedule)):
            created.append(schedule_id)
        elif await guarded(partial(_update, client, schedule_id, schedule)):
            updated.append(schedule_id)
    return ScheduleChanges(tuple(created), tuple(updated), tuple(gone))


async def _known(client: Client) -> set[str]:
    return {found.id async for found in await client.list_schedules() if found.id.startswith(DIGESTS)}


async def _delete(client: Client, schedule_id: str) -> None:
    try:
        await client.get_schedule_handle(schedule_id).delete()
    except RPCError as error:  # the list lags behind, and another worker may have been here
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _create(client: Client, schedule_id: str, wanted: Schedule) -> bool:
    """Creates a schedule; returns whether there was none."""
    try:
        await client.create_schedule(schedule_id, wanted)
    except ScheduleAlreadyRunningError:
        return False
    return True


async def _update(client: Client, schedule_id: str, wanted: Schedule) -> bool:
    """Updates a schedule to what it should be; returns whether it differed."""
    handle = client.get_schedule_handle(schedule_id)
    if await _means_the_same(client, (await handle.describe()).schedule, wanted):
        return False

    def changed(found: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(dataclasses.replace(wanted, state=found.description.schedule.state))

    await handle.update(changed)
    return True


async def _means_the_same(client: Client, found: Schedule, wanted: Schedule) -> bool:
    """True if the server's schedule and the wanted one start the same thing at the same times."""
    there, here = found.action, wanted.action
    if not isinstance(there, ScheduleActionStartWorkflow) or not isinstance(here, ScheduleActionStartWorkflow):
        return False
    started = ("workflow", "id", "task_queue", "execution_timeout", "run_timeout", "task_timeout")
    return (
        all(getattr(there, name) == getattr(here, name) for name in started)
        and list(there.args) == await client.data_converter.encode(list(here.args))
        and (found.spec, found.policy) == (wanted.spec, wanted.policy)
    )
