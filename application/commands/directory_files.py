"""The directory as a file: reviewed before an import, imported, and exported again.

The same for every entry point: over REST with a token, and on the command line also for anyone on the machine itself.
"""

from datetime import datetime
from itertools import islice
from typing import NamedTuple

from adapters.clock import Now
from adapters.console_commands import with_commands
from adapters.db.database import Transaction
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.registry import Registry
from adapters.db.tokens import FIRST_ADMINISTRATOR
from adapters.files.directory_export import directory_as_yaml
from adapters.files.directory_file import directory_from
from adapters.files.yaml_source import FileRefused, parse_source
from application.authentication import Caller, require_administrator
from application.commands.administration import DirectoryFileRefused, Imported, holiday_warnings
from application.commands.people import sync_engagements
from application.context import Interlock
from application.directory_sync.effects_preview import EngagementThen, Tried, effects_of
from application.idempotency import once
from application.off_loop import off_loop
from application.reconciliation.compare import stores_of
from domain.directory.directory import ADMINISTRATOR, Directory
from domain.directory.import_review import ImportReview, review_of
from domain.playbook.model import Playbook
from domain.shared.holidays_known import holiday_findings
from domain.shared.transaction import Actor

# How many engagements a review examines: each decides for itself what the file does, which takes time.
MAX_LOOKED_AT = 100


class DirectoryStore(NamedTuple):
    """What a directory is read from and written to: no engine is needed for it."""

    people: PeopleOperations
    registry: Registry
    read: ReadModel
    clock: Now


class DirectoryReview(ImportReview):
    """What an import would make of the current directory, and of the running engagements."""

    engagements: tuple[EngagementThen, ...] = ()
    more: bool = False
    """True if more engagements know someone who changes or leaves than were examined."""


def store_of(app: Interlock) -> DirectoryStore:
    return DirectoryStore(app.people, app.registry, app.read, app.clock)


def review_file(store: DirectoryStore, actor: Actor, content: bytes) -> DirectoryReview:
    """What a file would change; nothing is written. Raises PermissionDenied, FileNotTaken."""
    require_may_import(store, actor)
    file = _directory_of(content, store.clock().year)
    before, after, version = store.people.review_import(file, actor)
    review = _reviewed(before, after, store.registry.playbook(), file, store.clock())
    people = {one.id for one in (*review.changed, *review.left)}
    if before is None or not people:
        return review
    tried = Tried(after, version, "The directory is imported.", people)
    looked_at = list(islice(effects_of(store.read, store.people, tried, actor, store.clock()), MAX_LOOKED_AT + 1))
    found = tuple(one for one in looked_at[:MAX_LOOKED_AT] if one is not None)
    return review.replace(engagements=found, more=len(looked_at) > MAX_LOOKED_AT)


def review_first(content: bytes, playbook: Playbook, now: datetime) -> DirectoryReview:
    """The same for a file when there is no data at all, and none is created. Raises FileNotTaken."""
    file = _directory_of(content, now.year)
    return _reviewed(None, file, playbook, file, now)


def _reviewed(
    before: Directory | None, after: Directory, playbook: Playbook, file: Directory, now: datetime
) -> DirectoryReview:
    review = DirectoryReview(**dict(review_of(before, after, playbook, file, now.date())))
    holidays = holiday_findings(after.calendars.values(), now.date())
    return review.replace(
        also=tuple(map(with_commands, review.also)),
        warnings=tuple(one.replace(remedy=with_commands(one.remedy)) for one in (*review.warnings, *holidays)),
    )


def import_file(
    store: DirectoryStore,
    actor: Actor,
    content: bytes,
    leaving: int | None = None,
    *,
    within: Transaction | None = None,
) -> Imported:
    """Imports a file; `leaving`: how many leave by it, confirmed by the importer.

    Raises: PermissionDenied, FileNotTaken; LeavingNotConfirmed if more than a tenth would leave.
    """
    require_may_import(store, actor)
    file = _directory_of(content, store.clock().year)
    version = store.people.import_directory(file, actor, leaving=leaving, within=within)
    directory = store.people.directory(within=within)  # including what was arranged here, beside the file
    return Imported(
        version=version,
        people=sum(person.active for person in directory.people),
        clients=len(directory.clients),
        warnings=holiday_warnings(directory, store.clock().date()),
        holidays_until={name: calendar.holidays_until for name, calendar in directory.calendars.items()},
    )


def export_file(store: DirectoryStore, actor: Actor) -> str:
    """The current directory as YAML that an import accepts unchanged. Raises PermissionDenied."""
    directory = store.registry.directory()
    require_administrator(actor, directory)
    return directory_as_yaml(directory)


def require_may_import(store: DirectoryStore, actor: Actor) -> None:
    """Allows the administrator and, before there is a directory, the holder of the first start's one-time token."""
    if actor.person_id != FIRST_ADMINISTRATOR and ADMINISTRATOR not in actor.house_roles:
        require_administrator(actor, store.registry.directory())


async def review_directory(app: Interlock, caller: Caller, content: bytes) -> DirectoryReview:
    """What an import of this YAML text would change. Raises PermissionDenied, FileNotTaken."""
    return await off_loop(lambda: review_file(store_of(app), caller.actor, content))


async def import_directory(app: Interlock, caller: Caller, content: bytes, leaving: int | None = None) -> Imported:
    """Imports a directory, as YAML text, and has the engagements told."""
    await off_loop(lambda: require_may_import(store_of(app), caller.actor))

    def call(transaction: Transaction) -> Imported:
        return import_file(store_of(app), caller.actor, content, leaving, within=transaction)

    said = content.hex() if leaving is None else [content.hex(), leaving]
    taken = await once(app, caller, said, Imported, call)
    await sync_engagements(stores_of(app))
    return taken


async def export_directory(app: Interlock, actor: Actor) -> str:
    """The current directory as YAML. Raises PermissionDenied."""
    return await off_loop(lambda: export_file(store_of(app), actor))


def _directory_of(content: bytes, first_year: int) -> Directory:
    try:
        return directory_from(parse_source("directory", content), first_year)
    except FileRefused as refused:
        raise DirectoryFileRefused.of(refused) from None
