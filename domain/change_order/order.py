"""A change order as an aggregate: its state, commands and events."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.asks.bound_facts import BoundFacts
from domain.asks.events import AnyAskEvent
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Condition, Outcome, ShownSubject, given_and_owed
from domain.directory.people import Introduction, Participants
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk, GiveInformation
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.outlook import told_outlook
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.values import held
from domain.engagement.command import Command
from domain.engagement.documents.values import Signature
from domain.engagement.scope.commands import PackageHours
from domain.playbook.model import Kind, Playbook
from domain.pricing.three_points import ThreePoints, likely_slip
from domain.shared.text import LongText, OwnText, Pinned, ShortText, TextToTell
from domain.shared.transaction import Event
from domain.shared.values import AskId, Day, Digest, EngagementId, ItemId, Name, PersonId, RoleName, Value


class Brief(Value):
    """What the engagement tells its change order: the facts, the route, and the people."""

    engagement_id: EngagementId
    n: int
    revision: int
    title: ShortText
    """The engagement's title."""
    client: ShortText
    currency: str
    kind: Kind
    facts: ChangeFacts
    removed: dict[ItemId, ShortText] = {}
    """Titles of the packages that it removes."""
    by: PersonId
    submitters: tuple[PersonId, ...] = ()
    """Everybody who submitted a revision of it, or for whom one was submitted: none of them may approve it."""
    route: tuple[RoleName, ...]
    called_for: BoundFacts = {}
    """Who must approve besides those who always do, and why, without cost or margin, as approvers are shown it."""
    together: BoundFacts = {}
    """What all changes add up to, as approvers are shown it."""
    outlook: dict[Name, TextToTell] = {}
    """What it would make of the contract as of now, in words: shown beside it, not bound."""
    outlook_hash: Digest | None = None
    """The hash of the values behind these texts: signers are asked again if it changes."""
    signed: Annotated[int, Field(exclude_if=lambda how_many: not how_many)] = 0
    """How many change orders of the engagement both sides have signed."""
    total: Decimal = Decimal()
    """What all changes add up to: absolute values of this one and every one submitted earlier."""
    sold_by: tuple[PersonId, ...] = ()
    """Everybody who sells or sold the deal: none of them may judge its changes."""
    playbook: Pinned[Playbook]
    cast: Participants
    on_hold: LongText | None = None
    """Why the engagement is on hold, if it is."""
    held_until: Annotated[Day | None, Field(exclude_if=lambda day: day is None)] = None
    """Until which day it is on hold."""
    called_off: LongText | None = None
    """Why the engagement ended, if it did."""


class Report(Value):
    """What the change order tells its engagement; repeated until acknowledged, identified by its number."""

    number: int
    revision: int
    status: Literal["introduced", "attested", "returned", "approved", "rejected", "withdrawn"]
    work: tuple[ChangeLine, ...] = ()
    conditions: tuple[Condition, ...] = ()
    """Conditions of the approvals, which become tasks of the engagement."""
    conditions_by: tuple[PersonId, ...] = ()
    """With whose approval each condition came."""
    returned_by: AskId | None = None
    """The ask whose answer returned it."""
    returned_because: TextToTell | None = None
    introduces: Introduction = Introduction()
    """Colleagues named here: the engagement must know them too, and learn when they leave."""


class ChangeOrder(AskHolder):
    """The state of one change order. Lines of work are called L1, L2, …"""

    brief: Brief
    status: ChangeStatus = ChangeStatus.PENDING
    hours: dict[ItemId, ThreePoints] = {}
    estimated_by: dict[ItemId, PersonId] = {}
    attested: bool = False
    approved_inside: bool = False
    signatures: tuple[Signature, ...] = ()
    reports: tuple[Report, ...] = ()
    """Those of this revision, and the last one before: a new revision comes only once that one was received."""
    withdrawn_because: TextToTell | None = None

    @property
    def last_report(self) -> int:
        """The number of the newest report; 0 before there is one."""
        return self.reports[-1].number if self.reports else 0

    def reports_after(self, heard: int) -> tuple[Report, ...]:
        """The reports after the last one that the engagement has received."""
        return tuple(report for report in self.reports if report.number > heard)

    @property
    def is_over(self) -> bool:
        """True once nothing more can happen."""
        return self.status in {ChangeStatus.APPROVED, ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN}

    def still_owed(self, ask: Ask) -> tuple[str, ...]:
        """Lines of an ask for hours that have none."""
        return tuple(name for name in ask.lines if name in self.lines and name not in self.hours)

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:
        """The hours given so far for the lines of an ask for hours, by person."""
        given: dict[PersonId, dict[str, ThreePoints]] = {}
        for line, by in self.estimated_by.items() if ask.kind is AskKind.ESTIMATE else ():
            if line in ask.lines:
                given.setdefault(by, {})[line] = self.hours[line]
        return given

    def takes_hours_anew(self, ask: Ask) -> bool:
        """True until delivery has attested them, or they are asked for again."""
        newest = ask.kind is AskKind.ESTIMATE and self.last_ask(ask.kind, ask.subject) == ask
        runs = self.status is ChangeStatus.PENDING and not self.clocks_stand
        return newest and runs and ask.outcome in {Outcome.OPEN, Outcome.APPROVED} and not self.attested

    def value_of(self, ask: Ask) -> Decimal | None:  # noqa: ARG002 -- all asks are about the same change
        """What all changes add up to: splitting one does not lower the limit for a delegate."""
        return max(self.brief.facts.value, self.brief.total)

    @property
    def sellers(self) -> frozenset[PersonId]:
        """Everybody who sells or sold the deal."""
        return frozenset(self.brief.sold_by) | super().sellers

    @property
    def clocks_stand(self) -> bool:
        return self.brief.on_hold is not None

    @property
    def hold_stands(self) -> str | None:
        """Until when the engagement is on hold; None if it is not."""
        return held(self.brief.held_until) if self.brief.on_hold is not None else None

    @property
    def hold_reason(self) -> str | None:
        return self.brief.on_hold

    @property
    def lines(self) -> dict[ItemId, ChangeLine]:
        """The lines of work by id, with the experts' hours where given."""
        named = {f"L{n}": line for n, line in enumerate(self.brief.facts.work, 1)}
        return {name: line.replace(hours=self.hours.get(name, line.hours)) for name, line in named.items()}


class TakeBrief(Command):
    """The engagement's brief: a new change, a revision, another route, other people."""

    kind: Literal["TakeBrief"] = "TakeBrief"
    brief: Brief


class EstimateLines(Command):
    kind: Literal["EstimateLines"] = "EstimateLines"
    shown: ShownSubject | None = None
    """The ask that they answer, if they were shown one: it must be unchanged."""
    estimates: Annotated[tuple[PackageHours, ...], Field(min_length=1, max_length=50)]


class WithdrawOrder(Command):
    kind: Literal["WithdrawOrder"] = "WithdrawOrder"
    reason: OwnText


AnyOrderCommand = Annotated[
    TakeBrief | EstimateLines | WithdrawOrder | AnswerAsk | GiveInformation | DelegateAsk,
    Field(discriminator="kind"),
]


class OrderStarted(Event):
    kind: Literal["OrderStarted"] = "OrderStarted"
    order: ChangeOrder

    def evolve(self, state: ChangeOrder) -> ChangeOrder:  # noqa: ARG002 -- nothing stood before
        return self.order


class OrderMended(Event):
    """Facts from `first` to `last` do not count: see `FactsVoided` of the engagement."""

    kind: Literal["OrderMended"] = "OrderMended"
    first: int
    last: int
    order: ChangeOrder

    def evolve(self, state: ChangeOrder) -> ChangeOrder:  # noqa: ARG002 -- what stood before is void
        return self.order


class BriefTaken(Event):
    """A revision starts over, an addition to the route restarts the approvals in the firm; other people change nothing.

    With a revision everything goes that only the previous one needed: reports, which the engagement has received, and
    asks with a newer one. So an order does not grow with each return.

    People whom the change order introduced stay known: its engagement may not have heard of them yet.
    """

    kind: Literal["BriefTaken"] = "BriefTaken"
    brief: Brief

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        cast = self.brief.cast.knowing(self.brief.cast.unknown_of(state.cast.everybody))
        told = {*cast.absences, *cast.delegations}
        noticed = tuple(period for period in state.cast.begun if period in told)
        changed = state.replace(brief=self.brief, cast=cast.replace(begun=noticed), playbook=self.brief.playbook)
        if self.brief.revision == state.brief.revision:
            added = set(self.brief.route) - set(state.brief.route)
            return changed.replace(approved_inside=False, signatures=()) if added else changed
        anew = {"hours": {}, "estimated_by": {}, "attested": False, "approved_inside": False, "signatures": ()}
        revised = changed.replace(status=ChangeStatus.PENDING, reports=state.reports[-1:], **anew)
        return revised.without_asks({ask.id for ask in _needed_before(state, self.brief)})


def _needed_before(order: ChangeOrder, brief: Brief) -> Iterator[Ask]:
    """Ended asks with a newer one of the same subject, and asks to experts from whom a revision needs nothing."""
    estimates = {f"estimate:{line.discipline}" for line in brief.facts.work}
    newest = {(ask.kind, ask.subject): ask.id for ask in order.asks.values()}
    for ask in order.asks.values():
        is_old = newest[ask.kind, ask.subject] != ask.id
        if not ask.is_open and (is_old or (ask.kind is AskKind.ESTIMATE and ask.subject not in estimates)):
            yield ask


class LinesEstimated(Event):
    kind: Literal["LinesEstimated"] = "LinesEstimated"
    by: PersonId
    hours: dict[ItemId, ThreePoints]
    owed: tuple[ItemId, ...] = ()
    """Lines asked for along with these that have no hours yet."""

    @property
    def said(self) -> tuple[str, ...]:
        """What is given and missing, and likely typing errors."""
        slips = (slip for name, hours in self.hours.items() if (slip := likely_slip(name, hours)) is not None)
        return (*given_and_owed([*self.hours], self.owed), *slips)

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        return state.replace(
            hours={**state.hours, **self.hours},
            estimated_by={**state.estimated_by, **dict.fromkeys(self.hours, self.by)},
        )


class DeliveryApproved(Event):
    kind: Literal["DeliveryApproved"] = "DeliveryApproved"

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        return state.replace(attested=True)


class ApprovedInside(Event):
    kind: Literal["ApprovedInside"] = "ApprovedInside"

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        return state.replace(approved_inside=True)


class OrderSigned(Event):
    kind: Literal["OrderSigned"] = "OrderSigned"
    signature: Signature

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        return state.replace(signatures=(*state.signatures, self.signature))


class OrderStatusChanged(Event):
    """Approved, returned, rejected or withdrawn."""

    kind: Literal["OrderStatusChanged"] = "OrderStatusChanged"
    status: ChangeStatus
    because: TextToTell | None = None
    does: dict[str, TextToTell] = {}
    """What it makes of the contract, if approved."""

    @property
    def said(self) -> tuple[str, ...]:
        """What it makes of the contract now that both sides have signed."""
        return tuple(told_outlook(self.does))

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        withdrawn = self.because if self.status is ChangeStatus.WITHDRAWN else None
        return state.replace(status=self.status, withdrawn_because=withdrawn)


class ReportMade(Event):
    kind: Literal["ReportMade"] = "ReportMade"
    report: Report

    def evolve(self, state: ChangeOrder) -> ChangeOrder:
        return state.replace(reports=(*state.reports, self.report))


AnyOrderEvent = Annotated[
    AnyAskEvent
    | OrderStarted
    | OrderMended
    | BriefTaken
    | LinesEstimated
    | DeliveryApproved
    | ApprovedInside
    | OrderSigned
    | OrderStatusChanged
    | ReportMade,
    Field(discriminator="kind"),
]
