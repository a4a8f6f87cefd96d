"""The digests of a zone's people, on the morning for which a schedule has started this.

Which day it is, is the schedule's word and not the worker's clock: a run that starts late, or is caught up with
after an outage, makes the digests of the day for which it was meant. The key of person and day lets nobody have two.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.digests import Digester
    from domain.notifications.digest import PeoplePage
    from workflows.messages import DigestInput, DigestReport

# The server's own: for which moment a schedule has started a run.
SCHEDULED_FOR = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
# How long a page may take: a worker that died at one is missed after as long.
PAGE_TIME = timedelta(seconds=10)
# Of one page, about a minute apart: after an hour without a database, today's digest is given up, in plain sight.
ATTEMPTS = 60


@workflow.defn(name="PortfolioDigest")
class PortfolioDigestWorkflow:
    """What waits, is awaited and is vacant, told to each person of a zone who has something to hear."""

    @workflow.run
    async def run(self, given: DigestInput) -> DigestReport:
        """Page by page, by the people's ids."""
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
    """The moment for which the schedule started this; started by hand, the moment at which it was."""
    info = workflow.info()
    return info.typed_search_attributes.get(SCHEDULED_FOR) or info.start_time
