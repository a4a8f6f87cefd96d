"""How much an engagement knows of people, and whom it has room to get to know.

Whoever is named is made known with those who stand in for them, and nobody is forgotten. So there is room for each who
is known, which what the directory says of them may always take; whoever is named beside the roles finds it only as far
as there is room, and stand-ins come along only where it is wide.
"""

from collections.abc import Collection

from domain.directory.people import Introduction, Participants
from domain.shared.limits import KIB
from domain.shared.memo import memoized
from domain.shared.values import PersonId, weight

# What the directory may bring: whoever is known here or stands in for them, their calendars and days.
MAX_OF_PEOPLE = 128 * KIB
# Of that, what those may fill who are named beside the roles: to answer for somebody, to meet a condition.
MAX_WITH_GUESTS = 112 * KIB
# Of that, what those may fill who stand in for others; the rest is for whoever holds or heads something.
MAX_WITH_STAND_INS = 96 * KIB
# That each has in any case: what is usually said of a colleague, with some days.
PERSON_ROOM = KIB
# How many people stand-ins may make it: for more than these, room would have to be kept that others have filled.
MAX_BYTES_WITH_STAND_INS = MAX_OF_PEOPLE // PERSON_ROOM


@memoized(64)
def known_of_people(cast: Participants) -> int:
    """Bytes of what the directory said; days twice, for they are kept once more when they have begun."""
    days = (cast.absences, cast.delegations)
    return weight((cast.people, cast.calendars, cast.positions, days, days))


def room_of_people(cast: Participants) -> int:
    """What the directory's word may make of it: the more are known here, the more there is to hear."""
    return max(MAX_OF_PEOPLE, PERSON_ROOM * len(cast.people))


def as_far_as_fits(cast: Participants, told: Introduction, named: Collection[PersonId]) -> Introduction:
    """Of people on their way here those who are named, and of whoever comes with them those for whom there is room."""
    size, kept = known_of_people(cast), set[PersonId]()
    seen = set(cast.calendars)
    for person in sorted(told.people, key=lambda person: person.id not in named):
        more = known_of_people(Participants().knowing(_of(told, {person.id}, {person.calendar or ""} - seen)))
        fits = size + more <= MAX_WITH_STAND_INS and len({*cast.people, *kept}) < MAX_BYTES_WITH_STAND_INS
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
