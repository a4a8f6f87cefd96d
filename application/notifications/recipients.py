"""The recipient of a message: where they are written to, and the working hours for news."""

from adapters.db.outbox import OutboxEntry
from application.context import Interlock
from application.notifications.relevance import fact_of
from application.off_loop import off_loop
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.engagement.roles.events import DirectoryTaken
from domain.notifications.addresses import address_before
from domain.shared.calendar import Calendar
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import engagement_of


async def hours_for_news(app: Interlock, directory: Directory, person: Person, message: OutboxEntry) -> Calendar | None:
    """The calendar by whose hours someone is told news: for a client's person see `hours_to_tell`."""
    own = directory.calendars.get(person.calendar or "")
    if own is not None or person.client is None:
        return own
    try:
        state = await off_loop(lambda: app.read.engagement(engagement_of(message.stream)))
    except IntegrityBroken:  # reported for the message itself, once it is processed
        return None
    return state.cast.hours_to_tell(person.id) if state is not None else None


def at_former_address(app: Interlock, person: Person, message: OutboxEntry) -> Person:
    """The person with their previous address, as the fact has it."""
    fact = app.read.fact(message.stream, fact_of(message))
    event = fact.event if fact is not None else None
    before = address_before(event, person.id) if isinstance(event, DirectoryTaken) else None
    return person if before is None else person.replace(email=before)
