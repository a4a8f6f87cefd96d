"""The process as a firm defines it: data, checked, pinned by each engagement when it starts.

Formulas are code, in `domain.pricing`; thresholds, roles, methods and times are here. Predicates are structured (field,
comparison, value), not an expression language: only so can `findings` prove that a table of routes has no gap.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from domain.directory.people import Level
from domain.next_steps.acts_owed import HOURS, ActKind
from domain.shared.values import Exact, Money, Name, Percent, PersonId, RoleName, Value, Whole

Minutes = Annotated[Whole, Field(ge=0, le=60 * 24 * 365)]
WholeHours = Annotated[Whole, Field(ge=1, le=2000)]
ActHours = Annotated[Whole, Field(ge=0, le=2000)]


class Kind(StrEnum):
    """The two formalities of one process."""

    CONTRACTED = "contracted"
    IN_HOUSE = "in_house"


# Parties of a deal: they answer without holding a role of the playbook.
PARTIES = frozenset({"provider_sponsor", "client_sponsor", "client_signatory", "client_contact", "counterpart"})


class Stage(StrEnum):
    """The life of an engagement, in order; the last two end it early."""

    QUALIFY = "qualify"
    ESTIMATE = "estimate"
    PRICE = "price"
    DECIDE = "decide"
    SOW = "sow"
    BRD = "brd"
    HANDOFF = "handoff"
    DELIVER = "deliver"
    SUPPORT = "support"
    CLOSED = "closed"
    LOST = "lost"
    CANCELLED = "cancelled"

    @property
    def order(self) -> int:
        """Its place in the life of an engagement."""
        return _PLACES[self]

    @property
    def is_end(self) -> bool:
        """True if nothing runs any more."""
        return self in {Stage.CLOSED, Stage.LOST, Stage.CANCELLED}


_PLACES = {stage: place for place, stage in enumerate(Stage)}


class Method(StrEnum):
    """How the votes of an ask become its outcome."""

    AUTHORITY = "authority"
    MAJORITY = "majority"
    CONSENSUS = "consensus"
    EACH = "each"


Facts = Mapping[str, Decimal | bool | str | None]


class Figure(Value):
    """A comparison of a known number; over and under are strict."""

    field: Name
    comparison: Literal["over", "under", "at_least"]
    value: Exact

    def holds(self, facts: Facts) -> bool:
        """True if the fact is a number and the comparison holds. An unknown fact matches nothing."""
        fact = facts.get(self.field)
        if not isinstance(fact, Decimal):
            return False
        if self.comparison == "over":
            return fact > self.value
        return fact < self.value if self.comparison == "under" else fact >= self.value


class Match(Value):
    """A comparison of a flag or a word."""

    field: Name
    comparison: Literal["is"]
    value: bool | str

    def holds(self, facts: Facts) -> bool:
        """True if the fact equals the value."""
        return facts.get(self.field) == self.value


Predicate = Annotated[Figure | Match, Field(discriminator="comparison")]


class Role(Value):
    """A role of an engagement: its function, its head, when it is needed, what it requires."""

    function: Name
    head: Name
    head_in_house: Name | None = None
    needed_by: Stage | None = None
    """The stage whose gate first needs it; None: the first gate at which it votes or reviews."""
    kinds: tuple[Kind, ...] = (Kind.CONTRACTED, Kind.IN_HOUSE)
    only_with_purchases: bool = False
    held_as: tuple[Name, ...] = ()
    """Directory roles that qualify for it; empty means the role's own name."""
    profile: dict[Name, Level] = {}


def role_label(role: str) -> str:
    """A role as people read it: `project manager`, `expert for integration`."""
    name, _, discipline = role.partition(":")
    return " for ".join(part.replace("_", " ") for part in (name, discipline) if part)


def role_named(text: str) -> str:
    """The role that a label or an identifier names."""
    name, _, discipline = text.strip().partition(":")
    if not discipline and name.lower().startswith("expert for "):
        name, discipline = "expert", name[len("expert for ") :]
    parts = (part.strip() for part in (name, discipline) if part.strip())
    return ":".join("_".join(re.split(r"[\s-]+", part)) for part in parts) or text


class EstimatePolicy(Value):
    correlation: Annotated[Exact, Field(ge=0, le=1)]
    p80_deviations: Annotated[Exact, Field(gt=0, lt=5)]


class Band(Value):
    """A row of the price table: matches if any of its predicates holds."""

    any: tuple[Predicate, ...]
    approvers: tuple[RoleName, ...]
    override: RoleName | None = None
    """Who must sign, with delivery's dissent shown to them."""


class PricePolicy(Value):
    target_margin: Percent
    floor_margin: Annotated[Percent, Field(lt=100)]
    bands: tuple[Band, ...]


class DecisionRow(Value):
    """Who decides deals below this price (the row without `below` takes the rest)."""

    below: Money | None = None
    voters: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    method: Method
    final_authority: RoleName
    must_include: RoleName | None = None
    """Whose vote a go must include."""
    quorum: Annotated[Whole | None, Field(ge=1, le=50, exclude_if=lambda quorum: quorum is None)] = None
    """How many people must be able to vote and, for a majority, agree; None: more than half of the roles.

    Left out of the JSON if not given, so that the hash of a playbook without one stays the same.
    """

    @property
    def needed(self) -> int:
        """The quorum, given or computed; 0 if no votes are counted: one decides, or each must approve."""
        if self.method not in {Method.MAJORITY, Method.CONSENSUS}:
            return 0
        return self.quorum or len(set(self.voters)) // 2 + 1


class Reviewer(Value):
    role: RoleName
    all: tuple[Predicate, ...] = ()


class DocumentPolicy(Value):
    """Who reviews a document internally, who signs it, in order, and who drafts it."""

    author: RoleName
    reviewers: tuple[Reviewer, ...]
    signers: Annotated[tuple[RoleName, ...], Field(min_length=2)]
    overdue_objection: RoleName


class ChangeRoute(Value):
    """An approver whom a change needs if any of these holds."""

    any: tuple[Predicate, ...]
    approver: RoleName


class ChangePolicy(Value):
    always: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    routes: tuple[ChangeRoute, ...]
    signer: RoleName
    higher_signer: RoleName


class Rung(Value):
    """A step of a ladder: so many working minutes after due (asks) or after the opening (vacancies)."""

    after: Minutes
    role: RoleName
    """A position, a party of the deal, or `head`: the head of the function asked."""
    may_decide: bool = True


class LadderPolicy(Value):
    ask: Annotated[tuple[Rung, ...], Field(min_length=1)]
    vacancy: Annotated[tuple[Rung, ...], Field(min_length=1)]
    reminder_percent: Annotated[Whole, Field(ge=1, le=100)] = 50
    never_answered_by_another: tuple[Name, ...]


class CommissionPolicy(Value):
    rate: Percent
    due_at_signature: Annotated[Percent, Field(le=100)]


PROPOSALS_A_DAY = 3
REMINDERS_A_DAY = 12


class LimitPolicy(Value):
    """How often people may be disturbed, and how long an offer stays valid.

    A default value is left out of the JSON, so that a playbook's hash stays the same when a limit is added here.
    """

    proposals_a_day: Annotated[Whole, Field(ge=1, le=50, exclude_if=lambda most: most == PROPOSALS_A_DAY)] = (
        PROPOSALS_A_DAY
    )
    """How often one person may be proposed for a role of one engagement on one day."""
    offer_days: Annotated[Whole | None, Field(ge=1, le=365, exclude_if=lambda days: days is None)] = None
    """How many days an offer is valid after it is sent, and the most it is extended by. None: no limit."""
    reminders_a_day: Annotated[Whole, Field(ge=1, le=200, exclude_if=lambda most: most == REMINDERS_A_DAY)] = (
        REMINDERS_A_DAY
    )
    """How many reminders of one engagement reach one person on one day; escalations do not count."""


class PulsePolicy(Value):
    low: Annotated[Whole, Field(ge=0, le=10)]
    again_after_days: Annotated[Whole, Field(ge=1, le=250)]
    contact_every_days: Annotated[Whole, Field(ge=1, le=250)]


Likelihood = Annotated[Whole, Field(ge=0, le=100)]

# How many of a hundred engagements at each stage are eventually worked on, if a playbook does not say.
LIKELIHOODS: dict[Stage, Likelihood] = {
    Stage.QUALIFY: 10,
    Stage.ESTIMATE: 25,
    Stage.PRICE: 40,
    Stage.DECIDE: 60,
    Stage.SOW: 80,
    Stage.BRD: 100,
    Stage.HANDOFF: 100,
    Stage.DELIVER: 100,
    Stage.SUPPORT: 0,
}


class SecondRolePolicy(Value):
    """The second role of a project manager: pairs that are never one person, and the longest time."""

    excluded_pairs: tuple[tuple[RoleName, RoleName], ...]
    longest_days: Annotated[Whole, Field(ge=1, le=365)]


class Playbook(Value):
    """A whole process. `name` and `version` are for people; an engagement pins the content."""

    name: Name
    version: Annotated[str, Field(min_length=1, max_length=40)]
    roles: dict[RoleName, Role]
    estimate: EstimatePolicy
    price: PricePolicy
    decision: dict[Kind, Annotated[tuple[DecisionRow, ...], Field(min_length=1)]]
    documents: dict[Literal["sow", "brd"], DocumentPolicy]
    handoff: tuple[RoleName, ...]
    change: ChangePolicy
    due_hours: dict[Name, WholeHours]
    acts: Annotated[dict[ActKind, ActHours], Field(exclude_if=lambda acts: not acts)] = {}
    """Working hours of acts owed, if they differ from `domain.next_steps.acts_owed.HOURS`; 0: due at once."""
    ladder: LadderPolicy
    second_role: SecondRolePolicy
    step_up_levels: Annotated[Whole, Field(ge=0, le=50)] = 4
    """Levels that may be missing in total for someone to be offered a role as ready to step up to it."""
    pulse: PulsePolicy
    commission: CommissionPolicy
    pipeline: dict[Stage, Likelihood] = LIKELIHOODS
    limits: Annotated[LimitPolicy, Field(exclude_if=lambda limits: limits == LimitPolicy())] = LimitPolicy()

    @field_validator("decision")
    @classmethod
    def _decision_rows_climb(cls, decision: dict[Kind, tuple[DecisionRow, ...]]) -> dict[Kind, tuple[DecisionRow, ...]]:
        for kind, rows in decision.items():
            limits = [row.below for row in rows]
            figures = [limit for limit in limits[:-1] if limit is not None]
            if limits[-1] is not None or len(figures) != len(limits) - 1 or figures != sorted(set(figures)):
                raise ValueError(f"decision rows of {kind} must be in ascending order and end with one without 'below'")
        return decision

    def role(self, name: str) -> Role | None:
        """The role of this name; every `expert:<discipline>` is the role `expert`."""
        return self.roles.get(name) or self.roles.get(name.split(":", maxsplit=1)[0])

    def likelihood(self, stage: Stage) -> int:
        """The percentage by which hours of an engagement at this stage count; in full if not given."""
        return self.pipeline.get(stage, 100)

    def positions_among(self, positions: Mapping[str, PersonId]) -> dict[str, PersonId]:
        """Positions that are none of its roles: a role is only ever held by acceptance."""
        return {name: person for name, person in positions.items() if self.role(name) is None and name not in PARTIES}

    def due_minutes(self, ask_kind: str, *, client: bool) -> int:
        """Working minutes for a kind of ask; what a client signs has a time of its own."""
        own = f"client_{ask_kind}" if client else ask_kind
        hours = self.due_hours.get(own) or self.due_hours.get(ask_kind) or self.due_hours["other"]
        return hours * 60

    def act_minutes(self, act: ActKind) -> int:
        """Working minutes for an act owed."""
        return self.acts.get(act, HOURS[act]) * 60
