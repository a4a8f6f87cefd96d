"""The ends of an engagement: lost, cancelled, on hold, or closed with promised = bought = needed = delivered."""

from collections.abc import Iterator
from decimal import Decimal, localcontext

from domain.asks.bound_facts import under
from domain.asks.eligibility import silent_on
from domain.asks.ending import end_ask
from domain.asks.model import Ask, AskKind, Outcome, listed
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import engagement_facts, promised_facts
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, LoseDeal
from domain.engagement.closing.events import AskedAtClose, CareAccepted, NeedMeasured
from domain.engagement.closing.values import Closing
from domain.engagement.delivery.billing import billed_after_all_by, not_billed, nothing_was_due
from domain.engagement.delivery.hours_worked import actual_cost
from domain.engagement.delivery.satisfaction import AT_CLOSE, how_satisfied, pulse_facts
from domain.engagement.engagement_events import EngagementEnded, EngagementReconciled
from domain.engagement.needs.rules import unreconciled_promises
from domain.engagement.pricing.events import CommissionFellDue
from domain.engagement.require_stage import require_stage
from domain.engagement.tasks.events import TasksOpened
from domain.engagement.tasks.opening import require_tasks_done
from domain.engagement.tasks.values import Task
from domain.playbook.model import Method, Stage
from domain.pricing.formulas import commission, margin
from domain.pricing.three_points import PRECISION
from domain.shared.errors import AskedAlready, BadValue, NotNow, PromiseWithoutHome, Refusal, StillOwed
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting, sentence
from domain.shared.transaction import Transaction
from domain.shared.values import Value

# Asks that closing withdraws without waiting for their answers.
NOT_WAITED_FOR = frozenset({AskKind.PULSE, AskKind.MEASURE_NEED, AskKind.CONTACT_CLIENT, AskKind.POTENTIAL_CHANGE})


NOTHING_LEARNT = "Nothing is recorded under lessons learnt, and nothing can be added later."


def lose_deal(transaction: Transaction[Engagement], command: LoseDeal) -> None:
    if transaction.state.baseline_signed:
        raise NotNow(
            "Both sides have signed. A signed deal cannot be lost.",
            remedy="Cancel it, with the sponsor's approval.",
            action=RemedyAction.CANCEL_DEAL,
        )
    transaction.record(EngagementEnded(stage=Stage.LOST, because=command.reason))


def cancel_engagement(transaction: Transaction[Engagement], command: CancelEngagement) -> None:
    """Before both sides have signed this ends the engagement; after that the provider's sponsor must approve it."""
    state = transaction.state
    if not state.baseline_signed:
        transaction.record(EngagementEnded(stage=Stage.CANCELLED, because=command.reason))
        return
    if any(state.open_asks(AskKind.CANCEL_ENGAGEMENT)):
        raise AskedAlready("The sponsor has already been asked.", remedy="Wait for their answer.")
    open_ask(
        transaction,
        AskKind.CANCEL_ENGAGEMENT,
        "cancel",
        title=f"Cancel {state.title} after both sides signed?",
        facts={"reason": command.reason} | under("engagement", {"title": state.title, "client": state.client}),
        roles=["provider_sponsor"],
        requester=transaction.actor.person_id,
        method=Method.EACH,
        of_figures=True,
    )


def on_cancel_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        transaction.record(EngagementEnded(stage=Stage.CANCELLED, because=ask.facts["reason"]))


def enter_support(transaction: Transaction[Engagement]) -> None:
    """Asks customer care to take over, the client how satisfied they are, and for each measured need its measure."""
    state = transaction.state
    if state.stage is not Stage.SUPPORT:
        return
    if state.cast.holder("customer_care") and _care_is_to_be_asked(state):
        _ask_care(transaction)
    if state.cast.holder("client_sponsor") and not state.asked_at_close:
        _ask_at_close(transaction)


def _ask_care(transaction: Transaction[Engagement]) -> None:
    state = transaction.state
    open_ask(
        transaction,
        AskKind.ACCEPT_CARE,
        "care",
        title=f"Take {state.title} into care: hypercare, open points, the client's day-to-day contact",
        facts=engagement_facts(state) | promised_facts(state),
        roles=["customer_care"],
        requester=state.manager,
    )


def _ask_at_close(transaction: Transaction[Engagement]) -> None:
    state = transaction.state
    transaction.record(AskedAtClose())
    open_ask(
        transaction,
        AskKind.PULSE,
        f"pulse:{AT_CLOSE}:{state.cast.holder('client_sponsor')}",
        title=how_satisfied(state, AT_CLOSE),
        facts=pulse_facts(state, AT_CLOSE),
        roles=["client_sponsor"],
        requester=state.manager,
    )
    for need in state.needs.values():
        if need.measure is not None:
            measure = need.measure
            open_ask(
                transaction,
                AskKind.MEASURE_NEED,
                f"measure:{need.id}",
                title=f"{measure.what}: what is it now?",
                facts={"need.text": need.text} | under("measure", {"before": measure.now, "wished": measure.target}),
                roles=["client_sponsor"],
                requester=state.manager,
            )


def on_care_accepted(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Care takes over; or what it lacks becomes the engagement manager's tasks, and care is asked again afterwards."""
    if ask.outcome is Outcome.APPROVED:
        transaction.record(CareAccepted())
        return
    state = transaction.state
    calendar = state.cast.calendar_of(state.manager)
    task = Task(
        id=f"T{state.tasks_opened + 1}",
        text=fitting(f"For customer care to take over: {ask.why_ended or ask.title}"),
        owner=state.manager,
        since=transaction.now,
        due=calendar.local_day(calendar.after(transaction.now, ask.due_minutes)),
        before=Stage.SUPPORT,
    )
    transaction.record(TasksOpened(tasks=(task,)))


def _care_is_to_be_asked(state: Engagement) -> bool:
    """True if not asked yet, or returned and every task has been done since."""
    last = state.last_ask(AskKind.ACCEPT_CARE, "care")
    if last is None:
        return True
    return not last.is_open and not state.care_accepted and all(task.done for task in state.tasks.values())


def on_need_measured(transaction: Transaction[Engagement], ask: Ask) -> None:
    value = ask.votes[-1].answer.measured if ask.votes else None
    if ask.outcome is Outcome.APPROVED and value is not None:
        transaction.record(NeedMeasured(need=ask.subject.removeprefix("measure:"), value=value))


class Realised(Value):
    """The result of an engagement, unrounded; no margin and no commission in house."""

    actual_cost: Decimal
    services: Decimal | None
    margin: Decimal | None
    commission: Decimal | None


def realised(state: Engagement) -> Realised:
    """Actual hours at their rates against services and approved changes, and the resulting commission."""
    with localcontext() as context:
        context.prec = PRECISION
        cost = actual_cost(state, state.actual_hours)
        quoted = state.price.quote.services if state.price else None
        if quoted is None:
            return Realised(actual_cost=cost, services=None, margin=None, commission=None)
        services = quoted + state.net_of_changes
        gross = margin(services, cost)
        paid = commission(services, gross, state.playbook.price, state.playbook.commission)
        return Realised(actual_cost=cost, services=services, margin=gross, commission=paid)


def close_engagement(transaction: Transaction[Engagement], command: CloseEngagement) -> None:
    """Closes it: care accepted, nothing owed, each promise shown as kept or explained, hours known."""
    state = transaction.state
    require_closable(state)
    result = realised(state)
    if result.commission is not None:
        rest = result.commission - state.commission_paid
        transaction.record(CommissionFellDue(seller=state.sold_last, amount=rest, of=result.commission))
    closing = Closing(
        realised_margin=result.margin,
        commission=result.commission,
        actual_cost=result.actual_cost,
        lessons=command.lessons,
        not_billed=fitting("; ".join(not_billed(state))) or None,
    )
    transaction.record(EngagementReconciled(closing=closing))
    transaction.record(EngagementEnded(stage=Stage.CLOSED))


def require_closable(state: Engagement) -> None:
    """Raises the refusal that prevents closing now, if there is one."""
    require_stage(state, Stage.SUPPORT)
    _require_nothing_owed(state)
    require_tasks_done(state, Stage.SUPPORT)
    unknown = unreconciled_promises(state)
    if unknown:
        raise PromiseWithoutHome(
            f"Nothing shows whether {', '.join(unknown)} was kept.",
            remedy=f"{state.cast.name(state.manager)} must say that it was delivered, or why not.",
            action=RemedyAction.RECONCILE_PROMISE,
        )
    unreported = without_hours(state)
    if unreported:
        raise BadValue(
            f"Actual hours are missing for {', '.join(unreported)}.",
            remedy="The project manager must report them.",
            action=RemedyAction.RECORD_HOURS,
            field="hours",
        )


def before_close(state: Engagement, *, lessons: bool) -> Iterator[str]:
    """What to know before closing; empty if the engagement cannot be closed now."""
    try:
        require_closable(state)
    except Refusal:
        return
    yield from left_by_close(state)
    if not lessons:
        yield NOTHING_LEARNT


def left_by_close(state: Engagement) -> Iterator[str]:
    """What can no longer be billed, answered or added after closing, a sentence each; none of it prevents closing."""
    lacking = "; ".join(not_billed(state))
    if lacking:
        yield sentence(fitting(f"Not billed: {lacking}"))
    for milestone in nothing_was_due(state):
        yield f"To have {milestone} billed after all: {billed_after_all_by(state, milestone)}."
    for ask in state.open_asks(*sorted(NOT_WAITED_FOR)):
        who = listed([state.cast.name(voter.person_id) for voter in ask.silent]) or "Nobody"
        yield fitting(f"{who} has not answered, and will not be asked once it is closed: {sentence(ask.title)}")


def without_hours(state: Engagement) -> tuple[str, ...]:
    """Packages not removed by a change, and approved changes with work, without reported hours."""
    changes = (
        f"C{change.n}"
        for change in state.changes.values()
        if change.status is ChangeStatus.APPROVED and change.facts.work
    )
    packages = (package for package in state.packages if package not in state.removed)
    return tuple(item for item in (*packages, *changes) if item not in state.actual_hours)


def _require_nothing_owed(state: Engagement) -> None:
    owed = [ask for ask in state.open_asks() if ask.kind not in NOT_WAITED_FOR]
    if state.care_accepted and not owed:
        return
    waits = silent_on(state, owed)
    raise StillOwed(
        "An ask is still open." if owed else "Customer care has not taken over.",
        waits_for=waits,
        remedy=f"{waits[0].who} must answer first." if waits else "Get customer care to accept.",
        action=RemedyAction.SHOW_AWAITED_ASK if waits else None,
    )


def withdraw_what_is_open(transaction: Transaction[Engagement]) -> None:
    """Withdraws all open asks of an engagement that has ended."""
    if transaction.state.is_over:
        for ask in list(transaction.state.open_asks()):
            end_ask(transaction, ask, Outcome.WITHDRAWN, f"the engagement is {transaction.state.stage.value}")
