"""The status of a complaint, derived from the asks about it: who must take it or plan for it, or what is planned."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from domain.asks.holder import ask_number
from domain.asks.model import Ask, AskKind, Outcome
from domain.shared.values import PersonId

OF_COMPLAINTS = (AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT)
# The label under which these asks show who complained.
COMPLAINED_BY = "complained by"


# How the reason begins when asks about a complaint end because it was entered by mistake.
BY_MISTAKE = "recorded by mistake"
# How many complaints an engagement shows with their status, the newest; the ledger has all of them.
MAX_SHOWN = 20


class Complaint(NamedTuple):
    """A complaint by its newest ask: `whose` it is while that is open; `plan` and `planned_by` once there is a plan."""

    id: str
    ask: Ask
    stands: str
    whose: PersonId | None = None
    plan: str | None = None
    planned_by: PersonId | None = None


def newest(how_many: int) -> tuple[str, ...]:
    """The subjects of the asks about the newest of so many complaints."""
    return tuple(f"complaint:X{n}" for n in range(max(0, how_many - MAX_SHOWN) + 1, how_many + 1))


def complaints_of(asks: Iterable[Ask]) -> Iterator[Complaint]:
    """Each complaint of an engagement, from all asks about them."""
    about = sorted(
        (ask for ask in asks if ask.kind in OF_COMPLAINTS), key=lambda ask: (_number(ask), ask_number(ask.id))
    )
    for _, alike in groupby(about, key=_number):
        yield _standing(list(alike)[-1])


def _number(ask: Ask) -> int:
    return int(ask.subject.removeprefix("complaint:X"))


def _standing(ask: Ask) -> Complaint:
    name = ask.subject.removeprefix("complaint:")
    if ask.is_open:
        what = "must be acknowledged" if ask.kind is AskKind.ACKNOWLEDGE_COMPLAINT else "the response must be planned"
        return Complaint(name, ask, what, whose=ask.asked[0] if ask.asked else None)
    if ask.kind is AskKind.PLAN_COMPLAINT and ask.outcome is Outcome.APPROVED and ask.votes:
        return Complaint(name, ask, "is planned", plan=ask.votes[-1].answer.reason, planned_by=ask.votes[-1].by)
    if ask.outcome is Outcome.WITHDRAWN and (ask.ended_because or "").startswith(BY_MISTAKE):
        return Complaint(name, ask, f"was {BY_MISTAKE}, and is withdrawn")
    return Complaint(name, ask, "nobody owns it" if ask.outcome is Outcome.DECLINED else "has ended")
