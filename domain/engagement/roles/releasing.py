"""Giving up a role, its holder's departure, and naming another party."""

from domain.asks import delegation
from domain.asks.model import CLIENT_ROLES
from domain.asks.opening import next_ask_id
from domain.engagement.aggregate import Engagement
from domain.engagement.needs.client_confirmation import require_confirmed_person
from domain.engagement.roles.appointment import (
    require_may_fill,
)
from domain.engagement.roles.commands import NameParty, ReleaseRole
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.competence import NOT_FIT, require_competent
from domain.engagement.roles.coverage import NEVER_EMPTY, PM
from domain.engagement.roles.events import (
    ExpertLeft,
    HolderProposed,
    PartyNamed,
    RoleReleased,
    SuccessorRefused,
)
from domain.engagement.roles.proposing import TAKES_OVER, brought_skills, open_role_ask, require_another, role_facts
from domain.engagement.roles.values import Proposal, VacancyCause
from domain.playbook.model import role_label
from domain.shared.errors import (
    BadValue,
    NobodyAccountable,
    NotByDefault,
    NotCompetent,
    Refusal,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import capitalized, fitting
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

# Precedes the reason why a successor is not asked.
MAY_NOT_FOLLOW = "who was named as successor, cannot hold it: "


def propose_successor(transaction: Transaction[Engagement], role: str, successor: PersonId, before: PersonId) -> None:
    """Asks the successor named for somebody who left; if they may not hold the role, the vacancy says why."""
    state, defined = transaction.state, transaction.state.playbook.role(role)
    person = state.cast.people.get(successor)
    if person is None or defined is None or state.cast.holder(role) is not None or role in state.proposals:
        return
    try:
        require_another(transaction, role, successor)
        check_compatible(state, role, successor)
        require_competent(transaction, person, role, defined, None)
    except Refusal as refusal:
        told = f"{person.name} {NOT_FIT}." if isinstance(refusal, NotCompetent) else refusal.refused.detail
        why = f"{state.unheld[role].because}; {person.name}, {MAY_NOT_FOLLOW}{told}"
        transaction.record(SuccessorRefused(role=role, successor=successor, because=fitting(why)))
        return
    proposal = Proposal(role=role, person_id=successor, by=transaction.actor.person_id, ask_id=next_ask_id(state))
    today = state.cast.calendar_of(successor).local_day(transaction.now)
    transaction.record(HolderProposed(on=today, proposal=proposal, people=()))
    facts = role_facts(transaction, proposal) | {TAKES_OVER: before}
    open_role_ask(transaction, proposal, facts)


def release_role(transaction: Transaction[Engagement], command: ReleaseRole) -> None:
    """Makes a role vacant again. Not the seller's: every deal has one."""
    state = transaction.state
    holder = state.cast.holders.get(command.role)
    if command.role in {*NEVER_EMPTY, *CLIENT_ROLES}:
        raise NobodyAccountable(
            f"{capitalized(role_label(command.role))} cannot be left empty: every deal has one.",
            remedy="Name a successor.",
            action=RemedyAction.REPLACE_HOLDER,
        )
    if holder is None:
        raise BadValue(f"Nobody holds {role_label(command.role)}.", remedy="There is nothing to release.", field="role")
    require_may_fill(state, command.role, *transaction.actor.people)
    leave(transaction, command.role, holder, VacancyCause.RELEASED, command.reason)


def leave(
    transaction: Transaction[Engagement], role: str, person_id: PersonId, cause: VacancyCause, reason: str
) -> None:
    """Takes the role from this person; policies then pass on their open asks."""
    if transaction.state.cast.holders.get(role) == person_id:
        transaction.record(RoleReleased(role=role, person_id=person_id, cause=cause, reason=reason))
    else:
        transaction.record(ExpertLeft(role=role, person_id=person_id, reason=reason))


def name_party(transaction: Transaction[Engagement], command: NameParty) -> None:
    """Names another sponsor, signatory or counterpart. Raises BadValue for somebody on the other side."""
    state, person, party = transaction.state, command.person, command.party
    if not person.active or (person.client is not None) != (party in CLIENT_ROLES):
        raise BadValue(
            f"{person.name} is on the other side, or has left.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    if person.client is not None and person.client != state.client:
        raise BadValue(
            f"{person.name} is with another client.",
            remedy=f"Name one of {state.client}.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    require_confirmed_person(state, person)
    if state.cast.holder(party) == person.id:
        raise BadValue(
            f"{person.name} is the {role_label(party)} already.", remedy="There is nothing to do.", field="person_id"
        )
    if party == "provider_sponsor" and person.id in {*state.sellers, state.cast.holder(PM)}:
        raise NotByDefault(
            f"{person.name} sells this deal or manages its project, and cannot sponsor it.",
            remedy="Name somebody else.",
            action=RemedyAction.LIST_PEOPLE,
        )
    brought = brought_skills(transaction, command)
    named = PartyNamed(
        party=party,
        person=person,
        before=state.cast.holders.get(party),
        stand_ins=brought.people[1:],
        calendars=brought.calendars,
        absences=brought.absences,
        delegations=brought.delegations,
        because=command.reason,
    )
    transaction.record(named)
    delegation.refresh(transaction)
