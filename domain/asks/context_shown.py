"""What is shown beside an ask from the current state, neither bound nor stored in it: context for answering well.

Weighed: storing it in the ask (it would take up room for as long as the ask is kept, and go out of date).
"""

from collections.abc import Iterator

from domain.asks.holder import AskHolder
from domain.asks.model import Ask, AskKind
from domain.change_order.facts import what_is_to_be_done, who_signs_after
from domain.change_order.order import ChangeOrder
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import behind_the_packages
from domain.engagement.changes.margin import margin_beside
from domain.engagement.changes.outlook import outlook_shown
from domain.engagement.delivery.billing import accepted_before
from domain.engagement.documents.current_requirements import requirements_now, said_of_none
from domain.engagement.pricing.deal_decision import as_many_as_fit, declined_promises
from domain.engagement.scope.estimates import chosen_hours, estimators
from domain.pricing.formulas import shown
from domain.shared.calendar import day_shown
from domain.shared.text import fitting
from domain.shared.transaction import Actor
from domain.shared.values import PersonId

MORE_OF_THE_BRD = "{:,} more requirements, all of them in the BRD."
MORE_OF_THE_WORK = "{:,} more: see the BRD for requirements, and the deal's packages for hours."


def shown_beside(of: AskHolder, state: Engagement, ask: Ask, actor: Actor) -> dict[str, str]:
    """Everything this reader is shown beside an ask of an engagement or of one of its change orders."""
    if isinstance(of, ChangeOrder):
        if ask.kind is AskKind.ESTIMATE:
            return ask.beside | what_is_to_be_done(of.brief)
        as_it_is_now = outlook_shown(of.brief.outlook) if ask.is_open else {}
        return ask.beside | as_it_is_now | who_signs_after(of, ask) | margin_beside(state, of.brief.n, ask, actor)
    first, then = dict[str, str](), dict[str, str]()
    match ask.kind:
        case AskKind.ESTIMATE if ask.is_open:
            then = dict(_given_before(state, ask, actor.person_id))
        case AskKind.ATTEST_ESTIMATE if ask.is_open:
            first = behind_the_packages(state, ask.packages)
        case AskKind.ACCEPT_HANDOFF:
            then = as_many_as_fit(dict(_of_the_work(state)), MORE_OF_THE_WORK)
        case AskKind.DECIDE_DEAL if ask.is_open:
            first = as_many_as_fit(declined_promises(state))
        case AskKind.BILL_MILESTONE if ask.is_open:  # what was billed meanwhile must not be billed again
            then = accepted_before(state, ask.subject.removeprefix("bill:"))
        case AskKind.ACCEPT_MILESTONE if ask.is_open:
            then = as_many_as_fit(dict(_requirements(state)), MORE_OF_THE_BRD)
    return first | ask.beside | then


def _given_before(state: Engagement, ask: Ask, reader: PersonId) -> Iterator[tuple[str, str]]:
    """The reader's own earlier hours that no longer count, for packages for which they have given none since."""
    for name in ask.packages:
        if (one := state.hours_before(reader, name)) is not None:
            behind = [f"assumed: {text}" for text in one.assumptions] + [f"feared: {text}" for text in one.risks]
            yield f"{name}, as you gave it before (no longer counts)", fitting("; ".join((f"{one.hours}", *behind)))


def _of_the_work(state: Engagement) -> Iterator[tuple[str, str]]:
    """What those who take over the work need: the hours sold and who estimated them, dates, requirements."""
    yield "dates", f"requested from {day_shown(state.wished_start)} to {day_shown(state.wished_end)}"
    if state.milestones:
        shares = (f"{name} {milestone.share_percent} %" for name, milestone in state.milestones.items())
        yield "progress by milestone", fitting(", ".join(shares))
    for name, package in state.packages.items():
        hours = chosen_hours(state, name)
        if name not in state.removed and hours is not None:
            by = ", ".join(state.cast.name(person_id) for person_id in estimators(state, name))
            yield f"hours {name}", f"{shown(hours.mean)} h sold ({hours}, {package.discipline}), estimated by {by}"
    yield from _requirements(state)


def _requirements(state: Engagement) -> Iterator[tuple[str, str]]:
    """The current requirements by number, in words; signed changes take precedence over the BRD.

    Requirements are not traced to milestones, so all of them are shown.
    """
    for said in said_of_none(state):
        yield f"requirements, by change {said.change} as signed", said.text
    for name, one in requirements_now(state).items():
        if one.fell_with is not None:
            yield f"requirement {name}, removed by change {one.fell_with}", f"It was: {one.text}"
        else:
            yield f"requirement {name}" + (f", by change {one.changed_by}" if one.changed_by else ""), one.text
        yield from ((f"requirement {name}, says change {said.change}", said.text) for said in one.said)
