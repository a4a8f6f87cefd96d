"""Queues the digests of a time zone's people for the morning that a schedule started this run for.

The day comes from the schedule and not from the worker's clock: a run that starts late, or is caught up on after an
outage, makes the digests of the day it was meant for. The key of person and day prevents a second digest.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.digests import Digester
    from domain.notifications.digest import PeoplePage
    from workflows.messages import DigestInput, DigestReport

# Set by the server: the moment for which a schedule started a run.
SCHEDULED_FOR = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
# How long a page may take, and so how long a worker that died during one goes unnoticed.
PAGE_TIME = timedelta(seconds=10)
# Of one page, about a minute apart: after an hour without a database, the day's digest is given up, visibly.
ATTEMPTS = 60


@workflow.defn(name="PortfolioDigest")
class PortfolioDigestWorkflow:
    """Sends each person of a time zone what waits for them, what they wait for and what is vacant, if there is any."""

    @workflow.run
    async def run(self, given: DigestInput) -> DigestReport:
        """Page by page, in the order of the people's ids."""
        at, report = _meant_for() + given.clock_offset, DigestReport()
        page = PeoplePage(zone=given.zone, at=at, installation=given.installation)
        while True:
            done = await workflow.execute_activity_method(
                Digester.queue_page,
                page,
                start_to_close_timeout=PAGE_TIME,
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=ATTEMPTS),
                summary=f"digests of people after {page.after}" if page.after else "digests of the first people",
            )
            report = DigestReport(people=report.people + done.people, told=report.told + done.told)
            workflow.set_current_details(
                f"**{given.zone}**, for {page.at:%Y-%m-%d %H:%M} UTC: "
                f"{report.told} of {report.people} people have something to hear"
            )
            if done.after is None:
                return report
            page = page.replace(after=done.after)


def _meant_for() -> datetime:
    """The moment for which the schedule started this run; if started by hand, the moment it was started."""
    info = workflow.info()
    return info.typed_search_attributes.get(SCHEDULED_FOR) or info.start_time
