"""What time alone causes in an engagement, and when."""

from datetime import datetime

from domain.asks import delegation, escalation
from domain.engagement.acts_owed import called_for, clocks
from domain.engagement.acts_owed import rules as acts_owed_rules
from domain.engagement.aggregate import Engagement
from domain.engagement.decide import Decision, apply_all_policies
from domain.engagement.delivery import followups
from domain.engagement.roles import leaving, qualification, vacancies
from domain.engagement.tasks import rules as tasks_rules
from domain.shared.transaction import CLOCK, Actor, Transaction


def apply_due_timers(state: Engagement, now: datetime) -> Decision:
    """Applies what is due with time: reminders, rungs, acts owed. A second run at the same moment does nothing."""
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
        delegation.sweep(transaction)  # what was just asked may be asked of somebody absent
    acts_owed_rules.sweep(transaction)
    apply_all_policies(transaction)
    return Decision(transaction.state, tuple(transaction.events))


def advance_to(state: Engagement, now: datetime) -> Engagement:
    """The state with everything due by now applied, for decisions made before its timer has fired."""
    moment = next_moment(state)
    return apply_due_timers(state, now).state if moment is not None and moment <= now else state


def next_moment(state: Engagement) -> datetime | None:
    """The earliest moment at which `apply_due_timers` has something to do; None if only a person can continue."""
    if state.is_over:
        return None
    ends = [qualification.end_moment(state, holding) for holding in state.all_holdings]
    ends += [vacancies.handover_moment(state, handover) for handover in state.handovers]
    ends += [clocks.act_moment(state, act) for act in state.acts.values()]
    ends.append(called_for.next_moment(state))
    moments = ends if state.hold is not None else [*ends, *_clock_moments(state)]
    return min((moment for moment in moments if moment is not None), default=None)


def _clock_moments(state: Engagement) -> list[datetime | None]:
    """The moments of clocks that a hold stops."""
    moments = [escalation.next_moment(state, ask) for ask in state.open_asks()]
    moments += [vacancies.vacancy_moment(state, vacancy) for vacancy in state.vacancies.values()]
    moments += [vacancies.successor_moment(state, holding) for holding in state.holdings.values()]
    moments += [tasks_rules.task_moment(state, task) for task in state.tasks.values()]
    return [*moments, delegation.moment(state), followups.next_followup(state)]
