"""A change order's own workflow: it asks, waits, and reports to its engagement until it is heard."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.recording import Recorder
    from domain.asking.seats import waiting_for
    from domain.change_order.decide import decide, due, next_moment, start, up_to
    from domain.change_order.order import Brief, ChangeOrder, Report, TakeBrief
    from domain.change_order.permissions import ENGAGEMENT
    from domain.refusals import Refusal, Waiting
    from domain.streams import engagement_stream
    from domain.turn import Actor
    from workflows import search_attributes
    from workflows.aggregate import AggregateWorkflow
    from workflows.details import order_details, quarantine_note
    from workflows.durable import Durable, refusals_rejected
    from workflows.hindrances import SHOWN, answers_unforeseen, carries_on
    from workflows.messages import (
        FIRST_REPEAT,
        LONGEST_REPEAT,
        REPORTED,
        TELL_AGAIN,
        CarriedOrder,
        OrderInput,
        OrderRequest,
        Receipt,
        ReportSignal,
    )
    from workflows.timekeeping import Timekeeping


@workflow.defn(name="ChangeOrder")
class ChangeOrderWorkflow(AggregateWorkflow):
    """One change order, from its submission to its signatures."""

    @workflow.init
    def __init__(self, given: OrderInput) -> None:
        """The state is whole from here on: an update can come before `run` begins."""
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
            self._it: Durable[ChangeOrder] = Durable(
                stream, given.for_life, carried.state, carried.remembered, carried.head
            )
            self._acknowledged, self._chain, self._missed = carried.acknowledged, carried.chain, carried.missed
            with carries_on(self._it, SHOWN):
                self._shown = search_attributes.of_order(carried.state)
        elif given.brief is not None:
            brief = given.brief
            self._it = Durable(stream, given.for_life)
            with refusals_rejected():
                self._it.act(lambda _, now: start(brief, now), Actor(person=brief.by, channel=ENGAGEMENT))
        else:
            raise ApplicationError("A change order begins with a brief.", non_retryable=True)
        self._time = Timekeeping(self._it, due, next_moment)

    @workflow.run
    async def run(self, given: OrderInput) -> str:  # noqa: ARG002 -- taken by __init__
        """Writes what happened, reports it, and waits for the next word or moment, until the end is heard."""
        while True:
            await self._write_record()
            await self._it.set_apart()
            with carries_on(self._it, SHOWN):
                self._show()
            await self._it.set_apart()
            held = await self._it.reconciled_state(Recorder.change_order)
            if held is not None:
                self._continue_with(self._carry().having(state=held, head=None, missed=True))
                continue
            await self._ask_what_is_so()
            await self._report()
            if self._it.state.is_over and not self._it.pending and self._all_heard:
                return self._it.state.status.value
            if self._it.should_continue_as_new:
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._it.pending:
                    self._continue_with(self._carry())
            self._time.wake()
            time_passed = await self._it.wait_for_something(lambda: self._heard_something)
            self._heard_something = False
            if time_passed:
                self._time.let_pass()

    @workflow.update(name="command")
    def command(self, request: OrderRequest) -> Receipt:
        """Carries out a command; nothing is awaited, so no rival comes between."""
        with answers_unforeseen(self._it.stream, request.command.kind), refusals_rejected():
            self._it.require_own(request.installation)
            earlier = self._it.earlier_answer(request.id, request.body)
            if earlier is not None:
                return earlier
            self._it.require_in_step(request.acknowledged)
            self._time.let_come()
            decision = self._it.act(
                lambda order, now: (
                    self._it.weighed(request, order, now) or decide(order, request.command, request.actor, now)
                ),
                request.actor.having(command=request.id),
            )
        order = self._it.state
        waits: tuple[Waiting, ...] = ()
        with carries_on(self._it, "whom the change order waits for"):
            waits = tuple(waiting for ask in order.open_asks() for waiting in waiting_for(order, ask))
        receipt = Receipt(
            stream=self._it.stream,
            sequence=order.seq,
            happened=tuple(type(event).__name__ for event in decision.events),
            said=tuple(sentence for event in decision.events for sentence in event.said),
            stage=order.status.value,
            asks=tuple(ask.id for ask in order.open_asks()),
            waits_for=waits[:5],
        )
        self._it.remember(request.id, request.body, receipt)
        return receipt

    @command.validator
    def _refuse(self, request: OrderRequest) -> None:
        """Decides, and changes nothing: what is refused here leaves nothing in the history."""
        with answers_unforeseen(self._it.stream, request.command.kind), refusals_rejected():
            self._it.require_own(request.installation)
            if self._it.earlier_answer(request.id, request.body) is None:
                self._it.require_in_step(request.acknowledged)
                self._it.require_not_done(request.done)
                now = self._it.now()
                order = up_to(self._it.state, now)
                self._it.weigh(request, decide(order, request.command, request.actor, now), order, now)

    @workflow.signal(name="briefed")
    def briefed(self, brief: Brief) -> None:
        """The engagement's word: a revision, another route, other people, the end.

        One that comes while nothing may be decided is let go of: whoever goes on from the record asks for it again.
        The engagement is there: what it has not acknowledged it is told at once.
        """
        self._sent, self._heard_something = 0, True
        actor = Actor(person=brief.by, channel=ENGAGEMENT)
        try:
            with carries_on(self._it, "the engagement's brief"):
                self._it.act(lambda order, now: decide(order, TakeBrief(brief=brief), actor, now), actor)
        except Refusal as refusal:
            workflow.logger.warning("brief for %s: %s", self._it.stream, refusal)

    @workflow.signal(name="acknowledged")
    def acknowledged(self, number: int) -> None:
        """The engagement has heard all reports up to this one."""
        self._acknowledged = max(self._acknowledged, number)
        self._heard_something = True

    def _show(self) -> None:
        """Keeps the engine's own pages true: search attributes that changed, and the details."""
        shown = search_attributes.of_order(self._it.state)
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(
            quarantine_note(self._it.quarantined) + order_details(self._it.state, workflow.now())
        )

    async def _write_record(self) -> None:
        await self._it.write_record()
        if self._it.appended is not None:
            self._chain = (self._it.appended.first, self._it.appended.last)

    async def _ask_what_is_so(self) -> None:
        """Has the engagement tell it again what is so now, once, where it may have missed it."""
        if self._missed and not self._it.state.is_over:
            await self._tell(TELL_AGAIN, self._it.state.brief.n)
        self._missed = False

    @property
    def _all_heard(self) -> bool:
        return self._acknowledged >= self._it.state.last_report

    async def _report(self) -> None:
        """Tells the engagement the first report it has not acknowledged; wakes to repeat it until it has."""
        if self._all_heard:
            self._stop_repeating()
            return
        report = self._it.state.reports_after(self._acknowledged)[0]
        again = report.number == self._sent
        if again and self._repeats is not None:
            return
        self._stop_repeating()
        await self._send(report)
        self._pause = min(self._pause * 2, LONGEST_REPEAT) if again else FIRST_REPEAT
        self._sent = report.number
        self._repeats = asyncio.create_task(self._repeat_after(self._pause))

    def _stop_repeating(self) -> None:
        if self._repeats is not None:
            self._repeats.cancel()
            self._repeats = None

    async def _repeat_after(self, pause: timedelta) -> None:
        """A timer of its own says when: a clock that is compared may read later in a replay."""
        await workflow.sleep(pause, summary="repeats its report")
        self._repeats, self._heard_something = None, True

    async def _send(self, report: Report) -> None:
        ended = self._it.state.is_over and report.number == self._it.state.last_report
        chain = self._chain if ended else None
        signal = ReportSignal(n=self._it.state.brief.n, report=report, chain=chain)
        await self._tell(REPORTED, signal)

    async def _tell(self, signal: str, value: object) -> None:
        """Tells the engagement something. One that is not there is begun again from the record: it is told again."""
        engagement = engagement_stream(self._it.state.brief.engagement)
        try:
            await workflow.get_external_workflow_handle(engagement).signal(signal, value)
        except ApplicationError as gone:
            workflow.logger.warning("%s does not hear: %s", engagement, gone)

    def _continue_with(self, carried: CarriedOrder) -> None:
        """Goes on in a run of its own, with what this one was given for its life, unless it is too large for that."""
        fitted = self._it.fitted(carried)
        if fitted is not None:
            workflow.continue_as_new(OrderInput(carried=fitted, **dict(self._it.given)))

    def _carry(self) -> CarriedOrder:
        return CarriedOrder(
            state=self._it.state,
            remembered=self._it.remembered,
            acknowledged=self._acknowledged,
            chain=self._chain,
            head=self._it.head,
        )
