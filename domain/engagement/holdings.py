"""What makes somebody fit to hold a role, and until when they hold it."""

from datetime import date, datetime

from domain.directory import gaps
from domain.engagement.state import Engagement, Holding
from domain.people import Person
from domain.playbook import Role


def gaps_of(person: Person, role: str, defined: Role) -> tuple[str, ...]:
    """What a person lacks for a role: the role itself in the directory, or levels of its profile."""
    qualifying = set(defined.held_as) or {role}
    lacking = [] if qualifying & set(person.roles) else [f"is not {' or '.join(sorted(qualifying))} in the directory"]
    levels = gaps(person, defined.profile)
    return (*lacking, *(f"{competency} {has} of {needs}" for competency, (has, needs) in levels.items()))


def lacks(state: Engagement, holding: Holding) -> tuple[str, ...]:
    """What the holder of a role lacks for it by the directory's last word."""
    defined = state.playbook.role(holding.role)
    person = state.cast.people.get(holding.person)
    return gaps_of(person, holding.role, defined) if defined is not None and person is not None else ()


def unwaived(state: Engagement, holding: Holding) -> tuple[str, ...]:
    """What the holder lacks beyond what the head of the function has waived."""
    waived = holding.waiver.lacking if holding.waiver is not None else ()
    return tuple(gap for gap in lacks(state, holding) if gap not in waived)


def waived_until(state: Engagement, holding: Holding) -> date | None:
    """The end of a waiver that is still needed: levels lack as before."""
    return holding.waiver.until if holding.waiver is not None and lacks(state, holding) else None


def last_date(state: Engagement, holding: Holding) -> date | None:
    """The day on which a role falls vacant by itself: its own end, or that of a waiver that is still needed."""
    return min((day for day in (holding.until, waived_until(state, holding)) if day is not None), default=None)


def end_moment(state: Engagement, holding: Holding) -> datetime | None:
    """The same as a moment: as that day begins where the holder works."""
    day = last_date(state, holding)
    return state.cast.calendar_of(holding.person).day_begins(day) if day is not None else None
