"""Introducing people: any colleague may be named as a condition's owner, a delegate, or the maker of a promise.

An engagement decides from what it knows. So a command that names somebody carries what the directory says of them, and
people not known yet are introduced by an event of their own before the one that names them.

Weighed: the whole firm known to every engagement (each would then receive every absence in the firm, and its state
would grow by thousands of people), and a directory lookup when somebody is named (a replay might then decide
otherwise).
"""

from collections.abc import Collection

from domain.asks.events import PeopleIntroduced
from domain.directory.participants_size import MAX_WITH_GUESTS, as_far_as_fits, known_of_people
from domain.directory.people import Introduction
from domain.shared.errors import BadValue
from domain.shared.transaction import S, Transaction
from domain.shared.values import PersonId


def introduce(transaction: Transaction[S], people: Introduction, named: Collection[PersonId]) -> Introduction:
    """Adds people who are not known yet and returns them: those named, and as many of their stand-ins as fit.

    People already known stay as they are. Raises BadValue if there is no room for those named.
    """
    cast = transaction.state.cast
    unknown = as_far_as_fits(cast, cast.unknown_of(people), named)
    if not unknown.people:
        return Introduction()
    size = known_of_people(cast.knowing(unknown))
    if size > MAX_WITH_GUESTS:
        names = ", ".join(person.name for person in unknown.people if person.id in named)
        raise BadValue(
            f"{transaction.state.id} knows {len(cast.people)} people and has no room for {names}.",
            remedy="Name somebody whom the engagement already knows.",
            field="person_id",
        )
    transaction.record(PeopleIntroduced(introduces=unknown))
    return unknown


def take_known(transaction: Transaction[S], people: Introduction) -> None:
    """Adds people whom a change order has introduced; their size was already limited there."""
    unknown = transaction.state.cast.unknown_of(people)
    if unknown.people:
        transaction.record(PeopleIntroduced(introduces=unknown))
