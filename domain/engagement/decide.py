"""The entry point of the aggregate: takes a command, or the passing of time, and returns a new state and its events."""

from datetime import datetime
from typing import NamedTuple

from domain.asks import reassignment
from domain.asks.events import AskOpened
from domain.engagement.acts_owed import rules as acts_owed_rules
from domain.engagement.aggregate import Engagement
from domain.engagement.answers import handlers as answers_handlers
from domain.engagement.changes import handlers as changes_handlers
from domain.engagement.changes.commands import (
    ReportChange,
)
from domain.engagement.closing import handlers as closing_handlers
from domain.engagement.closing import holds
from domain.engagement.command import Command
from domain.engagement.commands import COMMANDS
from domain.engagement.delivery import handlers as delivery_handlers
from domain.engagement.documents import handlers as documents_handlers
from domain.engagement.handler_types import Handlers
from domain.engagement.known_ids import require_own_ids
from domain.engagement.needs import handlers as needs_handlers
from domain.engagement.permissions import allowed_to, permit
from domain.engagement.playbook import handlers as playbook_handlers
from domain.engagement.policies import apply_policies
from domain.engagement.pricing import handlers as pricing_handlers
from domain.engagement.reactions import react
from domain.engagement.roles import handlers as roles_handlers
from domain.engagement.roles import (
    leaving,
    stand_ins,
    vacancy_stand_ins,
)
from domain.engagement.roles.commands import (
    TakeDirectory,
)
from domain.engagement.scope import handlers as scope_handlers
from domain.engagement.size.limits import require_within_bounds
from domain.engagement.tasks import handlers as tasks_handlers
from domain.engagement.tasks import rules as tasks_rules
from domain.shared.errors import EditedMeanwhile, Refusal, has_ended
from domain.shared.transaction import Actor, Evolves, Transaction
from domain.shared.values import AskId, PersonId


class Decision(NamedTuple):
    """The result of a transaction: the new state, its events in order, and for whom the actor acted."""

    state: Engagement
    events: tuple[Evolves[Engagement], ...]
    for_whom: PersonId | None = None


def decide(
    state: Engagement, command: Command, actor: Actor, now: datetime, readings: tuple[int, ...] | None = None
) -> Decision:
    """What a command makes of an engagement, with everything that follows automatically.

    `readings`: the versions (`seq`) of the engagement at which the command may be carried out; None for any.

    Raises a Refusal if a fixed rule, the stage or the table of permissions forbids it.
    """
    if state.is_over and not isinstance(command, ReportChange):
        raise has_ended(state.stage.value)
    actor = permit_at(state, command, actor, now)
    _require_reading(state, readings)
    if not command.allowed_on_hold:
        holds.require_running(state, actor.person_id)
    require_own_ids(state, command)
    transaction = Transaction(state, actor, now)
    stand_ins.sell_for_another(transaction, allowed_to(command))
    for part in leaving.in_order(state, command) if isinstance(command, TakeDirectory) else (command,):
        HANDLERS[type(part)](transaction, part)
        apply_all_policies(transaction, part)
    require_within_bounds(state, transaction.state, command)
    return Decision(transaction.state, tuple(transaction.events), actor.for_whom)


def permit_at(state: Engagement, command: Command, actor: Actor, now: datetime) -> Actor:
    """The actor, if they may give the command, with the person for whom they act; it counts as done by both.

    Somebody who may give it by a role or position of their own acts for nobody. Raises what `permit` raises.
    """
    known = stand_ins.as_of(
        vacancy_stand_ins.as_of(tasks_rules.as_of(acts_owed_rules.as_of(state, now), now), now), now
    )
    permit(known, command, actor)
    if not _may_alone(known, command, actor):
        actor = tasks_rules.for_its_owner(known, command, acts_owed_rules.for_its_owner(known, command, actor))
        if actor.for_whom is None:
            actor = stand_ins.for_the_holder(known, allowed_to(command), command, actor)
    return vacancy_stand_ins.for_who_must_fill(known, command, actor)


def _may_alone(state: Engagement, command: Command, actor: Actor) -> bool:
    """True if the actor would be permitted even without standing in for anybody."""
    if not _somebody_stands_in(state):
        return True
    acts_alone = {name: act.replace(stand_ins=()) for name, act in state.acts.items()}
    tasks_alone = {name: task.replace(stand_ins=()) for name, task in state.tasks.items()}
    alone = state.replace(acts=acts_alone, tasks=tasks_alone, cast=state.cast.replace(begun=()))
    try:
        permit(alone, command, actor)
    except Refusal:
        return False
    return True


def _somebody_stands_in(state: Engagement) -> bool:
    for_acts = any(act.stand_ins for act in state.acts.values())
    return bool(state.cast.begun) or for_acts or any(task.stand_ins for task in state.tasks.values())


def _require_reading(state: Engagement, readings: tuple[int, ...] | None) -> None:
    """Raises EditedMeanwhile if the command was based on another version than the current one."""
    if readings is not None and state.seq not in readings:
        known = ", ".join(map(str, readings)) or "an unknown version"
        raise EditedMeanwhile(
            f"You are editing version {known}; the engagement is now at version {state.seq}.",
            remedy="Load it again, then repeat your change.",
            field="If-Match",
        )


def apply_all_policies(transaction: Transaction[Engagement], command: Command | None = None) -> None:
    """Applies all policies. Where a vote moved to somebody else, two may have become one: votes are counted again."""
    apply_policies(transaction)
    while ended := reassignment.count_moved_votes(transaction):
        for ask in ended:
            react(transaction, ask)
        apply_policies(transaction)
    acts_owed_rules.watch(transaction, command)
    tasks_rules.watch(transaction)
    vacancy_stand_ins.watch(transaction)


def _gathered() -> Handlers:
    """The handlers of all slices. Raises TypeError if a command has none."""
    handlers = {
        **answers_handlers.HANDLERS,
        **changes_handlers.HANDLERS,
        **closing_handlers.HANDLERS,
        **delivery_handlers.HANDLERS,
        **documents_handlers.HANDLERS,
        **needs_handlers.HANDLERS,
        **playbook_handlers.HANDLERS,
        **pricing_handlers.HANDLERS,
        **roles_handlers.HANDLERS,
        **scope_handlers.HANDLERS,
        **tasks_handlers.HANDLERS,
    }
    if without := [kind.__name__ for kind in COMMANDS if kind not in handlers]:
        raise TypeError(f"nothing carries out {', '.join(without)}")
    return handlers


HANDLERS: Handlers = _gathered()


def opened_by(decision: Decision) -> tuple[AskId, ...]:
    """Ids of the asks that a decision opened and left open, which come next."""
    opened = [event.ask.id for event in decision.events if isinstance(event, AskOpened)]
    return tuple(ask_id for ask_id in opened if decision.state.asks[ask_id].is_open)
