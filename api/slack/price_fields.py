"""The form for a price, and a preview before it is proposed."""

from collections.abc import Iterator
from decimal import Decimal

from slack_sdk.models.blocks import Block, PlainTextInputElement, SectionBlock
from slack_sdk.models.views import View

from adapters.slack.text import plain
from api.slack import forms
from api.slack.forms import Values, filled
from api.slack.step_fields import STEP, About, StepForm, fit
from application.commands.price import Preview
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.pricing.rules import terms_meant
from domain.next_steps.choices import Do
from domain.playbook.model import Kind, role_label

TERMS = ("discount_percent", "contingency_percent", "expenses", "payment")
# Characters of a text in the form's private metadata, which Slack limits to 3,000.
MAX_PAYMENT = 1000


def terms(about: About) -> Iterator[Block]:
    """The terms as they are or as the seller intended them, for those who may see that."""
    wished = terms_meant(about.state, ProposePrice(), ()) if about.sees_terms else ProposePrice()
    if about.state.kind is not Kind.IN_HOUSE:
        for name in ("discount_percent", "contingency_percent"):
            label = f"{name.removesuffix('_percent').capitalize()} in percent"
            yield forms.number(name, label, optional=True, least="0", initial=_shown(getattr(wished, name)))
    label = f"Expenses, in {about.state.currency}"
    yield forms.number("expenses", label, optional=True, least="0", initial=_shown(wished.expenses))
    if about.state.kind is not Kind.IN_HOUSE:
        payment = wished.payment or ""
        fits = len(payment) <= MAX_PAYMENT
        hint = (
            "" if fits else "The terms of this deal are too long to show here: propose the price on the command line."
        )
        element = PlainTextInputElement(
            action_id="payment",
            multiline=True,
            max_length=MAX_PAYMENT,
            initial_value=(payment or None) if fits else None,
        )
        yield forms.field("payment", "Payment", element, optional=True, hint=hint)


def _shown(amount: Decimal | None) -> str | None:
    return format(amount.normalize(), "f") if amount else None


def terms_of(about: About, values: Values) -> ProposePrice:
    """Parses the terms; an emptied field means none. Raises FormInvalid."""
    given = {name: value for name in TERMS if (value := filled(values, name)) is not None}
    typed = fit(ProposePrice, given, {name: name for name in TERMS if name in values})
    meant = terms_meant(about.state, typed, values.keys())
    return ProposePrice.model_validate(meant.model_dump())


def price_preview(about: About, do: Do, proposed: ProposePrice, preview: Preview, *, at_home: bool) -> View:
    """Shows what a price would be, and who would have to approve it, before it is proposed."""
    carried = StepForm(step=about.card.ref, do=do, at_home=at_home, previewed=proposed)
    blocks: list[Block] = [SectionBlock(text=plain("\n".join(_reckoned(preview))))]
    return forms.modal(STEP, "The price, previewed", "Propose it", blocks, carried)


def _reckoned(found: Preview) -> list[str]:
    def money(amount: Decimal) -> str:
        return f"{amount:,.2f} {found.currency}"

    def percent(fraction: Decimal) -> str:
        return f"{fraction * 100:.1f} %"

    lines = [f"Price: {money(found.price)}"]
    lines += [f"Services: {money(found.services)}"] if found.services is not None else []
    lines += [f"Margin at P50: {percent(found.margin_p50)}"] if found.margin_p50 is not None else []
    lines += [f"Margin at P80: {percent(found.margin_p80)}"] if found.margin_p80 is not None else []
    if found.target_margin_percent is not None:
        lines.append(f"Target {found.target_margin_percent:f} %, floor {found.floor_margin_percent:f} %")
    lines += [f"Floor for services: {money(found.floor_price)}"] if found.floor_price is not None else []
    lines += [f"Delivery's dissent: {found.dissent}"] if found.dissent else []
    lines += [f"You have proposed this price before. {found.said_no_before}"] if found.said_no_before else []
    lines.append(f"Approved by: {', '.join(_approvers(found)) or 'nobody besides the deal decision'}")
    lines += [f"Why: {found.why}"] if found.why else []
    lines += [f"Your commission: {money(found.commission)}"] if found.commission is not None else []
    return lines


def _approvers(found: Preview) -> Iterator[str]:
    """Each role with the person who would be asked: `finance (Grace Oduya)`."""
    for row in found.asked:
        how = " by a signed override" if row.role == found.override else ""
        yield f"{role_label(row.role)} ({row.who.name if row.who else 'vacant'}){how}"
