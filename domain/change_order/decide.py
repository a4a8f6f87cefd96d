"""The steps of a change order: estimated, attested by delivery, routed, approved by each, signed.

It has the same shape as an engagement's `decide`: a command or time in, state and events or a refusal out.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Literal, NamedTuple

from domain.asks import (
    answering,
    delegation,
    ending,
    escalation,
    introducing,
    questions,
    reassignment,
)
from domain.asks import (
    opening as asks_opening,
)
from domain.asks.bound_facts import under
from domain.asks.eligibility import still_owed_beside
from domain.asks.model import Ask, AskKind, Condition, Outcome
from domain.asks.signature_record import signature
from domain.change_order.facts import change_facts, client_facts, context_for_client, why_asked
from domain.change_order.order import (
    ApprovedInside,
    Brief,
    BriefTaken,
    ChangeOrder,
    DeliveryApproved,
    EstimateLines,
    LinesEstimated,
    OrderSigned,
    OrderStarted,
    OrderStatusChanged,
    Report,
    ReportMade,
    TakeBrief,
    WithdrawOrder,
)
from domain.change_order.permissions import ENGAGEMENT, permit
from domain.change_order.size_limit import require_order_fits
from domain.directory.people import Introduction
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.changes.outlook import outlook_shown
from domain.engagement.changes.routing import CLIENT, signers
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.hold_texts import refused_on_hold
from domain.engagement.command import Command
from domain.engagement.documents.redrafting import who_said_no
from domain.playbook.model import Method
from domain.shared.errors import AlreadyDecided, ChangeEnded, NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.transaction import CLOCK, Actor, Evolves, Transaction
from domain.shared.values import EngagementId, PersonId

NOBODY = Introduction()
DELIVERY, INSIDE = "delivery", "inside"


class OrderDecision(NamedTuple):
    """The result of a transaction: the new state and its events."""

    state: ChangeOrder
    events: tuple[Evolves[ChangeOrder], ...]
    for_whom: None = None
    """Always None: votes themselves record for whom they are given."""


def order_id(engagement_id: EngagementId, n: int) -> str:
    """The id of an engagement's n-th change order."""
    return f"{engagement_id}.C{n}"


def start(brief: Brief, now: datetime) -> OrderDecision:
    """Opens a change order from the engagement's brief."""
    order = ChangeOrder(
        id=order_id(brief.engagement_id, brief.n),
        kind=brief.kind,
        playbook=brief.playbook,
        cast=brief.cast,
        brief=brief,
    )
    transaction = Transaction(order, Actor(person_id=brief.by, channel=ENGAGEMENT), now)
    transaction.record(OrderStarted(order=order))
    settle(transaction)
    return OrderDecision(transaction.state, tuple(transaction.events))


def decide(order: ChangeOrder, command: Command, actor: Actor, now: datetime) -> OrderDecision:
    """What a command makes of a change order. Raises a Refusal if a rule forbids it."""
    if order.is_over and not isinstance(command, TakeBrief):
        raise ChangeEnded(
            f"Change {order.brief.n} is {order.status.value}.",
            remedy="Submit a new change.",
            action=RemedyAction.SUBMIT_CHANGE,
        )
    permit(order, command, actor)
    if order.brief.on_hold and not isinstance(command, ALLOWED_ON_HOLD):
        raise refused_on_hold(order, actor.person_id)
    transaction = Transaction(order, actor, now)
    HANDLERS[type(command)](transaction, command)
    _settle(transaction)
    require_order_fits(order, transaction.state, command)
    return OrderDecision(transaction.state, tuple(transaction.events))


def _settle(transaction: Transaction[ChangeOrder]) -> None:
    """Applies everything that follows; votes of replaced voters are counted again."""
    settle(transaction)
    while ended := reassignment.count_moved_votes(transaction):
        for ask in ended:
            _follow(transaction, ask)
        settle(transaction)


def apply_due_timers(order: ChangeOrder, now: datetime) -> OrderDecision:
    """Applies what is due with time: reminders and rungs."""
    transaction = Transaction(order, Actor(person_id=CLOCK, channel=CLOCK), now)
    if not order.is_over:
        if not order.clocks_stand:
            delegation.sweep(transaction)
        escalation.sweep(transaction)
        _settle(transaction)
    return OrderDecision(transaction.state, tuple(transaction.events))


def advance_to(order: ChangeOrder, now: datetime) -> ChangeOrder:
    """The order with everything due by now applied."""
    moment = next_moment(order)
    return apply_due_timers(order, now).state if moment is not None and moment <= now else order


def next_moment(order: ChangeOrder) -> datetime | None:
    """The earliest moment at which `apply_due_timers` has something to do."""
    if order.is_over:
        return None
    moments = [escalation.next_moment(order, ask) for ask in order.open_asks()]
    moments += [] if order.clocks_stand else [delegation.moment(order)]
    return min((moment for moment in moments if moment is not None), default=None)


def _take_brief(transaction: Transaction[ChangeOrder], command: TakeBrief) -> None:
    """Takes the engagement's brief: another revision, route, people, or contract.

    Signers are asked again if, because another change was signed, this one now affects the contract differently.
    """
    before, brief = transaction.state, command.brief
    if before.is_over or brief == before.brief:
        return
    transaction.record(BriefTaken(brief=brief))
    if brief.called_off:
        _end(transaction, ChangeStatus.WITHDRAWN, brief.called_off)
        return
    _set_clocks(transaction)
    if brief.revision != before.brief.revision:
        _supersede(transaction, "the change was revised", None)
    elif brief.route != before.brief.route:
        unsigned = set() if transaction.state.approved_inside else _signing(transaction.state)
        _supersede(transaction, "the change is now routed to other approvers", {INSIDE, *unsigned})
    elif brief.signed > before.brief.signed and brief.outlook_hash != before.brief.outlook_hash:
        _supersede(
            transaction,
            "another change was signed, which alters the effect of this one on the contract",
            _signing(transaction.state),
        )
    delegation.refresh(transaction)


def _signing(order: ChangeOrder) -> set[str]:
    """Subjects of the open asks to sign, which come after all approvals in the firm."""
    return {ask.subject for ask in order.open_asks(AskKind.SIGN_CHANGE)}


def _set_clocks(transaction: Transaction[ChangeOrder]) -> None:
    """Stops and restarts all clocks with the engagement's hold, except those of asks that wait for information."""
    for ask in list(transaction.state.open_asks()):
        if transaction.state.clocks_stand:
            ending.stop_clock(transaction, ask.id)
        elif not ask.clock_waits:
            ending.start_clock(transaction, ask.id)


def _supersede(transaction: Transaction[ChangeOrder], because: str, subjects: set[str] | None) -> None:
    for ask in list(transaction.state.open_asks()):
        if subjects is None or ask.subject in subjects:
            ending.end_ask(transaction, ask, Outcome.SUPERSEDED, because)


def _estimate(transaction: Transaction[ChangeOrder], command: EstimateLines) -> None:
    """Records an expert's hours for lines of their discipline."""
    order, me = transaction.state, transaction.actor.person_id
    if order.attested or order.status is not ChangeStatus.PENDING:
        raise AlreadyDecided(
            "Delivery has already attested these hours.", remedy="Return the change to have the hours estimated again."
        )
    if command.shown is not None:
        known = {given.package: given.known for given in command.estimates}
        answering.require_hours_as_shown(order, command.shown, me, known)
    for given in command.estimates:
        if given.package not in order.lines:
            raise NotFound(f"This change has no line {given.package}.", remedy="L1, L2, …", field="estimates.package")
    hours = {given.package: given.hours for given in command.estimates}
    transaction.record(LinesEstimated(by=me, hours=hours, owed=still_owed_beside(order, hours)))
    _supersede(transaction, "the hours were given again", {DELIVERY})
    for ask in list(transaction.state.open_asks(AskKind.ESTIMATE)):
        if set(ask.lines) <= transaction.state.hours.keys():
            ending.end_ask(transaction, ask, Outcome.APPROVED)


def _withdraw(transaction: Transaction[ChangeOrder], command: WithdrawOrder) -> None:
    _end(transaction, ChangeStatus.WITHDRAWN, command.reason)


def _end(
    transaction: Transaction[ChangeOrder],
    status: ChangeStatus,
    because: str | None = None,
    *,
    returned: Ask | None = None,
) -> None:
    does = transaction.state.brief.outlook if status is ChangeStatus.APPROVED else {}
    transaction.record(OrderStatusChanged(status=status, because=because, does=does))
    for ask in list(transaction.state.open_asks()):
        ending.end_ask(transaction, ask, Outcome.WITHDRAWN, f"the change is {status.value}")
    words: dict[ChangeStatus, Literal["returned", "approved", "rejected", "withdrawn"]] = {
        ChangeStatus.RETURNED: "returned",
        ChangeStatus.APPROVED: "approved",
        ChangeStatus.REJECTED: "rejected",
        ChangeStatus.WITHDRAWN: "withdrawn",
    }
    _report(transaction, words[status], returned=returned)


def _introduce(transaction: Transaction[ChangeOrder], people: Introduction, named: Collection[PersonId]) -> None:
    """Makes colleagues known here, and to the engagement."""
    introduced = introducing.introduce(transaction, people, named)
    if introduced.people:
        _report(transaction, "introduced", introduced)


def _report(
    transaction: Transaction[ChangeOrder],
    status: Literal["introduced", "attested", "returned", "approved", "rejected", "withdrawn"],
    introduces: Introduction = NOBODY,
    *,
    returned: Ask | None = None,
) -> None:
    order = transaction.state
    conditions = _conditions(order) if status == "approved" else ()
    report = Report(
        number=order.last_report + 1,
        revision=order.brief.revision,
        status=status,
        work=tuple(order.lines.values()) if status == "attested" else (),
        conditions=tuple(condition for condition, _ in conditions),
        conditions_by=tuple(by for _, by in conditions),
        returned_by=returned.id if returned is not None else None,
        returned_because=_who_and_why(order, returned) if returned is not None else None,
        introduces=introduces,
    )
    transaction.record(ReportMade(report=report))


def _who_and_why(order: ChangeOrder, returned: Ask) -> str | None:
    """`Olga Petrova (quality): Say which figures.`"""
    who, why = who_said_no(order, returned), returned.why_ended
    return fitting(f"{who}: {why}" if why else who)


def _conditions(order: ChangeOrder) -> tuple[tuple[Condition, PersonId], ...]:
    """The conditions of this revision's approvals, and whose they were."""
    asks = (order.last_ask(AskKind.APPROVE_CHANGE, subject) for subject in (DELIVERY, INSIDE))
    votes = (vote for ask in asks if ask is not None for vote in ask.votes)
    return tuple((condition, vote.by) for vote in votes for condition in vote.answer.conditions)


def _answer(transaction: Transaction[ChangeOrder], command: AnswerAsk) -> None:
    _introduce(transaction, command.introduces, [one.owner for one in command.answer.conditions])
    _follow(
        transaction,
        answering.answer(transaction, command.ask_id, command.answer, command.subject_hash, command.read_in),
    )


def _follow(transaction: Transaction[ChangeOrder], ask: Ask) -> None:
    """Applies what the end of an ask means for the change."""
    if ask.kind is AskKind.ANSWER_QUESTION:
        questions.on_question_answered(transaction, ask)
    elif ask.outcome is Outcome.APPROVED:
        _approved(transaction, ask)
    elif ask.outcome is Outcome.DECLINED:
        _end(transaction, ChangeStatus.REJECTED, ask.why_ended)
    elif ask.outcome is Outcome.RETURNED:
        _end(transaction, ChangeStatus.RETURNED, ask.why_ended, returned=ask)


def _approved(transaction: Transaction[ChangeOrder], ask: Ask) -> None:
    if ask.kind is AskKind.SIGN_CHANGE:
        transaction.record(OrderSigned(signature=signature(transaction.state.cast, ask, ask.subject, transaction.now)))
    elif ask.subject == DELIVERY:
        transaction.record(DeliveryApproved())
        _report(transaction, "attested")
    elif ask.subject == INSIDE:
        transaction.record(ApprovedInside())


def settle(transaction: Transaction[ChangeOrder]) -> None:
    """Asks for what comes next: hours, delivery's attestation, the other approvals, the signatures."""
    if not transaction.state.is_over:
        reassignment.reassign_asks(transaction)
    for step in (_ask_experts, _ask_delivery, _ask_inside, _ask_signer):
        if transaction.state.status is ChangeStatus.PENDING:
            step(transaction)


def _ask_experts(transaction: Transaction[ChangeOrder]) -> None:
    order = transaction.state
    by_discipline: dict[str, dict[str, str]] = {}
    for name, line in order.lines.items():
        if name not in order.hours and not order.attested:
            told = under(f"line.{name}", {"hours": line.hours.written, "grade": line.grade})
            by_discipline.setdefault(line.discipline, {}).update(told)
    for discipline, facts in by_discipline.items():
        subject, experts = f"estimate:{discipline}", order.cast.experts(discipline)
        if experts and not any(order.open_asks(AskKind.ESTIMATE, subject=subject)):
            asks_opening.open_ask(
                transaction,
                AskKind.ESTIMATE,
                subject,
                title=f"Three points for change {order.brief.n}: {order.brief.facts.title}",
                facts={"change.title": order.brief.facts.title, **facts},
                people=experts,
                as_role=f"expert:{discipline}",
                requester=order.brief.by,
            )


def _ask_delivery(transaction: Transaction[ChangeOrder]) -> None:
    """Asks the delivery lead first; for hours of their own, the head of delivery or whoever is above answers."""
    order = transaction.state
    if order.attested or not set(order.lines) <= set(order.hours):
        return
    first = order.brief.route[0]
    if order.cast.holder(first) is None or any(order.open_asks(AskKind.APPROVE_CHANGE, subject=DELIVERY)):
        return
    asks_opening.open_ask(
        transaction,
        AskKind.APPROVE_CHANGE,
        DELIVERY,
        title=f"Does delivery attest change {order.brief.n}: {order.brief.facts.title}?",
        facts=change_facts(order),
        beside=outlook_shown(order.brief.outlook),
        roles=[first],
        requester=order.brief.by,
        excluded={*order.estimated_by.values(), *order.brief.submitters},
        method=Method.EACH,
    )


def _ask_inside(transaction: Transaction[ChangeOrder]) -> None:
    """Asks the other approvers in parallel, once the route was computed with delivery's hours."""
    order = transaction.state
    routed = order.brief.facts.work == tuple(order.lines.values())
    if not order.attested or order.approved_inside or not routed:
        return
    rest = order.brief.route[1:]
    held = all(order.cast.holder(role) is not None for role in rest)
    if held and not any(order.open_asks(AskKind.APPROVE_CHANGE, subject=INSIDE)):
        asks_opening.open_ask(
            transaction,
            AskKind.APPROVE_CHANGE,
            INSIDE,
            title=f"Approve change {order.brief.n}: {order.brief.facts.title}",
            facts=change_facts(order) | why_asked(order.brief),
            beside=outlook_shown(order.brief.outlook),
            roles=rest,
            requester=order.brief.by,
            excluded=order.brief.submitters,
            method=Method.EACH,
        )


def _ask_signer(transaction: Transaction[ChangeOrder]) -> None:
    order = transaction.state
    if not order.approved_inside or any(order.open_asks(AskKind.SIGN_CHANGE)):
        return
    roles = signers(order.playbook.change, order.brief.route, order.brief.facts)
    if len(order.signatures) == len(roles):
        _end(transaction, ChangeStatus.APPROVED)
        return
    role = roles[len(order.signatures)]
    if order.cast.holder(role) is not None:
        asks_opening.open_ask(
            transaction,
            AskKind.SIGN_CHANGE,
            role,
            title=f"Sign change {order.brief.n} of {order.brief.title}: {order.brief.facts.title}",
            facts=change_facts(order) if role != CLIENT else client_facts(order),
            beside=(context_for_client(order) if role == CLIENT else {}) | outlook_shown(order.brief.outlook),
            roles=[role],
            requester=order.brief.by,
            excluded=order.brief.submitters,
            method=Method.EACH,
        )


def _give_information(transaction: Transaction[ChangeOrder], command: GiveInformation) -> None:
    questions.give_information(transaction, command.ask_id, command.text)


def _delegate(transaction: Transaction[ChangeOrder], command: DelegateAsk) -> None:
    _introduce(transaction, command.introduces, [command.to])
    answering.delegate(transaction, command.ask_id, command.to)


ALLOWED_ON_HOLD = (TakeBrief, WithdrawOrder, GiveInformation)

HANDLERS: dict[type[Command], Callable[[Transaction[ChangeOrder], Any], None]] = {
    TakeBrief: _take_brief,
    EstimateLines: _estimate,
    WithdrawOrder: _withdraw,
    AnswerAsk: _answer,
    GiveInformation: _give_information,
    DelegateAsk: _delegate,
}
