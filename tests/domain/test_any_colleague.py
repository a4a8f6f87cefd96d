"""Any colleague may meet a condition, answer for somebody, or have promised something, known before or not."""

from datetime import date

import pytest

from application.commands.people_introduced import introduction_of
from domain.asks.events import PeopleIntroduced
from domain.asks.model import Answer, AskKind, Condition, Verdict
from domain.change_order.order import BriefTaken
from domain.directory.people import Introduction, Person
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.needs.commands import RecordPromises
from domain.engagement.needs.values import Promise
from domain.engagement.permissions import Sight, may_see, may_see_facts, sees_words_of
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, OwnRequest
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import FIRM, Story, at

# Colleagues without a part in any deal; Ole is Mia's deputy.
MIA, OLE = PersonId("mia.stone"), PersonId("ole.lund")
HOUSE = FIRM.replace(
    people=(
        *FIRM.people,
        Person(id=MIA, name="Mia Stone", email="mia@fjordline.example", calendar="NO", deputy=OLE),
        Person(id=OLE, name="Ole Lund", email="ole@fjordline.example", calendar="DE"),
    )
)
AISHA, ANNA, JONAS = "aisha.khan", PersonId("anna.lindqvist"), PersonId("jonas.weber")
FRIDAY = date(2026, 11, 20)


def decided(owner: PersonId, introduces: Introduction | None = None) -> Story:
    """Lindqvist, decided under a condition that this person is to meet."""
    story = at(Stage.DECIDE, "lindqvist")
    assert owner not in story.state.cast.people
    ask = story.ask(AskKind.DECIDE_DEAL)
    condition = Condition(text="Check the templates", owner=owner, due=FRIDAY)
    answer = Answer(verdict=Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    told = introduction_of(HOUSE, [owner]) if introduces is None else introduces
    story.do(AnswerAsk(ask_id=ask.id, answer=answer, subject_hash=ask.subject_hash, introduces=told), JONAS)
    return story


def test_a_colleague_from_outside_the_deal_owns_a_condition_and_is_known_from_then_on() -> None:
    story = decided(MIA)
    assert [task.owner for task in story.state.tasks.values()] == [MIA]
    assert story.state.cast.name(MIA) == "Mia Stone"
    assert story.state.cast.calendar_of(MIA).name == "NO"


def test_who_stands_in_for_them_is_known_too_and_nobody_is_introduced_twice() -> None:
    story, told = at(Stage.ESTIMATE, "lindqvist"), introduction_of(HOUSE, [MIA])
    for number in ("P8", "P9"):
        story.do(RecordPromises(promises=(promise(number, MIA),), introduces=told), AISHA)
    assert story.state.cast.is_here(OLE)
    assert len(story.events(PeopleIntroduced)) == 1


def test_what_is_known_of_somebody_is_not_replaced_by_an_introduction() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    gone = story.state.cast.people[JONAS].replace(active=False)
    assert not story.state.cast.unknown_of(Introduction(people=(gone,))).people


def test_nobody_is_introduced_by_a_condition_of_a_person_unknown_to_the_directory() -> None:
    with pytest.raises(BadValue, match="There is no colleague") as refused:
        decided(PersonId("not.there"))
    assert refused.value.refused.field == "conditions.0.owner"


def test_a_person_of_a_client_is_no_colleague() -> None:
    assert introduction_of(HOUSE, [ANNA]) == Introduction()


def test_who_must_meet_a_condition_sees_that_it_is_there_and_their_own_and_no_price() -> None:
    story = decided(MIA)
    mia, task = Actor(person_id=MIA), next(iter(story.state.tasks.values()))
    assert may_see(story.state, mia, Sight.EXISTENCE)
    assert sees_words_of(story.state, mia, task)
    assert not may_see(story.state, mia, Sight.PRICE)
    assert not may_see(story.state, mia, Sight.FIGURES)
    story.do(CompleteTask(task=task.id, note="Checked"), MIA)
    assert story.state.tasks[task.id].done


def test_a_colleague_from_outside_answers_what_was_delegated_to_them_and_sees_it() -> None:
    story = at(Stage.QUALIFY, "lindqvist")
    story.until(lambda s: any(s.state.open_asks(AskKind.CONFIRM_STAFFING)))
    ask = next(story.state.open_asks(AskKind.CONFIRM_STAFFING))
    told = introduction_of(HOUSE, [MIA])
    story.do(DelegateAsk(ask_id=ask.id, to=MIA, introduces=told), ask.silent[0].person_id)
    now = story.now_of(ask)
    assert MIA in now.asked
    assert may_see_facts(story.state, Actor(person_id=MIA), now)
    story.do(
        AnswerAsk(
            ask_id=ask.id,
            answer=Answer(verdict=Verdict.RETURN, reason="Not as it stands"),
            subject_hash=ask.subject_hash,
        ),
        MIA,
    )
    assert story.now_of(ask).votes[-1].by == MIA


def test_who_may_not_see_margins_is_not_delegated_to_though_they_are_a_colleague() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    ask = story.ask(AskKind.DECIDE_DEAL)
    with pytest.raises(OwnRequest) as refused:
        story.do(DelegateAsk(ask_id=ask.id, to=MIA, introduces=introduction_of(HOUSE, [MIA])), JONAS)
    assert refused.value.refused.field == "to"
    assert MIA not in story.state.cast.people


def promise(number: str, by: str) -> Promise:
    return Promise(id=number, by=by, to=ANNA, text="A first look", on=date(2026, 11, 2))


def test_a_colleague_from_outside_may_have_promised_something() -> None:
    story = at(Stage.ESTIMATE, "lindqvist")
    command = RecordPromises(promises=(promise("P9", MIA),), introduces=introduction_of(HOUSE, [MIA]))
    story.do(command, AISHA)
    assert story.state.promises["P9"].by == MIA
    assert story.state.cast.is_here(MIA)


def test_who_has_left_promises_nothing_new_and_what_they_promised_stands() -> None:
    story = at(Stage.ESTIMATE, "lindqvist")
    story.do(RecordPromises(promises=(promise("P9", MIA),), introduces=introduction_of(HOUSE, [MIA])), AISHA)
    story.leaves(MIA)
    with pytest.raises(BadValue) as refused:
        story.do(RecordPromises(promises=(promise("P9", MIA), promise("P10", MIA))), AISHA)
    assert refused.value.refused.field == "promises.1.by"
    story.do(RecordPromises(promises=(promise("P9", MIA),)), AISHA)


def in_a_change() -> Story:
    """A change of Halden's, of which delivery is asked."""
    story = at(Stage.DELIVER)
    facts = ChangeFacts.in_one(title="One report more", reason="Asked for", price=1000, days=2)
    n = story.submit(facts)
    story.until(lambda s: any(s.orders[n].open_asks(AskKind.APPROVE_CHANGE)))
    return story


def test_a_change_order_introduces_a_colleague_to_its_engagement_and_knows_them_after_every_brief() -> None:
    story = in_a_change()
    n, order = next(iter(story.orders.items()))
    ask = next(order.open_asks(AskKind.APPROVE_CHANGE))
    condition = Condition(text="Tell the client", owner=MIA, due=story.day(20))
    answer = Answer(verdict=Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    told = introduction_of(HOUSE, [MIA])
    story.do_in_order(
        n,
        AnswerAsk(ask_id=ask.id, answer=answer, subject_hash=ask.subject_hash, introduces=told),
        ask.silent[0].person_id,
    )
    assert story.orders[n].cast.is_here(MIA)
    assert story.state.cast.is_here(MIA)
    story.leaves(MIA)
    assert not story.orders[n].cast.is_here(MIA)


def test_whom_a_change_order_came_to_know_stays_known_where_its_engagement_has_not_heard_yet() -> None:
    story = in_a_change()
    order = next(iter(story.orders.values()))
    brief = order.brief.replace(on_hold="Christmas")
    told = introduction_of(HOUSE, [MIA])
    knowing = PeopleIntroduced(introduces=told).evolve(order)
    assert BriefTaken(brief=brief).evolve(knowing).cast.people.keys() >= {person.id for person in told.people}
