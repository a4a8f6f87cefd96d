"""Accepting, declining and handing over roles."""

from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import (
    require_may_fill,
)
from domain.engagement.roles.compatibility import check_compatible, is_second
from domain.engagement.roles.competence import require_still_competent, waiver_of
from domain.engagement.roles.events import (
    ProposalEnded,
    RoleAccepted,
)
from domain.engagement.roles.proposing import require_end_in_order
from domain.engagement.roles.values import Handover, Holding, Proposal
from domain.shared.errors import (
    ExplicitApprovalRequired,
)
from domain.shared.text import fitting, is_said
from domain.shared.transaction import Transaction


def on_role_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    """A person accepted a role, possibly in words of their own, or did not: then it stays vacant."""
    role = ask.subject.removeprefix("role:")
    proposal = transaction.state.proposals.get(role)
    if proposal is None or proposal.ask_id != ask.id:
        return
    if ask.outcome is not Outcome.APPROVED:
        transaction.record(ProposalEnded(role=role, declined=_declined(transaction.state, ask, proposal)))
        return
    _accept(transaction, ask, proposal)


def _declined(state: Engagement, ask: Ask, proposal: Proposal) -> str:
    who = "was not allowed to" if ask.kind is AskKind.ALLOW_ROLE else "declined"
    because = f": {ask.why_ended}" if ask.why_ended else ""
    return fitting(f"{state.cast.name(proposal.person_id)} {who}{because}")


def _accept(transaction: Transaction[Engagement], ask: Ask, proposal: Proposal) -> None:
    state, role = transaction.state, proposal.role
    wished = ask.kind is AskKind.ALLOW_ROLE
    if wished:
        require_may_fill(state, role, ask.votes[-1].by, ask.votes[-1].voter)  # they may have become a seller since
    rest = state.replace(proposals={k: v for k, v in state.proposals.items() if k != role})
    second = is_second(rest, role, proposal.person_id)
    check_compatible(rest, role, proposal.person_id, by_consent=proposal.until is not None)
    require_end_in_order(
        transaction, role, proposal.person_id, proposal.until
    )  # days have passed, or they may manage the project by now
    said = ask.votes[-1].answer.reason
    if second and not wished and not is_said(said):
        raise ExplicitApprovalRequired(
            f"{state.cast.name(proposal.person_id)} would hold a second role besides project manager, "
            "which they can only accept in their own words.",
            remedy="Say in your own words that you accept it, as the reason.",
            field="reason",
        )
    holding = Holding(
        role=role,
        person_id=proposal.person_id,
        proposed_by=proposal.by,
        accepted_at=transaction.now,
        words=proposal.words if wished else said,
        until=proposal.until,
        waiver=waiver_of(rest, ask, proposal, said) if wished else proposal.waiver,
        expectations=proposal.expectations,
    )
    require_still_competent(rest, holding)
    transaction.record(_accepted(transaction, holding, proposal))


def counts_in_words_only(state: AskHolder, ask: Ask) -> bool:
    """True if an approval needs a text: a second role of the project manager, or a waiver."""
    if ask.kind is AskKind.ALLOW_ROLE:
        return ask.tells_levels
    role = ask.subject.removeprefix("role:")
    proposal = state.proposals.get(role) if isinstance(state, Engagement) else None
    if ask.kind is not AskKind.ACCEPT_ROLE or proposal is None or not isinstance(state, Engagement):
        return False
    rest = state.replace(proposals={name: one for name, one in state.proposals.items() if name != role})
    return proposal.ask_id == ask.id and is_second(rest, role, proposal.person_id)


def _accepted(transaction: Transaction[Engagement], holding: Holding, proposal: Proposal) -> RoleAccepted:
    """The event, with the handover if the previous holder stays for a while."""
    state, role = transaction.state, holding.role
    before = None if proposal.further else state.cast.holders.get(role)
    if before is None:
        return RoleAccepted(holding=holding, further=proposal.further)
    vacancy = state.vacancies.get(role)
    because = proposal.because or (vacancy.because if vacancy is not None else None)
    return RoleAccepted(holding=holding, before=before, because=because, handover=_handover(transaction, proposal))


def _handover(transaction: Transaction[Engagement], proposal: Proposal) -> Handover | None:
    """The previous holder, who stays with their successor if that was arranged and their last day is ahead."""
    before, last_day = transaction.state.cast.holder(proposal.role), proposal.last_day
    if before is None or last_day is None or not transaction.state.cast.is_here(before):
        return None
    if last_day < transaction.state.cast.calendar_of(before).local_day(transaction.now):
        return None
    return Handover(role=proposal.role, person_id=before, last_day=last_day)
