"""Price and decision: based on an attested estimate, taken by those whom the playbook names, never by the seller."""

from collections.abc import Collection

from domain.asks.eligibility import Put, seat_of, silent_on
from domain.asks.ending import end_ask
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.asks.outcomes import outcome_label
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import estimate_hash, is_attested, price_facts, whole_effort
from domain.engagement.documents.redrafting import who_said_no
from domain.engagement.needs.rules import before_baseline
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.deal_decision import deal_hash, who_sold
from domain.engagement.pricing.events import (
    CommissionFellDue,
    DecisionVoided,
    PriceProposed,
    PriceStatusChanged,
)
from domain.engagement.pricing.values import Price, PriceStatus, PriceWish
from domain.engagement.roles.coverage import require_covered
from domain.playbook.model import Kind, Method, Stage
from domain.pricing.approval_bands import band, why_approved
from domain.pricing.formulas import HUNDRED, Terms, commission, margins_wanted, quote, shown
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, EstimateNotAttested, NotNow
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.transaction import Transaction
from domain.shared.values import MAX_MONEY, PersonId, RoleName, in_cents

# The label under which a price shows who rejected the same one before.
SAID_NO_BEFORE = "this price before"


def require_attested(state: Engagement) -> None:
    """Raises EstimateNotAttested, naming who owes what, until delivery has attested every package."""
    if is_attested(state):
        return
    owing = [*state.open_asks(AskKind.ESTIMATE), *state.open_asks(AskKind.CONFIRM_STAFFING)]
    owing += [*state.open_asks(AskKind.ATTEST_ESTIMATE)]
    waits = silent_on(state, owing)
    unestimated = sorted(set(state.packages) - {estimate.package for estimate in state.estimates})
    so = (
        f"Hours are missing for {', '.join(unestimated)}."
        if unestimated
        else "Delivery has not attested the whole estimate."
    )
    if not state.packages:
        so = "There is no scope yet."
    raise EstimateNotAttested(
        so,
        waits_for=waits,
        remedy=f"Ask {waits[0].who}." if waits else "Fill the roles and the scope that the estimate stage needs.",
    )


def reckon(state: Engagement, command: ProposePrice, by: PersonId) -> Price:
    """The price with these terms, and the approvals it calls for. Pure, as the preview uses it too."""
    in_house = state.kind is Kind.IN_HOUSE
    if in_house != command.internal_transfer:
        so = (
            "In-house work is priced as a transfer at cost."
            if in_house
            else "Only in-house work is priced as a transfer."
        )
        raise BadValue(so, remedy="Correct internal_transfer.", field="internal_transfer")
    if in_house and (command.discount_percent or command.contingency_percent):
        raise BadValue(
            "A transfer cannot have a discount or contingency.", remedy="Remove them.", field="discount_percent"
        )
    terms = Terms(
        discount=command.discount_percent or Terms().discount,
        contingency=command.contingency_percent or Terms().contingency,
        expenses=command.expenses,
    )
    effort = whole_effort(state)
    quoted = quote(state.kind, effort, terms, state.playbook.price)
    if max(quoted.price, effort.cost_p80) > MAX_MONEY:
        raise BadValue(
            f"The price or its cost exceeds {shown(MAX_MONEY)} {state.currency}.",
            remedy="Correct the hours, the rates of the rate card or the terms.",
            field="price",
        )
    row = band(quoted, terms, state.playbook.price)
    return Price(
        terms=terms,
        payment=command.payment,
        quote=quoted,
        estimate_hash=estimate_hash(state),
        by=by,
        approvers=row.approvers if row else (),
        override=row.override if row else None,
    )


def terms_meant(state: Engagement, command: ProposePrice, given: Collection[str]) -> ProposePrice:
    """The terms, with those not `given` taken from the current price, or from the wishes at the start."""
    stands, wished = state.price, state.wished_price or PriceWish()
    in_house = state.kind is Kind.IN_HOUSE
    known: dict[str, object] = {
        "discount_percent": stands.terms.discount if stands else wished.discount_percent,
        "contingency_percent": stands.terms.contingency if stands else wished.contingency_percent,
        "expenses": stands.terms.expenses if stands else wished.expenses,
        "payment": stands.payment if stands else wished.payment,
        "internal_transfer": in_house,
    }
    if in_house:
        del known["discount_percent"], known["contingency_percent"]
    return command.replace(**{name: value for name, value in known.items() if name not in given})


def require_priceable(state: Engagement) -> None:
    """Raises the refusal that prevents proposing a price now, if there is one."""
    before_baseline(state, "the price")
    require_attested(state)
    if state.stage.order < Stage.PRICE.order:
        raise NotNow(
            f"The engagement is at {state.stage.value}: the needs are not confirmed as they are now.",
            remedy="Restate the needs, and have the client confirm them.",
            action=RemedyAction.RESTATE_NEEDS,
        )
    require_covered(state, Stage.PRICE)


def propose_price(transaction: Transaction[Engagement], command: ProposePrice) -> None:
    """Prices the attested estimate and asks for the approvals that the price calls for."""
    require_priceable(transaction.state)
    price = reckon(transaction.state, command, transaction.actor.person_id)
    for ask in list(transaction.state.open_asks(AskKind.APPROVE_PRICE)):
        end_ask(
            transaction,
            ask,
            Outcome.SUPERSEDED,
            f"{transaction.state.cast.name(transaction.actor.person_id)} proposed another price",
        )
    transaction.record(PriceProposed(price=price))
    if not price.approvers:
        transaction.record(PriceStatusChanged(status=PriceStatus.APPROVED))
        return
    open_ask(
        transaction,
        AskKind.APPROVE_PRICE,
        "price",
        title=f"Approve the price of {transaction.state.title}",
        facts=price_facts(transaction.state, price),
        beside=beside_the_price(transaction.state, price),
        roles=called_for(price),
        requester=transaction.state.sold_last,
        method=Method.EACH,
        excluded=who_sold(transaction.state),
        in_person=price.override,
    )


def called_for(price: Price) -> tuple[RoleName, ...]:
    """The roles that must approve a price, with the signer of an override last."""
    return (*price.approvers, *((price.override,) if price.override else ()))


def who_would_approve(state: Engagement, price: Price) -> tuple[tuple[RoleName, PersonId | None], ...]:
    """Each role that a price calls for, with the person who would be asked now; None if there is nobody."""
    put = Put(AskKind.APPROVE_PRICE, state.sold_last, who_sold(state))
    seats = ((role, seat_of(state, put, role)) for role in called_for(price))
    return tuple((role, seat.person_id if seat else None) for role, seat in seats)


def beside_the_price(state: Engagement, price: Price) -> dict[str, str]:
    """What approvers measure a price by, and why they are asked; the playbook's targets are not bound."""
    policy = state.playbook.price
    why, before = why_approved(price.quote, price.terms, policy), said_no_before(state, price)
    return (
        ({SAID_NO_BEFORE: before} if before else {})
        | margins_wanted(policy)
        | ({"why it needs approval": why} if why else {})
    )


def said_no_before(state: Engagement, price: Price) -> str | None:
    """By whom, when and why this same price was returned or declined before; None if it was not.

    `Declined by Grace Oduya (finance) on Mon 30 Nov 2026: 45 % sinks us below cost`
    """
    last = state.last_ask(AskKind.APPROVE_PRICE, "price")
    if last is None or last.facts != price_facts(state, price):
        return None
    if last.outcome not in AGAINST:
        return last.beside.get(SAID_NO_BEFORE)
    calendar = state.cast.calendar_of(state.seller)
    when = f" on {day_shown(calendar.local_day(last.ended_at))}" if last.ended_at else ""
    said = f"{outcome_label(last.kind, last.outcome)} by {who_said_no(state, last)}{when}"
    return fitting(f"{said}: {last.why_ended}" if last.why_ended else said)


PRICE_ANSWERED = {Outcome.APPROVED: PriceStatus.APPROVED, Outcome.DECLINED: PriceStatus.DECLINED}


def on_price_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    transaction.record(PriceStatusChanged(status=PRICE_ANSWERED.get(ask.outcome, PriceStatus.RETURNED)))


def void_stale_price(transaction: Transaction[Engagement]) -> None:
    """Voids the price if its estimate changed, and the decision if anything in the deal changed."""
    state = transaction.state
    if state.baseline_signed:
        return
    price = state.price
    live = price is not None and price.status in {PriceStatus.PROPOSED, PriceStatus.APPROVED}
    if live and price and not (is_attested(state) and price.estimate_hash == estimate_hash(state)):
        transaction.record(PriceStatusChanged(status=PriceStatus.STALE))
    decision = transaction.state.decision
    if decision is not None and decision.valid and decision.subject_hash != deal_hash(transaction.state):
        transaction.record(DecisionVoided())


def pay_first_commission(transaction: Transaction[Engagement]) -> None:
    """Part of the planned commission is due to the seller when the SOW is signed."""
    state = transaction.state
    quoted = state.price.quote if state.price else None
    if quoted is None or quoted.services is None or quoted.margin_p50 is None:
        return
    policy = state.playbook.commission
    planned = commission(quoted.services, quoted.margin_p50, state.playbook.price, policy)
    part = in_cents(planned * policy.due_at_signature / HUNDRED)
    transaction.record(CommissionFellDue(seller=state.sold_last, amount=part, of=planned))
