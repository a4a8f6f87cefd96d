"""A change that removes the only package for a need or a promise says so, and what is left is seen and owed."""

import pytest

from application.queries.change_preview import ChangeDraft, preview_of
from application.queries.documents import document_view
from application.queries.engagement import engagement_view
from application.queries.view import Reader
from cli.deal_content import show_content
from domain.asks.model import AskKind
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.outlook import LABELS, LEFT
from domain.engagement.needs.commands import ReconcilePromise
from domain.engagement.needs.fulfilment import uncovered_needs, untraced_requirements
from domain.engagement.needs.rules import homeless_promises
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.card import act_facts
from domain.playbook.model import Stage
from domain.shared.transaction import Actor
from tests.domain.story import Story, at, signed


def removal(*packages: str) -> ChangeFacts:
    items = [{"kind": "work_removed", "package": package, "amount": -500} for package in packages]
    return ChangeFacts.model_validate({"title": "Less", "reason": "client request", "items": items})


def delivering() -> Story:
    """Halden in delivery: W7 and W8 serve N4, W7 and M4 cover P3, W8 and M4 cover P4."""
    return at(Stage.DELIVER, "halden").copy()


def without_milestone(story: Story, promise: str) -> Story:
    """The same, of which a promise is covered by its packages alone."""
    fate = story.state.fate(promise)
    kept = tuple(item for item in fate.covered_by if item in story.state.packages)
    fates = {**story.state.fates, promise: fate.replace(covered_by=kept)}
    milestones = {
        name: one.replace(promises=tuple(p for p in one.promises if p != promise))
        for name, one in story.state.milestones.items()
    }
    story.state = story.state.replace(fates=fates, milestones=milestones)
    return story


def told(story: Story, facts: ChangeFacts) -> str:
    found = preview_of(story.state, ChangeDraft(change=facts), Actor(person_id=story.state.manager))
    return found.outlook.get(LEFT, "")


def test_a_preview_names_the_need_whose_only_package_is_removed() -> None:
    said = told(delivering(), removal("W7", "W8"))
    assert said.startswith("need N4 “420 technicians in 9 depots")
    assert "” has no package other than W7, W8; promise P3 “" in said


def test_a_preview_names_the_requirement_whose_only_package_is_removed() -> None:
    assert "requirement R2 “" in told(delivering(), removal("W3"))
    assert "” has no package other than W3" in told(delivering(), removal("W3"))


def test_a_signed_removal_shows_in_the_requirements_and_below_the_brd() -> None:
    story = signed(delivering(), removal("W3"))
    assert untraced_requirements(story.state) == ("R2",)
    reader = Reader(Actor(person_id=story.state.manager), "Europe/Oslo")
    view = engagement_view(story.state, reader, story.now)
    assert view.view == "firm"
    assert view.untraced_requirements == ("R2",)
    (said,) = document_view(story.state.documents["brd"], story.state, reader).changed_since
    assert said == "R2 has no package left: change 1 removed W3."


def test_a_package_beside_which_another_serves_the_same_leaves_nothing_uncovered() -> None:
    assert told(delivering(), removal("W1")) == ""
    assert "need N4" not in told(delivering(), removal("W7"))


def test_what_another_open_change_would_remove_counts_too() -> None:
    story = delivering()
    story.submit(removal("W7"))
    assert "need N4" in told(story, removal("W8"))


def test_a_promise_that_a_milestone_alone_would_still_carry_is_told_and_keeps_its_home() -> None:
    story = delivering()
    assert "promise P3" in told(story, removal("W7"))
    assert "only M4 would still cover it" in told(story, removal("W7"))
    assert homeless_promises(signed(story, removal("W7")).state) == ()


def test_everybody_who_is_asked_about_the_change_is_shown_what_it_leaves() -> None:
    story = signed(delivering(), removal("W7", "W8"))
    asks = story.orders[1].asks.values()
    shown = [ask.beside[LABELS[LEFT]] for ask in asks if ask.kind in {AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE}]
    assert len(shown) >= 3
    assert all("need N4" in text for text in shown)


def test_a_signed_removal_shows_in_the_coverage_of_the_deal() -> None:
    story = signed(without_milestone(delivering(), "P3"), removal("W7", "W8"))
    assert uncovered_needs(story.state) == ("N4",)
    assert homeless_promises(story.state) == ("P3",)
    view = engagement_view(story.state, Reader(Actor(person_id=story.state.manager), "Europe/Oslo"), story.now)
    assert view.view == "firm"
    assert (view.uncovered_needs, view.homeless_promises) == (("N4",), ("P3",))


def test_client_and_colleague_read_the_same_of_what_keeps_a_promise(capsys: pytest.CaptureFixture[str]) -> None:
    story = signed(delivering(), removal("W7"))
    for person in (story.state.manager, story.state.promises["P3"].to):
        view = engagement_view(story.state, Reader(Actor(person_id=person), "Europe/Oslo"), story.now)
        (promise,) = (one for one in view.promises if one.id == "P3")
        assert promise.removed_homes == {"W7": 1}
        show_content({"promises": [promise.model_dump()]})
        assert "promise P3 (covered by M4, less what is removed: W7): " in " ".join(capsys.readouterr().out.split())


def test_the_engagement_manager_owes_a_word_on_a_promise_that_lost_its_home() -> None:
    story = signed(without_milestone(delivering(), "P3"), removal("W7"))
    act = story.state.acts["reconcile_promise:P3"]
    assert (act.kind, act.owner) == (ActKind.RECONCILE_PROMISE, story.state.manager)
    assert "Change 1 removed W7, which covered it." in act_facts(story.state, act)
    story.do(ReconcilePromise(promise="P3", delivered=False, why_not="Removed."), by=story.state.manager)
    assert "reconcile_promise:P3" not in story.state.acts


def test_before_it_is_signed_nothing_is_owed() -> None:
    story = without_milestone(delivering(), "P3")
    story.submit(removal("W7"))
    assert "reconcile_promise:P3" not in story.state.acts
    assert homeless_promises(story.state) == ()
