"""Brings operations on the directory to the engagements: what each is told, and what it did about it."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

import structlog
from temporalio.client import RPCError

from activities.directory_sync import SyncedPage, SyncPage
from adapters.clock import SYSTEM_CLOCK, Now
from adapters.console_commands import remedy_of
from adapters.db.people_operations import NOTHING_HEARD, Heard, Operation, PeopleOperations, SyncResult
from adapters.db.read_model import ReadModel
from adapters.db.registry import Registry
from application.commands.people_introduced import newcomer
from application.directory_sync.client_confirmation import keep_confirmation
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from application.off_loop import off_loop
from application.read_lag.await_visible import eventually
from application.reconciliation.compare import why_unknown
from domain.directory.delta import delta_for
from domain.directory.directory import Directory
from domain.directory.events import PersonReplaced
from domain.directory.roles_left import gaps_left
from domain.engagement import commands as c
from domain.engagement.aggregate import Engagement
from domain.engagement.command import DIRECTORY
from domain.engagement.roles.commands import ReplaceHolder
from domain.engagement.timers import advance_to
from domain.notifications.event_texts import happened_text
from domain.shared.errors import ForeignEngine, IntegrityBroken, NotFound, Refusal, foreign_engine
from domain.shared.streams import engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, digest
from workflows.messages import CommandRequest, Receipt

log = structlog.get_logger()

PAGE = 20
# Seconds within which the record has an engagement's answer, unless it is away or the two differ.
RECORDED_WITHIN = 3.0
MAX_DETAIL = 2000
SYNC = "the directory was compared"
TOLD, REFUSED, NOTHING, UNREACHED = "told", "refused", "nothing to tell", "not reached"
# Noted before anything is told, with the ids of the commands: a retry after a crash finds what was done.
BEING_TOLD = "being told"


class Made(NamedTuple):
    """The result of one thing that an engagement was told, in words, and up to which of its facts."""

    outcome: str
    words: str
    heard: Heard = NOTHING_HEARD


class DirectorySync:
    """Compares engagements with the directory and tells them the difference. Implements `SyncGateway`."""

    def __init__(
        self,
        engine: WorkflowGateway,
        registry: Registry,
        read: ReadModel,
        operations: PeopleOperations,
        now: Now = SYSTEM_CLOCK,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._read = read
        self._operations = operations
        self._now = now

    async def keep_schedules(self) -> None:
        """Engagements run without digests: if schedules cannot be kept, that is logged and the rest goes on."""
        try:
            directory = await off_loop(self._registry.directory)
        except NotFound:
            log.info("schedules.wait", why="no directory has been imported")
            return
        except IntegrityBroken as broken:
            log.warning("schedules.not_kept", why=str(broken))
            return
        try:
            kept = await self._engine.keep_schedules(directory)
        except (EngineAway, ForeignEngine, NotFound, RPCError) as error:
            log.warning("schedules.not_kept", why=str(error))
        else:
            log.info("schedules.kept", **kept._asdict())

    async def pending_version(self, after: int) -> int | None:
        return await off_loop(lambda: self._operations.pending_version(after))

    async def finish(self, version: int) -> None:
        await off_loop(lambda: self._operations.mark_synced(version, (UNREACHED, BEING_TOLD)))

    async def tell_page(self, asked: SyncPage) -> SyncedPage:
        """Tells the next engagements that an operation concerns and that have not answered it yet.

        One that does not answer now holds up none of the others.
        """
        try:
            operation = await off_loop(lambda: self._operation(asked.version))
        except NotFound as gone:  # the record was restored since: what it lost is done again, and told then
            log.warning("directory.operation_lost", version=asked.version, why=str(gone))
            return SyncedPage(told=0, refused=0, unreached=0, next_after=None)
        people = operation.concerned if operation else None
        page = await off_loop(lambda: self._operations.concerned(people, asked.after, PAGE))
        known = await off_loop(lambda: self._known(asked.version, page))
        waiting = [name for name in page if name not in known or known[name].outcome in {UNREACHED, BEING_TOLD}]
        outcomes = [await self._tell(name, operation, known.get(name)) for name in waiting]
        return SyncedPage(
            told=outcomes.count(TOLD),
            refused=outcomes.count(REFUSED),
            unreached=outcomes.count(UNREACHED),
            next_after=page[-1] if len(page) == PAGE else None,
        )

    def _known(self, version: int | None, page: tuple[EngagementId, ...]) -> dict[str, SyncResult]:
        """The results noted for these engagements; those that have answered are final."""
        return {s.engagement_id: s for s in self._operations.outcomes_of(version, page)} if version is not None else {}

    def _operation(self, version: int | None) -> Operation | None:
        return self._operations.operation(version) if version is not None else None

    async def _tell(self, engagement_id: EngagementId, operation: Operation | None, before: SyncResult | None) -> str:
        """Tells one engagement, and notes the result. Whatever is wrong with it holds up none of the others."""
        try:
            made = await self._told(engagement_id, operation, before)
        except Exception as odd:  # an engagement with an unforeseen error is left to the next run
            log.exception("directory.not_told", engagement=engagement_id)
            made = [Made(UNREACHED, f"{type(odd).__name__}: {odd}")]
        found = {one.outcome for one in made}
        outcome = next((worst for worst in (UNREACHED, REFUSED, TOLD) if worst in found), NOTHING)
        heard_of = operation if outcome in {TOLD, REFUSED} else None
        vacant = await off_loop(lambda: self._vacant(engagement_id, heard_of)) if heard_of is not None else ()
        words, heard = "; ".join((*(one.words for one in made), *vacant)), _heard(made)
        if operation is None:
            await off_loop(lambda: self._operations.mark(engagement_id, heard))
        await self._note(engagement_id, operation, outcome, words, heard)
        return outcome

    def _vacant(self, engagement_id: EngagementId, operation: Operation) -> tuple[str, ...]:
        """The gaps that an operation left there, why, and who must fill them; an absence that begins today counts."""
        state = self._read.engagement(engagement_id)
        return tuple(gaps_left(advance_to(state, self._now()), operation.concerned, operation.at)) if state else ()

    async def _note(
        self,
        engagement_id: EngagementId,
        operation: Operation | None,
        outcome: str,
        detail: str,
        heard: Heard = NOTHING_HEARD,
    ) -> None:
        if operation is not None:
            said = detail[:MAX_DETAIL]
            await off_loop(lambda: self._operations.note(operation.version, engagement_id, outcome, said, heard))

    async def _told(
        self, engagement_id: EngagementId, operation: Operation | None, before: SyncResult | None
    ) -> list[Made]:
        """What was told, by this run or by one that died before it could note it."""
        ids = before.detail.split() if before is not None and before.outcome == BEING_TOLD else []
        made = await off_loop(lambda: self._effects(engagement_id, ids))
        state = await off_loop(lambda: self._read.engagement(engagement_id))
        if state is None or state.is_over:
            return list(made.values())
        await off_loop(lambda: keep_confirmation(self._operations, self._registry, state))
        number = await off_loop(self._operations.newest_number)  # before the directory, which is never older than it
        version, directory = await off_loop(self._registry.directory_version)
        commands = _commands(directory, max(version, number), state, operation, self._now())
        requests = [_request(engagement_id, command, operation, version) for command in commands]
        if not requests and not made:
            return [_known_already(state, operation)]
        if requests:
            await self._note(
                engagement_id, operation, BEING_TOLD, " ".join(dict.fromkeys((*ids, *(one.id for one in requests))))
            )
        for request in requests:
            made[request.id] = await self._carry_out(engagement_id, request)
            if made[request.id].outcome == UNREACHED:  # what comes after depends on it
                break
        return list(made.values())

    def _effects(self, engagement_id: EngagementId, ids: list[str]) -> dict[str, Made]:
        """Which of these commands the record knows."""
        found = {known: self._read.effect_of(engagement_stream(engagement_id), known) for known in ids}
        return {
            known: Made(TOLD, happened_text(effect.happened), Heard(recorded=effect.seq))
            for known, effect in found.items()
            if effect
        }

    async def _carry_out(self, engagement_id: EngagementId, request: CommandRequest) -> Made:
        """Tells one thing; a refusal is an answer too."""
        try:
            receipt = await self._engine.command(engagement_stream(engagement_id), request)
        except NotFound:
            return await self._of_an_unknown(engagement_id)
        except (EngineAway, ForeignEngine) as away:
            return Made(UNREACHED, away.refused.detail)
        except Refusal as refusal:
            if refusal.refused.temporary or refusal.refused.kind.is_ours:
                return Made(UNREACHED, refusal.refused.detail)
            return Made(REFUSED, f"{refusal.refused.rule}: {refusal.refused.detail} {remedy_of(refusal.refused)}")
        return await self._answered(engagement_id, request, receipt)

    async def _answered(self, engagement_id: EngagementId, request: CommandRequest, receipt: Receipt) -> Made:
        """What an engagement did about it. If it knows a later directory and ignores this, the record was restored."""
        if not receipt.happened:
            return Made(UNREACHED, "it knows a later directory than the record holds: run interlock reconcile")
        if not await self._is_recorded(engagement_id, request):
            return Made(UNREACHED, "what it made of it is not in the record yet")
        return Made(TOLD, happened_text(receipt.happened), Heard(answered=receipt.sequence))

    async def _of_an_unknown(self, engagement_id: EngagementId) -> Made:
        """Why the engine does not know a workflow: it has ended, or the engine was emptied."""
        if not await self._engine.is_own():
            return Made(UNREACHED, foreign_engine().refused.detail)
        state = await off_loop(lambda: self._read.engagement(engagement_id))
        if state is not None and not state.is_over:
            return Made(UNREACHED, await why_unknown(self._engine, engagement_stream(engagement_id)))
        return Made(NOTHING, "it has ended")

    async def _is_recorded(self, engagement_id: EngagementId, request: CommandRequest) -> bool:
        """True if the record has the result: an engine that was set back keeps nothing of what it answers."""
        stream = engagement_stream(engagement_id)
        return await eventually(lambda: self._read.effect_of(stream, request.id), RECORDED_WITHIN) is not None


def _heard(made: Collection[Made]) -> Heard:
    """The last facts that any of these reached: answered by the engagement, and recorded."""
    answered, recorded = (max((one.heard[place] for one in made), default=0) for place in range(2))
    return Heard(answered, recorded)


def _known_already(state: Engagement, operation: Operation | None) -> Made:
    """The result if nothing is left to tell: an update for another operation covered this one, or it knew already."""
    if operation is not None and state.directory >= operation.version:
        return Made(TOLD, f"together with others, with directory version {state.directory}")
    return Made(NOTHING, "it knew already")


def _request(
    engagement_id: EngagementId, command: c.AnyCommand, operation: Operation | None, version: int
) -> CommandRequest:
    """A request whose id is the same when the same thing is told again."""
    about = command.role if isinstance(command, ReplaceHolder) else digest(command)
    text = f"directory|{operation.version if operation else version}|{engagement_id}|{command.kind}|{about}"
    key = hashlib.sha256(text.encode()).hexdigest()
    actor = Actor(person_id=operation.by if operation else DIRECTORY, channel=DIRECTORY, command=key)
    return CommandRequest(id=key, body=digest(command), actor=actor, command=command)


def _commands(
    directory: Directory, version: int, state: Engagement, operation: Operation | None, now: datetime
) -> Iterator[c.AnyCommand]:
    """Successors for those who stay until then; for those who have left, the directory update names the successor."""
    if operation is not None:
        yield from _successors(directory, state, operation)
    because = _because(operation)
    word = delta_for(directory, version, state, now, because)
    if word is not None:
        yield word


def _successors(directory: Directory, state: Engagement, operation: Operation) -> Iterator[c.AnyCommand]:
    for fact in operation.facts:
        event = fact.event
        if isinstance(event, PersonReplaced) and directory.colleague(event.successor) is not None:
            for role in _roles_of(state, event.person_id, event.roles):
                terms = {"reason": event.reason, "last_day": event.last_day}
                yield ReplaceHolder(**newcomer(directory, role, event.successor), **terms)


def _roles_of(state: Engagement, person_id: PersonId, roles: tuple[str, ...]) -> list[str]:
    """The roles of the playbook that someone holds here, of those that are meant."""
    held = [role for role, holder in state.cast.holders.items() if holder == person_id and state.playbook.role(role)]
    return [role for role in held if not roles or role in roles]


def _because(operation: Operation | None) -> str:
    if operation is None:
        return SYNC
    reasons = [str(getattr(fact.event, "reason", "")) for fact in operation.facts]
    return next((reason for reason in reasons if reason), f"the directory changed (version {operation.version})")
