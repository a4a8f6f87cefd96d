"""Conditions of a yes: somebody's tasks by a day, checked at a later gate, and told to those who answer for them."""

from datetime import UTC, date, datetime

import pytest

from domain.asks.model import AskKind, Condition, Verdict
from domain.directory.people import Absence
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.delivery.commands import OfferHandoff
from domain.engagement.tasks.commands import CompleteTask
from domain.engagement.tasks.events import TaskCompleted, TaskEscalated, TaskReminded
from domain.engagement.tasks.rules import as_of as tasks_as_of
from domain.engagement.tasks.rules import task_due
from domain.engagement.timers import apply_due_timers, next_moment
from domain.next_steps.card import step_card
from domain.next_steps.choices import Do
from domain.next_steps.model import next_steps
from domain.next_steps.references import task_ref
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, NotFound, NotNow, PermissionDenied
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at

# Keeps the house in Oslo; engagement manager of Lindqvist; heads engagement management; managing director.
IDA, JONAS, TOMASZ, INGRID = PersonId("ida.holm"), PersonId("jonas.weber"), PersonId("tomasz.nowak"), "ingrid.solberg"

FRIDAY = date(2026, 11, 6)


def conditioned(due: date = FRIDAY, owner: str = IDA, story: Story | None = None) -> Story:
    """Lindqvist, decided under one condition."""
    story = story or at(Stage.DECIDE, "lindqvist")
    condition = Condition(text="Insure the data", owner=owner, due=due)
    story.answer(story.ask(AskKind.DECIDE_DEAL), Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    return story


def told(story: Story, kind: type) -> list[tuple[datetime, tuple[str, ...]]]:
    """When people were told of a task, and who."""
    facts = [fact for fact in story.facts if isinstance(fact.event, kind)]
    return [(fact.at, tuple(message.to for message in messages(story.state, fact))) for fact in facts]


def closes(day: int) -> datetime:
    """When work ends in Oslo on a day of November."""
    hours = FIRM.calendars["NO"].hours_of(date(2026, 11, day))
    assert hours is not None
    return hours[1]


def half(story: Story) -> datetime:
    """When half the working time of the condition is over."""
    calendar, task = FIRM.calendars["NO"], story.state.tasks["T1"]
    return calendar.after(task.since, calendar.between(task.since, closes(6)) // 2)


def after_it_is_due(hours: int) -> datetime:
    return FIRM.calendars["NO"].after(closes(6), hours * 60)


def test_its_owner_is_reminded_at_half_the_time_and_it_climbs_as_an_act_that_is_owed() -> None:
    story = conditioned()
    reminder = half(story)
    story.wait(days=14)
    assert told(story, TaskReminded) == [(reminder, (IDA,))]
    rungs = {event.name: event.above for event in story.events(TaskEscalated)}
    assert rungs == {"stand_in": (), "head": (TOMASZ,), "managing_director": (TOMASZ, INGRID)}  # who sponsors it, too
    assert [moment for moment, _ in told(story, TaskEscalated)] == [closes(6), *map(after_it_is_due, (4, 8))]
    assert story.state.tasks["T1"].climbed_to == INGRID


def test_once_it_is_due_owner_and_manager_are_told_and_whoever_stands_above_beside_them() -> None:
    story = conditioned()
    story.wait(days=14)
    assert [people for _, people in told(story, TaskEscalated)] == [
        (IDA, JONAS),
        (IDA, JONAS, TOMASZ),
        (IDA, JONAS, TOMASZ, INGRID),
    ]


def test_above_whoever_holds_a_role_here_stands_the_head_of_its_function() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    lead = story.holder("delivery_lead")
    story = conditioned(owner=lead, story=story)
    story.wait(days=14)
    above = story.state.tasks["T1"].above
    assert above[0] == story.state.cast.holder("head_of_delivery") != lead


def test_a_task_that_is_done_in_time_is_told_to_nobody() -> None:
    story = conditioned()
    story.do(CompleteTask(task="T1", note="Insured"), IDA)
    story.wait(days=14)
    assert not story.events(TaskReminded)


def test_a_task_that_is_done_after_its_reminder_climbs_no_more() -> None:
    story = conditioned()
    story.wait(days=3)
    assert story.events(TaskReminded)
    story.do(CompleteTask(task="T1", note="Insured"), IDA)
    story.wait(days=14)
    assert not story.events(TaskEscalated)


def test_an_overdue_task_keeps_its_gate_shut_and_nobody_else_does_it_by_default() -> None:
    story = conditioned()
    story.wait(days=60)
    assert not story.state.tasks["T1"].done
    with pytest.raises(NotNow, match="Insure the data"):
        story.until(lambda s: s.state.stage is Stage.BRD)


def test_a_day_off_is_over_when_work_begins_again() -> None:
    story = conditioned(date(2026, 11, 7))
    moment = task_due(story.state, story.state.tasks["T1"])
    opens = FIRM.calendars["NO"].hours_of(date(2026, 11, 9))
    assert moment is not None
    assert opens is not None
    assert (moment - opens[0]).total_seconds() == 60


def test_a_day_ends_where_the_owner_works() -> None:
    there, here = conditioned(owner="priya.raman"), conditioned(owner=IDA)
    moments = [task_due(story.state, story.state.tasks["T1"]) for story in (there, here)]
    hours = FIRM.calendars["IN"].hours_of(FRIDAY)
    assert hours is not None
    assert moments == [hours[1], closes(6)]


def test_the_engagement_managers_own_task_climbs_to_the_head_of_their_function() -> None:
    story = conditioned(owner=JONAS)
    story.wait(days=14)
    assert [people for _, people in told(story, TaskReminded)] == [(JONAS,)]
    assert [people for _, people in told(story, TaskEscalated)][:2] == [(JONAS,), (JONAS, TOMASZ)]


def test_a_task_of_the_head_climbs_to_the_managing_director() -> None:
    story = conditioned(owner=TOMASZ)
    story.wait(days=14)
    assert story.state.tasks["T1"].climbed_to == INGRID


def test_what_is_told_twice_is_told_once() -> None:
    story = conditioned()
    story.wait(days=14)
    again = apply_due_timers(story.state, story.now)
    assert again.events == ()
    assert not [moment for moment in [next_moment(story.state)] if moment and moment <= story.now]


def test_a_hold_stops_the_clock_of_tasks_and_it_runs_on_with_the_engagement() -> None:
    story = conditioned()
    calendar = FIRM.calendars["NO"]
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), JONAS)
    task = story.state.tasks["T1"]
    assert task.clock is not None
    left = task.due_minutes - task.clock.spent
    assert task_due(story.state, story.state.tasks["T1"]) is None
    story.wait(days=30)
    assert not story.events(TaskReminded)
    story.do(ResumeEngagement(), JONAS)
    due = task_due(story.state, story.state.tasks["T1"])
    assert due == calendar.after(story.now, left)
    story.wait(days=14)
    assert told(story, TaskEscalated)[0] == (due, (IDA, JONAS))


def test_an_ended_engagement_reminds_nobody() -> None:
    story = conditioned()
    story.do(CancelEngagement(reason="No budget"), JONAS)
    story.wait(days=14)
    assert not story.events(TaskReminded)


def test_a_reminder_comes_to_who_is_still_there() -> None:
    story = conditioned()
    cast = story.state.cast
    people = {**cast.people, IDA: cast.people[IDA].replace(active=False)}
    story.state = story.state.replace(cast=cast.replace(people=people))
    story.wait(days=5)
    assert [people for _, people in told(story, TaskReminded)] == [(JONAS,)]
    story.do(CompleteTask(task="T1", note="I did it"), JONAS)


# -- who meets it while its owner is away

KOFI = PersonId("kofi.mensah")
AWAY = Absence(person=IDA, first=date(2026, 11, 5), last=date(2026, 11, 20), delegate=KOFI)


def with_owner_away(delegate: str = KOFI) -> Story:
    firm = FIRM.replace(absences=(AWAY.replace(delegate=delegate),))
    return conditioned(story=Story("lindqvist", firm=firm).to(Stage.DECIDE).copy())


def test_while_the_owner_is_away_their_delegate_meets_a_condition_for_them_and_is_told_so() -> None:
    story = with_owner_away()
    assert story.state.tasks["T1"].stand_ins == ()
    with pytest.raises(PermissionDenied):
        story.do(CompleteTask(task="T1", note="Insured"), KOFI)
    since = len(story.facts)
    story.wait(days=3)
    (told_of_it,) = [m.text for m in story.messages_told(since) if m.to == KOFI and m.kind == "task"]
    assert told_of_it.startswith("You may do this for Ida Holm: condition T1 of ")
    (step,) = [one for one in next_steps(story.state, story.now) if one.kind == "task"]
    assert (step.who, step.others) == (IDA, (KOFI,))
    card = step_card(story.state, task_ref(story.state, story.state.tasks["T1"]), KOFI)
    assert [choice.do for choice in card.choices] == [Do.MEET]
    done = story.do(CompleteTask(task="T1", note="Insured"), KOFI)
    assert done.for_whom == IDA
    heard = [m.text for m in story.messages_told(since) if m.to == IDA and m.kind == "outcome"]
    assert any("which was yours, is met, says Kofi Mensah: Insured." in text for text in heard)


def test_once_the_owner_is_back_nobody_meets_it_for_them_but_whoever_manages_the_engagement() -> None:
    story = with_owner_away()
    story.wait(days=3)
    story.state = story.state.replace(cast=story.state.cast.replace(absences=(), begun=()))
    with pytest.raises(PermissionDenied):
        story.do(CompleteTask(task="T1", note="Insured"), KOFI)
    done = story.do(CompleteTask(task="T1", note="Insured"), JONAS)
    assert done.for_whom is None


def test_whoever_manages_the_project_meets_no_condition_in_anothers_place() -> None:
    story = with_owner_away()
    story.wait(days=3)
    cast = story.state.cast
    managed = cast.replace(holders={**cast.holders, "project_manager": KOFI})
    assert tasks_as_of(story.state.replace(cast=managed), story.now).tasks["T1"].stand_ins == ()


# -- what a condition may be


def test_a_condition_may_be_met_on_its_very_day() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    today = story.state.cast.calendar_of(IDA).local_day(story.now)
    assert conditioned(today, story=story).state.tasks["T1"].due == today


@pytest.mark.parametrize(
    ("owner", "due", "field"),
    [
        (IDA, date(2026, 11, 1), "conditions.0.due"),
        ("anna.lindqvist", FRIDAY, "conditions.0.owner"),
        ("nobody.known", FRIDAY, "conditions.0.owner"),
    ],
    ids=["a day that has passed", "the client", "nobody"],
)
def test_a_condition_that_nobody_can_meet_is_refused(owner: str, due: date, field: str) -> None:
    with pytest.raises(BadValue) as refused:
        conditioned(due, owner)
    assert refused.value.refused.field == field


def test_a_condition_for_who_has_left_is_refused() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    cast = story.state.cast
    people = {**cast.people, IDA: cast.people[IDA].replace(active=False)}
    story.state = story.state.replace(cast=cast.replace(people=people))
    with pytest.raises(BadValue, match=IDA):
        conditioned(story=story)


def test_the_day_is_that_of_the_owners_place() -> None:
    """A quarter to midnight in Oslo is another day in Bangalore: there that day has passed already."""
    story = at(Stage.DECIDE, "lindqvist")
    story.now = datetime(2026, 11, 6, 22, 45, tzinfo=UTC)
    with pytest.raises(BadValue, match="Fri 6 Nov 2026 has passed"):
        conditioned(owner="priya.raman", story=story)
    assert conditioned(owner=IDA, story=story).state.tasks


def test_the_project_manager_owns_a_condition_only_by_name() -> None:
    story = at(Stage.HANDOFF, "lindqvist")
    list(story.cover(Stage.HANDOFF))
    story.do(OfferHandoff(plan="As in the SOW."), story.holder("engagement_manager"))
    ask, manager = story.ask(AskKind.ACCEPT_HANDOFF), story.holder("project_manager")
    named = Condition(text="Get access", owner=manager, due=date(2026, 12, 30))
    for person in ask.asked:
        story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, by=person, conditions=(named,))
    assert {task.owner for task in story.state.tasks.values()} == {manager}


def test_whoever_set_a_condition_hears_that_it_is_met_with_what_was_done() -> None:
    story = conditioned()
    task = story.state.tasks["T1"]
    assert task.set_by == JONAS
    story.do(CompleteTask(task="T1", note="Insured with Nordea"), IDA)
    (fact,) = [fact for fact in story.facts if isinstance(fact.event, TaskCompleted)]
    told_of_it = {message.to: message.text for message in messages(story.state, fact)}
    assert told_of_it.keys() == {JONAS}
    said = f"Condition T1 of {story.state.id} {story.state.title}, which you set, is met, says Ida Holm: Insured with"
    assert told_of_it[JONAS].startswith(said)
    assert told_of_it[JONAS].endswith("It was: Insure the data.")


def test_whoever_meets_their_own_condition_is_told_nothing_of_it() -> None:
    story = conditioned(owner=JONAS)
    story.do(CompleteTask(task="T1", note="Insured"), JONAS)
    fact = next(fact for fact in story.facts if isinstance(fact.event, TaskCompleted))
    assert not [message for message in messages(story.state, fact) if "which you set" in message.text]


def test_a_condition_of_a_change_knows_whose_yes_it_came_with() -> None:
    story = at(Stage.DELIVER, "lindqvist").copy()
    n = story.submit(ChangeFacts.in_one(title="More", reason="Asked for", price=100))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    lead = ask.voters[0].person_id
    condition = Condition(text="Insure the data", owner=IDA, due=story.day(9))
    story.answer(ask, Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    for _ in story.answer_all(AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE):
        pass
    assert story.state.changes[n].status.value == "approved"
    assert [task.set_by for task in story.state.conditions] == [lead]


def test_who_may_not_say_that_a_condition_is_met_reads_whose_it_is() -> None:
    story = conditioned()
    with pytest.raises(PermissionDenied, match=r"whoever owns the condition \(Ida Holm\)"):
        story.do(CompleteTask(task="T1", note="Insured"), TOMASZ)
    with pytest.raises(NotFound, match="There is no condition T9"):
        story.do(CompleteTask(task="T9", note="Insured"), JONAS)


def test_a_condition_has_a_card_with_its_button_for_whoever_owns_it_and_words_for_who_is_told_that_it_is_late() -> None:
    story = conditioned()
    own = step_card(story.state, task_ref(story.state, story.state.tasks["T1"]), IDA)
    assert ([choice.do for choice in own.choices], own.why_me) == ([Do.MEET], "Yours. Set by Jonas Weber.")
    assert own.due == "Fri 6 Nov 2026"
    story.wait(days=14)
    above = step_card(story.state, task_ref(story.state, story.state.tasks["T1"]), TOMASZ)
    assert (above.choices, above.ended) == ((), None)
    assert above.why_me == "You are told because Ida Holm is overdue. Only they, or Jonas Weber, can do it."
