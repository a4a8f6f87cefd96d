"""Keeps a signed head over all chains every hour: a schedule starts a run for each hour."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.tree_heads import HeadTaker
    from domain.shared.tree_heads import SOUND

# How long one may take, and so how long a worker that died during it goes unnoticed.
TAKING = timedelta(minutes=2)
# About a minute apart; after the last, the next hour's run comes soon enough.
ATTEMPTS = 20


@workflow.defn(name="TreeHeads")
class TreeHeadsWorkflow:
    """Keeps a head of the record as it is now."""

    @workflow.run
    async def run(self) -> str:
        """Returns whether a head was kept, or nothing was added since the last.

        Fails, so that it shows among all runs, if none can be kept: the record differs from what was signed or written.
        """
        said: str = await workflow.execute_activity_method(
            HeadTaker.take_head,
            start_to_close_timeout=TAKING,
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=ATTEMPTS),
            summary="a signed head over all chains",
        )
        workflow.set_current_details(said)
        if said not in SOUND:
            raise ApplicationError(said, type="NoHeadKept", non_retryable=True)
        return said
