"""The price of a deal on the command line: previewed first, then proposed."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import typer

from cli.commands import Access, Deal, carry_out, told
from cli.figures import money, percent
from cli.options import AsJson, Token, Url
from cli.terminal import cli_errors, fresh_key, front_door, hanging, require_confirmed, say, show
from domain.playbook.model import role_label

price_app = typer.Typer()
Discount = Annotated[str | None, typer.Option("--discount", help="Percent off the list price.")]
Contingency = Annotated[str | None, typer.Option("--contingency", help="Percent on top of the estimate.")]
Expenses = Annotated[str | None, typer.Option("--expenses", help="An amount, on top of the services.")]
Payment = Annotated[str | None, typer.Option("--payment", help="What is paid when, in words.")]
Transfer = Annotated[bool, typer.Option("--internal-transfer", help="In house: a transfer at cost.")]


def _terms(
    discount: str | None, contingency: str | None, expenses: str | None, payment: str | None, *, transfer: bool
) -> dict[str, Any]:
    """The terms that were given; others stay as in the current price or else as intended at the start."""
    given = {
        "discount_percent": discount,
        "contingency_percent": contingency,
        "expenses": expenses,
        "payment": payment,
        "internal_transfer": transfer or None,
    }
    return {name: value for name, value in given.items() if value is not None}


@price_app.command("preview")
def price_preview(
    engagement: Deal,
    token: Token,
    discount: Discount = None,
    contingency: Contingency = None,
    expenses: Expenses = None,
    payment: Payment = None,
    transfer: Transfer = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Preview a price: margins, who would have to approve, your commission. Nothing is proposed.

    What is not given stays as in the current price, or else as the deal started.
    """
    with cli_errors():
        door = front_door(url, token)
        body = _terms(discount, contingency, expenses, payment, transfer=transfer)
        found = door.send("me", "POST", f"/engagements/{engagement}/price/preview", body, fresh_key())
        show(found, _show_preview, as_json=as_json)


def _show_preview(found: dict[str, Any]) -> None:
    currency = found["currency"]
    _say_terms(found)
    if found["margin_p80"] is not None:
        wanted = f"target {found['target_margin_percent']} %, floor {found['floor_margin_percent']} %"
        say(f"margin: {percent(found['margin_p50'])} at P50, {percent(found['margin_p80'])} at P80 ({wanted})")
        floor = money(found["floor_price"], currency)
        say(f"services: {money(found['services'], currency)}; delivery's floor for services: {floor}")
    if found["dissent"]:
        say(hanging(f"delivery's dissent: {found['dissent']}"))
    if found["said_no_before"]:
        say(hanging(f"this price before: {found['said_no_before']}"))
    say(hanging(f"needs the approval of: {', '.join(_approvers(found)) or 'nobody, besides the deal decision'}"))
    if found["why"]:
        say(hanging(f"since {found['why']}"))
    if found["commission"] is not None:
        say(f"your commission: {money(found['commission'], currency)}")


def _approvers(found: dict[str, Any]) -> Iterator[str]:
    """Each role with the person who would be asked: `finance (Grace Oduya)`."""
    for row in found["asked"]:
        how = " by a signed override" if row["role"] == found["override"] else ""
        yield f"{role_label(row['role'])} ({row['who']['name'] if row['who'] else 'vacant'}){how}"


def _say_terms(price: dict[str, Any]) -> None:
    """All terms of a price, and its total."""
    discount, contingency = Decimal(price["discount_percent"]), Decimal(price["contingency_percent"])
    say(f"price: {money(price['price'], price['currency'])}")
    expenses = money(price["expenses"], price["currency"])
    say(f"terms: discount {discount:f} %, contingency {contingency:f} %, expenses {expenses}")
    if price["payment"]:
        say(hanging(f"payment: {price['payment']}"))


@price_app.command("propose")
def price_propose(
    engagement: Deal,
    token: Token,
    discount: Discount = None,
    contingency: Contingency = None,
    expenses: Expenses = None,
    payment: Payment = None,
    transfer: Transfer = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show it, as `price preview` does.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, whatever it comes to.")] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Propose a price against the attested estimate; the approvers that its margin requires are asked.

    What is not given stays as in the current price, or else as the deal started. First you see what these terms come
    to, who would be asked, and whether the same price was declined before; then you are asked to confirm.
    """
    body = _terms(discount, contingency, expenses, payment, transfer=transfer)
    path = f"/engagements/{engagement}/price"
    with cli_errors():
        door = front_door(url, token)
        found = door.send("me", "POST", f"{path}/preview", body, fresh_key())
        if dry_run or not as_json:
            show(found, _show_preview, as_json=as_json)
        if dry_run:
            return
        if not yes:
            require_confirmed("Propose it?", "Nothing was proposed.")
        shown = {name: found[name] for name in ("discount_percent", "contingency_percent", "expenses", "payment")}
        told(door, door.send("me", "POST", path, body | shown, fresh_key()), as_json=as_json)


@price_app.command("rate-card")
def price_rate_card(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Take the directory's current rates for a deal; its estimate is then attested again."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/rate-card")
