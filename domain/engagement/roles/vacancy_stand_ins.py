"""Who fills a vacancy for the person who must, if they are away or delegate it.

As for acts owed, this is computed after each transaction, and only differences are recorded. So a stand-in is told and
sees the engagement, and loses both when the absence or delegation ends.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.directory.people import MANAGING_DIRECTOR, Matter
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.roles.appointment import may_fill, who_must_fill
from domain.engagement.roles.commands import ProposeHolder
from domain.engagement.roles.events import VacancyCovered
from domain.engagement.roles.vacancies import is_owed_as_act
from domain.engagement.roles.values import Vacancy, VacancyStandIn
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import PersonId

# What a delegation must cover; one for certain kinds of ask covers no vacancy.
VACANCY = "vacancy"


def watch(transaction: Transaction[Engagement]) -> None:
    """Records who stands in for each vacancy now, if that has changed."""
    for role, vacancy in list(transaction.state.vacancies.items()):
        stand_ins = () if transaction.state.is_over else stand_ins_for(transaction.state, vacancy, transaction.now)
        if stand_ins != vacancy.stand_ins:
            transaction.record(VacancyCovered(role=role, stand_ins=stand_ins))


def stand_ins_for(state: Engagement, vacancy: Vacancy, now: datetime) -> tuple[VacancyStandIn, ...]:
    """Who may name a holder for somebody else at this moment, each for the first person for whom they may."""
    if is_owed_as_act(state, vacancy.role):
        return ()  # it is done by whoever may do that act
    own = who_must_fill(state, vacancy)
    found: dict[PersonId, VacancyStandIn] = {}
    for person_id in (person_id for person_id in own if _is_theirs_to_name(state, vacancy, person_id)):
        for other in _who_answers_for(state, vacancy, person_id, now):
            if other not in own and _may_name(state, vacancy, other, now):
                found.setdefault(other, VacancyStandIn(person_id=other, instead_of=person_id))
    return tuple(found.values())


def _who_answers_for(state: Engagement, vacancy: Vacancy, person_id: PersonId, now: datetime) -> Iterator[PersonId]:
    """Their current delegates, or their deputy while they are away."""
    named = {state.head_role(vacancy.role), MANAGING_DIRECTOR, *(rung.role for rung in state.playbook.ladder.vacancy)}
    positions = (name for name, holder in state.cast.positions.items() if holder == person_id and name in named)
    matter = Matter(VACANCY, (*positions, vacancy.role), state.price_now)
    if state.cast.is_away(person_id, now):
        return state.cast.stand_ins(person_id, matter, now)
    return state.cast.delegates(person_id, matter, now)


def _may_name(state: Engagement, vacancy: Vacancy, person_id: PersonId, now: datetime) -> bool:
    """True if they could do it for themselves, and are not away."""
    return _is_theirs_to_name(state, vacancy, person_id) and not state.cast.is_away(person_id, now)


def _is_theirs_to_name(state: Engagement, vacancy: Vacancy, person_id: PersonId) -> bool:
    """Never the person whose successor is sought, not through a stand-in either."""
    return may_fill(state, vacancy.role, person_id) and person_id != state.cast.holder(vacancy.role)


def for_who_must_fill(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor, marked as acting for the person who must fill the vacancy, unless it is their own to fill."""
    vacancy = state.vacancies.get(command.role) if isinstance(command, ProposeHolder) else None
    if vacancy is None or actor.person_id in {*who_must_fill(state, vacancy), state.manager}:
        return actor
    whom = next((one.instead_of for one in vacancy.stand_ins if one.person_id == actor.person_id), None)
    return actor if whom is None else actor.replace(for_whom=whom)


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with the current stand-ins: no clock records the end of a period while on hold."""
    vacancies = {
        role: vacancy.replace(stand_ins=stand_ins_for(state, vacancy, now)) for role, vacancy in state.vacancies.items()
    }
    return state if vacancies == state.vacancies else state.replace(vacancies=vacancies)
