"""Price and decision: against an attested estimate, by those whom the playbook names, never by who sells."""

from collections.abc import Collection, Sequence

from domain.asking.ending import end_ask
from domain.asking.opening import open_ask
from domain.asking.outcomes import outcome_label
from domain.asking.seats import Put, seat_of, silent_on
from domain.asks import AGAINST, Ask, AskKind, Condition, Outcome, listed
from domain.capacity import named
from domain.engagement import commands as c
from domain.engagement.coverage import require_covered, required_roles
from domain.engagement.events import (
    CommissionFellDue,
    DealDecided,
    DecisionVoided,
    EngagementEnded,
    PriceProposed,
    PriceStatusChanged,
    TasksOpened,
)
from domain.engagement.qualifying import before_baseline, is_decline_refused
from domain.engagement.redrafting import who_said_no
from domain.engagement.state import (
    CAPACITY,
    DealDecision,
    Engagement,
    Price,
    PriceStatus,
    PriceWish,
    Staffing,
    Task,
    WorkPackage,
)
from domain.engagement.subjects import assumed, deal_facts, estimate_hash, is_attested, price_facts, whole_effort
from domain.engagement.wished_dates import capacity_shown, staffing_now
from domain.limits import MOST_BESIDE_A_DEAL
from domain.playbook import Kind, Method, Stage, role_label
from domain.pricing import (
    HUNDRED,
    Terms,
    band,
    commission,
    decision_row,
    margins_wanted,
    quote,
    shown,
    why_approved,
)
from domain.refusals import BadValue, ConditionOpen, EstimateNotAttested, NotNow, Waiting
from domain.turn import Turn
from domain.values import MOST_MONEY, PersonId, RoleName, digest, in_cents
from domain.words import bytes_of, fitting, sentence
from domain.working_time import day_shown

SAID_NO_BEFORE = "this very price before"
"""Beside a price: who said no to the same one."""
WEEKS_NAMED = 10
"""Overbooked weeks that a deal pack names; of the others it tells the number."""


def require_attested(state: Engagement) -> None:
    """Raises EstimateNotAttested, naming who owes what, until delivery stands behind every package."""
    if is_attested(state):
        return
    owing = [*state.open_asks(AskKind.ESTIMATE), *state.open_asks(AskKind.CONFIRM_STAFFING)]
    owing += [*state.open_asks(AskKind.ATTEST_ESTIMATE)]
    waits = silent_on(state, owing)
    unestimated = sorted(set(state.packages) - {estimate.package for estimate in state.estimates})
    so = f"No hours yet for {', '.join(unestimated)}." if unestimated else "Delivery has not attested the whole."
    if not state.packages:
        so = "There is no scope yet."
    raise EstimateNotAttested(
        so,
        waits_for=waits,
        remedy=f"Ask {waits[0].who}." if waits else "Fill the roles and the scope that the estimate stage needs.",
    )


def reckon(state: Engagement, command: c.ProposePrice, by: str) -> Price:
    """The price that these terms make, with the approvals it calls for. Pure: the preview uses it too."""
    in_house = state.kind is Kind.IN_HOUSE
    if in_house != command.internal_transfer:
        so = "In house the price is a transfer at cost." if in_house else "Only in house is a price a transfer."
        raise BadValue(so, remedy="Correct internal_transfer.", field="internal_transfer")
    if in_house and (command.discount_percent or command.contingency_percent):
        raise BadValue("A transfer has no discount or contingency.", remedy="Leave them out.", field="discount_percent")
    terms = Terms(
        discount=command.discount_percent or Terms().discount,
        contingency=command.contingency_percent or Terms().contingency,
        expenses=command.expenses,
    )
    effort = whole_effort(state)
    quoted = quote(state.kind, effort, terms, state.playbook.price)
    if max(quoted.price, effort.cost_p80) > MOST_MONEY:
        raise BadValue(
            f"The price or its cost passes {shown(MOST_MONEY)} {state.currency}.",
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


def terms_meant(state: Engagement, command: c.ProposePrice, given: Collection[str]) -> c.ProposePrice:
    """The terms with those that were not `given` as they stand in the price, else as they were wished at the start."""
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
    return command.having(**{name: value for name, value in known.items() if name not in given})


def require_priceable(state: Engagement) -> None:
    """Raises the refusal that stands in the way of proposing a price now, if any does."""
    before_baseline(state, "the price")
    require_attested(state)
    if state.stage.order < Stage.PRICE.order:
        raise NotNow(
            f"The engagement is at {state.stage.value}: the needs are not confirmed as they are now.",
            remedy="Restate the needs and have the client confirm them.",
        )
    require_covered(state, Stage.PRICE)


def propose_price(turn: Turn[Engagement], command: c.ProposePrice) -> None:
    """Prices the attested estimate and asks for what the price calls for."""
    require_priceable(turn.state)
    price = reckon(turn.state, command, turn.actor.person)
    for ask in list(turn.state.open_asks(AskKind.APPROVE_PRICE)):
        end_ask(turn, ask, Outcome.SUPERSEDED, f"{turn.state.cast.name(turn.actor.person)} proposed another price")
    turn.record(PriceProposed(price=price))
    if not price.approvers:
        turn.record(PriceStatusChanged(status=PriceStatus.APPROVED))
        return
    open_ask(
        turn,
        AskKind.APPROVE_PRICE,
        "price",
        title=f"Approve the price of {turn.state.title}",
        facts=price_facts(turn.state, price),
        beside=beside_the_price(turn.state, price),
        roles=called_for(price),
        requester=turn.state.sold_last,
        method=Method.EACH,
        excluded=who_sold(turn.state),
        in_person=price.override,
    )


def called_for(price: Price) -> tuple[RoleName, ...]:
    """The roles that must approve a price, whoever signs an override last."""
    return (*price.approvers, *((price.override,) if price.override else ()))


def who_would_approve(state: Engagement, price: Price) -> tuple[tuple[RoleName, PersonId | None], ...]:
    """Each role that a price calls for, with whoever would be asked for it now; None where nobody could be."""
    put = Put(AskKind.APPROVE_PRICE, state.sold_last, who_sold(state))
    seats = ((role, seat_of(state, put, role)) for role in called_for(price))
    return tuple((role, seat.person if seat else None) for role, seat in seats)


def beside_the_price(state: Engagement, price: Price) -> dict[str, str]:
    """What whoever approves a price measures it by, and why they are asked; the terms of the playbook bind nobody."""
    policy = state.playbook.price
    why, before = why_approved(price.quote, price.terms, policy), said_no_before(state, price)
    return (
        ({SAID_NO_BEFORE: before} if before else {})
        | margins_wanted(policy)
        | ({"why it needs approval": why} if why else {})
    )


def said_no_before(state: Engagement, price: Price) -> str | None:
    """By whom, when and why this very price was sent back or declined, where it was: nothing of it has changed since.

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


def on_price_answered(turn: Turn[Engagement], ask: Ask) -> None:
    turn.record(PriceStatusChanged(status=PRICE_ANSWERED.get(ask.outcome, PriceStatus.RETURNED)))


def void_stale_price(turn: Turn[Engagement]) -> None:
    """The price is pinned to its estimate; the decision to the whole deal."""
    state = turn.state
    if state.baseline_signed:
        return
    price = state.price
    live = price is not None and price.status in {PriceStatus.PROPOSED, PriceStatus.APPROVED}
    if live and price and not (is_attested(state) and price.estimate_hash == estimate_hash(state)):
        turn.record(PriceStatusChanged(status=PriceStatus.STALE))
    decision = turn.state.decision
    if decision is not None and decision.valid and decision.hash != deal_hash(turn.state):
        turn.record(DecisionVoided())


def deal_hash(state: Engagement) -> str | None:
    """What a deal decision is bound to; None while no approved price stands."""
    if state.price is None or state.price.status is not PriceStatus.APPROVED:
        return None
    return digest(deal_facts(state))


def ask_for_decision(turn: Turn[Engagement]) -> None:
    """Puts the deal to the decision that its price calls for, once the price is approved."""
    state = turn.state
    if state.stage is not Stage.DECIDE or state.price is None or any(state.open_asks(AskKind.DECIDE_DEAL)):
        return
    row = decision_row(state.playbook, state.kind, state.price.quote.price)
    if any(state.cast.holder(role) is None for role in row.voters) or any(state.open_asks(AskKind.CONFIRM_STAFFING)):
        return
    open_ask(
        turn,
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


def who_sold(state: Engagement) -> tuple[str, ...]:
    """Everybody who sold the deal, for another too, or priced it: none of them judges it."""
    priced = (state.price.by,) if state.price else ()
    return tuple(dict.fromkeys((*state.sold_by, *state.sold_for, state.sold_last, *priced)))


MORE_OF_THE_DEAL = "{:,} more risks and assumptions stand with the packages of the deal."


def _feared(state: Engagement, package: WorkPackage) -> tuple[str, ...]:
    """What is feared of a package: as it was scoped, and by each of its estimators, every risk once."""
    given = (risk for estimate in state.estimates if estimate.package == package.id for risk in estimate.risks)
    return tuple(dict.fromkeys((*package.risks, *given)))


def as_many_as_fit(texts: dict[str, str], more: str = MORE_OF_THE_DEAL) -> dict[str, str]:
    """As many of these as there is room for; of `more` it says how many, and where they stand."""
    found, size = dict[str, str](), 0
    for name, text in texts.items():
        size += bytes_of(text) + bytes_of(name) + len('"":"",')
        if size > MOST_BESIDE_A_DEAL - bytes_of(more):
            return found | {"and more": more.format(len(texts) - len(found))}
        found[name] = text
    return found


def beside_the_deal(state: Engagement) -> dict[str, str]:
    """What the deal pack shows with the deal and does not bind: risks, what is assumed, capacity, coverage."""
    feared = {
        f"{name}, risk {n}": risk
        for name, package in state.packages.items()
        for n, risk in enumerate(_feared(state, package), 1)
    }
    assumptions = {
        f"{name}, assumed {n}": text
        for name, package in state.packages.items()
        for n, text in enumerate(assumed(state, package), 1)
    }
    shown_beside = margins_wanted(state.playbook.price) if state.kind is Kind.CONTRACTED else {}
    shown_beside |= as_many_as_fit(_conditions(state) | feared | assumptions)
    if state.staffing is not None:
        shown_beside.update(_capacity_shown(state, state.staffing))
    held = ((role, (person, *state.cast.further_experts.get(role, ()))) for role, person in state.cast.holders.items())
    named = (f"{role_label(role)} {listed([*map(state.cast.name, people)])}" for role, people in sorted(held))
    shown_beside["coverage"] = fitting(", ".join(named))
    vacant = sorted(role_label(role) for role in required_roles(state) if state.cast.holder(role) is None)
    if vacant:
        shown_beside["still vacant"] = fitting(", ".join(vacant))
    return shown_beside


def declined_promises(state: Engagement) -> dict[str, str]:
    """Promises that the firm will not keep, why, and what the client says to that."""
    found = {}
    for name in state.promises:
        fate = state.fate(name)
        if fate.declined_because:
            said = "has acknowledged it" if fate.decline_acknowledged else "has not answered yet"
            said = "does not accept that" if is_decline_refused(state, name) else said
            found[f"promise {name} is declined"] = f"{sentence(fate.declined_because)} The client {said}."
    return found


def _conditions(state: Engagement) -> dict[str, str]:
    """What a yes before this one hangs on, as on the price, and is not met yet."""
    return {
        f"condition {task.id}": f"{task.text} ({state.cast.name(task.owner)}, by {day_shown(task.due)})"
        for task in state.tasks.values()
        if not task.done
    }


def _capacity_shown(state: Engagement, staffing: Staffing) -> dict[str, str]:
    """The resource manager's word, and the overbooked weeks whatever the word was: who decides sees both."""
    if staffing_now(state) is None:
        wished = f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"
        return {CAPACITY: f"nobody has said whether {wished} can be staffed"}
    reckoned = staffing.reckoned
    lines = named(reckoned.overbooked, reckoned.more, WEEKS_NAMED) if reckoned else ()
    overbooked = {f"{CAPACITY}, overbooked {n}": line for n, line in enumerate(lines, 1)}
    return {CAPACITY: capacity_shown(state, staffing)} | overbooked


def on_deal_decided(turn: Turn[Engagement], ask: Ask) -> None:
    """A go opens the SOW; a no-go ends the deal; a return sends the price back, to be proposed anew."""
    if ask.outcome is Outcome.DECLINED:
        turn.record(EngagementEnded(stage=Stage.LOST, because=fitting(f"no-go: {ask.why_ended or ''}")))
    if ask.outcome is Outcome.RETURNED:
        turn.record(PriceStatusChanged(status=PriceStatus.RETURNED))
    if ask.outcome is not Outcome.APPROVED:
        return
    decision = DealDecision(
        hash=ask.hash,
        method=ask.method,
        voters=tuple(sorted(role for voter in ask.voters for role in voter.roles)),
        final_authority=ask.final_role or ask.voters[0].roles[0],
        climbed=ask.climbed if ask.asks_last_word else None,
    )
    turn.record(DealDecided(decision=decision))


def open_tasks(turn: Turn[Engagement], ask: Ask, before: Stage) -> None:
    """Each condition of a yes becomes somebody's task, to be done before a later gate."""
    if ask.outcome is not Outcome.APPROVED:
        return
    given = [(condition, vote.by) for vote in ask.votes for condition in vote.answer.conditions]
    add_tasks(turn, given, before)


def add_tasks(turn: Turn[Engagement], given: Sequence[tuple[Condition, PersonId | None]], before: Stage) -> None:
    """Opens a task for each condition, with who gave it."""
    first = turn.state.tasks_opened + 1
    tasks = tuple(
        Task(
            id=f"T{n}",
            text=condition.text,
            owner=_owner(turn.state, condition),
            set_by=set_by,
            since=turn.now,
            due=condition.due,
            before=before,
        )
        for n, (condition, set_by) in enumerate(given, first)
    )
    if tasks:
        turn.record(TasksOpened(tasks=tasks))


def _owner(state: Engagement, condition: Condition) -> str:
    """Whoever the condition names; who has left since then is followed by the engagement manager."""
    return condition.owner if state.cast.is_here(condition.owner) else state.manager


def require_tasks_done(state: Engagement, gate: Stage) -> None:
    """Raises ConditionOpen while a condition that this gate checks is not met."""
    undone = [task for task in state.tasks.values() if not task.done and task.before.order <= gate.order]
    if undone:
        raise ConditionOpen(
            f"{undone[0].id}: “{undone[0].text}”."[:1900],
            waits_for=tuple(Waiting(ask=task.id, who=state.cast.name(task.owner)) for task in undone),
            remedy=f"{state.cast.name(undone[0].owner)} completes it by {day_shown(undone[0].due)}.",
        )


def pay_first_commission(turn: Turn[Engagement]) -> None:
    """A part of the planned commission falls due when the SOW is signed, to who sold the deal."""
    state = turn.state
    quoted = state.price.quote if state.price else None
    if quoted is None or quoted.services is None or quoted.margin_p50 is None:
        return
    policy = state.playbook.commission
    planned = commission(quoted.services, quoted.margin_p50, state.playbook.price, policy)
    part = in_cents(planned * policy.due_at_signature / HUNDRED)
    turn.record(CommissionFellDue(seller=state.sold_last, amount=part, of=planned))
