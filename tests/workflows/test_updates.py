"""Each command is an update of its own name, of which the pages of the engine are made."""

from datetime import timedelta
from typing import Any, get_args

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from application import gateway as engine_module
from application.gateway_errors import EngineAway
from bench.cases import start_of
from domain.change_order.order import AnyOrderCommand, TakeBrief, WithdrawOrder
from domain.engagement import commands as c
from domain.engagement.changes.commands import ReportChange
from domain.engagement.needs.commands import RestateNeeds
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import digest
from tests.workflows.live import begin
from tests.workflows.worker_env import WorkerEnv
from workflows.engagement import EngagementWorkflow
from workflows.messages import CommandRequest, EngagementInput, Opening, OrderRequest, Receipt
from workflows.updates import CHANGE_ORDER_UPDATES, ENGAGEMENT_UPDATES, update_name

SECONDS = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("union", "updates", "by_signal"),
    [(c.AnyCommand, ENGAGEMENT_UPDATES, ReportChange), (AnyOrderCommand, CHANGE_ORDER_UPDATES, TakeBrief)],
)
def test_each_command_is_an_update_and_none_is_that_comes_by_signal(union: Any, updates: Any, by_signal: Any) -> None:
    commands = set(get_args(get_args(union)[0])) - {by_signal}
    assert set(updates) == {update_name(command.__name__) for command in commands}
    assert len(updates) == len(commands)


@pytest.mark.parametrize(
    ("command", "name"), [("ProposePrice", "propose_price"), ("AnswerAsk", "answer_ask"), ("MoveDates", "move_dates")]
)
def test_an_update_is_called_as_its_command(command: str, name: str) -> None:
    assert update_name(command) == name
    assert name in ENGAGEMENT_UPDATES


def restate(engagement: str, by: str) -> CommandRequest:
    command = RestateNeeds()
    return CommandRequest(id=f"{engagement}-direct", body=digest(command), actor=Actor(person_id=by), command=command)


async def names_in_history(handle: WorkflowHandle[Any, Any]) -> list[str]:
    history = await handle.fetch_history()
    accepted = (event.workflow_execution_update_accepted_event_attributes for event in history.events)
    return [one.accepted_request.input.name for one in accepted if one.accepted_request.input.name]


async def test_a_history_names_each_command(env: WorkerEnv) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    handle = env.client.get_workflow_handle(engagement_stream(live.number))
    assert await names_in_history(handle) == [update_name(request.command.kind) for _, request in live.story.sent]


async def test_a_command_that_begins_its_engagement_finds_its_handler(env: WorkerEnv) -> None:
    opening, seller = start_of(990001), start_of(990001).salesperson
    start = WithStartWorkflowOperation(
        EngagementWorkflow.run,
        EngagementInput(opening=Opening(command=opening, actor=Actor(person_id=seller))),
        id=engagement_stream(opening.id),
        task_queue=env.queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )
    request = restate(opening.id, seller)
    with pytest.raises(WorkflowUpdateFailedError) as refused:  # by a rule: there are no needs yet
        await env.client.execute_update_with_start_workflow(
            "restate_needs", request, start_workflow_operation=start, result_type=Receipt, rpc_timeout=SECONDS
        )
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type not in {"UnknownUpdate", "RuntimeError"}
    assert (await env.engine.engagement(opening.id)).seller == seller


async def rejection(handle: WorkflowHandle[Any, Any], name: str, request: Any) -> ApplicationError:
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(name, request, rpc_timeout=SECONDS)
    assert isinstance(refused.value.cause, ApplicationError)
    return refused.value.cause


async def test_what_no_command_is_called_is_refused_without_a_list_of_those_that_are(env: WorkerEnv) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    handle = env.client.get_workflow_handle(engagement_stream(live.number))
    events = await env.events_of(handle.id)
    request = restate(live.number, live.story.state.seller)
    for name in ("command", "report_change", "ProposePrice"):
        refused = await rejection(handle, name, request)
        assert (refused.type, refused.message) == ("UnknownUpdate", "No command has this name here.")
    assert await env.events_of(handle.id) == events


async def test_an_update_takes_no_other_command_than_its_own(env: WorkerEnv) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    handle = env.client.get_workflow_handle(engagement_stream(live.number))
    events = await env.events_of(handle.id)
    assert (await rejection(handle, "propose_price", restate(live.number, live.story.state.seller))).type
    assert await env.events_of(handle.id) == events


async def test_a_command_that_its_worker_does_not_know_yet_is_tried_again(
    env: WorkerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await begin(env, "lindqvist")
    await live.step()
    monkeypatch.setattr(engine_module, "PATIENCE_SECONDS", 1.0)
    order = WithdrawOrder(reason="Not needed.")  # an engagement knows no such command
    request = OrderRequest(
        id="newer", body=digest(order), actor=Actor(person_id=live.story.state.seller), command=order
    )
    with pytest.raises(EngineAway) as away:
        await env.engine.command(engagement_stream(live.number), request)
    assert "withdraw" not in away.value.refused.detail
