"""Which roles an engagement needs and which of them nobody answers for, as the gates check."""

from collections.abc import Mapping

from domain.asks.model import listed
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import accountable_for
from domain.playbook.model import Stage, role_label
from domain.pricing.formulas import decision_row
from domain.shared.errors import RoleVacant, Waiting
from domain.shared.memo import memoized
from domain.shared.remedy_actions import RemedyAction

PM = "project_manager"
# Held from the start. If such a holder leaves, the gap shows at once, whatever the stage.
NEVER_EMPTY = ("sales", "provider_sponsor", "client_sponsor", "client_signatory")
# The same, plus the engagement manager's counterpart: a gap counts once there has been one.
ONCE_NAMED = (*NEVER_EMPTY, "counterpart")


@memoized(64)
def required_roles(state: Engagement) -> Mapping[str, Stage]:
    """Every role that this engagement needs, and the stage whose gate first needs it."""
    needed = {role: Stage.QUALIFY for role in ONCE_NAMED if role in state.unheld}
    for name, role in state.playbook.roles.items():
        if state.kind not in role.kinds or (role.only_with_purchases and not state.purchases):
            continue
        stage = role.needed_by or _first_asked(state, name)
        if name == "expert":
            needed |= {f"expert:{discipline}": Stage.ESTIMATE for discipline in disciplines(state)}
        elif stage is not None and name != "sales":
            needed[name] = stage
    if state.client_to_confirm is not None and state.playbook.role("finance") is not None:
        needed.setdefault("finance", Stage.SOW)
    return {role: Stage.QUALIFY for role in _asked_by_changes(state) if role not in needed} | needed


def _asked_by_changes(state: Engagement) -> tuple[str, ...]:
    """The roles of the playbook that are on the routes of open changes."""
    asked = {role for change in state.changes.values() if change.status.is_open for role in change.route}
    return tuple(sorted(role for role in asked if state.playbook.role(role) is not None))


def disciplines(state: Engagement) -> tuple[str, ...]:
    """The disciplines of the scope and of open changes, sorted."""
    in_changes = {line.discipline for ch in state.changes.values() if ch.status.is_open for line in ch.facts.work}
    removed = state.removed
    return tuple(sorted({p.discipline for p in state.packages.values() if p.id not in removed} | in_changes))


def _first_asked(state: Engagement, role: str) -> Stage | None:
    price = state.price.quote.price if state.price else None
    if price is not None and role in decision_row(state.playbook, state.kind, price).voters:
        return Stage.DECIDE
    for kind, stage in (("sow", Stage.SOW), ("brd", Stage.BRD)):
        if role in reviewers(state, "brd" if kind == "brd" else "sow"):
            return stage
    return None


def reviewers(state: Engagement, document: str) -> tuple[str, ...]:
    """The roles that review a document of this engagement for the firm."""
    facts = {"kind": state.kind.value, "price": state.price.quote.price if state.price else None}
    policy = state.playbook.documents["brd" if document == "brd" else "sow"]
    return tuple(r.role for r in policy.reviewers if all(predicate.holds(facts) for predicate in r.all))


def missing(state: Engagement, by: Stage) -> tuple[str, ...]:
    """Roles needed by this stage or earlier that nobody answers for: vacant, or with the holder away."""
    return tuple(
        role
        for role, stage in required_roles(state).items()
        if stage.order <= by.order and (state.cast.holder(role) is None or _is_shut(state, role))
    )


def _is_shut(state: Engagement, role: str) -> bool:
    vacancy = state.vacancies.get(role)
    return vacancy is not None and vacancy.shuts


def require_covered(state: Engagement, by: Stage) -> None:
    """Raises RoleVacant, naming each vacancy and who must fill it, unless all roles needed by now are held."""
    vacant = missing(state, by)
    if not vacant:
        return
    waits = tuple(_waiting(state, role) for role in vacant)
    named = "; ".join(f"{role_label(role)} ({why_vacant(state, role)})" for role in vacant)
    raise RoleVacant(f"Vacant: {named}."[:1900], waits_for=waits, remedy=_who_must_have_them_held(vacant, waits))


def _who_must_have_them_held(vacant: tuple[str, ...], waits: tuple[Waiting, ...]) -> str:
    """Who must fill which roles: `Kari Vik must get somebody to accept finance; Rolf Berg for customer care. …`"""
    theirs: dict[str, list[str]] = {}
    for role, waiting in zip(vacant, waits, strict=True):
        theirs.setdefault(waiting.who, []).append(role_label(role))
    (first, roles), *others = theirs.items()
    more = "".join(f"; {who} for {listed(of)}" for who, of in others)
    return f"{first} must get somebody to accept {listed(roles)}{more}. Nobody takes a role by default."[:1900]


def require_party(state: Engagement, party: str) -> None:
    """Raises RoleVacant if the client has nobody in this role who could be asked: nobody answers for a client."""
    if state.cast.holder(party) is None:
        waits = (_waiting(state, party),)
        raise RoleVacant(
            f"{state.client} has no {role_label(party)}: {why_vacant(state, party)}."[:1900],
            waits_for=waits,
            remedy=f"{waits[0].who} has the client name one, and records them.",
            action=RemedyAction.NAME_PARTY,
        )


def why_vacant(state: Engagement, role: str) -> str:
    """Why nobody answers for a role, in words."""
    vacancy, unheld = state.vacancies.get(role), state.unheld.get(role)
    if role in state.proposals:
        return f"{state.cast.name(state.proposals[role].person_id)} has not answered yet"
    if vacancy is not None:
        return vacancy.because
    return unheld.because if unheld is not None else "nobody holds it yet"


def _waiting(state: Engagement, role: str) -> Waiting:
    proposal, vacancy = state.proposals.get(role), state.vacancies.get(role)
    if proposal is not None:
        ask = state.asks[proposal.ask_id]
        who = state.cast.name(proposal.person_id)
        return Waiting(ask_id=ask.id, who=who, role=role_label(role), since=ask.opened_at, due=ask.due_at)
    head = vacancy.accountable if vacancy else accountable_for(state, role)
    return Waiting(ask_id=f"vacancy:{role}", who=state.cast.name(head), since=vacancy.since if vacancy else None)
