"""SOW and BRD: reviewed inside before anybody outside sees them, signed in order, each bound to one revision."""

import pytest

from domain.asks.bound_facts import under
from domain.asks.model import AskKind, Verdict
from domain.asks.signature_record import signature
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.documents.commands import DraftDocument, SendDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, DocumentStatus, Requirement
from domain.engagement.needs.commands import DeclinePromise
from domain.engagement.scope.commands import SetMilestones
from domain.engagement.scope.values import Milestone
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, BaselineIsSigned, NotApprovedInside, NotWhatWasShown, PromiseWithoutHome
from domain.shared.values import PersonId, digest
from tests.domain.story import Story, at


def at_step(step: str, deal: str = "lindqvist") -> Story:
    """A deal just after a step of its story."""
    story = Story(deal)
    next(done for done in story.rest if done == step)
    return story


REVIEWERS = [
    ("halden", {"engagement_manager", "delivery_lead", "finance", "legal", "quality"}),
    ("lindqvist", {"engagement_manager", "delivery_lead", "finance", "legal"}),
    ("casework", {"engagement_manager", "delivery_lead", "finance", "agreement_custodian"}),
]


@pytest.mark.parametrize(("deal", "roles"), REVIEWERS)
def test_a_sow_is_reviewed_by_those_whom_its_kind_and_price_call_for(deal: str, roles: set[str]) -> None:
    ask = at_step("sow drafted", deal).ask(AskKind.REVIEW_SOW)
    assert {role for voter in ask.voters for role in voter.roles} == roles


def test_nothing_is_sent_before_all_inside_have_approved() -> None:
    story = at_step("sow drafted")
    story.answer(story.ask(AskKind.REVIEW_SOW))
    with pytest.raises(NotApprovedInside) as refusal:
        story.do(SendDocument(document="sow"), story.deal.salesperson)
    assert len(refusal.value.refused.waits_for) == 3


def test_nothing_is_sent_while_a_promise_has_no_home() -> None:
    story = at_step("milestones set")
    list(story.cover(Stage.SOW))
    story.draft("sow")
    list(story.answer_all(AskKind.REVIEW_SOW))
    with pytest.raises(PromiseWithoutHome):
        story.do(SendDocument(document="sow"), story.deal.salesperson)


def test_a_promise_declined_has_a_home_once_the_client_acknowledges_it() -> None:
    story = at_step("milestones set")
    story.do(DeclinePromise(promise="P1", reason="Too soon"), story.deal.salesperson)
    list(story.answer_all(AskKind.ACKNOWLEDGE_DECLINE))
    list(story.cover(Stage.SOW))
    story.draft("sow")
    list(story.answer_all(AskKind.REVIEW_SOW))
    story.do(SendDocument(document="sow"), story.deal.salesperson)
    assert story.ask(AskKind.SIGN_SOW)


@pytest.mark.parametrize(
    ("kind", "signers"),
    [("sow", ["provider_sponsor", "client_signatory"]), ("brd", ["engagement_manager", "client_sponsor"])],
)
def test_the_firm_signs_before_the_client_is_asked(kind: DocumentKind, signers: list[str]) -> None:
    story = at_step(f"{kind} sent")
    asked = []
    while story.state.documents[kind].status is DocumentStatus.SENT:
        ask = story.ask(AskKind.SIGN_SOW if kind == "sow" else AskKind.SIGN_BRD)
        asked.append(ask.subject.split(":")[1])
        assert len([person for person in ask.asked if story.state.cast.is_client(person)]) == len(asked) - 1
        story.answer(ask)
    assert asked == signers


def test_a_signature_is_bound_to_the_bytes_that_were_shown() -> None:
    story = at(Stage.BRD, "lindqvist")
    document = story.state.documents["sow"]
    shown = under("document", {"kind": "sow", "revision": 1, "source": document.source, "rendered": document.rendered})
    assert [signature.subject_hash for signature in document.signatures] == [digest(shown)] * 2


def test_a_signature_says_in_whose_place_it_was_given() -> None:
    story = at_step("brd sent")
    ask = story.ask(AskKind.SIGN_BRD)
    story.answer(ask)
    (own,) = story.state.documents["brd"].signatures
    assert (own.role, own.instead_of) == ("engagement_manager", None)
    other = story.state.cast.replace(holders={**story.state.cast.holders, "engagement_manager": "grace.oduya"})
    passed_up = signature(other, story.state.asks[ask.id], "engagement_manager", story.now)
    assert (passed_up.by, passed_up.instead_of) == (own.by, other.name(PersonId("grace.oduya")))


def test_one_return_in_review_ends_the_round_and_a_new_revision_is_asked_of_all() -> None:
    story = at_step("sow drafted")
    story.answer(story.ask(AskKind.REVIEW_SOW), Verdict.RETURN, by=story.holder("legal"))
    assert story.state.documents["sow"].status is DocumentStatus.RETURNED
    story.draft("sow")
    again = story.ask(AskKind.REVIEW_SOW)
    assert len(again.silent) == 4
    assert any("revision 2" in line for line in again.difference)


def test_what_a_client_sends_back_is_drafted_and_reviewed_anew() -> None:
    story = at_step("sow sent")
    story.answer(story.ask(AskKind.SIGN_SOW))
    story.answer(story.ask(AskKind.SIGN_SOW), Verdict.RETURN, reason="Clause 4")
    with pytest.raises(NotApprovedInside):
        story.do(SendDocument(document="sow"), story.deal.salesperson)
    story.draft("sow")
    assert story.state.documents["sow"].signatures == ()


def test_a_document_drawn_from_an_older_record_is_refused() -> None:
    story = at(Stage.SOW, "lindqvist")
    list(story.cover(Stage.SOW))
    story.do(SetMilestones(milestones=(_milestone(story),)), story.deal.salesperson)
    old = DraftDocument(document="sow", source=digest("s"), rendered=digest("r"), basis=digest("the day before"))
    with pytest.raises(NotWhatWasShown):
        story.do(old, story.deal.salesperson)


def _milestone(story: Story) -> Milestone:
    return Milestone.model_validate(story.deal.milestones[0].model_dump())


def test_a_brd_cannot_add_scope() -> None:
    story = at(Stage.BRD, "lindqvist")
    row = Requirement(id="R1", text="And a data lake", needs=("N1",), work_packages=("W7",))
    with pytest.raises(BadValue, match="not bought"):
        story.do(SetRequirements(requirements=(row,)), story.holder("business_analyst"))


def without_w2(story: Story) -> Story:
    """The same after a signed change order that removes W2."""
    item = {"kind": "work_removed", "package": "W2", "amount": -500}
    for _ in story.change(
        ChangeFacts.model_validate({"title": "Less", "reason": "client request", "items": [item]}),
        by=story.holder("engagement_manager"),
    ):
        pass
    assert story.state.removed == {"W2": 1}
    return story


def test_a_brd_rests_on_no_package_that_a_change_has_removed() -> None:
    story = without_w2(at(Stage.BRD, "lindqvist").copy())
    row = Requirement(id="R1", text="A report", needs=("N1",), work_packages=("W2",))
    with pytest.raises(BadValue, match="W2, which was not bought"):
        story.do(SetRequirements(requirements=(row,)), story.holder("business_analyst"))


def test_a_change_that_removes_a_package_has_a_brd_under_review_drafted_anew() -> None:
    story = at(Stage.BRD, "lindqvist").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_BRD))).copy()
    assert without_w2(story).state.documents["brd"].status is DocumentStatus.STALE


def test_a_signed_brd_stands() -> None:
    story = at(Stage.HANDOFF, "lindqvist")
    row = next(iter(story.state.requirements.values())).replace(text="Another")
    with pytest.raises(BaselineIsSigned):
        story.do(SetRequirements(requirements=(row,)), story.holder("business_analyst"))


def test_an_engagement_managers_own_draft_is_reviewed_for_them_by_their_head() -> None:
    story = at_step("P1 covered")
    list(story.cover(Stage.SOW))
    story.draft("sow", story.holder("engagement_manager"))
    ask = story.ask(AskKind.REVIEW_SOW)
    assert story.holder("engagement_manager") not in ask.asked
    assert story.holder("head_of_engagement_management") in ask.asked
