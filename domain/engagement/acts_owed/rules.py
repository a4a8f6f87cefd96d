"""An act owed as it lives: it opens by itself, has a clock and a ladder, and ends when it is done in whatever face.

Weighed: an ask put to oneself (then whoever does the act must answer the ask too, and forgets one of the two), or
reckoning at each reading what is owed (then nothing has a since, no clock runs and nobody is reminded). Here the rules
reckon the set after each turn, and only the differences are facts, as with vacancies.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.directory.people import Matter, Participants
from domain.engagement.acts_owed.called_for import SELLER, Called, acts_called_for
from domain.engagement.acts_owed.clocks import act_moment
from domain.engagement.acts_owed.commands_by_act import does
from domain.engagement.acts_owed.events import ActCovered, ActEnded, ActEscalated, ActOpened, ActReminded
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.roles.compatibility import check_compatible
from domain.engagement.roles.stand_ins import may_cover
from domain.next_steps.acts_owed import ActKind, ActOwed
from domain.playbook.model import Rung
from domain.shared.calendar import WorkingClock
from domain.shared.errors import NotByDefault
from domain.shared.transaction import Actor, Transaction
from domain.shared.values import PersonId

HEAD, STAND_IN = "head", "stand_in"
# As far as a clock reckons ahead (`working_time.MAX_SEARCH_DAYS`); what is due later is due then, until then.
MAX_DAYS_AHEAD = timedelta(days=3600)


def watch(transaction: Transaction[Engagement], command: Command | None = None) -> None:
    """Opens what is called for now, ends what is not after this command, and passes each act on with its role."""
    called = {act.id: act for act in acts_called_for(transaction.state, transaction.now)}
    for act in list(transaction.state.acts.values()):
        stands_still = transaction.state.hold is not None and act.kind is not ActKind.RESOLVE_HOLD
        if act.id not in called and not stands_still:
            transaction.record(_ended(transaction, act, command))
    for name, one in called.items():
        stands = transaction.state.acts.get(name)
        if stands is None or _is_another(transaction.state, stands, one):
            transaction.record(ActOpened(act=_opened(transaction, one, stands)))
    _forget_who_left(transaction)
    for act in list(transaction.state.acts.values()):
        stand_ins = tuple(_who_may_stand_in(transaction.state, act, transaction.now))
        if stand_ins != act.stand_ins:
            transaction.record(ActCovered(act=act.id, stand_ins=stand_ins))


def _is_another(state: Engagement, act: ActOwed, called: Called) -> bool:
    """True where it is another's now, or is due on another day: then its clock begins anew."""
    return (act.role, act.owner, act.day) != (called.role, state.cast.holder(called.role), called.day)


def _ended(transaction: Transaction[Engagement], act: ActOwed, command: Command | None) -> ActEnded:
    """Whoever gave a command that does the act has done it; by anything else it is only not called for any more."""
    person_id = transaction.actor.person_id
    if not does(command, act):
        return ActEnded(act=act.id)
    return ActEnded(act=act.id, by=person_id, for_whom=act.owner if person_id != act.owner else None)


def _opened(transaction: Transaction[Engagement], called: Called, before: ActOwed | None) -> ActOwed:
    """The act with a fresh clock; who takes over a role owes it since it has been owed."""
    state, owner = transaction.state, transaction.state.cast.holder(called.role) or transaction.state.overseer
    calendar = state.cast.calendar_of(owner)
    minutes = state.playbook.act_minutes(called.kind)
    if called.day is not None:
        day = min(called.day, calendar.local_day(transaction.now) + MAX_DAYS_AHEAD)
        minutes = max(minutes, calendar.between(transaction.now, calendar.day_ends(day)))
    clock = WorkingClock(calendar=calendar.name, since=transaction.now)
    return ActOwed(
        kind=called.kind,
        subject=called.subject,
        role=called.role,
        owner=owner,
        returned=called.returned,
        since=before.since if before is not None else transaction.now,
        day=called.day,
        clock=clock,
        due_minutes=minutes,
        due_at=clock.reaches(calendar, minutes),
    )


def _who_may_stand_in(state: Engagement, act: ActOwed, now: datetime) -> Iterator[str]:
    """A delegate of today; from due on, and while the owner is away, their deputy too. Nobody whom a rule bars."""
    matter = Matter(act.kind.value, (act.role,), state.price_now)
    for person_id in who_answers_for(state.cast, act.owner, matter, now, late=act.rung > 0):
        if _may_do(state, act.role, person_id):
            yield person_id


def who_answers_for(cast: Participants, owner: str, matter: Matter, now: datetime, *, late: bool) -> Iterator[str]:
    """Who does what somebody owes: a delegate of today; once it is `late`, or they are away, their deputy too."""
    late = late or cast.is_away(owner, now)
    found = cast.stand_ins(owner, matter, now) if late else cast.delegates(owner, matter, now)
    yield from (
        person_id for person_id in dict.fromkeys(found) if person_id != owner and not cast.is_away(person_id, now)
    )


def _may_do(state: Engagement, role: str, person_id: str) -> bool:
    """Whoever might not hold the role does nothing by it for another either."""
    if role != SELLER:
        return may_cover(state, role, person_id)
    if state.cast.is_gone(person_id) or not state.may_be_above(person_id):
        return False
    try:
        check_compatible(state, role, person_id)
    except NotByDefault:
        return False
    return True


def as_of(state: Engagement, now: datetime) -> Engagement:
    """The engagement with whoever may stand in for the owners of acts at this moment.

    A delegation may have ended since the last turn: on hold no clock notices that.
    """
    acts = {name: act.replace(stand_ins=tuple(_who_may_stand_in(state, act, now))) for name, act in state.acts.items()}
    return state if acts == state.acts else state.replace(acts=acts)


def for_its_owner(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor with whose act they do by a command, where they stand in for its owner now."""
    acts = (act for act in state.acts.values() if actor.person_id in act.stand_ins and does(command, act))
    act = next(acts, None)
    return actor if act is None else actor.replace(for_whom=act.owner)


def sweep(transaction: Transaction[Engagement]) -> None:
    """Reminds of each act whose moment has come, and lets it climb."""
    for name in list(transaction.state.acts):
        while (
            moment := act_moment(transaction.state, transaction.state.acts[name])
        ) is not None and moment <= transaction.now:
            _attend(transaction, transaction.state.acts[name])


def _attend(transaction: Transaction[Engagement], act: ActOwed) -> None:
    if not act.reminded:
        transaction.record(ActReminded(act=act.id))
        return
    climbed = next_rung(transaction.state, act.owner, act.role, act.rung, act.told)
    transaction.record(ActEscalated(act=act.id, rung=climbed.rung, name=climbed.name, told=climbed.told))


class Climbed(NamedTuple):
    """How high a ladder stands, the name of that rung, and everybody above whom it has reached, the highest last."""

    rung: int
    name: str
    told: tuple[PersonId, ...]


def next_rung(state: Engagement, owner: str, role: str, rung: int, told: tuple[str, ...]) -> Climbed:
    """The next rung of the ladder of what somebody owes by a role; one on which nobody new stands is passed over."""
    ladder = state.playbook.ladder.ask
    person_id = _on_rung(state, owner, role, ladder[rung])
    while ladder[rung].role != STAND_IN and (person_id is None or person_id in told) and rung + 1 < len(ladder):
        rung += 1
        person_id = _on_rung(state, owner, role, ladder[rung])
    reached = (*told, person_id) if person_id is not None and person_id not in told else told
    return Climbed(rung + 1, ladder[rung].role, reached)


def _on_rung(state: Engagement, owner: str, role: str, rung: Rung) -> str | None:
    """Who stands above the owner on a rung; whoever stands beside them is found when the act is covered."""
    if rung.role == STAND_IN:
        return None
    person_id = state.cast.holder(state.head_role(role) if rung.role == HEAD else rung.role)
    return person_id if state.may_be_above(person_id) and person_id != owner else None


def _forget_who_left(transaction: Transaction[Engagement]) -> None:
    """Whoever left, or manages the project now, is not above an act any more."""
    for act in list(transaction.state.acts.values()):
        told = tuple(person_id for person_id in act.told if transaction.state.may_be_above(person_id))
        if told != act.told:
            ladder = transaction.state.playbook.ladder.ask  # another playbook's may be shorter
            name = ladder[min(max(act.rung, 1), len(ladder)) - 1].role
            transaction.record(ActEscalated(act=act.id, rung=act.rung, name=name, told=told))
