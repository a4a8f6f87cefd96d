"""What comes of it where somebody leaves: looked at before it is done, as each engagement would decide it.

It is the engagement's own decision, on the directory as it would be, of which nothing is kept.
"""

from collections.abc import Iterator

from application.access import Caller
from application.interlock import Interlock
from application.off_loop import off_loop
from application.view import View
from domain.ask_events import VoterReplaced
from domain.directory import Directory
from domain.engagement.decide import decide, up_to
from domain.engagement.holdings import gaps_of
from domain.engagement.permissions import DIRECTORY
from domain.engagement.role_events import SuccessorRefused
from domain.engagement.staffing import MAY_NOT_FOLLOW
from domain.engagement.state import Engagement
from domain.firm.commands import DeactivatePerson
from domain.firm.word import word_for
from domain.playbook import role_label
from domain.refusals import SuccessorUnfit
from domain.turn import Actor
from domain.words import cut

A_PAGE = 50
MOST_NAMED = 5
LONGEST = 1900


class RoleThen(View):
    """What becomes of a role that somebody leaves: who is asked to follow, or that it is vacant, and why."""

    role: str
    asked: str | None
    because: str | None


class EngagementThen(View):
    """What somebody's leaving does in one engagement. `asks`: how many that they were to answer go to others."""

    engagement: str
    title: str
    roles: tuple[RoleThen, ...]
    asks: int


class LeavingReview(View):
    """What somebody's leaving would do; `unfit`: roles that the successor named may not hold, which would be vacant."""

    person: str
    successor: str | None
    engagements: tuple[EngagementThen, ...]
    unfit: tuple[str, ...]


async def review_leaving(app: Interlock, caller: Caller, command: DeactivatePerson) -> LeavingReview:
    """What it would do; nothing is done. Raises what it would be refused with."""
    return await off_loop(lambda: _review(app, caller.actor, command))


async def require_fit(app: Interlock, caller: Caller, command: DeactivatePerson) -> None:
    """Raises SuccessorUnfit where the successor named may not hold a role that is left, and says which and why."""
    if command.successor is None:
        return
    found = await review_leaving(app, caller, command)
    if found.unfit:
        more = f" and {len(found.unfit) - MOST_NAMED} more" if len(found.unfit) > MOST_NAMED else ""
        raise SuccessorUnfit(
            cut("; ".join(found.unfit[:MOST_NAMED]), LONGEST) + f"{more}.",
            remedy="Nothing was done. Name another successor or none, or say that these roles shall be vacant.",
            field="successor",
        )


def _review(app: Interlock, actor: Actor, command: DeactivatePerson) -> LeavingReview:
    after, version = app.people.tried(command, actor)
    engagements = tuple(_engagements(app, command, after, version))
    unfit = (
        f"{one.because} ({found.engagement})"
        for found in engagements
        for one in found.roles
        if command.successor is not None and one.asked is None and one.because
    )
    successor = after.name_of(command.successor) if command.successor else None
    return LeavingReview(
        person=after.name_of(command.person), successor=successor, engagements=engagements, unfit=tuple(unfit)
    )


def _engagements(app: Interlock, command: DeactivatePerson, after: Directory, version: int) -> Iterator[EngagementThen]:
    last = ""
    while page := app.people.concerned([command.person], last, A_PAGE):
        for number in page:
            state = app.read.engagement(number)
            found = _then(app, state, command, after, version) if state and not state.is_over else None
            if found is not None and (found.roles or found.asks):
                yield found
        last = page[-1]


def _then(
    app: Interlock, state: Engagement, command: DeactivatePerson, after: Directory, version: int
) -> EngagementThen | None:
    now = app.clock()
    before = up_to(state, now)
    word = word_for(after, version, before, now, str(command.reason))
    if word is None:
        return None
    decision = decide(before, word, Actor(person=command.person, channel=DIRECTORY), now)
    refused = {
        event.role: _refused(before, after, event) for event in decision.events if isinstance(event, SuccessorRefused)
    }
    roles = [role for role, holder in before.cast.holders.items() if holder == command.person]
    then = decision.state
    moved = {
        event.ask for event in decision.events if isinstance(event, VoterReplaced) and event.before == command.person
    }
    return EngagementThen(
        engagement=state.id,
        title=state.title,
        roles=tuple(_role_then(then, role, refused.get(role)) for role in roles),
        asks=len(moved),
    )


def _refused(state: Engagement, after: Directory, event: SuccessorRefused) -> str:
    """Why a successor may not hold a role; to whoever keeps the directory with the levels that lack."""
    person, defined = after.colleague(event.successor), state.playbook.role(event.role)
    lacking = gaps_of(person, event.role, defined) if person is not None and defined is not None else ()
    if lacking:
        return f"{after.name_of(event.successor)} lacks for {role_label(event.role)}: {'; '.join(lacking)}"
    return event.because.partition(MAY_NOT_FOLLOW)[2].rstrip(".")


def _role_then(then: Engagement, role: str, refused: str | None) -> RoleThen:
    proposal = then.proposals.get(role)
    asked = then.cast.name(proposal.person) if proposal is not None else None
    return RoleThen(role=role_label(role), asked=asked, because=refused)
