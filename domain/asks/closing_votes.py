"""Acts on the votes: ends the ask, or escalates it to its final authority with the reason in words."""

from domain.asks.eligibility import who_has_the_last_word, why_no_seat
from domain.asks.ending import drop_question, end_ask
from domain.asks.events import FinalAuthorityAsked
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, Outcome, listed
from domain.asks.tally import Tally, tally
from domain.playbook.model import Method, role_label
from domain.shared.transaction import S, Transaction
from domain.shared.values import AskId


def count_votes(transaction: Transaction[S], ask_id: AskId, *, at_due: bool = False) -> None:
    """Counts the votes, then ends the ask or escalates it to its final authority if they decide so."""
    ask = transaction.state.asks[ask_id]
    conclude(transaction, ask, tally(ask, at_due=at_due))


def conclude(transaction: Transaction[S], ask: Ask, counted: Tally) -> None:
    if counted.outcome is not None:
        end_ask(
            transaction, ask, counted.outcome, ask.said_against if counted.outcome is not Outcome.APPROVED else None
        )
    elif counted.climbs is not None and not _waits_for_somebody(transaction.state, ask):
        why = _why_so_few(transaction.state, ask) if ask.is_short_of_quorum else ""
        _climb_to_final(transaction, ask, f"{counted.climbs}: {why}" if why else counted.climbs)


def _waits_for_somebody(state: AskHolder, ask: Ask) -> bool:
    """True if the ask was escalated and there is still nobody who may decide last."""
    return ask.climbed is not None and ask.final_person is None and who_has_the_last_word(state, ask)[1] is None


def _why_so_few(state: AskHolder, ask: Ask) -> str:
    """Why roles that vote by the playbook have no vote, or share one."""
    reasons = [
        f"{state.cast.name(voter.person_id)} has one vote for {listed([*map(role_label, voter.roles)])}"
        for voter in ask.voters
        if len(voter.roles) > 1
    ]
    voting = {role for voter in ask.voters for role in voter.roles}
    reasons += [_why_no_vote(state, ask, role) for role in ask.roles if role not in voting]
    return "; ".join(dict.fromkeys(reasons))


def _why_no_vote(state: AskHolder, ask: Ask, role: str) -> str:
    person_id = state.cast.holder(role)
    if person_id is None:
        return f"{role_label(role)} is vacant"
    why = why_no_seat(state, ask, person_id, role) or f"became {role_label(role)} after the vote began"
    return f"{state.cast.name(person_id)} {why}"


def _climb_to_final(transaction: Transaction[S], ask: Ask, because: str) -> None:
    """Escalates an ask to its final authority. If that ends the vote, it also drops a voter's open question."""
    is_over = ask.method is not Method.EACH and who_has_the_last_word(transaction.state, ask)[1] is not None
    if ask.open_question is not None and is_over:
        drop_question(transaction, ask, "the vote is over")
    give_last_word(transaction, ask, because)


def give_last_word(transaction: Transaction[S], ask: Ask, because: str) -> None:
    """Asks the final authority who is eligible now, with a clock of their own."""
    role, person_id = who_has_the_last_word(transaction.state, ask)
    calendar = transaction.state.cast.calendar_of(person_id or transaction.state.overseer)
    stands = transaction.state.clocks_stand
    transaction.record(
        FinalAuthorityAsked(
            ask_id=ask.id,
            role=role,
            person_id=person_id,
            because=because,
            since=None if stands else transaction.now,
            due_at=None if stands else calendar.after(transaction.now, ask.due_minutes),
            calendar=calendar.name,
        )
    )
