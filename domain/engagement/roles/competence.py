"""Whether somebody meets what a role requires, or has a temporary waiver."""

from datetime import date

from domain.asks.bound_facts import LACKS, part_of
from domain.asks.model import Ask
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import (
    head_of,
    who_heads,
)
from domain.engagement.roles.qualification import covering, defined_role, gaps_of, missing_for, unwaived
from domain.engagement.roles.values import Holding, Proposal, Waiver
from domain.playbook.model import Role, role_label
from domain.shared.errors import (
    BadValue,
    NotCompetent,
    NotWhatWasShown,
    OwnRequest,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import capitalized, is_said
from domain.shared.transaction import Transaction

MAX_WAIVER_DAYS = 366
# What everybody in a deal may read about somebody's levels; only those who fill the role see the levels themselves.
NOT_FIT = "does not meet the requirements of the role"


def require_competent(
    transaction: Transaction[Engagement], person: Person, role: str, defined: Role, waiver: Waiver | None
) -> Waiver | None:
    """Returns the waiver with what it covers. Raises NotCompetent with the gaps, unless the role's head waives them."""
    state = transaction.state
    if person.client is not None or not person.active:
        raise BadValue(
            f"{person.name} does not work for the firm.",
            remedy="Name somebody who does.",
            action=RemedyAction.LIST_CANDIDATES,
            field="person_id",
        )
    lacking = gaps_of(person, role, defined)
    head = who_heads(state, role)
    if waiver is not None:
        _check_waiver(transaction, role, waiver, person)
        return covering(waiver, person, role, defined)
    if lacking:
        raise NotCompetent(
            f"{person.name} does not meet the requirements for {role_label(role)}: {'; '.join(lacking)}.",
            remedy=f"Name somebody competent, or have {head} waive it with a reason and an end date.",
            action=RemedyAction.LIST_CANDIDATES,
        )
    return None


def _check_waiver(transaction: Transaction[Engagement], role: str, waiver: Waiver, person: Person) -> None:
    head = head_of(transaction.state, role)
    if transaction.actor.person_id != head:
        raise NotCompetent(
            "Only the head of the role's function can waive missing levels.",
            remedy=f"{capitalized(who_heads(transaction.state, role))} can propose them with the waiver.",
            action=RemedyAction.PROPOSE_WITH_WAIVER,
        )
    if person.id == head:
        raise OwnRequest(
            "You cannot waive your own missing levels.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_CANDIDATES,
        )
    require_waiver_days(transaction, waiver.until, "waiver.until")


def require_waiver_days(transaction: Transaction[Engagement], until: date, field: str) -> None:
    days = (until - transaction.state.cast.calendar_of(transaction.actor.person_id).local_day(transaction.now)).days
    if not 0 < days <= MAX_WAIVER_DAYS:
        raise BadValue("A waiver must end within the next year.", remedy="Give an earlier day.", field=field)


def waiver_of(state: Engagement, ask: Ask, proposal: Proposal, said: str | None) -> Waiver | None:
    """The waiver given by approving a request that named what is lacking, with reason and end. Raises BadValue."""
    if not ask.tells_levels:
        return None
    if said is None or not is_said(said) or proposal.until is None:
        raise BadValue(
            "They lack required levels. Approving waives these, and needs a reason.",
            remedy="Give the reason.",
            field="reason",
        )
    person, defined = state.cast.people[proposal.person_id], defined_role(state, proposal.role)
    if missing_for(person, proposal.role, defined) != part_of(ask.facts, LACKS):
        raise NotWhatWasShown(
            f"{person.name} now lacks other levels than were shown.", remedy="Decline it; they can ask again."
        )
    return covering(Waiver(reason=said, until=proposal.until), person, proposal.role, defined)


def require_still_competent(state: Engagement, holding: Holding) -> None:
    """Raises NotCompetent if the levels have fallen between the proposal and its acceptance."""
    lacking = unwaived(state, holding)
    if lacking:
        raise NotCompetent(
            f"{state.cast.name(holding.person_id)} no longer meets the requirements for {role_label(holding.role)}: "
            f"{'; '.join(lacking)}.",
            remedy=f"Decline it, or have {who_heads(state, holding.role)} propose it again, with a waiver.",
            action=RemedyAction.PROPOSE_WITH_WAIVER,
        )
