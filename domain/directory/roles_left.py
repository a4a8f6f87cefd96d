"""Which roles an operation on people left uncovered, why, and who must fill them."""

from collections.abc import Collection, Iterator
from datetime import datetime

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.playbook.model import role_label
from domain.shared.values import PersonId

# How such a gap begins: no one holds the role, or its holder is away and no one stands in.
VACANT, NOT_COVERED = "vacant: ", "not covered: "


def gaps_left(state: Engagement, people: Collection[PersonId], since: datetime) -> Iterator[str]:
    """One line each: roles that these people hold, and roles vacant since then; no older gaps."""
    for role, vacancy in state.vacancies.items():
        if vacancy.since >= since or state.cast.holder(role) in people:
            yield _line(state, vacancy)


def _line(state: Engagement, vacancy: Vacancy) -> str:
    which = NOT_COVERED if vacancy.cause is VacancyCause.AWAY else VACANT
    fills = f"{state.cast.name(vacancy.accountable)} is to have it filled"
    return f"{which}{role_label(vacancy.role)}, {vacancy.because.rstrip('.')}, {fills}"
