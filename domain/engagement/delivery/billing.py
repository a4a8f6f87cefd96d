"""Billing: finance is asked for each accepted milestone, with all that says what is due and what was billed before.

What is billed when is the price's own text (`payment`); a milestone's share is progress, and no figure is made of it.
So finance reads that text with each, and where it makes nothing due with this one, says so and why. Until the
close that is no last word: it is asked of them once more where they, or whoever manages the engagement, say so.
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
from domain.shared.text import cut
from domain.shared.transaction import Transaction
from domain.shared.values import ItemId, PersonId, in_cents

BILLED, NOTHING_WAS_DUE, NOT_BILLED_YET = "billed", "nothing was due with it", "not billed yet"
# Under which name finance reads, of a milestone that is to be billed after all, what was said of it.
SAID_BEFORE = "said about it earlier"
# Bytes of what the client accepted before, as it stands beside the next that is to be billed.
MAX_BESIDE = 1024


def ask_to_bill(
    transaction: Transaction[Engagement], milestone: ItemId, requester: str, before: dict[str, str] | None = None
) -> None:
    """Asks finance, or the head of its function where nobody holds the role. `before`: what was said of it."""
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
    """Asks finance anew with the price of now, where a change order was signed before a milestone was billed.

    So it does where nobody above finance might answer while its role was vacant, and somebody holds it now.
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
    """What finance bills by: the milestone, what was agreed of payments, and the price of now beside the first."""
    told: Values = {"id": milestone.id, "title": milestone.title, "share": milestone.share_percent}
    payment = {"payment": state.price.payment if state.price else None}
    return under("milestone", told) | under("price", payment) | _contract(state)


def bill_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    """What an open ask to bill would show now."""
    milestone = state.milestones.get(ask.subject.removeprefix("bill:"))
    return bill_facts(state, milestone) if milestone is not None else None


def _contract(state: Engagement) -> dict[str, str]:
    """The price as first signed, and once changes have altered it, the price of now."""
    now, first = state.price_now, in_cents(first_price(state))
    if now is None:
        return {}
    prices = {"now": in_cents(now), "first": first} if state.net_of_changes else {"price": first}
    return under("contract", {**prices, "currency": state.currency})


def accepted_before(state: Engagement, milestone: ItemId) -> dict[str, str]:
    """What the client has accepted before, and whether that is billed."""
    accepted = (one for one in state.milestones.values() if one.id != milestone and is_accepted(state, one))
    told = [f"{one.id}, {one.title} ({one.share_percent} %): {_told(billing_of(state, one))}" for one in accepted]
    return {"accepted before": cut("; ".join(told), MAX_BESIDE) if told else "nothing"}


def bill_after_all(transaction: Transaction[Engagement], command: BillMilestone) -> None:
    """Asks finance once more about a milestone with which, they had said, nothing was due.

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
    """How the bill of an accepted milestone stands: whose it is by when, or by whom and when it was said, and why."""

    stands: str
    whose: PersonId | None = None
    due: datetime | None = None
    by: PersonId | None = None
    at: datetime | None = None
    because: str | None = None


def billing_of(state: Engagement, milestone: Milestone) -> Billing | None:
    """How the bill stands of what the client has accepted; None of a milestone that they have not."""
    if not is_accepted(state, milestone):
        return None
    ask = state.last_ask(AskKind.BILL_MILESTONE, f"bill:{milestone.id}")
    if ask is None or ask.outcome not in {Outcome.APPROVED, Outcome.DECLINED}:
        asked = ask.asked[0] if ask is not None and ask.is_open and ask.asked else None
        return Billing(NOT_BILLED_YET, whose=asked, due=ask.due_at if ask is not None and ask.is_open else None)
    vote = ask.votes[-1]
    stands = BILLED if ask.outcome is Outcome.APPROVED else NOTHING_WAS_DUE
    return Billing(stands, by=vote.by, at=vote.at, because=ask.why_ended)


def billed_after_all_by(state: Engagement, milestone: ItemId) -> str:
    """By which command finance is asked once more, until the close: `interlock delivery bill ENG-2026-0042 M3`."""
    return f"interlock delivery bill {state.id} {milestone}"


def not_billed(state: Engagement) -> Iterator[str]:
    """What the client has accepted and finance has not billed, and why: `M3, Final report (60 %): not billed yet`."""
    for one in state.milestones.values():
        billing = billing_of(state, one)
        if billing is not None and billing.stands != BILLED:
            yield f"{one.id}, {one.title} ({one.share_percent} %): {_told(billing)}"


def nothing_was_due(state: Engagement) -> Iterator[ItemId]:
    """The accepted milestones of which finance said that nothing was due."""
    for one in state.milestones.values():
        billing = billing_of(state, one)
        if billing is not None and billing.stands == NOTHING_WAS_DUE:
            yield one.id


def _told(billing: Billing | None) -> str:
    if billing is None:
        return NOT_BILLED_YET
    return f"{billing.stands}, {billing.because}" if billing.because else billing.stands
