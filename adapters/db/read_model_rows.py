"""What queries of the read model give: lines of lists, and the pages that they come in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from domain.asks.model import Ask
from domain.directory.capacity import Place
from domain.engagement.aggregate import Engagement
from domain.shared.event_log import Recorded
from domain.shared.values import EngagementId

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Some of a list, and the key from which the next page goes on; None at the end.

    `damaged` are the ids of rows that would stand here and hold what no program of ours wrote.
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
    salesperson: str
    manager: str
    value: Decimal | None
    margin: Decimal | None
    currency: str
    started_at: datetime
    updated_at: datetime
    next_what: str
    next_who: str
    next_who_name: str
    next_role: str
    next_since: datetime | None
    next_due: datetime | None
    next_paused: bool
    steps: int
    held_until: date | None
    vacant: str
    roles: str | None
    """Those that the person who looks holds in it, by comma."""


class Filters(NamedTuple):
    """What a list of engagements shows: all that is given must hold."""

    stage: str | None = None
    client: str | None = None
    mine: str | None = None
    """A person who has a role in it."""
    waits_for: str | None = None
    """A person who owes a next step of it or of its change orders, or may do it."""
    vacant: bool | None = None
    q: str | None = None
    """Beginnings of words of id, title or client."""
    external: str | None = None
    """What it is called where it came from: `crm:OPP-4711`."""


ANY = Filters()


class AskInPlace(NamedTuple):
    """An ask, and where it belongs."""

    ask: Ask
    stream: str
    engagement_id: EngagementId
    title: str
    """Of the engagement."""
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
    accountable: str
    rung: int


class AskedForRole(NamedTuple):
    """Who is asked to hold a vacant role, and by when; `due_at` is None while the clock stands."""

    engagement_id: EngagementId
    role: str
    person_id: str
    due_at: datetime | None


class CapacityDemand(NamedTuple):
    """What an engagement wants of people's hours, and what all others want of the same disciplines then and later."""

    state: Engagement
    own: dict[Place, int]
    """Hundredths of hours by discipline and week."""
    others: dict[tuple[str, date, str], int]
    """The same by stage too: how likely a stage is stands in no table."""


class LedgerEntry(NamedTuple):
    """A fact with its place in the record."""

    position: int
    fact: Recorded
    prev: str
    hash: str
