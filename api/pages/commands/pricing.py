"""The form for a price."""

from api.pages.commands.choices import written
from api.pages.commands.fields import Field, FieldKind, Given
from api.pages.commands.form import CommandForm, FormContext, Sending
from api.pages.forms import checked
from application.commands.carry_out import Receipt
from application.commands.price import Preview, preview_price, propose_these_terms
from application.queries.price import PriceView
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.values import PriceWish
from domain.playbook.model import Kind

# What an emptied field means; of all others: nothing.
IF_EMPTIED: Given = {"expenses": "0"}


def _terms(about: FormContext) -> tuple[Field, ...]:
    """The terms as they are, or as the seller had them in mind at the start."""
    view = about.view
    known: PriceView | PriceWish = view.price or view.wished_price or PriceWish()
    expenses = Field("expenses", f"Expenses in {view.currency}", FieldKind.NUMBER, value=written(known.expenses))
    if view.kind is Kind.IN_HOUSE:
        return (expenses,)
    discount, contingency = (
        written(figure) if figure is not None else "" for figure in (known.discount_percent, known.contingency_percent)
    )
    return (
        Field("discount_percent", "Discount in %", FieldKind.NUMBER, value=discount),
        Field("contingency_percent", "Contingency in %", FieldKind.NUMBER, value=contingency),
        expenses,
        Field("payment", "Payment terms", FieldKind.LONG, value=known.payment or ""),
    )


def _typed(sending: Sending) -> ProposePrice:
    """The terms as the form has them, of which those that are empty are none."""
    emptied = {field.name: IF_EMPTIED.get(field.name) for field in _terms(sending.about)}
    return checked(ProposePrice, emptied | sending.given)


async def _propose(sending: Sending) -> Receipt:
    return await propose_these_terms(sending.app, sending.caller, sending.engagement_id, _typed(sending))


async def _preview(sending: Sending) -> Preview:
    return await preview_price(sending.app, sending.caller, sending.engagement_id, _typed(sending))


FORMS = (
    CommandForm(
        "propose-price",
        "Propose the price",
        "price",
        ProposePrice,
        _propose,
        _terms,
        lead="Those whose approval the price needs are asked.",
        replaces=True,
        preview=_preview,
    ),
)
