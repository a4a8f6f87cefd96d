"""What comes next, reckoned once: vacancies past their ladder, who stands where, what engine and clients show."""

from datetime import timedelta
from decimal import Decimal

from application.queries.change_orders import change_views
from application.queries.view import Reader
from domain.asks.model import Ask, AskKind, Verdict
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import HoldEngagement
from domain.engagement.delivery.commands import AskPulse
from domain.engagement.roles.events import VacancyEscalated
from domain.engagement.roles.vacancies import vacancy_moment
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.client_view import awaited_of_client
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.texts import how
from domain.playbook.model import Stage
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from workflows.details import engagement_details, order_details
from workflows.search_attributes import WAITS_FOR, of_engagement, of_order

HEAD_OF_DELIVERY = "priya.raman"
SOME_WORK = ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2)


def steps(story: Story, kind: str, ref: str) -> list[NextStep]:
    return [step for step in next_steps(story.state, story.now) if (step.kind, step.ref) == (kind, ref)]


def waits_for(story: Story) -> list[str]:
    found: list[str] = of_engagement(story.state, None)[WAITS_FOR.name]
    return found


# -- vacancies


def test_past_the_last_rung_of_its_ladder_a_vacancy_is_overdue_since_it_came_there_and_first_of_all() -> None:
    story = Story("halden")
    story.wait(days=14)
    assert vacancy_moment(story.state, story.state.vacancies["delivery_lead"]) is None
    (step,) = steps(story, "vacancy", "delivery_lead")
    climbs = [f for f in story.facts if isinstance(f.event, VacancyEscalated) and f.event.role == "delivery_lead"]
    assert step.due == climbs[-1].at
    assert climbs[-1].at < story.now - timedelta(days=5)
    assert not step.paused
    late = [one for one in next_steps(story.state, story.now) if one.due is not None and one.due <= story.now]
    assert step in late
    assert late == list(next_steps(story.state, story.now))[: len(late)]


def test_whoever_is_accountable_for_a_vacancy_stands_there_by_the_position_of_that_rung() -> None:
    story, found = Story("halden"), list[tuple[str, str | None]]()
    for _ in range(8):
        (step,) = steps(story, "vacancy", "delivery_lead")
        found.append((step.who, step.role))
        story.wait(hours=24)
    assert list(dict.fromkeys(found)) == [
        (HEAD_OF_DELIVERY, "head_of_delivery"),
        ("tomasz.nowak", "head_of_engagement_management"),  # the sponsor, too: that rung is passed
        (story.state.cast.positions["managing_director"], "managing_director"),
    ]


def test_who_was_told_of_a_vacancy_may_still_fill_it_once_it_climbed() -> None:
    story = Story("halden")
    story.wait(days=14)
    (step,) = steps(story, "vacancy", "delivery_lead")
    assert HEAD_OF_DELIVERY in step.others
    assert step.who not in step.others


def test_on_hold_a_vacancy_and_a_condition_stand_still_and_nobody_is_waited_for() -> None:
    story = Story("halden")
    story.wait(days=14)
    story.do(HoldEngagement(reason="They think.", until=story.day(20)), "tomasz.nowak")
    (step,) = steps(story, "vacancy", "delivery_lead")
    assert (step.due, step.paused) == (None, True)
    assert waits_for(story) == []
    assert "paused" in engagement_details(story.state, story.now)


def test_a_missing_person_of_the_client_is_one_step_and_it_is_the_sellers() -> None:
    story = at(Stage.QUALIFY)
    story.leaves(story.holder("client_signatory"))
    assert steps(story, "vacancy", "client_signatory") == []
    (step,) = steps(story, "act", f"{ActKind.NAME_CLIENT_PERSON.value}:client_signatory")
    assert step.who == story.state.seller
    story.wait(days=5)
    vacancy = story.state.vacancies["client_signatory"]
    assert vacancy.rung == 1
    story.leaves(story.state.seller)
    (step,) = steps(story, "vacancy", "client_signatory")
    assert step.due is not None


# -- what the engine shows


def test_the_engine_names_who_owes_a_step_and_by_which_role_and_nobody_whose_turn_is_over() -> None:
    story = Story("halden")
    assert {HEAD_OF_DELIVERY, "head_of_delivery", story.state.seller, "sales"} <= set(waits_for(story))
    story.propose("delivery_lead", PersonId("anil.mehta"))
    assert {"anil.mehta", "delivery_lead"} <= set(waits_for(story))
    assert HEAD_OF_DELIVERY not in waits_for(story)


def test_the_engine_names_whom_a_question_was_put_to_and_not_who_awaits_the_answer() -> None:
    story = Story("halden")
    story.propose("delivery_lead", PersonId("anil.mehta"))
    ask = story.ask(AskKind.ACCEPT_ROLE)
    story.answer(ask, Verdict.NEED_INFO, reason="How long?")
    assert "anil.mehta" not in waits_for(story)
    assert set(story.ask(AskKind.ANSWER_QUESTION).asked) <= set(waits_for(story))


def test_details_say_every_next_step_in_their_order_with_when_it_is_due() -> None:
    story = Story("halden")
    story.wait(days=14)
    told = engagement_details(story.state, story.now)
    first, *_ = next_steps(story.state, story.now)
    lines = [line for line in told.splitlines() if line.startswith("- ")]
    assert story.state.cast.name(first.who) in lines[0]
    assert "Fill the role of delivery lead: " in told
    assert "(managing director)" in told
    assert "OVERDUE since" in told


def test_details_name_a_change_that_is_being_decided_and_its_own_name_roles_as_people_read_them() -> None:
    story = at(Stage.DELIVER)
    n = story.submit(SOME_WORK)
    assert f"- change {n} is being decided" in engagement_details(story.state, story.now)
    told = order_details(story.orders[n], story.now)
    assert "engagement_manager" not in told
    assert "engagement manager" in told
    assert set(of_order(story.orders[n], None)[WAITS_FOR.name]) >= set(next(story.orders[n].open_asks()).asked)


def test_whoever_signs_for_the_client_is_told_who_makes_the_token_that_signing_takes() -> None:
    story = at(Stage.SOW).until(lambda one: any(ask.for_client for ask in one.state.open_asks(AskKind.SIGN_SOW)))
    told = {step.who: how(story.state, step) for step in next_steps(story.state, story.now) if step.kind == "ask"}
    assert "administrator makes one" in told[story.holder("client_signatory")]
    story = at(Stage.SOW).until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW)))
    told = {step.who: how(story.state, step) for step in next_steps(story.state, story.now) if step.kind == "ask"}
    assert "administrator" not in told[story.holder("provider_sponsor")]


# -- what a client's person reads of what their side owes


def asked_of_two() -> tuple[Story, Ask]:
    story = at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))
    return story, story.ask(AskKind.CONFIRM_NEEDS)


def test_a_person_of_the_client_reads_what_a_colleague_of_theirs_owes() -> None:
    story, ask = asked_of_two()
    (asked,) = ask.asked
    (said,) = awaited_of_client(story.state, [story.state], PersonId("odd.vik"))
    assert story.state.cast.name(asked) in said
    assert awaited_of_client(story.state, [story.state], asked) == ()


def test_a_person_of_the_client_reads_that_their_question_is_open_and_who_faces_them() -> None:
    story, ask = asked_of_two()
    (asked,) = ask.asked
    story.answer(ask, Verdict.NEED_INFO, reason="Which needs?")
    (said,) = awaited_of_client(story.state, [story.state], asked)
    assert "Your question is open" in said
    assert story.state.cast.name(story.state.seller) in said
    (other,) = awaited_of_client(story.state, [story.state], PersonId("odd.vik"))
    assert story.state.cast.name(asked) in other


def test_a_clients_sponsor_who_is_asked_as_a_contact_is_told_as_the_sponsor() -> None:
    story = at(Stage.DELIVER, "lindqvist")
    sponsor = story.holder("client_sponsor")
    story.do(AskPulse(at="M1", person_id=sponsor), story.holder("engagement_manager"))
    ask = story.ask(AskKind.PULSE)
    (step,) = [step for step in next_steps(story.state, story.now) if step.ref == ask.id]
    assert (step.who, step.role) == (sponsor, "client_sponsor")


def test_the_register_says_of_each_running_change_what_comes_next_and_whose_it_is() -> None:
    story = at(Stage.DELIVER).copy()
    facts = ChangeFacts.in_one(title="More", reason="client request", price=500)
    for _ in story.change(facts):
        pass
    story.submit(facts)
    reader = Reader(Actor(person_id=story.state.manager), "Europe/Oslo")
    decided, running = change_views(story.state, story.orders.values(), reader, story.now)
    assert decided.next_step is None
    asked = next(story.orders[2].open_asks())
    assert running.next_step is not None
    assert (running.next_step.who.id, running.next_step.what) == (asked.asked[0], asked.title)
    assert running.next_step.due == asked.due_at
