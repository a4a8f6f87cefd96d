"""What an operator is told to do about a record that is not what was written, and in which order."""

from domain.notifications.operators import RECONCILE, WAY_BACK
from domain.shared.recovery_steps import MAX_NAMED, REBUILD_DROPPING, ways_back

DEAL = "engagement/ENG-2026-0001"
HEADS = [f"2026-03-02T{hour:02}-00-00.000000Z.json" for hour in range(18, 8, -1)]


def test_what_is_quarantined_is_reconciled_before_any_copy_is_put_back() -> None:
    (only,) = ways_back(3, [DEAL], HEADS)
    assert only.startswith(f"First run {RECONCILE}, while the stack runs: 3 streams are quarantined.")
    assert "1 stream is quarantined" in ways_back(1, [], [])[0]


def test_without_a_head_that_says_otherwise_an_older_record_is_put_back() -> None:
    assert ways_back(0, [], []) == (WAY_BACK,)


def test_where_both_stores_were_set_back_what_was_signed_since_is_lost_and_the_newer_heads_are_named() -> None:
    alone, both, cut = ways_back(0, [DEAL, "directory"], HEADS[:2])
    assert "the record alone put back" in alone
    assert str(RECONCILE) in alone
    assert "both stores" in both
    assert "is lost" in both
    assert both.count(".json") == 2
    assert cut.endswith(WAY_BACK)


def test_where_only_what_no_engine_holds_differs_nobody_is_sent_to_reconcile_once_more_first() -> None:
    lost, cut = ways_back(0, ["directory", "playbooks"], HEADS)
    assert "which no engine holds" in lost
    assert f"{len(HEADS)} files, from {HEADS[-1]} to {HEADS[0]}" in lost
    assert len(HEADS) > MAX_NAMED
    assert cut.startswith("Was nothing put back?")


def test_where_the_read_model_is_ahead_nobody_is_sent_in_a_circle() -> None:
    (only,) = ways_back(1, [], [], ahead=1)
    places = [only.index(step) for step in ("copy the data folder", str(REBUILD_DROPPING), f"{RECONCILE} once")]
    assert places == sorted(places)
    assert only.endswith(WAY_BACK)
