"""The state of an engagement: every fact that a rule, a card or a page needs."""

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind, Outcome
from domain.directory.directory import Client
from domain.directory.people import RateCard
from domain.engagement.changes.values import Change, ChangeStatus, PotentialChange
from domain.engagement.closing.values import Closing, Hold, held
from domain.engagement.deal_origin import External
from domain.engagement.delivery.values import Contact, Followup, MilestoneStatus, Pulse
from domain.engagement.documents.values import Document, DocumentKind, DocumentStatus, PreparedRequirement, Requirement
from domain.engagement.needs.values import ClientConfirmation, Need, Promise, PromiseStatus
from domain.engagement.pricing.values import DealDecision, Price, PriceWish
from domain.engagement.roles.values import Handover, Holding, Proposal, Proposed, Vacancy, VacancyReason
from domain.engagement.scope.values import (
    Attestation,
    Estimate,
    EstimateChoice,
    Milestone,
    Purchase,
    ReturnedPackage,
    Staffing,
    UndoneEstimateChoice,
    WorkPackage,
    package_hash_of,
)
from domain.engagement.tasks.values import Task
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.text import LongText, ShortText, TextToTell
from domain.shared.values import (
    CURRENCY_FORM,
    Amount,
    Day,
    Digest,
    EngagementId,
    Hours,
    ItemId,
    Moment,
    Money,
    Name,
    PersonId,
    RoleName,
)


class Engagement(AskHolder):
    """The aggregate. Tables are keyed by the ids that people see (N1, P2, W3, M1, R4, C1)."""

    id: EngagementId
    title: ShortText
    client: ShortText
    vertical: Name | None = None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    started_at: Moment
    wished_start: Day
    wished_end: Day
    wished_value: Money | None = None
    """What the client would like to pay, in the firm's currency, as far as they said."""
    wished_price: PriceWish | None = None
    external: External | None = None
    rate_card: RateCard
    capacity: dict[Name, Hours] = {}
    directory: int = 0
    """The version of the directory last applied."""
    firm: Annotated[ShortText | None, Field(exclude_if=lambda firm: firm is None)] = None
    """The provider's name; None in engagements started before it was stored."""
    client_to_confirm: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client as sales added it, until the directory has it confirmed."""
    client_confirmed: Annotated[ClientConfirmation | None, Field(exclude_if=lambda given: given is None)] = None
    """What finance confirmed of it here."""

    stage: Stage = Stage.QUALIFY
    ended_because: TextToTell | None = None
    hold: Hold | None = None

    needs: dict[ItemId, Need] = {}
    needs_confirmed: Digest | None = None
    promises: dict[ItemId, Promise] = {}
    fates: dict[ItemId, PromiseStatus] = {}

    qualified: bool = False
    holdings: dict[RoleName, Holding] = {}
    sold_by: tuple[PersonId, ...] = ()
    """Earlier sellers of the deal, the most recent last: they may not judge it either."""
    sold_for: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """People who gave one of the seller's commands for them: they may not judge it either."""
    handovers: tuple[Handover, ...] = ()
    unheld: dict[RoleName, VacancyReason] = {}
    further_holdings: tuple[Holding, ...] = ()
    """Those of further experts in a discipline, besides the holder's."""
    proposals: dict[RoleName, Proposal] = {}
    proposed: dict[PersonId, Proposed] = {}
    """Only for the most recent day on which anybody was proposed."""
    vacancies: dict[RoleName, Vacancy] = {}

    packages: dict[ItemId, WorkPackage] = {}
    milestones: dict[ItemId, Milestone] = {}
    requirements: dict[ItemId, Requirement] = {}
    prepared_requirements: dict[ItemId, PreparedRequirement] = {}
    """As the deal was started with them, until the business analyst sets the requirements."""
    purchases: dict[ItemId, Purchase] = {}

    estimates: tuple[Estimate, ...] = ()
    fallen: Annotated[tuple[Estimate, ...], Field(exclude_if=lambda estimates: not estimates)] = ()
    """Hours that no longer count because they were returned or their package changed, until their expert gives others.

    They are shown to that expert only; other experts are to give hours independently.
    """
    returned: Annotated[dict[ItemId, ReturnedPackage], Field(exclude_if=lambda packages: not packages)] = {}
    """Packages that an expert returned separately; what was asked along with them stays asked."""
    choices: dict[ItemId, EstimateChoice] = {}
    undone: Annotated[dict[ItemId, UndoneEstimateChoice], Field(exclude_if=lambda choices: not choices)] = {}
    """For packages whose hours must be chosen again, the previous choice."""
    attestations: dict[ItemId, Attestation] = {}
    staffing: Staffing | None = None
    price: Price | None = None
    decision: DealDecision | None = None
    documents: dict[DocumentKind, Document] = {}

    handoff_accepted: bool = False
    plan: LongText | None = None
    milestone_status: dict[ItemId, MilestoneStatus] = {}
    first_days: dict[ItemId, Day] = {}
    """The originally signed day of each milestone that a change order moved; `milestones` has the current day."""
    changes: dict[int, Change] = {}
    potential_changes: dict[ItemId, PotentialChange] = {}
    """The pending ones, and the most recently settled."""
    potential_recorded: int = 0
    """How many were ever recorded, which is the number of the newest."""
    actual_hours: dict[ItemId, Hours] = {}
    pulses: tuple[Pulse, ...] = ()
    contacts: tuple[Contact, ...] = ()
    complaints: int = 0
    """How many were ever raised."""
    complained: Annotated[dict[ItemId, PersonId], Field(exclude_if=lambda people: not people)] = {}
    """For the latest complaints, who at the client complained, if known."""
    followups: tuple[Followup, ...] = ()
    measured: dict[ItemId, Amount] = {}
    hours_due_since: Moment | None = None
    """When hours were last reported, or delivery began: hours are owed for each month that has ended since."""
    tasks: dict[str, Task] = {}
    """Those not done, and the last ones done."""
    tasks_opened: int = 0
    """How many were ever opened, which is the number of the newest."""
    acts: dict[str, ActOwed] = {}
    """Acts owed now, by id."""
    care_accepted: bool = False
    asked_at_close: bool = False
    commission_paid: Decimal = Decimal()
    closing: Closing | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.wished_start > self.wished_end:
            raise ValueError("the requested end is before the requested start")
        return self

    @property
    def is_over(self) -> bool:
        """True once nothing more can happen."""
        return self.stage.is_end

    @property
    def clocks_stand(self) -> bool:
        return self.hold is not None

    @property
    def hold_stands(self) -> str | None:
        """Until when it is on hold and, from that day on, who must resume, extend or end it, and by when."""
        if self.hold is None:
            return None
        owed = self.acts.get(ActKind.RESOLVE_HOLD.value)
        if owed is None or owed.due_at is None:
            return held(self.hold.until)
        due = self.cast.shown_to(owed.owner, owed.due_at)
        return f"{held(self.hold.until)}, which has come; {self.hold_has_come} resumes, extends or ends it by {due}"

    @property
    def hold_reason(self) -> str | None:
        return self.hold.reason if self.hold is not None else None

    @property
    def hold_has_come(self) -> str | None:
        """The name of the person who must resume, extend or end a hold that has reached its day; None before that."""
        owed = self.acts.get(ActKind.RESOLVE_HOLD.value)
        return self.cast.name(owed.owner) if owed is not None else None

    @property
    def removed(self) -> dict[ItemId, int]:
        """Packages removed by approved changes, with the number of the change."""
        approved = (change for change in self.changes.values() if change.status is ChangeStatus.APPROVED)
        return {package: change.n for change in approved for package in change.facts.removes}

    @property
    def all_holdings(self) -> tuple[Holding, ...]:
        """The holdings of all roles, including those of further experts."""
        return (*self.holdings.values(), *self.further_holdings)

    @property
    def also_concerned(self) -> frozenset[PersonId]:
        """People whose absence matters although they hold no role: who must fill a vacancy, or own a condition."""
        told = (person_id for vacancy in self.vacancies.values() for person_id in (vacancy.accountable, *vacancy.told))
        heads = (self.cast.holder(self.head_role(role)) for role in self.vacancies)
        owners = (task.owner for task in self.tasks.values() if not task.done)
        return frozenset(person_id for person_id in (*told, *heads, *owners) if person_id is not None)

    @property
    def sellers(self) -> frozenset[PersonId]:
        """Everybody who sells or sold the deal, or acted for its seller; heading sales alone does not count."""
        return frozenset((*self.sold_by, *self.sold_for)) | super().sellers

    @property
    def baseline_signed(self) -> bool:
        """True once both sides have signed the SOW: from then on only change orders alter what was agreed."""
        sow = self.documents.get("sow")
        return sow is not None and sow.status is DocumentStatus.SIGNED

    @property
    def estimated(self) -> frozenset[ItemId]:
        """Packages for which somebody has given hours."""
        return frozenset(estimate.package for estimate in self.estimates)

    def still_owed(self, ask: Ask) -> tuple[str, ...]:
        """Packages of an ask for hours that are missing from an expert who is still expected to give them."""
        owing = [self.hours_owed_by(voter.person_id, ask) for voter in ask.silent]
        return tuple(name for name in ask.packages if any(name in owed for owed in owing))

    def hours_owed_by(self, person_id: PersonId, ask: Ask) -> frozenset[str]:
        """Packages of an ask for which this person owes hours; if they alone are asked, anybody's hours count."""
        several = len(ask.voters) > 1
        given = {one.package for one in self.estimates if one.by == person_id or not several}
        return frozenset(name for name in ask.packages if name in self.packages and name not in given)

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:
        """The hours given so far for the packages of an ask for hours, by person."""
        given: dict[PersonId, dict[str, ThreePoints]] = {}
        for one in self.estimates if ask.kind is AskKind.ESTIMATE else ():
            if one.package in ask.packages:
                given.setdefault(one.by, {})[one.package] = one.hours
        return given

    def said_otherwise(self, estimates: tuple[Estimate, ...]) -> frozenset[ItemId]:
        """The packages for which these hours are new, or differ from the same expert's earlier ones."""
        known = {(one.package, one.by): one.hours for one in self.estimates}
        return frozenset(one.package for one in estimates if known.get((one.package, one.by)) != one.hours)

    def hours_before(self, person_id: PersonId, package: ItemId) -> Estimate | None:
        """This expert's hours for a package before it was returned or changed; None once they gave others."""
        return next((one for one in self.fallen if (one.by, one.package) == (person_id, package)), None)

    def returnable(self, ask: Ask) -> tuple[str, ...]:
        """The packages whose hours are asked for or attested, if there are several."""
        about_hours = ask.kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE}
        packages = tuple(name for name in ask.packages if name in self.packages) if about_hours else ()
        return packages if len(packages) > 1 else ()

    def stands_unasked(self, kind: AskKind) -> Collection[str]:
        """The packages, as each ask about hours shows only some of them."""
        return self.packages if kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE} else ()

    def takes_hours_anew(self, ask: Ask) -> bool:
        """True until delivery has attested any of them, or they are asked for again."""
        newest = ask.kind is AskKind.ESTIMATE and self.last_ask(ask.kind, ask.subject) == ask
        stands = ask.outcome in {Outcome.OPEN, Outcome.APPROVED}
        runs = not (self.is_over or self.hold or self.baseline_signed)
        return newest and stands and runs and not set(ask.packages) & self.attestations.keys()

    def with_new_ask(self, ask: Ask) -> "Engagement":
        """The engagement with one more ask; an ask for hours records who has given all of its hours already."""
        return super().with_new_ask(ask).with_hours_heard()

    def with_hours_heard(self) -> "Engagement":
        """The engagement with `gave_hours` updated on all open asks for hours."""
        now = self
        for ask in self.open_asks(AskKind.ESTIMATE):
            gave = tuple(voter.person_id for voter in ask.voters if not self.hours_owed_by(voter.person_id, ask))
            now = now.with_ask(ask.replace(gave_hours=gave)) if gave != ask.gave_hours else now
        return now

    def value_of(self, ask: Ask) -> Decimal | None:  # noqa: ARG002 -- all asks are about the same deal
        """The current price of the deal; None before there is one."""
        return self.price_now

    @property
    def net_of_changes(self) -> Decimal:
        """The net amount of all signed change orders."""
        signed = (change.facts for change in self.changes.values() if change.status is ChangeStatus.APPROVED)
        return sum((facts.price for facts in signed), Decimal())

    @property
    def price_now(self) -> Decimal | None:
        """The price first signed plus the net of all signed change orders; None while there is no price."""
        return self.price.quote.price + self.net_of_changes if self.price is not None else None

    @property
    def seller(self) -> PersonId:
        """Who answers for the sale: the seller (in house, the champion), else the head of the function."""
        return self.cast.holders.get("sales") or self.cast.holder(self.head_role("sales")) or self.overseer

    @property
    def sold_last(self) -> PersonId:
        """The seller, or the last one: questions about the sale and its commission go to them even after they left."""
        return self.cast.holders.get("sales") or (self.sold_by[-1] if self.sold_by else self.seller)

    @property
    def manager(self) -> PersonId:
        """The engagement manager, or the person accountable above while that role is vacant."""
        return self.cast.holder("engagement_manager") or self.overseer

    def is_pending(self, potential: ItemId) -> bool:
        """True while a potential change waits for a decision or must still be submitted."""
        known = self.potential_changes[potential]
        wanted = known.wanted and known.became is None and not known.dropped
        return wanted or any(self.open_asks(AskKind.POTENTIAL_CHANGE, subject=f"potential:{potential}"))

    @property
    def conditions(self) -> tuple[Task, ...]:
        """Conditions that are not met."""
        return tuple(task for task in self.tasks.values() if not task.done)

    def status_of(self, milestone: ItemId) -> MilestoneStatus:
        return self.milestone_status.get(milestone, MilestoneStatus.PLANNED)

    def fate(self, promise: str) -> PromiseStatus:
        """The status of a promise so far."""
        return self.fates.get(promise, PromiseStatus())

    def package_hash(self, package: WorkPackage) -> str:
        """The hash of what an expert sees of a package: itself, and the needs and promises that it serves."""
        linked = [self.needs[n].text for n in package.needs if n in self.needs]
        linked += [self.promises[p].text for p in package.promises if p in self.promises]
        return package_hash_of(package, tuple(linked))
