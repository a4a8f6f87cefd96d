"""The first next step of an engagement as lists show it: the one due first, of the engagement and its change orders.

It is read from who owes what (`step_person`), which each stream writes for itself, and is stored with the engagement by
whichever stream changed: so neither needs the other's state, however many change orders there are.
"""

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


FIRST = (
    select(
        SP.what, SP.owner, SP.owner_name, SP.role, SP.since, SP.due_at, SP.paused, func.count().over().label("steps")
    )
    .where(SP.engagement_id == bindparam("engagement_id"), SP.person_id == SP.owner)
    .order_by(SP.due_at, SP.kind, SP.ref, SP.person_id)
    .limit(1)
)
TURN = select(E.id).where(E.id == bindparam("engagement_id")).with_for_update()


def first_step(connection: Connection, engagement_id: EngagementId) -> dict[str, Any]:
    """The columns of an engagement's row for its first next step, and the number of next steps."""
    row = connection.execute(FIRST, {"engagement_id": engagement_id}).one_or_none()
    if row is None:
        return NONE
    return {
        "next_what": row.what,
        "next_who": row.owner,
        "next_who_name": row.owner_name,
        "next_role": row.role,
        "next_since": row.since,
        "next_due": None if row.due_at == NEVER else row.due_at,
        "next_paused": row.paused,
        "steps": row.steps,
    }


def take_turn(connection: Connection, engagement_id: EngagementId) -> None:
    """Serialises the streams of an engagement when they write its first step: each sees what the last one wrote."""
    connection.execute(TURN, {"engagement_id": engagement_id})


def refresh(connection: Connection, engagement_id: EngagementId) -> None:
    """Writes the first next step to an engagement's row, if it exists."""
    connection.execute(
        update(EngagementRow).where(E.id == engagement_id).values(**first_step(connection, engagement_id))
    )
