"""The go/no-go decision about a deal: who is asked, what it shows, what follows."""

from domain.asks.model import Ask, AskKind, Outcome, listed
from domain.asks.opening import open_ask
from domain.directory.capacity import named
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import assumed, deal_facts
from domain.engagement.engagement_events import EngagementEnded
from domain.engagement.needs.rules import is_decline_refused
from domain.engagement.pricing.events import (
    DealDecided,
    PriceStatusChanged,
)
from domain.engagement.pricing.values import DealDecision, PriceStatus
from domain.engagement.roles.coverage import required_roles
from domain.engagement.scope.requested_dates import capacity_shown, staffing_now
from domain.engagement.scope.values import CAPACITY, Staffing, WorkPackage
from domain.playbook.model import Kind, Stage, role_label
from domain.pricing.formulas import (
    decision_row,
    margins_wanted,
)
from domain.shared.calendar import day_shown
from domain.shared.limits import MAX_DEAL_CONTEXT_BYTES
from domain.shared.text import bytes_of, fitting, sentence
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId, digest

# How many overbooked weeks a deal pack lists; of the rest, only the number.
WEEKS_NAMED = 10


def deal_hash(state: Engagement) -> str | None:
    """What a deal decision is bound to; None while there is no approved price."""
    if state.price is None or state.price.status is not PriceStatus.APPROVED:
        return None
    return digest(deal_facts(state))


def ask_for_decision(transaction: Transaction[Engagement]) -> None:
    """Asks for the decision that the price calls for, once the price is approved."""
    state = transaction.state
    if state.stage is not Stage.DECIDE or state.price is None or any(state.open_asks(AskKind.DECIDE_DEAL)):
        return
    row = decision_row(state.playbook, state.kind, state.price.quote.price)
    if any(state.cast.holder(role) is None for role in row.voters) or any(state.open_asks(AskKind.CONFIRM_STAFFING)):
        return
    open_ask(
        transaction,
        AskKind.DECIDE_DEAL,
        "deal",
        title=f"Go or no-go: {state.title} for {state.client}",
        facts=deal_facts(state),
        beside=beside_the_deal(state),
        roles=row.voters,
        requester=state.sold_last,
        excluded=who_sold(state),
        method=row.method,
        final_role=row.final_authority,
        must_include=row.must_include,
        quorum=row.needed,
    )


def who_sold(state: Engagement) -> tuple[PersonId, ...]:
    """Everybody who sold or priced the deal, also on behalf of others: none of them may judge it."""
    priced = (state.price.by,) if state.price else ()
    return tuple(dict.fromkeys((*state.sold_by, *state.sold_for, state.sold_last, *priced)))


MORE_OF_THE_DEAL = "{:,} more risks and assumptions: see the packages of the deal."


def _feared(state: Engagement, package: WorkPackage) -> tuple[str, ...]:
    """A package's risks, as scoped and from each of its estimators, without repetition."""
    given = (risk for estimate in state.estimates if estimate.package == package.id for risk in estimate.risks)
    return tuple(dict.fromkeys((*package.risks, *given)))


def as_many_as_fit(texts: dict[str, str], more: str = MORE_OF_THE_DEAL) -> dict[str, str]:
    """As many of these as fit, then how many `more` there are and where to find them."""
    found, size = dict[str, str](), 0
    for name, text in texts.items():
        size += bytes_of(text) + bytes_of(name) + len('"":"",')
        if size > MAX_DEAL_CONTEXT_BYTES - bytes_of(more):
            return found | {"and more": more.format(len(texts) - len(found))}
        found[name] = text
    return found


def beside_the_deal(state: Engagement) -> dict[str, str]:
    """What the deal pack shows without binding it: risks, assumptions, capacity, coverage."""
    feared = {
        f"{name}, risk {n}": risk
        for name, package in state.packages.items()
        for n, risk in enumerate(_feared(state, package), 1)
    }
    assumptions = {
        f"{name}, assumption {n}": text
        for name, package in state.packages.items()
        for n, text in enumerate(assumed(state, package), 1)
    }
    shown_beside = margins_wanted(state.playbook.price) if state.kind is Kind.CONTRACTED else {}
    shown_beside |= as_many_as_fit(_conditions(state) | feared | assumptions)
    if state.staffing is not None:
        shown_beside.update(_capacity_shown(state, state.staffing))
    held = (
        (role, (person_id, *state.cast.further_experts.get(role, ()))) for role, person_id in state.cast.holders.items()
    )
    named = (f"{role_label(role)} {listed([*map(state.cast.name, people)])}" for role, people in sorted(held))
    shown_beside["coverage"] = fitting(", ".join(named))
    vacant = sorted(role_label(role) for role in required_roles(state) if state.cast.holder(role) is None)
    if vacant:
        shown_beside["still vacant"] = fitting(", ".join(vacant))
    return shown_beside


def declined_promises(state: Engagement) -> dict[str, str]:
    """Promises that the firm will not keep, why, and the client's answer."""
    found = {}
    for name in state.promises:
        fate = state.fate(name)
        if fate.declined_because:
            said = "has acknowledged it" if fate.decline_acknowledged else "has not answered yet"
            said = "does not accept that" if is_decline_refused(state, name) else said
            found[f"promise {name} is declined"] = f"{sentence(fate.declined_because)} The client {said}."
    return found


def _conditions(state: Engagement) -> dict[str, str]:
    """Unmet conditions of earlier approvals, such as that of the price."""
    return {
        f"condition {task.id}": f"{task.text} ({state.cast.name(task.owner)}, by {day_shown(task.due)})"
        for task in state.tasks.values()
        if not task.done
    }


def _capacity_shown(state: Engagement, staffing: Staffing) -> dict[str, str]:
    """The resource manager's answer and any overbooked weeks, whatever the answer: deciders see both."""
    if staffing_now(state) is None:
        wished = f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"
        return {CAPACITY: f"nobody has said whether {wished} can be staffed"}
    reckoned = staffing.reckoned
    lines = named(reckoned.overbooked, reckoned.more, WEEKS_NAMED) if reckoned else ()
    overbooked = {f"{CAPACITY}, overbooked {n}": line for n, line in enumerate(lines, 1)}
    return {CAPACITY: capacity_shown(state, staffing)} | overbooked


def on_deal_decided(transaction: Transaction[Engagement], ask: Ask) -> None:
    """A go opens the SOW; a no-go ends the deal; a return sends the price back to be proposed again."""
    if ask.outcome is Outcome.DECLINED:
        transaction.record(EngagementEnded(stage=Stage.LOST, because=fitting(f"no-go: {ask.why_ended or ''}")))
    if ask.outcome is Outcome.RETURNED:
        transaction.record(PriceStatusChanged(status=PriceStatus.RETURNED))
    if ask.outcome is not Outcome.APPROVED:
        return
    decision = DealDecision(
        subject_hash=ask.subject_hash,
        method=ask.method,
        voters=tuple(sorted(role for voter in ask.voters for role in voter.roles)),
        final_authority=ask.final_role or ask.voters[0].roles[0],
        climbed=ask.climbed if ask.asks_last_word else None,
    )
    transaction.record(DealDecided(decision=decision))
