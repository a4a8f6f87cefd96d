"""What time alone brings about in an engagement, and when."""

from datetime import datetime

from domain.asks import delegation, escalation
from domain.engagement.acts_owed import called_for, clocks
from domain.engagement.acts_owed import rules as acts_owed_rules
from domain.engagement.aggregate import Engagement
from domain.engagement.decide import Decision, apply_all_policies
from domain.engagement.delivery import followups
from domain.engagement.roles import holdings, leaving, vacancies
from domain.engagement.tasks import rules as tasks_rules
from domain.shared.transaction import CLOCK, Actor, Transaction


def apply_due_timers(state: Engagement, now: datetime) -> Decision:
    """What time alone brings about: reminders, rungs, what is owed. Twice at the same moment changes nothing."""
    transaction = Transaction(state, Actor(person_id=CLOCK, channel=CLOCK), now)
    if not state.is_over:
        leaving.end_holdings(transaction)
        vacancies.end_handovers(transaction)
    if not state.is_over and state.hold is None:
        delegation.sweep(transaction)
        vacancies.sweep(transaction)
        escalation.sweep(transaction)
        followups.sweep(transaction)
        tasks_rules.sweep(transaction)
        delegation.sweep(transaction)  # what was asked just now may be asked of somebody who is away
    acts_owed_rules.sweep(transaction)
    apply_all_policies(transaction)
    return Decision(transaction.state, tuple(transaction.events))


def advance_to(state: Engagement, now: datetime) -> Engagement:
    """The state with everything that time has brought about by now, for whoever decides before its timer has come."""
    moment = next_moment(state)
    return apply_due_timers(state, now).state if moment is not None and moment <= now else state


def next_moment(state: Engagement) -> datetime | None:
    """The earliest moment at which `due` will have something to do; None: only a person can go on."""
    if state.is_over:
        return None
    ends = [holdings.end_moment(state, holding) for holding in state.all_holdings]
    ends += [vacancies.handover_moment(state, handover) for handover in state.handovers]
    ends += [clocks.act_moment(state, act) for act in state.acts.values()]
    ends.append(called_for.next_moment(state))
    moments = ends if state.hold is not None else [*ends, *_clock_moments(state)]
    return min((moment for moment in moments if moment is not None), default=None)


def _clock_moments(state: Engagement) -> list[datetime | None]:
    """What the clocks that a hold stops will bring."""
    moments = [escalation.next_moment(state, ask) for ask in state.open_asks()]
    moments += [vacancies.vacancy_moment(state, vacancy) for vacancy in state.vacancies.values()]
    moments += [vacancies.successor_moment(state, holding) for holding in state.holdings.values()]
    moments += [tasks_rules.task_moment(state, task) for task in state.tasks.values()]
    return [*moments, delegation.moment(state), followups.next_followup(state)]
