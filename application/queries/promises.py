"""Promises and what became of them."""

from domain.engagement.aggregate import Engagement
from domain.engagement.needs.fulfilment import removed_from
from domain.engagement.needs.rules import homeless_promises, is_decline_refused, is_reconciled
from domain.engagement.needs.values import Promise


class PromiseView(Promise):
    """A promise and what became of it.

    `removed_homes`: what covered it and was removed, with the number of the signed change.
    """

    covered_by: tuple[str, ...]
    removed_homes: dict[str, int]
    declined_because: str | None
    decline_acknowledged: bool
    decline_refused: bool
    """True if the client did not accept that it is declined."""
    delivered: bool | None
    why_not: str | None
    has_home: bool
    reconciled: bool


def promise_view(state: Engagement, promise: Promise) -> PromiseView:
    fate = state.fate(promise.id)
    return PromiseView(
        **promise.model_dump(),
        **fate.model_dump(),
        decline_refused=is_decline_refused(state, promise.id),
        removed_homes=removed_from(state, fate.covered_by),
        has_home=promise.id not in homeless_promises(state),
        reconciled=is_reconciled(state, promise.id),
    )
