"""How a change order goes: estimated, attested by delivery, routed, approved by each, signed.

The same shape as an engagement's door: command or time in, state and facts or a refusal out.
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from domain.asking import answering, ending, introducing, ladders, opening, questions, reseating, standing_in
from domain.asking.seats import still_owed_beside
from domain.asking.signing import signature
from domain.asks import OF_CHANGE, Ask, AskKind, Condition, Outcome, listed
from domain.change_order.bounds import require_order_fits
from domain.change_order.order import (
    ApprovedInside,
    Brief,
    BriefTaken,
    ChangeOrder,
    DeliveryApproved,
    EstimateLines,
    LinesEstimated,
    OrderMoved,
    OrderSigned,
    OrderStarted,
    Report,
    ReportMade,
    TakeBrief,
    WithdrawOrder,
)
from domain.change_order.permissions import ENGAGEMENT, permit
from domain.engagement.change_facts import ChangeItem, in_days
from domain.engagement.change_routing import CLIENT, signers
from domain.engagement.commands import AnswerAsk, Command, DelegateAsk, GiveInformation
from domain.engagement.redrafting import who_said_no
from domain.engagement.state import ChangeStatus
from domain.held import refused_on_hold
from domain.people import Introduction
from domain.playbook import Method, role_label
from domain.pricing import shown
from domain.refusals import AlreadyDecided, ChangeEnded, NotFound
from domain.turn import CLOCK, Actor, Evolves, Turn
from domain.values import PersonId, spoken
from domain.words import fitting

NOBODY = Introduction()
DELIVERY, INSIDE = "delivery", "inside"
GROSS = "changed in all"
"""The fact that tells what the items of a change come to when each counts by its absolute value."""
TO_CONFIRM = (
    "the engagement manager, by approving, confirms that terms, requirements and reason are as stated here; "
    "what is not is returned with what to correct, and routed again"
)


class Decision(NamedTuple):
    """What came of a turn."""

    state: ChangeOrder
    events: tuple[Evolves[ChangeOrder], ...]
    for_whom: None = None
    """Votes say by themselves in whose place they are given."""


def order_id(engagement: str, n: int) -> str:
    """The id of an engagement's n-th change order."""
    return f"{engagement}.C{n}"


def start(brief: Brief, now: datetime) -> Decision:
    """Opens a change order on the engagement's word."""
    order = ChangeOrder(
        id=order_id(brief.engagement, brief.n), kind=brief.kind, playbook=brief.playbook, cast=brief.cast, brief=brief
    )
    turn = Turn(order, Actor(person=brief.by, channel=ENGAGEMENT), now)
    turn.record(OrderStarted(order=order))
    settle(turn)
    return Decision(turn.state, tuple(turn.events))


def decide(order: ChangeOrder, command: Command, actor: Actor, now: datetime) -> Decision:
    """What a command makes of a change order. Raises a Refusal where a rule stands in the way."""
    if order.is_over and not isinstance(command, TakeBrief):
        raise ChangeEnded(f"Change {order.brief.n} is {order.status.value}.", remedy="Submit another change.")
    permit(order, command, actor)
    if order.brief.on_hold and not isinstance(command, ALLOWED_ON_HOLD):
        raise refused_on_hold(order, actor.person)
    turn = Turn(order, actor, now)
    HANDLERS[type(command)](turn, command)
    _settle(turn)
    require_order_fits(order, turn.state, command)
    return Decision(turn.state, tuple(turn.events))


def _settle(turn: Turn[ChangeOrder]) -> None:
    """Draws all consequences; whoever holds a role now is asked what its holder left unanswered."""
    settle(turn)
    while ended := reseating.count_moved_votes(turn):
        for ask in ended:
            _follow(turn, ask)
        settle(turn)


def due(order: ChangeOrder, now: datetime) -> Decision:
    """What time alone brings about: reminders and rungs."""
    turn = Turn(order, Actor(person=CLOCK, channel=CLOCK), now)
    if not order.is_over:
        if not order.clocks_stand:
            standing_in.sweep(turn)
        ladders.sweep(turn)
        _settle(turn)
    return Decision(turn.state, tuple(turn.events))


def up_to(order: ChangeOrder, now: datetime) -> ChangeOrder:
    """The order with everything that time has brought about by now."""
    moment = next_moment(order)
    return due(order, now).state if moment is not None and moment <= now else order


def next_moment(order: ChangeOrder) -> datetime | None:
    """The earliest moment at which `due` will have something to do."""
    if order.is_over:
        return None
    moments = [ladders.next_moment(order, ask) for ask in order.open_asks()]
    moments += [] if order.clocks_stand else [standing_in.moment(order)]
    return min((moment for moment in moments if moment is not None), default=None)


def _take_brief(turn: Turn[ChangeOrder], command: TakeBrief) -> None:
    """Takes the engagement's word: another revision, another route, other people, another contract.

    Whoever is to sign is asked anew once the change would make something else of the contract: another was signed.
    """
    before, brief = turn.state, command.brief
    if before.is_over or brief == before.brief:
        return
    turn.record(BriefTaken(brief=brief))
    if brief.called_off:
        _end(turn, ChangeStatus.WITHDRAWN, brief.called_off)
        return
    _set_clocks(turn)
    if brief.revision != before.brief.revision:
        _supersede(turn, "the change was revised", None)
    elif brief.route != before.brief.route:
        unsigned = set() if turn.state.approved_inside else _signing(turn.state)
        _supersede(turn, "the change is routed to others now", {INSIDE, *unsigned})
    elif brief.signed > before.brief.signed and brief.outlook != before.brief.outlook:
        _supersede(
            turn, "another change was signed, and what this makes of the contract is other", _signing(turn.state)
        )
    standing_in.refresh(turn)


def _signing(order: ChangeOrder) -> set[str]:
    """Subjects of the asks to sign, which come after everybody inside."""
    return {ask.subject for ask in order.open_asks(AskKind.SIGN_CHANGE)}


def _set_clocks(turn: Turn[ChangeOrder]) -> None:
    """A hold of the engagement stops all clocks here too; they run on with it, but for asks that wait for a word."""
    for ask in list(turn.state.open_asks()):
        if turn.state.clocks_stand:
            ending.stop_clock(turn, ask.id)
        elif not ask.clock_waits:
            ending.start_clock(turn, ask.id)


def _supersede(turn: Turn[ChangeOrder], because: str, subjects: set[str] | None) -> None:
    for ask in list(turn.state.open_asks()):
        if subjects is None or ask.subject in subjects:
            ending.end_ask(turn, ask, Outcome.SUPERSEDED, because)


def _estimate(turn: Turn[ChangeOrder], command: EstimateLines) -> None:
    """An expert's hours for lines of their discipline."""
    order, me = turn.state, turn.actor.person
    if order.attested or order.status is not ChangeStatus.PENDING:
        raise AlreadyDecided("Delivery has attested these hours.", remedy="Return the change to have them asked again.")
    if command.shown is not None:
        known = {given.package: given.known for given in command.estimates}
        answering.require_hours_as_shown(order, command.shown, me, known)
    for given in command.estimates:
        if given.package not in order.lines:
            raise NotFound(f"There is no line {given.package}.", remedy="L1, L2, …", field="estimates.package")
    hours = {given.package: given.hours for given in command.estimates}
    turn.record(LinesEstimated(by=me, hours=hours, owed=still_owed_beside(order, hours)))
    _supersede(turn, "the hours were given anew", {DELIVERY})
    for ask in list(turn.state.open_asks(AskKind.ESTIMATE)):
        if set(ask.facts) - {OF_CHANGE} <= set(turn.state.hours):
            ending.end_ask(turn, ask, Outcome.APPROVED)


def _withdraw(turn: Turn[ChangeOrder], command: WithdrawOrder) -> None:
    _end(turn, ChangeStatus.WITHDRAWN, command.reason)


def _end(
    turn: Turn[ChangeOrder], status: ChangeStatus, because: str | None = None, *, returned: Ask | None = None
) -> None:
    does = turn.state.brief.outlook if status is ChangeStatus.APPROVED else {}
    turn.record(OrderMoved(status=status, because=because, does=does))
    for ask in list(turn.state.open_asks()):
        ending.end_ask(turn, ask, Outcome.WITHDRAWN, f"the change is {status.value}")
    words: dict[ChangeStatus, Literal["returned", "approved", "rejected", "withdrawn"]] = {
        ChangeStatus.RETURNED: "returned",
        ChangeStatus.APPROVED: "approved",
        ChangeStatus.REJECTED: "rejected",
        ChangeStatus.WITHDRAWN: "withdrawn",
    }
    _report(turn, words[status], returned=returned)


def _introduce(turn: Turn[ChangeOrder], people: Introduction, named: Collection[PersonId]) -> None:
    """Makes colleagues known here, and to the engagement."""
    introduced = introducing.introduce(turn, people, named)
    if introduced.people:
        _report(turn, "introduced", introduced)


def _report(
    turn: Turn[ChangeOrder],
    status: Literal["introduced", "attested", "returned", "approved", "rejected", "withdrawn"],
    introduces: Introduction = NOBODY,
    *,
    returned: Ask | None = None,
) -> None:
    order = turn.state
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
    turn.record(ReportMade(report=report))


def _who_and_why(order: ChangeOrder, returned: Ask) -> str | None:
    """`Olga Petrova (quality): Say which figures.`"""
    who, why = who_said_no(order, returned), returned.why_ended
    return fitting(f"{who}: {why}" if why else who)


def _conditions(order: ChangeOrder) -> tuple[tuple[Condition, PersonId], ...]:
    """What the yeses of this revision came with, and with whose."""
    asks = (order.last_ask(AskKind.APPROVE_CHANGE, subject) for subject in (DELIVERY, INSIDE))
    votes = (vote for ask in asks if ask is not None for vote in ask.votes)
    return tuple((condition, vote.by) for vote in votes for condition in vote.answer.conditions)


def _answer(turn: Turn[ChangeOrder], command: AnswerAsk) -> None:
    _introduce(turn, command.introduces, [one.owner for one in command.answer.conditions])
    _follow(turn, answering.answer(turn, command.ask, command.answer, command.subject_hash))


def _follow(turn: Turn[ChangeOrder], ask: Ask) -> None:
    """What the end of an ask means for the change."""
    if ask.kind is AskKind.ANSWER_QUESTION:
        questions.on_question_answered(turn, ask)
    elif ask.outcome is Outcome.APPROVED:
        _approved(turn, ask)
    elif ask.outcome is Outcome.DECLINED:
        _end(turn, ChangeStatus.REJECTED, ask.why_ended)
    elif ask.outcome is Outcome.RETURNED:
        _end(turn, ChangeStatus.RETURNED, ask.why_ended, returned=ask)


def _approved(turn: Turn[ChangeOrder], ask: Ask) -> None:
    if ask.kind is AskKind.SIGN_CHANGE:
        turn.record(OrderSigned(signature=signature(turn.state.cast, ask, ask.subject, turn.now)))
    elif ask.subject == DELIVERY:
        turn.record(DeliveryApproved())
        _report(turn, "attested")
    elif ask.subject == INSIDE:
        turn.record(ApprovedInside())


def settle(turn: Turn[ChangeOrder]) -> None:
    """Asks what comes next: hours, delivery, the others, the signatures."""
    if not turn.state.is_over:
        reseating.reseat(turn)
    for step in (_ask_experts, _ask_delivery, _ask_inside, _ask_signer):
        if turn.state.status is ChangeStatus.PENDING:
            step(turn)


def _ask_experts(turn: Turn[ChangeOrder]) -> None:
    order = turn.state
    by_discipline: dict[str, dict[str, str]] = {}
    for name, line in order.lines.items():
        if name not in order.hours and not order.attested:
            by_discipline.setdefault(line.discipline, {})[name] = f"{spoken(line.grade)}, first thought {line.hours}"
    for discipline, facts in by_discipline.items():
        subject, experts = f"estimate:{discipline}", order.cast.experts(discipline)
        if experts and not any(order.open_asks(AskKind.ESTIMATE, subject=subject)):
            opening.open_ask(
                turn,
                AskKind.ESTIMATE,
                subject,
                title=f"Three points for change {order.brief.n}: {order.brief.facts.title}",
                facts={OF_CHANGE: order.brief.facts.title, **facts},
                people=experts,
                as_role=f"expert:{discipline}",
                requester=order.brief.by,
            )


def what_is_to_be_done(brief: Brief) -> dict[str, str]:
    """Why the change is wished and what it does, for whoever gives hours for it: without a price."""
    items = {
        f"item {n}": _item_shown(item.having(amount=Decimal()), brief)
        for n, item in enumerate(brief.facts.items, 1)
        if item.text or item.package or item.requirement or item.days
    }
    return {"reason": brief.facts.reason} | items


def who_signs_after(order: ChangeOrder, ask: Ask) -> dict[str, str]:
    """Of a change that is to be signed, who signs it after this one, without whom it does not count."""
    if ask.kind is not AskKind.SIGN_CHANGE or not ask.is_open:
        return {}
    roles = signers(order.playbook.change, order.brief.route, order.brief.facts)
    after = roles[roles.index(ask.subject) + 1 :] if ask.subject in roles else ()
    who = [f"{order.cast.name(one)} ({role_label(role)})" for role in after if (one := order.cast.holder(role))]
    return {"signs after it": f"{listed(who)}: it counts once they have"} if who else {}


def client_facts(order: ChangeOrder) -> dict[str, str]:
    """A change as the client signs it: what, why, for how much, how much later; nobody's hours or grades."""
    inside = {*order.lines, GROSS}
    return {name: value for name, value in facts_shown(order).items() if name not in inside}


def revision_of(ask: Ask) -> int | None:
    """Which revision of a change an ask to approve or sign it showed; None of any other."""
    found = _REVISION.match(ask.facts.get(OF_CHANGE, ""))
    return int(found[1]) if found is not None and ask.kind in JUDGES else None


_REVISION = re.compile(r"C\d+ revision (\d+): ")
JUDGES = frozenset({AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE})


def facts_shown(order: ChangeOrder) -> dict[str, str]:
    """A change as its approvers and signers see it; no cost and no margin."""
    brief, facts = order.brief, order.brief.facts
    shown_facts = {
        OF_CHANGE: f"C{brief.n} revision {brief.revision}: {facts.title}",
        "reason": facts.reason,
        "price": f"{shown(facts.price)} {brief.currency}",
        "days": str(facts.days),
        "terms change": "yes" if facts.terms_changed else "no",
        "requirements change": "yes" if facts.requirements_changed else "no",
    }
    lines = order.lines.items()
    shown_lines = {name: f"{line.hours} {line.discipline}, {spoken(line.grade)}" for name, line in lines}
    return shown_facts | _items_shown(brief) | shown_lines


def _items_shown(brief: Brief) -> dict[str, str]:
    """Each item of a change that has more than one, takes a package away or says something; what they come to."""
    facts = brief.facts
    if len(facts.items) == 1 and not (facts.removes or facts.requires_anew) and facts.items[0].text is None:
        return {}
    return _by_item(brief) | {GROSS: f"{shown(facts.value)} {brief.currency}, {in_days(facts.all_days)}"}


def _beside_client(order: ChangeOrder) -> dict[str, str]:
    """The one item of a change that has no words of its own: what it signs says its price and its days already."""
    bound = client_facts(order)
    return {name: told for name, told in _by_item(order.brief).items() if name not in bound}


def _by_item(brief: Brief) -> dict[str, str]:
    return {f"item {n}": _item_shown(item, brief) for n, item in enumerate(brief.facts.items, 1)}


def _item_shown(item: ChangeItem, brief: Brief) -> str:
    """`work removed, W3 Migration of old cases: -45,000.00 EUR, -5 days`."""
    package = f", {item.package} {brief.removed.get(item.package, '')}".rstrip() if item.package else ""
    if item.requirement is not None:
        package = f", {item.requirement}{'' if item.text else ' falls away'}"
    figures = [f"{shown(item.amount)} {brief.currency}"] if item.amount else []
    figures += [in_days(item.days)] if item.days else []
    shown_item = f"{item.kind.label}{package}" + (f": {', '.join(figures)}" if figures else "")
    reads = "It reads then: " if item.requirement is not None else ""
    return f"{shown_item}. {reads}{item.text}" if item.text else shown_item


def _ask_delivery(turn: Turn[ChangeOrder]) -> None:
    """The delivery lead first; for hours of their own, the head of delivery or whoever stands above in their place."""
    order = turn.state
    if order.attested or not set(order.lines) <= set(order.hours):
        return
    first = order.brief.route[0]
    if order.cast.holder(first) is None or any(order.open_asks(AskKind.APPROVE_CHANGE, subject=DELIVERY)):
        return
    opening.open_ask(
        turn,
        AskKind.APPROVE_CHANGE,
        DELIVERY,
        title=f"Does delivery stand behind change {order.brief.n}: {order.brief.facts.title}?",
        facts=facts_shown(order),
        beside=order.brief.outlook,
        roles=[first],
        requester=order.brief.by,
        excluded={*order.estimated_by.values(), *order.brief.submitters},
        method=Method.EACH,
    )


def _ask_inside(turn: Turn[ChangeOrder]) -> None:
    """The others in parallel, once the route was reckoned with delivery's hours."""
    order = turn.state
    routed = order.brief.facts.work == tuple(order.lines.values())
    if not order.attested or order.approved_inside or not routed:
        return
    rest = order.brief.route[1:]
    held = all(order.cast.holder(role) is not None for role in rest)
    if held and not any(order.open_asks(AskKind.APPROVE_CHANGE, subject=INSIDE)):
        opening.open_ask(
            turn,
            AskKind.APPROVE_CHANGE,
            INSIDE,
            title=f"Approve change {order.brief.n}: {order.brief.facts.title}",
            facts=facts_shown(order) | _why_asked(order.brief),
            beside=order.brief.outlook,
            roles=rest,
            requester=order.brief.by,
            excluded=order.brief.submitters,
            method=Method.EACH,
        )


def _why_asked(brief: Brief) -> dict[str, str]:
    """What approvers are shown beside the change: what all come to, who is called for and why, what is confirmed."""
    called_for = {"called for": brief.called_for} if brief.called_for else {}
    return {"all together": brief.together, **called_for, "to confirm": TO_CONFIRM}


def _ask_signer(turn: Turn[ChangeOrder]) -> None:
    order = turn.state
    if not order.approved_inside or any(order.open_asks(AskKind.SIGN_CHANGE)):
        return
    roles = signers(order.playbook.change, order.brief.route, order.brief.facts)
    if len(order.signatures) == len(roles):
        _end(turn, ChangeStatus.APPROVED)
        return
    role = roles[len(order.signatures)]
    if order.cast.holder(role) is not None:
        opening.open_ask(
            turn,
            AskKind.SIGN_CHANGE,
            role,
            title=f"Sign change {order.brief.n} of {order.brief.title}: {order.brief.facts.title}",
            facts=facts_shown(order) if role != CLIENT else client_facts(order),
            beside=order.brief.outlook if role != CLIENT else _beside_client(order) | order.brief.outlook,
            roles=[role],
            requester=order.brief.by,
            excluded=order.brief.submitters,
            method=Method.EACH,
        )


def _give_information(turn: Turn[ChangeOrder], command: GiveInformation) -> None:
    questions.give_information(turn, command.ask, command.text)


def _delegate(turn: Turn[ChangeOrder], command: DelegateAsk) -> None:
    _introduce(turn, command.introduces, [command.to])
    answering.delegate(turn, command.ask, command.to)


ALLOWED_ON_HOLD = (TakeBrief, WithdrawOrder, GiveInformation)

HANDLERS: dict[type[Command], Callable[[Turn[ChangeOrder], Any], None]] = {
    TakeBrief: _take_brief,
    EstimateLines: _estimate,
    WithdrawOrder: _withdraw,
    AnswerAsk: _answer,
    GiveInformation: _give_information,
    DelegateAsk: _delegate,
}
