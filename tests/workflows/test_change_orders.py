"""Change orders beside their engagement: they outlive its runs, are heard once, and end with it."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from adapters import ledger
from adapters.database import reading
from adapters.records import Records
from application.engine import RefusedByWorkflow
from domain.asks import Answer, AskKind, Verdict
from domain.change_order.order import WithdrawOrder
from domain.engagement import commands as c
from domain.engagement.events import ChangeMoved
from domain.engagement.state import ChangeFacts, ChangeLine, ChangeStatus
from domain.estimating import ThreePoints
from domain.playbook import Stage
from domain.record import Appended, Batch, Recorded
from domain.streams import change_stream, engagement_stream
from domain.turn import Actor
from domain.values import digest
from tests.agreement import agree
from tests.workflows.house import House, eventually, finish, inhabited
from tests.workflows.live import Live, Playing, begin
from tests.workflows.test_crashes import locked
from workflows import durable, messages
from workflows.engagement import EngagementWorkflow
from workflows.messages import EngagementInput, Opening, OrderInput, ReportSignal, Request

SHORT_HISTORY = 25


def more_work(live: Playing, price: int = 2000) -> ChangeFacts:
    row = live.story.deal.work_packages[0]
    hours = ThreePoints(optimistic=Decimal(4), likely=Decimal(6), pessimistic=Decimal(10))
    line = ChangeLine(discipline=row.discipline, grade=row.grade, hours=hours)
    return ChangeFacts(title="One more report", reason="wish", work=(line,), price=Decimal(price), days=2)


async def delivering(house: House) -> Playing:
    return await (await begin(house, "lindqvist")).to(Stage.DELIVER)


async def with_a_change(house: House) -> Playing:
    live = await delivering(house)
    await live.do(lambda story: story.submit(more_work(live)))
    return live


def approve_all(story: Live, *kinds: AskKind) -> None:
    for _ in story.answer_all(*kinds):
        pass


def through(story: Live) -> None:
    story.estimate_change(1)
    approve_all(story, AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE)


def facts_of(house: House, stream: str) -> tuple[Recorded, ...]:
    with reading(house.database) as connection:
        return ledger.read(connection, stream)


async def runs_of(house: House, workflow_id: str) -> int:
    """How many runs a workflow had; each but the first began by continuing as new."""
    handle, runs = house.client.get_workflow_handle(workflow_id), 1
    while True:
        first = await anext(aiter(handle.fetch_history_events(page_size=1)))
        before = first.workflow_execution_started_event_attributes.continued_execution_run_id
        if not before:
            return runs
        handle, runs = house.client.get_workflow_handle(workflow_id, run_id=before), runs + 1


# -- continue as new


async def test_a_deal_of_many_short_runs_comes_to_the_same_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    live = await begin(house, "halden")
    monkeypatch.setattr(durable, "LONGEST_HISTORY", SHORT_HISTORY)
    await live.until(lambda story: story.state.changes)
    first = live.story.sent[0][1], live.story.receipts[0]
    assert await house.engine.command(engagement_stream(live.number), first[0]) == first[1]
    with pytest.raises(RefusedByWorkflow, match="came before with another body"):
        await house.engine.command(engagement_stream(live.number), first[0].having(body=digest("another")))
    await live.play()
    await agree(house.database, house.engine, live.number)
    assert {change.status for change in live.state.changes.values()} == {ChangeStatus.APPROVED}
    assert await runs_of(house, engagement_stream(live.number)) > 10
    assert await runs_of(house, change_stream(live.number, 1)) > 1
    described = await house.client.get_workflow_handle(engagement_stream(live.number)).describe()
    assert described.search_attributes["InterlockStage"] == ["closed"]


async def test_a_change_outlives_a_continue_as_new_of_its_engagement(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await with_a_change(house)
    stream = engagement_stream(live.number)
    monkeypatch.setattr(durable, "LONGEST_HISTORY", SHORT_HISTORY)
    await live.do(
        lambda story: story.do(c.RecordContact(person=story.deal.client_sponsor, summary="Met."), story.state.manager)
    )
    monkeypatch.undo()

    async def has_continued() -> bool:
        return await runs_of(house, stream) > 1

    await eventually(has_continued)
    await live.do(through)
    assert live.state.changes[1].status is ChangeStatus.APPROVED
    briefs = [fact for fact in facts_of(house, change_stream(live.number, 1)) if fact.event.kind == "BriefTaken"]
    assert len(briefs) <= 1  # the hours that delivery attested, and nothing told twice
    await agree(house.database, house.engine, live.number)


# -- reports


class Deaf(Records):
    """A record that is away for one stream."""

    deaf_to: str | None = None

    def keep_all(self, batches: Sequence[Batch]) -> Sequence[Appended]:
        if self.deaf_to in {batch.stream for batch in batches}:
            raise TimeoutError("the record is away")
        return super().keep_all(batches)


async def test_a_report_is_repeated_until_it_is_acknowledged_and_counts_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "FIRST_REPEAT", timedelta(seconds=0.2))
    record, beside = Deaf(house.database, house.states), house.beside()
    async with inhabited(beside, record):
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
        await agree(house.database, beside.engine, live.number)
        moved = [f.event for f in facts_of(house, engagement_stream(live.number)) if isinstance(f.event, ChangeMoved)]
        assert [event.status for event in moved] == [ChangeStatus.WITHDRAWN]
        await finish(beside.client, beside.queue)


async def test_a_report_that_comes_twice_counts_once(house: House) -> None:
    live = await with_a_change(house)
    await live.do(through)
    order = live.story.orders[1]
    before = await live.look()
    handle = house.client.get_workflow_handle(engagement_stream(live.number))
    for report in order.reports:
        await handle.signal(EngagementWorkflow.change_reported, ReportSignal(n=1, report=report))
    assert (await live.look()) == before
    await agree(house.database, house.engine, live.number)


# -- ends


async def cancel(live: Playing) -> None:
    await live.do(lambda story: story.do(c.CancelEngagement(reason="They were bought."), story.state.manager))
    await live.do(lambda story: story.answer(story.ask(AskKind.CANCEL_ENGAGEMENT)))


async def test_a_change_withdraws_itself_when_its_engagement_is_cancelled(house: House) -> None:
    live = await with_a_change(house)
    await cancel(live)
    await _both_end(house, live)


async def test_a_change_that_had_not_begun_when_its_engagement_was_cancelled_withdraws_itself(house: House) -> None:
    live = await delivering(house)
    live.story.patience_for_change_orders = False
    with locked(house):  # the engagement decides, and tells nobody before its record is written
        await live.do(lambda story: story.submit(more_work(live)))
        await cancel(live)
    await _both_end(house, live)


async def _both_end(house: House, live: Playing) -> None:
    order = house.client.get_workflow_handle(change_stream(live.number, 1))
    engagement = house.client.get_workflow_handle(engagement_stream(live.number))
    assert await asyncio.wait_for(engagement.result(), 20) == "cancelled"
    assert await asyncio.wait_for(order.result(), 20) == "withdrawn"
    await agree(house.database, house.engine, live.number)
    state = await live.look()
    assert state.changes[1].status is ChangeStatus.WITHDRAWN
    assert not [ask for ask in live.story.orders[1].asks.values() if ask.is_open]


async def test_a_change_whose_engagement_was_terminated_still_ends(house: House) -> None:
    live = await with_a_change(house)
    await house.client.get_workflow_handle(engagement_stream(live.number)).terminate("by hand")
    live.story.patience_for_change_orders = False
    await live.do(lambda story: story.do_in_order(1, WithdrawOrder(reason="Gone."), story.holder("project_manager")))
    order = house.client.get_workflow_handle(change_stream(live.number, 1))
    assert await asyncio.wait_for(order.result(), 20) == "withdrawn"


async def test_an_engagement_is_not_closed_while_a_change_is_open(house: House) -> None:
    live = await with_a_change(house)
    with pytest.raises(RefusedByWorkflow) as refused:
        await live.do(lambda story: story.do(c.CloseEngagement(), story.state.manager))
    assert refused.value.refused.name == "NotNow"
    assert (await live.look()).stage is Stage.DELIVER


# -- people


async def test_a_new_holder_of_a_role_is_asked_what_its_holder_was_asked_in_an_open_change(house: House) -> None:
    live = await with_a_change(house)
    await live.do(lambda story: story.estimate_change(1))
    before = live.story.holder("delivery_lead")
    idle = [p.id for p in live.story.firm.people if p.active and not live.state.cast.roles_of(p.id)]
    assert [ask.silent[0].person for ask in live.story.orders[1].open_asks(AskKind.APPROVE_CHANGE)] == [before]

    def replace(story: Live) -> None:
        story.propose("delivery_lead", idle[0], waiver="Has led such a delivery before.")
        story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:delivery_lead"))

    await live.do(replace)
    assert [a.silent[0].person for a in live.story.orders[1].open_asks(AskKind.APPROVE_CHANGE)] == [idle[0]]
    await agree(house.database, house.engine, live.number)


async def test_of_two_racing_decisions_one_wins_and_the_other_is_told(house: House) -> None:
    live = await (await begin(house, "halden")).until(lambda story: any(story.state.open_asks(AskKind.ACCEPT_ROLE)))
    ask = live.story.ask(AskKind.ACCEPT_ROLE)
    yes, no = Answer(verdict=Verdict.APPROVE), Answer(verdict=Verdict.DECLINE, reason="No time.")
    commands = [c.AnswerAsk(ask=ask.id, answer=given, subject_hash=ask.hash) for given in (yes, no)]
    actor = Actor(person=ask.silent[0].person)
    requests = [Request(id=f"racer-{n}", body=digest(x), actor=actor, command=x) for n, x in enumerate(commands)]
    stream = engagement_stream(live.number)
    answers = await asyncio.gather(
        *(house.engine.command(stream, request) for request in requests), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, RefusedByWorkflow)]
    assert len(refused) == 1
    assert refused[0].refused.name == "AlreadyDecided"
    await live.look()
    assert len(live.state.asks[ask.id].votes) == 1


# -- beginnings that are none


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_a_workflow_that_cannot_begin_fails_at_once(house: House) -> None:
    opening = (await begin(house, "lindqvist")).story.opening()
    reversed_dates = opening.having(id="ENG-2026-9999", wished_end=opening.wished_start.replace(year=2020))
    actor = Actor(person=opening.salesperson)
    for name, given, refused in (
        ("Engagement", EngagementInput(), None),
        ("ChangeOrder", OrderInput(), None),
        ("Engagement", EngagementInput(opening=Opening(command=reversed_dates, actor=actor)), "BadValue"),
    ):
        async with inhabited(house.beside()) as beside:
            handle = await beside.client.start_workflow(name, given, id=f"none/{name}", task_queue=beside.queue)
            with pytest.raises(WorkflowFailureError) as failed:
                await asyncio.wait_for(handle.result(), 20)
        gc.collect()  # the SDK leaves `run` unawaited, and says so when it forgets the workflow
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == refused
