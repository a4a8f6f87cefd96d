"""What people are told of vacancies."""

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import who_must_fill, why_nobody_may_fill
from domain.engagement.roles.events import (
    VacancyCauseChanged,
    VacancyCovered,
    VacancyEscalated,
    VacancyOpened,
)
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.next_steps.references import vacancy_ref
from domain.next_steps.texts import how_filled
from domain.notifications.notice import Told, engagement_label
from domain.playbook.model import role_label
from domain.record.facts import Aggregate
from domain.shared.text import sentence


def told_of_vacancy(state: Aggregate, event: VacancyOpened) -> Told:
    if isinstance(state, Engagement):
        yield event.vacancy.accountable, "vacancy", vacancy_ref(state, event.vacancy), _gap(state, event.vacancy)


def told_of_vacancy_cause(state: Aggregate, event: VacancyCauseChanged) -> Told:
    if isinstance(state, Engagement):
        vacancy = state.vacancies[event.role]
        yield vacancy.accountable, "vacancy", vacancy_ref(state, vacancy), _gap(state, vacancy)


def _gap(state: Engagement, vacancy: Vacancy) -> str:
    """What is missing, in words, and what to do about it."""
    missing = {
        VacancyCause.ENDING: "will soon have no",
        VacancyCause.AWAY: "has nobody answering as",
    }
    remedy = how_filled(state, vacancy)
    if not who_must_fill(state, vacancy):
        remedy = f"{why_nobody_may_fill(state, vacancy.role)} {remedy}"
    lack = f"{missing.get(vacancy.cause, 'has no')} {role_label(vacancy.role)}"
    return f"{engagement_label(state)} {lack}. {sentence(vacancy.because)} {remedy}"


def told_of_vacancy_escalated(state: Aggregate, event: VacancyEscalated) -> Told:
    if isinstance(state, Engagement):
        step = vacancy_ref(state, state.vacancies[event.role])
        accountable = state.cast.name(event.accountable)
        for person_id in event.told:
            text = f"{engagement_label(state)} still has no {role_label(event.role)}. Accountable now: {accountable}."
            yield person_id, "vacancy", step, text


def told_of_vacancy_stand_in(state: Aggregate, event: VacancyCovered) -> Told:
    if isinstance(state, Engagement):
        vacancy = state.vacancies[event.role]
        for one in event.stand_ins:
            text = f"You may do this for {state.cast.name(one.instead_of)}: {_gap(state, vacancy)}"
            yield one.person_id, "vacancy", vacancy_ref(state, vacancy), text
