"""The coverage matrix tells each function's holder or gap, and each gate has exactly one accountable."""

from functools import cache

import pytest

from domain.asks.model import AskKind
from domain.directory.people import Absence
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.commands import AgreeExpectations, NameParty, ReleaseRole, ReplaceHolder
from domain.engagement.roles.coverage_matrix import FUNCTIONS, GATES, CoverageRow, client_side, coverage_matrix, raci
from domain.engagement.roles.values import Expectation, VacancyCause
from domain.playbook.model import Stage
from domain.shared.values import PersonId
from tests.domain.story import Story, at

DEALS = ("halden", "lindqvist", "casework")
STAGES = tuple(gate for gate in GATES if gate is not Stage.SUPPORT)


@cache
def begun(deal: str, stage: Stage) -> Story:
    return at(stage, deal)


def row(state: Engagement, role: str) -> CoverageRow:
    return next(row for row in coverage_matrix(state) if row.role == role)


def not_needed(state: Engagement) -> dict[str, str]:
    return {row.function: row.why_not_needed for row in coverage_matrix(state) if row.why_not_needed}


# -- the matrix


@pytest.mark.parametrize("deal", DEALS)
@pytest.mark.parametrize("stage", STAGES)
def test_each_of_the_nine_functions_has_a_row_or_says_why_not(deal: str, stage: Stage) -> None:
    rows = coverage_matrix(begun(deal, stage).state)
    assert tuple(dict.fromkeys(row.function for row in rows)) == (*FUNCTIONS, "sponsorship")
    assert all(bool(row.role) != bool(row.why_not_needed) for row in rows)


def test_in_house_needs_neither_legal_nor_procurement_and_a_deal_without_purchases_no_procurement() -> None:
    in_house = dict.fromkeys(("procurement", "legal"), "not needed in house")
    assert not_needed(begun("casework", Stage.DELIVER).state) == in_house
    assert not_needed(begun("halden", Stage.DELIVER).state) == {"procurement": "the deal has no purchases"}


def test_a_role_held_says_who_since_when_in_what_words_and_what_the_client_confirmed() -> None:
    story = Story("halden")
    expected = (Expectation(what="A word every Friday", by=story.day(7)),)
    story.propose("engagement_manager", PersonId("marta.silva"), expectations=expected)
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I know the client")
    story.do(AgreeExpectations(role="engagement_manager", expectations=expected), "marta.silva")
    before = row(story.state, "engagement_manager")
    story.answer(story.ask(AskKind.CONFIRM_EXPECTATIONS))
    held = row(story.state, "engagement_manager")
    accepted = next(fact.at for fact in story.facts if fact.event.kind == "RoleAccepted")
    assert (held.holder, held.since, held.words) == ("marta.silva", accepted, "I know the client")
    assert (held.proposed_by, held.accountable) == ("tomasz.nowak", "marta.silva")
    assert (before.expectations, before.confirmed_by) == (expected, None)
    assert (held.expectations, held.confirmed_by) == (expected, "kari.moe")


def test_a_role_nobody_holds_says_since_when_why_and_who_must_see_it_filled() -> None:
    story = begun("halden", Stage.DELIVER).copy()
    story.leaves(PersonId("diego.ramos"))
    vacant = row(story.state, "customer_care")
    assert vacant.holder is None
    assert vacant.vacancy is not None
    assert vacant.vacancy.cause is VacancyCause.LEFT
    assert (vacant.since, vacant.accountable) == (vacant.vacancy.since, "femi.adeyemi")


def test_a_role_not_needed_yet_is_its_heads_and_no_vacancy() -> None:
    care = row(begun("halden", Stage.QUALIFY).state, "customer_care")
    assert (care.needed_by, care.vacancy, care.since, care.accountable) == (Stage.SOW, None, None, "femi.adeyemi")


def test_a_proposal_pending_says_to_whom_since_when_and_until_when() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("marta.silva"))
    ask = story.ask(AskKind.ACCEPT_ROLE)
    pending = row(story.state, "engagement_manager").pending
    assert pending is not None
    assert (pending.person_id, pending.asked, pending.since, pending.due) == (
        "marta.silva",
        ("marta.silva",),
        ask.opened_at,
        ask.due_at,
    )


def test_a_waiver_shows_with_its_end_beside_what_the_holder_lacks() -> None:
    story = Story("halden")
    story.propose("engagement_manager", PersonId("sofie.berg"), waiver="With a coach")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    held = row(story.state, "engagement_manager")
    assert held.waiver is not None
    assert (held.waiver.reason, held.waiver.until) == ("With a coach", story.waiver("With a coach").until)
    assert held.lacking == (
        "is not engagement manager in the directory",
        "client acquisition 2 of 4",
        "business leadership 3 of 4",
    )


@pytest.mark.parametrize(
    ("delegate", "stand_in", "accountable"),
    [("jonas.weber", "jonas.weber", "marta.silva"), (None, None, "tomasz.nowak")],
)
def test_an_absence_says_until_when_and_who_answers_meanwhile(
    delegate: str | None, stand_in: str | None, accountable: str
) -> None:
    story = begun("halden", Stage.DELIVER).copy()
    absence = Absence(person="marta.silva", first=story.day(), last=story.day(9), delegate=delegate)
    story.directory_says(story.person(PersonId("jonas.weber")), absences=(absence,))
    story.wait(hours=1)
    held = row(story.state, "engagement_manager")
    assert held.away is not None
    assert (held.away.until, held.away.stand_in) == (absence.last, stand_in)
    assert (held.holder, held.accountable) == ("marta.silva", accountable)


def test_a_handover_says_who_stays_beside_until_when() -> None:
    story = begun("halden", Stage.DELIVER).copy()
    jonas, last_day = story.person(PersonId("jonas.weber")), story.day(10)
    command = ReplaceHolder(role="engagement_manager", person=jonas, reason="Another vertical", last_day=last_day)
    story.do(command, "tomasz.nowak")
    story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="Gladly")
    beside = row(story.state, "engagement_manager").handover
    assert beside is not None
    assert (beside.person_id, beside.last_day) == ("marta.silva", last_day)


def test_the_clients_side_names_each_party_and_a_counterpart_not_named_yet_has_no_clock() -> None:
    story = begun("halden", Stage.DELIVER).copy()
    side = [(party.party, party.person_id, party.vacancy) for party in client_side(story.state)]
    assert side == [
        ("client_sponsor", "kari.moe", None),
        ("client_signatory", "kari.moe", None),
        ("client_contact", "odd.vik", None),
        ("counterpart", None, None),
    ]
    story.do(NameParty(party="counterpart", person=story.person(PersonId("odd.vik")), reason="Agreed"), "marta.silva")
    assert client_side(story.state)[-1].person_id == "odd.vik"


def test_a_sponsor_of_the_client_who_left_is_vacant_with_a_clock() -> None:
    story = begun("halden", Stage.DELIVER).copy()
    story.leaves(PersonId("kari.moe"))
    sponsor = client_side(story.state)[0]
    assert (sponsor.person_id, sponsor.vacancy and sponsor.vacancy.accountable) == (None, "tomasz.nowak")


# -- RACI


ACCOUNTABLE = {
    Stage.QUALIFY: "sales",
    Stage.ESTIMATE: "delivery_lead",
    Stage.PRICE: "engagement_manager",
    Stage.DECIDE: "provider_sponsor",
    Stage.SOW: "provider_sponsor",
    Stage.BRD: "engagement_manager",
    Stage.HANDOFF: "engagement_manager",
    Stage.DELIVER: "engagement_manager",
    Stage.SUPPORT: "engagement_manager",
}


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_is_answered_for_by(gate: Stage) -> None:
    assert raci(begun("halden", Stage.DELIVER).state, gate).accountable.role == ACCOUNTABLE[gate]


@pytest.mark.parametrize(("deal", "role"), [("lindqvist", "engagement_manager"), ("casework", "managing_director")])
def test_the_decision_is_answered_for_by_its_final_say_passed_on_where_they_vote(deal: str, role: str) -> None:
    assert raci(begun(deal, Stage.SOW).state, Stage.DECIDE).accountable.role == role


def test_voters_reviewers_and_approvers_are_consulted_and_the_project_manager_from_decide_on() -> None:
    state = begun("halden", Stage.DELIVER).state
    consulted = {gate: {part.role for part in raci(state, gate).consulted} for gate in GATES}
    assert {"engagement_manager", "delivery_lead", "finance"} <= consulted[Stage.DECIDE]
    assert {"legal", "quality", "client_signatory"} <= consulted[Stage.SOW]
    assert "project_manager" not in consulted[Stage.PRICE]
    assert "project_manager" in consulted[Stage.DECIDE] & consulted[Stage.SOW] & consulted[Stage.BRD]


def check_raci(state: Engagement) -> None:
    """Each gate has one accountable: a colleague who is here and does not manage the project."""
    for gate in GATES:
        told = raci(state, gate)
        person = told.accountable.person_id
        assert state.cast.is_here(person), (gate, person)
        assert person != state.cast.holder("project_manager"), (gate, person)
        roles = [part.role for part in (*told.responsible, *told.consulted, *told.informed)]
        assert len(roles) == len(set(roles)), (gate, roles)


@pytest.mark.parametrize("deal", DEALS)
@pytest.mark.parametrize("stage", STAGES)
def test_whoever_leaves_every_gate_has_one_accountable_colleague(deal: str, stage: Stage) -> None:
    story = begun(deal, stage)
    check_raci(story.state)
    for person in sorted(set(story.state.cast.holders.values())):
        gone = story.copy()
        gone.leaves(person)
        check_raci(gone.state)
        gone.wait(days=5)
        check_raci(gone.state)


def test_a_project_manager_who_holds_a_second_role_is_accountable_at_no_gate() -> None:
    story = begun("halden", Stage.DELIVER).copy()
    story.do(ReleaseRole(role="delivery_lead", reason="Needed elsewhere"), "priya.raman")
    story.request_role("delivery_lead", PersonId("peter.olsen"), "Until Anil is back")
    story.answer(story.ask(AskKind.ALLOW_ROLE), reason="For three weeks")
    assert story.holder("delivery_lead") == "peter.olsen"
    assert raci(story.state, Stage.ESTIMATE).accountable.person_id == "priya.raman"
    check_raci(story.state)
