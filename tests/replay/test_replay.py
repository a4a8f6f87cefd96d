"""Every engagement that ever ran can go on: the histories of all releases replay with the workflows as they are now."""

import json
from pathlib import Path

import pytest
from temporalio.worker import Replayer, WorkflowRunner
from temporalio.workflow import NondeterminismError

from adapters.temporal.client import DATA_CONVERTER
from tests.replay.histories import fingerprint, known_fingerprints, load, name_of, stored
from tests.workflow_sandbox import sandbox
from worker import BUILD, RUNNER, WORKFLOWS

STOPPED = """{name} does not replay: engagements in flight would stop at their next task.

{error}

The workflows, or the domain beneath them, do other things than they did when this was recorded. Put the change behind
workflow.patched("<name>"), so that histories without the mark go the old way, or let what changes travel as data (the
playbook in the state). Never record this history again: it stands for engagements that cannot be recorded again."""

MOVED = """{name} is not the history that was recorded: its fingerprint has moved.

was {before}
is  {after}

Take the file from version control. Histories of a release are recorded once; for a new release, and where the order of
commands has changed on purpose behind workflow.patched, run: python -m tests.replay.record <version>"""


RUNNERS: dict[str, WorkflowRunner] = {"in the sandbox": sandbox(), "as in production": RUNNER}


@pytest.mark.parametrize("how", RUNNERS)
@pytest.mark.parametrize("path", stored(), ids=name_of)
async def test_each_recorded_history_replays(path: Path, how: str) -> None:
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=RUNNERS[how], data_converter=DATA_CONVERTER, build_id=BUILD
    )
    try:
        await replayer.replay_workflow(load(path))
    except (NondeterminismError, RuntimeError) as error:
        pytest.fail(STOPPED.format(name=name_of(path), error=error), pytrace=False)


@pytest.mark.parametrize("path", stored(), ids=name_of)
def test_each_history_is_the_one_that_was_recorded(path: Path) -> None:
    before, after = known_fingerprints().get(name_of(path)), fingerprint(load(path))
    if before != after:
        texts = {"before": json.dumps(before, sort_keys=True), "after": json.dumps(after, sort_keys=True)}
        pytest.fail(MOVED.format(name=name_of(path), **texts), pytrace=False)


def test_no_recorded_history_is_missing() -> None:
    names = {name_of(path) for path in stored()}
    assert names == set(known_fingerprints()), "histories and fingerprints do not match: run tests.replay.record"
    assert {"halden", "lindqvist", "casework"} <= {name.rpartition("/")[2] for name in names}
