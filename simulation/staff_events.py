"""What happens to people, night by night: holidays, illness, leaving, hiring, lost competence, new heads."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from domain.directory.people import Absence, Delegation, Person
from domain.shared.values import PersonId
from simulation.firm import ABLE, Firm, client_person, hired

A_YEAR = 365
# The minimum number of colleagues.
FEWEST = 60


@dataclass
class StaffEvents:
    """The firm's nights. Probabilities are per person and year; `seen` counts what happened."""

    firm: Firm
    rng: Random
    absences: float = 5
    delegations: float = 0.4
    leaving: float = 0.1
    lost_competence: float = 0.06
    positions: float = 1.5
    clients_leaving: float = 0.08
    due: dict[date, list[Person]] = field(default_factory=dict)
    """Who joins, or regains a competence, on which day."""
    seen: dict[str, int] = field(default_factory=dict)
    newcomers: int = 0

    def night(self, today: date) -> None:
        """Everything that the directory newly says in the morning."""
        self._forget_what_is_over(today)
        for person in self.due.pop(today, []):
            self._comes(person)
        for name in self.firm.colleagues():
            self._befalls(self.firm.people[name], today)
        if self._chance(self.positions):
            self._position_passes(self.rng.choice(sorted(self.firm.directory.positions)))
        for client in self.firm.directory.clients:
            for person in client.people:
                if person.active and self._chance(self.clients_leaving):
                    self._client_leaves(person)

    def _chance(self, a_year: float) -> bool:
        return self.rng.random() < a_year / A_YEAR

    def _count(self, what: str) -> None:
        self.seen[what] = self.seen.get(what, 0) + 1

    def _forget_what_is_over(self, today: date) -> None:
        directory, edge = self.firm.directory, today - timedelta(days=2)
        absences = tuple(a for a in directory.absences if a.last >= edge)
        delegations = tuple(d for d in directory.delegations if d.last >= edge)
        if (absences, delegations) != (directory.absences, directory.delegations):
            self.firm.change(absences=absences, delegations=delegations)

    def _befalls(self, person: Person, today: date) -> None:
        if self._chance(self.absences):
            self._goes_away(person, today)
        if self._chance(self.delegations):
            self._delegates(person, today)
        if self._chance(self.lost_competence) and "engagement_manager" in person.roles:
            self._loses_competence(person, today)
        if self._chance(self.leaving) and len(self.firm.colleagues()) > FEWEST:
            self._leaves(person, today)

    def _goes_away(self, person: Person, today: date) -> None:
        """On holiday, announced in advance, or ill from today; half of them name a delegate."""
        if any(a.person == person.id for a in self.firm.directory.absences):
            return
        first = today + timedelta(days=self.rng.choice((0, 0, 7, 14, 30, 60)))
        last = first + timedelta(days=self.rng.choice((0, 1, 2, 4, 4, 9, 13, 20)))
        delegate = self.colleague_of(person) if self.rng.random() < 0.45 else None
        absence = Absence(person=person.id, first=first, last=last, delegate=delegate)
        self.firm.change(absences=(*self.firm.directory.absences, absence))
        self._count("absences with a delegate" if delegate else "absences without a delegate")

    def colleague_of(self, person: Person) -> PersonId | None:
        """Someone with the same work; occasionally anyone at all."""
        anybody = self.rng.random() < 0.1
        here = [self.firm.people[name] for name in self.firm.colleagues() if name != person.id]
        same = [other.id for other in here if anybody or set(other.roles) & set(person.roles)]
        return self.rng.choice(same or [here[0].id])

    def _delegates(self, person: Person, today: date) -> None:
        to = self.colleague_of(person)
        last = today + timedelta(days=self.rng.randint(2, 30))
        scopes: tuple[dict[str, object], ...] = ({}, {}, {"roles": person.roles}, {"up_to": Decimal(50_000)})
        scope = self.rng.choice(scopes)
        circle = any(given.person == to and given.to == person.id for given in self.firm.directory.delegations)
        if to is not None and not circle:
            given = Delegation.model_validate({"person": person.id, "to": to, "first": today, "last": last} | scope)
            self.firm.change(delegations=(*self.firm.directory.delegations, given))
            self._count("delegations")

    def _loses_competence(self, person: Person, today: date) -> None:
        self.firm.change(person.replace(competencies={**person.competencies, "negotiation": 2}))
        back = today + timedelta(days=self.rng.randint(40, 150))
        self.due.setdefault(back, []).append(person.replace(competencies=dict(ABLE)))
        self._count("competence lost")

    def _leaves(self, person: Person, today: date) -> None:
        """Their positions pass on at once; a replacement joins some weeks later."""
        successor = self._successor(person)
        positions = {
            position: successor if holder == person.id else holder
            for position, holder in self.firm.directory.positions.items()
        }
        self.firm.change(person.replace(active=False), positions=positions)
        self.newcomers += 1
        comes = today + timedelta(days=self.rng.randint(10, 70))
        self.due.setdefault(comes, []).append(hired(self.rng, person, self.newcomers))
        self._count("left")

    def _successor(self, person: Person) -> str:
        """Who takes a position over: no project manager, and no one who sells."""
        never = {"project_manager", "sales"}
        free = [p for p in self.firm.colleagues() if p != person.id and not never & set(self.firm.people[p].roles)]
        return self.rng.choice(free)

    def _comes(self, person: Person) -> None:
        known = self.firm.people.get(person.id)
        if known is not None and not known.active:
            return
        self.firm.change(person)
        self._count("hired" if known is None else "competence regained")

    def _position_passes(self, position: str) -> None:
        holder = self.firm.people[self.firm.directory.positions[position]]
        positions = {**self.firm.directory.positions, position: self._successor(holder)}
        self.firm.change(positions=positions)
        self._count("positions passed on")

    def _client_leaves(self, person: Person) -> None:
        """A replacement takes over their part; deals name that person themselves."""
        self.newcomers += 1
        new = client_person(f"New {person.name.split()[0]} c{self.newcomers}", person.client or "", person.part)
        self.firm.change(person.replace(active=False), new)
        self._count("left a client")
