"""What each ask about a change order shows and binds."""

from decimal import Decimal

from domain.asks.bound_facts import Values, part_of, under
from domain.asks.facts_shown import facts_shown
from domain.asks.model import Ask, AskKind, listed
from domain.change_order.order import (
    Brief,
    ChangeOrder,
)
from domain.engagement.changes.lines import ChangeItem, ChangeLine
from domain.engagement.changes.routing import signers
from domain.playbook.model import role_label
from domain.shared.values import in_cents

# What the engagement manager confirms by approving, besides the change itself.
CONFIRMS = "terms,requirements,reason"


def what_is_to_be_done(brief: Brief) -> dict[str, str]:
    """The reason for the change and what it does, without prices, for the experts who give its hours."""
    facts = {"change.reason": brief.facts.reason}
    for n, item in enumerate(brief.facts.items, 1):
        if item.text or item.package or item.requirement or item.days:
            facts |= _item_facts(n, item.replace(amount=Decimal()), brief)
    return facts_shown(brief.cast, AskKind.ESTIMATE, facts)


def who_signs_after(order: ChangeOrder, ask: Ask) -> dict[str, str]:
    """Who signs a change after this signer, without whom it does not take effect."""
    if ask.kind is not AskKind.SIGN_CHANGE or not ask.is_open:
        return {}
    roles = signers(order.playbook.change, order.brief.route, order.brief.facts)
    after = roles[roles.index(ask.subject) + 1 :] if ask.subject in roles else ()
    who = [f"{order.cast.name(one)} ({role_label(role)})" for role in after if (one := order.cast.holder(role))]
    return {"signs after it": f"{listed(who)}: it takes effect once they have"} if who else {}


def client_facts(order: ChangeOrder) -> dict[str, str]:
    """A change as the client signs it: what, why, for how much, how much later; no hours or grades."""
    return {key: value for key, value in change_facts(order).items() if key.partition(".")[0] not in {"line", "gross"}}


def revision_of(ask: Ask) -> int | None:
    """The revision of a change that an ask to approve or sign it showed; None for any other ask."""
    revision = ask.facts.get("change.revision")
    return int(revision) if revision is not None and ask.kind in JUDGES else None


JUDGES = frozenset({AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE})


def change_facts(order: ChangeOrder) -> dict[str, str]:
    """A change as its approvers and signers see it; no cost and no margin."""
    brief, facts = order.brief, order.brief.facts
    told: Values = {"n": brief.n, "revision": brief.revision, "title": facts.title, "reason": facts.reason}
    money: Values = {"price": in_cents(facts.price), "currency": brief.currency}
    flags = {"terms_changed": facts.terms_changed, "requirements_changed": facts.requirements_changed}
    found = under("change", {**told, **money, "days": facts.days, **flags}) | items_told(brief)
    for name, line in order.lines.items():
        found |= _line_facts(name, line)
    return found


def _line_facts(name: str, line: ChangeLine) -> dict[str, str]:
    return under(f"line.{name}", {"hours": line.hours.written, "discipline": line.discipline, "grade": line.grade})


def items_told(brief: Brief) -> dict[str, str]:
    """Each item of a change with several items, a removed package, a requirement or a text; and their gross totals."""
    facts = brief.facts
    if len(facts.items) == 1 and not (facts.removes or facts.requires_anew) and facts.items[0].text is None:
        return {}
    gross: Values = {"value": in_cents(facts.value), "currency": brief.currency, "days": facts.all_days}
    return _by_item(brief) | under("gross", gross)


def context_for_client(order: ChangeOrder) -> dict[str, str]:
    """The single item of a change without a text: what the client signs has its price and days already."""
    if part_of(client_facts(order), "item"):
        return {}
    money = {"change.currency": order.brief.currency}
    return facts_shown(order.cast, AskKind.SIGN_CHANGE, money | _by_item(order.brief))


def _by_item(brief: Brief) -> dict[str, str]:
    found: dict[str, str] = {}
    for n, item in enumerate(brief.facts.items, 1):
        found |= _item_facts(n, item, brief)
    return found


def _item_facts(n: int, item: ChangeItem, brief: Brief) -> dict[str, str]:
    told: dict[str, str | int | Decimal | None] = {"kind": item.kind, "package": item.package}
    told["package_title"] = brief.removed.get(item.package) if item.package else None
    told |= {"requirement": item.requirement, "text": item.text, "days": item.days or None}
    return under(f"item.{n}", {**told, "amount": in_cents(item.amount) if item.amount else None})


def why_asked(brief: Brief) -> dict[str, str]:
    """What approvers are shown beside the change: the totals, who must approve and why, and what they confirm."""
    return brief.together | brief.called_for | {"confirms": CONFIRMS}
