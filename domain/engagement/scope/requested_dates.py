"""The requested dates: moved until both sides have signed, or kept with a reason although they cannot be staffed.

A no to the dates blocks nothing, so it is the seller's to answer. Weighed: only showing it beside the deal (nobody
would own it, and the dates would stay as first entered), and blocking the price until it is answered (the resource
manager's answer would be a veto).
"""

from domain.asks.ending import end_ask
from domain.asks.model import AskKind, Outcome
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import staffing_facts
from domain.engagement.needs.rules import before_baseline
from domain.engagement.scope.commands import KeepDates, MoveDates
from domain.engagement.scope.estimates import is_estimated
from domain.engagement.scope.events import DatesKept, DatesMoved
from domain.engagement.scope.milestone_dates import told_outside
from domain.engagement.scope.values import DatesKeptReason, Staffing
from domain.shared.calendar import day_shown
from domain.shared.errors import BadValue, DoneAlready, NotNow
from domain.shared.text import fitting
from domain.shared.transaction import Transaction
from domain.shared.values import Day, digest

THE_DATES = "the requested dates"


def require_in_order(start: Day, end: Day, field: str) -> None:
    """Raises BadValue, on the end's field, if the end is before the start."""
    if start > end:
        raise BadValue("The requested end is before the start.", remedy="Correct the dates.", field=field)


def staffing_now(state: Engagement) -> Staffing | None:
    """The resource manager's answer on the current dates, hours and free capacity; None if there is none for these."""
    word = state.staffing
    stands = word is not None and is_estimated(state) and word.subject_hash == digest(staffing_facts(state))
    return word if stands else None


def unanswered_no(state: Engagement) -> Staffing | None:
    """The resource manager's no to the current dates, if nobody has answered it and the SOW is not signed."""
    word = staffing_now(state)
    if state.baseline_signed or word is None or word.confirmed or word.kept is not None:
        return None
    return word


def move_dates(transaction: Transaction[Engagement], command: MoveDates) -> None:
    """Requests other dates: staffing is asked again, then the decision on the deal."""
    state = transaction.state
    before_baseline(state, THE_DATES)
    require_in_order(command.start, command.end, "end")
    if (command.start, command.end) == (state.wished_start, state.wished_end):
        raise BadValue(
            f"The requested dates are {day_shown(state.wished_start)} to {day_shown(state.wished_end)} already.",
            remedy="Give other dates. If the resource manager declined these, keep them and say why.",
            field="start",
        )
    outside = tuple(told_outside(state.milestones.values(), command.start, command.end))
    transaction.record(DatesMoved(start=command.start, end=command.end, outside=outside))
    for ask in list(transaction.state.open_asks(AskKind.DECIDE_DEAL)):
        end_ask(transaction, ask, Outcome.SUPERSEDED, "the requested dates were moved")


def keep_dates(transaction: Transaction[Engagement], command: KeepDates) -> None:
    """Keeps dates that cannot be staffed as requested: deciders read why, and their votes stand.

    Raises NotNow if there is no such answer, and DoneAlready if they were already kept for this reason.
    """
    before_baseline(transaction.state, THE_DATES)
    word = staffing_now(transaction.state)
    if word is None or word.confirmed:
        raise NotNow(
            "Nobody has said that the current requested dates cannot be staffed.",
            remedy="Continue with the deal. To change the dates, move them.",
        )
    if word.kept is not None and word.kept.reason == command.reason:
        raise DoneAlready(
            f"{transaction.state.cast.name(word.kept.by)} has already kept the requested dates for this reason.",
            remedy="There is nothing to do. To keep them for another reason, give that reason.",
        )
    kept = DatesKeptReason(by=transaction.actor.person_id, reason=command.reason)
    shown = capacity_shown(transaction.state, word.replace(kept=kept))
    transaction.record(DatesKept(reason=command.reason, by=transaction.actor.person_id, shown=shown))


def capacity_shown(state: Engagement, word: Staffing) -> str:
    """The resource manager's answer on the requested dates, and the reply to it, as deciders are shown it."""
    so = "can be staffed" if word.confirmed else "cannot be staffed as requested"
    since = f"; free from {day_shown(word.available_from)}" if word.available_from else ""
    if word.reckoned is not None and word.reckoned.overbooked and not since:
        fits = (
            f"from {day_shown(word.reckoned.fits_from)}"
            if word.reckoned.fits_from
            else "in no week of the next two years"
        )
        since = f"; by the current figures it fits {fits}"
    dates = f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"
    whole = f"{dates} {so}{since}" + (f": {word.note}" if word.note else "")
    if word.kept is not None:
        whole += f"; kept by {state.cast.name(word.kept.by)}: {word.kept.reason}"
    return fitting(whole)
