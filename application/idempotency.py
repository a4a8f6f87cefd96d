"""Repeats of requests whose answers are kept here, since the workflow ends with the command or there is none.

The registry keeps the answer under actor, route and key; a repeat gets it, a different body is refused.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from adapters.db.database import Transaction
from adapters.db.receipts import Claim, Receipts
from application.authentication import Caller
from application.context import Interlock
from application.off_loop import off_loop
from domain.shared.values import Value, digest

log = structlog.get_logger()
V = TypeVar("V", bound=Value)


def claim_of(caller: Caller, body: Any) -> Claim:
    """What identifies a request."""
    return Claim(actor=caller.actor.person_id, route=caller.route, key=caller.key, body_hash=digest(body))


async def _released(receipts: Receipts, claim: Claim) -> None:
    """Frees the key for another body. If that fails too, the key stays bound; the original error is raised."""
    try:
        await off_loop(lambda: receipts.release(claim))
    except Exception as failed:
        log.warning("receipt.not_released", route=claim.route, why=type(failed).__name__)


async def once(app: Interlock, caller: Caller, body: Any, model: type[V], call: Callable[[Transaction], V]) -> V:
    """The answer given to this request before, or that of `call`, which does its work in the same transaction.

    For changes to the database alone. Raises: KeyReused; whatever `call` raises, and then nothing was done.
    """
    receipts, claim = app.registry.receipts, claim_of(caller, body)

    def do(transaction: Transaction) -> Any:
        return call(transaction).model_dump(mode="json")

    given = await off_loop(lambda: receipts.once(claim, app.clock(), do))
    return app.acknowledgements.answered(model.model_validate(given.answer))


async def taken_up(app: Interlock, caller: Caller, body: Any, model: type[V], call: Callable[[], Awaitable[V]]) -> V:
    """The same for a command whose repeats engine and ledger recognise, even if it ended its workflow.

    Only the body is bound to the key: after a crash the repeat goes on at once, and gets what was done. Raises:
    KeyReused; whatever `call` raises, and then the key is free again.
    """
    receipts, claim = app.registry.receipts, claim_of(caller, body)
    before = await off_loop(lambda: receipts.begin(claim, app.clock()))
    if before is not None:
        return app.acknowledgements.answered(model.model_validate(before.answer))
    try:
        answer = (await call()).model_dump(mode="json")
    except BaseException:
        await _released(receipts, claim)
        raise
    kept = await off_loop(lambda: receipts.keep(claim, app.clock(), 200, answer))
    return app.acknowledgements.answered(model.model_validate(kept.answer))


async def remembered(
    app: Interlock,
    caller: Caller,
    body: Any,
    model: type[V],
    call: Callable[[], Awaitable[V]],
    is_final: Callable[[V], bool],
) -> V:
    """The same for a call that can be restarted midway, since each part of it recognises its own repeats.

    Nothing is bound, so after a crash the repeat goes on at once. An answer that is not final is not kept. Raises:
    KeyReused; whatever `call` raises.
    """
    receipts, claim = app.registry.receipts, claim_of(caller, body)
    before = await off_loop(lambda: receipts.given(claim))
    if before is not None:
        return app.acknowledgements.answered(model.model_validate(before.answer))
    answer = await call()
    if not is_final(answer):
        return answer
    plain = answer.model_dump(mode="json")
    kept = await off_loop(lambda: receipts.keep(claim, app.clock(), 200, plain))
    return app.acknowledgements.answered(model.model_validate(kept.answer))
