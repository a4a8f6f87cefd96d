"""Tells engagements when someone leaves or is away: by update, so that each answers with what it did about it.

Operations go one after another, so that an older one never arrives after a newer. What is sent is the difference
between what an engagement knows and the directory: running it twice, or concurrently, changes nothing.
"""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.directory_sync import DirectorySyncActivities, SyncPage
    from domain.shared.values import Value

# The id of the workflow that each operation wakes.
DIRECTORY_SYNC = "directory/sync"
# The signal that wakes it.
DIRECTORY_CHANGED = "directory_changed"
PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))
PAGE_TIMEOUT = timedelta(minutes=10)
# Heartbeat timeout: the worker that was telling a page has died, and another takes it over.
MISSED = timedelta(seconds=6)
# Pauses before engagements that did not answer are told again; after the last, the next run does it.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
FEW_TIMES = RetryPolicy(maximum_attempts=3)
SHORT_TIMEOUT = timedelta(seconds=20)


class SyncInput(Value):
    """What to begin with. `everything`: also tell engagements that no operation concerns, for what got lost."""

    everything: bool = False


class Synced(Value):
    """What a run achieved: operations finished, and engagements told, and engagements that refused."""

    operations: int = 0
    told: int = 0
    refused: int = 0


@workflow.defn(name="DirectorySync")
class DirectorySyncWorkflow:
    """Sends the directory's operations to the engagements until every engagement has processed each."""

    @workflow.init
    def __init__(self, given: SyncInput) -> None:
        self._given = given
        self._changed = True
        self._synced = Synced()

    @workflow.run
    async def run(self, given: SyncInput) -> Synced:
        """Sends one operation after another, including those that arrive meanwhile."""
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
        """Sends every pending operation, oldest first. Returns how many engagements did not answer.

        It does not wait for those: an operation that they have not processed stays pending and is sent again after a
        pause.
        """
        unreached = 0
        while self._changed:
            self._changed, unreached, last = False, 0, 0
            await self._keep_schedules()
            while (version := await self._pending(last)) is not None:
                unreached += await self._tell(version)
                last = version
        return unreached

    async def _wait(self, pause: timedelta) -> None:
        """Waits until the pause is over or the directory has changed again."""
        with suppress(TimeoutError):
            summary = "some engagements did not answer"
            await workflow.wait_condition(lambda: self._changed, timeout=pause, timeout_summary=summary)
        self._changed = True

    @workflow.signal(name=DIRECTORY_CHANGED)
    def changed(self) -> None:
        """The directory changed. A signal, so that the caller does not wait for the engagements."""
        self._changed = True

    async def _keep_schedules(self) -> None:
        """Updates the digest schedules, as people may now work in other zones. A failure does not stop the sync."""
        try:
            await workflow.execute_activity_method(
                DirectorySyncActivities.keep_schedules,
                start_to_close_timeout=SHORT_TIMEOUT,
                retry_policy=FEW_TIMES,
                summary="one digest schedule for each time zone",
            )
        except ActivityError as failed:
            workflow.logger.warning("The digests' schedules were not kept: %s", failed.cause)

    async def _pending(self, after: int) -> int | None:
        return await workflow.execute_activity_method(
            DirectorySyncActivities.pending_version,
            after,
            start_to_close_timeout=SHORT_TIMEOUT,
            retry_policy=PATIENCE,
            summary="the next people operation of which somebody has not heard",
        )

    async def _tell(self, version: int) -> int:
        """Sends an operation to all it concerns. Returns how many did not answer; if any, it stays pending."""
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
        """Sends page after page. Returns how many engagements did not answer."""
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
