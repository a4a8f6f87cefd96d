"""Operations on the directory: each is one transaction that judges it, records its facts, and notes whom it concerns.

The engagements are told afterwards, which may take a while; until all have been, the operation has no `synced_at`.
"""

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db import ledger
from adapters.db.acknowledged_marks import raise_acknowledged, raise_heard
from adapters.db.database import Transaction, reading, writing
from adapters.db.deals_of_clients import with_deals
from adapters.db.directories import Directories, newest_sound
from adapters.db.stream_status import tell_of_quarantined
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementCastRow
from adapters.db.tables.people import DirectoryOutcomeRow, DirectoryVersionRow
from adapters.db.tables.record import SequenceRow, StreamHeadRow
from adapters.db.tokens import FIRST_ADMINISTRATOR, end_all, give_first_token, with_tokens
from adapters.db.upserts import add_to, put, raise_to
from domain.directory import commands as f
from domain.directory.decide import decide, review_import
from domain.directory.decision import DirectoryDecision
from domain.directory.directory import ADMINISTRATOR, Directory
from domain.directory.former_people import moved
from domain.directory.importing import first_imported
from domain.directory.replay import with_facts
from domain.directory.size_limits import all_problems
from domain.record.facts import Batch, Recorded, recorded
from domain.shared.errors import HOW_TO_IMPORT, NO_DIRECTORY, BadValue, EditedMeanwhile, IntegrityBroken, NotFound
from domain.shared.limits import MAX_WHOLE
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import DIRECTORY, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId, digest

V, C, S, H, SQ = (
    columns(DirectoryVersionRow),
    columns(EngagementCastRow),
    columns(DirectoryOutcomeRow),
    columns(StreamHeadRow),
    columns(SequenceRow),
)
# Whoever works at the machine itself: they can read and write the database, whatever the permission table says.
KEEPER = Actor(person_id=PersonId("console"), channel="cli", house_roles=("administrator",))


class Operation(NamedTuple):
    """An operation on the directory: the version it led to, its facts, and how far engagements have heard of it."""

    version: int
    kind: str
    at: datetime
    by: PersonId
    facts: tuple[Recorded, ...]
    concerned: tuple[PersonId, ...]
    synced_at: datetime | None


class SyncResult(NamedTuple):
    """How an engagement reacted to an operation."""

    engagement_id: EngagementId
    at: datetime
    outcome: str
    detail: str


class Heard(NamedTuple):
    """An engagement's last facts that resulted from the directory: as its engine answered, and as the record has it."""

    answered: int = 0
    recorded: int = 0


NOTHING_HEARD = Heard()


class PeopleOperations:
    """The directory of one database, and changes to it."""

    def __init__(self, engine: Engine, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._now = now

    def carry_out(
        self,
        command: f.FirmCommand,
        actor: Actor,
        *,
        readings: tuple[int, ...] | None = None,
        within: Transaction | None = None,
    ) -> int:
        """Carries out a command or raises its refusal; returns the version it led to. No change means no new version.

        `readings` are the versions of which one must be in force, or None for any. Raises EditedMeanwhile otherwise.
        """
        with writing(self._engine, within=within) as connection:
            add_to(connection, SequenceRow, DIRECTORY, 0)  # locks the row for this transaction
            before = _before(connection, command, actor)
            _require_reading(before, readings)
            command = with_deals(connection, before.directory, command) if before is not None else command
            decided = self._decide(before, command, actor).sealed()
            if before is not None and before.is_damaged:
                decided = decided._replace(concerned=before.concerned(decided.directory))
            elif before is not None and decided.directory == before.directory and _says_nothing(command):
                return before.version
            self._shut_out(connection, before, decided.directory)
            if before is None:
                administrator = decided.directory.house_roles[ADMINISTRATOR]
                give_first_token(connection, administrator)
                actor = actor.replace(person_id=administrator) if actor.person_id == FIRST_ADMINISTRATOR else actor
            version = self._write(connection, command, decided, actor)
            if before is None or before.is_damaged:  # the operators could not be told before
                tell_of_quarantined(connection, self._now())
            return version

    def try_out(self, command: f.FirmCommand, actor: Actor) -> None:
        """Raises the refusal that the command would get now; changes nothing."""
        with reading(self._engine) as connection:
            self._decide(_before(connection, command, actor), command, actor)

    def tried(self, command: f.FirmCommand, actor: Actor) -> tuple[Directory, int]:
        """Returns the directory as the command would leave it, and its version; changes nothing. Raises its refusal."""
        with reading(self._engine) as connection:
            before = _before(connection, command, actor)
            return self._decide(before, command, actor).directory, (before.version if before else 0) + 1

    def import_directory(
        self,
        directory: Directory,
        actor: Actor = KEEPER,
        *,
        leaving: int | None = None,
        within: Transaction | None = None,
    ) -> int:
        """Puts a directory into force. `leaving` is how many people leave by it, as confirmed by whoever imports it."""
        return self.carry_out(f.ImportDirectory(directory=directory, leaving=leaving), actor, within=within)

    def directory(self, *, within: Transaction | None = None) -> Directory:
        """Returns the directory in force. Raises NotFound before the first import."""
        with reading(self._engine, within=within) as connection:
            found = _in_force(connection)
        if found is None:
            raise NotFound(NO_DIRECTORY, remedy=HOW_TO_IMPORT, action=RemedyAction.IMPORT_FIRST_PEOPLE)
        return found.directory

    def review_import(self, directory: Directory, actor: Actor = KEEPER) -> tuple[Directory | None, Directory, int]:
        """Returns the directory in force, the one that an import would lead to, and its version. Raises its refusal."""
        command = f.ImportDirectory(directory=directory)
        with reading(self._engine) as connection:
            before = _before(connection, command, actor)
            if before is None:
                return None, self._first(directory).directory, 1
            command = with_deals(connection, before.directory, command)
        after = review_import(before.directory, command, actor, self._today(before, actor))
        return before.directory if before.version else None, after, before.version + 1

    def _decide(self, before: "_InForce | None", command: f.FirmCommand, actor: Actor) -> DirectoryDecision:
        if before is not None:
            return decide(before.directory, command, actor, self._today(before, actor))
        if not isinstance(command, f.ImportDirectory):
            raise NotFound(NO_DIRECTORY, remedy=HOW_TO_IMPORT, action=RemedyAction.IMPORT_FIRST_PEOPLE)
        return self._first(command.directory)

    def _first(self, directory: Directory) -> DirectoryDecision:
        """The first directory: there are no administrators yet, so no permission is checked."""
        for problem in all_problems(directory, self._now().date()):
            raise BadValue(f"{problem.what}."[:1900], remedy=problem.remedy, field=problem.where)
        return DirectoryDecision(directory, (first_imported(directory),), ())

    def _today(self, before: "_InForce", actor: Actor) -> date:
        """The current date where the actor works."""
        known = before.directory.person(actor.person_id)
        calendar = before.directory.calendars.get(known.calendar or "") if known else None
        return calendar.local_day(self._now()) if calendar else self._now().date()

    def _write(self, connection: Connection, command: f.FirmCommand, decided: DirectoryDecision, actor: Actor) -> int:
        now = self._now()
        version = _next_version(connection)
        head = ledger.lock_head(connection, DIRECTORY)
        facts = recorded(DIRECTORY, head.seq + 1, decided.events, actor, now)
        ledger.append(connection, Batch(stream=DIRECTORY, facts=facts), head)
        row = {
            "version": version,
            "kind": type(command).__name__,
            "imported_at": now,
            "by": actor.person_id,
            "first_fact": facts[0].seq,
            "last_fact": facts[-1].seq,
            "concerned": json.dumps(decided.concerned),
            "synced_at": None if decided.concerned else now,
            "sha": digest(decided.directory),
            "document": decided.directory.model_dump_json(),
        }
        connection.execute(insert(DirectoryVersionRow), row)
        return version

    def _shut_out(self, connection: Connection, before: "_InForce | None", after: Directory) -> None:
        """Revokes, in the same transaction, every token and link of those who are gone, even for a later return.

        The same for those who moved to another client or between client and firm: they were let in as someone else's.
        """
        here = {person.id for person in after.everyone() if person.active}
        were = {person.id for person in before.directory.everyone() if person.active} if before else set()
        if before is not None and before.is_damaged:  # no one can say whom it let in, and as whom
            were |= with_tokens(connection)
            here &= {person.id for person in before.directory.everyone()}
        for person_id in sorted((were - here) | (moved(before.directory, after) if before else set())):
            end_all(connection, person_id, self._now())

    def newest_number(self) -> int:
        """The highest version number ever given; a record that was set back may lack versions that engagements know."""
        with reading(self._engine) as connection:
            return connection.execute(select(SQ.value).where(SQ.name == DIRECTORY)).scalar() or 0

    def pending_version(self, after: int = 0) -> int | None:
        """The oldest operation after this one of which not every engagement has been told."""
        query = select(V.version).where(V.synced_at.is_(None), V.version > after).order_by(V.version).limit(1)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one_or_none()

    def concerned(self, people: Iterable[PersonId] | None, after: str, limit: int) -> tuple[EngagementId, ...]:
        """Running engagements that know any of these people, or anyone at all if `people` is None."""
        query = select(C.engagement_id).where(C.engagement_id > after).distinct().order_by(C.engagement_id).limit(limit)
        query = query if people is None else query.where(C.person_id.in_(list(people)))
        with reading(self._engine) as connection:
            return tuple(map(EngagementId, connection.execute(query).scalars()))

    def note(
        self, version: int, engagement_id: EngagementId, outcome: str, detail: str = "", heard: Heard = NOTHING_HEARD
    ) -> None:
        """Stores how an engagement reacted to an operation, and up to which of its facts that is known."""
        row = {
            "version": version,
            "engagement_id": engagement_id,
            "at": self._now(),
            "outcome": outcome,
            "detail": detail,
        }
        with writing(self._engine) as connection:
            put(connection, DirectoryOutcomeRow, ["version", "engagement_id"], [row])
            _mark(connection, engagement_id, heard)

    def mark(self, engagement_id: EngagementId, heard: Heard) -> None:
        """Stores up to which fact it is known how an engagement reacted to the directory, whatever told it."""
        if heard != NOTHING_HEARD:
            with writing(self._engine) as connection:
                _mark(connection, engagement_id, heard)

    def mark_synced(self, version: int, still_open: Collection[str] = ()) -> None:
        """Marks an operation as synced, if each engagement concerned has an outcome other than those in `still_open`.

        A run that continues next to a record that was set back may refer to another operation of the same number.
        """
        noted = select(S.engagement_id).where(S.version == version, S.outcome.not_in(list(still_open)))
        with writing(self._engine) as connection:
            row = connection.execute(select(V.version, V.concerned).where(V.version == version)).one_or_none()
            if row is None:
                return
            waiting = (
                select(C.engagement_id).where(C.person_id.in_(_concerned(row)), C.engagement_id.not_in(noted)).limit(1)
            )
            if connection.execute(waiting).first() is None:
                done = update(DirectoryVersionRow).where(V.version == version, V.synced_at.is_(None))
                connection.execute(done.values(synced_at=self._now()))

    def operation(self, version: int, *, within: Transaction | None = None) -> Operation:
        """Returns one operation. Raises NotFound."""
        found = self.operations(before=version + 1, limit=1, within=within)
        if not found or found[0].version != version:
            raise NotFound(
                f"There is no operation {version}.",
                remedy="See the list of operations.",
                action=RemedyAction.LIST_OPERATIONS,
            )
        return found[0]

    def operations(
        self, before: int | None = None, limit: int = 50, *, within: Transaction | None = None
    ) -> tuple[Operation, ...]:
        """Returns operations on the directory, newest first."""
        names = ("version", "kind", "first_fact", "last_fact", "concerned", "synced_at")
        query = select(*(V[name] for name in names)).order_by(V.version.desc()).limit(limit)
        query = query if before is None else query.where(V.version < before)
        with reading(self._engine, within=within) as connection:
            return tuple(_operation(connection, row) for row in connection.execute(query).all())

    def outcomes_of(self, version: int, engagements: Iterable[EngagementId]) -> tuple[SyncResult, ...]:
        """How these engagements reacted to an operation, as far as they have been told of it."""
        query = select(S.engagement_id, S.at, S.outcome, S.detail).where(S.version == version)
        with reading(self._engine) as connection:
            found = connection.execute(query.where(S.engagement_id.in_(list(engagements))))
            return tuple(SyncResult(*row) for row in found)

    def outcomes(self, version: int, after: str = "", limit: int = 200) -> tuple[SyncResult, ...]:
        """How engagements reacted to an operation, by engagement id."""
        query = select(S.engagement_id, S.at, S.outcome, S.detail).where(S.version == version, S.engagement_id > after)
        with reading(self._engine) as connection:
            return tuple(SyncResult(*row) for row in connection.execute(query.order_by(S.engagement_id).limit(limit)))


def _mark(connection: Connection, engagement_id: EngagementId, heard: Heard) -> None:
    """An operation shown as `told` counts as an answer to its reader: a restored store must not void its effect."""
    stream = engagement_stream(engagement_id)
    if heard.answered:
        raise_acknowledged(connection, {stream: heard.answered})
    if heard.recorded:
        raise_heard(connection, {stream: heard.recorded})


def _concerned(row: Any) -> tuple[PersonId, ...]:
    try:
        return tuple(PersonId(str(one)) for one in json.loads(row.concerned))
    except (TypeError, ValueError):
        raise IntegrityBroken(f"Whom directory {row.version} concerns was edited.") from None


def _operation(connection: Connection, row: Any) -> Operation:
    """Its last fact says who did it and when."""
    facts = ledger.read(connection, DIRECTORY, row.first_fact, row.last_fact)
    if not facts:
        raise IntegrityBroken(f"The facts of directory {row.version} are gone.")
    return Operation(
        version=row.version,
        kind=row.kind,
        at=facts[-1].at,
        by=facts[-1].by,
        facts=facts,
        concerned=_concerned(row),
        synced_at=row.synced_at,
    )


class _InForce(NamedTuple):
    version: int
    directory: Directory
    is_damaged: bool = False
    """True if a later version does not match the record, and this is the newest that does."""

    def concerned(self, after: Directory) -> tuple[PersonId, ...]:
        """Everyone, because no one can say what a damaged version had changed."""
        return tuple(sorted({person.id for person in (*self.directory.everyone(), *after.everyone())}))


def _in_force(connection: Connection) -> _InForce | None:
    found = Directories().in_force(connection)
    return _InForce(*found) if found else None


def _next_version(connection: Connection) -> int:
    """Returns a number above all existing versions, whatever the counter's row says. Raises IntegrityBroken."""
    newest = connection.execute(select(func.max(V.version))).scalar() or 0
    raise_to(connection, SequenceRow, DIRECTORY, newest)
    version = add_to(connection, SequenceRow, DIRECTORY, 1)
    if version >= MAX_WHOLE:
        raise IntegrityBroken(
            f"The number of the directory's operations was edited in the database, to {version - 1}.",
            remedy="An operator sets it to that of the newest version: name directory in the table sequence.",
        )
    return version


def _require_reading(before: "_InForce | None", readings: tuple[int, ...] | None) -> None:
    """Raises EditedMeanwhile if the directory was changed since it was read."""
    version = before.version if before is not None else 0
    if readings is not None and version not in readings:
        raise EditedMeanwhile(
            f"The directory was changed since you read it: version {version} is in force.",
            remedy="Read it again, and change that.",
            field="If-Match",
        )


def _before(connection: Connection, command: f.FirmCommand, actor: Actor) -> _InForce | None:
    """Returns what a command changes. Raises IntegrityBroken if that was damaged, unless all of it is replaced.

    Whoever works at the machine may import a whole directory over a damaged one. It is then compared with the newest
    undamaged version or, if there is none, with itself, both with what facts have said since. A damaged directory is
    not trusted on whom it lets in, and as whom.
    """
    try:
        return _in_force(connection)
    except IntegrityBroken:
        if not isinstance(command, f.ImportDirectory) or actor != KEEPER:
            raise
        version, directory = newest_sound(connection) or (0, command.directory)
        known = connection.execute(select(V.last_fact).where(V.version == version)).scalar() or 0
        since = ledger.sound_after(connection, DIRECTORY, known)
        return _InForce(version, with_facts(directory, since, command.directory), is_damaged=True)


def _says_nothing(command: f.FirmCommand) -> bool:
    """True for a command that states only the directory it leads to."""
    return isinstance(command, f.ImportDirectory | f.SetPerson | f.AddClient)
