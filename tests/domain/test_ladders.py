"""How silence climbs: who is asked beside the silent, who is only told, and when, in working hours."""

from datetime import date, datetime

import pytest

from domain.asks import events as asks_events
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.directory.people import Absence
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.roles import events as r
from domain.engagement.roles.commands import ProposeHolder, ReleaseRole
from domain.engagement.roles.values import VacancyCause
from domain.playbook.model import Stage
from domain.shared.errors import ExplicitApprovalRequired
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at


def deciding(deal: str = "lindqvist") -> tuple[Story, Ask]:
    story = at(Stage.DECIDE, deal)
    return story, story.ask(AskKind.DECIDE_DEAL)


def worked(story: Story, ask: Ask, moment: datetime) -> float:
    """Working hours of the ask's clock that had passed at a moment."""
    return story.state.cast.calendars[ask.clock.calendar].between(ask.opened_at, moment) / 60


def climbs(story: Story, ask: Ask, kind: type) -> list[tuple[float, str]]:
    """When a rung was reached or somebody asked, in working hours after the ask was opened, and who or what."""
    found = [
        fact for fact in story.facts if isinstance(fact.event, kind) and getattr(fact.event, "ask_id", "") == ask.id
    ]
    return [(worked(story, ask, fact.at), _who(fact.event)) for fact in found]


def _who(event: object) -> str:
    stand_in = getattr(event, "stand_in", None)
    return stand_in.person_id if stand_in else getattr(event, "name", "")


def test_the_silent_are_reminded_at_half_the_time() -> None:
    story, ask = deciding()
    story.wait(days=10)
    assert climbs(story, ask, asks_events.AskReminded) == [(8, "")]


def test_rungs_come_at_due_and_four_eight_and_sixteen_working_hours_later() -> None:
    other_head = FIRM.replace(positions={**FIRM.positions, "head_of_engagement_management": "marta.silva"})
    story = Story("lindqvist", firm=other_head).to(Stage.DECIDE)
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.wait(days=14)
    assert [hours for hours, _ in climbs(story, ask, asks_events.AskEscalated)] == [16, 20, 24, 32]
    asked = [(20, "marta.silva"), (24, "tomasz.nowak"), (32, "ingrid.solberg")]
    assert climbs(story, ask, asks_events.StandInAsked) == asked


def test_who_stands_on_two_rungs_is_skipped_at_once() -> None:
    """The sponsor of Lindqvist heads engagement management: after four hours they are asked, after eight the next."""
    story, ask = deciding()
    story.wait(days=14)
    assert climbs(story, ask, asks_events.StandInAsked) == [(20, "tomasz.nowak"), (24, "ingrid.solberg")]


def test_the_deputy_is_asked_at_due() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW)))
    ask = story.ask(AskKind.REVIEW_SOW)
    story.wait(days=14)
    assert (16, "miriam.katz") in climbs(story, ask, asks_events.StandInAsked)  # legal's deputy
    assert (16, "erik.strand") in climbs(story, ask, asks_events.StandInAsked)  # finance's deputy


def test_a_stand_in_decides_for_the_silent_and_the_record_names_both() -> None:
    story, ask = deciding()
    story.wait(days=5)
    story.answer(story.now_of(ask), by="tomasz.nowak")
    vote = story.now_of(ask).votes[0]
    assert (vote.voter, vote.by) == (story.holder("engagement_manager"), "tomasz.nowak")
    assert story.now_of(ask).outcome is Outcome.APPROVED


@pytest.mark.parametrize("deal", ["halden", "lindqvist", "casework"])
def test_no_silence_approves_anything(deal: str) -> None:
    story, ask = deciding(deal)
    story.wait(days=200)
    assert story.now_of(ask).is_open
    assert story.state.stage is Stage.DECIDE


@pytest.mark.parametrize(
    "waits",
    [
        lambda s: any(s.state.open_asks(AskKind.ESTIMATE)),
        lambda s: any(s.state.open_asks(AskKind.SIGN_SOW)),
        lambda s: any(s.state.open_asks(AskKind.CONFIRM_NEEDS)),
        lambda s: any(s.state.open_asks(AskKind.ACCEPT_ROLE)),
    ],
    ids=["estimate", "signature", "client", "role"],
)
def test_estimates_signatures_roles_and_clients_are_never_answered_by_another(waits: object) -> None:
    story = Story("lindqvist").until(waits)  # type: ignore[arg-type]
    kinds = {AskKind.ESTIMATE, AskKind.SIGN_SOW, AskKind.CONFIRM_NEEDS, AskKind.ACCEPT_ROLE}
    ask = next(ask for ask in story.open_asks() if ask.kind in kinds)
    story.wait(days=60)
    told = story.now_of(ask).stand_ins
    assert told
    assert not any(stand_in.may_decide for stand_in in told)
    with pytest.raises(ExplicitApprovalRequired):
        story.answer(story.now_of(ask), by=told[-1].person_id)


def test_an_overdue_estimate_climbs_to_the_head_of_delivery() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.ESTIMATE, subject="estimate:data")))
    ask = story.ask(AskKind.ESTIMATE, "estimate:data")
    story.wait(days=10)
    assert climbs(story, ask, asks_events.StandInAsked)[0] == (20, "priya.raman")


def test_an_absent_person_brings_their_delegate_in_at_once() -> None:
    away = Absence(person="jonas.weber", first=date(2026, 11, 2), last=date(2026, 11, 30), delegate="marta.silva")
    story = Story("lindqvist", firm=FIRM.replace(absences=(away,))).to(Stage.DECIDE)
    assert story.ask(AskKind.DECIDE_DEAL).asked == ("jonas.weber", "marta.silva")


def test_nobody_above_is_asked_twice() -> None:
    story, ask = deciding("halden")
    story.wait(days=60)
    people = [stand_in.person_id for stand_in in story.now_of(ask).stand_ins]
    assert len(people) == len(set(people))


def test_a_hold_stops_the_ladder_and_a_resume_goes_on_where_it_stood() -> None:
    story, ask = deciding()
    story.wait(hours=5)
    before = worked(story, ask, story.now)
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), story.holder("engagement_manager"))
    story.wait(days=60)
    assert not story.now_of(ask).reminded
    story.do(ResumeEngagement(), story.holder("engagement_manager"))
    due = story.now_of(ask).due_at
    assert due is not None
    calendar = story.state.cast.calendars[ask.clock.calendar]
    assert calendar.between(story.now, due) == pytest.approx((16 - before) * 60, abs=2)


def test_a_hold_stops_the_clocks_of_change_orders_too() -> None:
    story = at(Stage.DELIVER).until(lambda s: s.orders)
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), story.holder("engagement_manager"))
    assert all(ask.clock.since is None for ask in story.orders[1].open_asks())
    story.do(ResumeEngagement(), story.holder("engagement_manager"))
    assert all(ask.clock.since == story.now for ask in story.orders[1].open_asks())


def test_a_vacancy_is_the_heads_at_once_and_climbs_every_eight_hours() -> None:
    story = Story("halden")
    opened = story.events(r.VacancyOpened)
    assert {(event.vacancy.role, event.vacancy.accountable) for event in opened} == {
        ("engagement_manager", "tomasz.nowak"),
        ("delivery_lead", "priya.raman"),
    }
    story.wait(days=14)
    climbed = [fact for fact in story.facts if isinstance(fact.event, r.VacancyEscalated)]
    steps = [fact for fact in climbed if getattr(fact.event, "role", "") == "delivery_lead"]
    clock = story.state.vacancies["delivery_lead"].clock
    calendar = story.state.cast.calendars[clock.calendar]
    # The sponsor of Halden is the head of engagement management: told after eight hours, passed over after sixteen.
    assert [(calendar.between(story.facts[0].at, f.at) // 60, getattr(f.event, "accountable", "")) for f in steps] == [
        (8, "tomasz.nowak"),
        (16, "ingrid.solberg"),
    ]


def test_whoever_a_vacancy_has_climbed_to_may_name_a_holder() -> None:
    story = Story("lindqvist")
    story.wait(days=14)
    person = FIRM.person(PersonId("jonas.weber"))
    assert person is not None
    top = story.state.vacancies["engagement_manager"].accountable
    assert top == "ingrid.solberg"
    story.do(ProposeHolder(role="engagement_manager", person=person), top)
    assert story.ask(AskKind.ACCEPT_ROLE)


def test_a_proposal_that_is_declined_leaves_the_vacancy_on_its_rung_and_says_who_declined() -> None:
    story = Story("lindqvist")
    story.wait(days=3)
    before = story.state.vacancies["engagement_manager"]
    story.propose("engagement_manager")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), Verdict.DECLINE)
    after = story.state.vacancies["engagement_manager"]
    assert (after.clock, after.rung, after.since) == (before.clock, before.rung, before.since)
    assert after.cause is VacancyCause.DECLINED
    assert after.because == "Jonas Weber declined: Because."


def test_a_second_role_of_the_project_manager_ends_on_its_date() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    pm = story.holder("project_manager")
    story.do(ReleaseRole(role="business_analyst", reason="Left"), "priya.raman")
    story.request_role("business_analyst", pm)
    story.answer(story.ask(AskKind.ALLOW_ROLE), reason="Until we have hired")
    assert story.holder("business_analyst") == pm
    story.wait(days=21)
    assert story.state.cast.holder("business_analyst") is None
    assert "business_analyst" in story.state.vacancies
