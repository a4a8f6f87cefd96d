"""Commands about roles, with the people from the directory whom they name."""

from typing import Any, TypeVar

from application.authentication import Caller
from application.commands.early_refusals import require_leave, try_out
from application.commands.people_introduced import around, nearest, newcomer, nobody, with_people
from application.context import Interlock
from application.off_loop import off_loop
from domain.asks.model import CLIENT_ROLES
from domain.directory.directory import Directory
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReplaceHolder, RequestRole
from domain.engagement.roles.values import Expectations, Party, Waiver
from domain.shared.errors import (
    BadValue,
)
from domain.shared.text import OwnText
from domain.shared.values import Day, EngagementId, PersonId, Truth, Value
from workflows.messages import Receipt

N = TypeVar("N", ProposeHolder, ReplaceHolder, RequestRole)


class ProposalBody(Value):
    """Who is to hold a role, what is expected of them, until when, and a waiver if levels are missing."""

    person_id: PersonId
    expectations: Expectations = ()
    waiver: Waiver | None = None
    until: Day | None = None
    further: Truth = False


class Replacement(Value):
    """Who is to take a role over, why, and the last day of its current holder."""

    person_id: PersonId
    reason: OwnText
    last_day: Day | None = None
    expectations: Expectations = ()
    waiver: Waiver | None = None


class RoleRequestBody(Value):
    """A colleague's own request to hold a vacant role."""

    words: OwnText
    until: Day | None = None


class NewParty(Value):
    """Who is sponsor, signatory or counterpart from now on, and why."""

    person_id: PersonId
    reason: OwnText


async def propose_holder(
    app: Interlock, caller: Caller, engagement_id: EngagementId, role: str, body: ProposalBody
) -> Receipt:
    """Proposes someone from the directory for a role."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement_id, ProposeHolder, directory, role, body.person_id, body)
    return await with_people(app, caller, engagement_id, command, directory, [role, body.model_dump(mode="json")])


async def try_holder(
    app: Interlock, caller: Caller, engagement_id: EngagementId, role: str, body: ProposalBody
) -> None:
    """Raises what proposing someone would currently be refused with; changes nothing."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement_id, ProposeHolder, directory, role, body.person_id, body)
    await try_out(app, caller, engagement_id, command)


async def replace_holder(
    app: Interlock, caller: Caller, engagement_id: EngagementId, role: str, body: Replacement
) -> Receipt:
    """Has someone from the directory asked to take a role over."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement_id, ReplaceHolder, directory, role, body.person_id, body)
    return await with_people(app, caller, engagement_id, command, directory, [role, body.model_dump(mode="json")])


async def request_role(
    app: Interlock, caller: Caller, engagement_id: EngagementId, role: str, body: RoleRequestBody
) -> Receipt:
    """Asks, for the caller, to be allowed a vacant role."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement_id, RequestRole, directory, role, caller.actor.person_id, body)
    return await with_people(app, caller, engagement_id, command, directory, [role, body.model_dump(mode="json")])


async def try_request(
    app: Interlock, caller: Caller, engagement_id: EngagementId, role: str, body: RoleRequestBody
) -> None:
    """Raises what asking for a role would currently be refused with; changes nothing."""
    directory = await off_loop(app.registry.directory)
    command = await _about(app, caller, engagement_id, RequestRole, directory, role, caller.actor.person_id, body)
    await try_out(app, caller, engagement_id, command)


async def name_party(
    app: Interlock, caller: Caller, engagement_id: EngagementId, party: Party, body: NewParty
) -> Receipt:
    """Names another sponsor, signatory or counterpart from the directory."""
    directory = await off_loop(app.registry.directory)
    command = await _naming(app, caller, engagement_id, directory, party, body)
    return await with_people(app, caller, engagement_id, command, directory, [party, body.model_dump(mode="json")])


async def try_party(app: Interlock, caller: Caller, engagement_id: EngagementId, party: Party, body: NewParty) -> None:
    """Raises what naming them would currently be refused with; changes nothing."""
    directory = await off_loop(app.registry.directory)
    await try_out(app, caller, engagement_id, await _naming(app, caller, engagement_id, directory, party, body))


async def _naming(
    app: Interlock, caller: Caller, engagement_id: EngagementId, directory: Directory, party: Party, body: NewParty
) -> NameParty:
    person = directory.person(body.person_id)
    if person is None:
        about_nobody = NameParty(party=party, person=nobody(body.person_id), reason=body.reason)
        await require_leave(app, caller, engagement_id, about_nobody)
        raise unknown_person(directory, body.person_id, caller.actor.person_id, "person_id", party)
    return NameParty(party=party, person=person, **around(directory, person), reason=body.reason)


def unknown_person(directory: Directory, person_id: PersonId, by: PersonId, field: str, party: str) -> BadValue:
    """There is no such person; says who may have been meant, else who adds people."""
    of_client = party in CLIENT_ROLES
    otherwise = directory.how_clients_are_added if of_client else directory.how_people_are_added
    remedy = nearest(directory.everyone(), person_id, directory.colleague(by), otherwise)
    return BadValue(f"There is nobody called {person_id}.", remedy=remedy, field=field)


async def _about(
    app: Interlock,
    caller: Caller,
    engagement_id: EngagementId,
    kind: type[N],
    directory: Directory,
    role: str,
    person_id: PersonId,
    body: ProposalBody | Replacement | RoleRequestBody,
) -> N:
    """A command that names a colleague. Only those who may name one are told that there is no such colleague."""
    if directory.colleague(person_id) is None:
        await require_leave(app, caller, engagement_id, kind(role=role, person=nobody(person_id), **_terms(body)))
    return kind(**newcomer(directory, role, person_id, caller.actor.person_id), **_terms(body))


def _terms(body: Value) -> dict[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields if name != "person_id"}
