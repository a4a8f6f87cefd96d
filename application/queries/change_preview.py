"""Change orders before they are submitted: who would have to approve one, and why."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import Field

from application.authentication import Caller
from application.commands.early_refusals import try_out
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.view import FractionFigure, MoneyFigure, NamedPersonView, View
from application.queries.visibility import seen
from application.read_lag.await_visible import eventually
from application.read_lag.unread_receipts import PATIENCE_SECONDS
from domain.change_order.order import ChangeOrder
from domain.engagement import timers
from domain.engagement.aggregate import Engagement
from domain.engagement.changes.commands import ReviseChange, SubmitChange
from domain.engagement.changes.contract import first_price, milestones_moved
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.outlook import outlook
from domain.engagement.changes.routing import AllTogether, Approver, all_together, approvers, signers
from domain.engagement.changes.rules import same_as
from domain.engagement.permissions import Sight, may_see
from domain.notifications.acts_owed import what_comes_next
from domain.shared.created_items import change_made
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId, ItemId, PersonId, Value
from workflows.messages import Receipt


class ChangeDraft(Value):
    """A change order that is not submitted yet: `revises` names the returned one that it would replace."""

    change: ChangeFacts
    potential: ItemId | None = None
    revises: Annotated[int, Field(ge=1, le=999_999)] | None = None

    @property
    def command(self) -> SubmitChange | ReviseChange:
        """What would submit it."""
        if self.revises is not None:
            return ReviseChange(n=self.revises, change=self.change)
        return SubmitChange(change=self.change, potential=self.potential)


class ApproverView(View):
    """A role that would have to approve, who holds it now, and why it is asked."""

    role: str
    who: NamedPersonView | None
    because: tuple[str, ...]


class SignerView(View):
    """A role that would sign, and who holds it now."""

    role: str
    who: NamedPersonView | None


class MoveView(View):
    """A milestone that a change moves: from which day to which."""

    id: str
    title: str
    due: Day
    moves_to: Day


class ChangePreview(View):
    """The route of a change order as it would be submitted now, with the hours that it names.

    `price` and `days` are net, `value` and `all_days` gross; `together…` adds up the gross of all changes that count.
    `margin_p80` is null for those who may not see it. `price_first` is the contract's price as first signed,
    `price_now` with all signed change orders, `price_after` with this one too; `milestones` are those that it would
    currently move: all that the client has not accepted. `outlook` says in words what it makes of the contract.
    """

    n: int
    currency: str
    price: MoneyFigure
    value: MoneyFigure
    days: int
    all_days: int
    together_value: MoneyFigure
    together_percent: MoneyFigure
    together_days: int
    margin_p80: FractionFigure | None
    price_first: MoneyFigure
    price_now: MoneyFigure
    price_after: MoneyFigure
    milestones: tuple[MoveView, ...]
    outlook: dict[str, str]
    approvers: tuple[ApproverView, ...]
    signers: tuple[SignerView, ...]
    same_as: int | None
    """Another change that still counts and says exactly the same; null if there is none."""


async def preview_change(
    app: Interlock, caller: Caller, engagement_id: EngagementId, draft: ChangeDraft
) -> ChangePreview:
    """Who would have to approve a change order and why. Changes nothing.

    Anyone who may submit it may preview it; what would be refused then is refused here, in the same words.
    """
    await try_out(app, caller, engagement_id, draft.command)
    state = await seen(app, caller.actor, engagement_id)
    now = app.clock()
    return await off_loop(lambda: preview_of(timers.advance_to(state, now), draft, caller.actor))


async def what_comes_of(
    app: Interlock, person_id: PersonId, engagement_id: EngagementId, n: int, revision: int, began: datetime
) -> str:
    """What comes next in a change order that was just submitted or revised: its own workflow asks a moment later."""

    def look() -> ChangeOrder | None:
        order = app.read.change_order(engagement_id, n)
        return order if order is not None and order.brief.revision >= revision and any(order.open_asks()) else None

    order = await eventually(look, PATIENCE_SECONDS)
    return what_comes_next(order, person_id, began) if order is not None else " Whoever must approve it is asked next."


async def what_comes_of_submitted(
    app: Interlock, person_id: PersonId, engagement_id: EngagementId, receipt: Receipt, began: datetime
) -> str:
    """The number under which a change was just submitted, and what comes next in it."""
    n = change_made(receipt.made)
    return (
        f" It is change {n}.{await what_comes_of(app, person_id, engagement_id, n, 1, began)}" if n is not None else ""
    )


def preview_of(state: Engagement, draft: ChangeDraft, actor: Actor) -> ChangePreview:
    """The preview of a change order, as this person may see it."""
    facts, n = draft.change, draft.revises or len(state.changes) + 1
    whole: AllTogether = all_together(state, facts, n)
    figures = may_see(state, actor, Sight.FIGURES)
    asked = approvers(state, facts, n)
    now = first_price(state) + state.net_of_changes
    signing = signers(state.playbook.change, [approver.role for approver in asked], facts)
    return ChangePreview(
        n=n,
        currency=state.currency,
        price=facts.price,
        value=facts.value,
        days=facts.days,
        all_days=facts.all_days,
        together_value=whole.value,
        together_percent=whole.percent,
        together_days=whole.days,
        margin_p80=whole.margin_p80 if figures else None,
        price_first=first_price(state),
        price_now=now,
        price_after=now + facts.price,
        milestones=tuple(_moves(state, facts)),
        outlook=outlook(state, facts, n),
        approvers=tuple(_approver(state, approver, figures=figures) for approver in asked),
        signers=tuple(SignerView(role=role, who=_holder(state, role)) for role in signing),
        same_as=same.n if (same := same_as(state, facts, n)) is not None else None,
    )


def _moves(state: Engagement, facts: ChangeFacts) -> Iterator[MoveView]:
    for name, day in milestones_moved(state, facts.days).items():
        milestone = state.milestones[name]
        yield MoveView(id=name, title=milestone.title, due=milestone.due, moves_to=day)


def _approver(state: Engagement, approver: Approver, *, figures: bool) -> ApproverView:
    because = (one.text if figures else one.openly for one in approver.because)
    return ApproverView(role=approver.role, who=_holder(state, approver.role), because=tuple(dict.fromkeys(because)))


def _holder(state: Engagement, role: str) -> NamedPersonView | None:
    person_id = state.cast.holder(role)
    return NamedPersonView(id=person_id, name=state.cast.name(person_id)) if person_id else None
