"""Billing: finance is asked about each accepted milestone, with what is due and what was billed before.

When to bill what is in the price's own text (`payment`); a milestone's share is progress, and no amount is derived from
it. So finance reads that text with each milestone; if nothing is due with this one, it says so and why. Until the close
that is not final: finance, or the engagement manager, may have it asked again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from domain.asks.bound_facts import Values, under
from domain.asks.eligibility import waiting_for
from domain.asks.ending import end_ask
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.directory.directory import FINANCE
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.contract import first_price, is_accepted, milestone_called
from domain.engagement.delivery.commands import BillMilestone
from domain.engagement.scope.values import Milestone
from domain.shared.errors import AskedAlready, DoneAlready, NotNow
from domain.shared.remedy_actions import ActionRef, RemedyAction
from domain.shared.text import cut
from domain.shared.transaction import Transaction
from domain.shared.values import ItemId, PersonId, in_cents

BILLED, NOTHING_WAS_DUE, NOT_BILLED_YET = "billed", "nothing was due with it", "not billed yet"
# The label under which finance reads its earlier answer when a milestone is to be billed after all.
SAID_BEFORE = "said about it earlier"
# Bytes of the list of milestones accepted before, shown beside the next one to bill.
MAX_BESIDE = 1024


def ask_to_bill(
    transaction: Transaction[Engagement], milestone: ItemId, requester: PersonId, before: dict[str, str] | None = None
) -> None:
    """Asks finance, or the head of its function if the role is vacant. `before`: finance's earlier answer."""
    state = transaction.state
    one = state.milestones[milestone]
    open_ask(
        transaction,
        AskKind.BILL_MILESTONE,
        f"bill:{milestone}",
        title=f"Bill what is due with {milestone}, {one.title}",
        facts=bill_facts(state, one),
        beside=(before or {}) | accepted_before(state, milestone),
        roles=[FINANCE if state.cast.holder(FINANCE) else state.head_role(FINANCE)],
        requester=requester,
    )


def bill_again(transaction: Transaction[Engagement]) -> None:
    """Asks finance again, with the current price, if a change order was signed before a milestone was billed.

    Also if nobody above the vacant role of finance was eligible, once somebody holds it.
    """
    is_held = transaction.state.cast.holder(FINANCE) is not None
    for ask in list(transaction.state.open_asks(AskKind.BILL_MILESTONE)):
        if is_held and ask.unseated and FINANCE not in ask.roles:
            end_ask(transaction, ask, Outcome.SUPERSEDED, "the role of finance is filled again")
    for name in transaction.state.milestones:
        asked = transaction.state.last_ask(AskKind.BILL_MILESTONE, f"bill:{name}")
        if asked is not None and asked.outcome is Outcome.SUPERSEDED:
            said = {SAID_BEFORE: asked.beside[SAID_BEFORE]} if SAID_BEFORE in asked.beside else None
            ask_to_bill(transaction, name, asked.requester, said)


def bill_facts(state: Engagement, milestone: Milestone) -> dict[str, str]:
    """What finance bills by: the milestone, the agreed payment terms, and the current and the first price."""
    told: Values = {"id": milestone.id, "title": milestone.title, "share": milestone.share_percent}
    payment = {"payment": state.price.payment if state.price else None}
    return under("milestone", told) | under("price", payment) | _contract(state)


def bill_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    """What an open ask to bill would show now."""
    milestone = state.milestones.get(ask.subject.removeprefix("bill:"))
    return bill_facts(state, milestone) if milestone is not None else None


def _contract(state: Engagement) -> dict[str, str]:
    """The price first signed and, once changes have altered it, the current one."""
    now, first = state.price_now, in_cents(first_price(state))
    if now is None:
        return {}
    prices = {"now": in_cents(now), "first": first} if state.net_of_changes else {"price": first}
    return under("contract", {**prices, "currency": state.currency})


def accepted_before(state: Engagement, milestone: ItemId) -> dict[str, str]:
    """What the client accepted before, and whether it was billed."""
    accepted = (one for one in state.milestones.values() if one.id != milestone and is_accepted(state, one))
    told = [f"{one.id}, {one.title} ({one.share_percent} %): {_told(billing_of(state, one))}" for one in accepted]
    return {"accepted before": cut("; ".join(told), MAX_BESIDE) if told else "nothing"}


def bill_after_all(transaction: Transaction[Engagement], command: BillMilestone) -> None:
    """Asks finance again about a milestone for which it had said that nothing was due.

    Raises NotFound, NotNow, AskedAlready, DoneAlready.
    """
    state = transaction.state
    one = milestone_called(state, command.milestone)
    if not is_accepted(state, one):
        raise NotNow(
            f"The client has not accepted {one.id}.",
            remedy="Finance is asked to bill it as soon as the client accepts it.",
        )
    before = billing_of(state, one)
    if before is None or before.stands == NOT_BILLED_YET:
        asked = state.last_ask(AskKind.BILL_MILESTONE, f"bill:{one.id}")
        raise AskedAlready(
            f"Finance has already been asked to bill {one.id}.",
            waits_for=waiting_for(state, asked) if asked is not None and asked.is_open else (),
            remedy="Wait for finance to answer.",
        )
    if before.stands == BILLED:
        raise DoneAlready(f"{one.id} has been billed.", remedy="There is nothing to do.")
    ask_to_bill(transaction, one.id, state.manager, {SAID_BEFORE: _told(before)})


class Billing(NamedTuple):
    """The billing status of an accepted milestone: who must answer by when, or who answered when, and why."""

    stands: str
    whose: PersonId | None = None
    due: datetime | None = None
    by: PersonId | None = None
    at: datetime | None = None
    because: str | None = None


def billing_of(state: Engagement, milestone: Milestone) -> Billing | None:
    """The billing status of an accepted milestone; None if the client has not accepted it."""
    if not is_accepted(state, milestone):
        return None
    ask = state.last_ask(AskKind.BILL_MILESTONE, f"bill:{milestone.id}")
    if ask is None or ask.outcome not in {Outcome.APPROVED, Outcome.DECLINED}:
        asked = ask.asked[0] if ask is not None and ask.is_open and ask.asked else None
        return Billing(NOT_BILLED_YET, whose=asked, due=ask.due_at if ask is not None and ask.is_open else None)
    vote = ask.votes[-1]
    stands = BILLED if ask.outcome is Outcome.APPROVED else NOTHING_WAS_DUE
    return Billing(stands, by=vote.by, at=vote.at, because=ask.why_ended)


def billed_after_all_by(state: Engagement, milestone: ItemId) -> ActionRef:
    """The action that asks finance again, until the close."""
    return RemedyAction.BILL_MILESTONE.about(engagement=state.id, milestone=milestone)


def not_billed(state: Engagement) -> Iterator[str]:
    """Accepted milestones that are not billed, and why: `M3, Final report (60 %): not billed yet`."""
    for one in state.milestones.values():
        billing = billing_of(state, one)
        if billing is not None and billing.stands != BILLED:
            yield f"{one.id}, {one.title} ({one.share_percent} %): {_told(billing)}"


def nothing_was_due(state: Engagement) -> Iterator[ItemId]:
    """Accepted milestones for which finance said that nothing was due."""
    for one in state.milestones.values():
        billing = billing_of(state, one)
        if billing is not None and billing.stands == NOTHING_WAS_DUE:
            yield one.id


def _told(billing: Billing | None) -> str:
    if billing is None:
        return NOT_BILLED_YET
    return f"{billing.stands}, {billing.because}" if billing.because else billing.stands
