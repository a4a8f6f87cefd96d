"""The register of changes: submitted, revised, reported; and potential changes."""

from decimal import Decimal
from typing import NamedTuple

from domain.asks.bound_facts import bound
from domain.asks.introducing import take_known
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import (
    DropPotentialChange,
    RecordPotentialChange,
    ReportChange,
    ReviseChange,
    SubmitChange,
)
from domain.engagement.changes.contract import first_price, milestones_moved
from domain.engagement.changes.events import (
    ChangeRouted,
    ChangeStatusChanged,
    PotentialChangeBecame,
    PotentialChangeDropped,
    PotentialChangeRecorded,
    PotentialChangeWanted,
)
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.routing import narrowed, route
from domain.engagement.changes.values import Change, ChangeStatus, PotentialChange
from domain.engagement.documents.current_requirements import require_known
from domain.engagement.require_stage import require_stage
from domain.engagement.tasks.opening import add_tasks
from domain.next_steps.acts_owed import ActKind
from domain.playbook.model import Kind, Stage
from domain.pricing.formulas import shown
from domain.pricing.three_points import EstimateLine, effort
from domain.shared.errors import AlreadyDecided, BadValue, ChangeNotApproved, ChangeNotReturned, DoneAlready, NotFound
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import MAX_MONEY, PersonId, was_given

WITHOUT_IT = "Submit the change without naming it."


def submit_change(transaction: Transaction[Engagement], command: SubmitChange) -> None:
    """Registers a change order and computes its route; its own workflow then asks the approvers."""
    state = transaction.state
    require_stage(state, Stage.BRD, Stage.HANDOFF, Stage.DELIVER)
    if command.potential is not None:
        _require_wanted(state, command.potential)
    n = len(state.changes) + 1
    _check(state, command.change, n)
    change = Change(
        n=n,
        by=transaction.actor.person_id,
        for_whom=transaction.actor.for_whom,
        submitters=transaction.actor.people,
        facts=command.change,
        route=route(state, command.change, n),
        submitted_at=transaction.now,
    )
    transaction.record(ChangeRouted(change=change))
    if command.potential is not None:
        transaction.record(PotentialChangeBecame(potential=command.potential, n=n))


def _require_wanted(state: Engagement, potential: str) -> None:
    """Raises NotFound, AlreadyDecided, ChangeNotApproved unless a potential change is to become a change order."""
    known = state.potential_changes.get(potential)
    if known is None and was_given(potential, "K", state.potential_recorded):
        raise AlreadyDecided(
            f"{potential} has already been settled.",
            remedy="Submit the change without naming it.",
            action=RemedyAction.SUBMIT_CHANGE,
        )
    if known is None:
        raise NotFound(
            f"There is no potential change {potential}.",
            remedy="Check the engagement's potential changes.",
            action=RemedyAction.SHOW_DEAL,
            field="potential",
        )
    if known.became is not None:
        raise DoneAlready(f"{potential} became change {known.became}.", remedy="There is nothing to do.")
    if known.dropped:
        raise AlreadyDecided(f"{potential} was dropped.", remedy=WITHOUT_IT, action=RemedyAction.SUBMIT_CHANGE)
    if not known.wanted:
        raise ChangeNotApproved(
            f"{potential} has not been decided to become a change order.",
            remedy=WITHOUT_IT,
            action=RemedyAction.SUBMIT_CHANGE,
        )


def drop_potential_change(transaction: Transaction[Engagement], command: DropPotentialChange) -> None:
    """Records that a wanted potential change does not become a change order after all."""
    _require_wanted(transaction.state, command.potential)
    transaction.record(PotentialChangeDropped(potential=command.potential, reason=command.reason))


def on_potential_change_answered(transaction: Transaction[Engagement], ask: Ask) -> None:
    if ask.outcome is Outcome.APPROVED:
        transaction.record(PotentialChangeWanted(potential=ask.subject.removeprefix("potential:")))


def _check(state: Engagement, facts: ChangeFacts, n: int) -> None:
    """Raises BadValue for contents that cannot be right."""
    _check_work(state, facts)
    _check_removed(state, facts, n)
    require_known(state, facts.items)
    _check_bounds(state, facts, n)


def _check_removed(state: Engagement, facts: ChangeFacts, n: int) -> None:
    """A package must be in scope, and may be removed only once: by this change or another that still counts."""
    others = (change for change in state.changes.values() if change.n != n and change.status.counts)
    removed = {package: change.n for change in others for package in change.facts.removes}
    for package in facts.removes:
        if package not in state.packages:
            known = ", ".join(state.packages)
            raise BadValue(
                f"There is no work package {package}.",
                remedy=meant(package, state.packages, f"Use one of: {known}."),
                field="change.items.package",
            )
        if package in removed:
            raise BadValue(
                f"Change {removed[package]} already removes {package}.",
                remedy="Leave it out, or have that change withdrawn first.",
                action=RemedyAction.WITHDRAW_CHANGE,
                field="change.items.package",
            )


def _check_bounds(state: Engagement, facts: ChangeFacts, n: int) -> None:
    """Keeps the total of all changes, added or taken away, within the limits of money, together with the contract.

    A returned change that comes back was counted meanwhile, so nothing passes the limit unseen.
    """
    gross = first_price(state) + sum((change.value for change in _all_that_count(state, facts, n)), Decimal())
    if gross > MAX_MONEY:
        raise BadValue(
            f"The contract with all its changes would exceed {shown(MAX_MONEY)} {state.currency}.",
            remedy="Correct the price of the change.",
            field="change.price",
        )
    work = [EstimateLine(grade=line.grade, hours=line.hours) for line in facts.work]
    if effort(work, state.rate_card, state.playbook.estimate).cost_p80 > MAX_MONEY:
        raise BadValue(
            f"The work of the change would cost more than {shown(MAX_MONEY)} {state.currency}.",
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
                f"The rate card has no grade {line.grade}.",
                remedy=meant(line.grade, state.rate_card.grades, f"Use one of: {grades}."),
                field="change.work.grade",
            )
        disciplines = known | set(state.capacity)
        if line.discipline not in disciplines:
            raise BadValue(
                f"Nobody in the firm works in {line.discipline}.",
                remedy=meant(line.discipline, sorted(disciplines), f"Use one of: {', '.join(sorted(disciplines))}."),
                field="change.work.discipline",
            )
    if state.kind is Kind.IN_HOUSE and facts.terms_changed and not state.cast.holder("agreement_custodian"):
        raise BadValue(
            "The terms change, and there is no agreement custodian.",
            remedy="Fill the role of agreement custodian.",
            action=RemedyAction.PROPOSE_CUSTODIAN,
            field="terms",
        )


def revise_change(transaction: Transaction[Engagement], command: ReviseChange) -> None:
    """Submits a returned change again; it is routed by its new contents."""
    state = transaction.state
    change = _change(state, command.n)
    if change.status is not ChangeStatus.RETURNED:
        raise ChangeNotReturned(
            f"Change {change.n} is {change.status.value}.",
            remedy="Only a returned change can be revised. An approver can return it, with what to correct.",
        )
    _check(state, command.change, change.n)
    revised = change.replace(
        revision=change.revision + 1,
        by=transaction.actor.person_id,
        for_whom=transaction.actor.for_whom,
        submitters=tuple(dict.fromkeys((*change.submitters, *transaction.actor.people))),
        facts=command.change,
        route=route(state, command.change, change.n),
        status=ChangeStatus.PENDING,
        submitted_at=transaction.now,
        returned_by=None,
        returned_because=None,
    )
    transaction.record(ChangeRouted(change=revised))


def _change(state: Engagement, n: int) -> Change:
    change = state.changes.get(n)
    if change is None:
        raise NotFound(
            f"There is no change {n}.",
            remedy="See the register of changes.",
            action=RemedyAction.LIST_CHANGES,
            field="n",
        )
    return change


def report_change(transaction: Transaction[Engagement], command: ReportChange) -> None:
    """Takes a report from a change order's workflow. A repeated report is recognized by its number and has no effect.

    Reports on an earlier revision are ignored, except a withdrawal: it can arrive before the change order hears of the
    revision, and ends the change in any case.
    """
    change = _change(transaction.state, command.n)
    take_known(transaction, command.introduces)
    if command.status == "introduced" or command.report <= change.last_report:
        return
    if command.revision != change.revision and command.status != "withdrawn":
        return
    if command.status == "attested":
        _route_attested(transaction, change.replace(last_report=command.report), command)
        return
    status = ChangeStatus(command.status)
    days = change.facts.days if status is ChangeStatus.APPROVED else 0
    transaction.record(
        ChangeStatusChanged(
            n=change.n,
            status=status,
            report=command.report,
            chain=command.chain,
            returned_by=command.returned_by,
            returned_because=command.returned_because,
            milestones=milestones_moved(transaction.state, days),
        )
    )
    if not status.counts:
        for other in list(narrowed(transaction.state, change)):
            transaction.record(ChangeRouted(change=other))
    if not transaction.state.is_over:  # nobody could meet them any more
        by = (*command.conditions_by, *(None for _ in command.conditions))  # older reports do not say whose
        add_tasks(transaction, list(zip(command.conditions, by, strict=False)), Stage.SUPPORT)


def _route_attested(transaction: Transaction[Engagement], change: Change, command: ReportChange) -> None:
    """Routes the change again with delivery's hours, which replace the submitter's estimate."""
    facts = change.facts.with_work(command.work)
    routed = change.replace(facts=facts, route=route(transaction.state, facts, change.n))
    transaction.record(ChangeRouted(change=routed))


def record_potential_change(transaction: Transaction[Engagement], command: RecordPotentialChange) -> None:
    """Records a "can we also…" and asks the engagement manager what becomes of it."""
    state = transaction.state
    require_stage(state, Stage.BRD, Stage.HANDOFF, Stage.DELIVER, Stage.SUPPORT)
    name = f"K{state.potential_recorded + 1}"
    potential = PotentialChange(id=name, text=command.text, link=command.link, by=transaction.actor.person_id)
    transaction.record(PotentialChangeRecorded(potential=potential))
    open_ask(
        transaction,
        AskKind.POTENTIAL_CHANGE,
        f"potential:{name}",
        title=f"Is potential change {name} a change order or not?",
        facts=bound({"asked": command.text, "where": command.link}),
        people=[state.manager],
        as_role="engagement_manager",
        beside={"noted by": state.cast.name(transaction.actor.person_id)},
        requester=transaction.actor.person_id if transaction.actor.person_id != state.manager else state.seller,
    )


class PotentialStanding(NamedTuple):
    """The status of a potential change, and who must act; nobody once it is settled."""

    stands: str
    whose: PersonId | None = None


def standing_of(state: Engagement, potential: PotentialChange) -> PotentialStanding:
    """The status of a potential change: to be decided, to be submitted, or settled."""
    asked = next(state.open_asks(AskKind.POTENTIAL_CHANGE, subject=f"potential:{potential.id}"), None)
    if asked is not None:
        owing = asked.asked[0] if asked.asked else state.overseer
        return PotentialStanding("waits for a decision: change order or not", owing)
    if potential.became is not None:
        return PotentialStanding(f"became change {potential.became}")
    if potential.dropped:
        return PotentialStanding("was dropped")
    if not potential.wanted:
        return PotentialStanding("is no change order")
    owed = state.acts.get(f"{ActKind.SUBMIT_CHANGE.value}:{potential.id}")
    return PotentialStanding("must be submitted as a change order, or dropped", owed.owner if owed else state.manager)


def same_as(state: Engagement, facts: ChangeFacts, n: int) -> Change | None:
    """Another change that still counts with identical contents, which may have been submitted twice."""
    others = (change for change in state.changes.values() if change.n != n and change.status.counts)
    return next((change for change in others if change.facts == facts), None)
