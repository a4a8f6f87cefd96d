"""The record: every fact with who, when and by which channel, and what people are told because of it."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from domain.change_order.order import AnyOrderEvent, ChangeOrder, OrderMended
from domain.directory.events import AnyFirmEvent
from domain.engagement.aggregate import Engagement
from domain.engagement.engagement_events import FactsVoided
from domain.engagement.events import AnyEngagementEvent
from domain.shared.text import LongText
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Moment, Name, PersonId, Value

AnyEvent = Annotated[AnyEngagementEvent | AnyOrderEvent | AnyFirmEvent, Field(discriminator="kind")]
Aggregate = Engagement | ChangeOrder

MAX_FACTS = 100
# Of one batch: the engine takes 2 MB a message, and an answer may contain facts as well.
MAX_BYTES = 1_000_000


class Recorded(Value):
    """A fact in its place: the stream (a workflow id), its number there from 1, and its circumstances."""

    stream: str
    seq: Annotated[int, Field(ge=1)]
    at: Moment
    by: PersonId
    channel: Name
    for_whom: PersonId | None = None
    command: str = ""
    salt: str = ""
    """A secret of its workflow that salts its texts: written again, they get the same hash."""
    event: AnyEvent


class Batch(Value):
    """Facts of one stream, in order and without a gap: what one local activity writes in one transaction.

    `installation` is the one they belong to, if the workflow knows it: another installation's record does not take
    them.
    """

    stream: str
    facts: tuple[Recorded, ...]
    installation: str = ""


class Apart(Value):
    """A stream to be quarantined: why, when that was found, and its installation, as in a batch."""

    stream: str
    why: str
    at: Moment
    installation: str = ""


class Appended(Value):
    """The ledger's answer to a batch: the stream's first hash, its last hash now, and how many facts it holds.

    `moments` are those of the batch's facts, one each. If `instead` is not empty, nothing was written: these facts are
    stored from the batch's first number on. A worker wrote them and was lost before the engine knew of them. If
    `quarantined` is not empty, nothing was written either: it says what record and engine disagree on. If someone was
    already told of the stored facts, the engine is `behind`, and resumes from the record.
    """

    first: str
    last: str
    seq: int
    moments: tuple[Moment, ...] = ()
    instead: tuple[Recorded, ...] = ()
    quarantined: str = ""
    behind: bool = False


class Message(Value):
    """A message to one person. `key` makes it one message however often its fact is written."""

    key: str
    to: PersonId
    kind: Name
    stream: str
    ask_id: AskId | None = None
    step: str | None = None
    """What else it is about, written as a `StepRef`: of several messages that wait to tell one person, one is sent."""
    text: LongText


def recorded(
    stream: str, first_seq: int, events: tuple[Any, ...], actor: Actor, at: Moment, salt: str = ""
) -> tuple[Recorded, ...]:
    """The facts of one transaction as they go into the record."""
    return tuple(
        Recorded(
            stream=stream,
            seq=seq,
            at=at,
            by=actor.person_id,
            channel=actor.channel,
            for_whom=actor.for_whom,
            command=actor.command,
            salt=salt,
            event=event,
        )
        for seq, event in enumerate(events, first_seq)
    )


def first_batch(stream: str, facts: Sequence[Recorded], installation: str = "") -> Batch:
    """As many of these facts as one write takes, by number and bytes, and at least one."""
    size, taken = 0, 0
    for fact in facts[:MAX_FACTS]:
        size += len(fact.model_dump_json())
        if taken and size > MAX_BYTES:
            break
        taken += 1
    return Batch(stream=stream, facts=tuple(facts[:taken]), installation=installation)


def evolve(state: Aggregate | None, fact: Recorded) -> Aggregate:
    """The aggregate after a fact: folding a stream's facts gives its state, whatever made them."""
    event: Any = fact.event  # a stream holds the facts of one kind of aggregate, which types cannot express
    after: Aggregate = event.evolve(state)
    return after.replace(seq=fact.seq)


def is_alike(one: Recorded, other: Recorded) -> bool:
    """True for facts of the same decision, whenever it was made: the same event by the same person or clock."""
    return _act(one) == _act(other)


def _act(fact: Recorded) -> tuple[str, str, str, str | None, str]:
    return fact.event.kind, fact.by, fact.channel, fact.for_whom, fact.command


def is_one_turn(one: Recorded, next_one: Recorded) -> bool:
    """True for neighbouring facts of one decision."""
    return (one.command, one.by, one.at) == (next_one.command, next_one.by, next_one.at)


def alike(own: Sequence[Recorded], stands: Sequence[Recorded]) -> int:
    """How many facts at the start are the same in both except for their time, counted in whole transactions."""
    most = min(len(own), len(stands))
    same = next((i for i in range(most) if not is_alike(own[i], stands[i])), most)
    while same and any(same < len(side) and is_one_turn(side[same - 1], side[same]) for side in (own, stands)):
        same -= 1
    return same


def mended(state: Aggregate, first: int, last: int) -> FactsVoided | OrderMended:
    """The fact that voids those from `first` to `last`: the aggregate returns to its state before them."""
    if isinstance(state, ChangeOrder):
        return OrderMended(first=first, last=last, order=state)
    return FactsVoided(first=first, last=last, engagement=state)
