"""What a delegate or deputy does in somebody's place counts for every bar as done by both."""

import pytest

from application.commands.documents import drawn_by
from application.queries.change_orders import change_views
from application.queries.view import Reader
from domain.asks.model import AskKind
from domain.directory.people import Delegation
from domain.engagement.changes.commands import RecordPotentialChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.delivery.commands import OfferHandoff
from domain.engagement.documents.commands import DraftDocument
from domain.engagement.documents.values import DocumentKind
from domain.engagement.roles.commands import ProposeHolder, ReleaseRole
from domain.engagement.scope.commands import ChooseEstimate, GiveEstimate, PackageHours
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.errors import BadValue, PermissionDenied, Refusal
from domain.shared.transaction import Actor
from domain.shared.values import PersonId, digest
from tests.domain.story import Story, at

DELEGATE = PersonId("nadia.haddad")
WHO_DOES_IT = pytest.mark.parametrize("by_delegate", [False, True])


def delegate_for(story: Story, person: str) -> str:
    """Somebody to whom a person delegates what is theirs from yesterday on."""
    given = Delegation(person=person, to=DELEGATE, first=story.day(-1), last=story.day(5))
    story.directory_says(story.person(DELEGATE), delegations=(*story.state.cast.delegations, given))
    return DELEGATE


@WHO_DOES_IT
def test_whoever_had_a_change_submitted_in_their_place_does_not_approve_it(*, by_delegate: bool) -> None:
    story = at(Stage.DELIVER).copy()
    manager = story.holder("project_manager")
    story.do(ReleaseRole(role="quality", reason="released now"), "hanne.lund")
    story.do(RecordPotentialChange(text="can we also do this"), manager)
    story.answer(story.ask(AskKind.POTENTIAL_CHANGE))
    by = delegate_for(story, manager) if by_delegate else manager
    items = [{"kind": "requirements", "text": "Other criteria"}]
    facts = ChangeFacts.model_validate({"title": "More", "reason": "the client wishes it", "items": items})
    story.do(SubmitChange(change=facts, potential="K1"), by)
    story.request_role("quality", manager)
    story.answer(story.ask(AskKind.ALLOW_ROLE), reason="Allowed until she is back")
    story.answer(story.ask(AskKind.APPROVE_CHANGE, "delivery"))
    asked = story.ask(AskKind.APPROVE_CHANGE, "inside")
    assert manager not in {voter.person_id for voter in asked.voters}
    assert story.holder("quality") == manager
    with pytest.raises(Refusal):
        story.answer(asked, by=manager)
    assert manager in story.state.changes[1].submitters


@WHO_DOES_IT
def test_a_change_says_who_submitted_it_and_in_whose_place(*, by_delegate: bool) -> None:
    story = at(Stage.DELIVER).copy()
    manager = story.holder("project_manager")
    by = delegate_for(story, manager) if by_delegate else manager
    story.submit(ChangeFacts.in_one(title="More", reason="Client request", price=100), by)
    reader = Reader(Actor(person_id=story.state.manager), "Europe/Oslo")
    (shown,) = change_views(story.state, (), reader, story.now)
    assert (shown.by, shown.for_name) == (by, story.state.cast.name(manager) if by_delegate else None)


@WHO_DOES_IT
def test_whoever_had_the_handoff_offered_in_their_place_does_not_accept_it(*, by_delegate: bool) -> None:
    story = Story("halden").until(lambda s: "offer_handoff" in s.state.acts).copy()
    manager = story.holder("engagement_manager")
    story.propose("delivery_lead", manager, waiver="needed now")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:delivery_lead"), reason="I do it")
    story.do(OfferHandoff(plan="as in the SOW"), delegate_for(story, manager) if by_delegate else manager)
    asked = story.ask(AskKind.ACCEPT_HANDOFF)
    assert manager not in asked.asked
    with pytest.raises(Refusal):
        story.answer(asked, by=manager)


def test_whoever_had_a_document_drawn_in_their_place_is_its_author_too() -> None:
    story = Story("halden").until(lambda s: "draft_brd" in s.state.acts).copy()
    analyst = story.holder("business_analyst")
    story.draft("brd", delegate_for(story, analyst))
    drawn = story.state.documents["brd"]
    assert drawn.authors == (DELEGATE, analyst)
    asked = story.ask(AskKind.REVIEW_BRD)
    assert {analyst, DELEGATE} <= {asked.requester, *asked.excluded}


@pytest.mark.parametrize("kind", ["sow", "brd"])
@WHO_DOES_IT
def test_a_document_is_drawn_for_those_by_whom_it_is_recorded(kind: DocumentKind, *, by_delegate: bool) -> None:
    """Else it names whoever may not sign it, and the same state does not give the same bytes."""
    story = Story("halden").until(lambda s: f"draft_{kind}" in s.state.acts).copy()
    owner = story.state.acts[f"draft_{kind}"].owner
    person = delegate_for(story, owner) if by_delegate else owner
    nothing = digest("")
    command = DraftDocument(document=kind, source=nothing, rendered=nothing, basis=nothing)
    authors = drawn_by(story.state, command, Actor(person_id=person), story.now)
    story.draft(kind, person)
    assert authors == story.state.documents[kind].authors


def estimated_twice() -> tuple[Story, PersonId, str]:
    """The lead and an expert have both estimated a package, which it gives with the lead."""
    story = Story("halden").until(lambda s: s.state.stage is Stage.ESTIMATE and s.state.cast.holder("resource_manager"))
    story = story.copy()
    lead = story.holder("delivery_lead")
    package = next(iter(story.state.packages.values()))
    role = f"expert:{package.discipline}"
    for person in (lead, PersonId("rosa.klein")):
        if person not in story.state.cast.experts(package.discipline):
            further = bool(story.state.cast.experts(package.discipline))
            named = ProposeHolder(
                role=role, person=story.person(person), further=further, waiver=story.waiver("needed now")
            )
            story.do(named, story.state.cast.positions["head_of_delivery"])
            story.answer(story.ask(AskKind.ACCEPT_ROLE), reason="I do it")
    for person, hours in ((lead, (1, 2, 3)), (PersonId("rosa.klein"), (100, 200, 300))):
        story.do(GiveEstimate(estimates=(PackageHours(package=package.id, hours=points(*hours)),)), person)
    return story, lead, package.id


def points(*hours: int) -> ThreePoints:
    return ThreePoints(optimistic=hours[0], likely=hours[1], pessimistic=hours[2])


def choose(package: str, *hours: int) -> ChooseEstimate:
    return ChooseEstimate(package=package, hours=points(*hours), statement="The nearer one.")


@WHO_DOES_IT
def test_nobody_takes_their_own_hours_through_a_delegate(*, by_delegate: bool) -> None:
    story, lead, package = estimated_twice()
    by = delegate_for(story, lead) if by_delegate else lead
    with pytest.raises(PermissionDenied, match=f"{story.state.cast.name(lead)} estimated {package}"):
        story.do(choose(package, 1, 2, 3), by)
    story.do(choose(package, 100, 200, 300), by)
    assert story.state.choices[package].of == ("rosa.klein",)


def test_whoever_sells_states_no_hours_whatever_position_they_hold() -> None:
    story, _, package = estimated_twice()
    seller = story.state.seller
    story.directory_says(positions={**story.state.cast.positions, "head_of_delivery": seller})
    with pytest.raises(PermissionDenied, match="sells or sold"):
        story.do(choose(package, 50, 60, 70), seller)


def test_a_merge_lies_between_what_was_given() -> None:
    story, _, package = estimated_twice()
    head = story.state.cast.positions["head_of_delivery"]
    with pytest.raises(BadValue, match="1 to 100 hours for W1, optimistic") as refused:
        story.do(choose(package, 0, 2, 3), head)
    assert refused.value.refused.field == "hours.optimistic"
    story.do(choose(package, 50, 60, 70), head)


def test_whoever_may_by_a_position_of_their_own_does_it_for_nobody_though_they_stand_in_too() -> None:
    story, lead, package = estimated_twice()
    head = story.state.cast.positions["head_of_delivery"]
    given = Delegation(person=lead, to=head, first=story.day(-1), last=story.day(5))
    story.directory_says(story.person(head), delegations=(*story.state.cast.delegations, given))
    story.do(choose(package, 50, 60, 70), head)
    assert package in story.state.choices
