"""Silence: it reminds, brings in whoever stands in, then climbs. It never approves.

Weighed for time: a timer an ask (a hundred timers in a long history), or one sweep of all asks each hour
(late, and idle engagements would poll). Here each ask says when it next wants attention and the aggregate
has one earliest moment; a sweep at that moment does whatever is due, in order, and may be run twice.
"""

from datetime import datetime

from domain.ask_events import AskReminded, RungReached, StandInAsked
from domain.asking.counting import count_votes
from domain.asking.seats import may_stand_in
from domain.asks import BESIDE, Ask, Asking, StandIn, Voter
from domain.people import MANAGING_DIRECTOR
from domain.playbook import Rung
from domain.turn import S, Turn

STAND_IN = "stand_in"
DELEGATE = "delegate"
"""The rung of somebody to whom one ask was delegated."""
DELEGATION = "delegation"
"""The rung of somebody who answers by a delegation that holds for some days."""
HEAD = "head"


def cover(turn: Turn[S], ask_id: str, voter: Voter) -> None:
    """Asks, at once, whoever answers today for a voter: a delegate of theirs, or while they are away their deputy."""
    state, ask = turn.state, turn.state.asks[ask_id]
    if ask.answered_only_in_person or voter.in_person:
        return  # nobody could answer it: they hear of it once it is overdue
    if any(s.instead_of == voter.person and s.rung in {DELEGATE, DELEGATION, STAND_IN} for s in ask.stand_ins):
        return
    away = state.cast.is_away(voter.person, turn.now)
    if away or any(state.cast.delegates(voter.person, state.matter(ask, voter), turn.now)):
        _ask_stand_in(turn, ask_id, voter, Rung(after=0, role=STAND_IN if away else DELEGATION))


def cover_all(turn: Turn[S]) -> None:
    """The same for everybody who owes an answer: an absence or a delegation has begun, or was made known."""
    for ask in list(turn.state.open_asks()):
        for voter in ask.silent:
            cover(turn, ask.id, voter)


def next_moment(state: Asking, ask: Ask) -> datetime | None:
    """When this ask next wants attention: its reminder, then rung after rung; None when nothing more comes."""
    if not ask.is_open or ask.clock.since is None:
        return None
    calendar, ladder = state.cast.calendars[ask.clock.calendar], state.playbook.ladder
    if not ask.reminded:
        return ask.clock.reaches(calendar, ask.due_minutes * ladder.reminder_percent // 100)
    if ask.rung < len(ladder.ask):
        return ask.clock.reaches(calendar, ask.due_minutes + ladder.ask[ask.rung].after)
    return None


def sweep(turn: Turn[S]) -> None:
    """Reminds and climbs for every open ask whose moment has come. Time only ever asks; it never approves."""
    for ask in list(turn.state.open_asks()):
        while (moment := next_moment(turn.state, turn.state.asks[ask.id])) is not None and moment <= turn.now:
            _attend(turn, turn.state.asks[ask.id])


def _attend(turn: Turn[S], ask: Ask) -> None:
    if not ask.reminded:
        turn.record(AskReminded(ask=ask.id, people=tuple(voter.person for voter in ask.silent)))
        return
    if ask.rung == 0:
        count_votes(turn, ask.id, at_due=True)
        if turn.state.asks[ask.id].climbed != ask.climbed:
            return
    _climb(turn, ask)


def _climb(turn: Turn[S], ask: Ask) -> None:
    """One rung up; a rung on which nobody new stands is passed at once."""
    ladder = turn.state.playbook.ladder.ask
    position = ask.rung
    while position < len(ladder):
        rung, before = ladder[position], turn.state.asks[ask.id].stand_ins
        repeated = [_ask_stand_in(turn, ask.id, voter, rung) for voter in ask.silent]
        position += 1
        if turn.state.asks[ask.id].stand_ins != before or not any(repeated):
            break
    told = (*(v.person for v in ask.silent), *(s.person for s in turn.state.asks[ask.id].stand_ins))
    turn.record(RungReached(ask=ask.id, rung=position, name=ladder[position - 1].role, told=tuple(dict.fromkeys(told))))


def _ask_stand_in(turn: Turn[S], ask_id: str, voter: Voter, rung: Rung) -> bool:
    """Asks whoever stands on this rung for a silent voter. True where they stood on the ladder already."""
    ask = turn.state.asks[ask_id]
    repeated = False
    for person in _on_rung(turn, ask, voter, rung):
        standing = {s.person for s in ask.stand_ins} | {v.person for v in ask.voters} | {ask.final_person or ""}
        if person in standing and (ask.climbed or person != ask.final_person or person in ask.asked):
            repeated = True
        elif may_stand_in(turn.state, ask, person):
            stand_in = StandIn(
                person=person,
                instead_of=voter.person,
                rung=rung.role,
                may_decide=rung.may_decide and not (ask.answered_only_in_person or voter.in_person),
                since=turn.now,
            )
            turn.record(StandInAsked(ask=ask_id, stand_in=stand_in))
            return False
    return repeated


def _on_rung(turn: Turn[S], ask: Ask, voter: Voter, rung: Rung) -> list[str]:
    cast, matter = turn.state.cast, turn.state.matter(ask, voter)
    if rung.role in {DELEGATION, STAND_IN}:
        find = cast.delegates if rung.role == DELEGATION else cast.stand_ins
        return [person for person in find(voter.person, matter, turn.now) if not cast.is_away(person, turn.now)]
    person = holder_on_rung(turn.state, voter, rung.role)
    return [person] if person else []


def holder_on_rung(state: Asking, voter: Voter, rung: str) -> str | None:
    """Who holds the position, or the role, that a rung above a voter names; None where nobody does."""
    role = state.head_role(voter.roles[0]) if rung == HEAD and voter.roles else rung
    return state.cast.holder(MANAGING_DIRECTOR if role == HEAD else role)


def ask_who_stands_there_now(turn: Turn[S], ask_id: str, before: StandIn) -> None:
    """Asks whoever has the position now by which an ask had climbed to somebody who has it no more."""
    ask = turn.state.asks[ask_id]
    rung = next((rung for rung in turn.state.playbook.ladder.ask if rung.role == before.rung), None)
    voter = next((voter for voter in ask.silent if voter.person == before.instead_of), next(iter(ask.silent), None))
    if rung is not None and voter is not None and before.rung not in BESIDE:
        _ask_stand_in(turn, ask_id, voter, rung)
