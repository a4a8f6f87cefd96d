"""What is kept of a signature: who gave it, as what, and in whose place."""

from datetime import datetime

from domain.asks import Ask
from domain.engagement.state import Signature
from domain.people import Cast


def signature(cast: Cast, ask: Ask, role: str, at: datetime) -> Signature:
    """That of the last vote on an ask to sign as a role."""
    by, holder = ask.votes[-1].by, cast.holder(role)
    instead_of = cast.name(holder) if holder is not None and holder != by else None
    return Signature(by=by, name=cast.name(by), role=role, instead_of=instead_of, hash=ask.hash, at=at)
