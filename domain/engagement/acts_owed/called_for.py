"""Which acts the gates call for now, and who owes them: the only place that decides it.

An act is called for if its command would be accepted and the next gate stays closed without it. Only a role's holder
can owe it: for a vacant role, the vacancy is the next step. What is asked of somebody is an ask, not an act.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.asks.model import AGAINST, Ask, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import is_attested, needs_are_confirmed
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.holds import held_until
from domain.engagement.closing.rules import require_closable, without_hours
from domain.engagement.delivery.handoff import require_offerable
from domain.engagement.delivery.values import MilestoneStatus
from domain.engagement.documents.redrafting import returned_by
from domain.engagement.documents.rules import STAGE, offer_ends, require_draftable, require_sendable
from domain.engagement.documents.values import DocumentKind, DocumentStatus
from domain.engagement.needs.client_confirmation import sent_back
from domain.engagement.needs.rules import (
    homeless_promises,
    is_reconciled,
    needs_sent_back,
    require_restatable,
    unreconciled_promises,
)
from domain.engagement.pricing.rules import require_priceable
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.roles.coverage import PM
from domain.engagement.roles.expectations import expectations_sent_back
from domain.engagement.scope.estimates import returned_estimates
from domain.engagement.scope.requested_dates import unanswered_no
from domain.next_steps.acts_owed import ActKind
from domain.playbook.model import Stage
from domain.shared.errors import Refusal
from domain.shared.values import AskId, Day

SELLER, ANALYST, MANAGER, LEAD = "sales", "business_analyst", "engagement_manager", "delivery_lead"
ABOVE_THE_MANAGER = "head_of_engagement_management"
NAMED_BY_SALES = ("client_sponsor", "client_signatory", "counterpart")
DRAFT: dict[DocumentKind, ActKind] = {"sow": ActKind.DRAFT_SOW, "brd": ActKind.DRAFT_BRD}
SEND: dict[DocumentKind, ActKind] = {"sow": ActKind.SEND_SOW, "brd": ActKind.SEND_BRD}
WRITES: dict[DocumentKind, str] = {"sow": SELLER, "brd": ANALYST}


class Called(NamedTuple):
    """An act that is called for: its kind and subject, the role that owes it, the ask that returned it, its due day."""

    kind: ActKind
    role: str
    subject: str = ""
    returned: AskId | None = None
    day: Day | None = None

    @property
    def id(self) -> str:
        """The id of the act owed that is opened for it."""
        return f"{self.kind.value}:{self.subject}" if self.subject else self.kind.value


def acts_called_for(state: Engagement, now: datetime) -> tuple[Called, ...]:
    """Every act that a role's current holder owes now; while on hold, none before the day named by the hold."""
    if state.is_over:
        return ()
    if state.hold is not None:
        day = held_until(state)
        found: list[Called] = list(_on_the_day_of_a_hold(state)) if day is not None and day <= now else []
    else:
        found = [called for look in LOOKS for called in look(state)]
        found += _hours_of_months(state, now)
        found += _expired_offer(state, now)
    return tuple(called for called in found if state.cast.is_here(state.cast.holder(called.role)))


def next_moment(state: Engagement) -> datetime | None:
    """When time alone will call for an act: a hold reaches its day, a month ends, or an offer expires."""
    if state.hold is not None:
        return held_until(state) if ActKind.RESOLVE_HOLD.value not in state.acts else None
    month = _end_of_month(state) if ActKind.RECORD_HOURS.value not in state.acts else None
    offer = offer_ends(state) if ActKind.EXTEND_OFFER.value not in state.acts else None
    return min((moment for moment in (month, offer) if moment is not None), default=None)


def _passes(require: Callable[[], None]) -> bool:
    try:
        require()
    except Refusal:
        return False
    return True


def _against(state: Engagement, *asked: tuple[AskKind, str]) -> AskId | None:
    """The id of the newest of these asks if it was returned or declined."""
    found = [ask for kind, subject in asked if (ask := state.last_ask(kind, subject)) is not None]
    last: Ask | None = max(found, key=lambda ask: ask.opened_at, default=None)
    return last.id if last is not None and last.outcome in AGAINST else None


def _on_the_day_of_a_hold(state: Engagement) -> Iterator[Called]:
    held = state.cast.holder(MANAGER) is not None
    yield Called(ActKind.RESOLVE_HOLD, MANAGER if held else ABOVE_THE_MANAGER)


def _needs(state: Engagement) -> Iterator[Called]:
    if state.baseline_signed:
        return
    if not state.needs:
        yield Called(ActKind.RECORD_NEEDS, SELLER)
    elif (sent := needs_sent_back(state)) is not None:
        yield Called(ActKind.CORRECT_NEEDS, SELLER, returned=sent.id)
    elif not needs_are_confirmed(state) and _passes(lambda: require_restatable(state)):
        returned = _against(state, (AskKind.CONFIRM_NEEDS, "needs"))
        yield Called(ActKind.RESTATE_NEEDS, SELLER, returned=returned)


def _expectations(state: Engagement) -> Iterator[Called]:
    """Corrected by whoever put them to the client: the head who did so, otherwise the engagement manager."""
    if state.cast.holder("client_sponsor") is None:
        return
    for role, ask in expectations_sent_back(state).items():
        head = state.head_role(role)
        by_head = ask.requester != state.manager and state.cast.holder(head) == ask.requester
        owner = head if by_head and state.may_be_above(ask.requester) else MANAGER
        yield Called(ActKind.CORRECT_EXPECTATIONS, owner, subject=role, returned=ask.id)


def _client_people(state: Engagement) -> Iterator[Called]:
    for role in NAMED_BY_SALES:
        if role in state.vacancies:
            yield Called(ActKind.NAME_CLIENT_PERSON, SELLER, subject=role)


def _new_client(state: Engagement) -> Iterator[Called]:
    returned = sent_back(state)
    if returned is not None:
        yield Called(ActKind.CORRECT_CLIENT, SELLER, returned=returned.id)


def _estimate(state: Engagement) -> Iterator[Called]:
    if state.baseline_signed or not state.qualified:
        return
    if not state.packages:
        yield Called(ActKind.SET_SCOPE, SELLER)
    for discipline, ask_id in returned_estimates(state).items():
        yield Called(ActKind.ANSWER_RETURN, SELLER, subject=discipline, returned=ask_id)
    asks = list(state.open_asks(AskKind.ESTIMATE))
    asked, late = (
        {name for ask in asks for name in ask.packages},
        {name for ask in asks if ask.rung for name in ask.packages},
    )
    for package in state.packages:
        given = sum(estimate.package == package for estimate in state.estimates)
        to_choose = package in late if package in asked else given > 1
        if given and to_choose and package not in state.choices:
            yield Called(ActKind.CHOOSE_ESTIMATE, LEAD, subject=package)


def _offer(state: Engagement) -> Iterator[Called]:
    """From the attested estimate on: the price, and what the SOW must contain."""
    if state.baseline_signed or not is_attested(state) or state.stage.order < Stage.PRICE.order:
        return
    standing = state.price is not None and state.price.status in {PriceStatus.PROPOSED, PriceStatus.APPROVED}
    if not standing and _passes(lambda: require_priceable(state)):
        returned = _against(state, (AskKind.APPROVE_PRICE, "price"), (AskKind.DECIDE_DEAL, "deal"))
        yield Called(ActKind.PROPOSE_PRICE, SELLER, returned=returned)
    if not state.milestones:
        yield Called(ActKind.SET_MILESTONES, SELLER)
    for promise in homeless_promises(state):
        if not any(state.open_asks(AskKind.ACKNOWLEDGE_DECLINE, subject=f"promise:{promise}")):
            returned = _against(state, (AskKind.ACKNOWLEDGE_DECLINE, f"promise:{promise}"))
            yield Called(ActKind.COVER_PROMISE, SELLER, subject=promise, returned=returned)


def _documents(state: Engagement) -> Iterator[Called]:
    for kind in DRAFT:
        if state.stage is STAGE[kind]:
            yield from _document(state, kind)


def _document(state: Engagement, kind: DocumentKind) -> Iterator[Called]:
    document, role = state.documents.get(kind), WRITES[kind]
    if kind == "brd" and not state.requirements:
        yield Called(ActKind.SET_REQUIREMENTS, role)
    if document is None or document.status in {DocumentStatus.RETURNED, DocumentStatus.STALE}:
        ready = kind == "brd" or not homeless_promises(state)  # covering a promise makes a draft stale
        if ready and _passes(lambda: require_draftable(state, kind)):
            returned = returned_by(state, kind)
            yield Called(DRAFT[kind], role, returned=returned.id if returned is not None else None)
    elif _passes(lambda: require_sendable(state, kind)):
        yield Called(SEND[kind], role)


def _handoff(state: Engagement) -> Iterator[Called]:
    if _passes(lambda: require_offerable(state)):
        yield Called(ActKind.OFFER_HANDOFF, MANAGER, returned=_against(state, (AskKind.ACCEPT_HANDOFF, "handoff")))


def _milestones(state: Engagement) -> Iterator[Called]:
    if state.stage is not Stage.DELIVER or state.cast.holder("client_sponsor") is None:
        return
    for milestone in state.milestones.values():
        if state.milestone_status.get(milestone.id, MilestoneStatus.PLANNED) is MilestoneStatus.PLANNED:
            returned = _against(state, (AskKind.ACCEPT_MILESTONE, f"milestone:{milestone.id}"))
            yield Called(ActKind.DELIVER_MILESTONE, PM, milestone.id, returned, milestone.due)


def _changes(state: Engagement) -> Iterator[Called]:
    if state.stage not in {Stage.BRD, Stage.HANDOFF, Stage.DELIVER}:
        return
    role = PM if state.cast.holder(PM) is not None else MANAGER
    for change in state.changes.values():
        if change.status is ChangeStatus.RETURNED:
            yield Called(ActKind.REVISE_CHANGE, role, f"C{change.n}", change.returned_by)
    for potential in state.potential_changes.values():
        if potential.wanted and potential.became is None and not potential.dropped:
            yield Called(ActKind.SUBMIT_CHANGE, role, potential.id)


def _lost_homes(state: Engagement) -> Iterator[Called]:
    """Promises left without a home by a signed change: nothing else would settle what becomes of them."""
    if state.stage is not Stage.DELIVER:
        return
    for promise in homeless_promises(state):
        if not is_reconciled(state, promise):
            yield Called(ActKind.RECONCILE_PROMISE, MANAGER, subject=promise)


def _hours_of_months(state: Engagement, now: datetime) -> Iterator[Called]:
    month = _end_of_month(state)
    if month is not None and month <= now:
        yield Called(ActKind.RECORD_HOURS, PM)


def _expired_offer(state: Engagement, now: datetime) -> Iterator[Called]:
    ends = offer_ends(state)
    if ends is not None and ends <= now:
        yield Called(ActKind.EXTEND_OFFER, MANAGER)


def _end_of_month(state: Engagement) -> datetime | None:
    """When the first month with unreported hours ends, where the project manager works."""
    pm = state.cast.holder(PM)
    if state.stage is not Stage.DELIVER or state.hours_due_since is None or pm is None:
        return None
    calendar = state.cast.calendar_of(pm)
    day = calendar.local_day(state.hours_due_since).replace(day=1)
    return calendar.day_begins((day + timedelta(days=31)).replace(day=1))


def _close(state: Engagement) -> Iterator[Called]:
    if state.stage is not Stage.SUPPORT:
        return
    for promise in unreconciled_promises(state):
        yield Called(ActKind.RECONCILE_PROMISE, MANAGER, subject=promise)
    if without_hours(state):
        yield Called(ActKind.RECORD_HOURS, PM)
    if _passes(lambda: require_closable(state)):
        yield Called(ActKind.CLOSE, MANAGER)


def _staffing(state: Engagement) -> Iterator[Called]:
    """A no to the requested dates blocks nothing, but somebody must answer it."""
    no = unanswered_no(state)
    if no is not None:
        yield Called(ActKind.ANSWER_STAFFING, SELLER, returned=no.ask_id)


LOOKS: tuple[Callable[[Engagement], Iterator[Called]], ...] = (
    _needs,
    _expectations,
    _client_people,
    _new_client,
    _estimate,
    _staffing,
    _offer,
    _documents,
    _handoff,
    _milestones,
    _changes,
    _lost_homes,
    _close,
)
