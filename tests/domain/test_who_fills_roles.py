"""Who sells chooses nobody who judges what they sell, by whatever door; and a vacancy asks who may really fill it."""

import pytest

from domain.asks.model import AskKind, Verdict
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.permissions import permit
from domain.engagement.roles.appointment import (
    NEVER_NAMED_BY_SALES,
    is_own_successor,
    may_fill,
    require_may_fill,
    who_may_name,
)
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReleaseRole, ReplaceHolder
from domain.next_steps.card import step_card
from domain.next_steps.model import NextStep, next_steps
from domain.next_steps.references import vacancy_ref
from domain.next_steps.texts import how, what, why
from domain.playbook.model import Stage
from domain.shared.errors import PermissionDenied, Refusal
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story, at

LEAD, HEAD = "delivery_lead", "head_of_delivery"


def sold_by_the_head(stage: Stage, role: str = LEAD, *, vacant: bool = True) -> Story:
    """Whoever sells the deal has since come to head the function of a role, which is vacant."""
    story = at(stage).copy()
    if vacant:
        story.do(ReleaseRole(role=role, reason="released now"), story.state.cast.positions[HEAD])
    story.directory_says(positions={**story.state.cast.positions, HEAD: story.state.seller})
    return story


def named(state: Engagement, story: Story, role: str) -> set[PersonId]:
    steps = [step for step in next_steps(state, story.now) if (step.kind, step.ref) == ("vacancy", role)]
    return {person for step in steps for person in (step.who, *step.others)}


def test_a_seller_who_heads_a_function_is_not_who_must_fill_its_vacancy() -> None:
    story = sold_by_the_head(Stage.PRICE)
    seller = story.state.seller
    with pytest.raises(PermissionDenied, match=r"Sales cannot name, allow or release its delivery lead"):
        story.propose(LEAD, PersonId("anil.mehta"))
    assert story.state.vacancies[LEAD].accountable != seller
    assert named(story.state, story, LEAD)
    assert seller not in named(story.state, story, LEAD)
    assert seller not in who_may_name(story.state, story.state.vacancies[LEAD])


def test_a_wish_for_a_role_that_judges_the_deal_is_not_the_sellers_to_allow() -> None:
    story = sold_by_the_head(Stage.PRICE)
    seller = story.state.seller
    story.request_role(LEAD, PersonId("anil.mehta"), days=None)
    asked = story.ask(AskKind.ALLOW_ROLE)
    assert seller not in asked.asked
    with pytest.raises(Refusal):
        story.answer(asked, by=seller, reason="I allow it")
    story.answer(asked, reason="I allow it")
    assert story.holder(LEAD) == "anil.mehta"


def test_who_has_taken_over_the_sale_since_they_were_asked_allows_it_no_more() -> None:
    story = at(Stage.PRICE).copy()
    head = story.state.cast.positions[HEAD]
    story.do(ReleaseRole(role=LEAD, reason="released now"), head)
    story.request_role(LEAD, PersonId("anil.mehta"), days=None)
    asked = story.ask(AskKind.ALLOW_ROLE)
    assert head in asked.asked
    story.propose("sales", head, waiver="She knows the client.")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.state.seller == head
    with pytest.raises(Refusal):
        story.answer(story.now_of(asked), by=head, reason="I allow it")
    assert story.state.cast.holder(LEAD) is None


@pytest.mark.parametrize("role", sorted(NEVER_NAMED_BY_SALES - {"legal"}))
def test_whoever_sells_or_sold_releases_nobody_who_judges_the_deal(role: str) -> None:
    story = at(Stage.SOW).copy()
    seller, holder = story.state.seller, story.holder(role)
    position = story.state.head_role(role)
    story.directory_says(positions={**story.state.cast.positions, position: seller})
    with pytest.raises(PermissionDenied, match="cannot name, allow or release"):
        story.do(ReleaseRole(role=role, reason="objects too often"), seller)
    assert story.holder(role) == holder


def test_whoever_sold_the_deal_before_is_barred_as_who_sells_it() -> None:
    story = sold_by_the_head(Stage.PRICE)
    before = story.state.seller
    story.propose("sales", PersonId("aisha.khan"))
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert not may_fill(story.state, LEAD, before)
    with pytest.raises(PermissionDenied):
        require_may_fill(story.state, LEAD, before)
    assert may_fill(story.state, "customer_care", before)


def test_the_project_manager_fills_no_vacancy_by_a_position() -> None:
    story = at(Stage.DELIVER).copy()
    manager = story.holder("project_manager")
    story.do(ReleaseRole(role="quality", reason="released now"), "hanne.lund")
    story.directory_says(positions={**story.state.cast.positions, "head_of_quality": manager})
    assert manager not in named(story.state, story, "quality")


def _really_may(story: Story, role: str, person: PersonId) -> bool:
    """Whether they get past who may name a holder; whom they name is another matter."""
    if story.state.playbook.role(role) is None:
        command: Command = NameParty(party=role, person=story.person(PersonId("tomasz.nowak")), reason="Gone")
    else:
        command = ProposeHolder(role=role, person=story.person(PersonId("anil.mehta")))
    actor = Actor(person_id=person)
    try:
        permit(story.state, command, actor)
        require_may_fill(story.state, role, person)
        assert not is_own_successor(story.state, role, person)
    except (PermissionDenied, AssertionError):
        return False
    return True


@pytest.mark.parametrize("position", ["head_of_engagement_management", "cfo", HEAD, "managing_director"])
@pytest.mark.parametrize("days", [0, 1, 2, 4])
def test_everybody_named_by_a_vacancy_may_fill_it_however_high_it_has_climbed(position: str, days: int) -> None:
    story = at(Stage.SOW).copy()
    seller = story.state.seller
    for role in ("engagement_manager", LEAD, "finance"):
        story.do(ReleaseRole(role=role, reason="released now"), story.state.cast.positions[story.state.head_role(role)])
    story.leaves(PersonId("tomasz.nowak"))
    story.directory_says(positions={**story.state.cast.positions, position: seller})
    story.wait(days=days)
    assert set(story.state.vacancies) >= {"engagement_manager", LEAD, "finance"}
    for role in story.state.vacancies:
        people = named(story.state, story, role)
        assert {person for person in people if not _really_may(story, role, person)} == set(), role
    story.directory_says(positions={**story.state.cast.positions, position: "ingrid.solberg"})
    for role in story.state.vacancies:
        people = named(story.state, story, role)
        assert {person for person in people if not _really_may(story, role, person)} == set(), role


def test_verdicts_on_a_wish_are_for_its_judge_alone() -> None:
    story = sold_by_the_head(Stage.PRICE)
    story.request_role(LEAD, PersonId("anil.mehta"), days=None)
    story.wait(days=10)
    asked = story.ask(AskKind.ALLOW_ROLE)
    assert story.state.seller not in asked.asked
    story.answer(asked, Verdict.DECLINE, reason="Not now.")
    assert story.state.cast.holder(LEAD) is None


# -- where those whose it would be may not


def the_step(story: Story, role: str) -> NextStep:
    (step,) = (one for one in next_steps(story.state, story.now) if (one.kind, one.ref) == ("vacancy", role))
    return step


def all_is_the_sellers(story: Story) -> None:
    story.directory_says(positions=dict.fromkeys(story.state.cast.positions, story.state.seller))


def test_a_vacancy_is_the_engagement_managers_where_whoever_sells_holds_every_position() -> None:
    story = at(Stage.PRICE).copy()
    for role in ("finance", "provider_sponsor"):
        assert (role in story.state.vacancies) == (role == "finance")
    sponsored = NameParty(
        party="provider_sponsor", person=story.person(story.holder("engagement_manager")), reason="As in small firms"
    )
    story.do(sponsored, story.state.cast.positions["managing_director"])
    all_is_the_sellers(story)
    manager = story.holder("engagement_manager")
    assert the_step(story, "finance").who == manager
    assert story.state.seller not in named(story.state, story, "finance")
    story.do(ProposeHolder(role="finance", person=story.person(PersonId("grace.oduya"))), manager)


def test_a_vacancy_stays_the_sponsors_who_may_where_its_ladder_falls_to_whoever_sells() -> None:
    story = Story("halden")
    sponsor = story.holder("provider_sponsor")
    story.wait(days=4)
    all_is_the_sellers(story)
    for role in ("engagement_manager", LEAD):
        assert the_step(story, role).who == sponsor
        assert story.state.seller not in named(story.state, story, role)


def test_an_engagement_manager_is_not_accountable_for_their_own_succession() -> None:
    """Who manages the engagement sponsors it too, and so stands on the ladder of the vacancy."""
    story = at(Stage.PRICE).copy()
    manager, head = story.holder("engagement_manager"), PersonId("ingrid.solberg")
    positions = {**story.state.cast.positions, "head_of_engagement_management": head}
    story.directory_says(story.person(head), positions=positions)
    sponsored = NameParty(party="provider_sponsor", person=story.person(manager), reason="As in small firms")
    story.do(sponsored, head)
    leaves = ReplaceHolder(
        role="engagement_manager",
        person=story.person(PersonId("jonas.weber")),
        reason="Leaves us",
        last_day=story.day(6),
    )
    story.do(leaves, head)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:engagement_manager"), Verdict.DECLINE, reason="No room")
    story.wait(hours=1)
    while story.state.vacancies["engagement_manager"].rung < len(story.playbook.ladder.vacancy):
        assert story.holder("engagement_manager") == manager
        assert manager not in named(story.state, story, "engagement_manager")
        story.wait(hours=4)


def test_where_nobody_may_name_a_holder_it_is_for_whoever_is_above_all_to_find_somebody_who_may() -> None:
    story = Story("halden")
    seller, sponsor = story.state.seller, story.holder("provider_sponsor")
    all_is_the_sellers(story)
    for person in (sponsor, PersonId("priya.raman")):
        story.leaves(person)
    step = the_step(story, LEAD)
    assert step.who == seller
    assert step.others == ()
    assert what(story.state, step) == "Find somebody who may name the delivery lead"
    assert "Luca Ferri sells or sold this deal" in why(story.state, step)
    assert str(RemedyAction.IMPORT_PEOPLE.about()) in how(story.state, step)
    card = step_card(story.state, vacancy_ref(story.state, story.state.vacancies[LEAD]), seller)
    assert (card.choices, card.action) == ((), RemedyAction.IMPORT_PEOPLE.about())
    with pytest.raises(PermissionDenied, match="Sales cannot name"):
        story.do(ProposeHolder(role=LEAD, person=story.person(PersonId("anil.mehta"))), seller)
    story.directory_says(
        story.person(PersonId("erik.strand")), positions={**story.state.cast.positions, "cfo": "erik.strand"}
    )
    assert the_step(story, LEAD).who == "erik.strand"
    story.do(ProposeHolder(role=LEAD, person=story.person(PersonId("anil.mehta"))), "erik.strand")


def test_a_wish_that_nobody_may_allow_waits_for_whoever_comes_who_may() -> None:
    story = at(Stage.PRICE).copy()
    story.do(ReleaseRole(role=LEAD, reason="Released now"), story.holder(HEAD))
    all_is_the_sellers(story)
    story.request_role(LEAD, PersonId("anil.mehta"), days=None)
    ask = story.ask(AskKind.ALLOW_ROLE)
    assert ask.asked == ()
    (step,) = (one for one in next_steps(story.state, story.now) if one.ref == ask.id)
    assert step.who == story.state.seller
    assert what(story.state, step).startswith("Find somebody who may answer")
    story.directory_says(
        story.person(PersonId("priya.raman")), positions={**story.state.cast.positions, HEAD: "priya.raman"}
    )
    assert story.now_of(ask).asked == ("priya.raman",)
    story.answer(story.now_of(ask), by="priya.raman", reason="I allow it")
    assert story.holder(LEAD) == "anil.mehta"
