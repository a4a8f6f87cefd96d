"""The register of changes, and the route of each by its own effect and by what all of them add up to."""

from decimal import Decimal, localcontext

from domain.asking.introducing import introduce
from domain.asking.opening import open_ask
from domain.asks import Ask, Asking, AskKind, Outcome
from domain.engagement import commands as c
from domain.engagement.dealing import add_tasks
from domain.engagement.delivering import require_stage
from domain.engagement.events import (
    ChangeMoved,
    ChangeRouted,
    PotentialChangeBecame,
    PotentialChangeDropped,
    PotentialChangeRecorded,
    PotentialChangeWanted,
)
from domain.engagement.state import Change, ChangeFacts, ChangeStatus, Engagement, PotentialChange
from domain.engagement.subjects import lines
from domain.estimating import PRECISION, Line, effort
from domain.near import meant
from domain.playbook import Facts, Kind, Stage
from domain.pricing import HUNDRED, in_percent, margin, shown
from domain.refusals import AlreadyDecided, BadValue, NotFound
from domain.turn import Turn
from domain.values import MOST_MONEY, Value


class AllTogether(Value):
    """What a change and all others that count add up to: absolute money and days, and the margin after."""

    value: Decimal
    percent: Decimal
    days: int
    margin_p80: Decimal | None


def counted(state: Engagement, facts: ChangeFacts, n: int) -> list[ChangeFacts]:
    """This change and every other submitted earlier that is neither rejected nor withdrawn.

    A change that is new, or revised now, comes after all that are there; one that is reckoned again with
    delivery's hours keeps its place.
    """
    own = state.changes.get(n)
    place = (own.submitted_at, own.n) if own is not None and own.status is ChangeStatus.PENDING else None
    others = [
        change.facts
        for change in state.changes.values()
        if change.n != n and change.status.counts and (place is None or (change.submitted_at, change.n) < place)
    ]
    return [*others, facts]


def all_together(state: Engagement, facts: ChangeFacts, n: int) -> AllTogether:
    """The whole of the changes with this one, against the contract: the price first signed, expenses included."""
    together = counted(state, facts, n)
    contract = state.price.quote.price if state.price else Decimal()
    with localcontext() as context:
        context.prec = PRECISION
        value = sum((abs(change.price) for change in together), Decimal())
        return AllTogether(
            value=value,
            percent=value * HUNDRED / contract if contract else HUNDRED,
            days=sum(abs(change.days) for change in together),
            margin_p80=_margin_after(state, together),
        )


def _margin_after(state: Engagement, together: list[ChangeFacts]) -> Decimal | None:
    services = state.price.quote.services if state.price else None
    if services is None:
        return None
    work = [Line(grade=line.grade, hours=line.hours) for change in together for line in change.work]
    whole = effort([*lines(state), *work], state.rate_card, state.playbook.estimate)
    return margin(services + sum((change.price for change in together), Decimal()), whole.cost_p80)


def route(state: Engagement, facts: ChangeFacts, n: int) -> tuple[str, ...]:
    """The roles that must approve inside the firm: the delivery lead first, then the others by name."""
    whole = all_together(state, facts, n)
    compared: Facts = {
        "value": abs(facts.price),
        "all_together_percent": whole.percent,
        "all_together_days": Decimal(whole.days),
        "margin_p80": None if whole.margin_p80 is None else in_percent(whole.margin_p80),
        "terms_changed": facts.terms_changed,
        "requirements_changed": facts.requirements_changed,
        "reason": "regulatory" if facts.reason.casefold().startswith("regulatory") else facts.reason.casefold(),
    }
    policy = state.playbook.change
    needed = {row.approver for row in policy.routes if any(predicate.holds(compared) for predicate in row.any)}
    needed = {role for role in needed if _takes_part(state, role)} | set(policy.always)
    first = policy.always[0]
    return (first, *sorted(needed - {first}))


def _takes_part(state: Asking, role: str) -> bool:
    """In house no legal and no procurement: a role that the formality leaves out approves nothing."""
    defined = state.playbook.role(role)
    return defined is None or state.kind in defined.kinds


def client_signs(facts: ChangeFacts) -> bool:
    """True where price, date, terms or what the client gets changes."""
    return bool(facts.price or facts.days or facts.terms_changed or facts.requirements_changed)


def submit_change(turn: Turn[Engagement], command: c.SubmitChange) -> None:
    """Registers a change order and computes its route; its own workflow then asks the approvers."""
    state = turn.state
    require_stage(state, Stage.BRD, Stage.HANDOFF, Stage.DELIVER)
    if command.potential is not None:
        _require_wanted(state, command.potential)
    _check_work(state, command.change)
    n = len(state.changes) + 1
    _check_bounds(state, command.change, n)
    change = Change(
        n=n,
        by=turn.actor.person,
        submitters=(turn.actor.person,),
        facts=command.change,
        route=route(state, command.change, n),
        submitted_at=turn.now,
    )
    turn.record(ChangeRouted(change=change))
    if command.potential is not None:
        turn.record(PotentialChangeBecame(potential=command.potential, n=n))


def _require_wanted(state: Engagement, potential: str) -> None:
    """Raises NotFound or AlreadyDecided unless a potential change is still to become a change order."""
    known = state.potential_changes.get(potential)
    if known is None:
        raise NotFound(f"There is no potential change {potential}.", remedy="See the engagement's.", field="potential")
    if known.became is not None:
        raise AlreadyDecided(f"{potential} became change {known.became}.", remedy="Nothing to do.")
    if known.dropped or not known.wanted:
        so = "was dropped" if known.dropped else "is not decided to become a change order"
        raise AlreadyDecided(f"{potential} {so}.", remedy="Submit the change without naming it.")


def drop_potential_change(turn: Turn[Engagement], command: c.DropPotentialChange) -> None:
    """Says that nothing comes of what was to become a change order."""
    _require_wanted(turn.state, command.potential)
    turn.record(PotentialChangeDropped(potential=command.potential, reason=command.reason))


def on_potential_change_answered(turn: Turn[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        turn.record(PotentialChangeWanted(potential=ask.subject.removeprefix("potential:")))


def _check_bounds(state: Engagement, facts: ChangeFacts, n: int) -> None:
    """What all changes add up to stays within what money may be, added or taken away, with the contract.

    A change that comes back to be counted was counted while it was returned, so nothing passes the bound unseen.
    """
    contract = state.price.quote.price if state.price else Decimal()
    gross = contract + sum((abs(change.price) for change in _all_that_count(state, facts, n)), Decimal())
    if gross > MOST_MONEY:
        raise BadValue(
            f"The contract and all changes that count would pass {shown(MOST_MONEY)} {state.currency}.",
            remedy="Correct the price of the change.",
            field="change.price",
        )
    work = [Line(grade=line.grade, hours=line.hours) for line in facts.work]
    if effort(work, state.rate_card, state.playbook.estimate).cost_p80 > MOST_MONEY:
        raise BadValue(
            f"The work of the change would cost more than {shown(MOST_MONEY)} {state.currency}.",
            remedy="Correct its hours.",
            field="change.work.hours",
        )


def _all_that_count(state: Engagement, facts: ChangeFacts, n: int) -> list[ChangeFacts]:
    others = [change.facts for change in state.changes.values() if change.n != n and change.status.counts]
    return [*others, facts]


def _check_work(state: Engagement, facts: ChangeFacts) -> None:
    known = {role.removeprefix("expert:") for p in state.cast.people.values() for role in p.roles if ":" in role}
    for line in facts.work:
        if line.grade not in state.rate_card.grades:
            grades = ", ".join(state.rate_card.grades)
            raise BadValue(
                f"No grade {line.grade} in the rate card.",
                remedy=meant(line.grade, state.rate_card.grades, f"Use one of: {grades}."),
                field="change.work.grade",
            )
        disciplines = known | set(state.capacity)
        if line.discipline not in disciplines:
            raise BadValue(
                f"Nobody in the firm knows {line.discipline}.",
                remedy=meant(line.discipline, sorted(disciplines), f"Use one of: {', '.join(sorted(disciplines))}."),
                field="change.work.discipline",
            )
    if state.kind is Kind.IN_HOUSE and facts.terms_changed and not state.cast.holder("agreement_custodian"):
        raise BadValue(
            "Terms change, and nobody keeps the agreement.",
            remedy="Fill the role of agreement custodian.",
            field="terms",
        )


def revise_change(turn: Turn[Engagement], command: c.ReviseChange) -> None:
    """Submits a returned change anew; it is routed again by what it says now."""
    state = turn.state
    change = _change(state, command.n)
    if change.status is not ChangeStatus.RETURNED:
        raise AlreadyDecided(
            f"Change {change.n} is {change.status.value}.",
            remedy="Only a change that was returned is revised; an approver returns it with what to correct.",
        )
    _check_work(state, command.change)
    _check_bounds(state, command.change, change.n)
    revised = change.having(
        revision=change.revision + 1,
        by=turn.actor.person,
        submitters=tuple(dict.fromkeys((*change.submitters, turn.actor.person))),
        facts=command.change,
        route=route(state, command.change, change.n),
        status=ChangeStatus.PENDING,
        submitted_at=turn.now,
    )
    turn.record(ChangeRouted(change=revised))


def _change(state: Engagement, n: int) -> Change:
    change = state.changes.get(n)
    if change is None:
        raise NotFound(f"There is no change {n}.", remedy="See the register of changes.", field="n")
    return change


def report_change(turn: Turn[Engagement], command: c.ReportChange) -> None:
    """Takes what a change order's workflow says. A repeat is known by its number and has no effect.

    What an earlier revision came to counts no more, but for its withdrawal: that can come before the change order
    hears of the revision, and ends the change whatever it says.
    """
    change = _change(turn.state, command.n)
    introduce(turn, command.introduces)
    if command.status == "introduced" or command.report <= change.last_report:
        return
    if command.revision != change.revision and command.status != "withdrawn":
        return
    if command.status == "attested":
        _route_attested(turn, change.having(last_report=command.report), command)
        return
    turn.record(
        ChangeMoved(
            n=change.n,
            status=ChangeStatus(command.status),
            report=command.report,
            chain=command.chain,
            returned_by=command.returned_by,
        )
    )
    if not turn.state.is_over:  # nobody could meet them any more
        add_tasks(turn, command.conditions, Stage.SUPPORT)


def _route_attested(turn: Turn[Engagement], change: Change, command: c.ReportChange) -> None:
    """Delivery's hours count, not the submitter's first thought: the route is reckoned again with them."""
    facts = change.facts.having(work=command.work)
    routed = change.having(facts=facts, route=route(turn.state, facts, change.n))
    turn.record(ChangeRouted(change=routed))


def record_potential_change(turn: Turn[Engagement], command: c.RecordPotentialChange) -> None:
    """Keeps a "can we also…" and asks the engagement manager what becomes of it."""
    state = turn.state
    require_stage(state, Stage.BRD, Stage.HANDOFF, Stage.DELIVER, Stage.SUPPORT)
    name = f"K{len(state.potential_changes) + 1}"
    potential = PotentialChange(id=name, text=command.text, link=command.link, by=turn.actor.person)
    turn.record(PotentialChangeRecorded(potential=potential))
    open_ask(
        turn,
        AskKind.POTENTIAL_CHANGE,
        f"potential:{name}",
        title=f"Can we also… {name}: change order or not?",
        facts={"asked": command.text} | ({"where": command.link} if command.link else {}),
        people=[state.manager],
        as_role="engagement_manager",
        requester=turn.actor.person if turn.actor.person != state.manager else state.seller,
    )
