"""The results of read-model queries: lines of lists, and the pages they come in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from domain.asks.model import Ask
from domain.directory.capacity import Place
from domain.engagement.aggregate import Engagement
from domain.record.facts import Recorded
from domain.shared.values import EngagementId, PersonId

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Part of a list, and the key from which the next page continues; None at the end.

    `damaged` are the ids of rows that belong here but hold something that Interlock never wrote.
    """

    items: tuple[T, ...]
    after: str | None
    damaged: tuple[str, ...] = ()


class EngagementLine(NamedTuple):
    """An engagement in a list."""

    id: EngagementId
    seq: int
    stage: str
    kind: str
    client: str
    title: str
    salesperson: PersonId
    manager: PersonId
    value: Decimal | None
    margin: Decimal | None
    currency: str
    started_at: datetime
    updated_at: datetime
    next_what: str
    next_who: PersonId
    next_who_name: str
    next_role: str
    next_since: datetime | None
    next_due: datetime | None
    next_paused: bool
    steps: int
    held_until: date | None
    vacant: str
    roles: str | None
    """The viewer's roles in it, comma-separated."""


class Filters(NamedTuple):
    """Filters for a list of engagements; those given must all match."""

    stage: str | None = None
    client: str | None = None
    mine: PersonId | None = None
    """A person who has a role in it."""
    waits_for: PersonId | None = None
    """A person who owes, or may do, a next step of it or of its change orders."""
    vacant: bool | None = None
    q: str | None = None
    """Beginnings of words in id, title or client."""
    external: str | None = None
    """Its id in the system it came from, such as `crm:OPP-4711`."""


# Rows of one page, at most.
MAX_PAGE_SIZE = 200
ANY = Filters()


class AskInPlace(NamedTuple):
    """An ask, and what it belongs to."""

    ask: Ask
    stream: str
    engagement_id: EngagementId
    title: str
    """The engagement's title."""
    client: str


class VacancyLine(NamedTuple):
    """A vacancy in a list."""

    engagement_id: EngagementId
    title: str
    client: str
    stage: str
    role: str
    function: str
    since: datetime
    cause: str
    because: str
    accountable: PersonId
    rung: int


class AskedForRole(NamedTuple):
    """Who has been asked to hold a vacant role, and by when; `due_at` is None while the clock is paused."""

    engagement_id: EngagementId
    role: str
    person_id: PersonId
    due_at: datetime | None


class CapacityDemand(NamedTuple):
    """The hours that an engagement needs, and those that all others need of the same disciplines from then on."""

    state: Engagement
    own: dict[Place, int]
    """Hundredths of hours by discipline and week."""
    others: dict[tuple[str, date, str], int]
    """The same, also by stage: the likelihood of a stage is not in any table."""


class LedgerEntry(NamedTuple):
    """A fact with its place in the record."""

    position: int
    fact: Recorded
    prev: str
    hash: str
