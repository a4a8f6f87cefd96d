"""The coverage matrix: who answers for each function of an engagement, on both sides, and for each of its gates.

Everything is derived from the current state, so that it cannot contradict it. RACI is derived as well, from this table;
`final say` is the final authority of the decision row, passed on as the vote itself would pass it:

| gate | responsible | accountable | consulted | informed |
|---|---|---|---|---|
| qualify | sales | sales | EM, delivery lead, custodian | finance |
| estimate | experts, business analyst | delivery lead | resource manager, head of delivery | sales, EM |
| price | sales | EM | its approvers, finance | delivery lead |
| decide | sales, who puts the deal | final say | its voters | quality, customer care |
| sow | its author | first signer of ours | its reviewers, the client's signer | customer care, procurement |
| brd | its author | first signer of ours | its reviewers, the client's signer | sales, customer care |
| handoff | who accepts it | EM | customer care, resource manager | sales, finance, sponsor |
| deliver | PM, experts | EM | delivery lead, quality, procurement, custodian, customer care | sales, finance, sponsor |
| support | customer care | EM | delivery lead, quality, custodian | sales, finance, sponsor |

The project manager is consulted from *decide* on, if there is one. Nobody is accountable as the project manager, as a
client, or after leaving: then it is the person who must fill the role, else the head of its function.

Weighed: RACI as playbook data (a fifth place that must agree with voters, reviewers and signers), and deriving it from
open asks (nothing to show before a gate is reached). Instead, votes, reviews and signatures come from the playbook's
own tables, and only what no table says is above.
"""

from collections.abc import Iterable, Iterator

from domain.asks.model import CLIENT_ROLES
from domain.directory.people import CFO, MANAGING_DIRECTOR, Absence
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import accountable_for
from domain.engagement.roles.coverage import PM, required_roles, reviewers
from domain.engagement.roles.qualification import lacks
from domain.engagement.roles.stand_ins import who_covers
from domain.engagement.roles.values import Expectations, Holding, Vacancy, Waiver
from domain.playbook.model import Kind, Method, Role, Stage
from domain.pricing.formulas import decision_row
from domain.shared.values import AskId, Day, Moment, PersonId, RoleName, Value

FUNCTIONS = (
    "sales",
    "engagement management",
    "delivery",
    "resource management",
    "procurement",
    "legal",
    "quality",
    "customer care",
    "finance and administration",
)
SPONSORSHIP = "sponsorship"
SPONSOR, MANAGER = "provider_sponsor", "engagement_manager"
GATES = tuple(stage for stage in Stage if stage.order <= Stage.SUPPORT.order)
CONSULTED_FROM_DECIDE = tuple(gate for gate in GATES if gate.order >= Stage.DECIDE.order)


class Pending(Value):
    """Somebody was asked to hold a role, or requested it, and has no answer yet."""

    person_id: PersonId
    by: PersonId
    ask_id: AskId
    asked: tuple[PersonId, ...]
    since: Moment
    due: Moment | None


class Beside(Value):
    """The previous holder, who stays with the new one until a day, inclusive."""

    person_id: PersonId
    last_day: Day


class HolderAway(Value):
    """The holder is away until a day, inclusive, and who answers for the role meanwhile; if nobody, it is vacant."""

    until: Day
    stand_in: PersonId | None


class CoverageRow(Value):
    """A role of a function, or a function that this engagement does not need (`why_not_needed`).

    `since`: when its holder accepted it, or when it fell vacant. `accountable`: its holder, or the person who must fill
    it. `lacking`: what the holder lacks according to the directory. A role that ends soon or whose holder is away is
    both `held` and `vacant`; one that is not needed yet is neither.
    """

    function: str
    role: RoleName | None = None
    why_not_needed: str | None = None
    needed_by: Stage | None = None
    holder: PersonId | None = None
    further: tuple[PersonId, ...] = ()
    since: Moment | None = None
    proposed_by: PersonId | None = None
    words: str | None = None
    until: Day | None = None
    waiver: Waiver | None = None
    lacking: tuple[str, ...] = ()
    expectations: Expectations = ()
    confirmed_by: PersonId | None = None
    confirmed_at: Moment | None = None
    deputy: PersonId | None = None
    away: HolderAway | None = None
    handover: Beside | None = None
    pending: Pending | None = None
    vacancy: Vacancy | None = None
    accountable: PersonId | None = None


class Party(Value):
    """A person on the client's side. `person_id` is None for a counterpart or contact not named yet: no clock runs."""

    party: RoleName
    person_id: PersonId | None
    vacancy: Vacancy | None = None


class GateDuty(Value):
    """A role at a gate, and who holds it now."""

    role: RoleName
    person_id: PersonId | None


class Raci(Value):
    """Who does what at a gate: one role is accountable, and nobody appears twice for the same role."""

    gate: Stage
    responsible: tuple[GateDuty, ...]
    accountable: GateDuty
    consulted: tuple[GateDuty, ...]
    informed: tuple[GateDuty, ...]


# -- the matrix


def coverage_matrix(state: Engagement) -> tuple[CoverageRow, ...]:
    """A row for each role, by function: the standard nine first, then the firm's own, then the sponsor."""
    needed = required_roles(state)
    roles = _roles_here(state, needed)
    rows: list[CoverageRow] = []
    for function in dict.fromkeys((*FUNCTIONS, *(role.function for role in state.playbook.roles.values()))):
        own = [name for name in roles if _function_of(state, name) == function]
        rows += [_row(state, function, name, needed.get(name)) for name in own] or [_no_row(state, function)]
    return (*rows, _row(state, SPONSORSHIP, SPONSOR, Stage.QUALIFY))


def _roles_here(state: Engagement, needed: Iterable[str]) -> tuple[str, ...]:
    """Sales, roles that are needed, and roles held or requested although nothing needs them (any more)."""
    more = (role for role in (*state.cast.holders, *state.proposals) if state.playbook.role(role) is not None)
    named = dict.fromkeys(("sales", *needed, *more))
    return tuple(role for role in named if state.playbook.role(role) is not None)


def _function_of(state: Engagement, role: str) -> str | None:
    defined = state.playbook.role(role)
    return defined.function if defined else None


def _no_row(state: Engagement, function: str) -> CoverageRow:
    roles = {name: role for name, role in state.playbook.roles.items() if role.function == function}
    reasons = dict.fromkeys(_why_not(state, name, role) for name, role in roles.items())
    return CoverageRow(
        function=function, why_not_needed="; ".join(reasons) or "the playbook has no role of this function"
    )


def _why_not(state: Engagement, name: str, role: Role) -> str:
    if state.kind not in role.kinds:
        return "not needed in house" if state.kind is Kind.IN_HOUSE else "only needed in house"
    if role.only_with_purchases and not state.purchases:
        return "the deal has no purchases"
    return "no discipline is in the scope yet" if name == "expert" else "it neither votes nor reviews here"


def _row(state: Engagement, function: str, role: str, needed_by: Stage | None) -> CoverageRow:
    cast, holding, vacancy = state.cast, state.holdings.get(role), state.vacancies.get(role)
    holder = cast.holders.get(role)
    person = cast.people.get(holder) if holder else None
    given = holding or (_from_the_start(state, role, holder) if holder else None)
    shut = vacancy is not None and vacancy.shuts
    return CoverageRow(
        function=function,
        role=role,
        needed_by=Stage.QUALIFY if role == "sales" else needed_by,
        holder=holder,
        further=cast.further_experts.get(role, ()),
        since=vacancy.since if vacancy and shut else given.accepted_at if given else None,
        proposed_by=holding.proposed_by if holding else None,
        words=holding.words if holding else None,
        until=holding.until if holding else None,
        waiver=holding.waiver if holding else None,
        lacking=lacks(state, holding) if holding else (),
        expectations=holding.expectations if holding else (),
        confirmed_by=holding.confirmed_by if holding else None,
        confirmed_at=holding.confirmed_at if holding else None,
        deputy=person.deputy if person else None,
        away=_away(state, role, holder),
        handover=_beside(state, role),
        pending=_pending(state, role),
        vacancy=vacancy,
        accountable=_answers_for(state, role),
    )


def _from_the_start(state: Engagement, role: str, holder: PersonId) -> Holding:
    """Parties and the seller hold their roles from the first call, without being asked."""
    return Holding(role=role, person_id=holder, proposed_by=holder, accepted_at=state.started_at)


def _away(state: Engagement, role: str, holder: PersonId | None) -> HolderAway | None:
    for absence in state.cast.begun:
        if isinstance(absence, Absence) and absence.person == holder:
            return HolderAway(until=absence.last, stand_in=next(who_covers(state, absence, role), None))
    return None


def _beside(state: Engagement, role: str) -> Beside | None:
    found = next((handover for handover in state.handovers if handover.role == role), None)
    return Beside(person_id=found.person_id, last_day=found.last_day) if found else None


def _pending(state: Engagement, role: str) -> Pending | None:
    proposal = state.proposals.get(role)
    ask = state.asks.get(proposal.ask_id) if proposal else None
    if proposal is None or ask is None:
        return None
    return Pending(
        person_id=proposal.person_id,
        by=proposal.by,
        ask_id=ask.id,
        asked=ask.asked,
        since=ask.opened_at,
        due=ask.due_at,
    )


def _answers_for(state: Engagement, role: str) -> PersonId:
    """The holder; if nobody answers for the role now, who must fill it, else the head of its function."""
    vacancy, holder = state.vacancies.get(role), state.cast.holder(role)
    if holder is not None and state.cast.is_here(holder) and not (vacancy and vacancy.shuts):
        return holder
    return vacancy.accountable if vacancy else accountable_for(state, role)


# -- the client's side


def client_side(state: Engagement) -> tuple[Party, ...]:
    """Sponsor and signatory, who are never missing for long; contacts; the engagement manager's counterpart."""
    cast = state.cast
    held = [Party(party=p, person_id=cast.holders.get(p), vacancy=state.vacancies.get(p)) for p in CLIENT_ROLES[:2]]
    contacts = tuple(
        Party(party="client_contact", person_id=person.id)
        for person in cast.people.values()
        if person.client is not None and person.active and "client_contact" in person.part
    )
    counterpart = Party(party="counterpart", person_id=cast.holders.get("counterpart"))
    return (*held, *(contacts or (Party(party="client_contact", person_id=None),)), counterpart)


# -- who does what at a gate


def raci(state: Engagement, gate: Stage) -> Raci:
    """Who is responsible, accountable, consulted and informed at a gate, by this module's table."""
    doing, answering, asked, told = _duties(state, gate)
    asked = (*asked, PM) if gate in CONSULTED_FROM_DECIDE and state.cast.holder(PM) else asked
    accountable = GateDuty(role=answering, person_id=accountable_at(state, answering))
    responsible = tuple(_parts(state, doing))
    named = {part.role for part in responsible} | {answering}
    consulted = tuple(_parts(state, asked, without=named))
    informed = tuple(_parts(state, told, without=named | {part.role for part in consulted}))
    return Raci(gate=gate, responsible=responsible, accountable=accountable, consulted=consulted, informed=informed)


Roles = tuple[str, ...]
# Responsible, accountable, consulted, informed.
Duties = tuple[Roles, str, Roles, Roles]


def _duties(state: Engagement, gate: Stage) -> Duties:
    if gate is Stage.SOW:
        return _document(state, "sow", ("customer_care", "procurement"))
    if gate is Stage.BRD:
        return _document(state, "brd", ("sales", "customer_care"))
    experts, above = _experts(state), ("sales", "finance", SPONSOR)
    beside = ("delivery_lead", "quality", "agreement_custodian")
    plan: dict[Stage, Duties] = {
        Stage.QUALIFY: (("sales",), "sales", (MANAGER, "delivery_lead", "agreement_custodian"), ("finance",)),
        Stage.ESTIMATE: (
            (*experts, "business_analyst"),
            "delivery_lead",
            ("resource_manager", state.head_role("delivery_lead")),
            ("sales", MANAGER),
        ),
        Stage.PRICE: (("sales",), MANAGER, (*_approvers(state), "finance"), ("delivery_lead",)),
        Stage.DECIDE: (("sales",), _final_say(state), _voters(state), ("quality", "customer_care")),
        Stage.HANDOFF: (state.playbook.handoff, MANAGER, ("customer_care", "resource_manager"), above),
        Stage.DELIVER: ((PM, *experts), MANAGER, (*beside, "procurement", "customer_care"), above),
        Stage.SUPPORT: (("customer_care",), MANAGER, beside, above),
    }
    return plan[gate]


def _document(state: Engagement, kind: str, told: Roles) -> Duties:
    policy = state.playbook.documents["brd" if kind == "brd" else "sow"]
    ours = [role for role in policy.signers if role not in CLIENT_ROLES]
    theirs = tuple(role for role in policy.signers if role in CLIENT_ROLES)
    answering = ours[0] if ours else MANAGER
    return (policy.author,), answering, (*reviewers(state, kind), *theirs), told


def _experts(state: Engagement) -> Roles:
    return tuple(role for role in required_roles(state) if role.startswith("expert:"))


def _approvers(state: Engagement) -> Roles:
    price = state.price
    return (*price.approvers, *((price.override,) if price.override else ())) if price else ()


def _voters(state: Engagement) -> Roles:
    price = state.price.quote.price if state.price else None
    return decision_row(state.playbook, state.kind, price).voters if price is not None else (MANAGER,)


def _final_say(state: Engagement) -> str:
    """The final authority, or the next eligible one if they vote or sell; before there is a price, the first row's."""
    price = state.price.quote.price if state.price else None
    rows = state.playbook.decision[state.kind]
    row = decision_row(state.playbook, state.kind, price) if price is not None else rows[0]
    voters = {state.cast.holder(role) for role in row.voters} if row.method is not Method.AUTHORITY else set()
    chain = (row.final_authority, MANAGING_DIRECTOR, CFO)
    return next((r for r in chain if state.cast.holder(r) not in {*voters, *state.sellers}), row.final_authority)


def _parts(state: Engagement, roles: Iterable[str], without: Iterable[str] = ()) -> Iterator[GateDuty]:
    """Those of these roles that exist here, including vacant ones that the engagement needs."""
    known = {"sales", *required_roles(state), *state.cast.holders, *state.cast.positions}
    for role in dict.fromkeys(roles):
        if role in known and role not in without:
            yield GateDuty(role=role, person_id=state.cast.holder(role))


def accountable_at(state: Engagement, role: str) -> PersonId:
    """The one colleague accountable for this role: never a project manager, a client, or somebody who left."""
    pm = state.cast.holder(PM)
    for person_id in (_answers_for(state, role), accountable_for(state, role)):
        if person_id != pm and state.cast.is_here(person_id):
            return person_id
    return state.overseer
