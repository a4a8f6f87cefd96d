"""Who may do a next step besides its owner, and why, in a sentence."""

from collections.abc import Iterable, Sequence
from datetime import date

from domain.directory.people import Absence
from domain.next_steps.model import StepKind
from domain.shared.calendar import day_shown
from domain.shared.values import PersonId


def away_until(absences: Iterable[Absence], person_id: PersonId, today: date) -> date | None:
    """The last day of an absence that covers `today`, the local date where they work; None: they are here."""
    days = (each.last for each in absences if each.person == person_id and each.first <= today <= each.last)
    return max(days, default=None)


def who_else(kind: StepKind, owner: str, others: Sequence[str], away: date | None, *, overdue: bool) -> str | None:
    """Who may do it too, and why, by name; None if only its owner may."""
    if not others:
        return None
    names = _listed(others)
    if kind == "vacancy":
        return f"{names} may also name somebody."
    return f"{names} may also do it{_because(owner, away, overdue=overdue)}."


def in_whose_place(owner: str, away: date | None, *, overdue: bool) -> str:
    """What someone reads who may do a step that another owes."""
    return f"{owner} owes this; you may also do it{_because(owner, away, overdue=overdue)}."


def _because(owner: str, away: date | None, *, overdue: bool) -> str:
    if away is not None:
        return f": {owner} is away until {day_shown(away)}"
    return ": it is overdue" if overdue else f", for {owner}"


def _listed(names: Sequence[str]) -> str:
    """`Ida Holm`, `Ida Holm and Rosa Klein`, `A, B and C`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
