"""Events about the price and the decision on the deal."""

from decimal import Decimal
from typing import Literal

from domain.engagement.aggregate import Engagement
from domain.engagement.pricing.values import DealDecision, Price, PriceStatus
from domain.shared.transaction import Event
from domain.shared.values import PersonId


class PriceProposed(Event):
    kind: Literal["PriceProposed"] = "PriceProposed"
    price: Price

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(price=self.price)


class PriceStatusChanged(Event):
    """The price was approved, returned, or became stale."""

    kind: Literal["PriceStatusChanged"] = "PriceStatusChanged"
    status: PriceStatus

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(price=state.price and state.price.replace(status=self.status))


class DealDecided(Event):
    kind: Literal["DealDecided"] = "DealDecided"
    decision: DealDecision

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(decision=self.decision)


class DecisionVoided(Event):
    kind: Literal["DecisionVoided"] = "DecisionVoided"

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(decision=state.decision and state.decision.replace(valid=False))


class CommissionFellDue(Event):
    """Part of the seller's commission is due: a planned part at the signature, the remainder (or less) at the close."""

    kind: Literal["CommissionFellDue"] = "CommissionFellDue"
    seller: PersonId
    amount: Decimal
    of: Decimal

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(commission_paid=state.commission_paid + self.amount)


AnyPricingEvent = PriceProposed | PriceStatusChanged | DealDecided | DecisionVoided | CommissionFellDue
