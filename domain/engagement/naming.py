"""Who has a hand in who holds a role: who names a holder, allows a wish for it, releases it, and whom its vacancy asks.

One rule for all of these, for who stands in as for whoever they stand in for. Weighed: a check at each command (the
seller who could not name the delivery lead allowed whoever asked for the role, and released them), or none for a head
who sells (then they choose who judges what they sell).
"""

from domain.asks import LAST_POSITIONS
from domain.engagement.state import Engagement, Vacancy
from domain.people import CFO, MANAGING_DIRECTOR
from domain.playbook import role_label
from domain.refusals import NotYours

MANAGER = "engagement_manager"
ABOVE_THE_MANAGER = "head_of_engagement_management"
_CLIENT_PARTY = frozenset({"sales", MANAGER, ABOVE_THE_MANAGER})
PARTY_NAMERS = {
    "provider_sponsor": frozenset({ABOVE_THE_MANAGER, MANAGING_DIRECTOR}),
    "client_sponsor": _CLIENT_PARTY,
    "client_signatory": _CLIENT_PARTY,
    "counterpart": _CLIENT_PARTY,
}
NEVER_NAMED_BY_SALES = frozenset({MANAGER, "delivery_lead", "finance", "legal"})


def may_fill(state: Engagement, role: str, person: str | None) -> bool:
    """True for a colleague who is there and whom nothing bars from seeing that a role is held, by a position of theirs.

    Never the project manager, nor who sells or sold the deal where the role judges it.
    """
    if not state.may_be_above(person) or person in barred(state, role):
        return False
    return role not in PARTY_NAMERS or bool(PARTY_NAMERS[role] & set(state.cast.roles_of(person)))


def barred(state: Engagement, role: str) -> tuple[str, ...]:
    """Who sells or sold what a role judges."""
    return tuple(sorted(state.sellers)) if role in NEVER_NAMED_BY_SALES else ()


def require_may_fill(state: Engagement, role: str, *people: str) -> None:
    """Raises NotYours where one of these sells or sold the deal, and the role judges it."""
    seller = next((person for person in people if person in barred(state, role)), None)
    if seller is not None:
        raise NotYours(
            f"{state.cast.name(seller)} sells or sold this deal. Sales never names, allows or releases its "
            f"{role_label(role)}.",
            remedy=f"{state.cast.name(head_of(state, role))} does.",
        )


def head_of(state: Engagement, role: str) -> str:
    """Who heads a role's function, where they may fill it; else the first above who may."""
    head = state.cast.holder(state.head_role(role))
    return head if head is not None and may_fill(state, role, head) else above(state, role)


def above(state: Engagement, role: str) -> str:
    """The managing director, or the first of the highest positions who may fill a role; where none may, who is above.

    Somebody is accountable also in a firm where everybody above sells the deal.
    """
    people = [state.cast.holder(position) for position in (MANAGING_DIRECTOR, CFO, *LAST_POSITIONS)]
    there = (person for person in people if state.may_be_above(person))
    return next((p for p in people if p is not None and may_fill(state, role, p)), next(there, state.overseer))


def who_may_fill(state: Engagement, vacancy: Vacancy) -> tuple[str, ...]:
    """Whose a vacancy is: who is accountable, then everybody it was told before, and the head of its function."""
    people = (vacancy.accountable, *vacancy.told, state.cast.holder(state.head_role(vacancy.role)))
    return tuple(person for person in dict.fromkeys(people) if person and may_fill(state, vacancy.role, person))


def who_may_name(state: Engagement, vacancy: Vacancy) -> tuple[str, ...]:
    """Those, who stands in for one of them, and the engagement manager for each role but their own."""
    manager = state.cast.holder(MANAGER) if vacancy.role != MANAGER else None
    people = (*who_may_fill(state, vacancy), *(one.person for one in vacancy.stand_ins), manager)
    return tuple(dict.fromkeys(person for person in people if person))
