"""People of the directory on their way into an engagement, with a command that names them.

An engagement decides from what it knows. So a command that names somebody brings along what the directory says of them
at that moment, and a repeat of it is known by what was said, not by that.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.context import Interlock
from application.off_loop import off_loop
from domain.directory.delta import delta_for, periods_of, stand_ins_of
from domain.directory.directory import Directory
from domain.directory.people import Introduction, Participants, Person
from domain.engagement import commands as c
from domain.engagement.command import DIRECTORY
from domain.shared.errors import BadValue, NotFound
from domain.shared.near_matches import meant
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, digest
from workflows.messages import CommandRequest, Receipt


class Brought(NamedTuple):
    """People to be made known, and the directory that this was taken from, if it was needed."""

    introduces: Introduction
    directory: Directory | None


async def with_people(
    app: Interlock,
    caller: Caller,
    engagement_id: EngagementId,
    command: c.AnyCommand,
    known: Directory | None,
    said: object,
) -> Receipt:
    """Carries out a command that brings people of the directory along.

    Where the directory was changed while it was on its way, the engagement may have heard of that before: it is
    told once more, so that nobody who has left is brought back by an answer that came late.
    """
    receipt = await carry_out(app, caller, engagement_id, command, said=said)
    if known is not None:
        await compare_again(app, engagement_id, known)
    return receipt


async def compare_again(app: Interlock, engagement_id: EngagementId, known: Directory | None) -> None:
    """Tells an engagement the directory's newest word, unless this is what it was just told from (None: nothing)."""
    version, newest = await off_loop(app.registry.directory_version)
    state = await off_loop(lambda: app.read.engagement(engagement_id)) if newest != known else None
    word = (
        delta_for(newest, version, state, app.clock(), "The directory has changed in the meantime") if state else None
    )
    if word is None or state is None or state.is_over:
        return
    key = digest([engagement_id, version, word.model_dump(mode="json")])
    request = CommandRequest(
        id=key, body=digest(word), actor=Actor(person_id=DIRECTORY, channel=DIRECTORY), command=word
    )
    with suppress(NotFound):  # it has ended meanwhile, and needs to hear nothing more
        await app.engine.command(engagement_stream(engagement_id), request)


def newcomer(directory: Directory, role: str, person_id: str, asker: str = "") -> dict[str, Any]:
    """What a `Newcomer` command carries of the directory. Raises BadValue for who is not of the firm."""
    known = directory.colleague(person_id)
    if known is None:
        remedy = nearest(directory.people, person_id, directory.colleague(asker), "Name a colleague.")
        raise BadValue(f"There is no colleague {person_id}.", remedy=remedy, field="person_id")
    return {"role": role, "person": known, **around(directory, known)}


def nobody(person_id: str) -> Person:
    """Somebody of whom the directory knows nothing: whether they might be named is judged before that is said."""
    return Person(id=person_id, name=person_id, email=person_id, active=False)


def nearest(among: Iterable[Person], person_id: str, asker: Person | None, otherwise: str) -> str:
    """Whom a colleague may have meant; nobody else learns of anybody by trying names."""
    return otherwise if asker is None else meant(person_id, (known.id for known in among if known.active), otherwise)


def around(directory: Directory, person: Person) -> dict[str, Any]:
    """Who stands in for somebody, and when they and these are away or let others answer."""
    known = _introduction(directory, [person])
    told = {name: getattr(known, name) for name in ("calendars", "absences", "delegations")}
    return {"stand_ins": known.people[1:], **told}


def introduction_of(directory: Directory, named: Iterable[PersonId]) -> Introduction:
    """What the directory says of these, as far as they are colleagues who are there; of others nothing."""
    colleagues = (directory.colleague(person_id) for person_id in dict.fromkeys(named))
    return _introduction(directory, [person for person in colleagues if person is not None])


async def introduction(app: Interlock, cast: Participants | None, named: Iterable[PersonId]) -> Brought:
    """What is to be brought along of those named whom a cast does not know; nothing where it knows them all."""
    unknown = [person_id for person_id in named if cast is None or person_id not in cast.people]
    if not unknown:
        return Brought(Introduction(), None)
    directory = await off_loop(app.registry.directory)
    return Brought(introduction_of(directory, unknown), directory)


def _introduction(directory: Directory, people: list[Person]) -> Introduction:
    known = {person.id: person for person in (*people, *stand_ins_of(directory, people))}
    used = {person.calendar for person in known.values()}
    absences, delegations = periods_of(directory, known)
    return Introduction(
        people=tuple(known.values()),
        calendars=tuple(calendar for calendar in directory.calendars.values() if calendar.name in used),
        absences=absences,
        delegations=delegations,
    )
