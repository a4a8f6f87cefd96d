"""A SOW or BRD to be drafted anew: who returned it or what has changed, what is changed by which act, and what then."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from domain.asks.choices import Wanted, choices, offered
from domain.asks.model import AskKind, Outcome, Verdict
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.command import Command
from domain.engagement.documents.commands import SendDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, DocumentStatus
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.needs.values import Need
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.scope.commands import SetMilestones
from domain.engagement.scope.values import Milestone
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import step_card
from domain.next_steps.model import next_steps
from domain.next_steps.references import act_ref
from domain.next_steps.texts import how, why_returned
from domain.playbook.model import Stage
from domain.shared.errors import BadValue, NotApprovedInside
from domain.shared.remedy_actions import RemedyAction
from tests.domain.story import Story

DRAFT: dict[DocumentKind, ActKind] = {"sow": ActKind.DRAFT_SOW, "brd": ActKind.DRAFT_BRD}
REVIEW: dict[DocumentKind, AskKind] = {"sow": AskKind.REVIEW_SOW, "brd": AskKind.REVIEW_BRD}
SIGN: dict[DocumentKind, AskKind] = {"sow": AskKind.SIGN_SOW, "brd": AskKind.SIGN_BRD}


def returned(kind: DocumentKind, by: AskKind) -> Story:
    """A deal whose SOW or BRD was returned by the first who was asked so, as too dear."""
    story = Story("halden").until(lambda s: any(s.state.open_asks(by))).copy()
    ask = next(iter(story.state.open_asks(by)))
    story.answer(ask, Verdict.RETURN, reason="The payment is not what we agreed.")
    assert story.state.documents[kind].status is DocumentStatus.RETURNED
    return story


def remedy(story: Story, kind: DocumentKind) -> str:
    step = next(one for one in next_steps(story.state, story.now) if one.ref == DRAFT[kind].value)
    return how(story.state, step)


@pytest.mark.parametrize("kind", ["sow", "brd"])
def test_a_return_in_review_says_who_returned_what_and_by_which_act_it_is_changed(kind: DocumentKind) -> None:
    story = returned(kind, REVIEW[kind])
    ask = story.state.last_ask(REVIEW[kind], kind)
    assert ask is not None
    who = story.state.cast.name(ask.votes[-1].by)
    told = remedy(story, kind)
    assert told.startswith(f"{who} (")
    assert f") returned revision 1 of the {kind.upper()}. First change what they name" in told
    changed = RemedyAction.SET_REQUIREMENTS if kind == "brd" else RemedyAction.PROPOSE_PRICE
    assert str(changed.about(engagement=story.state.id)) in told
    assert told.endswith("Then draft it again.")
    assert "payment is not what" not in told  # the reason is for those who may read it


@pytest.mark.parametrize("kind", ["sow", "brd"])
def test_so_does_a_signer_who_returns_it(kind: DocumentKind) -> None:
    told = remedy(returned(kind, SIGN[kind]), kind)
    assert f"returned revision 1 of the {kind.upper()}" in told


def test_its_card_says_the_same_beside_what_was_said() -> None:
    story = returned("brd", AskKind.REVIEW_BRD)
    act = story.state.acts[ActKind.DRAFT_BRD.value]
    card = step_card(story.state, act_ref(story.state, act), act.owner)
    assert card.how == remedy(story, "brd").replace(
        str(RemedyAction.SET_REQUIREMENTS.about(engagement=story.state.id)), "with the button “Change the requirements”"
    )
    assert [choice.label for choice in card.choices] == ["Change the requirements", "Draft the BRD"]
    assert card.choices[-1].confirm.startswith("Nothing in it has changed since it came back")
    assert (card.sent_back or "").endswith(": The payment is not what we agreed.")


def test_once_what_it_says_is_changed_it_is_to_be_drafted() -> None:
    story = returned("brd", AskKind.REVIEW_BRD)
    rows = tuple(story.state.requirements.values())
    changed = (rows[0].replace(text="Said otherwise"), *rows[1:])
    story.do(SetRequirements(requirements=changed), story.holder("business_analyst"))
    assert "Its contents have changed since: draft it again" in remedy(story, "brd")


def test_one_that_came_back_is_not_sent_and_the_refusal_says_what_to_do() -> None:
    story = returned("sow", AskKind.REVIEW_SOW)
    with pytest.raises(NotApprovedInside) as refused:
        story.do(SendDocument(document="sow"), story.deal.salesperson)
    told = refused.value.refused
    assert (told.remedy, told.action) == (remedy(story, "sow"), RemedyAction.DRAFT_DOCUMENT)


def test_a_first_draft_has_nothing_to_change() -> None:
    story = Story("halden").until(lambda s: ActKind.DRAFT_SOW.value in s.state.acts)
    assert remedy(story, "sow") == "It is drafted from the record, and reviewed internally."


# -- a client who will not sign


def client_asked() -> Story:
    return Story("halden").until(lambda s: any(ask.for_client for ask in s.state.open_asks(AskKind.SIGN_SOW))).copy()


def test_a_clients_signatory_declines_the_sow_and_sales_offers_anew_or_loses_the_deal() -> None:
    story = client_asked()
    ask = story.ask(AskKind.SIGN_SOW)
    no = next(choice for choice in choices(ask, ask.asked[0]) if choice.verdict is Verdict.DECLINE)
    assert (no.label, no.wants) == ("Decline the SOW", (Wanted.REASON,))
    story.answer(ask, Verdict.DECLINE, reason="We build it ourselves.")
    act = story.state.acts[ActKind.DRAFT_SOW.value]
    assert (story.now_of(ask).outcome, act.owner) == (Outcome.DECLINED, story.state.seller)
    assert why_returned(story.state, act) == "We build it ourselves."
    told = remedy(story, "sow")
    assert told.startswith("Kari Moe (client signatory) declined revision 1 of the SOW. Speak with them.")
    assert str(RemedyAction.LOSE_DEAL.about(engagement=story.state.id)) in told
    other = story.copy()
    other.do(LoseDeal(reason="They build it themselves."), by=story.state.seller)
    assert other.state.is_over
    story.do(ProposePrice(discount_percent=Decimal(6)), by=story.state.seller)
    assert story.state.stage.order < Stage.SOW.order  # price and decision are asked again first


def test_the_firms_own_signer_returns_what_is_wrong_and_declines_nothing() -> None:
    story = Story("halden").until(lambda s: any(s.state.open_asks(AskKind.SIGN_SOW))).copy()
    ask = story.ask(AskKind.SIGN_SOW)
    assert not ask.for_client
    assert Verdict.DECLINE not in offered(ask, ask.asked[0])
    with pytest.raises(BadValue):
        story.answer(ask, Verdict.DECLINE, reason="We do not want to.")


# -- one that is no longer valid


def half_signed() -> Story:
    """The client is asked to sign the SOW; the firm has signed."""
    story = client_asked()
    assert story.state.documents["sow"].signatures
    return story


def test_whoever_was_to_sign_reads_whom_the_sow_names_amiss_and_that_another_follows() -> None:
    story = half_signed()
    ask, manager = story.ask(AskKind.SIGN_SOW), story.holder("engagement_manager")
    (signed,) = story.state.documents["sow"].signatures
    name, signer = story.state.cast.name(manager), story.state.cast.name(signed.by)
    before = len(story.messages_told())
    story.leaves(manager)
    ended = story.now_of(ask)
    said = (
        f"Revision 1 of the SOW, signed by {signer}, is no longer valid: "
        f"it names {name} as engagement manager, who no longer is. Another one follows."
    )
    assert (ended.outcome, ended.ended_because) == (Outcome.WITHDRAWN, said)
    told = [message for message in story.messages_told(before) if message.to == ask.asked[0]]
    assert any(said in message.text for message in told)


def test_once_the_role_is_filled_its_author_reads_that_it_fell_and_why() -> None:
    story = half_signed()
    manager = story.holder("engagement_manager")
    story.leaves(manager)
    other = next(p for p in story.firm.competent("engagement_manager", story.playbook) if p.id != manager)
    story.propose("engagement_manager", other.id)
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:engagement_manager"))
    told = remedy(story, "sow")
    assert f"is no longer valid: it names {story.state.cast.name(manager)} as engagement manager" in told
    assert told.endswith(" Draft it again.")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("milestones", lambda s: SetMilestones(milestones=_renamed(s.state.milestones))),
        ("needs, packages", lambda s: RecordNeeds(needs=_restated(s.state.needs))),
    ],
)
def test_it_says_which_part_has_changed_since_it_was_drawn(part: str, change: Callable[[Story], Command]) -> None:
    story = half_signed()
    story.do(change(story), by=story.state.seller)
    sow = story.state.documents["sow"]
    assert sow.status is DocumentStatus.STALE
    assert sow.stale_because == f"changed since: {part}"


def test_a_price_that_returns_to_the_deciders_says_that_the_offer_is_decided_anew_and_no_figure() -> None:
    story = half_signed()
    story.do(ProposePrice(discount_percent=Decimal(6)), by=story.state.seller)
    because = story.state.documents["sow"].stale_because
    assert because == "changed since: price"


def _renamed(milestones: dict[str, Milestone]) -> tuple[Milestone, ...]:
    first, *others = milestones.values()
    return (first.replace(title="Said otherwise"), *others)


def _restated(needs: dict[str, Need]) -> tuple[Need, ...]:
    first, *others = needs.values()
    return (first.replace(text="Said otherwise"), *others)
