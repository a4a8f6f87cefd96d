"""`/change`: a modal for a change order, then its route, from which it is submitted."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.models.blocks import Block, SectionBlock
from slack_sdk.models.views import View

from adapters.slack.text import escaped, markup
from api.slack import forms
from api.slack.context import SlackContext
from api.slack.forms import ENGAGEMENTS, FormInvalid, Values, filled, fitting
from api.slack.request import Body, SlackRequest, view_carries
from application.inbox.deferred_commands import CommandSender, DeferredChange, deferred_key
from application.queries.change_preview import ApproverView, ChangeDraft, ChangePreview, SignerView, preview_change
from domain.directory.directory import Directory
from domain.engagement.changes.lines import ChangeFacts, ChangeItem, ItemKind, in_days
from domain.engagement.changes.outlook import told_outlook
from domain.playbook.model import role_label
from domain.pricing.formulas import shown
from domain.pricing.three_points import ThreePoints

CHANGE, ROUTE = "change", "change_route"
MAX_LINES, MAX_REMOVED = 6, 3
# Characters that a modal may carry.
MAX_CARRIED = 3000
CHANGE_FIELDS = ("title", "reason", "price", "days")
FLAGS = ("terms_changed", "requirements_changed")
# The item that describes a change of that kind in words.
OF_FLAG = dict(zip(FLAGS, (ItemKind.TERMS, ItemKind.REQUIREMENTS), strict=True))


class Changes:
    """The handlers of the command."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    def listen(self, bolt: AsyncApp) -> None:
        """Registers the handlers."""
        bolt.command("/change")(self.begin_change)
        bolt.view(CHANGE)(self.show_route)
        bolt.view(ROUTE, matchers=[view_carries(DeferredChange)])(self.submit)

    async def begin_change(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Opens the modal for a change order."""
        await ack()
        await self._context.open_drawn(SlackRequest.parse(body, req.headers), change_form)

    async def show_route(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Shows who would have to approve the change order as filled in; it is submitted from there."""
        who, values = SlackRequest.parse(body, req.headers), body["view"]["state"]["values"]
        await self._context.show_next(ack, values, self._route(who, values))

    async def _route(self, who: SlackRequest, values: Values) -> View:
        deferred, actor = change_of(values), await self._context.actor_of(who.account)
        caller = CommandSender(actor=actor, key=deferred_key("slack", who.account, ROUTE)).caller("preview")
        found = await preview_change(
            self._context.app, caller, deferred.engagement_id, ChangeDraft(change=deferred.change)
        )
        return route_shown(found, deferred.change.title, ROUTE, deferred)

    async def submit(self, ack: AsyncAck, body: Body, req: AsyncBoltRequest) -> None:
        """Submits the change order whose route was shown."""
        view = body["view"]
        deferred = DeferredChange.model_validate_json(view["private_metadata"])
        await self._context.keep(SlackRequest.parse(body, req.headers), deferred, ROUTE, view["id"])
        await ack()


def change_form(directory: Directory) -> View:
    """The fields of a change order: work by discipline and grade, one row each, and packages to remove."""
    engagement = forms.searched("engagement", "Engagement", ENGAGEMENTS)
    return forms.modal(CHANGE, "Change order", "Show the route", [engagement, *change_fields(directory)])


def change_fields(directory: Directory, before: ChangeFacts | None = None) -> Iterator[Block]:
    """The same without the engagement; when revising, prefilled with the change."""
    says = _said(before) if before is not None else {}
    flags = [(FLAGS[0], "terms of the contract"), (FLAGS[1], "requirements")]
    price = f"Price, in {directory.currency}, without work removed below; negative for a reduction"
    yield forms.line("title", "What changes", initial=says.get("title", ""))
    yield forms.words("reason", "Why", initial=says.get("reason", ""))
    yield forms.number("price", price, initial=says.get("price"))
    yield forms.number("days", "Days later; negative for earlier", whole=True, initial=says.get("days"))
    yield forms.ticked("flags", "It also changes", flags, [flag for flag in FLAGS if says.get(flag)])
    said = "Which terms or requirements, and their new text"
    yield forms.words("said", said, optional=True, initial=says.get("said", ""))
    yield from _work(forms.kinds_of_work(directory), says)
    yield from _removed(directory.currency, says)


def _said(facts: ChangeFacts) -> dict[str, str]:
    """The content of a change, by field of the form."""
    removed = [item for item in facts.items if item.package is not None]
    texts = dict.fromkeys(item.text for item in facts.items if item.text is not None)
    says = {
        "title": facts.title,
        "reason": facts.reason,
        "price": f"{facts.price - sum((item.amount for item in removed), Decimal()):f}",
        "days": str(facts.days),
        "said": "\n".join(texts),
    }
    says |= {flag: flag for flag in FLAGS if getattr(facts, flag)}
    for n, line in enumerate(facts.work, 1):
        says |= {f"work{n}": f"{line.discipline}|{line.grade}", f"hours{n}": line.hours.written}
    for n, item in enumerate(removed, 1):
        says |= {f"package{n}": item.package or "", f"less{n}": f"{item.amount:f}"}
    return says


def is_whole(facts: ChangeFacts) -> bool:
    """True if the form can express everything in a change."""
    says = _said(facts)
    values: dict[str, Any] = {name: {name: {"value": text}} for name, text in says.items()}
    values["flags"] = {"flags": {"selected_options": [{"value": flag} for flag in FLAGS if says.get(flag)]}}
    for name in ("engagement", *(name for name in says if name.startswith("work"))):
        values[name] = {name: {"selected_option": {"value": says.get(name, "ENG-2026-0001")}}}
    try:
        return change_of(values).change == facts
    except FormInvalid:
        return False


def _work(kinds: list[tuple[str, str]], says: Mapping[str, str]) -> Iterator[Block]:
    for n in range(1, MAX_LINES + 1):
        yield forms.chosen(f"work{n}", f"Work {n}", kinds, optional=True, initial=says.get(f"work{n}", ""))
        initial = says.get(f"hours{n}", "")
        yield forms.three_points(f"hours{n}", f"Hours of work {n}", optional=True, initial=initial)


def _removed(currency: str, says: Mapping[str, str]) -> Iterator[Block]:
    for n in range(1, MAX_REMOVED + 1):
        hint, package = "In addition to the price above, which covers everything else.", says.get(f"package{n}", "")
        label = f"Price of work removed {n}, in {currency}; negative"
        yield forms.line(
            f"package{n}", f"Work removed {n}: the package, such as W3", optional=True, hint=hint, initial=package
        )
        yield forms.number(f"less{n}", label, optional=True, most="0", initial=says.get(f"less{n}"))


def change_of(values: Values) -> DeferredChange:
    """Parses the change order. Raises FormInvalid."""
    given: dict[str, Any] = {name: filled(values, name) for name in CHANGE_FIELDS}
    ticked = filled(values, "flags") or []
    given |= {flag: flag in ticked for flag in FLAGS}
    given["work"] = tuple(_lines(values))
    names = {name: name for name in CHANGE_FIELDS} | {"work": "work1"}
    facts: ChangeFacts = fitting(ChangeFacts, given, names)
    more = (*_items_said(values, ticked), *_items_removed(values))
    if more:
        kept = facts.items if facts.value or facts.all_days or facts.work else ()
        by_item = facts.model_dump(exclude={"items"}) | {"items": (*kept, *more)}
        facts = fitting(ChangeFacts, by_item, {"items": "package1"})
    given = {"engagement_id": filled(values, "engagement"), "change": facts}
    deferred: DeferredChange = fitting(DeferredChange, given, {"engagement_id": "engagement"})
    return deferred


def _lines(values: Values) -> Iterator[dict[str, Any]]:
    for n in range(1, MAX_LINES + 1):
        kind, hours = filled(values, f"work{n}"), filled(values, f"hours{n}")
        if kind is None and hours is None:
            continue
        if kind is None or hours is None:
            raise FormInvalid({f"hours{n}" if kind else f"work{n}": "A line needs its kind of work and three points."})
        discipline, _, grade = kind.partition("|")
        points = fitting(ThreePoints, hours, {"hours": f"hours{n}"})
        yield {"discipline": discipline, "grade": grade, "hours": points}


def _items_said(values: Values, ticked: Collection[str]) -> Iterator[ChangeItem]:
    """The items for terms or requirements, if they are described in words."""
    text = filled(values, "said")
    if text is None:
        return
    if not ticked:
        raise FormInvalid({"said": "Tick above whether terms or requirements change."})
    for flag in FLAGS:
        if flag in ticked:
            yield fitting(ChangeItem, {"kind": OF_FLAG[flag], "text": text}, {"text": "said"})


def _items_removed(values: Values) -> Iterator[ChangeItem]:
    for n in range(1, MAX_REMOVED + 1):
        package, amount = filled(values, f"package{n}"), filled(values, f"less{n}")
        if package is None and amount is None:
            continue
        if package is None:
            raise FormInvalid({f"package{n}": "Removed work must name its package."})
        given = {"kind": ItemKind.WORK_REMOVED, "package": package.strip(), "amount": amount or 0}
        yield fitting(ChangeItem, given, {"package": f"package{n}", "amount": f"less{n}"})


def route_shown(found: ChangePreview, title: str, callback: str, carried: BaseModel) -> View:
    """Who would have to approve a change order, and why; carries the change to be submitted. Raises FormInvalid."""
    if len(carried.model_dump_json()) > MAX_CARRIED:
        raise FormInvalid({"reason": "This change is too long for Slack to show its route. Shorten the reason."})
    figures = (
        f"Price {_money(found.price, found.currency)}, {in_days(found.days)}. All changes together: "
        f"{_money(found.together_value, found.currency)} ({_money(found.together_percent, '%')} of the contract), "
        f"{in_days(found.together_days)}."
    )
    signed = ", then ".join(_named(signer) for signer in found.signers)
    same = [f"⚠ Change {found.same_as} says the same."] if found.same_as is not None else []
    blocks: list[Block] = [
        *(SectionBlock(text=markup(escaped(line, 2900))) for line in same),
        SectionBlock(text=markup(f"*{escaped(title, 2900)}*\nNothing is submitted yet. It goes to:")),
        *(SectionBlock(text=markup(escaped(_asked(approver), 2900))) for approver in found.approvers),
        SectionBlock(text=markup(escaped(f"Signed by {signed}.", 2900))),
        *(SectionBlock(text=markup(escaped(line, 2900))) for line in told_outlook(found.outlook)),
        SectionBlock(text=markup(escaped(f"{figures} Delivery's own hours may change the route.", 2900))),
    ]
    return forms.modal(callback, "Who approves it", "Submit", blocks, carried)


def _asked(approver: ApproverView) -> str:
    return f"{_named(approver)}, since {', and '.join(approver.because)}"


def _named(row: ApproverView | SignerView) -> str:
    return f"{role_label(row.role)} ({row.who.name if row.who else 'vacant'})"


def _money(amount: Decimal, unit: str) -> str:
    return f"{shown(amount)} {unit}"
