"""Whoever a message is for: where they are written to, and by whose hours they are told news."""

from adapters.outbox import OutboxEntry
from application.interlock import Interlock
from application.notifications.relevance import fact_of
from application.off_loop import off_loop
from domain.address_notices import address_before
from domain.directory import Directory
from domain.engagement.role_events import DirectoryTaken
from domain.people import Person
from domain.refusals import IntegrityBroken
from domain.streams import engagement_of
from domain.working_time import Calendar


async def hours_for_news(app: Interlock, directory: Directory, person: Person, message: OutboxEntry) -> Calendar | None:
    """By whose hours somebody is told news: of a client's person see `hours_to_tell`."""
    own = directory.calendars.get(person.calendar or "")
    if own is not None or person.client is None:
        return own
    try:
        state = await off_loop(lambda: app.read.engagement(engagement_of(message.stream)))
    except IntegrityBroken:  # said of the message itself, once it is looked at
        return None
    return state.cast.hours_to_tell(person.id) if state is not None else None


def at_former_address(app: Interlock, person: Person, message: OutboxEntry) -> Person:
    """Somebody where they were written to before, as the fact has it."""
    fact = app.read.fact(message.stream, fact_of(message))
    event = fact.event if fact is not None else None
    before = address_before(event, person.id) if isinstance(event, DirectoryTaken) else None
    return person if before is None else person.having(email=before)
