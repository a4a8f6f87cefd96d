"""Needs, promises, and what became of each."""

from domain.engagement.item_ids import Ids
from domain.shared.text import LongText, ShortText
from domain.shared.values import (
    Amount,
    Day,
    Digest,
    ItemId,
    PersonId,
    Value,
)


class Measure(Value):
    """How a need is measured, which is asked again at the close."""

    what: ShortText
    now: Amount
    target: Amount


class Need(Value):
    id: ItemId
    text: LongText
    why: LongText | None = None
    measure: Measure | None = None


class Promise(Value):
    """What sales promised, when, to whom. It is never edited: it gets a home or is declined openly."""

    id: ItemId
    by: PersonId
    to: PersonId
    text: LongText
    on: Day


class PromiseStatus(Value):
    """The status of a promise: covered by items of the SOW, declined, delivered or not."""

    covered_by: Ids = ()
    declined_because: LongText | None = None
    decline_acknowledged: bool = False
    delivered: bool | None = None
    why_not: LongText | None = None


class ClientConfirmation(Value):
    """Who in finance confirmed a client added by sales, and the hash of what they were shown."""

    by: PersonId
    subject_hash: Digest
