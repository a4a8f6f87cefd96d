"""The hours that were recorded are read: of what, how many, by whom and when; a correction is never silent."""

from tests.api.played import Played


async def test_hours_are_read_by_package_and_change_with_the_estimate_and_who_recorded_them(played: Played) -> None:
    found = await played.see(path="/actuals")
    rows = {row["item"]: row for row in found["items"]}
    assert {item: row["hours"] for item, row in rows.items()} == {"W1": "104", "W2": "30.5", "C2": "13"}
    assert float(rows["W1"]["estimate"]) > 0
    assert rows["C2"]["estimate"] == "12.67"
    manager = await played.holder("project_manager")
    assert {row["last"]["by"] for row in rows.values()} == {manager}
    assert all(row["last"]["at_shown"] for row in rows.values())


async def test_each_report_tells_what_stood_before(played: Played) -> None:
    reports = (await played.see(path="/actuals"))["reports"]
    of_one = [(report["hours"], report["was"]) for report in reports if report["item"] == "W1"]
    assert of_one == [("114", None), ("104", "114")]


async def test_a_correction_downward_is_told_in_its_answer(played: Played) -> None:
    said = played.kept["corrected"]["said"]
    assert said[0] == "W1: 104 h, was 114 h."
    assert said[-1].startswith("In total 134.50 h of ")
