"""After a command comes first what it caused."""

from typing import Any

import pytest

from cli.commands import RECORD_BEHIND, _show_next, caused_first

OLD = {"ask_id": None, "act": "deliver_milestone:M1", "change": None, "since": "2026-11-02T09:00:00Z"}
NEWER = {"ask_id": None, "act": "draft_sow", "change": None, "since": "2026-11-29T21:00:00Z"}
ASKED = {"ask_id": "ENG-2026-0001.A9", "act": None, "change": None, "since": "2026-11-29T21:00:00Z"}
OF_CHANGE = {"ask_id": "ENG-2026-0001.C1.A3", "act": None, "change": 1, "since": "2026-11-20T09:00:00Z"}


def test_what_began_last_stands_before_what_was_owed_for_long() -> None:
    assert caused_first([OLD, NEWER, ASKED], [ASKED], "") == [NEWER, OLD]


def test_after_an_answer_about_a_change_its_own_steps_stand_first() -> None:
    assert caused_first([OLD, NEWER, OF_CHANGE], [], "1") == [OF_CHANGE, NEWER, OLD]


class Readers:
    """What can be read, as far as it has come."""

    def __init__(self, seq: int) -> None:
        self.seq = seq

    def get(self, _who: str, path: str) -> dict[str, Any]:
        assert path.startswith("/engagements/ENG-2026-0001")
        return {"seq": self.seq, "next_steps": []}


@pytest.mark.parametrize(("seq", "behind"), [(6, True), (7, False)])
@pytest.mark.parametrize("stream", ["engagement/ENG-2026-0001", "engagement/ENG-2026-0001/change/1"])
def test_no_step_of_before_is_told_as_the_next_while_the_record_is_behind(
    stream: str, seq: int, *, behind: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    _show_next(Readers(seq), {"stream": stream, "sequence": 7}, frozenset())  # type: ignore[arg-type]
    said = " ".join(capsys.readouterr().out.split())
    assert (RECORD_BEHIND in said) is behind
    assert ("interlock deal show ENG-2026-0001" in said) is behind
