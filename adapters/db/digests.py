"""Composes digests for a page of people, and queues them in one transaction.

Their content is read in one snapshot beforehand, so that on SQLite the write lock, which decisions need, is held for a
single statement. It is safe for a page to be repeated by a retry, a second run or another worker: the key, made of
person and local day, makes each digest one message.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import Engine

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db.database import reading, writing
from adapters.db.installation import require_own
from adapters.db.operators import Operators
from adapters.db.portfolio import portfolio_of
from adapters.db.queueing import queue
from adapters.db.registry import Registry
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.notifications.digest import (
    DIGEST,
    DigestContent,
    PageDone,
    PeoplePage,
    digest_id,
    digest_key,
    digest_text,
    people_in,
    quiet_because,
)
from domain.record.facts import Message
from domain.shared.errors import NotFound

# People whose digests make one activity: a fraction of a second of work.
PAGE = 50


class Digests:
    """The digests of one database's people."""

    def __init__(self, engine: Engine, registry: Registry, now: Now = SYSTEM_CLOCK, *, size: int = PAGE) -> None:
        """Works through people in pages of `size`."""
        self._engine = engine
        self._registry = registry
        self._now = now
        self._size = size
        self._operators = Operators(engine)

    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues digests for the next people in a zone who have something to hear on the page's local day.

        Raises ForeignEngine for a page of another installation.
        """
        with reading(self._engine) as connection:
            require_own(connection, {page.installation})
        try:
            directory = self._registry.directory()
        except NotFound:
            return PageDone(people=0, told=0)
        left = [person for person in people_in(directory, page.zone) if person.id > (page.after or "")]
        people, now = left[: self._size], self._now()
        with reading(self._engine, snapshot=True) as connection:
            reached = tuple((one, portfolio_of(connection, one.id)) for one in _reached(directory, people, page))
        messages = tuple(_composed(directory, reached, page, now))
        if messages:
            with writing(self._engine) as connection:
                queue(connection, messages, now)
        for _, portfolio in reached:
            self._operators.hear_of_rows("read model", "the step", portfolio.damaged, now)
        after = people[-1].id if len(left) > len(people) else None
        return PageDone(people=len(people), told=len(messages), after=after)


def _reached(directory: Directory, people: Iterable[Person], page: PeoplePage) -> Iterator[Person]:
    """Those who get messages on that day."""
    return (person for person in people if quiet_because(directory, person, _day(directory, person, page)) is None)


def _day(directory: Directory, person: Person, page: PeoplePage) -> date:
    return directory.calendars[str(person.calendar)].local_day(page.at)


def _composed(
    directory: Directory, reached: Iterable[tuple[Person, DigestContent]], page: PeoplePage, now: datetime
) -> Iterator[Message]:
    names = {person.id: person.name for person in directory.everyone()}
    for person, portfolio in reached:
        day = _day(directory, person, page)
        text = digest_text(portfolio, names, page.zone, day, now)
        if text is not None:
            yield Message(
                key=digest_key(person.id, day),
                to=person.id,
                kind=DIGEST,
                stream=digest_id(page.zone),
                text=text,
            )
