"""Operations on the directory, for every entry point: one function each, then the engagements are told."""

from typing import Annotated, Any

import structlog
from pydantic import Field

from adapters.db.database import Transaction
from adapters.db.people_operations import Operation
from application.authentication import Caller
from application.context import STORE_AWAY, Interlock
from application.gateway_errors import EngineAway
from application.idempotency import claim_of, once
from application.off_loop import off_loop
from application.queries.delegates import where_they_cannot
from application.queries.leaving_preview import LeavingReview, require_fit, review_leaving
from application.queries.view import UTC_ZONE
from application.reconciliation.compare import Stores, meet, stores_of
from domain.directory import commands as f
from domain.directory.directory import Directory, HouseRole
from domain.directory.event_texts import told
from domain.directory.people import Absence, Delegation, Level, Period, Person
from domain.shared.calendar import shown
from domain.shared.errors import ForeignEngine, NotFound, PermissionDenied
from domain.shared.text import LongText, OwnText, ShortText
from domain.shared.transaction import Actor
from domain.shared.values import Day, EngagementId, Moment, Money, Name, PersonId, RoleName, Truth, Value

log = structlog.get_logger()

MAX_PAGE_SIZE = 200


class OperationResult(Value):
    """An operation on the directory: its number, and whom running engagements must be told about."""

    operation: int
    concerned: tuple[PersonId, ...]
    done: tuple[str, ...] = ()
    """What was done, in sentences."""
    cannot: tuple[str, ...] = ()
    """Where the named delegate cannot answer, why, and who is asked then, in sentences."""


class ColleagueDetails(Value):
    """What the directory says of someone in the firm; levels of competence run from 1 to 5."""

    name: ShortText
    email: ShortText
    calendar: Annotated[str, Field(max_length=32)]
    manager: PersonId | None = None
    deputy: PersonId | None = None
    assistant: PersonId | None = None
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    verticals: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    competencies: Annotated[dict[Name, Level], Field(max_length=100)] = {}


class LeavingBody(Value):
    """Someone leaves. Positions and house roles pass on in the same step."""

    reason: OwnText
    successor: PersonId | None = None
    positions: Annotated[dict[Name, PersonId], Field(max_length=50)] = {}
    house_roles: dict[HouseRole, PersonId] = {}
    leave_vacant: Truth = False
    """Whether roles that the successor may not hold are left vacant; otherwise nothing is done if there are any."""


class Return(Value):
    """Someone who was deactivated is back: why."""

    reason: OwnText


class Succession(Value):
    """Someone else is to take over what a person holds, in all engagements or in some roles."""

    successor: PersonId
    reason: OwnText
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    last_day: Day | None = None


class NewAbsence(Value):
    first: Day
    last: Day
    delegate: PersonId | None = None


class NewDelegation(Value):
    """Who may answer for a person: on these days; for these roles, kinds of ask and amounts, or for all."""

    to: PersonId
    first: Day
    last: Day
    roles: Annotated[tuple[RoleName, ...], Field(max_length=50)] = ()
    kinds: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    up_to: Annotated[Money, Field(gt=0)] | None = None
    reason: LongText | None = None


class OperationTakenBack(Value):
    to: PersonId
    first: Day


class OperationView(Value):
    """An operation on the directory: by whom, when, what; `synced_at` is when every engagement had been told.

    `done` says it in sentences; `at_shown` is the time in the reader's zone.
    """

    operation: int
    kind: str
    at: Moment
    at_shown: str
    by: PersonId
    by_name: str
    done: tuple[str, ...]
    events: tuple[str, ...]
    concerned: tuple[PersonId, ...]
    synced_at: Moment | None


class OutcomeView(Value):
    """What an engagement did about an operation."""

    engagement_id: EngagementId
    at: Moment
    outcome: str
    detail: str


async def deactivate(app: Interlock, caller: Caller, person_id: PersonId, leaving: LeavingBody) -> OperationResult:
    """Lets someone leave: everywhere, in one recorded operation. Raises SuccessorUnfit before anything is done."""
    command = _leaving(person_id, leaving)
    if not leaving.leave_vacant and not await _is_done(app, caller, command):
        await require_fit(app, caller, command)
    return await _operate(app, caller, command)


async def preview_leaving(app: Interlock, caller: Caller, person_id: PersonId, leaving: LeavingBody) -> LeavingReview:
    """What it would do, engagement by engagement. Nothing is done."""
    return await review_leaving(app, caller, _leaving(person_id, leaving))


def _leaving(person_id: PersonId, leaving: LeavingBody) -> f.DeactivatePerson:
    return f.DeactivatePerson(person_id=person_id, **leaving.model_dump(exclude={"leave_vacant"}))


async def _is_done(app: Interlock, caller: Caller, command: f.FirmCommand) -> bool:
    """True if this very request was carried out: its repeat gets the same answer, whatever has changed since."""
    receipts, claim = app.registry.receipts, claim_of(caller, command)
    return await off_loop(lambda: receipts.given(claim)) is not None


async def reinstate(app: Interlock, caller: Caller, person_id: PersonId, given: Return) -> OperationResult:
    """Lets someone back who was deactivated. Nothing that they held, and no token of theirs, comes back with them."""
    return await _operate(app, caller, f.ReinstatePerson(person_id=person_id, reason=given.reason))


async def replace(app: Interlock, caller: Caller, person_id: PersonId, succession: Succession) -> OperationResult:
    """Has a successor asked to take over what a person holds, in every engagement."""
    return await _operate(app, caller, f.ReplacePerson(person_id=person_id, **_fields(succession)))


async def set_person(
    app: Interlock, caller: Caller, person_id: PersonId, colleague: ColleagueDetails
) -> OperationResult:
    """Adds or corrects a colleague. Someone who had left is back by it."""
    return await _operate(app, caller, f.SetPerson(person=Person(id=person_id, **_fields(colleague))))


async def record_absence(app: Interlock, caller: Caller, person_id: PersonId, away: NewAbsence) -> OperationResult:
    """Records that someone is away, for themselves or as their assistant."""
    command = _absence(person_id, away)
    return await _with_bars(app, caller, command.absence, await _operate(app, caller, command))


def _absence(person_id: PersonId, away: NewAbsence) -> f.RecordAbsence:
    return f.RecordAbsence(absence=Absence(person=person_id, **_fields(away)))


async def try_absence(app: Interlock, actor: Actor, away: NewAbsence) -> None:
    """Raises what an absence of one's own would be refused with; changes nothing."""
    await off_loop(lambda: app.people.try_out(_absence(actor.person_id, away), actor))


async def remove_absence(app: Interlock, caller: Caller, person_id: PersonId, first: Day) -> OperationResult:
    return await _operate(app, caller, f.RemoveAbsence(person_id=person_id, first=first))


async def give_delegation(app: Interlock, caller: Caller, person_id: PersonId, given: NewDelegation) -> OperationResult:
    """Lets another answer for someone, for themselves or as their assistant."""
    command = _delegation(person_id, given)
    return await _with_bars(app, caller, command.delegation, await _operate(app, caller, command))


async def _with_bars(app: Interlock, caller: Caller, period: Period, done: OperationResult) -> OperationResult:
    """The result, with where the delegate cannot answer: computed now, also for a repeat."""
    return done.replace(cannot=await where_they_cannot(app, caller.actor, period))


def _delegation(person_id: PersonId, given: NewDelegation) -> f.GiveDelegation:
    return f.GiveDelegation(delegation=Delegation(person=person_id, **_fields(given)))


async def try_delegation(app: Interlock, actor: Actor, given: NewDelegation) -> None:
    """Raises what a delegation of one's own would be refused with; changes nothing."""
    await off_loop(lambda: app.people.try_out(_delegation(actor.person_id, given), actor))


async def end_delegation(
    app: Interlock, caller: Caller, person_id: PersonId, taken: OperationTakenBack
) -> OperationResult:
    return await _operate(app, caller, f.EndDelegation(person_id=person_id, **_fields(taken)))


def _fields(body: Value) -> dict[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields}


async def _operate(app: Interlock, caller: Caller, command: f.FirmCommand) -> OperationResult:
    """Carries it out once, and has the engagements told. Raises the directory's refusal."""

    before = await off_loop(app.registry.directory)

    def call(transaction: Transaction) -> OperationResult:
        version = app.people.carry_out(command, caller.actor, readings=caller.readings, within=transaction)
        operation = app.people.operation(version, within=transaction)
        return OperationResult(operation=version, concerned=operation.concerned, done=_sentences(operation, before))

    done = await once(app, caller, command, OperationResult, call)
    await sync_engagements(stores_of(app))
    return done


async def sync_engagements(stores: Stores) -> bool:
    """Has the engagements told. False while the engine is away, or another's: the next worker or night does it."""
    try:
        if await meet(stores):
            await stores.engine.sync_directory()
            return True
        log.warning("directory.not_yet_synced", because="the engine belongs to another installation")
    except (EngineAway, ForeignEngine, *STORE_AWAY) as away:
        log.warning("directory.not_yet_synced", because=str(away))
    return False


async def operations(app: Interlock, actor: Actor, before: int | None, limit: int) -> tuple[OperationView, ...]:
    """Operations on the directory, newest first: for administrators and heads. Raises PermissionDenied."""
    directory = await _require_oversight(app, actor)
    found = await off_loop(lambda: app.people.operations(before, min(limit, MAX_PAGE_SIZE)))
    return tuple(_view(operation, directory, actor) for operation in found)


async def outcomes(
    app: Interlock, actor: Actor, version: int, after: str
) -> tuple[OperationView, tuple[OutcomeView, ...]]:
    """One operation and what engagements did about it. Raises PermissionDenied, NotFound."""
    try:
        operation = await off_loop(lambda: app.people.operation(version))
    except NotFound:
        await _require_oversight(app, actor)  # first, so that no one else learns how many there are
        raise
    if operation.by != actor.person_id:
        await _require_oversight(app, actor)
    directory = await off_loop(app.registry.directory)
    made = await off_loop(lambda: app.people.outcomes(version, after, MAX_PAGE_SIZE))
    return _view(operation, directory, actor), tuple(OutcomeView(**one._asdict()) for one in made)


async def _require_oversight(app: Interlock, actor: Actor) -> Directory:
    """The directory that the check is based on. Raises PermissionDenied."""
    directory = await off_loop(app.registry.directory)
    if "administrator" not in actor.house_roles and actor.person_id not in directory.positions.values():
        raise PermissionDenied("Only administrators and heads can see operations on people.", remedy="Ask one of them.")
    return directory


def _view(operation: Operation, directory: Directory, actor: Actor) -> OperationView:
    return OperationView(
        operation=operation.version,
        kind=operation.kind,
        at=operation.at,
        at_shown=shown(operation.at, directory.zone_of(actor.person_id) or UTC_ZONE),
        by=operation.by,
        by_name=directory.name_of(operation.by),
        done=_sentences(operation, directory),
        events=tuple(fact.event.kind for fact in operation.facts),
        concerned=operation.concerned,
        synced_at=operation.synced_at,
    )


def _sentences(operation: Operation, directory: Directory) -> tuple[str, ...]:
    return tuple(told(fact.event, directory.name_of) for fact in operation.facts)
