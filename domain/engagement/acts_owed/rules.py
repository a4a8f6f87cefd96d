"""The life of an act owed: it opens automatically, has a clock and a ladder, and ends when its command is given.

Weighed: an ask to oneself (whoever does the act would also have to answer the ask, and forget one of the two), and
computing what is owed on each read (nothing would have a start, a clock or a reminder). Instead, the rules compute the
set after each transaction and record only the differences as events, as for vacancies.
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
# How far ahead a clock can calculate (`working_time.MAX_SEARCH_DAYS`); a later day counts as due then.
MAX_DAYS_AHEAD = timedelta(days=3600)


def watch(transaction: Transaction[Engagement], command: Command | None = None) -> None:
    """Opens acts now called for, ends those that are not after this command, and passes acts on with their roles."""
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
    """True if it has another role, owner or day now: then its clock starts again."""
    return (act.role, act.owner, act.day) != (called.role, state.cast.holder(called.role), called.day)


def _ended(transaction: Transaction[Engagement], act: ActOwed, command: Command | None) -> ActEnded:
    """Done by whoever gave a command that performs the act; after any other command it is just no longer called for."""
    person_id = transaction.actor.person_id
    if not does(command, act):
        return ActEnded(act=act.id)
    return ActEnded(act=act.id, by=person_id, for_whom=act.owner if person_id != act.owner else None)


def _opened(transaction: Transaction[Engagement], called: Called, before: ActOwed | None) -> ActOwed:
    """The act with a new clock; somebody who takes over the role owes it since it was first owed."""
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


def _who_may_stand_in(state: Engagement, act: ActOwed, now: datetime) -> Iterator[PersonId]:
    """Today's delegates; the deputy too while the owner is away or once it is overdue. Nobody whom a rule bars."""
    matter = Matter(act.kind.value, (act.role,), state.price_now)
    for person_id in who_answers_for(state.cast, act.owner, matter, now, late=act.rung > 0):
        if _may_do(state, act.role, person_id):
            yield person_id


def who_answers_for(
    cast: Participants, owner: PersonId, matter: Matter, now: datetime, *, late: bool
) -> Iterator[PersonId]:
    """Who acts for an owner: today's delegates and, if `late` or while the owner is away, the deputy too."""
    late = late or cast.is_away(owner, now)
    found = cast.stand_ins(owner, matter, now) if late else cast.delegates(owner, matter, now)
    yield from (
        person_id for person_id in dict.fromkeys(found) if person_id != owner and not cast.is_away(person_id, now)
    )


def _may_do(state: Engagement, role: str, person_id: PersonId) -> bool:
    """Somebody who could not hold the role cannot act for its holder either."""
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
    """The engagement with the current stand-ins for the owners of acts.

    A delegation may have ended since the last transaction, and no clock runs while on hold.
    """
    acts = {name: act.replace(stand_ins=tuple(_who_may_stand_in(state, act, now))) for name, act in state.acts.items()}
    return state if acts == state.acts else state.replace(acts=acts)


def for_its_owner(state: Engagement, command: Command, actor: Actor) -> Actor:
    """The actor, marked as acting for the act's owner if they stand in for them with this command."""
    acts = (act for act in state.acts.values() if actor.person_id in act.stand_ins and does(command, act))
    act = next(acts, None)
    return actor if act is None else actor.replace(for_whom=act.owner)


def sweep(transaction: Transaction[Engagement]) -> None:
    """Reminds about and escalates each act that is due for it."""
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
    """The rung reached, its name, and everybody reached above the owner, the highest last."""

    rung: int
    name: str
    told: tuple[PersonId, ...]


def next_rung(state: Engagement, owner: PersonId, role: str, rung: int, told: tuple[PersonId, ...]) -> Climbed:
    """The next rung for something owed by a role; rungs that add nobody new are skipped."""
    ladder = state.playbook.ladder.ask
    person_id = _on_rung(state, owner, role, ladder[rung])
    while ladder[rung].role != STAND_IN and (person_id is None or person_id in told) and rung + 1 < len(ladder):
        rung += 1
        person_id = _on_rung(state, owner, role, ladder[rung])
    reached = (*told, person_id) if person_id is not None and person_id not in told else told
    return Climbed(rung + 1, ladder[rung].role, reached)


def _on_rung(state: Engagement, owner: PersonId, role: str, rung: Rung) -> PersonId | None:
    """The person above the owner on a rung; stand-ins beside the owner are determined separately."""
    if rung.role == STAND_IN:
        return None
    person_id = state.cast.holder(state.head_role(role) if rung.role == HEAD else rung.role)
    return person_id if state.may_be_above(person_id) and person_id != owner else None


def _forget_who_left(transaction: Transaction[Engagement]) -> None:
    """Removes people from those told about an act who have left or now manage the project."""
    for act in list(transaction.state.acts.values()):
        told = tuple(person_id for person_id in act.told if transaction.state.may_be_above(person_id))
        if told != act.told:
            ladder = transaction.state.playbook.ladder.ask  # a newer playbook's may be shorter
            name = ladder[min(max(act.rung, 1), len(ladder)) - 1].role
            transaction.record(ActEscalated(act=act.id, rung=act.rung, name=name, told=told))
