"""What was sent, waits, or could not be sent: for the administrator, who sees to whom and why, never the words."""

from typing import Annotated

from pydantic import AfterValidator, Field

from adapters.db.database import Transaction
from adapters.db.outbox import OutboxEntry, State
from application.authentication import Caller, require_house_role
from application.context import Interlock
from application.idempotency import once
from application.off_loop import off_loop
from application.queries.view import Instant, View
from domain.directory.directory import ADMINISTRATOR
from domain.shared.errors import NotFound
from domain.shared.text import without_controls
from domain.shared.transaction import Actor
from domain.shared.values import AskId, Value, Whole


class OutboxFilter(Value):
    """Which messages: oldest first, and dead ones by default."""

    state: State = State.DEAD
    limit: Annotated[Whole, Field(ge=1, le=1000)] = 100


class MessageView(View):
    """A message to one person. `because` says why it waits or is dead, `channel` how it was sent."""

    key: str
    to: str
    kind: str
    stream: str
    ask_id: AskId | None
    created_at: Instant
    attempts: int
    not_before: Instant | None
    sent_at: Instant | None
    channel: str | None
    because: str | None


class Messages(View):
    """Messages in one state; `deferred` counts deferred commands that are not carried out yet."""

    items: tuple[MessageView, ...]
    deferred: int


class Again(Value):
    """Which dead messages are to be retried: one by its key, or all."""

    key: Annotated[str, Field(max_length=400), AfterValidator(without_controls)] | None = None


class Revived(Value):
    """How many are retried."""

    revived: int


async def messages(app: Interlock, actor: Actor, wanted: OutboxFilter) -> Messages:
    """The messages in this state. Raises PermissionDenied."""
    require_house_role(actor, ADMINISTRATOR)
    found = await off_loop(lambda: app.outbox.in_state(wanted.state, wanted.limit))
    deferred = await off_loop(app.inbox.waiting)
    return Messages(items=tuple(_view(row) for row in found), deferred=deferred)


async def tell_again(app: Interlock, caller: Caller, again: Again) -> Revived:
    """Has dead messages retried. Raises PermissionDenied, NotFound."""
    require_house_role(caller.actor, ADMINISTRATOR)

    def revive(transaction: Transaction) -> Revived:
        count = app.outbox.revive(again.key, within=transaction)
        if again.key is not None and count == 0:
            what = f"No message {again.key} was given up."
            raise NotFound(what, remedy="See `interlock outbox list`.", field="key")
        return Revived(revived=count)

    return await once(app, caller, again, Revived, revive)


def _view(row: OutboxEntry) -> MessageView:
    kept = ("key", "to", "kind", "stream", "ask_id", "created_at", "attempts", "not_before", "sent_at", "channel")
    return MessageView(**{name: getattr(row, name) for name in kept}, because=row.dead or row.because)
