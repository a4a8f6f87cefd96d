"""Digests on their way into the outbox: composed for a page of people, and queued in one transaction.

What they say is read in one snapshot before, so that on SQLite the write lock, which decisions need, is held for
one statement. That a page is repeated, by a retry, a second run or another worker, changes nothing: the key of
person and local day makes a digest one message.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, Engine

from adapters import outbox
from adapters.clock import SYSTEM_CLOCK, Now
from adapters.database import reading, writing
from adapters.installation import require_own
from adapters.portfolio import portfolio_of
from adapters.registry import Registry
from domain.digest import (
    DIGEST,
    PageDone,
    PeoplePage,
    digest_id,
    digest_key,
    digest_text,
    people_in,
    quiet_because,
)
from domain.directory import Directory
from domain.people import Person
from domain.record import Message
from domain.refusals import NotFound

PAGE = 50
"""People whose digests are one activity: a fraction of a second of work."""


class Digests:
    """The digests of one database's people."""

    def __init__(self, engine: Engine, registry: Registry, now: Now = SYSTEM_CLOCK, *, size: int = PAGE) -> None:
        """Takes pages of `size` people."""
        self._engine = engine
        self._registry = registry
        self._now = now
        self._size = size

    def queue_page(self, page: PeoplePage) -> PageDone:
        """Queues the digests of the next people of a zone who have something to hear on the page's local day.

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
            messages = tuple(_composed(connection, directory, people, page, now))
        if messages:
            with writing(self._engine) as connection:
                outbox.queue(connection, messages, now)
        after = people[-1].id if len(left) > len(people) else None
        return PageDone(people=len(people), told=len(messages), after=after)


def _composed(
    connection: Connection, directory: Directory, people: Iterable[Person], page: PeoplePage, now: datetime
) -> Iterator[Message]:
    names = {person.id: person.name for person in directory.everyone()}
    for person in people:
        day = directory.calendars[str(person.calendar)].local_day(page.at)
        if quiet_because(directory, person, day) is not None:
            continue
        text = digest_text(portfolio_of(connection, person.id), names, page.zone, day, now)
        if text is not None:
            yield Message(
                key=digest_key(person.id, day),
                to=person.id,
                kind=DIGEST,
                stream=digest_id(page.zone),
                text=text,
            )
