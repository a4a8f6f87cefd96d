"""The texts of refusals while an engagement is on hold."""

from domain.asks.holder import AskHolder
from domain.shared.errors import OnHold
from domain.shared.remedy_actions import RemedyAction
from domain.shared.values import PersonId


def refused_on_hold(state: AskHolder, reader: PersonId, since: str = "") -> OnHold:
    """The refusal: until when it is on hold, who decides then, and what the reader can do; a client can do nothing."""
    manager = state.cast.name(state.cast.holder("engagement_manager") or state.overseer)
    told = f"{str(state.hold_told(reader))[:1800]}{since}"
    if state.cast.is_client(reader):
        return OnHold(
            told,
            remedy=f"{manager} decides by then how it continues, and you are told once it does. "
            f"Write to {manager} if it cannot wait.",
            action=RemedyAction.SHOW_DEAL,
        )
    if state.hold_has_come is not None:
        return OnHold(
            told, remedy=f"{state.hold_has_come} resumes, extends or ends it.", action=RemedyAction.RESUME_DEAL
        )
    return OnHold(told, remedy=f"{manager} resumes, extends or ends it on that day.", action=RemedyAction.RESUME_DEAL)
