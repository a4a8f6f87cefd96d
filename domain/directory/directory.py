"""The whole firm as a directory file gives it, and what must hold before anyone relies on it.

An engagement takes from here the people it needs (`people.Participants`), as data; the directory itself is never looked
up while something is decided.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from domain.asks.bound_facts import under
from domain.directory.people import (
    CFO,
    MANAGING_DIRECTOR,
    Absence,
    Delegation,
    Level,
    Person,
    RateCard,
)
from domain.playbook.model import Playbook
from domain.shared.calendar import Calendar, CalendarName
from domain.shared.errors import Rule
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import ShortText
from domain.shared.values import CURRENCY_FORM, LANGUAGE_FORM, Day, Hours, Name, PersonId, Truth, Value

SALES, FINANCE, PROJECT_MANAGER = "sales", "finance", "project_manager"
HEAD_OF_SALES = "head_of_sales"
REQUIRED_POSITIONS = (
    MANAGING_DIRECTOR,
    "head_of_engagement_management",
    "head_of_delivery",
    HEAD_OF_SALES,
    "head_of_customer_care",
    "head_of_quality",
    CFO,
    "general_counsel",
)
# Roles that the code refers to by name.
NEEDED_ROLES = (
    SALES, "engagement_manager", "delivery_lead", "expert", "business_analyst", "resource_manager", FINANCE,
    "legal", "quality", "customer_care", "procurement", "agreement_custodian", PROJECT_MANAGER,
)  # fmt: skip
HouseRole = Literal["process_owner", "administrator", "ops"]
HOUSE_ROLES: tuple[HouseRole, ...] = ("process_owner", "administrator", "ops")
ADMINISTRATOR: HouseRole = "administrator"
ClientPart = Literal["client_sponsor", "client_signatory", "client_contact"]
Gaps = dict[str, tuple[int, int]]


# As browsers name it: `nb`, `de`, `en-GB`.
Language = Annotated[str, Field(pattern=LANGUAGE_FORM)]


class Client(Value):
    """A client, or a department of the firm that is one (`in_house`), and its people."""

    name: ShortText
    formerly: Annotated[tuple[ShortText, ...], Field(exclude_if=lambda names: not names)] = ()
    """Its former names: engagements that know it by one are told the current name."""
    released_names: Annotated[tuple[ShortText, ...], Field(exclude_if=lambda names: not names)] = ()
    """Former names that the file releases, so that another client may have them."""
    vertical: Name
    in_house: Truth = False
    calendar: Annotated[CalendarName | None, Field(exclude_if=lambda name: name is None)] = None
    """The calendar, and so the zone, of those of its people who have none of their own."""
    language: Annotated[Language | None, Field(exclude_if=lambda language: language is None)] = None
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$", exclude_if=lambda country: country is None)] = None
    """The country whose time its people read if no calendar says it: two capital letters, such as NO for Norway."""
    people: tuple[Person, ...] = ()
    added_by: Annotated[PersonId | None, Field(exclude_if=lambda person: person is None)] = None
    """Who in sales added it here; None if it came with the directory's file."""
    confirmed_by: Annotated[PersonId | None, Field(exclude_if=lambda person: person is None)] = None
    """Who in finance confirmed it as it is now."""
    was_confirmed: Annotated[Truth, Field(exclude_if=lambda known: not known)] = False
    """Finance confirmed an earlier state of it."""

    @property
    def is_confirmed(self) -> bool:
        """False for one that sales added and finance has not confirmed as it is now: no SOW goes to it."""
        return self.added_by is None or self.confirmed_by is not None

    @property
    def is_known_to_finance(self) -> bool:
        """True once finance has confirmed it, however much was corrected since."""
        return self.was_confirmed or self.confirmed_by is not None


def client_facts(client: Client) -> dict[str, str]:
    """What finance confirms of a client, as displayed: who it is, and its people."""
    country = {"country": client.country} if client.country else {"holidays": "none_known"}
    holidays = country if client.calendar is not None and client.added_by is not None else {}
    told = {"name": client.name, "trade": client.vertical, "calendar": client.calendar, **holidays}
    facts = under("client", {**told, "language": client.language})
    for n, person in enumerate((person for person in client.people if person.active), 1):
        new = "new" if person.to_confirm else None
        who = {"name": person.name, "title": person.title, "email": person.email}
        facts |= under(f"person.{n}", {**who, "part": ",".join(person.part), "new": new})
    return facts


class CalendarSource(Value):
    """What a calendar was made from, to look its holidays up again: a country, and the firm's own days off."""

    country: str | None = None
    subdivision: str | None = None
    also: tuple[str, ...] = ()
    weekend: tuple[int, ...] | None = None
    days_off: tuple[Day, ...] = ()


class DirectoryProblem(Value):
    """Something that must not be: the rule, where (a dotted path), what is so, what to do."""

    rule: Rule = Rule.WELL_FORMED
    where: str
    what: str
    remedy: str


class Directory(Value):
    """People in the order of their file: if several are competent, the first is chosen."""

    firm: ShortText
    currency: Annotated[str, Field(pattern=CURRENCY_FORM)]
    calendars: dict[str, Calendar]
    calendar_sources: Annotated[dict[CalendarName, CalendarSource], Field(exclude_if=lambda known: not known)] = {}
    """By the calendar's name; of a calendar without a source only its days are known."""
    positions: dict[Name, PersonId]
    house_roles: dict[HouseRole, PersonId]
    people: tuple[Person, ...]
    absences: tuple[Absence, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    capacity: dict[Name, Hours] = {}
    """Hours a week that a discipline can still take on."""
    clients: tuple[Client, ...] = ()
    former: Annotated[dict[PersonId, Person], Field(exclude_if=lambda known: not known)] = {}
    """Those no longer listed: their ids are never reused."""
    rate_card: RateCard

    @property
    def disciplines(self) -> tuple[str, ...]:
        """What the firm has experts of, or hours for, sorted."""
        roles = (role.partition(":") for person in self.people for role in person.roles)
        return tuple(sorted({*self.capacity, *(name for kind, _, name in roles if kind == "expert" and name)}))

    def everyone(self) -> Iterator[Person]:
        """The firm's people, then those of the clients."""
        yield from self.people
        for client in self.clients:
            yield from client.people

    def person(self, person_id: PersonId) -> Person | None:
        """Someone of the firm or of a client, by id."""
        return next((known for known in self.everyone() if known.id == person_id), None)

    def name_of(self, person_id: PersonId) -> str:
        """Someone's name, current or former; their id if the directory never knew them."""
        known = self.person(person_id) or self.former.get(person_id)
        return known.name if known is not None else person_id

    def colleague(self, person_id: PersonId) -> Person | None:
        """An active person of the firm."""
        return next((known for known in self.people if known.id == person_id and known.active), None)

    def zone_of(self, person_id: PersonId) -> str | None:
        """The time zone in which someone reads times; None for people of a client if nothing says it."""
        known = self.person(person_id)
        calendar = self.calendars.get(known.calendar) if known and known.calendar else None
        return (known.own_zone if known else None) or (calendar.zone if calendar else None)

    @property
    def zone(self) -> str:
        """The firm's own zone: where its managing director works."""
        return self.zone_of(self.positions[MANAGING_DIRECTOR]) or "UTC"

    def client(self, name: str) -> Client | None:
        """The client of exactly this name."""
        return next((client for client in self.clients if client.name == name), None)

    def client_spelt(self, name: str) -> Client | None:
        """The client whose name this is or was, however it is spelt."""
        called = [(client.name, client) for client in self.clients]
        called += [(before, client) for client in self.clients for before in client.formerly]
        return next((client for spelt, client in called if name_key(spelt) == name_key(name)), None)

    @property
    def keeper(self) -> str:
        """Who maintains the directory, as the beginning of a sentence."""
        administrator = self.house_roles.get(ADMINISTRATOR)
        known = self.person(administrator) if administrator is not None else None
        return f"{known.name}, the administrator," if known is not None else "The administrator"

    @property
    def who_adds_people(self) -> str:
        """For someone who needs a person who is not in the directory."""
        return f"{self.keeper} adds people to the directory."

    @property
    def how_people_are_added(self) -> str:
        """The same, and how."""
        return f"{self.who_adds_people.removesuffix('.')}: {RemedyAction.IMPORT_PEOPLE.about()}."

    @property
    def how_clients_are_added(self) -> str:
        """The same for a client and its people."""
        add = RemedyAction.ADD_CLIENT.about()
        return f"The seller adds a new client and its people: {add}. {self.how_people_are_added}"

    def client_people(self, name: str) -> tuple[Person, ...]:
        """The people of a client; empty if the client is unknown."""
        client = self.client(name)
        return client.people if client else ()

    def people_with_role(self, *roles: str) -> tuple[Person, ...]:
        """The firm's active people who have any of these directory roles."""
        return tuple(person for person in self.people if person.active and set(roles) & set(person.roles))

    def competent(self, role: str, playbook: Playbook) -> tuple[Person, ...]:
        """Who may hold a role of an engagement: has it, or one that counts for it, and meets its profile.

        An `expert:<discipline>` is held only by experts of that discipline.
        """
        defined = playbook.role(role)
        profile = defined.profile if defined else {}
        wanted = defined.held_as if defined and ":" not in role else ()
        return tuple(p for p in self.people_with_role(*(wanted or (role,))) if not gaps(p, profile))

    def first_competent(
        self, role: str, playbook: Playbook, vertical: str | None = None, *, excluding: Collection[str] = ()
    ) -> Person | None:
        """The first competent person who knows the client's vertical, else the first competent one."""
        able = [person for person in self.competent(role, playbook) if person.id not in excluding]
        at_home = (person for person in able if vertical in person.verticals)
        return next(at_home, able[0] if able else None)


def gaps(person: Person, profile: Mapping[str, Level]) -> Gaps:
    """Each competency below a profile: the person's level (0: none), the level needed."""
    has = person.competencies
    return {name: (has.get(name, 0), needs) for name, needs in profile.items() if has.get(name, 0) < needs}


def name_key(name: str) -> str:
    """A name as people compare it: Halden Energi, HALDEN ENERGI and one with two blanks between are one."""
    return " ".join(name.split()).casefold()
