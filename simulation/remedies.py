"""How a firm deals with gaps: vacancies are filled by those told of them, and silence is followed up."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NoReturn

from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind
from domain.directory.people import Absence, Person
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReplaceHolder, RequestRole
from domain.engagement.roles.coverage import PM
from domain.engagement.roles.values import Vacancy, VacancyCause, Waiver
from domain.shared.errors import BadValue, Refusal
from domain.shared.values import PersonId
from simulation.agenda import CHASE, Act, Action, Agenda
from simulation.firm import Firm

FILL = 4.0
# Named, not asked.
PARTIES = frozenset({"provider_sponsor", "client_sponsor", "client_signatory", "counterpart"})
MAX_TRIES = 8
# After so many follow-ups, another person is named in place of the one who is silent.
PATIENCE = 2


class Remedies:
    """The actions of those accountable for an engagement's gaps."""

    def __init__(self, agenda: Agenda, firm: Firm) -> None:
        self.agenda, self.firm = agenda, firm
        self.running, self.rng = agenda.running, firm.rng
        self.tried: dict[str, int] = {}

    def deeds(self) -> Iterator[Action]:
        """What the accountable have to do now."""
        state = self.running.state
        if state.is_over or state.hold is not None:
            return
        for role, vacancy in state.vacancies.items():
            if role not in state.proposals:
                yield from self._fills(role, vacancy)
        for asking in self.running.askings():
            for ask in asking.open_asks():
                if ask.rung > 1 and ask.clock.since is not None:
                    yield self._chase(asking, ask)

    # -- vacancies

    def _fills(self, role: str, vacancy: Vacancy) -> Iterator[Action]:
        for person_id in vacancy.told:
            key = f"fill:{role}:{person_id}:{vacancy.cause.value}:{self.tried.get(role, 0)}"
            yield Action(key, person_id, self._filling(role, person_id), pace=FILL)

    def _filling(self, role: str, person_id: PersonId) -> Act:
        def fill(now: datetime) -> None:
            self.tried[role] = self.tried.get(role, 0) + 1
            vacancy = self.running.state.vacancies[role]
            if vacancy.cause is VacancyCause.AWAY:
                self._name_a_delegate(role, now)
            elif role in PARTIES:
                self.name_party(role, person_id, now)
            elif self.rng.random() < 0.15:
                self._somebody_volunteers(role, now)
            else:
                self.propose(role, person_id, now)

        return fill

    def _name_a_delegate(self, role: str, now: datetime) -> None:
        """Someone with the same work answers until the holder is back: the directory says so from the next day."""
        holder = self.running.state.cast.holder(role)
        if holder is None or self.rng.random() < 0.4:
            return
        today = self.firm.calendar(holder).local_day(now)
        others = [p.id for p in self.firm.candidates(role, None, excluding=(holder,))]
        free = [person_id for person_id in others if self.firm.back_on(person_id, now) is None]

        def covered(absence: Absence) -> Absence:
            concerned = absence.person == holder and absence.first <= today <= absence.last
            return absence.replace(delegate=free[0]) if concerned and free else absence

        self.firm.change(absences=tuple(covered(absence) for absence in self.firm.directory.absences))

    def propose(self, role: str, by: PersonId, now: datetime, *, instead_of: PersonId | None = None) -> None:
        """Proposes someone competent, or someone nearly so with a waiver. Raises if there is no one."""
        state = self.running.state
        taken = {instead_of, state.cast.holder(role), state.seller, *state.cast.positions.values(), None}
        excluded = [person for person in taken if person is not None]
        able = self.firm.candidates(role, state.vertical, excluding=excluded)
        for person in able[:MAX_TRIES]:
            with suppress(Refusal):
                self._ask(role, person, by, now, None, replaced=instead_of is not None)
                return
        for person in self._nearly(role, excluded)[:MAX_TRIES]:
            with suppress(Refusal):
                until = (now + timedelta(days=self.rng.choice((30, 90, 300)))).date()
                waiver = Waiver(reason="Grown into it, with a coach.", until=until)
                self._ask(role, person, by, now, waiver, replaced=instead_of is not None)
                return
        _nobody(role)

    def _ask(
        self, role: str, person: Person, by: PersonId, now: datetime, waiver: Waiver | None, *, replaced: bool
    ) -> None:
        facts = self.firm.facts_of(person)
        if replaced and self.running.state.cast.holder(role) is not None:
            last_day = (now + timedelta(days=self.rng.randint(2, 15))).date() if self.rng.random() < 0.7 else None
            reason = "Another would do better."
            self.running.do(ReplaceHolder(role=role, reason=reason, last_day=last_day, waiver=waiver, **facts), by, now)
        else:
            self.running.do(ProposeHolder(role=role, waiver=waiver, **facts), by, now)

    def _nearly(self, role: str, excluded: list[PersonId]) -> list[Person]:
        """Colleagues for whom a waiver is possible: no project managers, and no one who sells."""
        here = [self.firm.people[person_id] for person_id in self.firm.colleagues() if person_id not in excluded]
        near = [p for p in here if PM not in p.roles and "sales" not in p.roles]
        return self.rng.sample(near, min(MAX_TRIES, len(near))) if role != PM else []

    def _somebody_volunteers(self, role: str, now: datetime) -> None:
        """A colleague asks for the role in their own words; until a date, if they lack levels."""
        state = self.running.state
        able = self.firm.candidates(role, state.vertical, excluding=(state.seller,))
        here = [self.firm.people[person_id] for person_id in self.firm.colleagues()]
        me = able[0] if able and self.rng.random() < 0.7 else self.rng.choice(here)
        second = me.id == state.cast.holder(PM)
        days = self.rng.randint(5, 30) if second else self.rng.randint(20, 200)
        until = (now + timedelta(days=days)).date() if second or me not in able else None
        request = RequestRole(role=role, words="I would gladly do it.", until=until, **self.firm.facts_of(me))
        self.running.do(request, me.id, now)

    def name_party(self, party: str, by: PersonId, now: datetime) -> None:
        """Names another sponsor or signatory, by whoever may. Raises if there is no one."""
        state = self.running.state
        if party == "provider_sponsor":
            able = [self.firm.people[p] for p in dict.fromkeys(self.firm.directory.positions.values())]
        else:
            theirs = self.firm.directory.client_people(state.client)
            able = [p for p in theirs if p.active and party in p.part] or [p for p in theirs if p.active]
        self.rng.shuffle(able)
        for person in able:
            with suppress(Refusal):
                command = NameParty.model_validate({"party": party, "person": person, "reason": "The last has gone."})
                self.running.do(command, by, now)
                return
        _nobody(party)

    # -- silence

    def _chase(self, asking: AskHolder, ask: Ask) -> Action:
        times = self.agenda.chased.get(ask.id, 0)
        one = asking.accountable_for(ask)
        return Action(f"chase:{ask.id}:{one}:{times}:{ask.rung}", one, self._chasing(ask, one), pace=CHASE)

    def _chasing(self, ask: Ask, one: PersonId) -> Act:
        """Reminds in person; finally names another."""

        def chase(now: datetime) -> None:
            times = self.agenda.chased[ask.id] = self.agenda.chased.get(ask.id, 0) + 1
            roles = [role for voter in ask.silent for role in voter.roles]
            if ask.kind is AskKind.ACCEPT_ROLE:
                self.propose(roles[0], self._head(roles[0], one), now, instead_of=ask.silent[0].person_id)
            elif times >= PATIENCE and roles:
                self._another(roles[0], one, now)

        return chase

    def _another(self, role: str, one: PersonId, now: datetime) -> None:
        """Names another person in place of the one who is silent; holders of positions are only reminded."""
        state = self.running.state
        holder = state.cast.holder(role)
        if role in PARTIES:
            self.name_party(role, self._head(role, one), now)
        elif state.playbook.role(role) is not None:
            self.propose(role, self._head(role, one), now, instead_of=holder)

    def _head(self, role: str, otherwise: PersonId) -> PersonId:
        state = self.running.state
        return state.cast.holder(state.head_role(role)) or otherwise


def _nobody(role: str) -> NoReturn:
    raise BadValue(f"Nobody can be {role} now.", remedy="Hire.", field="role")
