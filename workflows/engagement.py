"""The workflow of an engagement, from start to close.

Commands are updates, not signals: the caller gets a refusal at once, and a refused command leaves no trace in the
history. A change order's report is a signal: it is repeated until acknowledged, and no one waits for it.
"""

from datetime import datetime

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from domain.engagement.changes.commands import ReportChange

with workflow.unsafe.imports_passed_through():
    from activities.recording import Recorder
    from domain.change_order.order import Brief
    from domain.engagement.aggregate import Engagement
    from domain.engagement.changes.briefing import brief_for
    from domain.engagement.command import CHANGES
    from domain.engagement.decide import Decision, decide, opened_by
    from domain.engagement.start import start
    from domain.engagement.timers import apply_due_timers, next_moment
    from domain.shared.created_items import made_by
    from domain.shared.errors import Refusal
    from domain.shared.streams import change_stream
    from domain.shared.text import cut
    from domain.shared.transaction import Actor
    from domain.shared.values import digest
    from workflows import search_attributes
    from workflows.aggregate import AggregateWorkflow
    from workflows.aggregate_runner import AggregateRunner, refusals_rejected
    from workflows.change_order import ChangeOrderWorkflow
    from workflows.data_errors import SHOWN, carries_on
    from workflows.details import MAX_SUMMARY, engagement_details, quarantine_note
    from workflows.messages import (
        BRIEF_MISSED,
        REPORTED,
        TASK_TIMEOUT,
        Carried,
        CommandRequest,
        EngagementInput,
        LastBriefing,
        OrderInput,
        Receipt,
        ReportSignal,
    )
    from workflows.timekeeping import Timekeeping
    from workflows.updates import ENGAGEMENT_UPDATES


@workflow.defn(name="Engagement")
class EngagementWorkflow(AggregateWorkflow, updates=ENGAGEMENT_UPDATES):
    """One engagement, from the first call to the close."""

    @workflow.init
    def __init__(self, given: EngagementInput) -> None:
        """Builds the whole state here: an update can arrive before `run` begins."""
        self._shown: search_attributes.Shown = {}
        self._to_acknowledge: list[tuple[int, int]] = []
        self._to_tell_again: set[int] = set()
        stream = workflow.info().workflow_id
        if given.carried is not None:
            carried = given.carried
            self._runner: AggregateRunner[Engagement] = AggregateRunner(
                stream, given.for_life, carried.state, carried.remembered, carried.head
            )
            self._told = {told.n: told.brief for told in carried.told}
        elif given.opening is not None:
            command, actor = given.opening.command, given.opening.actor
            self._runner = AggregateRunner(stream, given.for_life)
            with refusals_rejected():
                self._runner.act(lambda _, now: start(command, actor, now), actor)
            self._told = {}
        else:
            raise ApplicationError("An engagement begins with an opening.", non_retryable=True)
        self._time = Timekeeping(self._runner, apply_due_timers, next_moment)
        if given.carried is not None:
            with carries_on(self._runner, SHOWN):
                self._shown = self._searched_by()

    @workflow.run
    async def run(self, given: EngagementInput) -> str:  # noqa: ARG002 -- taken by __init__
        """Writes what happened, briefs change orders, and waits for the next message or timer, until it is over."""
        while True:
            await self._runner.write_record()
            await self._runner.set_apart()
            with carries_on(self._runner, SHOWN):
                self._show()
            await self._runner.set_apart()
            held = await self._runner.reconciled_state(Recorder.engagement)
            if held is not None:
                self._continue_with(Carried(state=held, remembered=self._runner.remembered))
                continue
            await (
                self._acknowledge_reports()
            )  # before a brief, which makes a change order repeat unacknowledged reports
            await self._brief_change_orders()
            if self._is_finished():
                return self._runner.state.stage.value
            if self._runner.should_continue_as_new and not self._errands_left():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._runner.pending and not self._errands_left():
                    self._continue_with(self._carry())
            self._time.wake()
            if await self._runner.wait_for_something(lambda: bool(self._to_acknowledge or self._to_tell_again)):
                self._time.let_pass()

    def _decide(self, state: Engagement, request: CommandRequest, now: datetime) -> Decision:
        return decide(state, request.command, request.actor, now, request.readings)

    def _answer(self, decision: Decision) -> Receipt:
        return self._receipt(decision, self._runner.state.stage.value, opened_by(decision), made_by(decision.events))

    @workflow.signal(name=REPORTED)
    def change_reported(self, signal: ReportSignal) -> None:
        """A change order's report. A repeat changes nothing and is acknowledged again."""
        report = signal.report
        command = ReportChange(
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
        actor = Actor(person_id=CHANGES, channel=CHANGES)
        try:
            with carries_on(self._runner, f"report {report.number} of change {signal.n}"):
                self._runner.act(lambda state, now: decide(state, command, actor, now), actor)
        except Refusal as refusal:
            workflow.logger.warning("report %s of change %s: %s", report.number, signal.n, refusal)
            if self._runner.quarantined:  # not acknowledged: the change order will repeat it
                return
        self._to_acknowledge.append((signal.n, report.number))

    @workflow.signal(name=BRIEF_MISSED)
    def brief_missed(self, n: int) -> None:
        """A change order has resumed from the record and may have missed a brief: send it the current one."""
        self._to_tell_again.add(n)

    def _show(self) -> None:
        """Updates what the Temporal UI shows: the search attributes that changed, and the details."""
        shown = self._searched_by()
        changed = search_attributes.updates(self._shown, shown)
        if changed:
            workflow.upsert_search_attributes(changed)
        self._shown = shown
        workflow.set_current_details(
            quarantine_note(self._runner.quarantined) + engagement_details(self._runner.state, self._runner.now())
        )

    def _searched_by(self) -> search_attributes.Shown:
        return search_attributes.of_engagement(self._runner.state, self._time.next_moment)

    async def _brief_change_orders(self) -> None:
        """Starts each new change order, and tells open ones what changed: the route, the people, or the end.

        A brief counts as told once the engine has delivered it. One that a change order could not take is asked for
        again and built afresh then, so nothing is kept for it, and the latest brief is the true one.
        """
        again, self._to_tell_again = self._to_tell_again, set()
        self._told = {n: brief for n, brief in self._told.items() if n not in again}
        for change in list(self._runner.state.changes.values()):
            if not change.status.is_open:
                continue
            briefs: list[Brief] = []
            with carries_on(self._runner, f"the brief of change {change.n}"):
                briefs.append(brief_for(self._runner.state, change.n))
            if not briefs:
                continue
            brief = briefs[0]
            fingerprint = digest(brief)
            if self._told.get(change.n) == fingerprint:
                continue
            workflow_id = change_stream(self._runner.state.id, change.n)
            told_by_start = change.n not in self._told and await self._start_change_order(workflow_id, brief)
            if not told_by_start or brief.called_off:
                await self._signal(workflow_id, ChangeOrderWorkflow.briefed, brief)
            self._told[change.n] = fingerprint

    async def _start_change_order(self, workflow_id: str, brief: Brief) -> bool:
        """Starts a change order once; False if it was started before.

        It is opened as if nothing had ended, and hears of an end right after, so that it leaves a record of itself.
        """
        try:
            await workflow.start_child_workflow(
                ChangeOrderWorkflow.run,
                OrderInput(brief=brief.replace(called_off=None), **dict(self._runner.given)),
                id=workflow_id,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                task_timeout=TASK_TIMEOUT,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                static_summary=cut(f"Change {brief.n}: {brief.facts.title}", MAX_SUMMARY),
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s was started before", workflow_id)
            return False
        return True

    async def _acknowledge_reports(self) -> None:
        """Acknowledges the reports whose facts are in the record; later ones wait until theirs are."""
        while self._to_acknowledge and not self._runner.pending:
            n, number = self._to_acknowledge.pop(0)
            workflow_id = change_stream(self._runner.state.id, n)
            await self._signal(workflow_id, ChangeOrderWorkflow.acknowledged, number)

    async def _signal(self, workflow_id: str, signal: object, value: object) -> None:
        """Signals a change order; one that has ended needs to hear nothing more."""
        try:
            await workflow.get_external_workflow_handle(workflow_id).signal(signal, value)  # type: ignore[call-overload]
        except ApplicationError as gone:
            workflow.logger.info("%s has ended: %s", workflow_id, gone)

    def _errands_left(self) -> bool:
        open_changes = {change.n for change in self._runner.state.changes.values() if change.status.is_open}
        return bool(self._to_acknowledge or self._to_tell_again) or bool(open_changes - set(self._told))

    def _is_finished(self) -> bool:
        """Over, written to the record, and with every change order's last report acknowledged."""
        state = self._runner.state
        heard = not any(change.status.is_open for change in state.changes.values())
        return state.is_over and heard and not self._runner.pending and not self._to_acknowledge

    def _continue_with(self, carried: Carried) -> None:
        """Continues as new, with what this run was given for its life, unless the state is too large for that."""
        fitted = self._runner.fitted(carried)
        if fitted is not None:
            workflow.continue_as_new(EngagementInput(carried=fitted, **dict(self._runner.given)))

    def _carry(self) -> Carried:
        return Carried(
            state=self._runner.state,
            remembered=self._runner.remembered,
            told=tuple(LastBriefing(n=n, brief=brief) for n, brief in self._told.items()),
            head=self._runner.head,
        )
