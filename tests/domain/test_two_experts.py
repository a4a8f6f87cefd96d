"""Where several experts estimate one discipline, each gives hours of their own, and the delivery lead chooses."""

import pytest

from application.queries.engagement import engagement_view
from application.queries.step_views import step_views
from application.queries.view import Reader
from domain.asks.answers_shown import hours_shown_otherwise, method_in_words
from domain.asks.card import CardPlace, card_for
from domain.asks.model import Ask, AskKind, Outcome, Verdict
from domain.directory.people import Absence
from domain.engagement.pricing.deal_decision import beside_the_deal
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate, PackageHours, SetWorkPackages
from domain.engagement.scope.estimates import is_estimated, open_of_hours
from domain.engagement.scope.events import EstimateGiven
from domain.engagement.scope.values import WorkPackage
from domain.engagement.withdrawal_reasons import NOTHING_LEFT, why_it_fell
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.model import next_steps
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.calendar import day_shown
from domain.shared.errors import AskHasEnded, BadValue, HoursGivenSince
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import PersonId
from tests.domain.story import Story

DATA = "estimate:data"
KOFI, ROSA = PersonId("kofi.mensah"), PersonId("rosa.klein")
CAREFUL = ThreePoints(optimistic=160, likely=240, pessimistic=500)
BOLD = ThreePoints(optimistic=100, likely=140, pessimistic=200)


def asked_together() -> tuple[Story, Ask]:
    """Kofi is asked for W5, and Rosa has joined him as a further expert for data."""
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    join(story)
    return story, story.ask(AskKind.ESTIMATE, DATA)


def join(story: Story) -> None:
    story.propose("expert:data", ROSA, further=True, waiver="With Kofi beside her")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:expert:data"))


def give(story: Story, ask: Ask, by: PersonId, hours: ThreePoints, *packages: str) -> None:
    shown = story.now_of(ask)
    own = story.state.hours_given(shown).get(by, {})
    known = {name: own[name].written if name in own else "" for name in packages or ("W5",)}
    given = tuple(PackageHours(package=name, hours=hours, known=was) for name, was in known.items())
    story.do(GiveEstimate(estimates=given, shown={"ask_id": shown.id, "subject_hash": shown.subject_hash}), by)


def owing(story: Story, ask: Ask) -> set[str]:
    return {step.who for step in next_steps(story.state, story.now) if step.ref == ask.id}


def test_who_joins_while_hours_are_asked_is_asked_too() -> None:
    story, ask = asked_together()
    assert owing(story, ask) == {KOFI, ROSA}
    told = [message for message in story.messages_told() if message.to == ROSA and message.ask_id == ask.id]
    assert "Three points in hours for W5" in told[-1].text


def test_of_each_package_it_is_said_what_is_open_of_its_hours_and_whose_it_is() -> None:
    story, ask = asked_together()

    def is_open() -> str:
        return open_of_hours(story.state, story.state.packages["W5"])

    assert is_open() == "Kofi Mensah and Rosa Klein owe hours"
    give(story, ask, KOFI, CAREFUL)
    assert is_open() == "Rosa Klein owes hours"
    back, (_, other) = story.copy(), asked_together()
    back.answer(other, Verdict.RETURN, by=ROSA, reason="Two formats")
    assert open_of_hours(back.state, back.state.packages["W5"]) == (
        "sent back by Rosa Klein, for the seller to split or clarify"
    )
    give(story, ask, ROSA, BOLD)
    assert is_open() == "to be chosen among those of Kofi Mensah and Rosa Klein"
    story.do(ChooseEstimate(package="W5", hours=BOLD, statement="As Rosa says"), "anil.mehta")
    assert is_open() == ""


def test_whoever_decides_the_deal_reads_of_all_experts_of_a_discipline() -> None:
    story, _ = asked_together()
    assert "expert for data Kofi Mensah and Rosa Klein" in beside_the_deal(story.state)["coverage"]


@pytest.mark.parametrize(("first", "second"), [(KOFI, ROSA), (ROSA, KOFI)])
def test_the_first_who_gives_hours_shuts_nobody_out(first: PersonId, second: PersonId) -> None:
    story, ask = asked_together()
    give(story, ask, first, CAREFUL)
    assert owing(story, ask) == {second}
    give(story, ask, second, BOLD)
    assert not story.now_of(ask).is_open
    assert {one.by: one.hours for one in story.state.estimates} == {first: CAREFUL, second: BOLD}


def test_nothing_rests_on_hours_that_somebody_still_owes() -> None:
    story, ask = asked_together()
    for other in list(story.state.open_asks(AskKind.ESTIMATE)):
        if other.id != ask.id:
            give(story, other, other.silent[0].person_id, CAREFUL, *(name for name in other.packages))
    give(story, ask, KOFI, CAREFUL)
    assert not list(story.state.open_asks(AskKind.CONFIRM_STAFFING, AskKind.ATTEST_ESTIMATE))
    assert not [act for act in story.state.acts.values() if act.kind is ActKind.CHOOSE_ESTIMATE]
    give(story, ask, ROSA, BOLD)
    assert [act.subject for act in story.state.acts.values() if act.kind is ActKind.CHOOSE_ESTIMATE] == ["W5"]


def test_silence_ends_nothing_and_the_lead_goes_on_with_the_hours_of_one_by_choosing_them() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    story.wait(days=1)
    assert owed_on_data(story) == []
    story.wait(days=5)
    assert story.now_of(ask).is_open
    assert owing(story, ask) == {ROSA}
    assert owed_on_data(story) == [ActKind.CHOOSE_ESTIMATE]
    story.do(ChooseEstimate(package="W5", hours=CAREFUL, statement="Rosa is ill"), "anil.mehta")
    assert story.now_of(ask).outcome is Outcome.APPROVED
    assert owed_on_data(story) == []


def test_hours_that_come_late_are_chosen_among_all_the_same() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    story.wait(days=7)
    assert story.now_of(ask).rung > 0
    give(story, ask, ROSA, BOLD)
    assert not story.now_of(ask).is_open
    assert owed_on_data(story) == [ActKind.CHOOSE_ESTIMATE]


def test_whoever_gave_hours_may_correct_them_while_another_owes_theirs() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    give(story, ask, KOFI, BOLD)
    assert owing(story, ask) == {ROSA}
    assert [one.hours for one in story.state.estimates if one.package == "W5"] == [BOLD]


@pytest.mark.parametrize("by", [KOFI, ROSA])
def test_a_return_of_either_is_the_sellers_to_answer_though_the_other_gave_hours(by: str) -> None:
    story, ask = asked_together()
    other = ROSA if by == KOFI else KOFI
    give(story, ask, other, CAREFUL)
    story.answer(ask, Verdict.RETURN, by=by, reason="History is in two formats")
    assert story.now_of(ask).outcome is Outcome.RETURNED
    assert owed_on_data(story) == [ActKind.ANSWER_RETURN]
    assert not is_estimated(story.state)
    late = PackageHours(package="W5", hours=BOLD)
    story.do(GiveEstimate(estimates=(late,)), by)
    assert owed_on_data(story) == [ActKind.CHOOSE_ESTIMATE]


def owed_on_data(story: Story) -> list[ActKind]:
    return [act.kind for act in story.state.acts.values() if act.subject in {"data", "W5"}]


def test_hours_for_some_and_a_return_of_the_rest_are_not_asked_again() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject="estimate:development")))
    story = story.copy()
    ask = story.ask(AskKind.ESTIMATE, "estimate:development")
    give(story, ask, ROSA, BOLD, "W2")
    story.answer(ask, Verdict.RETURN, by=ROSA, reason="W3 is two packages")
    assert not list(story.state.open_asks(AskKind.ESTIMATE, subject="estimate:development"))
    assert [act.kind for act in story.state.acts.values() if act.subject == "development"] == [ActKind.ANSWER_RETURN]


def test_more_packages_ask_nobody_twice_for_what_they_gave_and_nobody_less() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    more = WorkPackage(id="W18", title="Archive", discipline="data", grade="consultant")
    story.do(SetWorkPackages(packages=(*story.state.packages.values(), more)), story.state.seller)
    asked = story.ask(AskKind.ESTIMATE, DATA)
    assert set(asked.packages) == {"W5", "W18"}
    give(story, asked, ROSA, BOLD, "W5", "W18")
    give(story, asked, KOFI, BOLD, "W18")
    assert not story.now_of(asked).is_open
    assert {(one.by, one.package): one.hours for one in story.state.estimates if one.package == "W5"} == {
        (KOFI, "W5"): CAREFUL,
        (ROSA, "W5"): BOLD,
    }


def test_who_leaves_is_waited_for_no_longer() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    story.leaves(ROSA)
    assert not story.now_of(ask).is_open
    assert story.state.stage is Stage.ESTIMATE


def test_the_card_says_that_each_gives_hours_and_who_has() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    now = story.now_of(ask)
    assert method_in_words(story.state.cast, now) == (
        "Each of Kofi Mensah and Rosa Klein gives hours, and the delivery lead chooses: "
        "once it is due, of those given by then."
    )
    card = card_for(story.state, now, CardPlace(story.state.id, "Title", "Client"), ROSA, whole=True)
    assert [(said.name, said.said) for said in card.people] == [
        ("Kofi Mensah", "hours given"),
        ("Rosa Klein", "silent"),
    ]


def offered_to(story: Story, ask: Ask, person: PersonId) -> list[str]:
    place = CardPlace(story.state.id, "Title", "Client")
    return [choice.label for choice in card_for(story.state, story.now_of(ask), place, person, whole=True).choices]


def test_whoever_gave_hours_corrects_them_on_their_card_until_delivery_attests_them() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    assert offered_to(story, ask, KOFI) == ["Correct the hours"]
    give(story, ask, ROSA, BOLD)
    assert [offered_to(story, ask, one) for one in (KOFI, ROSA, PersonId("anil.mehta"))] == [
        ["Correct the hours"]
    ] * 2 + [[]]
    before = story.state
    give(story, ask, KOFI, BOLD)
    assert hours_shown_otherwise(before, story.state) == {ask.id}
    choice = {"package": "W5", "hours": BOLD, "statement": "Both say so."}
    story.do(ChooseEstimate(**choice), "anil.mehta")
    for _ in story.chapter():
        if "W5" in story.state.attestations:
            break
    assert offered_to(story, ask, KOFI) == []
    with pytest.raises(BadValue, match="has attested the hours of W5"):
        give(story, ask, KOFI, CAREFUL)


def test_other_hours_once_delivery_stands_behind_them_say_why_to_everybody_whose_ask_falls() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    decides, asked = story.ask(AskKind.DECIDE_DEAL), story.state.last_ask(AskKind.ESTIMATE, DATA)
    assert asked is not None
    expert, package = asked.gave_hours[0], next(name for name in asked.packages if name in story.state.packages)
    given = (PackageHours(package=package, hours=CAREFUL),)
    shown = {"ask_id": asked.id, "subject_hash": asked.subject_hash}
    with pytest.raises(BadValue, match="has attested"):
        story.do(GiveEstimate(estimates=given, shown=shown), expert)
    story.do(GiveEstimate(estimates=given, shown=shown, reason="The interface is another"), expert)
    slip = (PackageHours(package=package, hours=BOLD),)
    story.copy().do(GiveEstimate(estimates=slip, shown=shown), expert)  # and is corrected before it is attested
    why = story.now_of(decides).ended_because
    name = story.state.cast.name(expert)
    assert why == f"{name} gave other hours for {package}: The interface is another."
    assert story.state.price is not None
    assert story.state.price.status is PriceStatus.STALE


def test_a_client_whose_ask_falls_reads_nothing_of_what_was_done_inside() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    client = story.holder("client_sponsor")
    transaction = Transaction(story.state, Actor(person_id=story.holder("expert:data")), story.now)
    transaction.record(EstimateGiven(estimates=story.state.estimates[:1], because="The interface is another"))
    inside = story.ask(AskKind.DECIDE_DEAL)
    assert "The interface is another" in why_it_fell(transaction, inside)
    theirs = inside.replace(voters=(inside.voters[0].replace(person_id=client),))
    assert why_it_fell(transaction, theirs) == NOTHING_LEFT


def test_whoever_said_yes_to_what_rests_on_hours_is_told_why_they_are_other_though_nothing_is_open() -> None:
    story = Story("lindqvist").until(lambda one: any(one.state.open_asks(AskKind.SIGN_SOW))).copy()
    asked, since = story.state.last_ask(AskKind.ESTIMATE, DATA), len(story.facts)
    assert asked is not None
    expert, package = asked.gave_hours[0], next(name for name in asked.packages if name in story.state.packages)
    given = (PackageHours(package=package, hours=CAREFUL),)
    story.do(GiveEstimate(estimates=given, reason="The interface is another"), expert)
    told = {one.to: one.text for one in story.messages_told(since) if one.kind == "hours"}
    assert all("The interface is another." in text for text in told.values())
    attested = {vote.by for ask in story.state.asks.values() for vote in ask.votes if ask.kind is AskKind.DECIDE_DEAL}
    assert attested <= told.keys()
    assert not any(map(story.state.cast.is_client, told))


def test_an_ask_that_was_returned_and_asked_anew_takes_no_hours_for_what_it_showed() -> None:
    story, ask = asked_together()
    story.answer(ask, Verdict.RETURN, by=KOFI, reason="Two formats")
    old = story.now_of(ask)
    clear = story.state.packages["W5"].replace(title="One format")
    packages = tuple({**story.state.packages, "W5": clear}.values())
    story.do(SetWorkPackages(packages=packages), story.state.seller)
    assert story.ask(AskKind.ESTIMATE, DATA).id != old.id
    given = (PackageHours(package="W5", hours=BOLD),)
    with pytest.raises(AskHasEnded):
        story.do(GiveEstimate(estimates=given, shown={"ask_id": old.id, "subject_hash": old.subject_hash}), KOFI)


def test_a_card_that_has_ended_takes_hours_from_nobody_who_gave_none() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    story.do(ChooseEstimate(package="W5", hours=CAREFUL, statement="Rosa is ill"), "anil.mehta")
    assert offered_to(story, ask, ROSA) == []
    with pytest.raises(AskHasEnded):
        give(story, ask, ROSA, BOLD)


def test_a_card_shows_its_reader_the_hours_that_they_gave() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    place = CardPlace(story.state.id, "Title", "Client")
    card = card_for(story.state, story.now_of(ask), place, KOFI, whole=True)
    assert {said.name: said.said for said in card.people} == {"Kofi Mensah": "W5 160/240/500 h", "Rosa Klein": "silent"}


def test_whoever_is_to_be_an_expert_reads_what_they_would_estimate() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    story.propose("expert:data", ROSA, further=True, waiver="With Kofi beside her")
    beside = story.ask(AskKind.ACCEPT_ROLE, "role:expert:data").beside
    assert beside["work packages"].startswith("W5 Master and history data")
    assert beside["who estimates them too"].startswith("Kofi Mensah: each of you gives your own hours")
    assert beside["what you will owe"].endswith("already asked for")
    assert set(beside) == {"work packages", "requested dates", "what you will owe", "who estimates them too"}


def test_a_changed_package_shows_what_changed_of_it_alone() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    packages = dict(story.state.packages)
    packages["W5"] = packages["W5"].replace(assumes=("Extracts come weekly",), risks=("Dirty masters",))
    story.do(SetWorkPackages(packages=tuple(packages.values())), story.state.seller)
    packages["W5"] = packages["W5"].replace(assumes=("Extracts come daily",))
    story.do(SetWorkPackages(packages=tuple(packages.values())), story.state.seller)
    ask = story.ask(AskKind.ESTIMATE, DATA)
    assert "risk: Dirty masters" in story.shown(ask)["W5"]
    assert ask.difference == ("W5: assumes: Extracts come weekly → assumes: Extracts come daily",)


def test_the_lead_reads_who_gave_the_hours_by_name() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ATTEST_ESTIMATE)))
    ask = next(one for one in story.state.open_asks(AskKind.ATTEST_ESTIMATE) if "W5" in one.packages)
    card = card_for(story.state, ask, CardPlace(story.state.id, "Title", "Client"), ask.silent[0].person_id, whole=True)
    assert card.facts["W5"].startswith("160/230/400 h by Kofi Mensah (consultant, data): ")
    assert KOFI in ask.facts["package.W5.by"]


def test_what_changed_of_hours_is_said_by_name_too() -> None:
    story = Story("halden").until(lambda s: any("W5" in a.packages for a in s.state.open_asks(AskKind.ATTEST_ESTIMATE)))
    story = story.copy()
    corrected = PackageHours(package="W5", hours=BOLD)
    story.do(GiveEstimate(estimates=(corrected,)), KOFI)
    for _ in story.chapter():
        if any("W5" in a.packages for a in story.state.open_asks(AskKind.ATTEST_ESTIMATE)):
            break
    ask = next(one for one in story.state.open_asks(AskKind.ATTEST_ESTIMATE) if "W5" in one.packages)
    (line,) = [line for line in ask.difference if line.startswith("W5: ")]
    assert "by Kofi Mensah" in line
    assert KOFI not in line


@pytest.mark.parametrize("ended", [False, True])
def test_a_form_that_was_opened_before_writes_over_no_hours_given_since(ended: bool) -> None:
    story, ask = asked_together()
    if ended:
        give(story, ask, ROSA, BOLD)
    give(story, ask, KOFI, CAREFUL)
    assert story.now_of(ask).is_open is not ended
    old = PackageHours(package="W5", hours=BOLD, known="")
    with pytest.raises(HoursGivenSince, match="You gave other hours for W5"):
        story.do(GiveEstimate(estimates=(old,), shown={"ask_id": ask.id, "subject_hash": ask.subject_hash}), KOFI)
    assert next(one.hours for one in story.state.estimates if one.by == KOFI) == CAREFUL


def test_a_correction_of_one_package_leaves_what_was_chosen_of_the_others() -> None:
    story, ask = asked_together()
    more = WorkPackage(id="W18", title="Archive", discipline="data", grade="consultant")
    story.do(SetWorkPackages(packages=(*story.state.packages.values(), more)), story.state.seller)
    ask = story.ask(AskKind.ESTIMATE, DATA)
    give(story, ask, KOFI, CAREFUL, "W5", "W18")
    half = card_for(story.state, story.now_of(ask), CardPlace(story.state.id, "T", "C"), ROSA, whole=True)
    assert {said.name: said.said for said in half.people}["Kofi Mensah"] == "hours given"
    give(story, ask, ROSA, BOLD, "W5")
    half = card_for(story.state, story.now_of(ask), CardPlace(story.state.id, "T", "C"), KOFI, whole=True)
    assert {said.name: said.said for said in half.people}["Rosa Klein"] == "hours given for W5, W18 open"
    give(story, ask, ROSA, BOLD, "W18")
    for package in ("W5", "W18"):
        story.do(ChooseEstimate(package=package, hours=BOLD, statement="As Rosa says"), "anil.mehta")
    corrected = (PackageHours(package="W5", hours=CAREFUL), PackageHours(package="W18", hours=BOLD))
    story.do(GiveEstimate(estimates=corrected), KOFI)
    assert set(story.state.choices) == {"W5"}


def test_whoever_owes_hours_sees_nobody_elses_on_the_deal() -> None:
    story, ask = asked_together()
    give(story, ask, KOFI, CAREFUL)
    for reader, seen in ((ROSA, 0), (KOFI, 1), ("anil.mehta", 1)):
        view = engagement_view(story.state, Reader(Actor(person_id=reader), "Europe/Oslo"), story.now)
        assert view.view == "firm"
        (package,) = (one for one in view.packages if one.id == "W5")
        assert (len(package.estimates), package.hours is not None) == (seen, bool(seen))


def test_who_is_to_join_while_hours_are_asked_reads_by_when_and_who_of_the_others_is_away() -> None:
    story = Story("halden").until(lambda s: list(s.state.open_asks(AskKind.ESTIMATE, subject=DATA))).copy()
    asked = story.ask(AskKind.ESTIMATE, DATA)
    absence = Absence(person=KOFI, first=story.day(), last=story.day(9))
    story.directory_says(absences=(*story.state.cast.absences, absence))
    story.wait(minutes=5)
    last = day_shown(absence.last)
    story.propose("expert:data", ROSA, waiver="With Kofi beside her")
    ask = story.ask(AskKind.ACCEPT_ROLE, "role:expert:data")
    assert asked.due_at is not None
    assert f"due {story.state.cast.shown_to(ROSA, asked.due_at)}, already asked" in ask.beside["what you will owe"]
    assert f"Kofi Mensah (away until {last})" in ask.beside["who estimates them too"]
    step = next(one for one in next_steps(story.state, story.now) if one.ref == ask.id)
    reader = Reader(Actor(person_id=story.state.seller), "Europe/Oslo")
    (view,) = [one for one in step_views(story.state, (story.state,), reader, story.now) if one.ask_id == step.ref]
    assert view.who.role == "expert for data"
