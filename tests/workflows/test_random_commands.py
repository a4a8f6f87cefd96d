"""Whatever people send at the bounds of what is allowed, on a real server: no workflow task fails."""

import asyncio
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.domain.test_bounds import STEPS, Step
from tests.stack import Stack, stack, temporal_server
from tests.workflows.test_largest import Driven, failed_tasks

__all__ = ["stack", "temporal_server"]

NUMBERS = count(7100)
SENT = STEPS.filter(lambda step: step.kind != "time")


@pytest.mark.parametrize(("stage", "examples"), [(Stage.ESTIMATE, 4), (Stage.DELIVER, 1)])
async def test_no_sequence_of_commands_at_their_bounds_fails_a_workflow_task(
    stack: Stack, stage: Stage, examples: int
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
        story = Driven(stack, loop, EngagementId(f"ENG-2026-{next(NUMBERS)}"))
        story.to(stage)
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
