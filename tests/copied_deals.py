"""Deals that have come as far as another: the same facts in the record under another number, and the engine goes on.

To play a deal to its price takes four seconds of processor time, to put one beside it that has come as far a tenth.
"""

from collections.abc import Sequence
from itertools import count

from adapters.db.projection import fold
from adapters.db.records import Records
from adapters.db.registry import NumberWanted
from domain.engagement.engagement_events import EngagementStarted
from domain.record.facts import Recorded, first_batch
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId
from tests.stack import Stack

KEYS = count(1)


def facts_of_deal(stack: Stack, engagement: EngagementId) -> Sequence[Recorded]:
    """The facts of a deal so far; whatever its change orders did is not among them."""
    return Records(stack.database).facts(engagement_stream(engagement))


async def copy_deal(stack: Stack, original: Sequence[Recorded]) -> EngagementId:
    """The number of another deal to which the same has happened."""
    number = _new_number(stack, original)
    stream, before = engagement_stream(number), original[0].stream.removeprefix(engagement_stream(EngagementId("")))
    facts = [Recorded.model_validate_json(fact.model_dump_json().replace(before, number)) for fact in original]
    left, records = facts, Records(stack.database)
    while left:
        batch = first_batch(stream, left)
        records.append(batch)
        left = left[len(batch.facts) :]
    state = fold(facts).state
    assert state is not None
    await stack.app.engine.go_on_from(stream, state)
    return number


def _new_number(stack: Stack, facts: Sequence[Recorded]) -> EngagementId:
    begun = facts[0].event
    assert isinstance(begun, EngagementStarted)
    opened = begun.engagement
    client = stack.directory.client(opened.client)
    assert client is not None
    wanted = NumberWanted(f"copy-{next(KEYS)}", "copy", client, (), opened.seller)
    return stack.app.registry.engagement_number(wanted, stack.app.clock().year)
