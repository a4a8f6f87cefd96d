"""Any colleague may be named: to meet a condition, to answer for somebody, as who made a promise.

An engagement decides from what it knows. So whoever names somebody brings along what the directory says of them, and
those who are not known yet are introduced, as a fact of its own before the one that names them.

Weighed: the whole firm known to every engagement (each then hears of every absence in the firm, and a state grows by
thousands of people), or a look into the directory when somebody is named (then a replay may decide otherwise).
"""

from collections.abc import Collection

from domain.asks.events import PeopleIntroduced
from domain.directory.people import Introduction
from domain.directory.size_limits import MAX_WITH_GUESTS, as_far_as_fits, known_of_people
from domain.shared.errors import BadValue
from domain.shared.transaction import S, Transaction
from domain.shared.values import PersonId


def introduce(transaction: Transaction[S], people: Introduction, named: Collection[PersonId]) -> Introduction:
    """Makes people known who are not, and gives them: those named, and of who stands in for them as many as fit.

    What is known of the others stands. Raises BadValue where so many are known that there is room for nobody more.
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
    """Makes people known whom a change order has got to know, who have had their room there."""
    unknown = transaction.state.cast.unknown_of(people)
    if unknown.people:
        transaction.record(PeopleIntroduced(introduces=unknown))
