"""The life of an engagement, as durable as the engine is.

Commands are updates, not signals: who asks hears a refusal at once, and a refused one leaves no trace in the
history. What change orders report is a signal: it is repeated until acknowledged, and nobody waits for it.
"""

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.recording import Recorder
    from domain.asking.seats import waiting_for
    from domain.change_order.order import Brief
    from domain.engagement import commands as c
    from domain.engagement.briefing import brief_for
    from domain.engagement.decide import decide, due, next_moment, opened_by, start, up_to
    from domain.engagement.permissions import CHANGES
    from domain.engagement.state import Engagement
    from domain.made import made_by
    from domain.refusals import Refusal, Waiting
    from domain.streams import change_stream
    from domain.turn import Actor
    from domain.values import digest
    from domain.words import cut
    from workflows import search_attributes
    from workflows.aggregate import AggregateWorkflow
    from workflows.change_order import ChangeOrderWorkflow
    from workflows.details import engagement_details, quarantine_note
    from workflows.durable import Durable, refusals_rejected
    from workflows.hindrances import SHOWN, answers_unforeseen, carries_on
    from workflows.messages import (
        REPORTED,
        TASK_TIMEOUT,
        TELL_AGAIN,
        Carried,
        EngagementInput,
        OrderInput,
        Receipt,
        ReportSignal,
        Request,
        Told,
    )
    from workflows.timekeeping import Timekeeping

MOST_SHOWN = 5
LONGEST_SUMMARY = 200
"""Bytes; the engine takes 400."""


@workflow.defn(name="Engagement")
class EngagementWorkflow(AggregateWorkflow):
    """One engagement, from the first call to the close."""

    @workflow.init
    def __init__(self, given: EngagementInput) -> None:
        """Updates can come before `run` begins, so the state is whole from here on."""
        self._shown: search_attributes.Shown = {}
        self._to_acknowledge: list[tuple[int, int]] = []
        self._to_tell_again: set[int] = set()
        stream = workflow.info().workflow_id
        if given.carried is not None:
            carried = given.carried
            self._it: Durable[Engagement] = Durable(
                stream, given.for_life, carried.state, carried.remembered, carried.head
            )
            self._told = {told.n: told.brief for told in carried.told}
            with carries_on(self._it, SHOWN):
                self._shown = search_attributes.of_engagement(carried.state)
        elif given.opening is not None:
            command, actor = given.opening.command, given.opening.actor
            self._it = Durable(stream, given.for_life)
            with refusals_rejected():
                self._it.act(lambda _, now: start(command, actor, now), actor)
            self._told = {}
        else:
            raise ApplicationError("An engagement begins with an opening.", non_retryable=True)
        self._time = Timekeeping(self._it, due, next_moment)

    @workflow.run
    async def run(self, given: EngagementInput) -> str:  # noqa: ARG002 -- taken by __init__
        """Writes what happened, briefs change orders, and waits for the next word or moment, until it is over."""
        while True:
            await self._it.write_record()
            await self._it.set_apart()
            with carries_on(self._it, SHOWN):
                self._show()
            await self._it.set_apart()
            held = await self._it.reconciled_state(Recorder.engagement)
            if held is not None:
                self._continue_with(Carried(state=held, remembered=self._it.remembered))
                continue
            await self._acknowledge_reports()  # before a brief, at which a change order repeats what was not heard
            await self._brief_change_orders()
            if self._is_finished():
                return self._it.state.stage.value
            if self._it.should_continue_as_new and not self._errands_left():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._it.pending and not self._errands_left():
                    self._continue_with(self._carry())
            self._time.wake()
            if await self._it.wait_for_something(lambda: bool(self._to_acknowledge or self._to_tell_again)):
                self._time.let_pass()

    @workflow.update(name="command")
    def command(self, request: Request) -> Receipt:
        """Carries out a command; nothing is awaited, so no rival comes between."""
        with answers_unforeseen(self._it.stream, request.command.kind), refusals_rejected():
            self._it.require_own(request.installation)
            earlier = self._it.earlier_answer(request.id, request.body)
            if earlier is not None:
                return earlier
            self._it.require_in_step(request.acknowledged)
            self._time.let_come()
            decision = self._it.act(
                lambda state, now: (
                    self._it.weighed(request, state, now)
                    or decide(state, request.command, request.actor, now, request.readings)
                ),
                request.actor.having(command=request.id),
            )
        state = self._it.state
        waits: tuple[Waiting, ...] = ()
        with carries_on(self._it, "whom the engagement waits for"):
            waits = tuple(waiting for ask in state.open_asks() for waiting in waiting_for(state, ask))
        receipt = Receipt(
            stream=self._it.stream,
            sequence=state.seq,
            happened=tuple(type(event).__name__ for event in decision.events),
            said=tuple(sentence for event in decision.events for sentence in event.said),
            stage=state.stage.value,
            asks=opened_by(decision),
            waits_for=waits[:MOST_SHOWN],
            made=made_by(decision.events),
        )
        self._it.remember(request.id, request.body, receipt)
        return receipt

    @command.validator
    def _refuse(self, request: Request) -> None:
        """Decides, and changes nothing: what is refused here leaves nothing in the history."""
        with answers_unforeseen(self._it.stream, request.command.kind), refusals_rejected():
            self._it.require_own(request.installation)
            if self._it.earlier_answer(request.id, request.body) is None:
                self._it.require_in_step(request.acknowledged)
                self._it.require_not_done(request.done)
                now = self._it.now()
                state = up_to(self._it.state, now)
                decision = decide(state, request.command, request.actor, now, request.readings)
                self._it.weigh(request, decision, state, now)

    @workflow.signal(name=REPORTED)
    def change_reported(self, signal: ReportSignal) -> None:
        """What a change order says of itself. A repeat changes nothing and is acknowledged again."""
        report = signal.report
        command = c.ReportChange(
            n=signal.n,
            revision=report.revision,
            report=report.number,
            status=report.status,
            work=report.work,
            conditions=report.conditions,
            conditions_by=report.conditions_by,
            returned_by=report.returned_by,
            returned_because=report.returned_because,
            introduces=report.introduces,
            chain=signal.chain,
        )
        actor = Actor(person=CHANGES, channel=CHANGES)
        try:
            with carries_on(self._it, f"report {report.number} of change {signal.n}"):
                self._it.act(lambda state, now: decide(state, command, actor, now), actor)
        except Refusal as refusal:
            workflow.logger.warning("report %s of change %s: %s", report.number, signal.n, refusal)
            if self._it.quarantined:  # not heard: the change order will say it again
                return
        self._to_acknowledge.append((signal.n, report.number))

    @workflow.signal(name=TELL_AGAIN)
    def tell_again(self, n: int) -> None:
        """A change order goes on from the record, and may have lost what it was told: it hears what is so now."""
        self._to_tell_again.add(n)

    def _show(self) -> None:
        """Keeps the engine's own pages true: search attributes that changed, and the details."""
        shown = search_attributes.of_engagement(self._it.state)
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(
            quarantine_note(self._it.quarantined) + engagement_details(self._it.state, workflow.now())
        )

    async def _brief_change_orders(self) -> None:
        """Starts each new change order and tells open ones what changed: the route, the people, the end of it all.

        Told is what the engine has delivered. What could not be taken there is asked for again, and made anew then:
        so nothing is kept for it, and what comes last is what is so.
        """
        again, self._to_tell_again = self._to_tell_again, set()
        self._told = {n: brief for n, brief in self._told.items() if n not in again}
        for change in list(self._it.state.changes.values()):
            if not change.status.is_open:
                continue
            briefs: list[Brief] = []
            with carries_on(self._it, f"the brief of change {change.n}"):
                briefs.append(brief_for(self._it.state, change.n))
            if not briefs:
                continue
            brief = briefs[0]
            fingerprint = digest(brief)
            if self._told.get(change.n) == fingerprint:
                continue
            workflow_id = change_stream(self._it.state.id, change.n)
            told_by_start = change.n not in self._told and await self._start_change_order(workflow_id, brief)
            if not told_by_start or brief.called_off:
                await self._signal(workflow_id, ChangeOrderWorkflow.briefed, brief)
            self._told[change.n] = fingerprint

    async def _start_change_order(self, workflow_id: str, brief: Brief) -> bool:
        """Starts a change order once; False where it has been started before.

        It is opened as if nothing had ended, and hears of an end right after, so that it leaves a record of itself.
        """
        try:
            await workflow.start_child_workflow(
                ChangeOrderWorkflow.run,
                OrderInput(brief=brief.having(called_off=None), **dict(self._it.given)),
                id=workflow_id,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                task_timeout=TASK_TIMEOUT,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=cut(f"Change {brief.n}: {brief.facts.title}", LONGEST_SUMMARY),
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s was started before", workflow_id)
            return False
        return True

    async def _acknowledge_reports(self) -> None:
        """Those that are written: one that came since is acknowledged once its facts stand in the record."""
        while self._to_acknowledge and not self._it.pending:
            n, number = self._to_acknowledge.pop(0)
            workflow_id = change_stream(self._it.state.id, n)
            await self._signal(workflow_id, ChangeOrderWorkflow.acknowledged, number)

    async def _signal(self, workflow_id: str, signal: object, value: object) -> None:
        """Tells a change order something; one that has ended needs to hear nothing more."""
        try:
            await workflow.get_external_workflow_handle(workflow_id).signal(signal, value)  # type: ignore[call-overload]
        except ApplicationError as gone:
            workflow.logger.info("%s has ended: %s", workflow_id, gone)

    def _errands_left(self) -> bool:
        open_changes = {change.n for change in self._it.state.changes.values() if change.status.is_open}
        return bool(self._to_acknowledge or self._to_tell_again) or bool(open_changes - set(self._told))

    def _is_finished(self) -> bool:
        """Over, written down, and every change order heard out."""
        state = self._it.state
        heard = not any(change.status.is_open for change in state.changes.values())
        return state.is_over and heard and not self._it.pending and not self._to_acknowledge

    def _continue_with(self, carried: Carried) -> None:
        """Goes on in a run of its own, with what this one was given for its life, unless it is too large for that."""
        fitted = self._it.fitted(carried)
        if fitted is not None:
            workflow.continue_as_new(EngagementInput(carried=fitted, **dict(self._it.given)))

    def _carry(self) -> Carried:
        return Carried(
            state=self._it.state,
            remembered=self._it.remembered,
            told=tuple(Told(n=n, brief=brief) for n, brief in self._told.items()),
            head=self._it.head,
        )
