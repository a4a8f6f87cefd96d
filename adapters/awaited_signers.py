"""Whose signature is awaited now, in all engagements: as the table of next steps has it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from adapters.tables import AskRow, EngagementRow, StepPersonRow, columns
from domain.asks import SIGNATURES
from domain.next_steps import StepPart

A, E, SP = columns(AskRow), columns(EngagementRow), columns(StepPersonRow)
MOST = 1000


class AwaitedSigner(NamedTuple):
    """Somebody who is asked to sign something of an engagement."""

    person: str
    engagement: str
    title: str
    client: str
    what: str
    since: datetime


def awaited_signers(connection: Connection) -> tuple[AwaitedSigner, ...]:
    """Who owes a signature, of the firm and of clients, the one asked first in front; at most so many."""
    query = select(SP.person, SP.engagement, E.title, E.client, SP.what, SP.since)
    query = query.join(AskRow, A.id == SP.ref).join(EngagementRow, E.id == SP.engagement)
    query = query.where(
        SP.kind == "ask", SP.part == StepPart.DOES.value, A.kind.in_([kind.value for kind in SIGNATURES])
    )
    found = connection.execute(query.order_by(SP.since, SP.ref, SP.person).limit(MOST))
    return tuple(AwaitedSigner(*row) for row in found)
