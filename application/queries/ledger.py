"""The record of an engagement, and its proofs."""

from collections.abc import Collection, Iterator
from typing import Any

from adapters.db.read_model import ReadModel
from adapters.db.read_model_rows import LedgerEntry
from application.context import Interlock
from application.off_loop import off_loop
from application.queries.access import may_see_all, require_colleague, require_of_the_firm
from application.queries.view import Instant, ShownPersonId, View
from application.queries.visibility import seen, without_levels
from domain.engagement.aggregate import Engagement
from domain.engagement.engagement_events import EngagementReconciled, FactsVoided
from domain.engagement.permissions import Sight, may_see
from domain.engagement.pricing.events import CommissionFellDue
from domain.record.facts import Recorded
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId

FACTS_AT_ONCE = 200


class FactView(View):
    """A fact in its place. `event` is null for those who may not see its content; the chain is for everyone."""

    position: int
    stream: str
    seq: int
    at: Instant
    by: ShownPersonId
    channel: str
    for_whom: ShownPersonId | None
    command: str
    kind: str
    event: dict[str, Any] | None
    prev: str
    hash: str


class FactPage(View):
    items: tuple[FactView, ...]
    next: str | None


class VerdictView(View):
    """Whether a record is what was written, and whether the read model matches it.

    `faults` describes the first hundred places that are not; `found` counts all of them. `left_out` is what could not
    be compared, because the record is not sound there.
    """

    verified: bool
    streams: int
    facts: int
    found: int
    faults: tuple[str, ...]
    left_out: tuple[str, ...]


class LeafView(View):
    stream: str
    seq: int
    hash: str


class TreeHeadView(View):
    """The heads of all chains, signed (Ed25519 over `at`, the number of `streams` and `root`).

    `leaves` name the streams, and so all engagements: they are null for those who may not see those. The root, which is
    their digest, and its signature later prove to anyone that a full head is the one that was signed then.
    """

    at: Instant
    streams: int
    root: str
    leaves: tuple[LeafView, ...] | None
    signature: str
    public_key: str


def facts_of(read: ReadModel, engagement_id: EngagementId, kinds: Collection[str]) -> Iterator[Recorded]:
    """The facts of these kinds in the record of an engagement and its change orders, in order."""
    yield from (entry.fact for entry in entries_of(read, engagement_id, kinds))


def entries_of(read: ReadModel, engagement_id: EngagementId, kinds: Collection[str]) -> Iterator[LedgerEntry]:
    """The same with their places."""
    page = read.ledger(engagement_id, None, FACTS_AT_ONCE, kinds=kinds)
    yield from page.items
    while page.after is not None:
        page = read.ledger(engagement_id, page.after, FACTS_AT_ONCE, kinds=kinds)
        yield from page.items


# -- the record

# What reveals a commission; a `FactsVoided` holds the whole state, with its commission.
OF_COMMISSION = (CommissionFellDue, EngagementReconciled, FactsVoided)


async def ledger_page(
    app: Interlock, actor: Actor, engagement_id: EngagementId, after: str | None, limit: int
) -> FactPage:
    """A page of the record. The content of facts is for those who may see figures; commission for those it concerns."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    page = await off_loop(lambda: app.read.ledger(engagement_id, after, limit))
    return FactPage(items=tuple(_fact(state, actor, entry) for entry in page.items), next=page.after)


def _fact(state: Engagement, actor: Actor, entry: LedgerEntry) -> FactView:
    fact = entry.fact
    visible = may_see(state, actor, Sight.FIGURES)
    if isinstance(fact.event, OF_COMMISSION):
        visible = may_see(state, actor, Sight.COMMISSION)
    return FactView(
        position=entry.position,
        stream=fact.stream,
        seq=fact.seq,
        at=fact.at,
        by=fact.by,
        channel=fact.channel,
        for_whom=fact.for_whom,
        command=fact.command,
        kind=fact.event.kind,
        event=without_levels(state, actor, fact.event.model_dump(mode="json")) if visible else None,
        prev=entry.prev,
        hash=entry.hash,
    )


async def verdict_on(app: Interlock, actor: Actor, engagement_id: EngagementId) -> VerdictView:
    """Whether the record of an engagement is what was written, and whether the read model matches it."""
    state = await seen(app, actor, engagement_id)
    require_colleague(state, actor)
    found = await off_loop(lambda: app.proofs.verdict(engagement_id))
    return VerdictView(
        verified=found.is_sound,
        **found.size._asdict(),
        found=found.found,
        faults=tuple(fault.told for fault in found.faults),
        left_out=found.left_out,
    )


async def tree_head(app: Interlock, actor: Actor) -> TreeHeadView:
    """The current heads of all chains, signed, for someone in the firm; the streams if they see all engagements."""
    directory = await require_of_the_firm(app, actor)
    signed = await off_loop(app.proofs.signed_head)
    head = signed.head
    leaves = tuple(LeafView(**leaf.model_dump()) for leaf in head.leaves)
    return TreeHeadView(
        at=head.at,
        streams=len(leaves),
        root=head.root,
        leaves=leaves if may_see_all(directory, actor) else None,
        signature=head.signature,
        public_key=signed.public_key,
    )
