"""Whom one may choose: exactly those who are accepted when they are named, known to the deal before or not."""

from collections.abc import Iterable

from domain.asking.answering import delegates
from domain.asking.seats import may_stand_in
from domain.asks import Ask, Asking
from domain.people import Introduction, Person
from domain.values import PersonId


def may_meet_conditions(state: Asking, colleagues: Iterable[Person]) -> tuple[Person, ...]:
    """Who may own a condition or have promised something: every colleague who is there."""
    known = _knowing(state, colleagues)
    return tuple(person for person in known.cast.people.values() if known.cast.is_here(person.id))


def may_answer_instead(state: Asking, ask: Ask, asked: PersonId, colleagues: Iterable[Person]) -> tuple[Person, ...]:
    """To whom somebody may delegate an ask; nobody where it is not theirs, has ended, or is answered in person."""
    if not ask.is_open or not delegates(ask, asked):
        return ()
    known = _knowing(state, colleagues)
    return tuple(person for person in known.cast.people.values() if may_stand_in(known, ask, person.id))


def _knowing(state: Asking, colleagues: Iterable[Person]) -> Asking:
    """As it would be with them introduced: what is known of somebody stands."""
    told = state.cast.unknown_of(Introduction(people=tuple(colleagues)))
    return state.having(cast=state.cast.knowing(told))
