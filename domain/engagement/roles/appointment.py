"""Who takes part in filling a role: names a holder, approves a request for it, releases it, owns its vacancy.

One rule for all of these, for stand-ins as for those they stand in for. Weighed: a check in each command (a seller who
could not name the delivery lead could still approve a request for the role, or release it), and no check for a head who
sells (who would then choose who judges what they sell).
"""

from collections.abc import Iterable

from domain.asks.model import LAST_POSITIONS, listed
from domain.directory.people import CFO, MANAGING_DIRECTOR
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy
from domain.playbook.model import role_label
from domain.shared.errors import PermissionDenied
from domain.shared.text import capitalized
from domain.shared.values import PersonId

MANAGER = "engagement_manager"
ABOVE_THE_MANAGER = "head_of_engagement_management"
_CLIENT_PARTY = frozenset({"sales", MANAGER, ABOVE_THE_MANAGER})
PARTY_NAMERS = {
    "provider_sponsor": frozenset({ABOVE_THE_MANAGER, MANAGING_DIRECTOR}),
    "client_sponsor": _CLIENT_PARTY,
    "client_signatory": _CLIENT_PARTY,
    "counterpart": _CLIENT_PARTY,
}
_HIGHEST = (MANAGING_DIRECTOR, CFO, *LAST_POSITIONS)
# Whose task it is, if neither the head nor anybody above may do it.
NOBODY_ABOVE = "somebody new in one of the highest positions"
NEVER_NAMED_BY_SALES = frozenset({MANAGER, "delivery_lead", "finance", "legal"})


def may_fill(state: Engagement, role: str, person_id: PersonId | None) -> bool:
    """True for an active colleague whom nothing bars from filling this role by their position.

    Never the project manager, anybody who sells or sold the deal if the role judges it, or an engagement manager whose
    own successor is sought.
    """
    return person_id is not None and why_may_not_fill(state, role, person_id) is None


def why_may_not_fill(state: Engagement, role: str, person_id: PersonId) -> str | None:
    """Why somebody may not fill a role, phrased to follow their name; None if they may."""
    if not state.cast.is_here(person_id):
        return "has left"
    if not state.may_be_above(person_id):
        return "manages the project"
    if person_id in barred(state, role):
        return "sells or sold this deal"
    if is_own_successor(state, role, person_id):
        return "cannot name their own successor"
    is_theirs = role not in PARTY_NAMERS or PARTY_NAMERS[role] & set(state.cast.roles_of(person_id))
    return None if is_theirs else f"cannot name the {role_label(role)}"


def barred(state: Engagement, role: str) -> tuple[PersonId, ...]:
    """The sellers, if the role judges what they sell."""
    return tuple(sorted(state.sellers)) if role in NEVER_NAMED_BY_SALES else ()


def is_own_successor(state: Engagement, role: str, person_id: PersonId) -> bool:
    """True for an engagement manager, whose successor their head names, unless they are that head themselves."""
    roles_held = state.cast.roles_of(person_id)
    return role == MANAGER and MANAGER in roles_held and state.head_role(role) not in roles_held


def require_may_fill(state: Engagement, role: str, *people: PersonId) -> None:
    """Raises PermissionDenied if one of these people sells or sold the deal and the role judges it."""
    seller = next((person_id for person_id in people if person_id in barred(state, role)), None)
    if seller is not None:
        raise PermissionDenied(
            f"{state.cast.name(seller)} sells or sold this deal. Sales cannot name, allow or release its "
            f"{role_label(role)}.",
            remedy=f"{capitalized(who_heads(state, role))} does.",
        )


def head_of(state: Engagement, role: str) -> PersonId | None:
    """The head of a role's function, if they may fill it; else the first holder of the highest positions who may."""
    people = (state.cast.holder(position) for position in (state.head_role(role), *_HIGHEST))
    return next((person_id for person_id in people if may_fill(state, role, person_id)), None)


def who_heads(state: Engagement, role: str) -> str:
    """The same by name; `NOBODY_ABOVE` if nobody may."""
    head = head_of(state, role)
    return state.cast.name(head) if head is not None else NOBODY_ABOVE


def who_may_fill(
    state: Engagement, role: str, reached: Iterable[PersonId | None] = (), told: Iterable[PersonId] = ()
) -> tuple[PersonId, ...]:
    """Who must see that a role is filled: those reached by its ladder, in that order, and the head of its function.

    If none of them may: the first who may of the highest positions, the other rungs, and the engagement manager; else
    those told before who still may. Empty if nobody may: it waits for somebody eligible.
    """
    near = dict.fromkeys((*reached, state.cast.holder(state.head_role(role))))
    found = [person_id for person_id in near if person_id is not None and may_fill(state, role, person_id)]
    found = found or [person_id for person_id in _far(state) if may_fill(state, role, person_id)][:1]
    return tuple(found or [person_id for person_id in told if may_fill(state, role, person_id)])


def _far(state: Engagement) -> list[PersonId]:
    rungs = (rung.role for rung in state.playbook.ladder.vacancy)
    held = (state.cast.holder(name) for name in (*_HIGHEST, *rungs, MANAGER))
    return [person_id for person_id in held if person_id is not None]


def accountable_for(
    state: Engagement, role: str, reached: Iterable[PersonId | None] = (), told: Iterable[PersonId] = ()
) -> PersonId:
    """The first of them; if nobody may, the overseer, who must see to it that somebody eligible is found."""
    return next(iter(who_may_fill(state, role, reached, told)), state.overseer)


def why_nobody_may_fill(state: Engagement, role: str) -> str:
    """Why none of the people responsible may fill the role, each by name."""
    head = state.cast.holder(state.head_role(role))
    people = dict.fromkeys(([head] if head is not None else []) + _far(state))
    why = [f"{state.cast.name(person_id)} {why_may_not_fill(state, role, person_id)}" for person_id in people]
    return f"Nobody may name the {role_label(role)}: {listed(why)}."


def who_must_fill(state: Engagement, vacancy: Vacancy) -> tuple[PersonId, ...]:
    """Who must fill a vacancy: the accountable person, then everybody told before, if they may fill it."""
    return who_may_fill(state, vacancy.role, (vacancy.accountable, *vacancy.told))


def who_may_name(state: Engagement, vacancy: Vacancy) -> tuple[PersonId, ...]:
    """The same, their stand-ins, and the engagement manager for every role but their own."""
    manager = state.cast.holder(MANAGER)
    people = (*who_must_fill(state, vacancy), *(one.person_id for one in vacancy.stand_ins))
    people += (manager,) if manager is not None and may_fill(state, vacancy.role, manager) else ()
    return tuple(dict.fromkeys(people))
