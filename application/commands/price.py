"""The price: previewed, then proposed."""

from typing import Annotated

from pydantic import Field

from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.context import Interlock
from application.queries.view import Figure, FractionFigure, MoneyFigure, NamedPersonView, View
from application.queries.visibility import seen
from domain.asks.bound_facts import under
from domain.asks.facts_shown import text_shown
from domain.engagement.acts_owed.rules import as_of
from domain.engagement.aggregate import Engagement
from domain.engagement.permissions import Sight, may_see, permit_preview
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.rules import reckon, require_attested, said_no_before, terms_meant, who_would_approve
from domain.engagement.pricing.values import Price
from domain.pricing.approval_bands import why_approved
from domain.pricing.formulas import commission, under_the_floor
from domain.shared.transaction import Actor
from domain.shared.values import CURRENCY_FORM, EngagementId, PersonId, RoleName, Value
from workflows.messages import Receipt


class PriceApproverView(View):
    """A role that would have to approve a price, and the person who would be asked; null if no one could be."""

    role: RoleName
    who: NamedPersonView | None


class Preview(Value):
    """A price as it would be: its margins, the approvals it would need, the seller's commission.

    `target_margin_percent` and `floor_margin_percent` are what its margins are compared with; null in house.
    """

    discount_percent: Figure
    contingency_percent: Figure
    expenses: MoneyFigure
    payment: str | None
    price: MoneyFigure
    services: MoneyFigure | None
    margin_p50: FractionFigure | None
    margin_p80: FractionFigure | None
    target_margin_percent: Figure | None
    floor_margin_percent: Figure | None
    floor_price: MoneyFigure | None
    gap: MoneyFigure | None
    approvers: tuple[RoleName, ...]
    override: RoleName | None
    asked: tuple[PriceApproverView, ...]
    """Who would be asked to approve it now, the override's signer last."""
    why: str | None
    """What about the price requires these approvals, if any."""
    dissent: str | None
    """How far it is under delivery's floor, in words, if it is."""
    said_no_before: str | None
    """By whom, when and why this very price was declined or returned, if it was."""
    commission: MoneyFigure | None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]


async def propose_these_terms(
    app: Interlock, caller: Caller, engagement_id: EngagementId, terms: ProposePrice
) -> Receipt:
    """Proposes a price; terms that the caller left out stay as they are, else as they were requested."""
    state = await seen(app, caller.actor, engagement_id)
    meant = terms_meant(state, terms, terms.model_fields_set)
    return await carry_out(app, caller, engagement_id, meant, said=terms.model_dump(mode="json", exclude_unset=True))


async def preview_price(app: Interlock, caller: Caller, engagement_id: EngagementId, terms: ProposePrice) -> Preview:
    """Computes a price without proposing it; the commission only for those it concerns."""
    state = await seen(app, caller.actor, engagement_id)
    permit_preview(as_of(state, app.clock()), terms, caller.actor)
    return preview_of(state, terms_meant(state, terms, terms.model_fields_set), caller.actor)


def preview_of(state: Engagement, terms: ProposePrice, actor: Actor) -> Preview:
    """What a price would be, as this person may see it. Raises EstimateNotAttested."""
    require_attested(state)
    price = reckon(state, terms, actor.person_id)
    quoted, policy, paid = price.quote, state.playbook.price, None
    if quoted.services is not None and quoted.margin_p50 is not None and may_see(state, actor, Sight.COMMISSION):
        paid = commission(quoted.services, quoted.margin_p50, policy, state.playbook.commission)
    return Preview(
        **quoted.model_dump(),
        discount_percent=price.terms.discount,
        contingency_percent=price.terms.contingency,
        expenses=price.terms.expenses,
        payment=price.payment,
        target_margin_percent=policy.target_margin if quoted.services is not None else None,
        floor_margin_percent=policy.floor_margin if quoted.services is not None else None,
        approvers=price.approvers,
        override=price.override,
        asked=tuple(_price_approver(state, role, who) for role, who in who_would_approve(state, price)),
        why=why_approved(quoted, price.terms, policy),
        dissent=_dissent(state, price),
        said_no_before=said_no_before(state, price),
        commission=paid,
        currency=state.currency,
    )


def _dissent(state: Engagement, price: Price) -> str | None:
    """How far it is under delivery's floor, as approvers are shown it."""
    found = under("price", {**under_the_floor(price.quote, price.terms), "currency": state.currency})
    return text_shown("price.gap", found) if "price.gap" in found else None


def _price_approver(state: Engagement, role: RoleName, person_id: PersonId | None) -> PriceApproverView:
    who = NamedPersonView(id=person_id, name=state.cast.name(person_id)) if person_id else None
    return PriceApproverView(role=role, who=who)
