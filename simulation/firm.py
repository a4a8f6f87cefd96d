"""A made-up firm: a hundred people with calendars, heads, deputies and habits, its clients, and its messages to deals.

Everything is drawn from one seeded source. What happens to people changes the directory at night, in one step; during
the day the directory does not change.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from domain.directory.directory import REQUIRED_POSITIONS, Client, Directory
from domain.directory.people import Absence, Delegation, Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.commands import TakeDirectory
from domain.playbook.model import Playbook
from domain.shared.calendar import Calendar
from domain.shared.values import PersonId

# How many people hold each role of the directory, besides the heads.
STAFF = {
    "sales": 8,
    "engagement_manager": 10,
    "delivery_lead": 6,
    "expert:architecture": 5,
    "expert:development": 12,
    "expert:data": 6,
    "expert:testing": 6,
    "expert:training": 4,
    "business_analyst": 7,
    "project_manager": 14,
    "resource_manager": 3,
    "legal": 3,
    "finance": 4,
    "procurement": 2,
    "quality": 3,
    "customer_care": 6,
    "service_delivery_manager": 2,
}
HEADS = {
    "sales": "head_of_sales",
    "engagement_manager": "head_of_engagement_management",
    "legal": "general_counsel",
    "finance": "cfo",
    "procurement": "cfo",
    "quality": "head_of_quality",
    "customer_care": "head_of_customer_care",
}
FIRST = (
    "Ada",
    "Bo",
    "Cem",
    "Dag",
    "Eva",
    "Finn",
    "Gro",
    "Hans",
    "Ines",
    "Jan",
    "Kari",
    "Leif",
    "Mia",
    "Nils",
    "Oda",
    "Per",
    "Rita",
    "Siri",
    "Tor",
    "Ulla",
    "Vera",
    "Wim",
    "Yara",
    "Zoe",
)
LAST = (
    "Aas",
    "Berg",
    "Dahl",
    "Eide",
    "Falk",
    "Graf",
    "Holt",
    "Iversen",
    "Jansen",
    "Klein",
    "Lund",
    "Moen",
    "Nair",
    "Olsen",
    "Patel",
    "Rao",
    "Sand",
    "Tveit",
    "Voss",
    "Weiss",
)
VERTICALS = ("energy", "insurance", "utilities", "public", "health")
ABLE = {
    "foundation": 4,
    "service_delivery": 4,
    "people_management": 4,
    "technology": 3,
    "client_acquisition": 4,
    "business_leadership": 4,
    "negotiation": 3,
    "change_management": 4,
    "financial_analysis": 3,
    "rapport": 4,
}


class Habits(NamedTuple):
    """How someone works: the median minutes to an answer, and how often they do not answer at all."""

    minutes: int
    ignores: float


@dataclass
class Firm:
    """The firm as it is now. `directory` is what everyone could look up."""

    rng: Random
    directory: Directory
    playbook: Playbook
    habits: dict[str, Habits] = field(default_factory=dict)
    version: int = 1

    def __post_init__(self) -> None:
        self._index()

    def _index(self) -> None:
        self.people = {person.id: person for person in self.directory.everyone()}

    def change(
        self,
        *people: Person,
        positions: dict[str, str] | None = None,
        absences: tuple[Absence, ...] | None = None,
        delegations: tuple[Delegation, ...] | None = None,
    ) -> None:
        """Updates the directory after something happened: these people, and the other arguments, replace old values."""
        directory, new = self.directory, {person.id: person for person in people}
        ours = [new.pop(person.id, person) for person in directory.people]
        clients = [
            client.replace(people=tuple(new.pop(p.id, p) for p in client.people)) if new else client
            for client in directory.clients
        ]
        for person in new.values():
            if person.client is None:
                ours.append(person)
            else:
                place = next(n for n, client in enumerate(clients) if client.name == person.client)
                clients[place] = clients[place].replace(people=(*clients[place].people, person))
        self.directory = directory.replace(
            people=tuple(ours),
            clients=tuple(clients),
            positions=directory.positions if positions is None else positions,
            absences=directory.absences if absences is None else absences,
            delegations=directory.delegations if delegations is None else delegations,
        )
        self.version += 1
        self._index()

    # -- looking up

    def calendar(self, person_id: PersonId) -> Calendar:
        """The calendar of a person's place of work; clients' people follow the firm's first calendar."""
        known = self.people.get(person_id)
        name = known.calendar if known is not None and known.calendar else next(iter(self.directory.calendars))
        return self.directory.calendars[name]

    def colleagues(self) -> list[PersonId]:
        """Everyone in the firm who is active."""
        return [person.id for person in self.directory.people if person.active]

    def is_here(self, person_id: PersonId) -> bool:
        """True for anyone who has not left the firm, or their client."""
        known = self.people.get(person_id)
        return known is not None and known.active

    def back_on(self, person_id: PersonId, now: datetime) -> date | None:
        """The first day after an absence that covers now; None for someone who is at work."""
        today = self.calendar(person_id).local_day(now)
        covering = (a for a in self.directory.absences if a.person == person_id and a.first <= today <= a.last)
        last = max((absence.last for absence in covering), default=None)
        return last + timedelta(days=1) if last else None

    def habit(self, person_id: PersonId) -> Habits:
        """How someone works; drawn on first use."""
        if person_id not in self.habits:
            never = self.rng.random() < 0.03
            ignores = 1.0 if never else self.rng.choice((0.02, 0.05, 0.05, 0.1, 0.25))
            self.habits[person_id] = Habits(minutes=self.rng.choice((45, 90, 180, 300, 540)), ignores=ignores)
        return self.habits[person_id]

    def candidates(self, role: str, vertical: str | None, *, excluding: Collection[str]) -> list[Person]:
        """Competent people in random order, those who know the client's vertical first."""
        able = [p for p in self.directory.competent(role, self.playbook) if p.id not in excluding]
        self.rng.shuffle(able)
        return sorted(able, key=lambda person: vertical not in person.verticals)

    # -- telling engagements

    def facts_of(self, person: Person) -> dict[str, Any]:
        """The facts about a person that accompany their nomination for a role."""
        around = self.around([person.id])
        known = [person.id, *(p.id for p in around)]
        return {
            "person": person,
            "stand_ins": around,
            "calendars": tuple(self.directory.calendars.values()),
            "absences": tuple(a for a in self.directory.absences if a.person in known),
            "delegations": tuple(d for d in self.directory.delegations if d.person in known),
        }

    def delta_of(self, state: Engagement, because: str) -> TakeDirectory | None:
        """What an engagement has not been told about the people it knows; None if nothing."""
        cast, directory = state.cast, self.directory
        absences = tuple(a for a in directory.absences if a.person in cast.people)
        delegations = tuple(d for d in directory.delegations if d.person in cast.people)
        near = [
            self.people[p] for p in dict.fromkeys((*cast.people, *directory.positions.values())) if p in self.people
        ]
        near += self.around([person.id for person in near])
        changed = tuple(dict.fromkeys(p.id for p in near if cast.people.get(p.id) != p))
        same = set(absences) == set(cast.absences) and set(delegations) == set(cast.delegations)
        if same and not changed and cast.positions == directory.positions:
            return None
        return TakeDirectory(
            version=self.version,
            people=tuple(self.people[person_id] for person_id in changed),
            positions=directory.positions,
            absences=absences,
            delegations=delegations,
            because=because,
        )

    def around(self, people: list[PersonId]) -> tuple[Person, ...]:
        """Deputies and delegates of these people."""
        named: list[PersonId | None] = [self.people[person_id].deputy for person_id in people]
        named += [a.delegate for a in self.directory.absences if a.person in people]
        named += [d.to for d in self.directory.delegations if d.person in people]
        return tuple(self.people[p] for p in dict.fromkeys(named) if p is not None and p not in people)


def found_firm(rng: Random, sample: Directory, playbook: Playbook, clients: int) -> Firm:
    """A firm with the sample's calendars and rates, and made-up people."""
    names = _names(rng)
    zones = list(sample.calendars)
    heads = {position: next(names) for position in REQUIRED_POSITIONS}
    people = [_person(name, rng.choice(zones), title=position) for position, name in heads.items()]
    for role, count in STAFF.items():
        head = _id(heads[HEADS.get(role, "head_of_delivery")])
        team = [_worker(rng, next(names), rng.choice(zones), role, head) for _ in range(count)]
        people += [_with_deputy(rng, person, team, head) for person in team]
    keeper = people[-1].id
    directory = sample.replace(
        firm="Simulated AS",
        positions={position: _id(name) for position, name in heads.items()},
        house_roles={"process_owner": people[0].id, "administrator": keeper, "ops": keeper},
        people=tuple(people),
        absences=(),
        delegations=(),
        clients=tuple(_clients(rng, names, clients)),
    )
    return Firm(rng, directory, playbook)


def _names(rng: Random) -> Iterator[str]:
    """Unique names, however many are needed."""
    number = 0
    while True:
        number += 1
        yield f"{rng.choice(FIRST)} {rng.choice(LAST)} {number}"


def _id(name: str) -> PersonId:
    return PersonId(name.lower().replace(" ", "."))


def _person(name: str, zone: str | None, **more: object) -> Person:
    return Person.model_validate(
        {"id": _id(name), "name": name, "email": f"{_id(name)}@firm.example", "calendar": zone} | more
    )


def _worker(rng: Random, name: str, zone: str, role: str, head: PersonId) -> Person:
    roles = [role]
    if role.startswith("expert:") and rng.random() < 0.2:
        roles.append("business_analyst")
    if role == "project_manager" and rng.random() < 0.4:
        roles.append(rng.choice(("business_analyst", "quality", "resource_manager")))
    levels = {name: min(5, level + rng.choice((0, 0, 1))) for name, level in ABLE.items()}
    if role not in {"engagement_manager", "project_manager"} or rng.random() < 0.1:
        levels["client_acquisition"] = 2
    verticals = tuple(sorted(rng.sample(VERTICALS, 2)))
    return _person(name, zone, roles=roles, manager=head, competencies=levels, verticals=verticals)


def _with_deputy(rng: Random, person: Person, team: list[Person], head: PersonId) -> Person:
    """A third have a colleague as deputy, some their head, the others no one."""
    drawn = rng.random()
    others = [other.id for other in team if other.id != person.id]
    if drawn < 0.3 and others:
        return person.replace(deputy=rng.choice(others))
    return person.replace(deputy=head if drawn < 0.4 else None)


def _clients(rng: Random, names: Iterator[str], count: int) -> Iterator[Client]:
    for number in range(1, count + 1):
        in_house = number % 8 == 0
        name = f"Department {number}" if in_house else f"Client {number} AS"
        vertical = "internal" if in_house else rng.choice(VERTICALS)
        parts = rng.choice(((("client_sponsor", "client_signatory"),), (("client_sponsor",), ("client_signatory",))))
        people = [client_person(next(names), name, part) for part in (*parts, ("client_contact",))]
        yield Client(name=name, vertical=vertical, in_house=in_house, people=tuple(people))


def client_person(name: str, client: str, part: tuple[str, ...]) -> Person:
    """A client's person."""
    return _person(name, None, client=client, part=part)


def hired(rng: Random, before: Person, number: int) -> Person:
    """A replacement for someone: the same work, another name, no deputy yet."""
    name = f"{rng.choice(FIRST)} {rng.choice(LAST)} h{number}"
    roles = before.roles
    fresh = before.replace(id=_id(name), name=name, email=f"{_id(name)}@firm.example", active=True, deputy=None)
    return fresh.replace(roles=roles, competencies=dict(ABLE) if "engagement_manager" in roles else before.competencies)
