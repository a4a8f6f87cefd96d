"""Notices who left or is away, and tells the engagements concerned: by update, so that each answers what it made of it.

One operation after another, so that an older word never comes after a newer. What is told is the difference between
what an engagement knows and what is so: running it twice, or at once with another run, changes nothing.
"""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.directory_sync import DirectorySyncActivities, SyncPage
    from domain.shared.values import Value

# The id of the run that is woken by each operation.
DIRECTORY_SYNC = "directory/sync"
# The signal that wakes it.
DIRECTORY_CHANGED = "directory_changed"
PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
PAGE_TIMEOUT = timedelta(minutes=10)
# Without a word of the worker that tells a page: it has died, and another tells it.
MISSED = timedelta(seconds=6)
# Before engagements that did not answer are told again; after the last the next run does it.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
FEW_TIMES = RetryPolicy(maximum_attempts=3)
SHORT_TIMEOUT = timedelta(seconds=20)


class SyncInput(Value):
    """What to begin with. `everything`: also engagements that no operation concerns, for what got lost."""

    everything: bool = False


class Synced(Value):
    """What a run came to."""

    operations: int = 0
    told: int = 0
    refused: int = 0


@workflow.defn(name="DirectorySync")
class DirectorySyncWorkflow:
    """Spreads the directory's operations, until every engagement has heard of each."""

    @workflow.init
    def __init__(self, given: SyncInput) -> None:
        self._given = given
        self._changed = True
        self._synced = Synced()

    @workflow.run
    async def run(self, given: SyncInput) -> Synced:
        """Tells one operation after another; a change that comes meanwhile is told too."""
        unreached = await self._tell_all()
        for pause in PAUSES:
            if not unreached:
                break
            await self._wait(pause)
            unreached = await self._tell_all()
        if given.everything:
            await self._tell_pages(None, "all of the directory")
        return self._synced

    async def _tell_all(self) -> int:
        """Tells every open operation, the oldest first; gives how many engagements did not answer.

        Nobody waits for those: an operation that they have not heard of stays open, and is told again after a pause.
        """
        unreached = 0
        while self._changed:
            self._changed, unreached, last = False, 0, 0
            await self._keep_schedules()
            while (version := await self._unspread(last)) is not None:
                unreached += await self._tell(version)
                last = version
        return unreached

    async def _wait(self, pause: timedelta) -> None:
        """Until the pause is over, or something more was done to the directory."""
        with suppress(TimeoutError):
            summary = "some engagements did not answer"
            await workflow.wait_condition(lambda: self._changed, timeout=pause, timeout_summary=summary)
        self._changed = True

    @workflow.signal(name=DIRECTORY_CHANGED)
    def changed(self) -> None:
        """Something was done to the directory. A signal: whoever did it does not wait for the engagements."""
        self._changed = True

    async def _keep_schedules(self) -> None:
        """People may work in other zones now: their mornings are others. Where that fails, all the rest is told."""
        try:
            await workflow.execute_activity_method(
                DirectorySyncActivities.keep_schedules,
                start_to_close_timeout=SHORT_TIMEOUT,
                retry_policy=FEW_TIMES,
                summary="one digest schedule for each time zone",
            )
        except ActivityError as failed:
            workflow.logger.warning("The digests' schedules were not kept: %s", failed.cause)

    async def _unspread(self, after: int) -> int | None:
        return await workflow.execute_activity_method(
            DirectorySyncActivities.pending_version,
            after,
            start_to_close_timeout=SHORT_TIMEOUT,
            retry_policy=PATIENCE,
            summary="the next people operation of which somebody has not heard",
        )

    async def _tell(self, version: int) -> int:
        """Tells all whom an operation concerns; gives how many did not answer. Where some did not, it stays open."""
        what = f"people operation {version}"
        unreached = await self._tell_pages(version, what)
        if not unreached:
            await workflow.execute_activity_method(
                DirectorySyncActivities.finish,
                version,
                start_to_close_timeout=SHORT_TIMEOUT,
                retry_policy=PATIENCE,
                summary=f"{what} is known in every engagement",
            )
            self._synced = self._synced.replace(operations=self._synced.operations + 1)
        return unreached

    async def _tell_pages(self, version: int | None, what: str) -> int:
        """Tells a page after another; gives how many engagements did not answer."""
        after: str | None = ""
        unreached = 0
        workflow.set_current_details(f"Telling engagements {what}; so far {self._synced.told} told")
        while after is not None:
            told = await workflow.execute_activity_method(
                DirectorySyncActivities.tell_page,
                SyncPage(version=version, after=after),
                start_to_close_timeout=PAGE_TIMEOUT,
                heartbeat_timeout=MISSED,
                retry_policy=PATIENCE,
                summary=f"{what}, engagements after {after or 'the first'}",
            )
            after = told.next_after
            unreached += told.unreached
            self._synced = self._synced.replace(
                told=self._synced.told + told.told, refused=self._synced.refused + told.refused
            )
        return unreached
