"""Absences and delegations as they begin and end: who answers for somebody, and only during that period.

Weighed: looking at the calendar when somebody answers (nobody would be told that they are asked), and a timer for each
period (a firm's holidays in every history). Instead, an aggregate records a period only where it matters: where the
person holds a role or owes an answer. Recording it is an event, so it happens once.
"""

from datetime import datetime

from domain.asks.escalation import DELEGATION, STAND_IN, cover_all
from domain.asks.events import PeriodBegan, PeriodEnded, StandInLeft
from domain.asks.holder import AskHolder
from domain.asks.model import Ask, StandIn
from domain.directory.people import Period
from domain.shared.transaction import S, Transaction
from domain.shared.values import PersonId


def concerned(state: AskHolder) -> set[PersonId]:
    """People whose absence matters here: who hold a role, owe an answer or must fill a role, and their stand-ins."""
    owing = {voter.person_id for ask in state.open_asks() for voter in ask.silent}
    first = {*state.cast.holders.values(), *owing, *state.also_concerned}
    return first | {stand_in for person_id in first for stand_in in state.cast.named_by(person_id)}


def moment(state: AskHolder) -> datetime | None:
    """When the next relevant period begins or ends."""
    return min((when for period in _watched(state) if (when := _next(state, period)) is not None), default=None)


def _watched(state: AskHolder) -> list[Period]:
    people = sorted(concerned(state) & state.cast.people.keys())
    found: list[Period] = [period for person_id in people for period in state.cast.periods(person_id)]
    return [*found, *(period for period in state.cast.begun if period not in found)]


def _next(state: AskHolder, period: Period) -> datetime:
    return state.cast.ends(period) if period in state.cast.begun else state.cast.begins(period)


def sweep(transaction: Transaction[S]) -> None:
    """Records the periods that have begun or ended, asks the stand-ins of those that began and releases the others."""
    for period in _watched(transaction.state):
        if transaction.state.cast.ends(period) <= transaction.now:
            transaction.record(PeriodEnded(period=period))
        elif period not in transaction.state.cast.begun and transaction.state.cast.begins(period) <= transaction.now:
            transaction.record(PeriodBegan(period=period))
    refresh(transaction)


def refresh(transaction: Transaction[S]) -> None:
    """Releases stand-ins whose period is over, was revoked or now names somebody else, and asks those who apply now.

    Once an ask has escalated past its due time, a deputy stays.
    """
    for ask in list(transaction.state.open_asks()):
        for stand_in in ask.stand_ins:
            if not _still_stands_in(transaction, ask, stand_in):
                transaction.record(StandInLeft(ask_id=ask.id, person_id=stand_in.person_id))
    if not transaction.state.clocks_stand:
        cover_all(transaction)


def _still_stands_in(transaction: Transaction[S], ask: Ask, stand_in: StandIn) -> bool:
    cast, person_id = transaction.state.cast, stand_in.instead_of
    voter = next((voter for voter in ask.voters if voter.person_id == person_id), None)
    if voter is None or stand_in.rung not in {STAND_IN, DELEGATION}:
        return True
    matter = transaction.state.matter(ask, voter)
    if stand_in.person_id in cast.delegates(person_id, matter, transaction.now):
        return True
    asked_as_deputy = ask.rung > 0 or cast.is_away(person_id, transaction.now)
    deputies = (
        cast.stand_ins(person_id, matter, transaction.now) if stand_in.rung == STAND_IN and asked_as_deputy else ()
    )
    return stand_in.person_id in deputies
