"""Operations on the directory on their way to the engagements: what each is told, and what it made of it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog
from temporalio.client import RPCError

from activities.spreading import Errand, Told
from adapters.people_operations import Operation, PeopleOperations
from adapters.read_model import ReadModel
from adapters.registry import Registry
from application.deals import newcomer
from application.engine import Engine, EngineAway
from application.interlock import off_loop
from domain.directory import Directory
from domain.engagement import commands as c
from domain.engagement.permissions import DIRECTORY
from domain.engagement.state import Engagement
from domain.firm.events import PersonReplaced
from domain.firm.word import word_for
from domain.refusals import NotFound, Refusal
from domain.streams import engagement_stream
from domain.turn import Actor
from domain.values import digest
from workflows.messages import Request

log = structlog.get_logger()

PAGE = 20
SYNC = "the directory was compared"
TOLD, REFUSED, NOTHING, UNREACHED = "told", "refused", "nothing to tell", "not reached"


class Spreading:
    """Compares engagements with the directory and tells them the difference. Implements `activities.Spread`."""

    def __init__(self, engine: Engine, registry: Registry, read: ReadModel, operations: PeopleOperations) -> None:
        self._engine = engine
        self._registry = registry
        self._read = read
        self._operations = operations

    async def keep_schedules(self) -> None:
        """Engagements run without digests: where schedules cannot be kept, the log says so and the rest goes on."""
        try:
            directory = await off_loop(self._registry.directory)
            kept = await self._engine.keep_schedules(directory)
        except NotFound:
            log.info("schedules.wait", why="no directory has been imported")
        except RPCError as error:
            log.warning("schedules.not_kept", why=str(error))
        else:
            log.info("schedules.kept", **kept._asdict())

    async def unspread(self, after: int) -> int | None:
        return await off_loop(lambda: self._operations.unspread(after))

    async def finish(self, version: int) -> None:
        await off_loop(lambda: self._operations.spread(version))

    async def tell_page(self, errand: Errand) -> Told:
        """The next engagements that an operation concerns and that have not answered it yet.

        One that does not answer now holds up none of the others.
        """
        operation = await off_loop(lambda: self._operation(errand.version))
        people = operation.concerned if operation else None
        page = await off_loop(lambda: self._operations.concerned(people, errand.after, PAGE))
        heard = await off_loop(lambda: self._heard(errand.version, page))
        outcomes = [await self._tell(engagement, operation) for engagement in page if engagement not in heard]
        return Told(
            told=outcomes.count(TOLD),
            refused=outcomes.count(REFUSED),
            unreached=outcomes.count(UNREACHED),
            next_after=page[-1] if len(page) == PAGE else None,
        )

    def _heard(self, version: int | None, page: tuple[str, ...]) -> frozenset[str]:
        """Who has answered an operation: what they made of it stands."""
        if version is None:
            return frozenset()
        return frozenset(s.engagement for s in self._operations.outcomes_of(version, page) if s.outcome != UNREACHED)

    def _operation(self, version: int | None) -> Operation | None:
        return self._operations.operation(version) if version is not None else None

    async def _tell(self, engagement: str, operation: Operation | None) -> str:
        version, directory = await off_loop(self._registry.directory_version)
        state = await off_loop(lambda: self._read.engagement(engagement))
        if state is None or state.is_over:
            return NOTHING
        made: list[tuple[str, str]] = []
        for command in _commands(directory, version, state, operation):
            made.append(await self._carry_out(state.id, command, operation, version))
            if made[-1][0] == UNREACHED:  # what comes after rests on it
                break
        outcome = next((worst for worst in (UNREACHED, REFUSED, TOLD) if worst in dict(made)), NOTHING)
        if operation is not None:
            detail = "; ".join(words for _, words in made)[:2000]
            await off_loop(lambda: self._operations.note(operation.version, engagement, outcome, detail))
        return outcome

    async def _carry_out(
        self, engagement: str, command: c.AnyCommand, operation: Operation | None, version: int
    ) -> tuple[str, str]:
        """Tells one thing; a refusal is an answer too. The same thing told again is known by its id."""
        about = command.role if isinstance(command, c.ReplaceHolder) else digest(command)
        text = f"directory|{operation.version if operation else version}|{engagement}|{command.kind}|{about}"
        key = hashlib.sha256(text.encode()).hexdigest()
        actor = Actor(person=operation.by if operation else DIRECTORY, channel=DIRECTORY, command=key)
        request = Request(id=key, body=digest(command), actor=actor, command=command)
        try:
            receipt = await self._engine.command(engagement_stream(engagement), request)
        except NotFound:
            return NOTHING, "it has ended"
        except EngineAway as away:
            return UNREACHED, away.refused.detail
        except Refusal as refusal:
            return REFUSED, f"{refusal.refused.rule}: {refusal.refused.detail} {refusal.refused.remedy}"
        return TOLD, ", ".join(receipt.happened)


def _commands(
    directory: Directory, version: int, state: Engagement, operation: Operation | None
) -> Iterator[c.AnyCommand]:
    """Successors of whoever stays until then; whoever has left is followed by the directory's own word."""
    if operation is not None:
        yield from _successors(directory, state, operation)
    because = _because(operation)
    word = word_for(directory, version, state, datetime.now(UTC), because)
    if word is not None:
        yield word


def _successors(directory: Directory, state: Engagement, operation: Operation) -> Iterator[c.AnyCommand]:
    for fact in operation.facts:
        event = fact.event
        if isinstance(event, PersonReplaced) and directory.colleague(event.successor) is not None:
            for role in _roles_of(state, event.person, event.roles):
                terms = {"reason": event.reason, "last_day": event.last_day}
                yield c.ReplaceHolder(**newcomer(directory, role, event.successor), **terms)


def _roles_of(state: Engagement, person: str, roles: tuple[str, ...]) -> list[str]:
    """The roles of the playbook that somebody holds here, of those that are meant."""
    held = [role for role, holder in state.cast.holders.items() if holder == person and state.playbook.role(role)]
    return [role for role in held if not roles or role in roles]


def _because(operation: Operation | None) -> str:
    if operation is None:
        return SYNC
    reasons = [str(getattr(fact.event, "reason", "")) for fact in operation.facts]
    return next((reason for reason in reasons if reason), f"{operation.kind} ({operation.version})")
