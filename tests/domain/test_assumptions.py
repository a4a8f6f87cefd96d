"""What an expert assumes reaches whoever decides the deal, its seller, and the client in the SOW."""

from application.queries.engagement import engagement_view
from application.queries.view import Reader
from domain.asks.context_shown import shown_beside
from domain.asks.model import AskKind, Verdict
from domain.engagement.ask_subjects import assumed, basis
from domain.engagement.documents.values import DocumentStatus
from domain.engagement.needs.commands import DeclinePromise
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetWorkPackages
from domain.engagement.scope.values import EstimateChoice
from domain.pricing.three_points import ThreePoints
from domain.shared.transaction import Actor
from tests.domain.story import Story

ASSUMED = "The yard system has a test environment."
HOURS = ThreePoints(optimistic=40, likely=60, pessimistic=100)


def estimating() -> Story:
    """The small deal, whose experts are there and have given nothing."""
    return Story("lindqvist").until(lambda s: s.state.packages and "expert:data" in s.state.cast.holders)


def assume(story: Story, *assumptions: str, by: str | None = None, hours: ThreePoints = HOURS) -> str:
    """The first package as its expert gives it; which it is."""
    package = next(iter(story.state.packages.values()))
    given = PackageHours(package=package.id, hours=hours, assumptions=assumptions)
    command = GiveEstimate(estimates=(given,), reason="Looked at again")
    story.do(command, by or story.holder(f"expert:{package.discipline}"))
    return package.id


def test_whoever_decides_the_deal_reads_what_its_experts_assume() -> None:
    story = estimating()
    package = assume(story, ASSUMED)
    story.until(lambda s: list(s.state.open_asks(AskKind.DECIDE_DEAL)))
    beside = story.ask(AskKind.DECIDE_DEAL).beside
    assert ASSUMED in [text for name, text in beside.items() if name.startswith(f"{package}, assumption ")]


def test_it_stays_where_hours_are_corrected_without_a_word_of_it_and_goes_where_none_is_said() -> None:
    story = estimating()
    name = assume(story, ASSUMED)
    expert = story.state.estimates[0].by
    for assumptions, stays in ((None, (ASSUMED,)), ((), ())):
        more = HOURS.replace(pessimistic=story.state.estimates[0].hours.pessimistic + 20)
        corrected = PackageHours(package=name, hours=more, assumptions=assumptions)
        story.do(GiveEstimate(estimates=(corrected,)), expert)
        (now,) = (one for one in story.state.estimates if one.package == name)
        assert (now.hours, now.assumptions) == (more, stays)


def test_it_is_said_anew_once_the_package_has_changed() -> None:
    story = estimating()
    name = assume(story, ASSUMED)
    expert = story.state.estimates[0].by
    changed = story.state.packages[name].replace(title="Quite another part")
    others = (one for one in story.state.packages.values() if one.id != name)
    story.do(SetWorkPackages(packages=(changed, *others)), story.state.seller)
    story.do(GiveEstimate(estimates=(PackageHours(package=name, hours=HOURS),)), expert)
    (now,) = (one for one in story.state.estimates if one.package == name)
    assert now.assumptions == ()


def test_its_seller_sees_it_on_the_deal() -> None:
    story = estimating()
    assume(story, ASSUMED)
    view = engagement_view(story.state, Reader(Actor(person_id=story.state.seller), "Europe/Oslo"), story.now)
    assert view.view == "firm"
    assert view.packages[0].assumed[-1] == ASSUMED


def test_a_sow_rests_on_what_is_assumed() -> None:
    story = estimating()
    assume(story, ASSUMED)
    story.until(lambda s: list(s.state.open_asks(AskKind.REVIEW_SOW)))
    before = basis(story.state, "sow")
    assume(story, "Nothing.")
    assert basis(story.state, "sow") != before
    assert story.state.documents["sow"].status is DocumentStatus.STALE


def test_hours_that_do_not_count_bring_no_assumption_with_them() -> None:
    story = estimating()
    name = assume(story, ASSUMED)
    estimate = story.state.estimates[0]
    other = estimate.replace(by="somebody.else", assumptions=("Something else.",), hours=HOURS.replace(likely=70))
    state = story.state.replace(estimates=(estimate, other))
    assert not {ASSUMED, "Something else."} & set(assumed(state, state.packages[name]))
    choice = {"package": name, "hours": HOURS, "of": (estimate.by,), "statement": "These."}
    chosen = state.replace(choices={name: EstimateChoice.model_validate(choice)})
    assert ASSUMED in assumed(chosen, chosen.packages[name])
    assert "Something else." not in assumed(chosen, chosen.packages[name])


def test_whoever_decides_the_deal_reads_which_promises_are_declined_and_what_the_client_says() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    promise = next(iter(story.state.promises))
    story.do(DeclinePromise(promise=promise, reason="Hosting is another firm's."), story.state.seller)
    assert _told(story, promise) == "Hosting is another firm's. The client has not answered yet."
    story.answer(
        story.ask(AskKind.ACKNOWLEDGE_DECLINE, f"promise:{promise}"), Verdict.DECLINE, reason="It was why we talk"
    )
    assert _told(story, promise).endswith("The client does not accept that.")


def _told(story: Story, promise: str) -> str:
    state = story.state
    ask = next(state.open_asks(AskKind.DECIDE_DEAL))
    assert f"promise {promise} is declined" not in ask.beside, "as things stand now, not as they stood when it was put"
    return shown_beside(state, state, ask, Actor(person_id=ask.asked[0]))[f"promise {promise} is declined"]
