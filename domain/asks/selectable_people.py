"""Whom a form may offer: exactly the people who would be accepted if named, known to the engagement or not."""

from collections.abc import Iterable

from domain.asks.answering import MAX_DELEGATES, delegates, delegates_of
from domain.asks.eligibility import may_stand_in
from domain.asks.holder import AskHolder
from domain.asks.model import Ask
from domain.directory.participants_size import MAX_WITH_GUESTS, known_of_people
from domain.directory.people import Introduction, Person
from domain.shared.values import PersonId, weight


def may_meet_conditions(state: AskHolder, colleagues: Iterable[Person]) -> tuple[Person, ...]:
    """Who may own a condition or have made a promise: every active colleague."""
    known = _knowing(state, colleagues)
    return tuple(person for person in known.cast.people.values() if known.cast.is_here(person.id))


def may_answer_instead(state: AskHolder, ask: Ask, asked: PersonId, colleagues: Iterable[Person]) -> tuple[Person, ...]:
    """To whom somebody may delegate an ask; nobody if it is not theirs, has ended, or must be answered in person."""
    if not ask.is_open or not delegates(ask, asked) or len(delegates_of(ask, asked)) >= MAX_DELEGATES:
        return ()
    known = _knowing(state, colleagues)
    return tuple(person for person in known.cast.people.values() if may_stand_in(known, ask, person.id))


def _knowing(state: AskHolder, colleagues: Iterable[Person]) -> AskHolder:
    """The aggregate as if they had been introduced; people already known stay as they are."""
    room = MAX_WITH_GUESTS - known_of_people(state.cast)
    told = state.cast.unknown_of(Introduction(people=tuple(one for one in colleagues if weight({one.id: one}) <= room)))
    return state.replace(cast=state.cast.knowing(told))
