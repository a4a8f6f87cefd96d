"""Applies directory updates to an engagement: people who left lose all their roles in one step."""

from collections.abc import Iterator

from domain.asks import delegation
from domain.asks.ending import end_ask
from domain.asks.model import Outcome
from domain.directory.people import Person
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.commands import TakeDirectory
from domain.engagement.roles.events import AddressMoved, DirectoryTaken, ProposalEnded
from domain.engagement.roles.qualification import end_moment, last_date, unwaived, waived_until
from domain.engagement.roles.releasing import leave, propose_successor
from domain.engagement.roles.values import VacancyCause
from domain.shared.calendar import day_shown
from domain.shared.text import fitting
from domain.shared.transaction import Transaction
from domain.shared.values import PersonId

# Everybody in the deal may read this; only those who fill the role see the levels.
NO_LONGER_FIT = "no longer meets the requirements of the role"


def in_order(state: Engagement, command: TakeDirectory) -> Iterator[TakeDirectory]:
    """The update, preceded by one in which people who left and came back unnoticed are gone.

    So a late update has the same effect as one in time: they lose what they held.
    """
    known = ((state.cast.people.get(person.id), person) for person in command.people)
    left = {now.id: _as_gone(was, now) for was, now in known if was is not None}
    if any(left.values()):
        yield command.replace(people=tuple(left.get(person.id) or person for person in command.people))
    yield command


def _as_gone(known: Person, now: Person) -> Person | None:
    one = now.missed_leaving(known)
    if one is None:
        return None
    return now.replace(active=False, left_because=one.because, successor=one.successor, left=known.left)


def take_directory(transaction: Transaction[Engagement], command: TakeDirectory) -> None:
    """Takes newer data about people. An older version than the known one is ignored."""
    if command.version < transaction.state.directory:
        return
    transaction.record(
        DirectoryTaken(
            version=command.version,
            people=command.people,
            calendars=command.calendars,
            positions=transaction.state.playbook.positions_among(command.positions),
            absences=command.absences,
            delegations=command.delegations,
            client=command.client,
            client_name=command.client_name,
            moved=tuple(_moved(transaction.state, command)),
            because=command.because,
        )
    )
    for name in sorted(transaction.state.cast.people):
        person = transaction.state.cast.people[name]
        if not person.active:
            _let_go(transaction, person.id, person.left_because or command.because, person.successor)
    _require_competence(transaction)
    delegation.refresh(transaction)


def _moved(state: Engagement, command: TakeDirectory) -> Iterator[AddressMoved]:
    """The client's people whose mail address changed: mails put asks to them, and their answers are shown to others."""
    for person in command.people:
        known = state.cast.people.get(person.id)
        if known is None or person.client is None or not (known.active and person.active):
            continue
        if known.email.casefold() != person.email.casefold():
            yield AddressMoved(person_id=person.id, before=known.email)


def _let_go(
    transaction: Transaction[Engagement], person_id: PersonId, because: str, successor: PersonId | None
) -> None:
    """Vacates the roles and ends the proposals of somebody who left; policies then pass on their asks and tasks.

    A named successor is asked for each role in the same step.
    """
    left = _leave_all(transaction, person_id, fitting(f"{transaction.state.cast.name(person_id)} has left: {because}"))
    _end_proposals(transaction, person_id)
    for role in left:
        if successor is not None:
            propose_successor(transaction, role, successor, person_id)


def _leave_all(transaction: Transaction[Engagement], person_id: PersonId, because: str) -> list[str]:
    """Returns the playbook's roles that have no holder now."""
    held = [role for role, holder in transaction.state.cast.holders.items() if holder == person_id]
    further = [role for role, experts in transaction.state.cast.further_experts.items() if person_id in experts]
    for role in (*held, *further):
        leave(transaction, role, person_id, VacancyCause.LEFT, because)
    return [
        role for role in held if transaction.state.cast.holder(role) is None and transaction.state.playbook.role(role)
    ]


def _end_proposals(transaction: Transaction[Engagement], person_id: PersonId) -> None:
    name = transaction.state.cast.name(person_id)
    for role, proposal in list(transaction.state.proposals.items()):
        if proposal.person_id == person_id:
            end_ask(transaction, transaction.state.asks[proposal.ask_id], Outcome.WITHDRAWN, f"{name} has left")
            transaction.record(ProposalEnded(role=role, declined=f"{name}, who was proposed, has left"))


def _require_competence(transaction: Transaction[Engagement]) -> None:
    """Ends holdings whose holder no longer meets the profile, unless the head has waived exactly that."""
    for holding in transaction.state.all_holdings:
        lacking = unwaived(transaction.state, holding)
        if lacking:
            because = (
                f"{transaction.state.cast.name(holding.person_id)} {NO_LONGER_FIT}"  # only those who fill it see levels
            )
            leave(transaction, holding.role, holding.person_id, VacancyCause.COMPETENCE_GONE, fitting(because))


def end_holdings(transaction: Transaction[Engagement]) -> None:
    """A role held, or waived, until a date falls vacant on that date, even while on hold."""
    for holding in transaction.state.all_holdings:
        if (end := end_moment(transaction.state, holding)) is None or end > transaction.now:
            continue
        if holding.until is not None and holding.until == last_date(transaction.state, holding):
            leave(
                transaction,
                holding.role,
                holding.person_id,
                VacancyCause.EXPIRED,
                f"held until {day_shown(holding.until)}",
            )
        else:
            name, until = transaction.state.cast.name(holding.person_id), waived_until(transaction.state, holding)
            because = f"the waiver for {name} ended on {day_shown(until) if until else 'its last day'}"
            leave(transaction, holding.role, holding.person_id, VacancyCause.COMPETENCE_GONE, fitting(because))
