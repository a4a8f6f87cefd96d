"""What the engagement manager is told of the team: who no longer answers for a role, and who does from then on.

Not of roles that no one has held yet, whose holders they name or hear about; nor of what they did themselves, nor if
they must fill the gap and are told so. Of the project manager's role they hear each time.
"""

from domain.engagement.aggregate import Engagement
from domain.engagement.roles.coverage import PM, required_roles
from domain.engagement.roles.events import RoleAccepted, VacancyCauseChanged, VacancyClosed, VacancyOpened
from domain.engagement.roles.stand_ins import stand_ins_in
from domain.engagement.roles.values import VacancyCause
from domain.notifications.notice import Told
from domain.playbook.model import role_label
from domain.record.facts import Aggregate, Recorded
from domain.shared.calendar import day_shown
from domain.shared.text import capitalized, sentence
from domain.shared.values import PersonId, RoleName

MANAGER = "engagement_manager"


def told_of_team(state: Aggregate, fact: Recorded) -> Told:
    """What the engagement manager is told because of a fact; `state` is the aggregate after it."""
    manager = state.cast.holder(MANAGER)
    if not isinstance(state, Engagement) or manager is None or manager == fact.by:
        return
    text = None
    match fact.event:
        case VacancyOpened(vacancy=vacancy):
            text = _gap(state, vacancy.role, manager)
        case VacancyCauseChanged(role=role):
            text = _gap(state, role, manager)
        case VacancyClosed(role=role):
            text = _answered_for_again(state, role)
        case RoleAccepted():
            text = _filled(state, fact.event, manager)
    if text is not None:
        yield manager, "role", None, text


def _gap(state: Engagement, role: RoleName, manager: PersonId) -> str | None:
    vacancy = state.vacancies[role]
    if not vacancy.cause.was_held or manager in {vacancy.accountable, *vacancy.told} or role == MANAGER:
        return None
    lack = "has nobody answering as" if vacancy.cause is VacancyCause.AWAY else "has no"
    fills = f"{state.cast.name(vacancy.accountable)} must fill it; you may also name somebody."
    return f"{state.id} {state.title} {lack} {role_label(role)}. {sentence(vacancy.because)} {fills}"


def _answered_for_again(state: Engagement, role: RoleName) -> str | None:
    """The holder is back, or someone stands in; a role that is no longer needed is no news."""
    holder = state.cast.holder(role)
    if holder is None or role == MANAGER or role not in required_roles(state):
        return None
    names = [state.cast.name(one) for one in stand_ins_in(state, role)]
    whose = state.cast.name(holder)
    who = f"{names[0]} stands in for {whose}" if names else f"{whose} answers for it"
    return f"{capitalized(role_label(role))} of {state.id} {state.title}: covered again, {who}."


def _filled(state: Engagement, event: RoleAccepted, manager: PersonId) -> str | None:
    holding = event.holding
    known = {holding.person_id, holding.proposed_by, event.before}
    if event.further or manager in known or (event.before is None and holding.role != PM):
        return None
    until = f" until {day_shown(holding.until)}" if holding.until else ""
    after = f", after {state.cast.name(event.before)}" if event.before is not None else ""
    who = state.cast.name(holding.person_id)
    return f"{who} is now {role_label(holding.role)} of {state.id} {state.title}{until}{after}."
