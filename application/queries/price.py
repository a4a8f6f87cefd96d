"""The price, its figures and the decision about the deal, for those who may see figures."""

from application.queries.view import Figure, FractionFigure, HoursFigure, MoneyFigure, ShownPersonId, View
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import whole_effort
from domain.engagement.pricing.values import PriceStatus
from domain.engagement.scope.estimates import is_estimated
from domain.playbook.model import Method


class PriceView(View):
    """The price as every colleague may see it: `price` as first signed, `price_now` with all signed change orders."""

    price: MoneyFigure
    price_now: MoneyFigure
    currency: str
    discount_percent: Figure
    contingency_percent: Figure
    expenses: MoneyFigure
    payment: str | None
    status: PriceStatus
    approvers: tuple[str, ...]
    override: str | None


class FiguresView(View):
    """Hours, cost, services, margins as fractions, the floor and the gap under it. Services and price are in cents."""

    hours_p50: HoursFigure | None = None
    hours_p80: HoursFigure | None = None
    cost_p50: MoneyFigure | None = None
    cost_p80: MoneyFigure | None = None
    list_total: MoneyFigure | None = None
    price: MoneyFigure | None = None
    services: MoneyFigure | None = None
    margin_p50: FractionFigure | None = None
    margin_p80: FractionFigure | None = None
    floor_price: MoneyFigure | None = None
    gap: MoneyFigure | None = None


class DecisionView(View):
    method: Method
    voters: tuple[ShownPersonId, ...]
    final_authority: str
    climbed: str | None
    valid: bool
    subject_hash: str


def price_view(state: Engagement) -> PriceView | None:
    price = state.price
    if price is None:
        return None
    return PriceView(
        price=price.quote.price,
        price_now=price.quote.price + state.net_of_changes,
        currency=state.currency,
        discount_percent=price.terms.discount,
        contingency_percent=price.terms.contingency,
        expenses=price.terms.expenses,
        payment=price.payment,
        status=price.status,
        approvers=price.approvers,
        override=price.override,
    )


def figures_view(state: Engagement) -> FiguresView | None:
    whole = whole_effort(state) if is_estimated(state) else None
    effort = whole.model_dump(exclude={"six_list_total"}) | {"list_total": whole.list_total} if whole else {}
    quote = state.price.quote.model_dump() if state.price else {}
    return FiguresView(**effort, **quote) if effort or quote else None


def decision_view(state: Engagement) -> DecisionView | None:
    decision = state.decision
    return DecisionView(**decision.model_dump()) if decision else None
