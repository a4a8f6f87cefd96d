"""Whose signature is awaited now, in all engagements, from the table of next steps."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from adapters.db.tables.asks import AWAITS_A_SIGNATURE, AskRow, StepPersonRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from domain.next_steps.model import StepPart
from domain.shared.values import EngagementId, PersonId

A, E, SP = columns(AskRow), columns(EngagementRow), columns(StepPersonRow)
MOST = 1000


class AwaitedSigner(NamedTuple):
    """Someone who is asked to sign something in an engagement."""

    person_id: PersonId
    engagement_id: EngagementId
    title: str
    client: str
    what: str
    since: datetime


def awaited_signers(connection: Connection) -> tuple[AwaitedSigner, ...]:
    """Returns who owes a signature, in the firm and at clients, longest asked first, up to a fixed number of asks."""
    found = connection.execute(whose_signatures_are_awaited().order_by(SP.since, SP.ref, SP.person_id))
    return tuple(AwaitedSigner(*row) for row in found)


def whose_signatures_are_awaited() -> Select[Any]:
    """The query; it reads only what is to be signed, however many asks and steps there are."""
    to_sign = select(A.id, A.stream).where(AWAITS_A_SIGNATURE).order_by(A.opened_at, A.id).limit(MOST).subquery().c
    theirs = (SP.stream == to_sign.stream) & (SP.kind == "ask") & (SP.ref == to_sign.id)
    query = select(SP.person_id, SP.engagement_id, E.title, E.client, SP.what, SP.since).select_from(to_sign.id.table)
    query = query.join(StepPersonRow, theirs).join(EngagementRow, E.id == SP.engagement_id)
    return query.where(SP.part == StepPart.DOES.value)
