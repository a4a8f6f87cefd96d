"""An engagement too large to go on in another run, which no command makes: it is set apart, and fails no task."""

import pytest
from temporalio.api.enums.v1 import EventType

from application.gateway_errors import RefusedByWorkflow
from domain.engagement.delivery.values import Contact
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.documents.values import Requirement
from domain.playbook.model import Stage
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import digest, weight
from tests.workflows.live import Beforehand
from tests.workflows.worker_env import WorkerEnv
from workflows.aggregate_runner import MAX_CARRIED
from workflows.messages import CommandRequest

# Bytes that the engine still gives to whoever asks for the state.
ENGINE_ANSWERS = 2_080_000
TRACED = {"needs": ("N1",), "work_packages": ("W1",)}
ROWS = tuple(Requirement(id=f"R{n}", text="A" * 1900, **TRACED) for n in range(90))


async def test_it_is_set_apart_with_its_reason_and_can_still_be_read(env: WorkerEnv) -> None:
    played = Beforehand(env, "halden")
    played.to(Stage.BRD)
    played.record()
    said = Contact(by=played.state.manager, person_id="kari.moe", summary="A" * 2000, at=played.now)
    large = played.state.replace(requirements={row.id: row for row in ROWS}, contacts=(said,) * 860)
    assert MAX_CARRIED < weight(large) < ENGINE_ANSWERS
    stream = engagement_stream(played.number)
    await env.engine.go_on_from(stream, large)
    with pytest.raises(RefusedByWorkflow, match="until a technical fault is repaired"):
        await write_anew(env, stream, Actor(person_id=played.holder("business_analyst")))
    position = await env.engine.position(stream)
    assert position is not None
    assert "2,000,000 bytes" in position.quarantined
    assert (await env.engine.engagement(played.number)).contacts == large.contacts
    assert not await failed_tasks(env, stream)


async def write_anew(env: WorkerEnv, stream: str, actor: Actor) -> None:
    """Sets the requirements again and again, until the history of the run is so large that another has to follow."""
    for n in range(40):
        command = SetRequirements(requirements=tuple(row.replace(text=f"{n:03}{row.text[3:]}") for row in ROWS))
        await env.engine.command(
            stream, CommandRequest(id=f"too-large-{n}", body=digest(command), actor=actor, command=command)
        )


async def failed_tasks(env: WorkerEnv, workflow_id: str) -> list[str]:
    """The workflow tasks of its run that failed."""
    history = await env.client.get_workflow_handle(workflow_id).fetch_history()
    return [str(event) for event in history.events if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]
