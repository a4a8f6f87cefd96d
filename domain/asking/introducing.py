"""Any colleague may be named: to meet a condition, to answer for somebody, as who made a promise.

An engagement decides from what it knows. So whoever names somebody brings along what the directory says of them, and
those who are not known yet are introduced, as a fact of its own before the one that names them.

Weighed: the whole firm known to every engagement (each then hears of every absence in the firm, and a state grows by
thousands of people), or a look into the directory when somebody is named (then a replay may decide otherwise).
"""

from domain.ask_events import PeopleIntroduced
from domain.people import Introduction
from domain.turn import S, Turn


def introduce(turn: Turn[S], people: Introduction) -> bool:
    """Makes people known who are not; True where there were any. What is known of the others stands."""
    unknown = turn.state.cast.unknown_of(people)
    if not unknown.people:
        return False
    turn.record(PeopleIntroduced(introduces=unknown))
    return True
