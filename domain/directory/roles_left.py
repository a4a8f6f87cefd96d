"""Which roles an operation on people left without anybody who answers, why, and whose it is to fill them."""

from collections.abc import Collection, Iterator
from datetime import datetime

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.playbook.model import role_label
from domain.shared.values import PersonId

# What such a gap begins with: nobody holds the role, or whoever holds it is away and nobody stands in.
VACANT, NOT_COVERED = "vacant: ", "not covered: "


def gaps_left(state: Engagement, people: Collection[PersonId], since: datetime) -> Iterator[str]:
    """A line each: of roles that these people hold, and of those that nobody holds since then; not of older gaps."""
    for role, vacancy in state.vacancies.items():
        if vacancy.since >= since or state.cast.holder(role) in people:
            yield _line(state, vacancy)


def _line(state: Engagement, vacancy: Vacancy) -> str:
    which = NOT_COVERED if vacancy.cause is VacancyCause.AWAY else VACANT
    fills = f"{state.cast.name(vacancy.accountable)} is to have it filled"
    return f"{which}{role_label(vacancy.role)}, {vacancy.because.rstrip('.')}, {fills}"
