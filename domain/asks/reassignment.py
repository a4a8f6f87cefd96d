"""Who is asked when a role passes on, falls vacant, or its holder leaves: one rule for every cause."""

from domain.asks.closing_votes import conclude, give_last_word
from domain.asks.eligibility import above, heads_of, next_above, seat_of, who_has_the_last_word, why_barred, why_no_seat
from domain.asks.ending import drop_question_of, end_ask
from domain.asks.escalation import ask_who_stands_there_now, holder_on_rung
from domain.asks.events import InformationAsked, StandInLeft, VoterDropped, VoterReplaced, VoterSeated
from domain.asks.holder import AskHolder
from domain.asks.model import (
    BESIDE,
    CLIENT_CONTACT,
    CLIENT_ROLES,
    COUNTED,
    Ask,
    AskKind,
    Outcome,
    StandIn,
    Voter,
    asked_about,
)
from domain.asks.opening import in_whose_place
from domain.asks.tally import lacks_last_word, tally_of_before
from domain.playbook.model import Method, role_label
from domain.shared.transaction import S, Transaction
from domain.shared.values import PersonId


def replace_voter(transaction: Transaction[S], ask: Ask, role: str | None, before: PersonId, after: PersonId) -> None:
    """Passes a role's unanswered vote on to its new holder."""
    transaction.record(VoterReplaced(ask_id=ask.id, role=role, before=before, after=after))
    _put_question_to(transaction, ask, after)


def _put_question_to(transaction: Transaction[S], ask: Ask, after: PersonId) -> None:
    """If this ask puts a question, records on the ask waiting for it who owes the answer now."""
    about = transaction.state.asks.get(asked_about(ask))
    if ask.kind is AskKind.ANSWER_QUESTION and about is not None and about.open_question is not None:
        transaction.record(InformationAsked(ask_id=about.id, question=about.open_question.replace(to=after)))


def reassign_asks(transaction: Transaction[S]) -> None:
    """Passes unanswered asks on from people who lost the role, left the firm or may not judge them.

    If the role is vacant or its holder may not judge either, the next above answers meanwhile. If nobody above may:
    where votes are counted the role has no vote; where everybody must approve, or one person decides, the ask waits
    until somebody eligible takes a position above. Hours are an expert's own: that ask ends, and is opened again for
    the role's next holder. A role is accepted by the person named, or by nobody. Where a vote needs a final decision
    that nobody may make, somebody who comes to a voting role without a vote of its own gets one, and an eligible final
    authority is asked.
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
    """False if they may no longer answer here, or lost the position by which the ask was escalated to them."""
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
    """True for somebody asked by name, and for a role's holder who may still answer for it."""
    known = state.cast.people.get(voter.person_id)
    if known is None or not known.active:
        return False
    if role is None or role == CLIENT_CONTACT:
        return True
    return role in state.cast.roles_of(voter.person_id) and why_no_seat(state, ask, voter.person_id, role) is None


def _next_in_place(state: AskHolder, ask: Ask, before: PersonId, role: str | None) -> PersonId | None:
    """Who answers for a role now: its holder, the current voter if above it, else the next above, else None."""
    if role in CLIENT_ROLES or ask.kind is AskKind.ESTIMATE:
        holder = state.cast.holder(role) if role is not None else None
        others = [holder, *(voter.person_id for voter in ask.silent if role in voter.roles)]
        return next((p for p in others if p and state.cast.people[p].active and p != before), None)
    last = {ask.final_person} if ask.climbed and ask.final_person else set()
    spoken = ask.spoken | last  # one vote must not count twice
    holder = state.cast.holder(role) if role is not None else None
    may_hold = holder is not None and why_no_seat(state, ask, holder, role) is None
    if may_hold and not (ask.method is Method.EACH and holder in spoken):
        return holder
    held = state.cast.positions.values() if role is None else map(state.cast.holder, above(state, role))
    if before in held and why_no_seat(state, ask, before) is None:
        return before
    if ask.method in COUNTED:  # others further up have the final decision, and need not vote for another function
        seat = next_above(state, ask, role, {before, *spoken})
        return seat.person_id if seat is not None and seat.role in {*heads_of(state, role)} else None
    seat = next_above(state, ask, role, {before, *spoken}, {voter.person_id for voter in ask.voters})
    return seat.person_id if seat is not None else None


def _leave_empty(transaction: Transaction[S], ask: Ask, person_id: PersonId, role: str | None) -> None:
    """Handles a role for which nobody may answer. What only a client can answer waits for its next holder.

    Weighed: leaving it with the previous holder until there is another (they would be asked what they may no longer
    answer).
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
    """Asks the person who has become eligible for a role that had nobody to answer for it."""
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
    """Gives a vote to the new holder of a voting role without one of its own, while nobody may decide last."""
    state = transaction.state
    for role in ask.roles if lacks_last_word(ask) else ():
        now = state.asks[ask.id]
        holder, before = state.cast.holder(role), next((voter for voter in now.voters if role in voter.roles), None)
        known = now.spoken | {v.person_id for v in now.voters}
        alone = before is not None and before.roles == (role,)  # its own vote stays, or passes on like any other
        if holder is None or holder in known or alone or why_barred(state, now, holder, role) is not None:
            continue
        if before is None:
            transaction.record(VoterSeated(ask_id=ask.id, role=role, person_id=holder))
        else:
            replace_voter(transaction, now, role, before.person_id, holder)
        state = transaction.state


def _pass_last_word_on(transaction: Transaction[S], ask: Ask) -> None:
    """Asks another final authority if the previous one may not decide now, lost the position, or was missing."""
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
    """Counts again where a voter was replaced or dropped: there may be fewer votes. Returns the asks that ended."""
    moved = dict.fromkeys(
        event.ask_id for event in transaction.events if isinstance(event, VoterReplaced | VoterDropped)
    )
    still_open = [name for name in moved if transaction.state.asks[name].is_open]
    for name in still_open:
        ask = transaction.state.asks[name]
        conclude(transaction, ask, tally_of_before(ask))
    return [transaction.state.asks[name] for name in still_open if not transaction.state.asks[name].is_open]
