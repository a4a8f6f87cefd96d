"""Who is asked when a role passes, falls vacant, or its holder has left: one rule for every cause."""

from domain.ask_events import InformationAsked, StandInLeft, VoterDropped, VoterReplaced
from domain.asking.counting import conclude
from domain.asking.ending import drop_question_of, end_ask
from domain.asking.ladders import ask_who_stands_there_now, holder_on_rung
from domain.asking.seats import barred_from, heads_of, may_speak_for, next_above, who_has_the_last_word
from domain.asks import BESIDE, CLIENT_ROLES, COUNTED, Ask, Asking, AskKind, Outcome, StandIn, Tally, Voter, tally
from domain.playbook import Method, role_label
from domain.turn import S, Turn


def replace_voter(turn: Turn[S], ask: Ask, role: str | None, before: str, after: str) -> None:
    """Asks the new holder of a role what its holder before left unanswered."""
    turn.record(VoterReplaced(ask=ask.id, role=role, before=before, after=after))
    about = turn.state.asks.get(ask.subject.removeprefix("question:"))
    if ask.kind is AskKind.ANSWER_QUESTION and about is not None and about.open_question is not None:
        turn.record(InformationAsked(ask=about.id, question=about.open_question.having(to=after)))


def reseat(turn: Turn[S]) -> None:
    """Asks whoever holds a role now what is unanswered by somebody who left it, or left the firm.

    Where the role is vacant, the next above answers meanwhile; where votes are counted and nobody above may vote, the
    role has no vote. Hours are an expert's own: that ask ends, and comes back to whoever holds the role next. A role
    is accepted by the person named, or by nobody.
    """
    for ask in list(turn.state.open_asks()):
        if ask.kind is not AskKind.ACCEPT_ROLE:
            _reseat_voters(turn, ask)
        for stand_in in turn.state.asks[ask.id].stand_ins:
            if not _still_stands_there(turn.state, ask, stand_in):
                turn.record(StandInLeft(ask=ask.id, person=stand_in.person))
                ask_who_stands_there_now(turn, ask.id, stand_in)


def _still_stands_there(state: Asking, ask: Ask, stand_in: StandIn) -> bool:
    """False for who has left the firm, or the position by which an ask had climbed to them."""
    voter = next((voter for voter in (*ask.silent, *ask.voters) if voter.person == stand_in.instead_of), None)
    if not state.cast.is_here(stand_in.person):
        return False
    return voter is None or stand_in.rung in BESIDE or holder_on_rung(state, voter, stand_in.rung) == stand_in.person


def _reseat_voters(turn: Turn[S], ask: Ask) -> None:
    for voter in ask.silent:
        for role in voter.roles or (None,):
            barred = _has_the_last_word(ask, voter) and voter.person in barred_from(turn.state, ask)
            if not turn.state.asks[ask.id].is_open or not (barred or _has_left(turn.state, voter, role)):
                continue
            after = _next_in_place(turn.state, ask, voter.person, role)
            if after is None and ask.kind is AskKind.ESTIMATE:
                end_ask(turn, ask, Outcome.SUPERSEDED, f"{role_label(role or '')} fell vacant")
            elif after is None and role == "client_contact":
                end_ask(turn, ask, Outcome.WITHDRAWN, f"{turn.state.cast.name(voter.person)} has left")
            elif after is not None and after != voter.person:
                replace_voter(turn, ask, role, voter.person, after)
            elif after is None and ask.method in COUNTED and role is not None:
                _drop_vote(turn, ask.id, role, voter.person)


def _has_the_last_word(ask: Ask, voter: Voter) -> bool:
    return bool(ask.climbed) and voter.person == ask.final_person and ask.final_role in voter.roles


def _drop_vote(turn: Turn[S], ask_id: str, role: str, person: str) -> None:
    """A role of which nobody may speak has no vote; what its holder wanted to know is dropped with it."""
    turn.record(VoterDropped(ask=ask_id, role=role, person=person))
    if all(voter.person != person for voter in turn.state.asks[ask_id].voters):
        drop_question_of(turn, ask_id, person)


def _has_left(state: Asking, voter: Voter, role: str | None) -> bool:
    """True where a voter has no part in it any more: they left the firm, or the role that was asked."""
    known = state.cast.people.get(voter.person)
    if known is None or not known.active:
        return True
    if role is None or role == "client_contact" or voter.because:
        return False
    return role not in state.cast.roles_of(voter.person)


def _next_in_place(state: Asking, ask: Ask, before: str, role: str | None) -> str | None:
    """Who answers for a role now: its holder, else the next above; None where nobody may."""
    if role is None:
        return state.overseer
    holder, barred = state.cast.holder(role), barred_from(state, ask)
    if role in CLIENT_ROLES or ask.kind is AskKind.ESTIMATE:
        others = [holder, *(voter.person for voter in ask.silent if role in voter.roles)]
        return next((p for p in others if p and state.cast.people[p].active and p != before), None)
    spoken = {person for vote in ask.votes for person in (vote.by, vote.voter)}
    if ask.climbed and (role, before) == (ask.final_role, ask.final_person):
        return who_has_the_last_word(state, ask)[1]
    spoken |= {ask.final_person} if ask.climbed and ask.final_person else set()  # one word does not count for two
    barred_holder = {ask.requester, *ask.excluded, *(spoken if ask.method is Method.EACH else ())}
    if holder is not None and holder not in barred_holder and _may_answer(state, role, holder):
        return holder
    left = set() if state.cast.is_here(before) else {before}
    if before in heads_of(state, role) and not left and before not in barred:
        return before
    return next_above(state, role, {*left, *barred, *spoken})


def _may_answer(state: Asking, role: str, holder: str) -> bool:
    return state.cast.people[holder].active and may_speak_for(state, role, holder)


def count_moved_votes(turn: Turn[S]) -> list[Ask]:
    """Counts again where a voter was replaced or dropped in this turn: votes may be fewer. Gives what ended by it.

    Nobody has said yes by that: where counted votes would now suffice, it is the final authority's to say.
    """
    moved = dict.fromkeys(event.ask for event in turn.events if isinstance(event, VoterReplaced | VoterDropped))
    still_open = [name for name in moved if turn.state.asks[name].is_open]
    for name in still_open:
        ask = turn.state.asks[name]
        counted = tally(ask, at_due=ask.rung > 0)
        if ask.method in COUNTED and counted.outcome is Outcome.APPROVED and not ask.climbed:
            counted = Tally(climbs="it would pass only because fewer are left to vote")
        conclude(turn, ask, counted)
    return [turn.state.asks[name] for name in still_open if not turn.state.asks[name].is_open]
