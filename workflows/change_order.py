"""The workflow of a change order: it asks, waits, and reports to its engagement until each report is acknowledged."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.recording import Recorder
    from domain.change_order.decide import OrderDecision, apply_due_timers, decide, next_moment, start
    from domain.change_order.order import Brief, ChangeOrder, Report, TakeBrief
    from domain.change_order.permissions import ENGAGEMENT
    from domain.shared.errors import Refusal
    from domain.shared.streams import engagement_stream
    from domain.shared.transaction import Actor
    from workflows import search_attributes
    from workflows.aggregate import AggregateWorkflow
    from workflows.aggregate_runner import AggregateRunner, refusals_rejected
    from workflows.data_errors import SHOWN, carries_on
    from workflows.details import order_details, quarantine_note
    from workflows.messages import (
        BRIEF_MISSED,
        BRIEFED,
        FIRST_REPEAT,
        MAX_REPEAT,
        REPORT_ACKNOWLEDGED,
        REPORTED,
        CarriedOrder,
        OrderInput,
        OrderRequest,
        Receipt,
        ReportSignal,
    )
    from workflows.timekeeping import Timekeeping
    from workflows.updates import CHANGE_ORDER_UPDATES


@workflow.defn(name="ChangeOrder")
class ChangeOrderWorkflow(AggregateWorkflow, updates=CHANGE_ORDER_UPDATES):
    """One change order, from its submission to its signatures."""

    @workflow.init
    def __init__(self, given: OrderInput) -> None:
        """Builds the whole state here: an update can arrive before `run` begins."""
        self._shown: search_attributes.Shown = {}
        self._acknowledged = 0
        self._sent = 0
        self._pause = FIRST_REPEAT
        self._repeats: asyncio.Task[None] | None = None
        self._heard_something = False
        self._missed = False
        self._chain: tuple[str, str] | None = None
        stream = workflow.info().workflow_id
        if given.carried is not None:
            carried = given.carried
            self._runner: AggregateRunner[ChangeOrder] = AggregateRunner(
                stream, given.for_life, carried.state, carried.remembered, carried.head
            )
            self._acknowledged, self._chain, self._missed = carried.acknowledged, carried.chain, carried.missed
        elif given.brief is not None:
            brief = given.brief
            self._runner = AggregateRunner(stream, given.for_life)
            with refusals_rejected():
                self._runner.act(lambda _, now: start(brief, now), Actor(person_id=brief.by, channel=ENGAGEMENT))
        else:
            raise ApplicationError("A change order begins with a brief.", non_retryable=True)
        self._time = Timekeeping(self._runner, apply_due_timers, next_moment)
        if given.carried is not None:
            with carries_on(self._runner, SHOWN):
                self._shown = self._searched_by()

    @workflow.run
    async def run(self, given: OrderInput) -> str:  # noqa: ARG002 -- taken by __init__
        """Writes and reports what happened, then waits for the next message or timer, until its end is acknowledged."""
        while True:
            await self._write_record()
            await self._runner.set_apart()
            with carries_on(self._runner, SHOWN):
                self._show()
            await self._runner.set_apart()
            held = await self._runner.reconciled_state(Recorder.change_order)
            if held is not None:
                self._continue_with(self._carry().replace(state=held, head=None, missed=True))
                continue
            await self._ask_what_is_so()
            await self._report()
            if self._runner.state.is_over and not self._runner.pending and self._all_heard:
                return self._runner.state.status.value
            if self._runner.should_continue_as_new:
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._runner.pending:
                    self._continue_with(self._carry())
            self._time.wake()
            time_passed = await self._runner.wait_for_something(lambda: self._heard_something)
            self._heard_something = False
            if time_passed:
                self._time.let_pass()

    def _decide(self, state: ChangeOrder, request: OrderRequest, now: datetime) -> OrderDecision:
        return decide(state, request.command, request.actor, now)

    def _answer(self, decision: OrderDecision) -> Receipt:
        order = self._runner.state
        return self._receipt(decision, order.status.value, tuple(ask.id for ask in order.open_asks()))

    @workflow.signal(name=BRIEFED)
    def briefed(self, brief: Brief) -> None:
        """The engagement's update: a new revision, another route, other people, or the end.

        One that arrives during quarantine is dropped: whoever resumes from the record asks for it again. It proves that
        the engagement is running, so any unacknowledged report is sent again at once.
        """
        self._sent, self._heard_something = 0, True
        actor = Actor(person_id=brief.by, channel=ENGAGEMENT)
        try:
            with carries_on(self._runner, "the engagement's brief"):
                self._runner.act(lambda order, now: decide(order, TakeBrief(brief=brief), actor, now), actor)
        except Refusal as refusal:
            workflow.logger.warning("brief for %s: %s", self._runner.stream, refusal)

    @workflow.signal(name=REPORT_ACKNOWLEDGED)
    def acknowledged(self, number: int) -> None:
        """The engagement has processed all reports up to this one."""
        self._acknowledged = max(self._acknowledged, number)
        self._heard_something = True

    def _show(self) -> None:
        """Updates what the Temporal UI shows: the search attributes that changed, and the details."""
        shown = self._searched_by()
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(
            quarantine_note(self._runner.quarantined) + order_details(self._runner.state, self._runner.now())
        )

    def _searched_by(self) -> search_attributes.Shown:
        return search_attributes.of_order(self._runner.state, self._time.next_moment)

    async def _write_record(self) -> None:
        await self._runner.write_record()
        if self._runner.appended is not None:
            self._chain = (self._runner.appended.first, self._runner.appended.last)

    async def _ask_what_is_so(self) -> None:
        """Asks the engagement, once, to send its current brief again, if this run may have missed one."""
        if self._missed and not self._runner.state.is_over:
            await self._tell(BRIEF_MISSED, self._runner.state.brief.n)
        self._missed = False

    @property
    def _all_heard(self) -> bool:
        return self._acknowledged >= self._runner.state.last_report

    async def _report(self) -> None:
        """Sends the engagement the first report it has not acknowledged, and sets a timer to repeat it until it has."""
        if self._all_heard:
            self._stop_repeating()
            return
        report = self._runner.state.reports_after(self._acknowledged)[0]
        again = report.number == self._sent
        if again and self._repeats is not None:
            return
        self._stop_repeating()
        await self._send(report)
        self._pause = min(self._pause * 2, MAX_REPEAT) if again else FIRST_REPEAT
        self._sent = report.number
        self._repeats = asyncio.create_task(self._repeat_after(self._pause))

    def _stop_repeating(self) -> None:
        if self._repeats is not None:
            self._repeats.cancel()
            self._repeats = None

    async def _repeat_after(self, pause: timedelta) -> None:
        """Repeats after a timer of its own, rather than comparing clocks: on replay a clock may read later."""
        await workflow.sleep(pause, summary="repeats its report")
        self._repeats, self._heard_something = None, True

    async def _send(self, report: Report) -> None:
        ended = self._runner.state.is_over and report.number == self._runner.state.last_report
        chain = self._chain if ended else None
        signal = ReportSignal(n=self._runner.state.brief.n, report=report, chain=chain)
        await self._tell(REPORTED, signal)

    async def _tell(self, signal: str, value: object) -> None:
        """Signals the engagement. One that is missing is restarted from the record, and signalled again then."""
        engagement_id = engagement_stream(self._runner.state.brief.engagement_id)
        try:
            await workflow.get_external_workflow_handle(engagement_id).signal(signal, value)
        except ApplicationError as gone:
            workflow.logger.warning("%s does not hear: %s", engagement_id, gone)

    def _continue_with(self, carried: CarriedOrder) -> None:
        """Continues as new, with what this run was given for its life, unless the state is too large for that."""
        fitted = self._runner.fitted(carried)
        if fitted is not None:
            workflow.continue_as_new(OrderInput(carried=fitted, **dict(self._runner.given)))

    def _carry(self) -> CarriedOrder:
        return CarriedOrder(
            state=self._runner.state,
            remembered=self._runner.remembered,
            acknowledged=self._acknowledged,
            chain=self._chain,
            head=self._runner.head,
        )
