"""Answers to requests, stored so that a repeat has no second effect and gets the same answer."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update

from adapters.db.database import Transaction, reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.record import ReceiptRow
from adapters.db.upserts import insert_first
from domain.shared.errors import KeyReused

R = columns(ReceiptRow)


class Answered(NamedTuple):
    """The answer given before."""

    status: int
    answer: Any


class Claim(NamedTuple):
    """Identifies a request: whose it is, its route, its key, and its body."""

    actor: str
    """Who sent it; empty where the installation itself did."""
    route: str
    key: str
    body_hash: str


class Receipts:
    """The receipts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def once(self, claim: Claim, now: datetime, do: Callable[[Transaction], Any]) -> Answered:
        """Returns the answer given before, or that of `do`, which is stored in the same transaction as its work.

        So neither exists without the other: a process that dies on the way has done nothing, and of two concurrent
        requests the second waits for the first. Raises KeyReused if the body differs; if `do` raises, the key stays
        free.
        """
        with writing(self._engine) as connection:
            before = bound(connection, claim, now)
            if before is not None:
                return before
            answer = do(connection)
            completed(connection, claim, 200, answer)
        return Answered(200, answer)

    def begin(self, claim: Claim, now: datetime) -> Answered | None:
        """Returns the answer given before; None if the request should be carried out, though someone may be at it.

        For operations that recognise their own repeats: the key is bound to its body, and a process that died on the
        way blocks no one. Raises KeyReused.
        """
        with writing(self._engine) as connection:
            return bound(connection, claim, now)

    def given(self, claim: Claim) -> Answered | None:
        """Returns the answer given before, without binding the key. Raises KeyReused."""
        with reading(self._engine) as connection:
            return given(connection, claim)

    def keep(self, claim: Claim, now: datetime, status: int, answer: Any) -> Answered:
        """Stores the answer to a request that was begun; of two concurrent ones, the first counts. Raises KeyReused."""
        with writing(self._engine) as connection:
            before = bound(connection, claim, now)
            if before is None:
                completed(connection, claim, status, answer)
        return before or Answered(status, answer)

    def release(self, claim: Claim) -> None:
        """Frees the key at once: the request failed and had no effect."""
        with writing(self._engine) as connection:
            connection.execute(delete(ReceiptRow).where(*_which(claim), R.status.is_(None)))


def forgotten(connection: Connection, claim: Claim) -> None:
    """Deletes a key and the answer stored for it."""
    connection.execute(delete(ReceiptRow).where(*_which(claim)))


def bound(connection: Connection, claim: Claim, now: datetime) -> Answered | None:
    """As `Receipts.begin`, within a transaction."""
    standing = select(R.body_hash, R.status, R.answer).where(*_which(claim)).with_for_update()
    while not insert_first(connection, ReceiptRow, {**claim._asdict(), "claimed_at": now}):
        row = connection.execute(standing).one_or_none()
        if row is not None:  # otherwise it was released in between
            return _checked(claim, row)
    return None


def given(connection: Connection, claim: Claim) -> Answered | None:
    """Returns the answer given before, without binding the key. Raises KeyReused if the body differs."""
    row = connection.execute(select(R.body_hash, R.status, R.answer).where(*_which(claim))).one_or_none()
    return None if row is None else _checked(claim, row)


def given_whatever_body(connection: Connection, claim: Claim) -> Any:
    """Returns the answer given before to a key, for callers who do not know its body; None if there is none."""
    answer = connection.execute(select(R.answer).where(*_which(claim))).scalar_one_or_none()
    return None if answer is None else json.loads(answer)


def _checked(claim: Claim, row: Any) -> Answered | None:
    if row.body_hash != claim.body_hash:
        raise _reused()
    return Answered(row.status, json.loads(row.answer)) if row.status is not None else None


def completed(connection: Connection, claim: Claim, status: int, answer: Any) -> None:
    """Stores the answer for repeats."""
    values = {"status": status, "answer": json.dumps(answer, ensure_ascii=False)}
    connection.execute(update(ReceiptRow).where(*_which(claim)).values(values))


def _reused() -> KeyReused:
    return KeyReused("The same key came with another body.", remedy="Take a new key for a new request.")


def _which(claim: Claim) -> tuple[Any, ...]:
    return R.actor == claim.actor, R.route == claim.route, R.key == claim.key
