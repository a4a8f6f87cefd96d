"""How much an engagement knows of people, and for whom it has room.

Anyone named is made known with their stand-ins, and no one is forgotten. So there is room for each known person, which
the directory's data about them may always take; someone named outside the roles is added only as far as there is room,
and stand-ins only if there is plenty.
"""

from collections.abc import Collection

from domain.directory.people import Introduction, Participants
from domain.shared.limits import KIB
from domain.shared.memo import memoized
from domain.shared.values import PersonId, weight

# What the directory may bring: people known here and their stand-ins, their calendars and days.
MAX_OF_PEOPLE = 128 * KIB
# Of that, what people named outside the roles may fill: to answer for someone, to meet a condition.
MAX_WITH_GUESTS = 112 * KIB
# Of that, what stand-ins may fill; the rest is for those who hold or head something.
MAX_WITH_STAND_INS = 96 * KIB
# What each has in any case: the usual size of a colleague with some days.
PERSON_ROOM = KIB
# How many people stand-ins may bring it to: for more, room would have to be reserved that others have filled.
MAX_PEOPLE_WITH_STAND_INS = MAX_OF_PEOPLE // PERSON_ROOM


@memoized(64)
def known_of_people(cast: Participants) -> int:
    """Bytes of what the directory said; days count twice, as they are stored once more when they have begun."""
    days = (cast.absences, cast.delegations)
    return weight((cast.people, cast.calendars, cast.positions, days, days))


def room_of_people(cast: Participants) -> int:
    """The limit for what the directory says: the more people are known here, the more there is to be told."""
    return max(MAX_OF_PEOPLE, PERSON_ROOM * len(cast.people))


def as_far_as_fits(cast: Participants, told: Introduction, named: Collection[PersonId]) -> Introduction:
    """Of people to be added, those who are named, and as many of those who come with them as there is room for."""
    size, kept = known_of_people(cast), set[PersonId]()
    seen = set(cast.calendars)
    for person in sorted(told.people, key=lambda person: person.id not in named):
        more = known_of_people(Participants().knowing(_of(told, {person.id}, {person.calendar or ""} - seen)))
        fits = size + more <= MAX_WITH_STAND_INS and len({*cast.people, *kept}) < MAX_PEOPLE_WITH_STAND_INS
        if person.id in named or person.id in cast.people or fits:
            kept.add(person.id)
            seen.add(person.calendar or "")
            size += more
    return _of(told, kept, seen)


def _of(told: Introduction, people: Collection[PersonId], calendars: Collection[str]) -> Introduction:
    return Introduction(
        people=tuple(person for person in told.people if person.id in people),
        calendars=tuple(calendar for calendar in told.calendars if calendar.name in calendars),
        absences=tuple(absence for absence in told.absences if absence.person in people),
        delegations=tuple(given for given in told.delegations if given.person in people),
    )
