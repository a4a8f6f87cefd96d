"""People from the directory, brought into an engagement with a command that names them.

An engagement decides from what it knows. So a command that names someone brings along what the directory says of them
at that moment; a repeat is identified by what the caller sent, without that.
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
    """Carries out a command that brings people from the directory along.

    If the directory changed while the command was on its way, the engagement may have been told of that before it: it
    is told once more, so that a late command brings back no one who has left.
    """
    receipt = await carry_out(app, caller, engagement_id, command, said=said)
    if known is not None:
        await compare_again(app, engagement_id, known)
    return receipt


async def compare_again(app: Interlock, engagement_id: EngagementId, known: Directory | None) -> None:
    """Tells an engagement what the directory now says, unless `known` is still current (None: nothing was known)."""
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
    with suppress(NotFound):  # it has ended meanwhile, and needs to be told nothing more
        await app.engine.command(engagement_stream(engagement_id), request)


def newcomer(directory: Directory, role: str, person_id: PersonId, asker: PersonId | None = None) -> dict[str, Any]:
    """What a `Newcomer` command takes from the directory. Raises BadValue for someone who is not in the firm."""
    known = directory.colleague(person_id)
    if known is None:
        remedy = nearest(
            directory.people, person_id, directory.colleague(asker) if asker is not None else None, "Name a colleague."
        )
        raise BadValue(f"There is no colleague {person_id}.", remedy=remedy, field="person_id")
    return {"role": role, "person": known, **around(directory, known)}


def nobody(person_id: PersonId) -> Person:
    """Someone the directory does not know: whether they might be named is checked before that is said."""
    return Person(id=person_id, name=person_id, email=person_id, active=False)


def nearest(among: Iterable[Person], person_id: PersonId, asker: Person | None, otherwise: str) -> str:
    """Whom a colleague may have meant; others cannot find people by trying names."""
    return otherwise if asker is None else meant(person_id, (known.id for known in among if known.active), otherwise)


def around(directory: Directory, person: Person) -> dict[str, Any]:
    """Someone's stand-ins, and when they and these are away or let others answer."""
    known = _introduction(directory, [person])
    told = {name: getattr(known, name) for name in ("calendars", "absences", "delegations")}
    return {"stand_ins": known.people[1:], **told}


def introduction_of(directory: Directory, named: Iterable[PersonId]) -> Introduction:
    """What the directory says of these people, as far as they are active colleagues."""
    colleagues = (directory.colleague(person_id) for person_id in dict.fromkeys(named))
    return _introduction(directory, [person for person in colleagues if person is not None])


async def introduction(app: Interlock, cast: Participants | None, named: Iterable[PersonId]) -> Brought:
    """What must be brought along of those named whom the participants do not include; empty if they are all known."""
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
