"""A return of hours may mean some of the packages alone: only those are asked again, and nobody's figures are shown."""

import pytest

from domain.asks.card import Card, CardPlace, card_for, thread_card
from domain.asks.context_shown import shown_beside
from domain.asks.model import Ask, AskKind, Verdict
from domain.engagement.permissions import may_see_facts
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate, PackageHours, SetWorkPackages
from domain.engagement.scope.estimates import is_estimated, packages_returned
from domain.engagement.scope.values import ReturnedPackage, WorkPackage
from domain.engagement.size.reserved import _way_to_the_baseline
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import step_card
from domain.next_steps.model import next_steps
from domain.next_steps.references import act_ref
from domain.next_steps.texts import why_sent_back
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints, likely_slip
from domain.shared.errors import BadValue
from domain.shared.limits import MAX_RETURN_NOTE_BYTES
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from tests.domain.test_two_experts import BOLD, CAREFUL, DATA, KOFI, ROSA, asked_together, give

LEAD = PersonId("anil.mehta")
MORE = WorkPackage(id="W18", title="Archive", discipline="data", grade="consultant")


def asked_of_two() -> tuple[Story, Ask]:
    """Kofi and Rosa are asked for W5 and W18."""
    story, _ = asked_together()
    story.do(SetWorkPackages(packages=(*story.state.packages.values(), MORE)), story.state.seller)
    return story, story.ask(AskKind.ESTIMATE, DATA)


def asked_to_attest() -> tuple[Story, Ask]:
    story = at(Stage.ESTIMATE).until(lambda one: any(one.state.open_asks(AskKind.ATTEST_ESTIMATE))).copy()
    return story, story.ask(AskKind.ATTEST_ESTIMATE, f"attest:{LEAD}")


def to_attest(story: Story, package: str = "W5") -> Ask:
    """Plays on, with the scope as it is, until delivery is asked to attest a package."""
    for _ in story.cover(Stage.ESTIMATE):
        pass
    for ask in list(story.state.open_asks(AskKind.ESTIMATE)):
        for voter in ask.silent:
            give(story, ask, voter.person_id, BOLD, *story.state.still_owed(story.now_of(ask)))
    for ask in list(story.state.open_asks(AskKind.CONFIRM_STAFFING)):
        story.answer(ask)
    return next(one for one in story.state.open_asks(AskKind.ATTEST_ESTIMATE) if package in one.packages)


def chosen_of_two(hours: ThreePoints) -> tuple[Story, Ask]:
    """Kofi and Rosa have given hours for W5 and W18, these were chosen, and delivery is asked to attest them."""
    story, ask = asked_of_two()
    for by, given in ((KOFI, CAREFUL), (ROSA, BOLD)):
        give(story, ask, by, given, "W5", "W18")
    for package in ("W5", "W18"):
        story.do(ChooseEstimate(package=package, hours=hours, statement="As one of them says"), LEAD)
    return story, to_attest(story)


def shown_to(story: Story, ask: Ask, person: PersonId) -> Card:
    place = CardPlace(story.state.id, "Title", "Client")
    card = card_for(story.state, story.now_of(ask), place, person, whole=True)
    return card.replace(beside=shown_beside(story.state, story.state, story.now_of(ask), Actor(person_id=person)))


def clarify(story: Story, package: str, assumes: str) -> None:
    packages = dict(story.state.packages)
    packages[package] = packages[package].replace(assumes=(assumes,))
    story.do(SetWorkPackages(packages=tuple(packages.values())), story.state.seller)


def test_delivery_returns_one_package_and_the_hours_of_the_others_stand() -> None:
    story, ask = asked_to_attest()
    first, *_ = story.state.returnable(ask)
    before = {(one.package, one.by): one for one in story.state.estimates if one.package != first}
    story.answer(ask, Verdict.RETURN, reason="Too low by far", packages=(first,))
    assert {(one.package, one.by): one for one in story.state.estimates} == before
    asked = list(story.state.open_asks(AskKind.ESTIMATE))
    assert [set(story.shown(one)) for one in asked] == [{first, "returned by delivery"}]
    assert story.shown(asked[0])["returned by delivery"] == f"{first}: Too low by far"
    assert story.now_of(ask).why_ended == f"{first}: Too low by far"


def test_choices_of_packages_that_were_not_returned_stand() -> None:
    story, attest = chosen_of_two(BOLD)
    story.answer(attest, Verdict.RETURN, reason="Too low", packages=("W18",))
    assert "W5" in story.state.choices
    assert "W18" not in story.state.choices


def test_who_is_asked_again_sees_their_own_figures_and_nobody_elses() -> None:
    story, attest = chosen_of_two(BOLD)
    story.answer(attest, Verdict.RETURN, reason="Too low")
    again = story.ask(AskKind.ESTIMATE, DATA)
    for reader, own, other in ((KOFI, CAREFUL, BOLD), (ROSA, BOLD, CAREFUL)):
        card = shown_to(story, again, reader)
        told = " ".join((*card.facts.values(), *card.beside.values(), *card.changed))
        assert own.written in told
        assert other.written not in told
        assert story.state.hours_before(reader, "W5") is not None
    give(story, again, KOFI, BOLD, "W5")
    assert story.state.hours_before(KOFI, "W5") is None


def test_an_expert_returns_one_package_and_the_seller_is_to_clarify_that_alone() -> None:
    story, ask = asked_of_two()
    give(story, ask, ROSA, BOLD, "W5", "W18")
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    owed = story.state.acts["answer_return:data"]
    card = step_card(story.state, act_ref(story.state, owed), owed.owner)
    assert [*packages_returned(story.state, "data")] == ["W18"]
    assert card.facts == ("W18: Archive",)
    assert (card.sent_back or "").endswith("W18: Two formats")


def owed_by(story: Story, person: PersonId) -> list[str]:
    """The packages that somebody is asked for, as their next steps say."""
    steps = [one for one in next_steps(story.state, story.now) if (one.kind, one.who) == ("ask", person)]
    mine = [ask for one in steps if one.ask_id and (ask := story.state.asks[one.ask_id]).kind is AskKind.ESTIMATE]
    return [name for ask in mine for name in ask.packages if name in story.state.hours_owed_by(person, ask)]


def asked_alone() -> tuple[Story, Ask]:
    """Kofi alone is asked for W5 and W18."""
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    story.do(SetWorkPackages(packages=(*story.state.packages.values(), MORE)), story.state.seller)
    return story, story.ask(AskKind.ESTIMATE, DATA)


def test_what_was_asked_beside_a_package_that_came_back_is_asked_on() -> None:
    story, ask = asked_alone()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    assert owed_by(story, KOFI) == ["W5"]
    assert [*packages_returned(story.state, "data")] == ["W18"]
    assert story.state.acts["answer_return:data"].returned == ask.id
    give(story, story.ask(AskKind.ESTIMATE, DATA), KOFI, BOLD, "W5")
    assert not list(story.state.open_asks(AskKind.ESTIMATE, subject=DATA))
    assert not is_estimated(story.state)
    clarify(story, "W18", "Policies alone")
    again = story.ask(AskKind.ESTIMATE, DATA)
    assert set(again.packages) == {"W18"}
    assert not [line for line in (*again.difference, *shown_to(story, again, KOFI).changed) if "W5" in line]
    assert "answer_return:data" not in story.state.acts


def test_one_of_two_who_returns_a_package_still_owes_the_others_though_all_have_hours() -> None:
    story, ask = asked_of_two()
    give(story, ask, ROSA, BOLD, "W5", "W18")
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    assert (owed_by(story, KOFI), owed_by(story, ROSA)) == (["W5"], [])


def test_packages_that_come_back_one_after_the_other_are_all_the_sellers_until_each_is_clear() -> None:
    story, ask = asked_alone()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    story.answer(story.ask(AskKind.ESTIMATE, DATA), Verdict.RETURN, by=KOFI, reason="For how many plants?")
    owed = story.state.acts["answer_return:data"]
    facts = step_card(story.state, act_ref(story.state, owed), owed.owner).facts
    assert [fact.partition(":")[0] for fact in facts] == ["W5", "W18"]
    assert why_sent_back(story.state, owed) == "Returned by Kofi Mensah (expert for data): W18: Two formats"
    assert facts[0].endswith("Returned by Kofi Mensah: For how many plants?")
    other = story.copy()
    clarify(story, "W5", "Eight plants")
    assert owed_by(story, KOFI) == ["W5"]
    assert [*packages_returned(story.state, "data")] == ["W18"]
    clarify(other, "W18", "Policies alone")
    assert owed_by(other, KOFI) == ["W18"]
    assert [*packages_returned(other.state, "data")] == ["W5"]


def test_a_package_that_came_back_stays_so_however_often_the_others_are_asked_anew() -> None:
    story, ask = asked_alone()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    for n in range(4):
        clarify(story, "W5", f"{n} plants")
    assert owed_by(story, KOFI) == ["W5"]
    owed = story.state.acts["answer_return:data"]
    assert why_sent_back(story.state, owed) == "Returned by Kofi Mensah: Two formats"


def test_hours_for_a_package_after_all_are_taken_though_it_had_come_back() -> None:
    story, ask = asked_alone()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    late = tuple(PackageHours(package=name, hours=BOLD) for name in ("W5", "W18"))
    story.do(GiveEstimate(estimates=late), KOFI)
    assert not packages_returned(story.state, "data")
    assert "answer_return:data" not in story.state.acts


def test_after_it_is_clarified_hours_stand_for_the_rest_and_who_gave_them_reads_what_fell() -> None:
    story, ask = asked_of_two()
    give(story, ask, ROSA, BOLD, "W5", "W18")
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    clarify(story, "W18", "Policies alone")
    again = story.ask(AskKind.ESTIMATE, DATA)
    assert set(again.packages) == {"W5", "W18"}
    assert [one.package for one in story.state.estimates if one.by == ROSA and one.package in again.packages] == ["W5"]
    beside = shown_to(story, again, ROSA).beside
    assert BOLD.written in beside["W18, as you gave it before (no longer counts)"]
    assert {said.name: said.said for said in shown_to(story, again, KOFI).people}["Rosa Klein"] == (
        "hours given for W5, W18 open"
    )


@pytest.mark.parametrize(
    ("verdict", "packages", "told"),
    [
        (Verdict.RETURN, ("W1",), "W1 cannot be returned separately"),
        (Verdict.NEED_INFO, ("W18",), "Only a return can name packages"),
    ],
)
def test_only_what_is_asked_is_returned_apart(verdict: Verdict, packages: tuple[str, ...], told: str) -> None:
    story, ask = asked_of_two()
    with pytest.raises(BadValue, match=told) as refused:
        story.answer(ask, verdict, by=KOFI, reason="Two formats", packages=packages)
    assert refused.value.refused.field == "packages"


def test_what_is_one_package_is_returned_whole() -> None:
    story, ask = asked_together()
    (choice,) = [one for one in shown_to(story, ask, KOFI).choices if one.verdict is Verdict.RETURN]
    assert choice.packages == ()


def test_the_same_reason_once_more_asks_the_experts_once_more() -> None:
    story, _ = asked_to_attest()
    for _ in range(2):
        attest = next(story.state.open_asks(AskKind.ATTEST_ESTIMATE))
        story.answer(attest, Verdict.RETURN, reason="Too low by far.")
        (subject, *_) = [one.subject for one in story.state.open_asks(AskKind.ESTIMATE)]
        first = story.ask(AskKind.ESTIMATE, subject)
        story.answer(first, Verdict.RETURN, reason="What is too low?")
        assert ActKind.ANSWER_RETURN in {act.kind for act in story.state.acts.values()}
        late = tuple(PackageHours(package=n, hours=BOLD) for n in first.packages if n in story.state.packages)
        story.do(GiveEstimate(estimates=late), first.voters[0].person_id)
        to_attest(story, "W1")


def test_what_they_assumed_stays_with_hours_that_were_returned() -> None:
    story, ask = asked_together()
    given = PackageHours(package="W5", hours=CAREFUL, assumptions=("Extracts come weekly",), risks=("Dirty masters",))
    story.do(GiveEstimate(estimates=(given,)), KOFI)
    give(story, ask, ROSA, BOLD)
    story.do(ChooseEstimate(package="W5", hours=CAREFUL, statement="Kofi knows it"), LEAD)
    attest = to_attest(story)
    story.answer(attest, Verdict.RETURN, reason="Too low")
    story.do(GiveEstimate(estimates=(PackageHours(package="W5", hours=BOLD),)), KOFI)
    own = next(one for one in story.state.estimates if (one.package, one.by) == ("W5", KOFI))
    assert (own.assumptions, own.risks) == (("Extracts come weekly",), ("Dirty masters",))


def chosen() -> tuple[Story, Ask]:
    """Both gave hours for W5 and W18, and the lead has chosen Rosa's."""
    story, ask = asked_of_two()
    for by, hours in ((KOFI, CAREFUL), (ROSA, BOLD)):
        give(story, ask, by, hours, "W5", "W18")
    for package in ("W5", "W18"):
        story.do(ChooseEstimate(package=package, hours=BOLD, statement="As Rosa says."), LEAD)
    return story, ask


def test_whoever_corrects_hours_reads_which_choice_falls_by_that_and_the_lead_why_they_choose_again() -> None:
    story, _ = chosen()
    other = CAREFUL.replace(likely=CAREFUL.likely + 1)
    decision = story.do(GiveEstimate(estimates=(PackageHours(package="W18", hours=other),)), KOFI)
    said = [sentence for event in decision.events for sentence in event.said]
    assert "The hours of W18 had been chosen. The delivery lead is asked to choose again." in said
    assert "W5" in story.state.choices
    owed = story.state.acts["choose_estimate:W18"]
    facts = step_card(story.state, act_ref(story.state, owed), LEAD).facts
    assert facts[-1] == f"Chosen before Kofi Mensah corrected theirs: {BOLD}, because: As Rosa says. Choose again."
    story.do(ChooseEstimate(package="W18", hours=BOLD, statement="Still so"), LEAD)
    assert story.state.undone == {}


def test_hours_whose_highest_is_far_above_their_likely_are_taken_with_a_word() -> None:
    story, ask = asked_together()
    slip = ThreePoints(optimistic=40, likely=60, pessimistic=1000)
    decision = story.do(GiveEstimate(estimates=(PackageHours(package="W5", hours=slip),)), KOFI)
    said = [sentence for event in decision.events for sentence in event.said]
    assert said == ["The highest of W5 is 17 times its likely (40/60/1000 h): if that is a mistake, correct it."]
    assert likely_slip("W5", ThreePoints(optimistic=0, likely=0, pessimistic=0)) == (
        "W5 has no hours at all (0/0/0 h): if that is a mistake, correct it."
    )
    assert story.now_of(ask).is_open


def test_whoever_is_asked_anew_reads_no_others_hours_where_they_were_returned() -> None:
    story, attest = chosen_of_two(CAREFUL)
    assert may_see_facts(story.state, Actor(person_id=ROSA), attest)
    story.answer(attest, Verdict.RETURN, reason="Too low", packages=("W18",))
    returned = story.now_of(attest)
    assert not may_see_facts(story.state, Actor(person_id=ROSA), returned)
    assert may_see_facts(story.state, Actor(person_id=LEAD), returned)


def test_why_hours_came_back_stands_on_the_thread() -> None:
    story, ask = asked_alone()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats", packages=("W18",))
    ended = thread_card(story.state, story.now_of(ask), CardPlace(story.state.id, "Title", "Client")).ended
    assert ended is not None
    assert ended.endswith("Because: W18: Two formats.")


def test_hours_that_count_no_more_are_forgotten_once_both_sides_have_signed() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW))).copy()
    story.state = story.state.replace(fallen=story.state.estimates)
    for _ in story.answer_all(AskKind.SIGN_SOW):
        pass
    assert story.state.baseline_signed
    assert story.state.fallen == ()


def test_a_return_of_hours_that_stand_takes_none_of_the_room_kept_for_others() -> None:
    story, _ = asked_of_two()
    give(story, story.ask(AskKind.ESTIMATE, DATA), KOFI, CAREFUL, "W5", "W18")
    stands = story.state.replace(fallen=story.state.estimates, estimates=())
    back = ReturnedPackage(ask_id="ENG-2026-0001.A1", by=KOFI, because="x" * MAX_RETURN_NOTE_BYTES, shown="0" * 64)
    assert _way_to_the_baseline(stands.replace(returned={"W5": back})) == _way_to_the_baseline(stands)
