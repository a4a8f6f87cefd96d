"""How an engagement closed: promised, bought, needed and delivered beside each other."""

from application.queries.view import Figure, FractionFigure, MoneyFigure, ShownPersonId, View
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.current_requirements import requirements_now
from domain.engagement.needs.rules import is_reconciled
from domain.engagement.needs.values import Need, Promise
from domain.engagement.permissions import Sight, may_see
from domain.engagement.scope.values import Milestone, WorkPackage
from domain.shared.transaction import Actor
from domain.shared.values import Day


class ClosingView(View):
    realised_margin: FractionFigure | None
    commission: MoneyFigure | None
    actual_cost: MoneyFigure | None
    lessons: str | None
    not_billed: str | None
    """What part of the price in the margin was never billed, and why; null for those who may not see figures."""


class PromiseKept(View):
    """A promise across promised, bought, needed and delivered."""

    promise: str
    text: str
    to: ShownPersonId
    on: Day
    bought: tuple[str, ...]
    needed: tuple[str, ...]
    delivered: bool | None
    why_not: str | None
    declined: bool
    reconciled: bool


class NeedMet(View):
    """A need across needed, bought and delivered."""

    need: str
    text: str
    bought: tuple[str, ...]
    requirements: tuple[str, ...]
    target: Figure | None
    measured: Figure | None


class ReconciliationView(View):
    """promised = bought = needed = delivered; `unasked` was bought though no one needed it or was promised it."""

    promises: tuple[PromiseKept, ...]
    needs: tuple[NeedMet, ...]
    unasked: tuple[str, ...]
    is_whole: bool


def closing_view(state: Engagement, actor: Actor) -> ClosingView | None:
    closing = state.closing
    if closing is None:
        return None
    figures, commission = (may_see(state, actor, sight) for sight in (Sight.FIGURES, Sight.COMMISSION))
    return ClosingView(
        realised_margin=closing.realised_margin if figures else None,
        commission=closing.commission if commission else None,
        actual_cost=closing.actual_cost if figures else None,
        lessons=closing.lessons,
        not_billed=closing.not_billed if figures else None,
    )


def reconciliation_view(state: Engagement) -> ReconciliationView:
    """The four-way table: what was promised, what was bought for it, which need it serves, whether it was delivered."""
    promises = tuple(_kept(state, promise) for promise in state.promises.values())
    needs = tuple(_met(state, need) for need in state.needs.values())
    unasked = tuple(p.id for p in _bought(state) if not _serves_something(state, p))
    whole = bool(needs) and all(need.bought for need in needs) and all(row.reconciled for row in promises)
    return ReconciliationView(promises=promises, needs=needs, unasked=unasked, is_whole=whole and not unasked)


def _bought(state: Engagement) -> tuple[WorkPackage, ...]:
    """The packages that no change has removed."""
    return tuple(package for package in state.packages.values() if package.id not in state.removed)


def _serves_something(state: Engagement, package: WorkPackage) -> bool:
    covers = any(package.id in fate.covered_by for fate in state.fates.values())
    return covers or bool(package.needs or package.promises)


def _kept(state: Engagement, promise: Promise) -> PromiseKept:
    fate = state.fate(promise.id)
    items: tuple[WorkPackage | Milestone, ...] = (*_bought(state), *state.milestones.values())
    bought = [item.id for item in items if promise.id in item.promises or item.id in fate.covered_by]
    needed = [need for item in bought if item in state.packages for need in state.packages[item].needs]
    declined, reconciled = fate.decline_acknowledged, is_reconciled(state, promise.id)
    return PromiseKept(
        promise=promise.id,
        text=promise.text,
        to=promise.to,
        on=promise.on,
        bought=tuple(bought),
        needed=tuple(dict.fromkeys(needed)),
        delivered=fate.delivered if fate.delivered is not None else (True if reconciled and not declined else None),
        why_not=fate.why_not or fate.declined_because,
        declined=declined,
        reconciled=reconciled,
    )


def _met(state: Engagement, need: Need) -> NeedMet:
    return NeedMet(
        need=need.id,
        text=need.text,
        bought=tuple(package.id for package in _bought(state) if need.id in package.needs),
        requirements=tuple(
            name
            for name, row in requirements_now(state).items()
            if need.id in row.first.needs and row.fell_with is None
        ),
        target=need.measure.target if need.measure else None,
        measured=state.measured.get(need.id),
    )
