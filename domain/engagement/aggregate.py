"""What an engagement is at a moment: every fact that a rule, a card or a page needs."""

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
    """The aggregate. Tables are keyed by the id that people see (N1, P2, W3, M1, R4, C1)."""

    id: EngagementId
    title: ShortText
    client: ShortText
    vertical: Name | None = None
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    started_at: Moment
    wished_start: Day
    wished_end: Day
    wished_value: Money | None = None
    """What the client would like to pay, in the firm's currency, as far as it was said."""
    wished_price: PriceWish | None = None
    external: External | None = None
    rate_card: RateCard
    capacity: dict[Name, Hours] = {}
    directory: int = 0
    """The version of the directory whose word was taken last."""
    firm: Annotated[ShortText | None, Field(exclude_if=lambda firm: firm is None)] = None
    """What the provider is called; None in engagements that began before it was kept."""
    client_to_confirm: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client as sales added it, while the directory does not know it confirmed."""
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
    """Who sold the deal before its seller of now, the last at the end: they do not judge it either."""
    sold_for: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who gave a command of the seller for them: nor do they."""
    handovers: tuple[Handover, ...] = ()
    unheld: dict[RoleName, VacancyReason] = {}
    further_holdings: tuple[Holding, ...] = ()
    """Those of further experts of a discipline, beside the holder's."""
    proposals: dict[RoleName, Proposal] = {}
    proposed: dict[PersonId, Proposed] = {}
    """Of the last day on which anybody was."""
    vacancies: dict[RoleName, Vacancy] = {}

    packages: dict[ItemId, WorkPackage] = {}
    milestones: dict[ItemId, Milestone] = {}
    requirements: dict[ItemId, Requirement] = {}
    prepared_requirements: dict[ItemId, PreparedRequirement] = {}
    """As the deal began with them, until the business analyst has set the requirements."""
    purchases: dict[ItemId, Purchase] = {}

    estimates: tuple[Estimate, ...] = ()
    fallen: Annotated[tuple[Estimate, ...], Field(exclude_if=lambda estimates: not estimates)] = ()
    """Hours that count no more, until whoever gave them gives others: they were returned, or their package changed.

    Only they are shown them: whoever is asked beside them gives hours of their own.
    """
    returned: Annotated[dict[ItemId, ReturnedPackage], Field(exclude_if=lambda packages: not packages)] = {}
    """Packages that an expert sent back alone; what was asked beside them is asked on."""
    choices: dict[ItemId, EstimateChoice] = {}
    undone: Annotated[dict[ItemId, UndoneEstimateChoice], Field(exclude_if=lambda choices: not choices)] = {}
    """Of packages whose hours are to be chosen again, what was chosen before."""
    attestations: dict[ItemId, Attestation] = {}
    staffing: Staffing | None = None
    price: Price | None = None
    decision: DealDecision | None = None
    documents: dict[DocumentKind, Document] = {}

    handoff_accepted: bool = False
    plan: LongText | None = None
    milestone_status: dict[ItemId, MilestoneStatus] = {}
    first_days: dict[ItemId, Day] = {}
    """The day first signed of each milestone that a change order has moved since; `milestones` has the day of now."""
    changes: dict[int, Change] = {}
    potential_changes: dict[ItemId, PotentialChange] = {}
    """Those that are pending, and the last that were settled."""
    potential_recorded: int = 0
    """How many there ever were: the newest one's number."""
    actual_hours: dict[ItemId, Hours] = {}
    pulses: tuple[Pulse, ...] = ()
    contacts: tuple[Contact, ...] = ()
    complaints: int = 0
    """How many there ever were."""
    complained: Annotated[dict[ItemId, PersonId], Field(exclude_if=lambda people: not people)] = {}
    """By the last complaints, who of the client complained, where that was said."""
    followups: tuple[Followup, ...] = ()
    measured: dict[ItemId, Amount] = {}
    hours_due_since: Moment | None = None
    """When hours were last reported, or the delivery began: those of each month that ended since are owed."""
    tasks: dict[str, Task] = {}
    """Those that are not done, and the last that were."""
    tasks_opened: int = 0
    """How many there ever were: the newest one's number."""
    acts: dict[str, ActOwed] = {}
    """What somebody owes of themselves now, by its id."""
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
        """True while the engagement is on hold."""
        return self.hold is not None

    @property
    def hold_stands(self) -> str | None:
        """Until when it is on hold; once that day has come who is to resume, extend or end it, and by when."""
        if self.hold is None:
            return None
        owed = self.acts.get(ActKind.RESOLVE_HOLD.value)
        if owed is None or owed.due_at is None:
            return held(self.hold.until)
        due = self.cast.shown_to(owed.owner, owed.due_at)
        return f"{held(self.hold.until)}, which has come; {self.hold_has_come} resumes, extends or ends it by {due}"

    @property
    def hold_reason(self) -> str | None:
        """Why it is on hold."""
        return self.hold.reason if self.hold is not None else None

    @property
    def hold_has_come(self) -> str | None:
        """By name who is to resume, extend or end a hold whose day has come; None before it has."""
        owed = self.acts.get(ActKind.RESOLVE_HOLD.value)
        return self.cast.name(owed.owner) if owed is not None else None

    @property
    def removed(self) -> dict[ItemId, int]:
        """Packages that approved changes have removed from what is to be delivered, with the change that did."""
        approved = (change for change in self.changes.values() if change.status is ChangeStatus.APPROVED)
        return {package: change.n for change in approved for package in change.facts.removes}

    @property
    def all_holdings(self) -> tuple[Holding, ...]:
        """How every role is held, those of further experts too."""
        return (*self.holdings.values(), *self.further_holdings)

    @property
    def also_concerned(self) -> frozenset[PersonId]:
        """Whose absence matters though they hold no role here: who must have a vacancy filled, or owns a condition."""
        told = (person_id for vacancy in self.vacancies.values() for person_id in (vacancy.accountable, *vacancy.told))
        heads = (self.cast.holder(self.head_role(role)) for role in self.vacancies)
        owners = (task.owner for task in self.tasks.values() if not task.done)
        return frozenset(person_id for person_id in (*told, *heads, *owners) if person_id is not None)

    @property
    def sellers(self) -> frozenset[PersonId]:
        """Who sells or sold the deal, for its seller too; nobody by heading sales while nobody sells it."""
        return frozenset((*self.sold_by, *self.sold_for)) | super().sellers

    @property
    def baseline_signed(self) -> bool:
        """True once both sides have signed the SOW: then only a change order alters what was agreed."""
        sow = self.documents.get("sow")
        return sow is not None and sow.status is DocumentStatus.SIGNED

    @property
    def estimated(self) -> frozenset[ItemId]:
        """Packages for which somebody has given hours."""
        return frozenset(estimate.package for estimate in self.estimates)

    def still_owed(self, ask: Ask) -> tuple[str, ...]:
        """Packages of an ask for hours for which somebody asked, and waited for, has given none."""
        owing = [self.hours_owed_by(voter.person_id, ask) for voter in ask.silent]
        return tuple(name for name in ask.packages if any(name in owed for owed in owing))

    def hours_owed_by(self, person_id: PersonId, ask: Ask) -> frozenset[str]:
        """Packages of an ask that wait for this person's hours: where they alone are asked, anybody's will do."""
        several = len(ask.voters) > 1
        given = {one.package for one in self.estimates if one.by == person_id or not several}
        return frozenset(name for name in ask.packages if name in self.packages and name not in given)

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:
        """What each has given of what an ask for hours asks."""
        given: dict[PersonId, dict[str, ThreePoints]] = {}
        for one in self.estimates if ask.kind is AskKind.ESTIMATE else ():
            if one.package in ask.packages:
                given.setdefault(one.by, {})[one.package] = one.hours
        return given

    def said_otherwise(self, estimates: tuple[Estimate, ...]) -> frozenset[ItemId]:
        """The packages of which these give other hours than the same expert gave before, or the first."""
        known = {(one.package, one.by): one.hours for one in self.estimates}
        return frozenset(one.package for one in estimates if known.get((one.package, one.by)) != one.hours)

    def hours_before(self, person_id: PersonId, package: ItemId) -> Estimate | None:
        """What somebody gave for a package before it was returned, or changed; None once they gave others."""
        return next((one for one in self.fallen if (one.by, one.package) == (person_id, package)), None)

    def returnable(self, ask: Ask) -> tuple[str, ...]:
        """The packages whose hours are asked for, or attested, where there are several."""
        about_hours = ask.kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE}
        packages = tuple(name for name in ask.packages if name in self.packages) if about_hours else ()
        return packages if len(packages) > 1 else ()

    def stands_unasked(self, kind: AskKind) -> Collection[str]:
        """The packages: each ask about hours shows some of them."""
        return self.packages if kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE} else ()

    def takes_hours_anew(self, ask: Ask) -> bool:
        """True until delivery stands behind any of them, or they are asked anew."""
        newest = ask.kind is AskKind.ESTIMATE and self.last_ask(ask.kind, ask.subject) == ask
        stands = ask.outcome in {Outcome.OPEN, Outcome.APPROVED}
        runs = not (self.is_over or self.hold or self.baseline_signed)
        return newest and stands and runs and not set(ask.packages) & self.attestations.keys()

    def with_new_ask(self, ask: Ask) -> "Engagement":
        """The engagement with one ask more; of one for hours with who has given all that it asks."""
        return super().with_new_ask(ask).with_hours_heard()

    def with_hours_heard(self) -> "Engagement":
        """The engagement whose open asks for hours know who has given all that they ask for."""
        now = self
        for ask in self.open_asks(AskKind.ESTIMATE):
            gave = tuple(voter.person_id for voter in ask.voters if not self.hours_owed_by(voter.person_id, ask))
            now = now.with_ask(ask.replace(gave_hours=gave)) if gave != ask.gave_hours else now
        return now

    def value_of(self, ask: Ask) -> Decimal | None:  # noqa: ARG002 -- all asks are about the same deal
        """The price of the deal now, once there is one."""
        return self.price_now

    @property
    def net_of_changes(self) -> Decimal:
        """What the client pays more, or less, by all signed change orders."""
        signed = (change.facts for change in self.changes.values() if change.status is ChangeStatus.APPROVED)
        return sum((facts.price for facts in signed), Decimal())

    @property
    def price_now(self) -> Decimal | None:
        """The price first signed and the net of all signed change orders; None while no price stands."""
        return self.price.quote.price + self.net_of_changes if self.price is not None else None

    @property
    def seller(self) -> str:
        """To whom one turns about the sale: who sells the deal (in house, its champion), else the function's head."""
        return self.cast.holders.get("sales") or self.cast.holder(self.head_role("sales")) or self.overseer

    @property
    def sold_last(self) -> str:
        """Who sells the deal, or sold it last: what is asked and earned by the sale is theirs, also once they left."""
        return self.cast.holders.get("sales") or (self.sold_by[-1] if self.sold_by else self.seller)

    @property
    def manager(self) -> str:
        """The accountable engagement manager, or whoever stands above while the role is vacant."""
        return self.cast.holder("engagement_manager") or self.overseer

    def is_pending(self, potential: ItemId) -> bool:
        """True while a potential change waits for a word, or to be submitted."""
        known = self.potential_changes[potential]
        wanted = known.wanted and known.became is None and not known.dropped
        return wanted or any(self.open_asks(AskKind.POTENTIAL_CHANGE, subject=f"potential:{potential}"))

    @property
    def conditions(self) -> tuple[Task, ...]:
        """Conditions that are not met."""
        return tuple(task for task in self.tasks.values() if not task.done)

    def status_of(self, milestone: ItemId) -> MilestoneStatus:
        """How far a milestone is."""
        return self.milestone_status.get(milestone, MilestoneStatus.PLANNED)

    def fate(self, promise: str) -> PromiseStatus:
        """What became of a promise so far."""
        return self.fates.get(promise, PromiseStatus())

    def package_hash(self, package: WorkPackage) -> str:
        """What an expert sees of a package: itself and the needs and promises that it serves."""
        linked = [self.needs[n].text for n in package.needs if n in self.needs]
        linked += [self.promises[p].text for p in package.promises if p in self.promises]
        return package_hash_of(package, tuple(linked))
