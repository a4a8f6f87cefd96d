"""What people are told of hours: in delivery when they exceed what was sold, before it why they differ from attested.

The engagement manager and the delivery lead hear once, at the first time, of hours that exceed what was sold, per
package and in total. Of changed hours, everyone hears who approved something based on the previous ones. Nothing is
asked of them by that.
"""

from domain.asks.model import AskKind, listed
from domain.engagement.aggregate import Engagement
from domain.engagement.delivery.events import HoursReported
from domain.engagement.scope.events import EstimateGiven
from domain.notifications.notice import Told
from domain.pricing.formulas import shown
from domain.record.facts import Aggregate, Recorded
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import sentence
from domain.shared.values import PersonId

TO = ("engagement_manager", "delivery_lead")
REST_ON_HOURS = frozenset(
    {AskKind.ATTEST_ESTIMATE, AskKind.APPROVE_PRICE, AskKind.DECIDE_DEAL, AskKind.REVIEW_SOW, AskKind.SIGN_SOW}
)


def told_of_hours(state: Aggregate, fact: Recorded) -> Told:
    """Who is told what because of a fact; `state` is the aggregate after it."""
    if not isinstance(state, Engagement):
        return
    if isinstance(fact.event, HoursReported):
        yield from _passed(state, fact.event, fact.by)
    if isinstance(fact.event, EstimateGiven) and fact.event.because:
        yield from _other(state, fact.event, fact.by)


def _other(state: Engagement, event: EstimateGiven, by: PersonId) -> Told:
    said_yes = (
        vote.by
        for ask in state.asks.values()
        if ask.kind in REST_ON_HOURS
        for vote in ask.votes
        if vote.answer.verdict.is_for
    )
    packages = listed([one.package for one in event.estimates])
    text = (
        f"{state.cast.name(by)} gives other hours for {packages} in {state.id} {state.title}: "
        f"{sentence(event.because or '')} Approvals based on the earlier ones are asked again."
    )
    for person_id in dict.fromkeys((state.seller, state.manager, *said_yes)):
        if person_id != by and not state.cast.is_client(person_id):
            yield person_id, "hours", None, text


def _passed(state: Engagement, event: HoursReported, reporter: PersonId) -> Told:
    over = [f"{item}: {event.hours[item]:f} h, {shown(event.beyond[item])} h were sold" for item in event.passed]
    if event.passed_in_all and event.in_all is not None:
        over.append(f"in total {shown(event.in_all[0])} h of {shown(event.in_all[1])} h that were sold")
    if not over:
        return
    text = f"More hours have been worked in {state.id} {state.title} than were sold. {'; '.join(over)}."
    by, see = state.cast.name(reporter), RemedyAction.SHOW_HOURS.about(engagement=state.id)
    people = dict.fromkeys(state.cast.holder(role) for role in TO)
    for person_id in people:
        if person_id is not None and person_id != reporter:
            yield person_id, "hours", None, f"{text} Recorded by {by}. See: {see}"
