"""The first next step of an engagement as lists show it: the one due first, of the engagement and its change orders.

It is read from who owes what (`step_person`), which each stream writes for itself, and is stored with the engagement by
whichever stream changed: so neither needs the other's state, however many change orders there are. Without any, the
engagement's own rows are all there are, and nothing is read.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from adapters.db.column_types import NEVER
from adapters.db.tables.asks import StepPersonRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from domain.shared.values import EngagementId

E, SP = columns(EngagementRow), columns(StepPersonRow)
# The columns if no one is waited for.
NONE: dict[str, Any] = {
    "next_what": "",
    "next_who": "",
    "next_who_name": "",
    "next_role": "",
    "next_since": None,
    "next_due": None,
    "next_paused": False,
    "steps": 0,
}
FIRST_BY = ("due_at", "kind", "ref", "person_id")

FIRST = (
    select(
        SP.what, SP.owner, SP.owner_name, SP.role, SP.since, SP.due_at, SP.paused, func.count().over().label("steps")
    )
    .where(SP.engagement_id == bindparam("engagement_id"), SP.person_id == SP.owner)
    .order_by(*(SP[name] for name in FIRST_BY))
    .limit(1)
)
TURN = select(E.id).where(E.id == bindparam("engagement_id")).with_for_update()


def first_step(connection: Connection, engagement_id: EngagementId) -> dict[str, Any]:
    """The columns of an engagement's row for its first next step, and the number of next steps."""
    row = connection.execute(FIRST, {"engagement_id": engagement_id}).one_or_none()
    return _columns(row._asdict(), row.steps) if row is not None else NONE


def first_of(steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same for an engagement without change orders, from its rows."""
    owed = [step for step in steps if step["person_id"] == step["owner"]]
    if not owed:
        return NONE
    return _columns(min(owed, key=lambda step: tuple(step[name] for name in FIRST_BY)), len(owed))


def _columns(first: Mapping[str, Any], steps: int) -> dict[str, Any]:
    return {
        "next_what": first["what"],
        "next_who": first["owner"],
        "next_who_name": first["owner_name"],
        "next_role": first["role"],
        "next_since": first["since"],
        "next_due": None if first["due_at"] == NEVER else first["due_at"],
        "next_paused": first["paused"],
        "steps": steps,
    }


def take_turn(connection: Connection, engagement_id: EngagementId) -> None:
    """Serialises the streams of an engagement when they write its first step: each sees what the last one wrote."""
    connection.execute(TURN, {"engagement_id": engagement_id})


def refresh(connection: Connection, engagement_id: EngagementId) -> None:
    """Writes the first next step to an engagement's row, if it exists."""
    connection.execute(
        update(EngagementRow).where(E.id == engagement_id).values(**first_step(connection, engagement_id))
    )
