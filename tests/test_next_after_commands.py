"""After a command comes first what it caused."""

from commandline.carrying import caused_first

OLD = {"ask": None, "act": "deliver_milestone:M1", "change": None, "since": "2026-11-02T09:00:00Z"}
NEWER = {"ask": None, "act": "draft_sow", "change": None, "since": "2026-11-29T21:00:00Z"}
ASKED = {"ask": "ENG-2026-0001.A9", "act": None, "change": None, "since": "2026-11-29T21:00:00Z"}
OF_CHANGE = {"ask": "ENG-2026-0001.C1.A3", "act": None, "change": 1, "since": "2026-11-20T09:00:00Z"}


def test_what_began_last_stands_before_what_was_owed_for_long() -> None:
    assert caused_first([OLD, NEWER, ASKED], [ASKED], "") == [NEWER, OLD]


def test_after_an_answer_about_a_change_its_own_steps_stand_first() -> None:
    assert caused_first([OLD, NEWER, OF_CHANGE], [], "1") == [OF_CHANGE, NEWER, OLD]
