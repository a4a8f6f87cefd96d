"""The views of the directory."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from application.commands.administration import holiday_warnings
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from application.queries.view import UTC_ZONE, ShownPersonId, View
from domain.directory.directory import Directory
from domain.shared.calendar import Calendar
from domain.shared.errors import (
    NotFound,
)
from domain.shared.near_matches import meant
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import Day, Money, PersonId


class PersonLineView(View):
    """Someone in the directory, as colleagues see them."""

    id: str
    name: str
    email: str
    title: str | None
    client: str | None
    part: tuple[str, ...]
    roles: tuple[str, ...]
    positions: tuple[str, ...]
    house_roles: tuple[str, ...]
    """House roles: `administrator`, `process_owner`."""
    verticals: tuple[str, ...]
    calendar: str | None
    manager: ShownPersonId | None
    deputy: ShownPersonId | None
    active: bool


class AbsenceView(View):
    """Days on which someone is away, both included, and who answers then."""

    first: Day
    last: Day
    delegate: ShownPersonId | None
    delegate_name: str | None


class DelegationView(View):
    """Who may answer for someone; no roles or kinds named: for all of them."""

    to: ShownPersonId
    to_name: str
    first: Day
    last: Day
    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    up_to: Money | None
    by: ShownPersonId | None
    reason: str | None


class AnswersForView(View):
    """For whom someone may answer, on which days, now or later; no roles or kinds named: for all of them."""

    person_id: ShownPersonId
    person_name: str
    first: Day
    last: Day
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class PersonView(PersonLineView):
    """Someone in the directory; levels of competence only for themselves, heads and the administrator."""

    assistant: ShownPersonId | None
    absences: tuple[AbsenceView, ...]
    delegations: tuple[DelegationView, ...]
    answers_for: tuple[AnswersForView, ...] = ()
    competencies: dict[str, int] | None


class CalendarView(View):
    """Working hours of a place, in its own zone, and the last day up to which its holidays are known."""

    name: str
    zone: str
    opens: str
    closes: str
    holidays_until: Day | None


class DirectoryView(View):
    """The firm's people, then those of its clients. `warnings` are about calendars whose holidays run out."""

    firm: str
    currency: str
    people: tuple[PersonLineView, ...]
    calendars: tuple[CalendarView, ...]
    warnings: tuple[str, ...]


class MeView(PersonLineView):
    """Who the caller is, and their house roles."""


# -- who is who, and which process


async def people(app: Interlock, actor: Actor) -> DirectoryView:
    """The directory, for someone in the firm."""
    directory = await require_of_the_firm(app, actor)
    lines = tuple(PersonLineView(**person_line(directory, person.id)) for person in directory.everyone())
    return DirectoryView(
        firm=directory.firm,
        currency=directory.currency,
        people=lines,
        calendars=tuple(_calendar(calendar) for calendar in directory.calendars.values()),
        warnings=holiday_warnings(directory, app.clock().date()),
    )


async def person_as_of(app: Interlock, actor: Actor, person_id: PersonId) -> tuple[int, PersonView]:
    """The same, with the version of the directory it was read from. Raises NotFound, PermissionDenied."""
    version, _ = await off_loop(app.registry.directory_version)
    return version, await person_view(app, actor, person_id)


async def person_view(app: Interlock, actor: Actor, person_id: PersonId) -> PersonView:
    """Someone in the directory, for a colleague. Raises NotFound, PermissionDenied."""
    directory = await require_of_the_firm(app, actor)
    known = directory.person(person_id)
    if known is None:
        remedy = meant(person_id, (one.id for one in directory.everyone()), "Check the directory.")
        raise NotFound(
            f"There is nobody called {person_id}.", remedy=remedy, action=RemedyAction.LIST_PEOPLE, field="person_id"
        )
    overseer = "administrator" in actor.house_roles or actor.person_id in directory.positions.values()
    own = person_id == actor.person_id or overseer
    return PersonView(
        **person_line(directory, person_id),
        assistant=known.assistant,
        absences=tuple(
            AbsenceView(
                first=absence.first,
                last=absence.last,
                delegate=absence.delegate,
                delegate_name=directory.name_of(absence.delegate) if absence.delegate else None,
            )
            for absence in directory.absences
            if absence.person == person_id
        ),
        delegations=tuple(
            DelegationView(**given.model_dump(exclude={"person"}), to_name=directory.name_of(given.to))
            for given in directory.delegations
            if given.person == person_id
        ),
        answers_for=tuple(_answers_for(directory, person_id, app.clock())),
        competencies=dict(known.competencies) if own else None,
    )


def _answers_for(directory: Directory, person_id: PersonId, now: datetime) -> Iterator[AnswersForView]:
    """Whose delegate someone is: for the days of an absence, or by a delegation that has not ended."""
    today = now.astimezone(ZoneInfo(directory.zone_of(person_id) or UTC_ZONE)).date()
    for away in directory.absences:
        if away.delegate == person_id and away.last >= today:
            name = directory.name_of(away.person)
            yield AnswersForView(person_id=away.person, person_name=name, first=away.first, last=away.last)
    for given in directory.delegations:
        if given.to == person_id and given.last >= today:
            name = directory.name_of(given.person)
            known = given.model_dump(include={"person", "first", "last", "roles", "kinds"})
            yield AnswersForView(**known, person_name=name)


def _calendar(calendar: Calendar) -> CalendarView:
    return CalendarView(
        name=calendar.name,
        zone=calendar.zone,
        opens=_wall(calendar.opens),
        closes=_wall(calendar.closes),
        holidays_until=calendar.holidays_until,
    )


def _wall(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


async def me(app: Interlock, actor: Actor) -> MeView:
    """Who is calling."""
    directory = await off_loop(app.registry.directory)
    return MeView(**person_line(directory, actor.person_id) | {"house_roles": actor.house_roles})


def person_line(directory: Directory, person_id: PersonId) -> dict[str, object]:
    known = directory.person(person_id)
    if known is None:
        raise NotFound(
            f"There is nobody called {person_id}.", remedy="Check the directory.", action=RemedyAction.LIST_PEOPLE
        )
    positions = tuple(sorted(name for name, holder in directory.positions.items() if holder == person_id))
    keeps = tuple(sorted(name for name, holder in directory.house_roles.items() if holder == person_id))
    return known.model_dump(exclude={"assistant", "competencies"}) | {"positions": positions, "house_roles": keeps}
