"""Setting the scope and its rates."""

from domain.engagement.aggregate import Engagement
from domain.engagement.needs.rules import before_baseline
from domain.engagement.scope.commands import SetMilestones, SetPurchases, SetWorkPackages, TakeRateCard
from domain.engagement.scope.events import (
    MilestonesSet,
    PurchasesSet,
    RateCardTaken,
    ScopeSet,
)
from domain.pricing.formulas import HUNDRED, shown
from domain.shared.errors import BadValue
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.unique_rows import names_a_change
from domain.shared.values import MAX_MONEY


def set_work_packages(transaction: Transaction[Engagement], command: SetWorkPackages) -> None:
    """Replaces the scope. Estimates of unchanged packages stay."""
    state = transaction.state
    before_baseline(state, "scope and estimate")
    for package in command.packages:
        _known(package.needs, state.needs, "packages.needs")
        _known(package.promises, state.promises, "packages.promises")
        if package.grade not in state.rate_card.grades:
            known = ", ".join(state.rate_card.grades)
            raise BadValue(
                f"The rate card has no grade {package.grade}.",
                remedy=meant(package.grade, state.rate_card.grades, f"Use one of: {known}."),
                field="packages.grade",
            )
        if names_a_change(package.id):
            raise BadValue(
                "An id of C and a number is reserved for change orders.",
                remedy="Give the package another id, such as W1.",
                field="packages.id",
            )
    if {p.id: p for p in command.packages} != state.packages:
        transaction.record(ScopeSet(packages=command.packages))


def _known(ids: tuple[str, ...], among: dict[str, object] | object, field: str) -> None:
    unknown = [name for name in ids if name not in among]  # type: ignore[operator]
    if unknown:
        raise BadValue(f"Unknown: {', '.join(unknown)}.", remedy="Record it first.", field=field)


def set_milestones(transaction: Transaction[Engagement], command: SetMilestones) -> None:
    state = transaction.state
    before_baseline(state, "the milestones")
    for milestone in command.milestones:
        _known(milestone.promises, state.promises, "milestones.promises")
    if sum(milestone.share_percent for milestone in command.milestones) != HUNDRED:
        raise BadValue(
            "The shares must add up to 100 %.",
            remedy="Correct them.",
            action=RemedyAction.SET_MILESTONES,
            field="milestones.share_percent",
        )
    if {m.id: m for m in command.milestones} != state.milestones:
        transaction.record(
            MilestonesSet(milestones=command.milestones, wished_start=state.wished_start, wished_end=state.wished_end)
        )


def set_purchases(transaction: Transaction[Engagement], command: SetPurchases) -> None:
    before_baseline(transaction.state, "the purchases")
    if sum(purchase.amount for purchase in command.purchases) > MAX_MONEY:
        raise BadValue(
            f"The purchases would exceed {shown(MAX_MONEY)} {transaction.state.currency} together.",
            remedy="Correct the amounts.",
            field="purchases.amount",
        )
    transaction.record(PurchasesSet(purchases=command.purchases))


def take_rate_card(transaction: Transaction[Engagement], command: TakeRateCard) -> None:
    """Takes newer rates by a recorded decision; the estimate must then be attested again."""
    state = transaction.state
    before_baseline(state, "the rates")
    lacking = sorted({p.grade for p in state.packages.values()} - set(command.rate_card.grades))
    if lacking:
        raise BadValue(
            f"The card lacks {', '.join(lacking)}.", remedy="Use a rate card that has these grades.", field="rate_card"
        )
    if command.rate_card != state.rate_card:
        transaction.record(RateCardTaken(rate_card=command.rate_card))
