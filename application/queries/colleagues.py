"""Whom one may choose when answering an ask: one list for every channel, and exactly those who are accepted."""

from enum import StrEnum

from application.commands.asks import aggregate_of, place_of, seen_ask
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import require_of_the_firm
from application.queries.parameters import Sought
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.asks.selectable_people import may_answer_instead, may_meet_conditions
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.shared.text import fits
from domain.shared.transaction import Actor
from domain.shared.values import AskId, PersonId, Value


class To(StrEnum):
    """What someone is chosen for."""

    MEET_CONDITIONS = "meet_conditions"
    ANSWER = "answer"


class SelectableColleague(Value):
    """Someone in the firm who may be chosen."""

    id: PersonId
    name: str


class ColleagueFilter(Value):
    """What they are chosen for, and words that occur in their name or id."""

    to: To
    q: Sought | None = None


async def who_may(
    app: Interlock, actor: Actor, ask_id: AskId, to: To, sought: str = ""
) -> tuple[SelectableColleague, ...]:
    """Who may own a condition of an approval of this ask, or answer it for the reader, by name.

    Raises: NotFound, PermissionDenied for someone who is not in the firm or may not see the ask.
    """
    directory = await require_of_the_firm(app, actor)
    known = await seen_ask(app, actor, ask_id)
    of = await off_loop(lambda: aggregate_of(app, place_of(ask_id)))
    if of is None:
        return ()
    people = _there(directory)
    if to is To.MEET_CONDITIONS:
        return _listed(may_meet_conditions(of, people), sought)
    return _listed(may_answer_instead(of, known, actor.person_id, people), sought)


def owners(of: AskHolder, directory: Directory) -> tuple[SelectableColleague, ...]:
    """Who may own a condition."""
    return _listed(may_meet_conditions(of, _there(directory)))


def delegates(of: AskHolder, ask: Ask, reader: PersonId, directory: Directory) -> tuple[SelectableColleague, ...]:
    """Who may answer an ask for its reader."""
    return _listed(may_answer_instead(of, ask, reader, _there(directory)))


def _there(directory: Directory) -> list[Person]:
    return [person for person in directory.people if person.active]


def _listed(people: tuple[Person, ...], sought: str = "") -> tuple[SelectableColleague, ...]:
    """By name, filtered by what is sought."""
    fitting = (SelectableColleague(id=one.id, name=one.name) for one in people if fits(f"{one.name} {one.id}", sought))
    return tuple(sorted(fitting, key=lambda one: (one.name, one.id)))
