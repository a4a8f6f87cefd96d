"""The form for a price."""

from api.pages.commands.fields import Field, FieldKind
from api.pages.commands.form import CommandForm, FormContext, Sending
from api.pages.forms import checked
from application.commands.carry_out import Receipt
from application.commands.price import propose_these_terms
from domain.engagement.pricing.commands import ProposePrice


def _terms(about: FormContext) -> tuple[Field, ...]:
    price, currency = about.view.price, about.view.currency
    discount, contingency = (str(price.discount_percent), str(price.contingency_percent)) if price else ("", "")
    expenses, payment = (str(price.expenses), price.payment or "") if price else ("", "")
    return (
        Field("discount_percent", "Discount in %", FieldKind.NUMBER, value=discount),
        Field("contingency_percent", "Contingency in %", FieldKind.NUMBER, value=contingency),
        Field("expenses", f"Expenses in {currency}", FieldKind.NUMBER, value=expenses),
        Field("payment", "Payment terms", FieldKind.LONG, value=payment),
    )


async def _propose(sending: Sending) -> Receipt:
    terms = checked(ProposePrice, sending.given)
    return await propose_these_terms(sending.app, sending.caller, sending.engagement_id, terms)


FORMS = (
    CommandForm(
        "propose-price",
        "Propose the price",
        "price",
        ProposePrice,
        _propose,
        _terms,
        lead="Those whose approval the price needs are asked. Terms left empty stay as they are.",
    ),
)
