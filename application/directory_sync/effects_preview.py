"""What a proposed directory would do in the running engagements: each decides it, and nothing is kept."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from application.queries.view import View
from domain.asks.events import FinalAuthorityAsked, VoterDropped, VoterReplaced
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.command import DIRECTORY
from domain.engagement.decide import Decision, decide
from domain.engagement.documents.redrafting import how_it_fell
from domain.engagement.roles.events import SuccessorRefused
from domain.engagement.roles.qualification import gaps_of
from domain.engagement.roles.releasing import MAY_NOT_FOLLOW
from domain.engagement.timers import advance_to
from domain.playbook.model import role_label
from domain.shared.errors import Refusal
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId

A_PAGE = 50


class RoleThen(View):
    """What becomes of a role that someone loses: who is asked to follow, or that it is vacant, and why."""

    role: str
    held_by: str
    asked: str | None
    because: str | None


class EngagementThen(View):
    """What a directory does in one engagement. `asks`: how many go to others than before.

    `documents`: a sentence on each revision that is no longer valid, because of whom it names.
    """

    engagement_id: EngagementId
    title: str
    roles: tuple[RoleThen, ...]
    asks: int
    documents: tuple[str, ...]

    refused: str | None = None
    """Why it would not accept what the directory says, or cannot be read: the others accept it all the same."""


class Tried(NamedTuple):
    """A directory that is not in force: which version it would be, why, and whom it changes."""

    directory: Directory
    version: int
    because: str
    people: Collection[PersonId]


def effects_of(
    read: ReadModel, people: PeopleOperations, tried: Tried, actor: Actor, now: datetime
) -> Iterator[EngagementThen | None]:
    """Each running engagement that knows any of those people, ordered by id; None if nothing would change in it."""
    by, last = actor.replace(channel=DIRECTORY), ""
    while page := people.concerned(tried.people, last, A_PAGE):
        for number in page:
            state = None
            try:
                state = read.engagement(number)
                yield _then(advance_to(state, now), tried, by, now) if state is not None and not state.is_over else None
            except Refusal as refusal:  # damaged content too
                title, why = state.title if state is not None else "", refusal.refused.detail
                yield EngagementThen(engagement_id=number, title=title, roles=(), asks=0, documents=(), refused=why)
        last = page[-1]


def _then(before: Engagement, tried: Tried, by: Actor, now: datetime) -> EngagementThen | None:
    word = delta_for(tried.directory, tried.version, before, now, tried.because)
    if word is None:
        return None
    decision = decide(before, word, by, now)
    moved = {ask_id for event in decision.events for ask_id in _moved_from(before, event, tried.people)}
    found = EngagementThen(
        engagement_id=before.id,
        title=before.title,
        roles=tuple(_roles(before, decision, tried)),
        asks=len(moved),
        documents=tuple(_fallen(before, decision.state)),
    )
    return found if found.roles or found.asks or found.documents else None


def _roles(before: Engagement, decision: Decision, tried: Tried) -> Iterator[RoleThen]:
    refused = {
        event.role: _refused(before, tried.directory, event)
        for event in decision.events
        if isinstance(event, SuccessorRefused)
    }
    then = decision.state
    for role, holder in before.cast.holders.items():
        if holder in tried.people and then.cast.holder(role) != holder:
            proposal = then.proposals.get(role)
            asked = then.cast.name(proposal.person_id) if proposal is not None else None
            name = then.cast.name(holder)
            yield RoleThen(role=role_label(role), held_by=name, asked=asked, because=refused.get(role))


def _refused(state: Engagement, after: Directory, event: SuccessorRefused) -> str:
    """Why a successor may not hold a role; for those who maintain the directory, with the missing levels."""
    person, defined = after.colleague(event.successor), state.playbook.role(event.role)
    lacking = gaps_of(person, event.role, defined) if person is not None and defined is not None else ()
    if lacking:
        return (
            f"{after.name_of(event.successor)} does not meet the requirements for {role_label(event.role)}: "
            f"{'; '.join(lacking)}"
        )
    return event.because.partition(MAY_NOT_FOLLOW)[2].rstrip(".")


def _moved_from(before: Engagement, event: object, people: Collection[PersonId]) -> Iterator[str]:
    """The ask that this fact takes from one of these people."""
    if isinstance(event, VoterReplaced) and event.before in people:
        yield event.ask_id
    if isinstance(event, VoterDropped) and event.person_id in people:
        yield event.ask_id
    if isinstance(event, FinalAuthorityAsked):
        ask = before.asks.get(event.ask_id)
        if ask is not None and ask.climbed and ask.final_person in people:
            yield event.ask_id


def _fallen(before: Engagement, then: Engagement) -> Iterator[str]:
    for kind, document in then.documents.items():
        fell = how_it_fell(then, document)
        if fell is not None and document != before.documents.get(kind):
            yield fell
