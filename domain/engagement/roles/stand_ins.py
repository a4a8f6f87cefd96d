"""Who stands in for a role's holder now: during an absence, or under a delegation of the whole role.

One rule for what they may do and see: a covered role is not vacant, and whoever covers it gives the role's commands as
B for A. Weighed: standing in only for what is owed (a stand-in for the project manager delivered milestones but could
record no hours and submit no change for two weeks). Excluded, unless owed as an act and done under that rule: naming
role holders, which has its own rule; pricing, which shows margins; what cannot be undone. Experts' hours are their own.

Somebody who acts for the seller counts as a seller from then on, and may judge nothing of the deal. Weighed: nobody who
judges, or whose position may come to judge, covers sales (this would miss somebody who covers first and judges later,
and a small firm's seller has nobody but a head).
"""

from collections.abc import Iterator
from datetime import date, datetime

from domain.asks.holder import AskHolder
from domain.asks.model import AskKind, listed
from domain.directory.people import Absence, Delegation, Period
from domain.engagement.aggregate import Engagement
from domain.engagement.closing.commands import CancelEngagement, CloseEngagement, LoseDeal
from domain.engagement.command import Command
from domain.engagement.documents.commands import ExtendOffer, SendDocument
from domain.engagement.engagement_events import SoldForAnother
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import (
    AgreeExpectations,
    NameParty,
    ProposeHolder,
    ReleaseRole,
    ReplaceHolder,
    RequestRole,
)
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.coverage import PM
from domain.playbook.model import role_label
from domain.shared.errors import NotByDefault
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import PersonId, RoleName

SALES = "sales"
# A stand-in may not decide who holds a role.
NOT_BY_COVER = (ProposeHolder, ReplaceHolder, ReleaseRole, RequestRole, AgreeExpectations, NameParty)
SHOWS_MARGINS = (ProposePrice,)
# Endings, what is sent to the client, and a date promised to them.
CANNOT_BE_UNDONE = (LoseDeal, CancelEngagement, CloseEngagement, SendDocument, ExtendOffer)


def who_covers(state: AskHolder, absence: Absence, role: RoleName) -> Iterator[PersonId]:
    """The active people who may answer for all of a role while its holder is away.

    Never the project manager, a client, or somebody who could not hold the role; a seller only for the seller.
    """
    if is_own_hours(state, role):
        return
    cast, away = state.cast, absence.person
    whole = [d for d in cast.delegations if d.person == away and not d.kinds and d.covers("", (role,), None)]
    given = (d.to for d in whole if d.first <= absence.first and absence.last <= d.last)
    named = (absence.delegate, *given, cast.people[away].deputy)
    yield from (person_id for person_id in named if person_id and may_cover(state, role, person_id, absence))


def is_own_hours(state: AskHolder, role: RoleName) -> bool:
    """True for an expert's role if nobody may give hours for another: an absent expert who owes some leaves a gap."""
    return role.startswith("expert:") and AskKind.ESTIMATE in state.playbook.ladder.never_answered_by_another


def may_cover(state: AskHolder, role: RoleName, person_id: PersonId, period: Period | None = None) -> bool:
    """True for an active colleague whom nothing bars from answering for a role's holder."""
    return not state.cast.is_gone(person_id) and why_may_not_cover(state, role, person_id, period) is None


def why_may_not_cover(
    state: AskHolder, role: RoleName, person_id: PersonId, period: Period | None = None
) -> str | None:
    """Why somebody may not answer for a role's holder, phrased to follow their name; None if they may.

    With a `period`, nobody stands in for both of two roles that may never be one person's: the earlier one wins.
    """
    if not state.cast.is_here(person_id):
        return "is not an active colleague"
    if person_id == state.cast.holder(PM):
        return "manages the project"
    if person_id in state.sellers and role != SALES:
        return "sells or sold this deal"
    try:
        check_compatible(state, role, person_id)
    except NotByDefault as never:
        return f"may not hold the role: {never.refused.detail.rstrip('.')}"
    other = _covered_before(state, role, person_id, period) if period is not None else None
    if other is not None:
        both = listed([role_label(other), role_label(role)])
        return f"stands in as {role_label(other)}, and {both} cannot be the same person"
    return None


def _covered_before(state: AskHolder, role: RoleName, person_id: PersonId, period: Period) -> RoleName | None:
    """A role, incompatible with this one, in which they stand in under a period that began earlier."""
    pairs = (pair for pair in state.playbook.second_role.excluded_pairs if role in pair)
    others = [other for pair in pairs for other in pair if other != role]
    known: list[Period] = [*state.cast.absences, *state.cast.delegations]
    before = [one for one in known if _order(one) < _order(period) and period.first <= one.last]
    given = (other for other in others for one in before if _gives(state, one, other, person_id))
    return next((other for other in given if why_may_not_cover(state, other, person_id) is None), None)


def _order(period: Period) -> tuple[date, PersonId]:
    """Sorts by the first day, and on the same day always in the same way."""
    return period.first, period.person


def _gives(state: AskHolder, period: Period, role: RoleName, person_id: PersonId) -> bool:
    """True if a period names somebody for all of a role."""
    if period.person != state.cast.holders.get(role):
        return False
    if isinstance(period, Delegation):
        return period.to == person_id and not period.kinds and period.covers("", (role,), None)
    return person_id in {period.delegate, state.cast.people[period.person].deputy}


def stand_ins_in(state: AskHolder, role: RoleName) -> tuple[PersonId, ...]:
    """Who stands in for all of a role now."""
    holder = state.cast.holders.get(role)
    if holder is None or state.cast.is_client(holder):
        return ()
    found = (
        person_id
        for period in state.cast.begun
        if period.person == holder
        for person_id in _covers(state, period, role)
    )
    return tuple(dict.fromkeys(person_id for person_id in found if person_id != holder))


def _covers(state: AskHolder, period: Period, role: RoleName) -> Iterator[PersonId]:
    if isinstance(period, Absence):
        yield from who_covers(state, period, role)
    elif not period.kinds and period.covers("", (role,), None) and may_cover(state, role, period.to, period):
        yield period.to


def roles_covered_by(state: AskHolder, person_id: PersonId) -> frozenset[RoleName]:
    """The roles in which somebody stands in for the holder now."""
    whose = {period.person for period in state.cast.begun if person_id in state.cast.named_by(period.person)}
    held = (role for role, holder in state.cast.holders.items() if holder in whose and not role.startswith("expert:"))
    return frozenset(role for role in held if person_id in stand_ins_in(state, role))


def who_stands_in_for(state: AskHolder, person_id: PersonId) -> tuple[PersonId, ...]:
    """Everybody who stands in for somebody in one of their roles."""
    if not any(period.person == person_id for period in state.cast.begun):
        return ()
    held = (role for role, holder in state.cast.holders.items() if holder == person_id)
    return tuple(dict.fromkeys(one for role in held for one in stand_ins_in(state, role)))


def covered_for(state: Engagement, command: Command | None, person_id: PersonId) -> frozenset[RoleName]:
    """The roles by which a stand-in may give this command."""
    if command is None or isinstance(command, (*NOT_BY_COVER, *SHOWS_MARGINS, *CANNOT_BE_UNDONE)):
        return frozenset()
    return roles_covered_by(state, person_id)


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with the current absences and delegations: no clock records them while on hold."""
    cast, holders = state.cast, set(state.cast.holders.values())
    known: list[Period] = [*cast.absences, *cast.delegations]
    of_holders = [one for one in known if one.person in holders and cast.begins(one) <= now < cast.ends(one)]
    begun = (*of_holders, *(period for period in cast.begun if period.person not in holders))
    return state if begun == state.cast.begun else state.replace(cast=state.cast.replace(begun=begun))


def for_the_holder(state: Engagement, allowed: frozenset[str], command: Command, actor: Actor) -> Actor:
    """The actor, marked as acting for the holder whose role allows the command."""
    role = next(iter(sorted(allowed & covered_for(state, command, actor.person_id))), None)
    holder = state.cast.holders.get(role) if role is not None else None
    return actor if holder is None else actor.replace(for_whom=holder)


def sell_for_another(transaction: Transaction[Engagement], by_roles: frozenset[str]) -> None:
    """Records somebody who acts for the seller: they count as a seller from now on, and may not judge the deal."""
    seller, person_id = transaction.state.cast.holders.get(SALES), transaction.actor.person_id
    sells = transaction.actor.for_whom is not None and transaction.actor.for_whom == seller and SALES in by_roles
    if sells and person_id not in transaction.state.sellers:
        transaction.record(SoldForAnother(person_id=person_id))
