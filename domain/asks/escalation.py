"""What happens while nobody answers: reminders, stand-ins, then escalation. Silence never approves.

How a vacancy escalates is decided in `engagement/roles/vacancies.py`.

Weighed: a timer for each ask (a hundred timers in a long history), and an hourly sweep of all asks (late, and idle
engagements would poll). Instead, each ask says when it next needs attention and the aggregate has one earliest moment;
a sweep at that moment does whatever is due, in order, and is idempotent.
"""

from datetime import datetime

from domain.asks.closing_votes import count_votes
from domain.asks.eligibility import may_stand_in
from domain.asks.events import AskEscalated, AskReminded, StandInAsked
from domain.asks.holder import AskHolder
from domain.asks.model import BESIDE, Ask, StandIn, Voter
from domain.directory.people import MANAGING_DIRECTOR
from domain.playbook.model import Rung
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId, PersonId

STAND_IN = "stand_in"
# The rung of somebody to whom one ask was delegated.
DELEGATE = "delegate"
# The rung of somebody who answers under a delegation for a period.
DELEGATION = "delegation"
HEAD = "head"


def cover(transaction: Transaction[S], ask_id: AskId, voter: Voter) -> None:
    """Asks, at once, the person who answers for a voter today: a delegate, or a deputy while the voter is away."""
    state, ask = transaction.state, transaction.state.asks[ask_id]
    if ask.answered_only_in_person or voter.in_person:
        return  # nobody else could answer it: they are told once it is overdue
    if any(s.instead_of == voter.person_id and s.rung in {DELEGATE, DELEGATION, STAND_IN} for s in ask.stand_ins):
        return
    away = state.cast.is_away(voter.person_id, transaction.now)
    if away or any(state.cast.delegates(voter.person_id, state.matter(ask, voter), transaction.now)):
        _ask_stand_in(transaction, ask_id, voter, Rung(after=0, role=STAND_IN if away else DELEGATION))


def cover_all(transaction: Transaction[S]) -> None:
    """Runs `cover` for everybody who owes an answer, after an absence or delegation has begun or become known."""
    for ask in list(transaction.state.open_asks()):
        for voter in ask.silent:
            cover(transaction, ask.id, voter)


def next_moment(state: AskHolder, ask: Ask) -> datetime | None:
    """When this ask next needs attention: for its reminder, then for each rung; None if nothing is left to happen."""
    if not ask.is_open or ask.clock.since is None:
        return None
    calendar, ladder = state.cast.calendars[ask.clock.calendar], state.playbook.ladder
    if not ask.reminded:
        return ask.clock.reaches(calendar, ask.due_minutes * ladder.reminder_percent // 100)
    if ask.rung < len(ladder.ask):
        return ask.clock.reaches(calendar, ask.due_minutes + ladder.ask[ask.rung].after)
    return None


def sweep(transaction: Transaction[S]) -> None:
    """Reminds about and escalates every open ask that is due for it. Time never approves anything."""
    for ask in list(transaction.state.open_asks()):
        while (
            moment := next_moment(transaction.state, transaction.state.asks[ask.id])
        ) is not None and moment <= transaction.now:
            _attend(transaction, transaction.state.asks[ask.id])


def _attend(transaction: Transaction[S], ask: Ask) -> None:
    if not ask.reminded:
        transaction.record(AskReminded(ask_id=ask.id, people=tuple(voter.person_id for voter in ask.silent)))
        return
    if ask.rung == 0:
        count_votes(transaction, ask.id, at_due=True)
        if transaction.state.asks[ask.id].climbed != ask.climbed:
            return
    _climb(transaction, ask)


def _climb(transaction: Transaction[S], ask: Ask) -> None:
    """Escalates by one rung; a rung that adds nobody new is skipped."""
    ladder = transaction.state.playbook.ladder.ask
    position = ask.rung
    while position < len(ladder):
        rung, before = ladder[position], transaction.state.asks[ask.id].stand_ins
        repeated = [_ask_stand_in(transaction, ask.id, voter, rung) for voter in ask.silent]
        position += 1
        if transaction.state.asks[ask.id].stand_ins != before or not any(repeated):
            break
    told = (*(v.person_id for v in ask.silent), *(s.person_id for s in transaction.state.asks[ask.id].stand_ins))
    transaction.record(
        AskEscalated(ask_id=ask.id, rung=position, name=ladder[position - 1].role, told=tuple(dict.fromkeys(told)))
    )


def _ask_stand_in(transaction: Transaction[S], ask_id: AskId, voter: Voter, rung: Rung) -> bool:
    """Asks the person on this rung for a silent voter. Returns True if they were already asked on this ask."""
    ask = transaction.state.asks[ask_id]
    repeated = False
    for person_id in _on_rung(transaction, ask, voter, rung):
        standing = {s.person_id for s in ask.stand_ins} | {v.person_id for v in ask.voters} | {ask.final_person or ""}
        if person_id in standing and (ask.climbed or person_id != ask.final_person or person_id in ask.asked):
            repeated = True
        elif may_stand_in(transaction.state, ask, person_id):
            stand_in = StandIn(
                person_id=person_id,
                instead_of=voter.person_id,
                rung=rung.role,
                may_decide=rung.may_decide and not (ask.answered_only_in_person or voter.in_person),
                since=transaction.now,
            )
            transaction.record(StandInAsked(ask_id=ask_id, stand_in=stand_in))
            return False
    return repeated


def _on_rung(transaction: Transaction[S], ask: Ask, voter: Voter, rung: Rung) -> list[PersonId]:
    cast, matter = transaction.state.cast, transaction.state.matter(ask, voter)
    if rung.role in {DELEGATION, STAND_IN}:
        find = cast.delegates if rung.role == DELEGATION else cast.stand_ins
        return [
            person_id
            for person_id in find(voter.person_id, matter, transaction.now)
            if not cast.is_away(person_id, transaction.now)
        ]
    person_id = holder_on_rung(transaction.state, voter, rung.role)
    return [person_id] if person_id else []


def holder_on_rung(state: AskHolder, voter: Voter, rung: str) -> PersonId | None:
    """The holder of the position or role that a rung above a voter names; None if there is none."""
    role = state.head_role(voter.roles[0]) if rung == HEAD and voter.roles else rung
    return state.cast.holder(MANAGING_DIRECTOR if role == HEAD else role)


def ask_who_stands_there_now(transaction: Transaction[S], ask_id: AskId, before: StandIn) -> None:
    """Asks the new holder of a position after an ask was escalated to somebody who no longer holds it."""
    ask = transaction.state.asks[ask_id]
    rung = next((rung for rung in transaction.state.playbook.ladder.ask if rung.role == before.rung), None)
    voter = next((voter for voter in ask.silent if voter.person_id == before.instead_of), next(iter(ask.silent), None))
    if rung is not None and voter is not None and before.rung not in BESIDE:
        _ask_stand_in(transaction, ask_id, voter, rung)
