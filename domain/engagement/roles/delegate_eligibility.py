"""What a person's named delegate cannot do: in which role or ask, why, and who is asked instead.

It is shown to whoever names the delegate, as of then; eligibility is checked again with each answer.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from domain.asks.eligibility import may_stand_in, why_no_seat
from domain.asks.escalation import HEAD, holder_on_rung
from domain.asks.model import Ask, AskKind, listed
from domain.directory.people import Absence, Delegation, Period
from domain.engagement.aggregate import Engagement
from domain.engagement.roles.appointment import accountable_for
from domain.engagement.roles.coverage import required_roles
from domain.engagement.roles.stand_ins import is_own_hours, why_may_not_cover
from domain.engagement.roles.vacancies import left_by
from domain.playbook.model import role_label
from domain.shared.calendar import day_shown
from domain.shared.values import PersonId


class Bar(NamedTuple):
    """What a delegate cannot do, why (phrased to follow their name), and what happens instead, as a sentence."""

    what: str
    why: str
    then: str


def delegate_of(period: Period) -> PersonId | None:
    """The delegate named for an absence or a delegation."""
    return period.delegate if isinstance(period, Absence) else period.to


def bars(state: Engagement, period: Period) -> Iterator[Bar]:
    """Everything the delegate of an absence or delegation cannot do here; empty if nobody is named."""
    to = delegate_of(period)
    if to is not None and not state.is_over:
        for look in LOOKS:
            yield from look(state, period, to)


def bars_told(state: Engagement, period: Period) -> Iterator[str]:
    """The same in sentences."""
    to = delegate_of(period)
    who = state.cast.name(to) if to is not None else ""
    for bar in bars(state, period):
        yield f"In {state.id} {state.title} {who} cannot {bar.what}: {bar.why}. {bar.then}"


def gaps_told(state: Engagement, period: Period) -> Iterator[str]:
    """The roles that nobody answers for during an absence, and who must get them covered, a sentence each.

    If a delegate is named but cannot stand in, `bars_told` says so instead.
    """
    if not isinstance(period, Absence) or state.is_over:
        return
    for role in left_by(state, period):
        own = is_own_hours(state, role)
        if own or period.delegate is None:
            nobody = "nobody else can give the hours of the" if own else "nobody stands in as"
            days = f"from {day_shown(period.first)} to {day_shown(period.last)}"
            must = "can name another beside them" if own else "must get somebody to stand in or to take the role over"
            who = state.cast.name(accountable_for(state, role))
            yield f"In {state.id} {state.title} {nobody} {role_label(role)} {days}: {who} {must}."


def _roles(state: Engagement, period: Period, to: PersonId) -> Iterator[Bar]:
    """Roles that stay uncovered, or that the deputy covers instead."""
    required = required_roles(state)
    for role, holder in state.cast.holders.items():
        if holder != period.person or role not in required or role.startswith("expert:"):
            continue
        if isinstance(period, Delegation) and (period.kinds or not period.covers("", (role,), None)):
            continue  # it covers no whole role
        why = why_may_not_cover(state, role, to, period)
        if why is not None:
            yield Bar(f"stand in as {role_label(role)}", why, _who_covers_then(state, role, period, to))


def _who_covers_then(state: Engagement, role: str, period: Period, to: PersonId) -> str:
    if isinstance(period, Delegation):
        return f"Only {state.cast.name(period.person)} can do it."
    deputy = state.cast.people[period.person].deputy
    if deputy is not None and deputy != to and why_may_not_cover(state, role, deputy, period) is None:
        return f"{state.cast.name(deputy)}, the deputy, stands in."
    return (
        f"The role is vacant then, and {state.cast.name(accountable_for(state, role))} must get somebody to stand in."
    )


def _asks(state: Engagement, period: Period, to: PersonId) -> Iterator[Bar]:
    """Open asks to this person that the delegate cannot answer."""
    for ask in state.open_asks():
        voter = next((one for one in ask.silent if one.person_id == period.person), None)
        if voter is None or _is_of_own_hours(state, ask):
            continue
        matter = state.matter(ask, voter)
        if isinstance(period, Delegation) and not period.covers(matter.kind, matter.roles, matter.value):
            continue
        above = holder_on_rung(state, voter, HEAD)
        late = f" Once it is overdue, {state.cast.name(above)} is told." if above not in {None, period.person} else ""
        if ask.answered_only_in_person or voter.in_person:
            name = state.cast.name(period.person)
            yield Bar(f"answer “{ask.title}”", f"only {name} can", f"It waits for them.{late}")
        elif not may_stand_in(state, ask, to) and not _stands_in(ask, period.person, to):
            why = why_no_seat(state, ask, to) or "is asked already"
            yield Bar(f"answer “{ask.title}”", why, f"It waits for {state.cast.name(period.person)}.{late}")


def _stands_in(ask: Ask, person_id: PersonId, to: PersonId) -> bool:
    """True if the delegate is already asked for this person: the absence may have begun."""
    return any((one.instead_of, one.person_id) == (person_id, to) and one.may_decide for one in ask.stand_ins)


def _is_of_own_hours(state: Engagement, ask: Ask) -> bool:
    return ask.kind is AskKind.ESTIMATE and any(is_own_hours(state, role) for v in ask.voters for role in v.roles)


def _hours(state: Engagement, period: Period, _to: PersonId) -> Iterator[Bar]:
    """Hours that the person owes and that nobody else may give."""
    for ask in state.open_asks(AskKind.ESTIMATE):
        owed = state.hours_owed_by(period.person, ask)
        voter = next((one for one in ask.silent if one.person_id == period.person), None)
        if voter is None or not owed or not _is_of_own_hours(state, ask):
            continue
        packages = listed([name for name in ask.packages if name in owed])
        then = "They wait for them."
        if isinstance(period, Absence) and not state.cast.further_experts.get(voter.roles[0]):
            whose = state.cast.name(accountable_for(state, voter.roles[0]))
            then = f"The role counts as vacant then, and {whose} must get a further expert named."
        yield Bar(f"give the hours for {packages}", "experts give their own hours", then)


LOOKS: tuple[Callable[[Engagement, Period, PersonId], Iterator[Bar]], ...] = (_roles, _asks, _hours)
