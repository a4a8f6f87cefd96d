"""For a client speaks only who holds its role now: who held it before answers nothing of it, and is asked nothing."""

from collections.abc import Callable

import pytest

from domain.asks.eligibility import why_barred, why_unheard
from domain.asks.model import Ask, AskKind, Outcome, Verdict, Voter
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.roles.commands import NameParty
from domain.next_steps.model import next_steps
from domain.notifications.notices import messages
from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.values import PersonId
from tests.domain.story import Story, at

NEW = PersonId("odd.vik")
MORE = ChangeFacts.model_validate(
    {"title": "More", "reason": "They wish it", "items": [{"kind": "price", "amount": 900}]}
)


def comes_back_as_contact(story: Story, person: PersonId) -> None:
    """They leave the client, and come back without what they held."""
    before = story.state.cast.people[person]
    story.leaves(person)
    story.directory_says(before.replace(active=True, part=("client_contact",)))


def names(story: Story, party: str, person: PersonId = NEW) -> None:
    told = {"party": party, "person": story.person(person), "reason": "The one before has left"}
    story.do(NameParty.model_validate(told), story.holder("engagement_manager"))


def needs() -> Story:
    return Story("halden").until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS))).copy()


def offer() -> Story:
    story = Story("halden").until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW))).copy()
    story.answer(story.ask(AskKind.SIGN_SOW))
    return story


def milestone() -> Story:
    story = at(Stage.DELIVER).copy()
    delivered = DeliverMilestone(milestone=next(iter(story.state.milestones)))
    story.do(delivered, story.holder("project_manager"))
    return story


def change() -> Story:
    story = at(Stage.DELIVER).copy()
    for _ in story.change(MORE):
        asks = [ask for ask in story.open_asks() if ask.kind is AskKind.SIGN_CHANGE]
        if any(ask.for_client for ask in asks):
            break
    return story


ASKED_OF_CLIENTS = [
    (needs, AskKind.CONFIRM_NEEDS, "client_sponsor"),
    (offer, AskKind.SIGN_SOW, "client_signatory"),
    (milestone, AskKind.ACCEPT_MILESTONE, "client_sponsor"),
    (change, AskKind.SIGN_CHANGE, "client_signatory"),
]


@pytest.mark.parametrize(("begin", "kind", "role"), ASKED_OF_CLIENTS)
@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.RETURN, Verdict.NEED_INFO])
def test_who_came_back_without_the_role_answers_nothing_of_it(
    begin: Callable[[], Story], kind: AskKind, role: str, verdict: Verdict
) -> None:
    story = begin()
    person = story.holder(role)
    comes_back_as_contact(story, person)
    ask = story.ask(kind)
    assert story.state.cast.holder(role) is None
    with pytest.raises(Refusal):
        story.answer(ask, verdict, by=person, reason="As I said")
    assert (story.now_of(ask).votes, story.now_of(ask).outcome) == ((), Outcome.OPEN)


@pytest.mark.parametrize(("begin", "kind", "role"), ASKED_OF_CLIENTS)
def test_it_waits_for_whoever_is_named_and_their_naming_is_the_next_step(
    begin: Callable[[], Story], kind: AskKind, role: str
) -> None:
    story = begin()
    person = story.holder(role)
    comes_back_as_contact(story, person)
    ask = story.ask(kind)
    assert ask.asked == ()
    steps = next_steps(story.state, story.now)
    assert not any(one.ref == ask.id for one in steps), "neither they nor whoever is above all owe it"
    assert any(role in one.ref for one in steps)
    names(story, role)
    assert story.now_of(ask).asked == (NEW,)
    story.answer(story.now_of(ask))
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_nobody_of_the_firm_is_told_to_find_a_judge_for_a_client() -> None:
    story = milestone()
    before = len(story.facts)
    story.leaves(story.holder("client_sponsor"))
    told = [one for fact in story.facts[before:] for one in messages(story.state, fact, story.state)]
    assert not any("highest positions" in one.text for one in told)


@pytest.mark.parametrize(("begin", "kind", "role"), ASKED_OF_CLIENTS)
def test_why_an_answer_does_not_count_is_said(begin: Callable[[], Story], kind: AskKind, role: str) -> None:
    story = begin()
    ask = story.ask(kind)
    orders = [order for order in story.orders.values() if ask.id in order.asks]
    state = orders[0] if orders else story.state
    assert why_unheard(state, ask, ask.voters[0]) is None
    other = Voter(person_id=NEW, roles=(role,))
    label = role.replace("_", " ")
    assert why_unheard(state, ask, other) == f"is no longer the {label}"


def test_a_contact_answers_by_name() -> None:
    story = milestone()
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    pulse: Ask = next(ask for ask in story.state.open_asks(AskKind.PULSE) if NEW in ask.asked)
    assert why_barred(story.state, pulse, NEW, "client_contact") is None


def test_an_overdue_ask_of_a_client_climbs_anew_for_whoever_is_named() -> None:
    story = offer()
    story.wait(days=40)
    before = story.ask(AskKind.SIGN_SOW)
    story.leaves(story.holder("client_signatory"))
    story.wait(days=3)
    names(story, "client_signatory")
    story.wait(hours=1)
    assert {s.person_id for s in story.now_of(before).stand_ins} == {s.person_id for s in before.stand_ins}


def test_a_signature_is_of_who_signs_now() -> None:
    story = change()
    comes_back_as_contact(story, story.holder("client_signatory"))
    names(story, "client_signatory")
    n = max(story.orders)
    story.answer(story.ask(AskKind.SIGN_CHANGE))
    assert story.orders[n].signatures[-1].by == NEW
