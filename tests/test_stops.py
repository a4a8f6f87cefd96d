"""Who starts a stack is told there why work is paused."""

import pytest

from commandline.stack import Stops


def test_why_work_is_paused_is_said_once_and_so_is_that_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the engine belongs to installation 1a2b3c4d, the record holds no engagement."
    looks = ["", why, why, ""]
    stops = Stops(iter(looks).__next__, every=0)
    for _ in looks:
        stops.look()
    paused, goes_on = capsys.readouterr().out.splitlines()
    assert paused == f"PAUSED: {why} To see what to do, run: interlock reconcile"
    assert goes_on == "No longer paused."
