"""Who is asked when a role passes, falls vacant, or its holder has left: one rule for every cause."""

from domain.asks.closing_votes import conclude, give_last_word
from domain.asks.eligibility import above, heads_of, next_above, seat_of, who_has_the_last_word, why_barred, why_no_seat
from domain.asks.ending import drop_question_of, end_ask
from domain.asks.escalation import ask_who_stands_there_now, holder_on_rung
from domain.asks.events import InformationAsked, StandInLeft, VoterDropped, VoterReplaced, VoterSeated
from domain.asks.holder import AskHolder
from domain.asks.model import BESIDE, CLIENT_CONTACT, CLIENT_ROLES, COUNTED, Ask, AskKind, Outcome, StandIn, Voter
from domain.asks.opening import in_whose_place
from domain.asks.tally import lacks_last_word, tally_of_before
from domain.playbook.model import Method, role_label
from domain.shared.transaction import S, Transaction


def replace_voter(transaction: Transaction[S], ask: Ask, role: str | None, before: str, after: str) -> None:
    """Asks the new holder of a role what its holder before left unanswered."""
    transaction.record(VoterReplaced(ask_id=ask.id, role=role, before=before, after=after))
    _put_question_to(transaction, ask, after)


def _put_question_to(transaction: Transaction[S], ask: Ask, after: str) -> None:
    """Of an ask that is a question's: the ask that waits for it says who owes the answer now."""
    about = transaction.state.asks.get(ask.subject.removeprefix("question:"))
    if ask.kind is AskKind.ANSWER_QUESTION and about is not None and about.open_question is not None:
        transaction.record(InformationAsked(ask_id=about.id, question=about.open_question.replace(to=after)))


def reassign_asks(transaction: Transaction[S]) -> None:
    """Asks whoever holds a role now what is unanswered by somebody who left it, left the firm, or may not judge it.

    Where the role is vacant, or its holder may not either, the next above answers meanwhile. Where nobody above may:
    where votes are counted the role has no vote; where each must say yes, or one decides, the ask waits for somebody
    to come to a position above who may. Hours are an expert's own: that ask ends, and comes back to whoever holds the
    role next. A role is accepted by the person named, or by nobody. Where nobody may have the last word on a vote that
    lacks one, whoever comes to a role that votes and has no vote of its own gets one, and whoever may is asked.
    """
    for ask in list(transaction.state.open_asks()):
        if ask.kind is not AskKind.ACCEPT_ROLE:
            _reseat_voters(transaction, ask)
            _seat_again(transaction, transaction.state.asks[ask.id])
            _seat_in_a_vote(transaction, transaction.state.asks[ask.id])
            _pass_last_word_on(transaction, transaction.state.asks[ask.id])
        for stand_in in transaction.state.asks[ask.id].stand_ins:
            if not _still_stands_there(transaction.state, ask, stand_in):
                transaction.record(StandInLeft(ask_id=ask.id, person_id=stand_in.person_id))
                ask_who_stands_there_now(transaction, ask.id, stand_in)


def _still_stands_there(state: AskHolder, ask: Ask, stand_in: StandIn) -> bool:
    """False for who may not answer here any more, or lost the position by which an ask had climbed to them."""
    voter = next((voter for voter in (*ask.silent, *ask.voters) if voter.person_id == stand_in.instead_of), None)
    if why_barred(state, ask, stand_in.person_id) is not None:
        return False
    return voter is None or stand_in.rung in BESIDE or holder_on_rung(state, voter, stand_in.rung) == stand_in.person_id


def _reseat_voters(transaction: Transaction[S], ask: Ask) -> None:
    for voter in (voter for voter in ask.silent if voter in ask.voters):
        for role in voter.roles or (None,):
            now = transaction.state.asks[ask.id]
            if not now.is_open or _keeps_seat(transaction.state, now, voter, role):
                continue
            after = _next_in_place(transaction.state, now, voter.person_id, role)
            if after is not None and after != voter.person_id:
                replace_voter(transaction, now, role, voter.person_id, after)
            elif after is None:
                _leave_empty(transaction, now, voter.person_id, role)


def _keeps_seat(state: AskHolder, ask: Ask, voter: Voter, role: str | None) -> bool:
    """True for who is asked by name, and for the holder of a role who may answer for it still."""
    known = state.cast.people.get(voter.person_id)
    if known is None or not known.active:
        return False
    if role is None or role == CLIENT_CONTACT:
        return True
    return role in state.cast.roles_of(voter.person_id) and why_no_seat(state, ask, voter.person_id, role) is None


def _next_in_place(state: AskHolder, ask: Ask, before: str, role: str | None) -> str | None:
    """Who answers for a role now: its holder, whoever stands above already, else the next above; None: nobody may."""
    if role in CLIENT_ROLES or ask.kind is AskKind.ESTIMATE:
        holder = state.cast.holder(role) if role is not None else None
        others = [holder, *(voter.person_id for voter in ask.silent if role in voter.roles)]
        return next((p for p in others if p and state.cast.people[p].active and p != before), None)
    last = {ask.final_person} if ask.climbed and ask.final_person else set()
    spoken = ask.spoken | last  # one word does not count for two
    holder = state.cast.holder(role) if role is not None else None
    may_hold = holder is not None and why_no_seat(state, ask, holder, role) is None
    if may_hold and not (ask.method is Method.EACH and holder in spoken):
        return holder
    held = state.cast.positions.values() if role is None else map(state.cast.holder, above(state, role))
    if before in held and why_no_seat(state, ask, before) is None:
        return before
    if ask.method in COUNTED:  # the last word is for those further up, who need not vote for a function of others
        seat = next_above(state, ask, role, {before, *spoken})
        return seat.person_id if seat is not None and seat.role in {*heads_of(state, role)} else None
    seat = next_above(state, ask, role, {before, *spoken}, {voter.person_id for voter in ask.voters})
    return seat.person_id if seat is not None else None


def _leave_empty(transaction: Transaction[S], ask: Ask, person_id: str, role: str | None) -> None:
    """Nobody may answer for a role. What a client alone could say waits for whoever is named for it, asked of nobody.

    Weighed: leaving it with who held the role, until another does (they were asked what they may not say any more).
    """
    if ask.kind is AskKind.ESTIMATE:
        end_ask(transaction, ask, Outcome.SUPERSEDED, f"{role_label(role or '')} fell vacant")
    elif role == CLIENT_CONTACT:
        end_ask(transaction, ask, Outcome.WITHDRAWN, f"{transaction.state.cast.name(person_id)} has left")
    elif role not in CLIENT_ROLES or why_barred(transaction.state, ask, person_id, role) is not None:
        transaction.record(VoterDropped(ask_id=ask.id, role=role, person_id=person_id))
        if all(voter.person_id != person_id for voter in transaction.state.asks[ask.id].voters):
            drop_question_of(transaction, ask.id, person_id)


def _seat_again(transaction: Transaction[S], ask: Ask) -> None:
    """Asks whoever has come to a role, or above it, for which nobody might answer."""
    state = transaction.state
    for role in ask.unseated if ask.is_open else ():
        seat = seat_of(state, ask, role, ask.spoken, {voter.person_id for voter in ask.voters})
        if seat is not None:
            holder = state.cast.holder(role)
            why = why_no_seat(state, ask, holder, role) if holder is not None else None
            transaction.record(
                VoterSeated(ask_id=ask.id, role=role, person_id=seat.person_id, because=in_whose_place(role, why))
            )
            _put_question_to(transaction, ask, seat.person_id)


def _seat_in_a_vote(transaction: Transaction[S], ask: Ask) -> None:
    """Asks whoever has come to a role that votes, and has no vote of its own, where nobody may have the last word."""
    state = transaction.state
    for role in ask.roles if lacks_last_word(ask) else ():
        now = state.asks[ask.id]
        holder, before = state.cast.holder(role), next((voter for voter in now.voters if role in voter.roles), None)
        known = now.spoken | {v.person_id for v in now.voters}
        alone = before is not None and before.roles == (role,)  # its own vote stands, or passes on as any does
        if holder is None or holder in known or alone or why_barred(state, now, holder, role) is not None:
            continue
        if before is None:
            transaction.record(VoterSeated(ask_id=ask.id, role=role, person_id=holder))
        else:
            replace_voter(transaction, now, role, before.person_id, holder)
        state = transaction.state


def _pass_last_word_on(transaction: Transaction[S], ask: Ask) -> None:
    """Asks who has the last word now, where who had it may not any more, has lost the position, or nobody might."""
    if not (ask.is_open and ask.climbed) or ask.final_vote is not None:
        return
    person_id, role = ask.final_person, ask.final_role
    keeps = person_id is not None and role in transaction.state.cast.roles_of(person_id)
    if keeps and person_id is not None and why_barred(transaction.state, ask, person_id) is None:
        return
    if person_id is None:
        conclude(transaction, ask, tally_of_before(ask))
    elif who_has_the_last_word(transaction.state, ask) != (role, person_id):
        give_last_word(transaction, ask, ask.climbed)


def count_moved_votes(transaction: Transaction[S]) -> list[Ask]:
    """Counts again where a voter was replaced or dropped in this turn: votes may be fewer. Gives what ended by it."""
    moved = dict.fromkeys(
        event.ask_id for event in transaction.events if isinstance(event, VoterReplaced | VoterDropped)
    )
    still_open = [name for name in moved if transaction.state.asks[name].is_open]
    for name in still_open:
        ask = transaction.state.asks[name]
        conclude(transaction, ask, tally_of_before(ask))
    return [transaction.state.asks[name] for name in still_open if not transaction.state.asks[name].is_open]
