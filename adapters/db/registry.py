"""What the firm keeps besides its engagements: the directory, playbooks, tokens, receipts and numbers."""

import re
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

import structlog
from cachetools import LRUCache, cachedmethod
from sqlalchemy import Connection, Engine, delete, insert, select, update

from adapters.clock import SYSTEM_CLOCK, Now
from adapters.db import deals_being_started
from adapters.db.database import reading, writing
from adapters.db.directories import Directories
from adapters.db.ledger import append_of_firm
from adapters.db.one_look import seen_once
from adapters.db.playbook_versions import DRAFT, PUBLISHED, publications, read_playbook, require_in_force
from adapters.db.receipts import Claim, Receipts, bound, completed, forgotten, given, given_whatever_body
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from adapters.db.tables.people import PlaybookVersionRow
from adapters.db.tables.record import OF_A_START, ExternalDealRow, LedgerRow, SequenceRow, StreamHeadRow
from adapters.db.tokens import Tokens
from adapters.db.upserts import add_to, put, raise_to
from domain.directory.directory import Client, Directory
from domain.directory.events import PlaybookPublished
from domain.playbook.model import Playbook
from domain.shared.errors import HOW_TO_IMPORT, NO_DIRECTORY, IntegrityBroken, NotFound, OnRecordAlready
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import DIRECTORY, PLAYBOOKS, engagement_of, engagement_stream, stream_start
from domain.shared.values import ENGAGEMENT_FORM, EngagementId, PersonId, digest

P, E, X = columns(PlaybookVersionRow), columns(EngagementRow), columns(ExternalDealRow)
H, L = columns(StreamHeadRow), columns(LedgerRow)
log = structlog.get_logger()


class PlaybookVersion(NamedTuple):
    """A playbook that was saved. Once `published`, it never changes."""

    name: str
    version: str
    sha: str
    status: str
    saved_at: datetime
    by: str


class NumberWanted(NamedTuple):
    """A request for a deal's number: who asks, the client as found, its people in the deal, seller, external id."""

    key: str
    body_hash: str
    client: Client
    people: tuple[PersonId, ...]
    seller: PersonId
    external: str | None = None

    @property
    def claim(self) -> Claim:
        """The request, as receipts identify it."""
        return _of_number(self.key, self.body_hash)

    @property
    def deal(self) -> deals_being_started.BeingStarted:
        """The deal, while it is being started."""
        return deals_being_started.BeingStarted(self.client.name, ",".join(self.people), self.seller)


def _of_number(key: str, body_hash: str) -> Claim:
    return Claim(actor="", route="engagement number", key=key, body_hash=body_hash)


class ExternalTaken(Exception):
    """A deal with this external id has a number already."""

    def __init__(self, engagement_id: EngagementId) -> None:
        super().__init__(engagement_id)
        self.engagement_id = engagement_id


class ClientChanged(Exception):
    """The client is no longer in the directory as it was found."""


def _deal_of(connection: Connection, external: str) -> EngagementId | None:
    """The deal with an external id: one that was given a number or, after a loss of data, that the read model has."""
    known = select(X.engagement_id).where(X.external == external).union(select(E.id).where(E.external == external))
    found = connection.execute(known.limit(1)).scalar_one_or_none()
    return None if found is None else EngagementId(found)


class Registry:
    """Directory, playbooks, tokens, receipts and numbers of one database."""

    def __init__(self, engine: Engine, now: Now = SYSTEM_CLOCK) -> None:
        self._engine = engine
        self._now = now
        self._directories = Directories()
        self._playbooks: LRUCache[str, Playbook] = LRUCache(8)
        self._lock = Lock()
        self.tokens = Tokens(engine, self._directories)
        self.receipts = Receipts(engine)

    def person_of(self, token: str) -> PersonId | None:
        """Returns the owner of a token, while it is valid."""
        return self.tokens.person_of(token, self._now())

    def engagement_number(self, wanted: NumberWanted, year: int) -> EngagementId:
        """Returns a number for a new engagement (`ENG-2026-0001`); the same key gets the same number again.

        Raises KeyReused if the key came with another body, ClientChanged, ExternalTaken if a deal with this external id
        has a number, and IntegrityBroken if the last number was edited.
        """
        with writing(self._engine) as connection:
            self._require_client(connection, wanted.client)
            before = bound(connection, wanted.claim, self._now())
            number = self._new_number(connection, wanted, year) if before is None else EngagementId(str(before.answer))
            deals_being_started.keep(connection, number, wanted.deal, self._now())
        return number

    def _new_number(self, connection: Connection, wanted: NumberWanted, year: int) -> EngagementId:
        number = _next_number(connection, f"ENG-{year}")
        if wanted.external is not None:  # from here on, all others who want a number wait
            taken = _deal_of(connection, wanted.external)
            if taken is not None:
                raise ExternalTaken(taken)
            connection.execute(insert(ExternalDealRow).values(external=wanted.external, engagement_id=number))
        completed(connection, wanted.claim, 200, number)
        return number

    def share_number(self, wanted: NumberWanted, number: EngagementId) -> EngagementId:
        """Gives a request the number of an earlier one for the same external deal, so that it is opened only once.

        The same key gets the same number again. Raises KeyReused if the key came with another body, and ClientChanged.
        """
        with writing(self._engine) as connection:
            self._require_client(connection, wanted.client)
            before = bound(connection, wanted.claim, self._now())
            if before is None:
                completed(connection, wanted.claim, 200, number)
            given_to = number if before is None else EngagementId(str(before.answer))
            deals_being_started.keep(connection, given_to, wanted.deal, self._now())
        return given_to

    def _require_client(self, connection: Connection, client: Client) -> None:
        """Raises ClientChanged. The directory cannot change until this transaction ends."""
        add_to(connection, SequenceRow, DIRECTORY, 0)
        found = self._directories.in_force(connection)
        if found is None or found[1].client(client.name) != client:
            raise ClientChanged

    def number_of(self, key: str) -> EngagementId | None:
        """Returns the number given to a key's request, whatever its body."""
        with reading(self._engine) as connection:
            answer = given_whatever_body(connection, _of_number(key, body_hash=""))
        return None if answer is None else EngagementId(str(answer))

    def forget_number(self, wanted: NumberWanted) -> None:
        """Frees a key and a deal's external id for another number: the number they got belongs to another deal."""
        with writing(self._engine) as connection:
            before = given(connection, wanted.claim)
            if before is not None:
                own = (X.external == wanted.external, X.engagement_id == str(before.answer))
                connection.execute(delete(ExternalDealRow).where(*own))
                deals_being_started.forget(connection, EngagementId(str(before.answer)), wanted.client.name)
            forgotten(connection, wanted.claim)

    def number_given(self, key: str, body_hash: str) -> EngagementId | None:
        """Returns the number that a key got before. Raises KeyReused if the key came with another body.

        A record that was set back and refilled has the deal but not the note of its number: the body of the original
        request is unknown then, and any body is accepted.
        """
        begun = select(L.stream).where(L.command == key, OF_A_START).limit(1)
        with reading(self._engine) as connection:
            before = given(connection, _of_number(key, body_hash))
            if before is not None:
                return EngagementId(str(before.answer))
            stream = connection.execute(begun).scalar_one_or_none()
        return engagement_of(stream) if stream is not None else None

    def directory(self) -> Directory:
        """Returns the directory in force. Raises NotFound before the first import."""
        return seen_once(("directory", id(self._engine)), self.directory_version)[1]

    def sound_directory(self) -> Directory:
        """The same, checked against the record again. Raises IntegrityBroken if it was edited since it was read."""
        return self.directory_version(anew=True)[1]

    def directory_version(self, *, anew: bool = False) -> tuple[int, Directory]:
        """Returns the version in force and its directory."""
        with reading(self._engine) as connection:
            found = self._directories.in_force(connection, anew=anew)
        if found is None:
            raise NotFound(NO_DIRECTORY, remedy=HOW_TO_IMPORT, action=RemedyAction.IMPORT_FIRST_PEOPLE)
        return found

    def save_playbook(self, playbook: Playbook, by: str) -> str:
        """Saves a draft, replacing one of the same name and version; returns its SHA-256.

        Raises AlreadyDecided if that version was published with different content.
        """
        sha = digest(playbook)
        row = {"name": playbook.name, "version": playbook.version, "sha": sha, "status": DRAFT, "by": by}
        which = (P.name == playbook.name, P.version == playbook.version)
        with writing(self._engine) as connection:
            found = connection.execute(select(P.sha, P.status).where(*which).with_for_update()).one_or_none()
            if found is None or found.status != PUBLISHED:
                saved = {**row, "saved_at": self._now(), "document": playbook.model_dump_json()}
                put(connection, PlaybookVersionRow, ["name", "version"], [saved])
            elif found.sha != sha:
                what = f"{playbook.name} {playbook.version} is published with another content."
                raise OnRecordAlready(what, remedy="Give the playbook a new version.")
        return sha

    def publish_playbook(self, name: str, version: str) -> None:
        """Puts a saved playbook into force for engagements that start from now on.

        Raises NotFound or IntegrityBroken.
        """
        which = (P.name == name, P.version == version)
        with writing(self._engine) as connection:
            row = connection.execute(select(P.name, P.version, P.sha, P.by, P.document).where(*which)).one_or_none()
            if row is None:
                raise NotFound(f"There is no playbook {name} {version}.", remedy="interlock playbook publish FILE")
            now, sha = self._now(), digest(read_playbook(row))
            connection.execute(update(PlaybookVersionRow).where(*which).values(status=PUBLISHED, saved_at=now))
            fact = PlaybookPublished(name=name, version=version, sha=sha, saved_by=row.by)
            append_of_firm(connection, PLAYBOOKS, fact, now)

    def playbook(self, name: str | None = None, version: str | None = None) -> Playbook:
        """Returns the playbook published last, of this name if given; or exactly this version, draft or not.

        Raises NotFound, and IntegrityBroken if it does not match the record.
        """
        query = (
            select(P.name, P.version, P.status, P.saved_at, P.sha, P.document)
            .order_by(P.saved_at.desc(), P.name, P.version.desc())
            .limit(1)
        )
        query = query.where(P.status == PUBLISHED) if version is None else query.where(P.version == version)
        query = query if name is None else query.where(P.name == name)
        with reading(self._engine, snapshot=True) as connection:
            row = connection.execute(query).one_or_none()
            published = publications(connection)
        if version is None:
            require_in_force(row, published, name)
        if row is None:
            raise NotFound("There is no such playbook.", remedy="interlock playbook publish FILE")
        return self._parsed(row)

    @cachedmethod(lambda self: self._playbooks, key=lambda _, row: row.sha, lock=lambda self: self._lock)
    def _parsed(self, row: Any) -> Playbook:
        return read_playbook(row)

    def playbooks(self) -> tuple[PlaybookVersion, ...]:
        """Returns all versions, newest first."""
        query = select(*(P[name] for name in PlaybookVersion._fields)).order_by(P.saved_at.desc(), P.name, P.version)
        with reading(self._engine) as connection:
            return tuple(PlaybookVersion(*row) for row in connection.execute(query))


def _next_number(connection: Connection, name: str) -> EngagementId:
    """A number that the record has given to no engagement, even if the counter's row was set back."""
    number = _numbered(name, add_to(connection, SequenceRow, name, 1))
    if not _is_taken(connection, number):
        return number
    newest = _newest_taken(connection, name)
    log.error("numbers.set_back", row=name, gave=number, newest=newest)
    raise_to(connection, SequenceRow, name, newest)
    return _numbered(name, add_to(connection, SequenceRow, name, 1))


def _numbered(name: str, value: int) -> EngagementId:
    number = f"{name}-{value:04d}"
    if re.fullmatch(ENGAGEMENT_FORM, number) is None:
        raise IntegrityBroken(f"The row {name} of sequence holds no number that a deal can have.")
    return EngagementId(number)


def _is_taken(connection: Connection, number: EngagementId) -> bool:
    query = select(H.stream).where(H.stream == engagement_stream(number))
    return connection.execute(query).first() is not None


def _newest_taken(connection: Connection, name: str) -> int:
    """The highest number of that year for which the record holds an engagement."""
    before = stream_start(f"{name}-")
    streams = select(H.stream).where(H.stream > before, H.stream < f"{before}:")  # a colon sorts right after the digits
    ends = (stream.removeprefix(before) for stream in connection.execute(streams).scalars())
    return max(int(end) for end in ends if end.isdigit())
