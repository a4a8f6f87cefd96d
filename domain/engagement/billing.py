"""Billing: finance is asked for each accepted milestone, with all that says what is due and what was billed before.

What is billed when is the price's own text (`payment`); a milestone's share is progress, and no figure is made of it.
So finance reads that text with each, and where it makes nothing due with this one, says so and why.
"""

from collections.abc import Iterator

from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asks import Ask, AskKind, Outcome, shown_figures
from domain.directory import FINANCE
from domain.engagement.contract import first_price, is_accepted, money_of
from domain.engagement.state import Engagement, Milestone
from domain.turn import Turn
from domain.values import ItemId
from domain.words import cut

BILLED = "billed"
MOST_BESIDE = 1024
"""Bytes of what the client accepted before, as it stands beside the next that is to be billed."""


def ask_to_bill(turn: Turn[Engagement], milestone: ItemId, requester: str) -> None:
    """Asks finance, or the head of its function where nobody holds the role."""
    state = turn.state
    one = state.milestones[milestone]
    open_ask(
        turn,
        AskKind.BILL_MILESTONE,
        f"bill:{milestone}",
        title=f"Bill what is due with {milestone}, {one.title}",
        facts=bill_facts(state, one),
        beside=accepted_before(state, milestone),
        roles=[FINANCE if state.cast.holder(FINANCE) else state.head_role(FINANCE)],
        requester=requester,
    )


def bill_again(turn: Turn[Engagement]) -> None:
    """Asks finance anew with the price of now, where a change order was signed before a milestone was billed.

    So it does where nobody above finance might answer while its role was vacant, and somebody holds it now.
    """
    is_held = turn.state.cast.holder(FINANCE) is not None
    for ask in list(turn.state.open_asks(AskKind.BILL_MILESTONE)):
        if is_held and ask.unseated and FINANCE not in ask.roles:
            end_ask(turn, ask, Outcome.SUPERSEDED, "the role of finance is held again")
    for name in turn.state.milestones:
        asked = turn.state.last_ask(AskKind.BILL_MILESTONE, f"bill:{name}")
        if asked is not None and asked.outcome is Outcome.SUPERSEDED:
            ask_to_bill(turn, name, asked.requester)


def bill_facts(state: Engagement, milestone: Milestone) -> dict[str, str]:
    """What finance bills by: the milestone, what was agreed of payments, and the price of now beside the first."""
    return shown_figures(
        {
            "milestone": f"{milestone.id}, {milestone.title}",
            "share of progress": f"{milestone.share_percent} %",
            "payment": state.price.payment if state.price else None,
            "contract": _contract(state),
        }
    )


def bill_now(state: Engagement, ask: Ask) -> dict[str, str] | None:
    """What an open ask to bill would show now."""
    milestone = state.milestones.get(ask.subject.removeprefix("bill:"))
    return bill_facts(state, milestone) if milestone is not None else None


def _contract(state: Engagement) -> str | None:
    now = state.price_now
    if now is None:
        return None
    first = money_of(state, first_price(state))
    if not state.net_of_changes:
        return f"{first}, as first signed"
    return f"{money_of(state, now)} now, with all signed change orders; {first} as first signed"


def accepted_before(state: Engagement, milestone: ItemId) -> dict[str, str]:
    """What the client has accepted before, and whether that is billed."""
    accepted = (one for one in state.milestones.values() if one.id != milestone and is_accepted(state, one))
    told = [f"{one.id}, {one.title} ({one.share_percent} %): {_billed(state, one)}" for one in accepted]
    return {"accepted before": cut("; ".join(told), MOST_BESIDE) if told else "nothing"}


def not_billed(state: Engagement) -> Iterator[str]:
    """What the client has accepted and finance has not billed, and why: `M3, Final report (60 %): not billed yet`."""
    for one in state.milestones.values():
        billed = _billed(state, one)
        if is_accepted(state, one) and billed != BILLED:
            yield f"{one.id}, {one.title} ({one.share_percent} %): {billed}"


def _billed(state: Engagement, milestone: Milestone) -> str:
    ask = state.last_ask(AskKind.BILL_MILESTONE, f"bill:{milestone.id}")
    if ask is not None and ask.outcome is Outcome.DECLINED:
        return f"nothing was due with it, {ask.why_ended}" if ask.why_ended else "nothing was due with it"
    return BILLED if ask is not None and ask.outcome is Outcome.APPROVED else "not billed yet"
