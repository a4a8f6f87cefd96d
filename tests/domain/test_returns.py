"""A return goes to whoever can do something about it: no answer is taken that leads nowhere, and each says why."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from domain.asks.card import CardPlace, card_for
from domain.asks.choices import LABELS, offered
from domain.asks.model import Ask, AskKind, Verdict
from domain.engagement.ask_subjects import basis
from domain.engagement.changes.commands import RecordPotentialChange, ReviseChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import RaiseComplaint
from domain.engagement.documents.commands import DraftDocument, SendDocument
from domain.engagement.needs.commands import RecordNeeds, RestateNeeds
from domain.engagement.roles.commands import AgreeExpectations
from domain.engagement.roles.values import Expectation
from domain.engagement.scope.commands import GiveEstimate, PackageHours
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import step_card
from domain.next_steps.model import next_steps
from domain.next_steps.references import act_ref
from domain.next_steps.texts import why_returned
from domain.notifications.acts_owed import told_of_act
from domain.playbook.model import Stage
from domain.shared.errors import AlreadyDecided, BadValue
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId
from tests.domain.story import Story, at
from tests.domain.test_acts_owed import steps

WHY = "The reason, in words."


def asked_to_hold() -> Story:
    story = Story("halden")
    story.propose("delivery_lead", PersonId("anil.mehta"))
    return story


def asked_to_plan() -> Story:
    story = at(Stage.DELIVER)
    story.do(RaiseComplaint(text="Nobody calls back."), story.state.manager)
    story.answer(story.ask(AskKind.ACKNOWLEDGE_COMPLAINT))
    return story


def asked_for_more() -> Story:
    story = at(Stage.DELIVER)
    story.do(RecordPotentialChange(text="Can we also?"), story.holder("project_manager"))
    return story


def asked_to_measure() -> Story:
    return at(Stage.SUPPORT)


def asked_for_needs() -> Story:
    return at(Stage.QUALIFY).until(lambda one: any(one.state.open_asks(AskKind.CONFIRM_NEEDS)))


@pytest.mark.parametrize(
    ("story", "kind", "verdict"),
    [
        (asked_to_hold, AskKind.ACCEPT_ROLE, Verdict.RETURN),
        (asked_to_hold, AskKind.ACCEPT_ROLE, Verdict.OBJECT),
        (asked_to_plan, AskKind.PLAN_COMPLAINT, Verdict.RETURN),
        (asked_for_more, AskKind.POTENTIAL_CHANGE, Verdict.RETURN),
        (asked_to_measure, AskKind.MEASURE_NEED, Verdict.RETURN),
        (asked_for_needs, AskKind.CONFIRM_NEEDS, Verdict.DECLINE),
        (asked_for_needs, AskKind.CONFIRM_NEEDS, Verdict.STAND_ASIDE),
    ],
)
def test_what_a_card_does_not_offer_is_refused_with_what_it_offers(
    story: Callable[[], Story], kind: AskKind, verdict: Verdict
) -> None:
    told = story()
    ask: Ask = next(told.state.open_asks(kind))
    with pytest.raises(BadValue) as refused:
        told.answer(ask, verdict, reason=WHY)
    assert refused.value.refused.field == "verdict"
    assert all(label in refused.value.refused.remedy for label in offered(ask, ask.asked[0]).values())
    assert set(LABELS[kind].values()) <= set(offered(ask, ask.asked[0]).values())


def test_a_returned_change_comes_with_its_reason_on_card_and_message() -> None:
    story = at(Stage.DELIVER)
    more = ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2)
    n = story.submit(more)
    story.answer(next(story.orders[n].open_asks()), Verdict.RETURN, reason="Which day exactly?")
    owed = story.state.acts[f"revise_change:C{n}"]
    lead = f"{story.state.cast.name(story.holder('delivery_lead'))} (delivery lead)"
    assert why_returned(story.state, owed) == f"{lead}: Which day exactly?"
    sent_back = step_card(story.state, act_ref(story.state, owed), owed.owner).sent_back
    assert sent_back == f"Returned by {lead}: Which day exactly?"
    assert "Which day exactly?" in told_of_act(story.state, owed, "act", owed.owner)
    story.do(ReviseChange(n=n, change=more), owed.owner)
    assert story.state.changes[n].returned_because is None


def asked_to_attest() -> Story:
    return at(Stage.ESTIMATE).until(lambda one: any(one.state.open_asks(AskKind.ATTEST_ESTIMATE)))


def test_experts_are_asked_again_with_what_delivery_returned_and_why() -> None:
    story = asked_to_attest()
    before = {ask.subject: ask for ask in story.state.asks.values() if ask.kind is AskKind.ESTIMATE}
    hours = {one.package: one.hours for one in story.state.estimates}
    story.answer(next(story.state.open_asks(AskKind.ATTEST_ESTIMATE)), Verdict.RETURN, reason="Too low by far.")
    again = list(story.state.open_asks(AskKind.ESTIMATE))
    assert again
    for ask in again:
        assert ask.subject_hash != before[ask.subject].subject_hash
        returned = story.shown(ask)["returned by delivery"]
        assert "Too low by far." in returned
        packages = [name for name in ask.packages if name in story.state.packages]
        assert returned == f"{', '.join(packages)}: Too low by far."
        assert not any(hours[name].written in returned for name in packages)
        assert any("Too low by far." in line for line in ask.difference)
        place = CardPlace(story.state.id, story.state.title, story.state.client)
        card = card_for(story.state, ask, place, ask.voters[0].person_id, whole=True)
        assert "Too low by far." in card.facts["returned by delivery"]
        rows = tuple(PackageHours(package=n, hours=hours[n]) for n in ask.packages if n in story.state.packages)
        story.do(GiveEstimate(estimates=rows), ask.voters[0].person_id)
    assert not list(story.state.open_asks(AskKind.ESTIMATE))
    assert any(story.state.open_asks(AskKind.ATTEST_ESTIMATE))


def test_experts_who_return_that_again_leave_it_to_the_seller() -> None:
    story = asked_to_attest()
    story.answer(next(story.state.open_asks(AskKind.ATTEST_ESTIMATE)), Verdict.RETURN, reason="Too low by far.")
    ask = next(story.state.open_asks(AskKind.ESTIMATE))
    story.answer(ask, Verdict.RETURN, reason="What is too low?")
    assert not any(story.state.open_asks(AskKind.ESTIMATE, subject=ask.subject))
    owed = story.state.acts[f"answer_return:{ask.subject.removeprefix('estimate:')}"]
    assert why_returned(story.state, owed) == "What is too low?"


def test_needs_that_came_back_are_not_put_to_the_client_as_they_were() -> None:
    story = asked_for_needs()
    ask = next(story.state.open_asks(AskKind.CONFIRM_NEEDS))
    story.answer(ask, Verdict.RETURN, reason="N1 is wrong.")
    assert "restate_needs" not in story.state.acts
    owed = story.state.acts["correct_needs"]
    assert why_returned(story.state, owed) == "N1 is wrong."
    with pytest.raises(AlreadyDecided, match="N1 is wrong") as refused:
        story.do(RestateNeeds(), owed.owner)
    assert refused.value.refused.action is RemedyAction.RECORD_NEEDS
    assert step_card(story.state, act_ref(story.state, owed), owed.owner).action == (
        RemedyAction.RECORD_NEEDS.about(engagement=story.state.id)
    )
    story.do(RecordNeeds(needs=tuple(story.state.needs.values())), owed.owner)
    assert "correct_needs" in story.state.acts
    need = next(iter(story.state.needs.values()))
    story.do(RecordNeeds(needs=(need.replace(text="As you said it."),)), owed.owner)
    again = next(story.state.open_asks(AskKind.CONFIRM_NEEDS))
    assert again.subject_hash != ask.subject_hash
    assert "correct_needs" not in story.state.acts


def test_expectations_that_came_back_are_corrected_by_whoever_put_them() -> None:
    story = at(Stage.DELIVER)
    for by in (story.state.manager, story.state.cast.positions[story.state.head_role("project_manager")]):
        story.do(AgreeExpectations(role="project_manager", expectations=(Expectation(what=f"Of {by}"),)), by)
        ask = next(story.state.open_asks(AskKind.CONFIRM_EXPECTATIONS))
        story.answer(ask, Verdict.RETURN, reason="We expect more.")
        owed = story.state.acts["correct_expectations:project_manager"]
        assert (owed.owner, why_returned(story.state, owed)) == (by, "We expect more.")
        assert step_card(story.state, act_ref(story.state, owed), by).facts == (f"Of {by}",)
        with pytest.raises(AlreadyDecided, match="We expect more"):
            story.do(
                AgreeExpectations(role="project_manager", expectations=(Expectation(what=f"Of {by}"),)), owed.owner
            )
        story.do(AgreeExpectations(role="project_manager", expectations=(Expectation(what="More"),)), owed.owner)
        assert not any(act.kind is ActKind.CORRECT_EXPECTATIONS for act in story.state.acts.values())
        story.answer(next(story.state.open_asks(AskKind.CONFIRM_EXPECTATIONS)))


def test_whoever_has_no_plan_for_a_complaint_leaves_it_to_the_next_above_and_the_last_can_only_plan() -> None:
    story = asked_to_plan()
    asked = []
    while True:
        ask = story.ask(AskKind.PLAN_COMPLAINT)
        asked.append(ask.voters[0].person_id)
        if Verdict.DECLINE not in offered(ask, ask.voters[0].person_id):
            break
        story.answer(ask, Verdict.DECLINE, reason=f"Not by {asked[-1]}.")
        again = story.ask(AskKind.PLAN_COMPLAINT)
        assert f"Not by {asked[-1]}." in again.facts.values()
        assert again.subject_hash != ask.subject_hash
    positions = story.state.cast.positions
    assert asked[:2] == [story.holder("customer_care"), positions["head_of_customer_care"]]
    assert asked[-1] == positions["managing_director"]
    with pytest.raises(BadValue):
        story.answer(ask, Verdict.DECLINE, reason="Nor by me.")
    story.answer(ask, reason="We call on Monday.")
    assert not any(story.state.open_asks(AskKind.PLAN_COMPLAINT))


def test_what_finance_lacks_to_bill_is_owed_by_the_manager_and_finance_is_told() -> None:
    story = at(Stage.DELIVER).until(lambda one: any(one.state.open_asks(AskKind.BILL_MILESTONE)))
    ask = next(story.state.open_asks(AskKind.BILL_MILESTONE))
    story.answer(ask, Verdict.NEED_INFO, reason="No purchase order number.")
    (step,) = [
        one
        for one in next_steps(story.state, story.now)
        if one.ask_id is not None and story.state.asks[one.ask_id].kind is AskKind.ANSWER_QUESTION
    ]
    assert step.who == story.state.manager
    assert step.ask_id is not None
    story.answer(story.state.asks[step.ask_id], reason="It is PO 4711.")
    bill = story.now_of(ask)
    assert bill.is_open
    place = CardPlace(story.state.id, story.state.title, story.state.client)
    card = card_for(story.state, bill, place, bill.voters[0].person_id, whole=True)
    assert "PO 4711" in (card.question or "")
    assert [one.label for one in card.choices] == ["Billed", "Nothing is due with it", "Ask for what is missing"]


DECLINED_AND_GOES_ON = {AskKind.PLAN_COMPLAINT, AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.SIGN_SOW}
# Answers that send something back. Every other no is the end of what was asked.
LEADS_ON = {Verdict.RETURN: set(AskKind), Verdict.DECLINE: DECLINED_AND_GOES_ON}


def sent_back(story: Story, seen: set[str]) -> Iterator[tuple[Ask, Story]]:
    """Each ask that is newly open, and the story as it would be had it been sent back."""
    for ask in story.open_asks():
        if ask.id in seen:
            continue
        seen.add(ask.id)
        for verdict in offered(ask, ask.asked[0]):
            if ask.kind in LEADS_ON.get(verdict, ()):
                other = story.copy()
                other.answer(ask, verdict, reason=WHY)
                if not other.now_of(ask).is_open:
                    yield ask, other


@pytest.mark.parametrize("deal", ["halden", "lindqvist", "casework"])
def test_whatever_is_sent_back_at_any_step_of_a_deal_is_somebodys_next_step_from_then_on(deal: str) -> None:
    seen: set[str] = set()
    found = set()
    for story in steps(Story(deal)):
        for ask, other in sent_back(story, seen):
            found.add(ask.kind)
            new = [step for step in next_steps(other.state, other.now) if step.since == other.now]
            assert new, f"{ask.kind} was sent back, and nobody owes anything for it"
            assert all(other.state.cast.is_here(step.who) or other.state.cast.is_client(step.who) for step in new)
            owed = [act for act in other.state.acts.values() if act.returned == ask.id]
            assert all((why_returned(other.state, act) or "").endswith(WHY) for act in owed)
    assert found >= {AskKind.CONFIRM_NEEDS, AskKind.ATTEST_ESTIMATE, AskKind.SIGN_SOW, AskKind.ACCEPT_MILESTONE}


def test_whoever_drafts_again_what_came_back_reads_that_nothing_in_it_is_other() -> None:
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.REVIEW_SOW))).copy()
    story.answer(story.ask(AskKind.REVIEW_SOW), Verdict.RETURN, reason=WHY)
    document = story.state.documents["sow"]
    command = DraftDocument(
        document="sow",
        source=document.source,
        rendered=document.rendered,
        basis=basis(story.state, "sow"),
        as_before=document.source,
    )
    decision = story.do(command, document.author)
    said = [sentence for event in decision.events for sentence in event.said]
    assert "It says the same as revision 1 of the SOW, which came back." in said


def test_whoever_reviews_or_signs_the_next_revision_reads_who_sent_the_last_one_back_and_why() -> None:
    story = Story("lindqvist").until(lambda s: any(a.for_client for a in s.state.open_asks(AskKind.SIGN_SOW))).copy()
    ask = next(a for a in story.state.open_asks(AskKind.SIGN_SOW) if a.for_client)
    story.answer(ask, Verdict.RETURN, reason=WHY)
    client = story.state.cast.name(ask.voters[0].person_id)
    told = f"Returned by {client} (client signatory): {WHY}"
    story.draft("sow")
    assert story.ask(AskKind.REVIEW_SOW).beside["revision 1 came back"] == told
    list(story.answer_all(AskKind.REVIEW_SOW))
    story.do(SendDocument(document="sow"), story.state.seller)
    assert story.ask(AskKind.SIGN_SOW).beside["revision 1 came back"] == told


def test_a_client_reads_nothing_of_what_came_back_inside() -> None:
    story = Story("lindqvist").until(lambda s: list(s.state.open_asks(AskKind.REVIEW_SOW))).copy()
    story.answer(story.ask(AskKind.REVIEW_SOW), Verdict.RETURN, reason=WHY)
    story.draft("sow")
    assert WHY in story.ask(AskKind.REVIEW_SOW).beside["revision 1 came back"]
    list(story.answer_all(AskKind.REVIEW_SOW))
    story.do(SendDocument(document="sow"), story.state.seller)
    story.answer(story.ask(AskKind.SIGN_SOW))
    assert "revision 1 came back" not in story.ask(AskKind.SIGN_SOW).beside


def test_whoever_signed_first_is_told_that_the_client_sent_it_back() -> None:
    story = Story("lindqvist").until(lambda s: any(a.for_client for a in s.state.open_asks(AskKind.SIGN_SOW))).copy()
    signed = [one.by for one in story.state.documents["sow"].signatures]
    since = len(story.facts)
    ask = next(a for a in story.state.open_asks(AskKind.SIGN_SOW) if a.for_client)
    story.answer(ask, Verdict.RETURN, reason=WHY)
    told = {m.to: m.text for m in story.messages_told(since) if m.kind == "outcome" and m.ask_id == ask.id}
    assert signed
    assert all(WHY in told[person] for person in signed)
