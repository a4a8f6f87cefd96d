"""Offers of a vacancy: those who must fill it hear who could take it, and the competent hear that they may ask.

Offers are made once a batch of facts is written, from the state after all of them: a role that was vacant and filled in
one transaction is offered to no one. No one is offered a role twice while it is vacant, however far it escalates.

Weighed: deciding on offers in the engagement (then the firm's directory would travel in every state and history), or a
process that polls for vacancies (late, and one more thing that can stop). Here they are messages that follow from
facts, sent in the transaction that writes these; the ranking of that moment is only theirs and binds no one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from domain.directory.candidates import Candidate, CandidateFit, candidates
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.events import VacancyEscalated, VacancyOpened
from domain.engagement.roles.values import Vacancy, VacancyCause
from domain.next_steps.choices import request_action
from domain.next_steps.references import vacancy_ref
from domain.playbook.model import role_label
from domain.record.facts import Message, Recorded
from domain.shared.calendar import day_shown
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import fitting
from domain.shared.values import PersonId

OFFER = "offer"
MAX_OFFERED = 3
MAX_NAMED = 8


def vacancies_told(facts: Iterable[Recorded]) -> dict[str, Recorded]:
    """Roles whose vacancy opened or escalated in these facts, with the last fact that says so."""
    told: dict[str, Recorded] = {}
    for fact in facts:
        if isinstance(fact.event, VacancyOpened):
            told[fact.event.vacancy.role] = fact
        elif isinstance(fact.event, VacancyEscalated):
            told[fact.event.role] = fact
    return told


def offers(
    state: Engagement, told: Mapping[str, Recorded], directory: Directory, loads: Mapping[PersonId, int]
) -> tuple[Message, ...]:
    """The messages about these vacancies. None while someone is asked to hold the role or asks for it."""
    return tuple(
        message
        for role, fact in told.items()
        if role in state.vacancies and role not in state.proposals and state.playbook.role(role) is not None
        for message in _of_vacancy(
            state, state.vacancies[role], fact, candidates(state, role, directory, loads, fact.at)
        )
    )


def _of_vacancy(state: Engagement, vacancy: Vacancy, fact: Recorded, found: tuple[Candidate, ...]) -> Iterator[Message]:
    step = str(vacancy_ref(state, vacancy))
    yield Message(
        key=f"{fact.stream}#{fact.seq}:{OFFER}:{vacancy.accountable}",
        to=vacancy.accountable,
        kind=OFFER,
        stream=fact.stream,
        step=step,
        text=fitting(_who_could(state, vacancy, found)),
    )
    for candidate in _invited(vacancy, found):
        yield Message(
            key=f"{fact.stream}:{vacancy.role}@{_stamp(vacancy.since)}:{OFFER}:{candidate.person_id}",
            to=candidate.person_id,
            kind=OFFER,
            stream=fact.stream,
            step=step,
            text=fitting(_offer(state, vacancy)),
        )


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


def _who_could(state: Engagement, vacancy: Vacancy, found: tuple[Candidate, ...]) -> str:
    """For those who must fill it: names, and what each lacks, or that there is no one."""
    may = [candidate for candidate in found if candidate.is_offered]
    named = "; ".join(_named(candidate) for candidate in may[:MAX_NAMED])
    role = f"{role_label(vacancy.role)} of {state.id}"
    if not named:
        return f"Nobody in the directory is both free and competent, or nearly competent, for {role}."
    more = f" And {len(may) - MAX_NAMED} more." if len(may) > MAX_NAMED else ""
    see = RemedyAction.LIST_CANDIDATES.about(engagement=state.id, role=role_label(vacancy.role))
    return f"Who could be {role}: {named}.{more} All of them: `{see}`."


def _named(candidate: Candidate) -> str:
    away = f", away until {day_shown(candidate.away_until)}" if candidate.away_until else ""
    lacking = f", {', '.join(candidate.gaps)}" if candidate.gaps else ""
    return f"{candidate.name} ({candidate.standing.value}{lacking}{away})"


def _invited(vacancy: Vacancy, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The first competent people who may and can now; no one for a role whose holder is only away."""
    if vacancy.cause is VacancyCause.AWAY:
        return ()
    fit = (
        candidate
        for candidate in found
        if candidate.standing is CandidateFit.COMPETENT and candidate.is_offered and candidate.away_until is None
    )
    free = [of for of in fit if of.person_id != vacancy.accountable]
    return tuple(free[:MAX_OFFERED])


def _offer(state: Engagement, vacancy: Vacancy) -> str:
    since = state.cast.calendar_of(vacancy.accountable).local_day(vacancy.since)
    gap = (
        f"{state.id} {state.title} will soon have no {role_label(vacancy.role)}: {vacancy.because}."
        if vacancy.cause is VacancyCause.ENDING
        else f"{state.id} {state.title} has no {role_label(vacancy.role)} since {day_shown(since)}."
    )
    how, whose = request_action(state.id, vacancy.role), state.cast.name(vacancy.accountable)
    return f"{gap} You are competent for it. Ask for it with `{how}`. {whose} must fill it."
