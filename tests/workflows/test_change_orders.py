"""Change orders beside their engagement: they outlive its runs, are heard once, and end with it."""

import asyncio
import gc
import threading
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine as Database
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from adapters.db import ledger
from adapters.db.database import reading
from adapters.db.records import Records
from adapters.db.stored_state import StateCache
from adapters.db.stream_status import StreamStatuses
from application.gateway_errors import RefusedByWorkflow
from domain.asks.model import Answer, AskKind, Verdict
from domain.change_order.decide import HANDLERS as CHANGE_HANDLERS
from domain.change_order.order import TakeBrief, WithdrawOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.changes.events import ChangeStatusChanged
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.delivery.commands import RecordContact
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.record.facts import Aggregate, Appended, Batch, Recorded
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import digest
from tests.clock import CLOCK, day
from tests.stores_agree import agree
from tests.workflows.live import Live, Playing, begin, begin_at
from tests.workflows.test_crashes import locked
from tests.workflows.worker_env import TemporalServer, WorkerEnv, eventually, finish, running_worker, worker_process
from workflows import aggregate_runner, messages
from workflows.aggregate_runner import AggregateRunner
from workflows.engagement import EngagementWorkflow
from workflows.messages import CommandRequest, EngagementInput, Opening, OrderInput, ReportSignal

SHORT_HISTORY = 25


def more_work(live: Playing, price: int = 2000) -> ChangeFacts:
    row = live.story.deal.work_packages[0]
    hours = ThreePoints(optimistic=Decimal(4), likely=Decimal(6), pessimistic=Decimal(10))
    line = ChangeLine(discipline=row.discipline, grade=row.grade, hours=hours)
    return ChangeFacts.in_one(title="One more report", reason="wish", work=(line,), price=Decimal(price), days=2)


async def delivering(env: WorkerEnv) -> Playing:
    return await begin_at(env, Stage.DELIVER)


async def with_a_change(env: WorkerEnv) -> Playing:
    live = await delivering(env)
    await live.do(lambda story: story.submit(more_work(live)))
    return live


def approve_all(story: Live, *kinds: AskKind) -> None:
    for _ in story.answer_all(*kinds):
        pass


def through(story: Live) -> None:
    story.estimate_change(1)
    approve_all(story, AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE)


def facts_of(env: WorkerEnv, stream: str) -> tuple[Recorded, ...]:
    with reading(env.database) as connection:
        return ledger.read(connection, stream)


async def runs_of(env: WorkerEnv, workflow_id: str) -> int:
    """How many runs a workflow had; each but the first began by continuing as new."""
    handle, runs = env.client.get_workflow_handle(workflow_id), 1
    while True:
        first = await anext(aiter(handle.fetch_history_events(page_size=1)))
        before = first.workflow_execution_started_event_attributes.continued_execution_run_id
        if not before:
            return runs
        handle, runs = env.client.get_workflow_handle(workflow_id, run_id=before), runs + 1


# -- continue as new


async def test_a_deal_of_many_short_runs_comes_to_the_same_end(env: WorkerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    live = await begin(env, "halden")
    monkeypatch.setattr(aggregate_runner, "MAX_HISTORY", SHORT_HISTORY)
    await live.until(lambda story: story.state.changes)
    first = live.story.sent[0][1], live.story.receipts[0]
    assert await env.engine.command(engagement_stream(live.number), first[0]) == first[1]
    with pytest.raises(RefusedByWorkflow, match="has already been used with another body"):
        await env.engine.command(engagement_stream(live.number), first[0].replace(body=digest("another")))
    await live.play()
    await agree(env.database, env.engine, live.number)
    assert {change.status for change in live.state.changes.values()} == {ChangeStatus.APPROVED}
    assert await runs_of(env, engagement_stream(live.number)) > 10
    assert await runs_of(env, change_stream(live.number, 1)) > 1
    described = await env.client.get_workflow_handle(engagement_stream(live.number)).describe()
    assert described.search_attributes["InterlockStage"] == ["closed"]


async def test_a_change_outlives_a_continue_as_new_of_its_engagement(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await with_a_change(env)
    stream = engagement_stream(live.number)
    monkeypatch.setattr(aggregate_runner, "MAX_HISTORY", 1)
    await live.do(
        lambda story: story.do(RecordContact(person_id=story.deal.client_sponsor, summary="Met."), story.state.manager)
    )
    monkeypatch.undo()

    async def has_continued() -> bool:
        return await runs_of(env, stream) > 1

    await eventually(has_continued)
    await live.do(through)
    assert live.state.changes[1].status is ChangeStatus.APPROVED
    briefs = [fact for fact in facts_of(env, change_stream(live.number, 1)) if fact.event.kind == "BriefTaken"]
    assert len(briefs) <= 1  # the hours that delivery attested, and nothing told twice
    await agree(env.database, env.engine, live.number)


# -- reports


class Deaf(Records):
    """A record that is away for one stream."""

    deaf_to: str | None = None

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        if self.deaf_to in {batch.stream for batch in batches}:
            raise TimeoutError("the record is away")
        return super().keep_all(batches)


class Slow(Records):
    """A record that reads one stream only when it is let."""

    slow_at: str | None = None

    def __init__(self, engine: Database, states: StateCache) -> None:
        super().__init__(engine, states)
        self.reads, self.goes_on = threading.Event(), threading.Event()

    def held(self, stream: str) -> Aggregate:
        held = super().held(stream)
        if stream == self.slow_at:
            self.reads.set()
            self.goes_on.wait(20)
        return held


async def test_a_report_is_repeated_until_it_is_acknowledged_and_counts_once(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "FIRST_REPEAT", timedelta(seconds=0.2))
    record, beside = Deaf(env.database, env.states), env.beside()
    async with running_worker(beside, record):
        live = await with_a_change(beside)
        order = beside.client.get_workflow_handle(change_stream(live.number, 1))
        record.deaf_to = engagement_stream(live.number)
        live.story.patience_for_change_orders = False
        withdraw = WithdrawOrder(reason="Not needed.")
        await live.do(lambda story: story.do_in_order(1, withdraw, story.holder("project_manager")))

        async def has_repeated() -> bool:
            kind = EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
            return len([e async for e in order.fetch_history_events() if e.event_type == kind]) > 2

        await eventually(has_repeated)
        record.deaf_to = None
        assert await asyncio.wait_for(order.result(), 30) == "withdrawn"
        await agree(env.database, beside.engine, live.number)
        moved = [
            f.event for f in facts_of(env, engagement_stream(live.number)) if isinstance(f.event, ChangeStatusChanged)
        ]
        assert [event.status for event in moved] == [ChangeStatus.WITHDRAWN]
        await finish(beside.client, beside.queue)


async def test_a_report_that_comes_twice_counts_once(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    await live.do(through)
    order = live.story.orders[1]
    before = await live.look()
    handle = env.client.get_workflow_handle(engagement_stream(live.number))
    for report in order.reports:
        await handle.signal(EngagementWorkflow.change_reported, ReportSignal(n=1, report=report))
    assert (await live.look()) == before
    await agree(env.database, env.engine, live.number)


# -- briefs


async def mend(env: WorkerEnv, stream: str) -> None:
    """As `interlock reconcile` does, once record and engine agree on what the record says."""
    StreamStatuses(env.database).release(stream)
    await env.engine.reconciled(stream)


async def hold(live: Playing) -> None:
    live.story.patience_for_change_orders = False
    await live.do(lambda story: story.do(HoldEngagement(reason="They move.", until=day(3)), story.state.manager))
    live.story.patience_for_change_orders = True


async def is_apart(env: WorkerEnv, stream: str) -> None:
    """Waits until a workflow has found that it may write nothing."""

    async def knows() -> bool:
        position = await env.engine.position(stream)
        return position is not None and bool(position.quarantined)

    await eventually(knows)


async def was_told(env: WorkerEnv, live: Playing) -> None:
    """Looks until the change order has the brief that the engagement makes now."""
    state = await live.look()
    assert state.hold is not None
    assert live.story.orders[1].brief.on_hold == state.hold.reason
    await agree(env.database, env.engine, live.number)


async def test_what_a_quarantined_change_order_was_told_it_is_told_again(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    stream = change_stream(live.number, 1)
    StreamStatuses(env.database).quarantine(stream, "the test says so", CLOCK())
    await hold(live)  # its brief is let go of, as it can be written nowhere
    await is_apart(env, stream)
    for _ in range(2):  # one that is repeated finds it apart already; the newest counts
        live.story.patience_for_change_orders = False
        await live.do(lambda story: story.do(ResumeEngagement(), story.state.manager))
        await hold(live)
    await mend(env, stream)
    await was_told(env, live)
    briefs = [fact for fact in facts_of(env, stream) if fact.event.kind == "BriefTaken"]
    assert len(briefs) == 1
    await mend(env, stream)  # once more, of one that is in step
    await was_told(env, live)
    assert briefs == [fact for fact in facts_of(env, stream) if fact.event.kind == "BriefTaken"]


async def test_what_a_change_order_is_told_while_it_is_reconciled_it_is_told_again(env: WorkerEnv) -> None:
    record, beside = Slow(env.database, env.states), env.beside()
    async with running_worker(beside, record):
        live = await with_a_change(beside)
        stream = change_stream(live.number, 1)
        record.slow_at = stream
        await beside.engine.reconciled(stream)
        await asyncio.to_thread(record.reads.wait, 20)
        await hold(live)
        record.goes_on.set()
        await was_told(beside, live)
        await finish(beside.client, beside.queue)


async def test_a_change_order_that_met_an_error_is_told_what_it_missed_once_it_is_mended(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await with_a_change(env)
    stream = change_stream(live.number, 1)
    handlers = cast("dict[type, object]", CHANGE_HANDLERS)
    taken = handlers[TakeBrief]

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(handlers, TakeBrief, broken)
    await hold(live)
    await is_apart(env, stream)
    assert "ZeroDivisionError" in StreamStatuses(env.database).of(stream).quarantined
    monkeypatch.setitem(handlers, TakeBrief, taken)
    await mend(env, stream)
    await was_told(env, live)


async def test_a_worker_killed_before_and_after_a_change_order_is_mended_loses_no_brief(
    env: WorkerEnv, server: TemporalServer, tmp_path: Path
) -> None:
    beside = env.beside()
    async with running_worker(beside):
        live = await with_a_change(beside)
        stream = change_stream(live.number, 1)
        StreamStatuses(env.database).quarantine(stream, "the test says so", CLOCK())
        await hold(live)
        await is_apart(beside, stream)
    worker = worker_process(beside, server, tmp_path / "worker.log")
    try:
        worker.start()
        await is_apart(beside, stream)
        worker.kill()
        await mend(beside, stream)
        worker.start()
        await eventually(lambda: begun_again(env, stream))
        worker.kill()
        worker.start()
        await was_told(beside, live)
    finally:
        worker.stop()


async def begun_again(env: WorkerEnv, stream: str) -> bool:
    return await runs_of(env, stream) > 1


async def test_a_report_is_not_acknowledged_before_it_is_written(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await with_a_change(env)
    stream, write = engagement_stream(live.number), AggregateRunner.write_record

    async def something_comes_meanwhile(it: AggregateRunner[Engagement]) -> None:
        wrote = bool(it.pending) and it.stream == stream
        await write(it)
        if wrote:
            await workflow.wait_condition(lambda: bool(it.pending or it.quarantined))

    monkeypatch.setattr(AggregateRunner, "write_record", something_comes_meanwhile)
    await hold(live)
    StreamStatuses(env.database).quarantine(stream, "the test says so", CLOCK())
    live.story.patience_for_change_orders = False
    withdraw = WithdrawOrder(reason="Not needed.")
    await live.do(lambda story: story.do_in_order(1, withdraw, story.holder("project_manager")))
    await is_apart(env, stream)  # what the report made is let go of
    monkeypatch.undo()
    await mend(env, stream)
    order = env.client.get_workflow_handle(change_stream(live.number, 1))
    assert await asyncio.wait_for(order.result(), 40) == "withdrawn"
    await agree(env.database, env.engine, live.number)
    assert (await live.look()).changes[1].status is ChangeStatus.WITHDRAWN


# -- ends


async def cancel(live: Playing) -> None:
    await live.do(lambda story: story.do(CancelEngagement(reason="They were bought."), story.state.manager))
    await live.do(lambda story: story.answer(story.ask(AskKind.CANCEL_ENGAGEMENT)))


async def test_a_change_withdraws_itself_when_its_engagement_is_cancelled(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    await cancel(live)
    await _both_end(env, live)


async def test_a_change_that_had_not_begun_when_its_engagement_was_cancelled_withdraws_itself(env: WorkerEnv) -> None:
    live = await delivering(env)
    live.story.patience_for_change_orders = False
    with locked(env):  # the engagement decides, and tells nobody before its record is written
        await live.do(lambda story: story.submit(more_work(live)))
        await cancel(live)
    await _both_end(env, live)


async def _both_end(env: WorkerEnv, live: Playing) -> None:
    order = env.client.get_workflow_handle(change_stream(live.number, 1))
    engagement = env.client.get_workflow_handle(engagement_stream(live.number))
    assert await asyncio.wait_for(engagement.result(), 20) == "cancelled"
    assert await asyncio.wait_for(order.result(), 20) == "withdrawn"
    await agree(env.database, env.engine, live.number)
    state = await live.look()
    assert state.changes[1].status is ChangeStatus.WITHDRAWN
    assert not [ask for ask in live.story.orders[1].asks.values() if ask.is_open]


async def test_a_change_whose_engagement_was_terminated_ends_once_that_is_begun_again_and_has_heard(
    env: WorkerEnv,
) -> None:
    live = await with_a_change(env)
    stream = engagement_stream(live.number)
    await env.client.get_workflow_handle(stream).terminate("by hand")
    live.story.patience_for_change_orders = False
    await live.do(lambda story: story.do_in_order(1, WithdrawOrder(reason="Gone."), story.holder("project_manager")))
    order = env.client.get_workflow_handle(change_stream(live.number, 1))
    await env.engine.go_on_from(stream, Records(env.database, env.states).held(stream))
    assert await asyncio.wait_for(order.result(), 8) == "withdrawn"  # before it would repeat its report
    await agree(env.database, env.engine, live.number)
    assert (await live.look()).changes[1].status is ChangeStatus.WITHDRAWN


async def test_an_engagement_is_not_closed_while_a_change_is_open(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    with pytest.raises(RefusedByWorkflow) as refused:
        await live.do(lambda story: story.do(CloseEngagement(), story.state.manager))
    assert refused.value.refused.name == "NotNow"
    assert (await live.look()).stage is Stage.DELIVER


# -- people


async def test_a_new_holder_of_a_role_is_asked_what_its_holder_was_asked_in_an_open_change(env: WorkerEnv) -> None:
    live = await with_a_change(env)
    await live.do(lambda story: story.estimate_change(1))
    before = live.story.holder("delivery_lead")
    idle = [p.id for p in live.story.firm.people if p.active and not live.state.cast.roles_of(p.id)]
    assert [ask.silent[0].person_id for ask in live.story.orders[1].open_asks(AskKind.APPROVE_CHANGE)] == [before]

    def replace(story: Live) -> None:
        story.propose("delivery_lead", idle[0], waiver="Has led such a delivery before.")
        story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:delivery_lead"))

    await live.do(replace)
    assert [a.silent[0].person_id for a in live.story.orders[1].open_asks(AskKind.APPROVE_CHANGE)] == [idle[0]]
    await agree(env.database, env.engine, live.number)


async def test_of_two_racing_decisions_one_wins_and_the_other_is_told(env: WorkerEnv) -> None:
    live = await (await begin(env, "halden")).until(lambda story: any(story.state.open_asks(AskKind.ACCEPT_ROLE)))
    ask = live.story.ask(AskKind.ACCEPT_ROLE)
    yes, no = Answer(verdict=Verdict.APPROVE), Answer(verdict=Verdict.DECLINE, reason="No time.")
    commands = [AnswerAsk(ask_id=ask.id, answer=given, subject_hash=ask.subject_hash) for given in (yes, no)]
    actor = Actor(person_id=ask.silent[0].person_id)
    requests = [CommandRequest(id=f"racer-{n}", body=digest(x), actor=actor, command=x) for n, x in enumerate(commands)]
    stream = engagement_stream(live.number)
    answers = await asyncio.gather(
        *(env.engine.command(stream, request) for request in requests), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, RefusedByWorkflow)]
    assert len(refused) == 1
    assert refused[0].refused.name == "AskHasEnded"
    await live.look()
    assert len(live.state.asks[ask.id].votes) == 1


# -- beginnings that are none


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_a_workflow_that_cannot_begin_fails_at_once(env: WorkerEnv) -> None:
    opening = (await begin(env, "lindqvist")).story.opening()
    reversed_dates = opening.replace(id="ENG-2026-9999", wished_end=opening.wished_start.replace(year=2020))
    actor = Actor(person_id=opening.salesperson)
    for name, given, refused in (
        ("Engagement", EngagementInput(), None),
        ("ChangeOrder", OrderInput(), None),
        ("Engagement", EngagementInput(opening=Opening(command=reversed_dates, actor=actor)), "BadValue"),
    ):
        async with running_worker(env.beside()) as beside:
            handle = await beside.client.start_workflow(name, given, id=f"none/{name}", task_queue=beside.queue)
            with pytest.raises(WorkflowFailureError) as failed:
                await asyncio.wait_for(handle.result(), 20)
        gc.collect()  # the SDK leaves `run` unawaited, and says so when it forgets the workflow
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == refused
