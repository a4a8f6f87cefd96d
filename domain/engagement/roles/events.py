"""Events about roles: who was proposed, accepted or left, what is vacant, who is known."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from domain.directory.directory import Client
from domain.directory.people import Absence, Delegation, Introduction, Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import (
    Expectations,
    Handover,
    Holding,
    Proposal,
    Proposed,
    Vacancy,
    VacancyCause,
    VacancyReason,
    VacancyStandIn,
)
from domain.shared.calendar import Calendar
from domain.shared.limits import MAX_VACANCY_REASON_BYTES
from domain.shared.text import LongText, ShortText, TextToTell, shortened
from domain.shared.transaction import Event
from domain.shared.values import Day, Moment, Name, PersonId, RoleName, Value

K = TypeVar("K")
V = TypeVar("V")


def _without(table: Mapping[K, V], key: K) -> dict[K, V]:
    return {name: value for name, value in table.items() if name != key}


def _further(state: Engagement, role: str, person_id: PersonId | None) -> tuple[Holding, ...]:
    """This person's holding as a further expert of this role, if there is one."""
    return tuple(h for h in state.further_holdings if (h.role, h.person_id) == (role, person_id))


def _sold_by(state: Engagement, role: str) -> tuple[PersonId, ...]:
    """The former sellers, the most recent last; if `role` is sales, including the one now followed."""
    before = state.cast.holders.get("sales")
    if role != "sales" or not before:
        return state.sold_by
    return (*(person_id for person_id in state.sold_by if person_id != before), before)


class HolderProposed(Event):
    """Somebody was named for a role; they and their stand-ins are known here from now on."""

    kind: Literal["HolderProposed"] = "HolderProposed"
    on: Day
    """Today, where the person works."""
    proposal: Proposal
    people: tuple[Person, ...]
    calendars: tuple[Calendar, ...] = ()
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()

    def evolve(self, state: Engagement) -> Engagement:
        cast = state.cast.knowing(
            Introduction(
                people=self.people,
                calendars=self.calendars,
                absences=self.absences,
                delegations=self.delegations,
            )
        )
        person_id, before = self.proposal.person_id, state.proposed.get(self.proposal.person_id)
        times = before.times + 1 if before is not None and before.on == self.on else 1
        recent = {one: asked for one, asked in state.proposed.items() if asked.on >= self.on}
        return state.replace(
            cast=cast,
            proposals={**state.proposals, self.proposal.role: self.proposal},
            proposed={**recent, person_id: Proposed(on=self.on, times=times)},
        )


class ProposalEnded(Event):
    """The person proposed did not accept, or somebody else was proposed."""

    kind: Literal["ProposalEnded"] = "ProposalEnded"
    role: RoleName
    declined: LongText | None = None
    """Who declined, and why."""

    def evolve(self, state: Engagement) -> Engagement:
        rest = state.replace(proposals=_without(state.proposals, self.role))
        if self.declined is None or self.role in state.cast.holders:
            return rest
        before = state.unheld.get(self.role)
        unheld = VacancyReason(
            cause=VacancyCause.DECLINED,
            because=shortened(self.declined, MAX_VACANCY_REASON_BYTES),
            released=before.released if before else None,
        )
        return rest.replace(unheld={**state.unheld, self.role: unheld})


class RoleAccepted(Event):
    kind: Literal["RoleAccepted"] = "RoleAccepted"
    holding: Holding
    further: bool = False
    before: PersonId | None = None
    """Who held it until now."""
    because: TextToTell | None = None
    """Why somebody else holds it now."""
    handover: Handover | None = None
    """The previous holder, if they stay for some days."""

    def evolve(self, state: Engagement) -> Engagement:
        state = state.replace(proposed=_proposed_but_for(state, self.holding))
        role, cast, holding = self.holding.role, state.cast, self.holding.in_short()
        proposals = {k: v for k, v in state.proposals.items() if k != role}
        if self.further and role in cast.holders:
            more = (*cast.further_experts.get(role, ()), self.holding.person_id)
            cast = cast.replace(further_experts={**cast.further_experts, role: more})
            further = (*state.further_holdings, holding)
            return state.replace(cast=cast, proposals=proposals, further_holdings=further)
        others = tuple(p for p in cast.further_experts.get(role, ()) if p != self.holding.person_id)
        experts = _without(cast.further_experts, role) | ({role: others} if others else {})
        cast = cast.replace(holders={**cast.holders, role: self.holding.person_id}, further_experts=experts)
        moved_up = _further(state, role, self.holding.person_id)
        return state.replace(
            cast=cast,
            further_holdings=tuple(holding for holding in state.further_holdings if holding not in moved_up),
            sold_by=_sold_by(state, role),
            handovers=(*(h for h in state.handovers if h.role != role), *((self.handover,) if self.handover else ())),
            proposals=proposals,
            holdings={**state.holdings, role: holding},
            unheld=_without(state.unheld, role),
            vacancies=_without(state.vacancies, role),
        )


def _proposed_but_for(state: Engagement, holding: Holding) -> dict[PersonId, Proposed]:
    """The counts of proposals per person, without the one accepted if it was made on the same day."""
    proposal, before = state.proposals.get(holding.role), state.proposed.get(holding.person_id)
    ask = state.asks.get(proposal.ask_id) if proposal is not None else None
    if ask is None or before is None or state.cast.calendar_of(holding.person_id).local_day(ask.opened_at) != before.on:
        return state.proposed
    return {**state.proposed, holding.person_id: before.replace(times=max(before.times - 1, 0))}


class RoleReleased(Event):
    """The role has no holder: it was released, its time ended, or its holder left or lost the competence."""

    kind: Literal["RoleReleased"] = "RoleReleased"
    role: RoleName
    person_id: PersonId
    cause: VacancyCause = VacancyCause.RELEASED
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        holders = _without(state.cast.holders, self.role)
        further = dict(state.cast.further_experts)
        if further.get(self.role):
            holders[self.role], *rest = further.pop(self.role)
            further |= {self.role: tuple(rest)} if rest else {}
        released = self.person_id if self.cause is VacancyCause.RELEASED else None
        why = VacancyReason(
            cause=self.cause, because=shortened(self.reason, MAX_VACANCY_REASON_BYTES), released=released
        )
        unheld = {**state.unheld, self.role: why}
        next_one = _further(state, self.role, holders.get(self.role))
        return state.replace(
            cast=state.cast.replace(holders=holders, further_experts=further),
            sold_by=_sold_by(state, self.role),
            holdings=_without(state.holdings, self.role) | {holding.role: holding for holding in next_one},
            further_holdings=tuple(holding for holding in state.further_holdings if holding not in next_one),
            unheld=unheld if self.role not in holders else state.unheld,
        )


class ExpertLeft(Event):
    """One of several experts in a discipline stops estimating; the others continue."""

    kind: Literal["ExpertLeft"] = "ExpertLeft"
    role: RoleName
    person_id: PersonId
    reason: LongText

    def evolve(self, state: Engagement) -> Engagement:
        rest = tuple(p for p in state.cast.further_experts.get(self.role, ()) if p != self.person_id)
        further = _without(state.cast.further_experts, self.role) | ({self.role: rest} if rest else {})
        gone = _further(state, self.role, self.person_id)
        return state.replace(
            cast=state.cast.replace(further_experts=further),
            further_holdings=tuple(holding for holding in state.further_holdings if holding not in gone),
        )


class ReplacementSought(Event):
    """A successor is sought; the holder stays until one accepts, or until their last day."""

    kind: Literal["ReplacementSought"] = "ReplacementSought"
    role: RoleName
    person_id: PersonId
    successor: PersonId
    because: TextToTell
    last_day: Day | None = None

    def evolve(self, state: Engagement) -> Engagement:
        if self.last_day is None:
            return state
        holding = state.holdings.get(self.role) or Holding(
            role=self.role, person_id=self.person_id, proposed_by=self.person_id, accepted_at=state.started_at
        )
        ends = min(day for day in (holding.until, self.last_day + timedelta(days=1)) if day is not None)
        return state.replace(holdings={**state.holdings, self.role: holding.replace(until=ends)})


class SuccessorRefused(Event):
    """The named successor of somebody who left may not hold the role; it stays vacant, with the reason."""

    kind: Literal["SuccessorRefused"] = "SuccessorRefused"
    role: RoleName
    successor: PersonId
    because: TextToTell

    def evolve(self, state: Engagement) -> Engagement:
        unheld = state.unheld[self.role].replace(because=shortened(self.because, MAX_VACANCY_REASON_BYTES))
        return state.replace(unheld={**state.unheld, self.role: unheld})


class HandoverEnded(Event):
    """The previous holder no longer stays with their successor."""

    kind: Literal["HandoverEnded"] = "HandoverEnded"
    handover: Handover

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(handovers=tuple(h for h in state.handovers if h != self.handover))


class ExpectationsAgreed(Event):
    """What is expected of a role's holder, as put to the client; `by` is who confirmed it, once they have."""

    kind: Literal["ExpectationsAgreed"] = "ExpectationsAgreed"
    role: RoleName
    expectations: Expectations
    by: PersonId | None = None
    at: Moment | None = None

    def evolve(self, state: Engagement) -> Engagement:
        holding = state.holdings.get(self.role)
        if holding is None:
            return state
        agreed = holding.replace(expectations=self.expectations, confirmed_by=self.by, confirmed_at=self.at)
        return state.replace(holdings={**state.holdings, self.role: agreed})


class PartyNamed(Event):
    """Another sponsor, signatory or counterpart."""

    kind: Literal["PartyNamed"] = "PartyNamed"
    party: RoleName
    person: Person
    before: PersonId | None = None
    stand_ins: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    because: TextToTell

    def evolve(self, state: Engagement) -> Engagement:
        cast = state.cast.knowing(
            Introduction(
                people=(self.person, *self.stand_ins),
                calendars=self.calendars,
                absences=self.absences,
                delegations=self.delegations,
            )
        )
        cast = cast.replace(holders={**cast.holders, self.party: self.person.id})
        return state.replace(
            cast=cast, unheld=_without(state.unheld, self.party), vacancies=_without(state.vacancies, self.party)
        )


class AddressMoved(Value):
    """The mail address of one of the client's people changed; `before` is the old one."""

    person_id: PersonId
    before: ShortText


class DirectoryTaken(Event):
    """The directory's current data about people known here. Nobody is forgotten: people who left keep their name."""

    kind: Literal["DirectoryTaken"] = "DirectoryTaken"
    version: int
    people: tuple[Person, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    positions: dict[Name, PersonId]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    client: Annotated[Client | None, Field(exclude_if=lambda client: client is None)] = None
    client_name: Annotated[ShortText | None, Field(exclude_if=lambda name: name is None)] = None
    moved: Annotated[tuple[AddressMoved, ...], Field(exclude_if=lambda moved: not moved)] = ()
    because: TextToTell

    def evolve(self, state: Engagement) -> Engagement:
        cast = state.cast
        cast = cast.replace(
            people={**cast.people, **{person.id: person for person in self.people}},
            calendars={**cast.calendars, **{calendar.name: calendar for calendar in self.calendars}},
            positions=self.positions,
            absences=self.absences,
            delegations=self.delegations,
            begun=tuple(period for period in cast.begun if period in {*self.absences, *self.delegations}),
        )
        client = state.client_to_confirm if self.client is None else None if self.client.is_confirmed else self.client
        known = {"cast": cast, "directory": self.version, "client_to_confirm": client}
        return state.replace(**known, client=self.client_name or state.client)


class VacancyOpened(Event):
    kind: Literal["VacancyOpened"] = "VacancyOpened"
    vacancy: Vacancy

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(vacancies={**state.vacancies, self.vacancy.role: self.vacancy})


class VacancyCauseChanged(Event):
    """Still vacant, or soon to be, but for another reason. Its clock and ladder continue."""

    kind: Literal["VacancyCauseChanged"] = "VacancyCauseChanged"
    role: RoleName
    cause: VacancyCause
    because: TextToTell
    about: Annotated[tuple[str, ...], Field(exclude_if=lambda about: not about)] = ()

    def evolve(self, state: Engagement) -> Engagement:
        turned = state.vacancies[self.role].replace(cause=self.cause, because=self.because, about=self.about)
        return state.replace(vacancies={**state.vacancies, self.role: turned})


class VacancyEscalated(Event):
    """The vacancy is now this person's to fill; everybody told before is told again."""

    kind: Literal["VacancyEscalated"] = "VacancyEscalated"
    role: RoleName
    rung: int
    name: str
    accountable: PersonId
    told: tuple[PersonId, ...]

    def evolve(self, state: Engagement) -> Engagement:
        climbed = state.vacancies[self.role].replace(rung=self.rung, accountable=self.accountable, told=self.told)
        return state.replace(vacancies={**state.vacancies, self.role: climbed})


class VacancyCovered(Event):
    """The people who may name a holder now for whoever must fill the vacancy, replacing those before."""

    kind: Literal["VacancyCovered"] = "VacancyCovered"
    role: RoleName
    stand_ins: tuple[VacancyStandIn, ...]

    def evolve(self, state: Engagement) -> Engagement:
        covered = state.vacancies[self.role].replace(stand_ins=self.stand_ins)
        return state.replace(vacancies={**state.vacancies, self.role: covered})


class VacancyClosed(Event):
    """The role is no longer needed, or its holder is back."""

    kind: Literal["VacancyClosed"] = "VacancyClosed"
    role: RoleName

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(vacancies={k: v for k, v in state.vacancies.items() if k != self.role})


class VacancyClocksSet(Event):
    """The clocks of all vacancies were stopped or started with the engagement's."""

    kind: Literal["VacancyClocksSet"] = "VacancyClocksSet"
    vacancies: dict[RoleName, Vacancy]

    def evolve(self, state: Engagement) -> Engagement:
        return state.replace(vacancies=self.vacancies)


AnyRoleEvent = (
    HolderProposed
    | ProposalEnded
    | RoleAccepted
    | RoleReleased
    | ExpertLeft
    | ReplacementSought
    | SuccessorRefused
    | HandoverEnded
    | ExpectationsAgreed
    | PartyNamed
    | DirectoryTaken
    | VacancyOpened
    | VacancyCauseChanged
    | VacancyEscalated
    | VacancyCovered
    | VacancyClosed
    | VacancyClocksSet
)
