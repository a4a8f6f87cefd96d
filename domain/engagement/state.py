"""What an engagement is at a moment: every fact that a rule, a card or a page needs."""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.acts import ActKind, ActOwed
from domain.asks import Ask, Asking, AskKind, Outcome
from domain.capacity import Reckoning
from domain.directory import Client
from domain.engagement.change_facts import ChangeFacts
from domain.estimating import ThreePoints
from domain.limits import MAX_KEPT_OF_WORDS, MOST_CONTINGENCY, MOST_ROWS, MOST_TEXTS
from domain.people import Level, RateCard
from domain.playbook import Method, Stage
from domain.pricing import Quote, Terms
from domain.values import (
    CURRENCY_FORM,
    Amount,
    Day,
    Digest,
    Hours,
    ItemId,
    Moment,
    Money,
    Name,
    Percent,
    PersonId,
    RoleName,
    Truth,
    Value,
    digest,
)
from domain.words import Line, OwnWords, Told, Words, sentence, shortened
from domain.working_time import Clock, day_shown

DocumentKind = Literal["sow", "brd"]
Ids = Annotated[tuple[ItemId, ...], Field(max_length=MOST_ROWS)]


class External(Value):
    """What a deal is called in the system that it came from: `crm` and `OPP-4711`."""

    system: Name
    id: Annotated[Line, Field(max_length=100)]

    @property
    def key(self) -> str:
        """Both in one: `crm:OPP-4711`."""
        return f"{self.system}:{self.id}"


class Measure(Value):
    """What a need is measured by: it is asked for again at close."""

    what: Line
    now: Amount
    target: Amount


class Need(Value):
    id: ItemId
    text: Words
    why: Words | None = None
    measure: Measure | None = None


class Promise(Value):
    """What sales promised, when, to whom. It is never edited: it finds a home or is declined openly."""

    id: ItemId
    by: PersonId
    to: PersonId
    text: Words
    on: Day


class PromiseFate(Value):
    """What became of a promise: covered by items of the SOW, declined, delivered or not."""

    covered_by: Ids = ()
    declined_because: Words | None = None
    decline_acknowledged: bool = False
    delivered: bool | None = None
    why_not: Words | None = None


class WorkPackage(Value):
    id: ItemId
    title: Line
    scope: Annotated[Words | None, Field(exclude_if=lambda scope: scope is None)] = None
    """What is done and delivered, in full. Where nothing is said it is in no hash either."""
    discipline: Name
    grade: Name
    needs: Ids = ()
    promises: Ids = ()
    assumes: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] = ()
    risks: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] = ()


class Milestone(Value):
    """Something the client accepts. `share_percent` is progress; what is billed when is the price's text."""

    id: ItemId
    title: Line
    due: Day
    share_percent: Annotated[Percent, Field(le=100)]
    promises: Ids = ()


class Requirement(Value):
    """A line of the BRD, traced to what was bought and why."""

    id: ItemId
    text: Words
    needs: Annotated[Ids, Field(min_length=1)]
    work_packages: Annotated[Ids, Field(min_length=1)]


class PreparedRequirement(Value):
    """A requirement as the seller's file has it: it may be traced to nothing yet, and is not in force."""

    id: ItemId
    text: Words
    needs: Ids = ()
    work_packages: Ids = ()


class Purchase(Value):
    id: ItemId
    title: Line
    amount: Annotated[Money, Field(ge=0)] = Decimal()


class Estimate(Value):
    """One expert's hours for one package, bound to the package as it was shown to them."""

    package: ItemId
    by: PersonId
    hours: ThreePoints
    assumptions: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] = ()
    risks: Annotated[tuple[Words, ...], Field(max_length=MOST_TEXTS)] = ()
    package_hash: Digest


class Choice(Value):
    """Which of several estimates the lead takes, or a stated merge of them."""

    package: ItemId
    hours: ThreePoints
    of: tuple[PersonId, ...]
    statement: Words


class ReturnedPackage(Value):
    """A package that its expert sent back apart from what else was asked: whoever sells splits it or makes it clear."""

    ask: str
    by: PersonId
    because: Words
    """Why, as much of it as is kept here: the ask has the whole."""
    shown: Digest
    """Of what was shown of it: it is asked again once that is other."""


class UndoneChoice(Value):
    """A choice that fell because somebody corrected their hours: whoever chose is told so, and chooses again."""

    choice: Choice
    by: PersonId
    """Who corrected theirs."""


class Attestation(Value):
    """Delivery's word for the hours of one package, bound to exactly these and their rates; it outlives a role."""

    by: PersonId
    hash: Digest


class Kept(Value):
    """Why the wished dates are kept although they cannot be staffed, and who says so."""

    by: PersonId
    reason: Words


CAPACITY = "capacity"
"""Under which name the resource manager's word stands beside the deal, for whoever decides it."""


class Staffing(Value):
    """The resource manager's word on the wished dates; a no is a risk, never a veto."""

    hash: Digest
    confirmed: bool
    available_from: Day | None = None
    note: Words | None = None
    reckoned: Reckoning | None = None
    """What the pipeline left free when it was said; None where nobody reckoned."""
    kept: Kept | None = None
    """What was answered to a no: without an answer it is still the seller's."""
    ask: Annotated[str | None, Field(exclude_if=lambda ask: ask is None)] = None
    """By which ask it was said, which may have left the engagement since; None where nobody kept that yet."""


class PriceWish(Value):
    """The terms that the seller had in mind when the deal began: nothing is proposed by them."""

    internal_transfer: Truth = False
    discount_percent: Annotated[Percent, Field(lt=100)] | None = None
    contingency_percent: Annotated[Percent, Field(le=MOST_CONTINGENCY)] | None = None
    expenses: Annotated[Money, Field(ge=0)] = Decimal()
    payment: Words | None = None


class PriceStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    STALE = "stale"


class Price(Value):
    """A proposed price, pinned to the estimate it was reckoned on."""

    terms: Terms
    payment: Words | None
    quote: Quote
    estimate_hash: Digest
    by: PersonId
    approvers: tuple[RoleName, ...] = ()
    override: RoleName | None = None
    status: PriceStatus = PriceStatus.PROPOSED


class DealDecision(Value):
    """Go, by whom, by which method, on exactly which deal."""

    hash: Digest
    method: Method
    voters: tuple[RoleName, ...]
    final_authority: RoleName
    climbed: str | None = None
    valid: bool = True


class DocumentStatus(StrEnum):
    IN_REVIEW = "in_review"
    APPROVED_INSIDE = "approved_inside"
    SENT = "sent"
    SIGNED = "signed"
    RETURNED = "returned"
    STALE = "stale"


ALIVE_DOCUMENTS = frozenset({DocumentStatus.IN_REVIEW, DocumentStatus.APPROVED_INSIDE, DocumentStatus.SENT})


class Signature(Value):
    by: PersonId
    name: Annotated[Line | None, Field(exclude_if=lambda name: name is None)] = None
    """What they were called when they signed."""
    role: RoleName
    instead_of: Annotated[Line | None, Field(exclude_if=lambda name: name is None)] = None
    """Who held the role then, by name, where another signed in their place."""
    hash: Digest
    at: Moment


class Document(Value):
    """A revision of SOW or BRD: hashes of its stored source and rendered bytes, and what it was drawn from."""

    kind: DocumentKind
    revision: int
    source: Digest
    rendered: Digest
    basis: Digest
    author: PersonId
    drawn_for: Annotated[PersonId | None, Field(exclude_if=lambda whom: whom is None)] = None
    """In whose place its author drew it: neither of them reviews or signs it inside."""
    status: DocumentStatus = DocumentStatus.IN_REVIEW
    signatures: tuple[Signature, ...] = ()
    offered_until: Day | None = None
    """The last day on which a SOW that was sent can be signed."""
    stale_because: Told | None = None
    """Which of what it was drawn from has changed since, once it is stale."""

    @property
    def authors(self) -> tuple[PersonId, ...]:
        """Who drew it, then in whose place."""
        return (self.author,) if self.drawn_for is None else (self.author, self.drawn_for)

    @property
    def beside_signing(self) -> dict[str, str]:
        """What whoever signs is shown beside it, and does not sign."""
        return {"can be signed until": day_shown(self.offered_until)} if self.offered_until is not None else {}


class VacancyCause(StrEnum):
    """Why a required role is vacant, or soon will be."""

    NOT_NAMED = "not_named"
    DECLINED = "declined"
    RELEASED = "released"
    EXPIRED = "expired"
    LEFT = "left"
    AWAY = "away"
    COMPETENCE_GONE = "competence_gone"
    ENDING = "ending"
    """Still held, until a date: a successor is sought."""

    @property
    def was_held(self) -> bool:
        """True where somebody answered for the role until now."""
        return self not in {VacancyCause.NOT_NAMED, VacancyCause.DECLINED, VacancyCause.ENDING}


class Unheld(Value):
    """Why a role has no holder, as long as it has none."""

    cause: VacancyCause
    because: Told
    released: PersonId | None = None
    """Who held it last, where they were released from it: nobody offers it to them again by itself."""


class VacancyStandIn(Value):
    """Somebody who may see a vacancy filled for another today: their delegate, or their deputy while they are away."""

    person: PersonId
    instead_of: PersonId


class Vacancy(Value):
    """A required role that nobody holds or stands in for: its clock, how high its ladder stands, who is accountable."""

    role: RoleName
    since: Moment
    cause: VacancyCause = VacancyCause.NOT_NAMED
    because: Told
    clock: Clock
    rung: int = 0
    accountable: PersonId
    told: tuple[PersonId, ...] = ()
    stand_ins: tuple[VacancyStandIn, ...] = ()
    """Who may name a holder for whoever must have it filled."""

    def covers(self, person: PersonId) -> bool:
        """True for who may name a holder for another now."""
        return any(stand_in.person == person for stand_in in self.stand_ins)

    @property
    def shuts(self) -> bool:
        """True where gates that need the role stay shut: nobody answers for it now."""
        return self.cause is not VacancyCause.ENDING


class Expectation(Value):
    """What is expected of whoever holds a role, and by when."""

    what: Words
    by: Day | None = None


Expectations = Annotated[tuple[Expectation, ...], Field(max_length=20)]


class Waiver(Value):
    """The word of a role's head that somebody holds it although levels lack: why, and until when."""

    reason: OwnWords
    until: Day
    levels: dict[Name, Level] = {}
    """Levels that did not reach when it was given: it covers these and better ones."""
    without_role: bool = False
    """The directory did not name them for the role when it was given: it covers that too."""


class Holding(Value):
    """How a role came to be held: proposed by whom, accepted when and in what words, until when."""

    role: RoleName
    person: PersonId
    proposed_by: PersonId
    accepted_at: Moment
    words: Words | None = None
    until: Day | None = None
    waiver: Waiver | None = None
    expectations: Expectations = ()
    confirmed_by: PersonId | None = None
    """Who of the client confirmed the expectations."""
    confirmed_at: Moment | None = None

    def in_short(self) -> Self:
        """The same with the beginning of long words: the fact has them whole, the vote too while it stays."""
        words = self.words and shortened(self.words, MAX_KEPT_OF_WORDS)
        waiver = self.waiver and self.waiver.having(reason=shortened(self.waiver.reason, MAX_KEPT_OF_WORDS))
        return self.having(words=words, waiver=waiver)


class Handover(Value):
    """Somebody who has handed a role over and stays beside their successor until a day, included."""

    role: RoleName
    person: PersonId
    last_day: Day


class Proposal(Value):
    """A holder proposed for a role who has not yet answered."""

    role: RoleName
    person: PersonId
    by: PersonId
    ask: str
    further: bool = False
    until: Day | None = None
    waiver: Waiver | None = None
    words: Words | None = None
    expectations: Expectations = ()
    last_day: Day | None = None
    """Until when the holder before stays beside them, included."""
    because: Words | None = None
    """Why somebody else is to hold the role than does now."""
    for_whom: PersonId | None = None
    """In whose place `by` proposes them, where they answer for whoever must have the role filled."""


class Proposed(Value):
    """How often somebody was proposed on a day for roles here that they do not hold by it."""

    on: Day
    times: int


class MilestoneStatus(StrEnum):
    PLANNED = "planned"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"


class ChangeStatus(StrEnum):
    PENDING = "pending"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def counts(self) -> bool:
        """True while it adds to what all changes together amount to."""
        return self not in {ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN}

    @property
    def is_open(self) -> bool:
        """True while somebody still has to do something about it."""
        return self in {ChangeStatus.PENDING, ChangeStatus.RETURNED}


class Change(Value):
    """A line of the register of changes: what it is, where it was routed, how it stands."""

    n: int
    revision: int = 1
    by: PersonId
    for_whom: Annotated[PersonId | None, Field(exclude_if=lambda whom: whom is None)] = None
    """In whose place `by` submitted this revision."""
    submitters: tuple[PersonId, ...] = ()
    """Everybody who submitted a revision of it, and in whose place: none of them approves it."""
    facts: ChangeFacts
    route: tuple[RoleName, ...]
    status: ChangeStatus = ChangeStatus.PENDING
    submitted_at: Moment
    returned_by: str | None = None
    """The ask of the change order whose answer sent it back, while it is returned; and what was said there."""
    returned_because: Told | None = None
    last_report: int = 0
    signed_as: Annotated[int, Field(exclude_if=lambda number: not number)] = 0
    """The how manieth of all changes that was signed; 0 until it is."""
    chain: tuple[str, str] | None = None
    """First and last hash of the change order's own chain, once it has ended."""


class PotentialChange(Value):
    """A "can we also…", and what became of it."""

    id: ItemId
    text: Words
    link: Line | None = None
    by: PersonId
    wanted: Truth = False
    """True once it was decided that it becomes a change order."""
    became: int | None = None
    """The change order that it became."""
    dropped: Truth = False
    """True where it becomes none after all."""


class Pulse(Value):
    at: str
    person: PersonId
    score: int
    again: bool = False
    on: Moment


class Contact(Value):
    by: PersonId
    person: PersonId
    summary: Words
    at: Moment


class Task(Value):
    """A condition that came with a yes: somebody's, by a date, checked before a later gate opens."""

    id: str
    text: Words
    owner: PersonId
    set_by: Annotated[PersonId | None, Field(exclude_if=lambda who: who is None)] = None
    """Whose yes it came with; None of what nobody set, and where that was not kept yet."""
    since: Moment
    due: Day
    before: Stage
    done: bool = False
    note: Words | None = None
    clock: Annotated[Clock | None, Field(exclude_if=lambda clock: clock is None)] = None
    """Its working minutes, as an act owed has them; None until they are set, and where that was not kept yet."""
    due_minutes: Annotated[int, Field(exclude_if=lambda minutes: not minutes)] = 0
    reminded_at: Moment | None = None
    rung: Annotated[int, Field(exclude_if=lambda rung: not rung)] = 0
    above: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Everybody above its owner whom its ladder has reached, the highest last."""
    climbed_to: PersonId | None = None
    """Who answers for it: the highest of these."""
    stand_ins: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who may meet it in its owner's place now."""


class Hold(Value):
    """All clocks stand, and until which day: on it somebody owes it to resume, extend or end."""

    by: PersonId
    reason: Words
    since: Moment
    until: Day


def held(until: Day | None) -> str:
    """`On hold until Thu 3 Dec 2026`."""
    return f"On hold{f' until {day_shown(until)}' if until is not None else ''}"


def on_hold(until: Day | None, reason: str) -> str:
    """`On hold until Thu 3 Dec 2026: The client asked.`"""
    return f"{held(until)}: {sentence(reason)}"


class Closing(Value):
    """What the close reckoned: realised margin as a fraction, commission in money; none of it in house."""

    realised_margin: Decimal | None
    commission: Decimal | None
    actual_cost: Decimal
    lessons: Words | None = None
    not_billed: Annotated[Told | None, Field(exclude_if=lambda told: told is None)] = None
    """What of the price that the margin counts nobody ever billed, and why; None where all that was accepted is."""


class Followup(Value):
    """Something owed at a later moment: a second pulse, a contact with the client's sponsor."""

    kind: AskKind
    subject: str
    at: Moment


class ClientConfirmation(Value):
    """Who of finance confirmed a client that sales had added, and the hash of what they were shown of it."""

    by: PersonId
    hash: Digest


class Engagement(Asking):
    """The aggregate. Tables are keyed by the id that people see (N1, P2, W3, M1, R4, C1)."""

    title: Line
    client: Line
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
    firm: Annotated[Line | None, Field(exclude_if=lambda firm: firm is None)] = None
    """What the provider is called; None in engagements that began before it was kept."""
    client_to_confirm: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    """The client as sales added it, while the directory does not know it confirmed."""
    client_confirmed: Annotated[ClientConfirmation | None, Field(exclude_if=lambda given: given is None)] = None
    """What finance confirmed of it here."""

    stage: Stage = Stage.QUALIFY
    ended_because: Told | None = None
    hold: Hold | None = None

    needs: dict[ItemId, Need] = {}
    needs_confirmed: Digest | None = None
    promises: dict[ItemId, Promise] = {}
    fates: dict[ItemId, PromiseFate] = {}

    qualified: bool = False
    holdings: dict[RoleName, Holding] = {}
    sold_by: tuple[PersonId, ...] = ()
    """Who sold the deal before its seller of now, the last at the end: they do not judge it either."""
    sold_for: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who gave a command of the seller for them: nor do they."""
    handovers: tuple[Handover, ...] = ()
    unheld: dict[RoleName, Unheld] = {}
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
    choices: dict[ItemId, Choice] = {}
    undone: Annotated[dict[ItemId, UndoneChoice], Field(exclude_if=lambda choices: not choices)] = {}
    """Of packages whose hours are to be chosen again, what was chosen before."""
    attestations: dict[ItemId, Attestation] = {}
    staffing: Staffing | None = None
    price: Price | None = None
    decision: DealDecision | None = None
    documents: dict[DocumentKind, Document] = {}

    handoff_accepted: bool = False
    plan: Words | None = None
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
            raise ValueError("the wished end lies before the wished start")
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
        told = (person for vacancy in self.vacancies.values() for person in (vacancy.accountable, *vacancy.told))
        heads = (self.cast.holder(self.head_role(role)) for role in self.vacancies)
        owners = (task.owner for task in self.tasks.values() if not task.done)
        return frozenset(person for person in (*told, *heads, *owners) if person is not None)

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
        owing = [self.hours_owed_by(voter.person, ask) for voter in ask.silent]
        return tuple(name for name in ask.facts if any(name in owed for owed in owing))

    def hours_owed_by(self, person: PersonId, ask: Ask) -> frozenset[str]:
        """Packages of an ask that wait for this person's hours: where they alone are asked, anybody's will do."""
        several = len(ask.voters) > 1
        given = {one.package for one in self.estimates if one.by == person or not several}
        return frozenset(name for name in ask.facts if name in self.packages and name not in given)

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:
        """What each has given of what an ask for hours asks."""
        given: dict[PersonId, dict[str, ThreePoints]] = {}
        for one in self.estimates if ask.kind is AskKind.ESTIMATE else ():
            if one.package in ask.facts:
                given.setdefault(one.by, {})[one.package] = one.hours
        return given

    def said_otherwise(self, estimates: tuple[Estimate, ...]) -> frozenset[ItemId]:
        """The packages of which these give other hours than the same expert gave before, or the first."""
        known = {(one.package, one.by): one.hours for one in self.estimates}
        return frozenset(one.package for one in estimates if known.get((one.package, one.by)) != one.hours)

    def hours_before(self, person: PersonId, package: ItemId) -> Estimate | None:
        """What somebody gave for a package before it was returned, or changed; None once they gave others."""
        return next((one for one in self.fallen if (one.by, one.package) == (person, package)), None)

    def returnable(self, ask: Ask) -> tuple[str, ...]:
        """The packages whose hours are asked for, or attested, where there are several."""
        about_hours = ask.kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE}
        packages = tuple(name for name in ask.facts if name in self.packages) if about_hours else ()
        return packages if len(packages) > 1 else ()

    def stands_unasked(self, kind: AskKind) -> Collection[str]:
        """The packages: each ask about hours shows some of them."""
        return self.packages if kind in {AskKind.ESTIMATE, AskKind.ATTEST_ESTIMATE} else ()

    def takes_hours_anew(self, ask: Ask) -> bool:
        """True until delivery stands behind any of them, or they are asked anew."""
        newest = ask.kind is AskKind.ESTIMATE and self.last_ask(ask.kind, ask.subject) == ask
        stands = ask.outcome in {Outcome.OPEN, Outcome.APPROVED}
        runs = not (self.is_over or self.hold or self.baseline_signed)
        return newest and stands and runs and not ask.facts.keys() & self.attestations.keys()

    def with_new_ask(self, ask: Ask) -> "Engagement":
        """The engagement with one ask more; of one for hours with who has given all that it asks."""
        return super().with_new_ask(ask).with_hours_heard()

    def with_hours_heard(self) -> "Engagement":
        """The engagement whose open asks for hours know who has given all that they ask for."""
        now = self
        for ask in self.open_asks(AskKind.ESTIMATE):
            gave = tuple(voter.person for voter in ask.voters if not self.hours_owed_by(voter.person, ask))
            now = now.with_ask(ask.having(gave_hours=gave)) if gave != ask.gave_hours else now
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

    def fate(self, promise: str) -> PromiseFate:
        """What became of a promise so far."""
        return self.fates.get(promise, PromiseFate())

    def package_hash(self, package: WorkPackage) -> str:
        """What an expert sees of a package: itself and the needs and promises that it serves."""
        linked = [self.needs[n].text for n in package.needs if n in self.needs]
        linked += [self.promises[p].text for p in package.promises if p in self.promises]
        return _package_hash(package, tuple(linked))


@lru_cache(maxsize=1024)
def _package_hash(package: WorkPackage, linked: tuple[str, ...]) -> str:
    """Reckoned once of what is the same: after each fact every rule asks for that of every package again."""
    return digest({"package": package.model_dump(mode="json"), "serves": linked})
