"""The largest deal that is allowed, from its start to its close on a real server, and whatever people send to it on the
way at the bounds of what is allowed: no workflow task ever fails.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.api.enums.v1 import EventType

from domain.engagement import decide as door
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.record.facts import Recorded
from domain.shared.errors import Refusal
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, digest, weight
from tests.copied_deals import copy_deal, facts_of_deal
from tests.domain.largest import Largest
from tests.domain.test_bounds import STEPS, Step
from tests.stack import Stack, stack, temporal_server
from tests.stores_agree import divergences
from workflows.messages import CommandRequest, Opening

__all__ = ["stack", "temporal_server"]

T = TypeVar("T")

LARGEST = EngagementId("ENG-2026-7001")
SENT = STEPS.filter(lambda step: step.kind != "time")


class Driven(Largest):
    """Plays it through the engine: what was decided there is the state from which it goes on."""

    def __init__(self, stack: Stack, loop: asyncio.AbstractEventLoop, past: Sequence[Recorded] = ()) -> None:
        """Opens it, or goes on beside a deal to which this has happened."""
        self.stack, self.loop, self.number, self.past = stack, loop, LARGEST, past
        self.is_copy, self.sent, self.peak = False, 0, 0
        super().__init__(firm=stack.directory, playbook=stack.playbook, starts=stack.app.clock(), change_orders=())

    def copy(self) -> "Driven":
        """What is tried on a copy goes nowhere."""
        other = super().copy()
        assert isinstance(other, Driven)
        other.is_copy = True
        return other

    def do(self, command: Command, by: str, **more: Any) -> door.Decision:
        if self.is_copy:
            return super().do(command, by, **more)
        self.sent += 1
        body: Any = command
        request = CommandRequest(
            id=f"{self.number}-{self.sent}", body=digest(body), actor=Actor(person_id=by), command=body
        )
        self._await(self.stack.app.engine.command(engagement_stream(self.number), request))
        if not isinstance(command, CompleteTask):  # of many at once, after which nothing is read but by `answer`
            self._look()
        return door.Decision(self.state, ())

    def answer(self, *given: Any, **more: Any) -> None:
        super().answer(*given, **more)
        self._look()

    def _start(self) -> Engagement:
        if self.past:
            self.number = self._await(copy_deal(self.stack, self.past))
        else:
            self._open()
        self._look()
        return self.state

    def _open(self) -> None:
        opening = Opening(
            command=self.opening(), actor=Actor(person_id=self.deal.salesperson, command=f"{self.number}-0")
        )
        self._await(self.stack.app.engine.open(opening))

    def _look(self) -> None:
        self.now = self.stack.app.clock()
        self.state = self._await(self.stack.app.engine.engagement(self.number))
        self.peak = max(self.peak, weight(self.state))

    def _await(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result(60)


async def failed_tasks(stack: Stack, workflow_id: str) -> tuple[int, list[str]]:
    """How many runs there were, and the workflow tasks that failed or timed out in any of them."""
    client, runs, failed = stack.app.engine._client, 0, list[str]()
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id}'"):
        runs += 1
        handle = client.get_workflow_handle(workflow_id, run_id=run.run_id)
        for event in (await handle.fetch_history()).events:
            if event.event_type in {
                EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
                EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
            }:
                failed.append(str(event))
    return runs, failed


class Closed(NamedTuple):
    """The largest deal, closed, and its facts up to some stages."""

    story: Driven
    facts_at: dict[Stage, Sequence[Recorded]]


@pytest_asyncio.fixture(scope="module")
async def closed(stack: Stack) -> Closed:
    """Played once: it takes a minute."""
    story = await asyncio.to_thread(Driven, stack, asyncio.get_running_loop())
    facts_at: dict[Stage, Sequence[Recorded]] = {}
    for stage in (Stage.ESTIMATE, Stage.DELIVER):
        await asyncio.to_thread(story.to, stage)
        facts_at[stage] = facts_of_deal(stack, story.number)
    await asyncio.to_thread(story.play)
    return Closed(story, facts_at)


async def test_the_largest_deal_goes_from_start_to_close_without_a_failed_workflow_task(
    stack: Stack, closed: Closed
) -> None:
    story = closed.story
    assert story.state.stage is Stage.CLOSED
    assert story.peak > 1_000_000
    runs, failed = await failed_tasks(stack, engagement_stream(story.number))
    assert not failed
    assert runs > 1, "it was never continued as new"
    found = await divergences(stack.database, stack.app.engine, story.number)
    assert not [one for one in found if "content was deleted" not in one]  # the documents' bytes are made up


@pytest.mark.parametrize(("stage", "examples"), [(Stage.ESTIMATE, 4), (Stage.DELIVER, 1)])
async def test_no_sequence_of_commands_at_their_bounds_fails_a_workflow_task(
    stack: Stack, closed: Closed, stage: Stage, examples: int
) -> None:
    loop, refused, done = asyncio.get_running_loop(), list[str](), list[str]()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=st.lists(SENT, min_size=6, max_size=12))
    def send(steps: list[Step]) -> None:
        story = Driven(stack, loop, closed.facts_at[stage])
        for step in steps:
            try:
                step.take(story)
                done.append(step.kind)
            except Refusal as refusal:
                refused.append(str(refusal))
        failed = asyncio.run_coroutine_threadsafe(failed_tasks(stack, engagement_stream(story.number)), loop).result(60)
        assert failed[1] == []
        assert engagement_stream(story.number) not in stack.app.standings.quarantined()

    await asyncio.to_thread(send)
    assert len(done) > examples, refused
