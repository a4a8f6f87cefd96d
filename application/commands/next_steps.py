"""Acts, vacancies and conditions done from a card, by the very functions that REST and the command line call.

A deed is the command that does it, or stands in for one that needs something from outside the engagement: people in the
directory, a drafted document. A card may be out of date: what is no longer owed, or owed by another, is not done.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.commands.changes import withdraw_change
from application.commands.closing import end_engagement
from application.commands.documents import draft_document
from application.commands.early_refusals import try_out
from application.commands.request_ids import request_id
from application.commands.roles import (
    NewParty,
    ProposalBody,
    RoleRequestBody,
    name_party,
    propose_holder,
    request_role,
    try_holder,
    try_party,
    try_request,
)
from application.context import Interlock
from application.notifications.step_cards import step_card_of
from application.off_loop import off_loop
from application.queries.change_preview import what_comes_of, what_comes_of_submitted
from application.read_lag.await_visible import caught_up
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import DropPotentialChange, ReviseChange, SubmitChange
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, HoldEngagement, ResumeEngagement
from domain.engagement.delivery.commands import DeliverMilestone, OfferHandoff, ReportHours, TakeMilestoneBack
from domain.engagement.documents.commands import ExtendOffer, SendDocument, SetRequirements, TakeRequirements
from domain.engagement.documents.values import DocumentKind
from domain.engagement.needs.commands import CoverPromise, DeclinePromise, ReconcilePromise, RecordNeeds, RestateNeeds
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import AgreeExpectations
from domain.engagement.roles.values import Party
from domain.engagement.scope.commands import ChooseEstimate, KeepDates, MoveDates, SetMilestones, SetWorkPackages
from domain.engagement.tasks.commands import CompleteTask
from domain.next_steps.card import StepCard
from domain.next_steps.choices import Do
from domain.next_steps.references import StepRef, StepRefText, act_of, vacancy_of
from domain.notifications.acts_owed import what_comes_next
from domain.shared.errors import Refusal, Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.text import OwnText
from domain.shared.values import EngagementId, RoleName, Value, Whole
from workflows.messages import Receipt, key_of

# Commands that a card can fill in completely.
StepCommand = (
    RecordNeeds
    | RestateNeeds
    | CoverPromise
    | DeclinePromise
    | ReconcilePromise
    | SetWorkPackages
    | MoveDates
    | KeepDates
    | SetMilestones
    | SetRequirements
    | TakeRequirements
    | ChooseEstimate
    | ProposePrice
    | SendDocument
    | ExtendOffer
    | OfferHandoff
    | AgreeExpectations
    | DeliverMilestone
    | TakeMilestoneBack
    | ReportHours
    | SubmitChange
    | ReviseChange
    | DropPotentialChange
    | HoldEngagement
    | ResumeEngagement
    | CancelEngagement
    | CloseEngagement
    | CompleteTask
)


class MakeDraft(Value):
    """Drafts a document from the record."""

    kind: Literal["MakeDraft"] = "MakeDraft"
    document: DocumentKind


class NamePerson(Value):
    """Names someone at the client, or the sponsor."""

    kind: Literal["NamePerson"] = "NamePerson"
    party: Party
    body: NewParty


class NameHolder(Value):
    """Asks someone to hold a role."""

    kind: Literal["NameHolder"] = "NameHolder"
    role: RoleName
    body: ProposalBody


class AskForRole(Value):
    """Asks for a role oneself."""

    kind: Literal["AskForRole"] = "AskForRole"
    role: RoleName
    body: RoleRequestBody


class WithdrawChange(Value):
    """Withdraws a change order."""

    kind: Literal["WithdrawChange"] = "WithdrawChange"
    n: Annotated[Whole, Field(ge=1)]
    reason: OwnText


Deed = Annotated[
    StepCommand | MakeDraft | NamePerson | NameHolder | AskForRole | WithdrawChange, Field(discriminator="kind")
]


class DoStep(Value):
    """Does an act that is owed, or fills a vacancy."""

    kind: Literal["step"] = "step"
    step: StepRefText
    do: Do
    """Which of its card's choices was taken."""
    deed: Deed


RECORD_BEHIND = " The record has not caught up yet; what comes next follows."


class NoLongerOwed(Refusal):
    rule, title = Rule.SOMEONE_IS_ACCOUNTABLE, "You no longer need to do this"


async def do_step(app: Interlock, caller: Caller, deferred: DoStep) -> str:
    """Does it; returns what to tell the person: what is done, and what comes next. Raises NoLongerOwed, any Refusal."""
    ref = StepRef.read(deferred.step)
    card = await _require_owed(app, caller, ref, deferred)
    began = app.clock()
    receipt = await _do(app, caller, ref.engagement_id, deferred.deed)
    said = "".join(f" {sentence}" for sentence in receipt.said)
    state = await off_loop(lambda: app.read.engagement(ref.engagement_id))
    follows, how = RECORD_BEHIND, "Done"
    if state is not None and (receipt.stream != engagement_stream(state.id) or state.seq >= receipt.sequence):
        follows = await _what_follows(app, caller, state, deferred.deed, began, receipt)
        how = _how_far(state, ref)
    return f"{how}: {card.title} – {ref.engagement_id} {card.engagement_title}.{said}{follows}"


def _how_far(state: Engagement, ref: StepRef) -> str:
    """Whether this completes it: corrected needs must be restated next, a role is vacant until it is accepted."""
    if act_of(state, ref) is not None:
        return "Saved, but not finished yet"
    return "Asked, and vacant until somebody accepts it" if vacancy_of(state, ref) is not None else "Done"


async def _what_follows(
    app: Interlock, caller: Caller, state: Engagement, deed: Deed, began: datetime, receipt: Receipt
) -> str:
    """What comes next in the deal; after a change was submitted or revised, what comes next in the change."""
    person_id = caller.actor.person_id
    if isinstance(deed, SubmitChange):
        return await what_comes_of_submitted(app, person_id, state.id, receipt, began)
    if isinstance(deed, ReviseChange):
        return await what_comes_of(app, person_id, state.id, deed.n, state.changes[deed.n].revision, began)
    return what_comes_next(state, person_id, began, receipt.asks)


async def try_step(app: Interlock, caller: Caller, deferred: DoStep) -> None:
    """Raises what it would be refused with by the read model; changes nothing."""
    ref, deed = StepRef.read(deferred.step), deferred.deed
    await _require_owed(app, caller, ref, deferred)
    match deed:
        case NameHolder():
            await try_holder(app, caller, ref.engagement_id, deed.role, deed.body)
        case NamePerson():
            await try_party(app, caller, ref.engagement_id, deed.party, deed.body)
        case AskForRole():
            await try_request(app, caller, ref.engagement_id, deed.role, deed.body)
        case MakeDraft() | WithdrawChange():
            return
        case _:
            await try_out(app, caller, ref.engagement_id, deed)


async def _do(app: Interlock, caller: Caller, engagement_id: EngagementId, deed: Any) -> Receipt:
    match deed:
        case MakeDraft():
            done = draft_document(app, caller, engagement_id, deed.document)
        case NamePerson():
            done = name_party(app, caller, engagement_id, deed.party, deed.body)
        case NameHolder():
            done = propose_holder(app, caller, engagement_id, deed.role, deed.body)
        case AskForRole():
            done = request_role(app, caller, engagement_id, deed.role, deed.body)
        case WithdrawChange():
            done = withdraw_change(app, caller, engagement_id, deed.n, deed.reason)
        case CancelEngagement() | CloseEngagement():
            done = end_engagement(app, caller, engagement_id, deed)
        case _:
            done = carry_out(app, caller, engagement_id, deed)
    return await done


async def _require_owed(app: Interlock, caller: Caller, ref: StepRef, deferred: DoStep) -> StepCard:
    """The card of what is still this person's to do. A repeat of what did it passes. Raises NoLongerOwed, NotFound."""
    person_id, stream = caller.actor.person_id, engagement_stream(ref.engagement_id)
    card = await step_card_of(app, ref, person_id)
    if not _offers(card, deferred.do) and await caught_up(app, stream):
        card = await step_card_of(app, ref, person_id)
    if _offers(card, deferred.do):
        return card
    deed = deferred.deed
    done_in = change_stream(ref.engagement_id, deed.n) if isinstance(deed, WithdrawChange) else stream
    if await off_loop(lambda: app.read.command_of_key(done_in, key_of(request_id(caller, done_in)))) is None:
        raise NoLongerOwed(
            f"{card.title}: {card.ended or card.why_me}",
            remedy="Check what waits for you.",
            action=RemedyAction.SHOW_NEXT_STEPS,
        )
    return card


def _offers(card: StepCard, do: Do) -> bool:
    return any(choice.do is do for choice in card.choices)
