"""The parts of a deal file that start the deal."""

from typing import Any

from domain.deal_file.model import OPENING


def opening_of(deal: dict[str, Any]) -> dict[str, Any]:
    """The parts of a checked file, given as JSON, that start the deal, as the API takes them.

    Hours are left out: the seller does not estimate.
    """
    packages = [{name: value for name, value in row.items() if name != "hours"} for row in deal["work_packages"]]
    purchases = [
        {"id": row["id"] or f"B{n}", "title": row["title"], "amount": row["amount"] or "0"}
        for n, row in enumerate(deal["purchases"], 1)
    ]
    price = {name: value for name, value in (deal["price"] or {}).items() if value is not None}
    rest = {name: deal[name] for name in ("needs", "promises", "milestones", "requirements")}
    where = {"external": deal["external"]} if deal["external"] else {}
    more = {"packages": packages, "purchases": purchases, **rest, **({"price": price} if price else {}), **where}
    return {**{name: deal[name] for name in OPENING}, **more}
