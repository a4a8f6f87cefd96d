"""What is said to whoever is refused while an engagement is on hold."""

from domain.asks import Asking
from domain.refusals import OnHold
from domain.values import PersonId


def refused_on_hold(state: Asking, reader: PersonId, since: str = "") -> OnHold:
    """Until when it is on hold, whose it is then, and what the reader can do; a client can do nothing."""
    manager = state.cast.name(state.cast.holder("engagement_manager") or state.overseer)
    told = f"{str(state.hold_told(reader))[:1800]}{since}"
    if state.cast.is_client(reader):
        return OnHold(
            told,
            remedy=f"{manager} says by then how it goes on, and you hear of it once it goes on. "
            f"Write to {manager} if it cannot wait.",
        )
    if state.hold_has_come is not None:
        return OnHold(told, remedy=f"{state.hold_has_come} resumes it, or extends or ends it.")
    return OnHold(told, remedy=f"{manager} resumes it, or extends or ends it on that day.")
