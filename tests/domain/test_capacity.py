"""Hours are spread so that none is lost, and what is called overbooked, or free, is so."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.asks.model import Answer, AskKind, Verdict
from domain.directory.capacity import (
    HORIZON_WEEKS,
    MAX_KEPT,
    MAX_WEEKS,
    Overbooked,
    Reckoning,
    later,
    monday,
    named,
    overbooked,
    reckon,
    spread,
    weighted,
)
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import HoldEngagement, LoseDeal
from domain.engagement.pricing.deal_decision import WEEKS_NAMED
from domain.engagement.scope.demand import demand, hours
from domain.playbook.model import Stage
from tests.domain.story import PLAYBOOK, Story

# A Monday.
START = date(2027, 1, 11)
WEEKS = [START + timedelta(weeks=n) for n in range(400)]


DATES = "Mon 7 Dec 2026 to Fri 29 Jan 2027"


def loads(disciplines: str = "abc", most_weeks: int = 12) -> st.SearchStrategy[dict[tuple[str, date], Decimal]]:
    places = st.tuples(st.sampled_from(disciplines), st.sampled_from(WEEKS[:most_weeks]))
    return st.dictionaries(places, st.decimals(0, 500, places=2), max_size=20)


FREE = st.dictionaries(st.sampled_from("abc"), st.decimals(0, 400, places=2), max_size=3)


@pytest.mark.parametrize(
    ("amount", "start", "end", "parts"),
    [
        (1000, date(2027, 1, 11), date(2027, 1, 22), {"2027-01-11": 500, "2027-01-18": 500}),
        (700, date(2027, 1, 14), date(2027, 1, 22), {"2027-01-11": 200, "2027-01-18": 500}),
        (700, date(2027, 1, 11), date(2027, 1, 19), {"2027-01-11": 500, "2027-01-18": 200}),
        (10, date(2027, 1, 13), date(2027, 1, 13), {"2027-01-11": 10}),
        (10, date(2027, 1, 16), date(2027, 1, 17), {"2027-01-11": 10}),
        (1000, date(2027, 1, 9), date(2027, 1, 17), {"2027-01-11": 1000}),
        (1, date(2027, 1, 11), date(2027, 1, 22), {"2027-01-18": 1}),
        (0, date(2027, 1, 11), date(2027, 1, 22), {}),
    ],
)
def test_hours_are_spread_over_working_days(amount: int, start: date, end: date, parts: dict[str, int]) -> None:
    assert {str(week): part for week, part in spread(amount, start, end).items()} == parts


@given(st.integers(0, 10**9), st.dates(date(1900, 1, 1), date(2199, 1, 1)), st.integers(0, 9000))
def test_no_hour_is_lost_or_made_by_spreading(amount: int, start: date, days: int) -> None:
    end = min(start + timedelta(days=days), date(2199, 12, 31))
    parts = spread(amount, start, end)
    assert sum(parts.values()) == amount
    assert len(parts) <= MAX_WEEKS
    assert all(week.weekday() == 0 and monday(start) <= week <= end for week in parts)


@given(st.integers(0, 10**7), st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 400), st.integers(0, 60))
def test_whole_weeks_later_it_is_spread_the_same(amount: int, start: date, days: int, weeks: int) -> None:
    there, end = timedelta(weeks=weeks), start + timedelta(days=days)
    moved = {week + there: part for week, part in spread(amount, start, end).items()}
    assert spread(amount, start + there, end + there) == moved


@given(loads(), loads())
def test_nothing_is_overbooked_where_there_is_always_enough(own: Any, others: Any) -> None:
    assert overbooked(own, others, dict.fromkeys("abc", Decimal(1000))) == ()
    assert overbooked(own, others, {}) == ()


@given(loads(), loads(), loads(), FREE)
def test_more_demand_never_unbooks_a_week(own: Any, others: Any, more: Any, free: Any) -> None:
    before = {(found.discipline, found.week) for found in overbooked(own, others, free)}
    added = {place: others.get(place, Decimal()) + more.get(place, Decimal()) for place in {*others, *more}}
    grown = {place: own.get(place, Decimal()) + more.get(place, Decimal()) for place in {*own, *more}}
    assert before <= {(found.discipline, found.week) for found in overbooked(own, added, free)}
    assert before <= {(found.discipline, found.week) for found in overbooked(grown, others, free)}


@given(loads(), loads(), FREE, st.integers(-3, 20))
def test_from_when_it_is_said_to_fit_it_fits(own: Any, others: Any, free: Any, wait: int) -> None:
    earliest = START + timedelta(weeks=wait)
    found = reckon(own, others, free, START, earliest)
    if found.fits_from is None:
        assert any(overbooked(own, {}, {name: hours}) for name, hours in free.items())
        return
    weeks = (found.fits_from - START).days // 7
    assert overbooked(later(own, weeks), others, free) == ()
    if found.overbooked:
        assert found.fits_from >= earliest
        tried = range(max(0, wait), weeks)
        assert all(overbooked(later(own, n), others, free) for n in tried), "an earlier start would do"
    else:
        assert found.fits_from == START


def test_what_wants_more_than_there_is_fits_at_no_time() -> None:
    own = {("data", START): Decimal(81)}
    assert reckon(own, {}, {"data": Decimal(80)}, START, START) == Reckoning(
        overbooked=(Overbooked(discipline="data", week=START, wanted=Decimal(81), free=Decimal(80)),)
    )


def test_a_time_to_start_is_sought_for_two_years() -> None:
    own, free = {("data", START): Decimal(10)}, {"data": Decimal(80)}
    taken = {("data", week): Decimal(71) for week in WEEKS[: HORIZON_WEEKS - 1]}
    assert reckon(own, taken, free, START, START).fits_from == WEEKS[HORIZON_WEEKS - 1]
    taken["data", WEEKS[HORIZON_WEEKS - 1]] = Decimal(71)
    assert reckon(own, taken, free, START, START).fits_from is None


def test_a_start_between_two_weeks_waits_whole_weeks() -> None:
    thursday = START + timedelta(days=3)
    own = {("data", START): Decimal(10)}
    taken = {("data", START): Decimal(75)}
    assert reckon(own, taken, {"data": Decimal(80)}, thursday, START).fits_from == thursday + timedelta(weeks=1)


def test_free_hours_are_not_offered_in_the_past() -> None:
    own, taken = {("data", START): Decimal(10)}, {("data", START): Decimal(75)}
    today = START + timedelta(days=36)
    assert reckon(own, taken, {"data": Decimal(80)}, START, today).fits_from == START + timedelta(weeks=6)


def test_of_very_many_weeks_the_soonest_are_kept_and_the_rest_counted() -> None:
    own = {("data", week): Decimal(81) for week in WEEKS[:100]}
    found = reckon(own, {}, {"data": Decimal(80)}, START, START)
    assert [place.week for place in found.overbooked] == WEEKS[:MAX_KEPT]
    assert found.weeks == 100


def test_others_count_by_how_likely_their_stage_is() -> None:
    demanded = {("data", START, "qualify"): 10_000, ("data", START, "deliver"): 2_050, ("data", START, "support"): 900}
    found = weighted(demanded, lambda stage: PLAYBOOK.likelihood(Stage(stage)))
    assert found == {("data", START): Decimal("30.5")}


def test_weeks_beyond_the_most_are_told_by_number() -> None:
    places = [Overbooked(discipline="data", week=week, wanted=Decimal("90.50"), free=Decimal(80)) for week in WEEKS[:3]]
    assert named(places[:1], 0, 2) == ("data in the week of Mon 11 Jan 2027: 90.5 h needed, 80 h free",)
    assert named(places, 0, 2)[2:] == ("and 1 more week",)
    assert named(places, 5, 2)[2:] == ("and 6 more weeks",)


# -- what an engagement takes


def total(story: Story, discipline: str) -> Decimal:
    return sum((amount for (name, _), amount in hours(demand(story.state)).items() if name == discipline), Decimal())


def test_an_engagement_takes_its_mean_hours_between_its_wished_dates() -> None:
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    taken = demand(story.state)
    assert total(story, "data") == Decimal(70 + 400 + 160) / 6
    assert total(story, "architecture") == Decimal("29.33")
    assert {week for _, week in taken} == {date(2026, 12, 7) + timedelta(weeks=n) for n in range(8)}


def test_what_nobody_estimated_takes_nothing() -> None:
    story = Story("lindqvist").until(lambda s: s.state.packages)
    assert demand(story.state) == {}


def test_on_hold_it_still_counts_and_once_lost_no_more() -> None:
    story = Story("lindqvist").until(lambda s: s.state.staffing)
    before = demand(story.state)
    story.do(HoldEngagement(reason="They think.", until=story.day(20)), by=story.holder("engagement_manager"))
    assert demand(story.state) == before != {}
    story.do(LoseDeal(reason="Too dear."), by=story.holder("sales"))
    assert demand(story.state) == {}


def test_changes_count_until_they_are_rejected_or_withdrawn() -> None:
    story = Story("halden").to(Stage.DELIVER)
    before = total(story, "training")
    story.until(lambda s: s.state.changes.get(2))
    mean = Decimal(32 + 160 + 52) / 6
    assert total(story, "training") - before == round(mean, 2)
    withdrawn = {**story.state.changes, 2: story.state.changes[2].replace(status=ChangeStatus.WITHDRAWN)}
    assert sum(demand(story.state.replace(changes=withdrawn)).values()) < sum(demand(story.state).values())


# -- what is said of it, and what the deal pack shows


def answered(reckoned: Reckoning | None, verdict: Verdict = Verdict.APPROVE, **more: Any) -> Story:
    """The small deal, whose staffing was answered so."""
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    ask = story.ask(AskKind.CONFIRM_STAFFING)
    answer = Answer(verdict=verdict, **more)
    command = AnswerAsk(ask_id=ask.id, answer=answer, subject_hash=ask.subject_hash, reckoned=reckoned)
    story.do(command, by=ask.silent[0].person_id)
    return story


def deal_pack(story: Story) -> dict[str, str]:
    """What is shown beside the decision, of capacity."""
    story.until(lambda s: list(s.state.open_asks(AskKind.DECIDE_DEAL)))
    beside = story.ask(AskKind.DECIDE_DEAL).beside
    return {name: line for name, line in beside.items() if name.startswith("capacity")}


def reckoning(weeks: int = 1, more: int = 0, fits_from: date | None = None) -> Reckoning:
    places = tuple(
        Overbooked(discipline="data", week=week, wanted=Decimal(120), free=Decimal(80)) for week in WEEKS[:weeks]
    )
    return Reckoning(overbooked=places, more=more, fits_from=fits_from)


def test_a_no_stops_no_attestation_and_stands_in_the_deal_pack() -> None:
    no = answered(reckoning(), Verdict.RETURN, reason="Kofi is full.", available_from=date(2027, 2, 1))
    assert list(no.state.open_asks(AskKind.ATTEST_ESTIMATE))
    assert deal_pack(no) == {
        "capacity": f"{DATES} cannot be staffed as requested; free from Mon 1 Feb 2027: Kofi is full.",
        "capacity, overbooked 1": "data in the week of Mon 11 Jan 2027: 120 h needed, 80 h free",
    }


def test_a_yes_hides_no_overbooked_week() -> None:
    shown = deal_pack(answered(reckoning(fits_from=date(2027, 3, 1))))
    assert shown["capacity"] == f"{DATES} can be staffed; by the current figures it fits from Mon 1 Mar 2027"
    assert "capacity, overbooked 1" in shown


def test_a_no_without_a_date_is_told_with_the_date_reckoned() -> None:
    never = deal_pack(answered(reckoning(), Verdict.RETURN, reason="Not so."))["capacity"]
    assert never.endswith("as requested; by the current figures it fits in no week of the next two years: Not so.")
    dated = deal_pack(answered(reckoning(fits_from=date(2027, 3, 1)), Verdict.RETURN, reason="Not so."))["capacity"]
    assert "; by the current figures it fits from Mon 1 Mar 2027: Not so." in dated


def test_a_deal_pack_is_not_flooded_with_weeks() -> None:
    shown = deal_pack(answered(reckoning(weeks=MAX_KEPT, more=7)))
    assert len(shown) == 1 + WEEKS_NAMED + 1
    assert list(shown.values())[-1] == f"and {MAX_KEPT - WEEKS_NAMED + 7} more weeks"


def test_where_nobody_reckoned_only_the_word_is_shown() -> None:
    assert deal_pack(answered(None)) == {"capacity": f"{DATES} can be staffed"}


def test_the_longest_note_still_fits_into_the_deal_pack() -> None:
    assert len(deal_pack(answered(reckoning(), Verdict.RETURN, reason="x" * 2000))["capacity"]) == 2000
