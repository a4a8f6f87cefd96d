"""A person's digest of today, as the morning's run would make it now: the same words, shown and not sent."""

from datetime import date, datetime

from application.authentication import require_house_role
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from application.queries.view import ShownPersonId, View
from domain.directory.directory import ADMINISTRATOR, Directory
from domain.directory.people import Person
from domain.notifications.digest import digest_text, quiet_because
from domain.shared.errors import INCOMPLETE, NotFound
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, Value


class DigestFilter(Value):
    """Whose digest: one's own by default. The administrator may name another."""

    person_id: PersonId | None = None


class DigestView(View):
    """What a person would be told today. `text` is null if there is nothing to say.

    `quiet_because` says why nothing is sent today whatever there is to say; null on a working day. `incomplete` says
    why there may be more than can be read now; null if there is not.
    """

    person_id: ShownPersonId
    day: date
    zone: str
    text: str | None
    quiet_because: str | None
    incomplete: str | None = None


async def todays_digest(app: Interlock, actor: Actor, wanted: DigestFilter) -> DigestView:
    """A person's digest as it would be now. Raises PermissionDenied, NotFound."""
    directory = await require_of_the_firm(app, actor)
    person_id = wanted.person_id or actor.person_id
    if person_id != actor.person_id:
        require_house_role(actor, ADMINISTRATOR)
    known = directory.colleague(person_id)
    if known is None:
        raise NotFound(
            f"There is no colleague {person_id}.",
            remedy="Check the directory.",
            action=RemedyAction.LIST_PEOPLE,
            field="person_id",
        )
    return await off_loop(lambda: _shown(app, directory, known, app.clock()))


def _shown(app: Interlock, directory: Directory, person: Person, now: datetime) -> DigestView:
    calendar = directory.calendars[str(person.calendar)]
    day = calendar.local_day(now)
    names = {known.id: known.name for known in directory.everyone()}
    portfolio = app.read.portfolio(person.id)
    app.operators.hear_of_rows("read model", "the step", portfolio.damaged, now)
    return DigestView(
        person_id=person.id,
        day=day,
        zone=calendar.zone,
        text=digest_text(portfolio, names, calendar.zone, day, now),
        quiet_because=quiet_because(directory, person, day),
        incomplete=INCOMPLETE if portfolio.is_incomplete else None,
    )
