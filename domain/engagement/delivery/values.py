"""Milestone status, pulses, contacts and follow-ups."""

from enum import StrEnum

from domain.asks.model import AskKind
from domain.shared.text import LongText
from domain.shared.values import (
    Moment,
    PersonId,
    Value,
)


class MilestoneStatus(StrEnum):
    PLANNED = "planned"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"


class Pulse(Value):
    at: str
    person_id: PersonId
    score: int
    again: bool = False
    on: Moment


class Contact(Value):
    by: PersonId
    person_id: PersonId
    summary: LongText
    at: Moment


class Followup(Value):
    """Something owed at a later time: a second pulse, or a contact with the client's sponsor."""

    kind: AskKind
    subject: str
    at: Moment
