"""Who must approve a change, and why: for its own effect, and for what all changes add up to.

Values and days count gross here, so that nothing hides behind its opposite; margins and what the client pays are net.
"""

import itertools
from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal, localcontext

from domain.asks.bound_facts import bound, canonical_text
from domain.asks.facts_shown import parts_shown
from domain.asks.holder import AskHolder
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import lines
from domain.engagement.changes.contract import first_price
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.values import Change, ChangeStatus
from domain.engagement.delivery.values import MilestoneStatus
from domain.playbook.model import ChangePolicy, ChangeRoute, Facts, Figure, Match, Predicate
from domain.pricing.formulas import HUNDRED, in_percent, margin
from domain.pricing.three_points import PRECISION, EstimateLine, effort
from domain.shared.values import RoleName, Value, in_cents

CLIENT = "client_signatory"
# Who else approves taking away from what was accepted or worked on: `the-whole-change-counts`.
BY_THE_WHOLE = ("finance", "provider_sponsor")


class AllTogether(Value):
    """The totals of a change and all others that count: absolute money and days, and the margin after them."""

    value: Decimal
    percent: Decimal
    days: int
    margin_p80: Decimal | None


class Because(Value):
    """Why somebody must approve a change: the rule that called for them, and the values that triggered it."""

    values: dict[str, str]
    """`field`, `comparison` and `value` of a playbook row; `domain.asks.subject_texts` has the wording."""
    measured: Decimal | None = None
    """The calculated margin, for people who may see it."""

    @property
    def text(self) -> str:
        """In words: `all changes together pass 5 % of the contract`."""
        return _in_words(self.values | bound({"measured": None if self.measured is None else in_cents(self.measured)}))

    @property
    def openly(self) -> str:
        """The same for people who may not see cost and margin."""
        return _in_words(self.values)


def _in_words(values: dict[str, str]) -> str:
    return "".join(parts_shown("reason_why", values))


class Approver(Value):
    """A role in the firm that must approve a change, and why."""

    role: RoleName
    because: tuple[Because, ...]


def _by_rule(field: str, **more: str | Decimal) -> Because:
    return Because(values=bound({"field": field, **more}))


def counted(state: Engagement, facts: ChangeFacts, n: int) -> list[ChangeFacts]:
    """This change and all those submitted earlier that are neither rejected nor withdrawn."""
    return [*(change.facts for change in _earlier(state, n)), facts]


def _earlier(state: Engagement, n: int) -> list[Change]:
    """A new or newly revised change comes after all others; one recalculated with delivery's hours keeps its place."""
    own = state.changes.get(n)
    place = _place(own) if own is not None and own.status is ChangeStatus.PENDING else None
    others = (change for change in state.changes.values() if change.n != n and change.status.counts)
    return sorted((change for change in others if place is None or _place(change) < place), key=_place)


def _place(change: Change) -> tuple[datetime, int]:
    return change.submitted_at, change.n


def narrowed(state: Engagement, gone: Change) -> Iterator[Change]:
    """Later changes that only a now discounted one routed to somebody, with the approvers who remain.

    Nobody is added to a route here, so no approval that was given is left incomplete.
    """
    for change in state.changes.values():
        if change.status is ChangeStatus.PENDING and _place(change) > _place(gone):
            called = route(state, change.facts, change.n)
            left = tuple(role for role in change.route if role in called)
            if left != change.route:
                yield change.replace(route=left)


def all_together(state: Engagement, facts: ChangeFacts, n: int) -> AllTogether:
    """The totals including this change, relative to the contract: the price first signed, expenses included."""
    return _totals(state, counted(state, facts, n))


def together_so_far(state: Engagement) -> AllTogether:
    """The totals of all changes that count now."""
    return _totals(state, [change.facts for change in state.changes.values() if change.status.counts])


def _totals(state: Engagement, together: list[ChangeFacts]) -> AllTogether:
    contract = first_price(state)
    with localcontext() as context:
        context.prec = PRECISION
        value = sum((change.value for change in together), Decimal())
        return AllTogether(
            value=value,
            percent=value * HUNDRED / contract if contract else HUNDRED,
            days=sum(change.all_days for change in together),
            margin_p80=_margin_after(state, together),
        )


def limits_of_all_together(policy: ChangePolicy) -> tuple[tuple[Decimal, RoleName], ...]:
    """The percentages of the contract over which another role approves, the lowest first."""
    figures = ((one, row.approver) for row in policy.routes for one in row.any if isinstance(one, Figure))
    return tuple(sorted((one.value, role) for one, role in figures if one.field == "all_together_percent"))


def _margin_after(state: Engagement, together: list[ChangeFacts]) -> Decimal | None:
    services = state.price.quote.services if state.price else None
    if services is None:
        return None
    removed = {package for change in together for package in change.removes}
    work = [EstimateLine(grade=line.grade, hours=line.hours) for change in together for line in change.work]
    whole = effort([*lines(state, without=removed), *work], state.rate_card, state.playbook.estimate)
    return margin(services + sum((change.price for change in together), Decimal()), whole.cost_p80)


def route(state: Engagement, facts: ChangeFacts, n: int) -> tuple[str, ...]:
    """The roles in the firm that must approve: the delivery lead first, then the others by name."""
    return tuple(approver.role for approver in approvers(state, facts, n))


def approvers(state: Engagement, facts: ChangeFacts, n: int) -> tuple[Approver, ...]:
    """The same with each role's reasons. A preview shows this, and a submission is routed by it."""
    policy = state.playbook.change
    first = policy.always[0]
    found: dict[str, list[Because]] = {role: [_by_rule("always")] for role in policy.always}
    for role, because in (*_by_the_table(state, facts, n), *_by_the_whole(state, facts, n)):
        if _takes_part(state, role):
            found.setdefault(role, []).append(because)
    in_order = (first, *sorted(found.keys() - {first}))
    return tuple(Approver(role=role, because=tuple(found[role])) for role in in_order)


def _by_the_table(state: Engagement, facts: ChangeFacts, n: int) -> Iterator[tuple[str, Because]]:
    """Each matching row of the playbook, for each of its predicates that holds.

    A value counts together with earlier ones that this approver has not approved, so that a change split into several
    goes to whoever would have approved it whole. The margin counts without changes that may not be approved.
    """
    alone = _compared(state, facts, n)
    certain = _certain_margin(state, facts, n)
    for row in state.playbook.change.routes:
        value = facts.value + _unapproved_by(row.approver, _earlier(state, n))
        together = {**alone, "value": value, "margin_p80": certain}
        for predicate in row.any:
            if predicate.holds(alone):
                yield row.approver, _said(predicate, alone, state.currency)
            elif predicate.holds(together):
                yield row.approver, _with_those_before(_said(predicate, together, state.currency), row)


def _unapproved_by(role: str, earlier: list[Change]) -> Decimal:
    """The total of changes since the last one that a role approved, which showed what came before it.

    One that the role was only asked about may be withdrawn, and hides nothing.
    """
    since = itertools.takewhile(lambda change: not _was_approved_by(change, role), reversed(earlier))
    return sum((change.facts.value for change in since), Decimal())


def _was_approved_by(change: Change, role: str) -> bool:
    return change.status is ChangeStatus.APPROVED and role in change.route


def _with_those_before(because: Because, row: ChangeRoute) -> Because:
    """The reason, marked as counting earlier changes that this approver has not approved."""
    return because.replace(values=because.values | {"approver": row.approver})


def _certain_margin(state: Engagement, facts: ChangeFacts, n: int) -> Decimal | None:
    """In percent, counting earlier approved changes, and of the pending ones only those that do not improve it."""
    earlier = _earlier(state, n)
    approved = [change.facts for change in earlier if change.status is ChangeStatus.APPROVED]
    before = _margin_after(state, approved)
    if before is None:
        return None
    others = (change.facts for change in earlier if change.status is not ChangeStatus.APPROVED)
    worse = [other for other in others if not _betters(state, other, before)]
    after = _margin_after(state, [*approved, *worse, facts])
    return None if after is None else in_percent(after)


def _betters(state: Engagement, facts: ChangeFacts, before: Decimal) -> bool:
    """True if a change earns a higher share of its price than the margin before it; its added cost counts at P80."""
    removed = lines(state, without=state.packages.keys() - set(facts.removes))
    added = [EstimateLine(grade=line.grade, hours=line.hours) for line in facts.work]
    rates, policy = state.rate_card, state.playbook.estimate
    cost = effort(added, rates, policy).cost_p80 - effort(removed, rates, policy).cost_p50
    return cost <= facts.price * (1 - before)


def _compared(state: Engagement, facts: ChangeFacts, n: int) -> Facts:
    whole = all_together(state, facts, n)
    reason = facts.reason.casefold()
    return {
        "value": facts.value,
        "all_together_percent": whole.percent,
        "all_together_days": Decimal(whole.days),
        "margin_p80": None if whole.margin_p80 is None else in_percent(whole.margin_p80),
        "terms_changed": facts.terms_changed,
        "requirements_changed": facts.requirements_changed,
        "reason": "regulatory" if reason.startswith("regulatory") else reason,
    }


def _by_the_whole(state: Engagement, facts: ChangeFacts, n: int) -> Iterator[tuple[str, Because]]:
    """What takes away from what the client accepted or from work done, whatever the playbook says."""
    reasons = [_by_rule("worked", value=state.actual_hours[name], package=name) for name in _worked(state, facts)]
    if _is_under_what_was_accepted(state, facts, n):
        reasons.append(_by_rule("accepted_share"))
    yield from ((role, because) for because in reasons for role in BY_THE_WHOLE)


def _worked(state: Engagement, facts: ChangeFacts) -> list[str]:
    """Removed packages on which hours were worked."""
    return [name for name in facts.removes if state.actual_hours.get(name)]


def _is_under_what_was_accepted(state: Engagement, facts: ChangeFacts, n: int) -> bool:
    """True if the price first signed plus all net changes falls below the accepted share of it.

    What an earlier change would add counts once it is approved; what it would take away counts at once.
    """
    earlier = (
        change.facts.price if change.status is ChangeStatus.APPROVED else min(change.facts.price, Decimal())
        for change in _earlier(state, n)
    )
    accepted = sum(
        milestone.share_percent
        for milestone in state.milestones.values()
        if state.milestone_status.get(milestone.id) is MilestoneStatus.ACCEPTED
    )
    contract = first_price(state)
    return (contract + facts.price + sum(earlier, Decimal())) * HUNDRED < contract * accepted


def _takes_part(state: AskHolder, role: str) -> bool:
    """False for roles that the playbook does not have for this kind: in house, no legal and no procurement."""
    defined = state.playbook.role(role)
    return defined is None or state.kind in defined.kinds


def client_signs(facts: ChangeFacts) -> bool:
    """True if the price, dates, terms or what the client gets changes."""
    changes = facts.value or facts.all_days or facts.removes
    return bool(changes or facts.terms_changed or facts.requirements_changed)


def signers(policy: ChangePolicy, route: Collection[str], facts: ChangeFacts) -> tuple[str, ...]:
    """For the provider the engagement manager (the sponsor if on the route), then the client."""
    inside = policy.higher_signer if policy.higher_signer in route else policy.signer
    return (inside, CLIENT) if client_signs(facts) else (inside,)


def _said(predicate: Predicate, compared: Facts, currency: str) -> Because:
    """Why a predicate calls for somebody; for a margin, with the calculated value."""
    if isinstance(predicate, Match):
        return _by_rule(predicate.field, comparison=predicate.comparison, value=canonical_text(predicate.value))
    values = {"comparison": predicate.comparison, "value": predicate.value}
    if predicate.field == "margin_p80":
        margin_now = compared["margin_p80"]
        measured = margin_now if isinstance(margin_now, Decimal) else None
        return _by_rule(predicate.field, **values).replace(measured=measured)
    return _by_rule(predicate.field, **values, currency=currency)
