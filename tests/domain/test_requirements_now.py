"""A signed change says requirements anew: what was signed last is what everybody is shown of them."""

from typing import Any

import pytest

from application.queries.documents import document_view
from application.queries.engagement import engagement_view
from application.queries.view import Reader
from cli.deal_content import show_content
from domain.asks.context_shown import shown_beside
from domain.asks.model import Ask, AskKind, Outcome
from domain.engagement.changes.commands import SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.outlook import outlook_shown
from domain.engagement.changes.routing import CLIENT
from domain.engagement.delivery.commands import DeliverMilestone
from domain.engagement.documents.current_requirements import fallen_requirements, requirements_now
from domain.engagement.needs.fulfilment import untraced_requirements
from domain.playbook.model import Stage
from domain.shared.errors import BadValue
from domain.shared.transaction import Actor
from tests.domain.story import Story, at

ANEW = "One login for all depots"


def change(*items: dict[str, Any]) -> ChangeFacts:
    given = [{"kind": "requirements"} | item for item in items]
    return ChangeFacts.model_validate({"title": "Other", "reason": "client request", "items": given})


def delivering() -> Story:
    return at(Stage.DELIVER, "halden").copy()


def signed(story: Story, *items: dict[str, Any]) -> Story:
    for _ in story.change(change(*items)):
        pass
    return story


def shown_to_the_client(story: Story) -> dict[str, str]:
    """What stands beside M1 for whoever is to accept it."""
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    ask = story.ask(AskKind.ACCEPT_MILESTONE)
    return shown_beside(story.state, story.state, ask, Actor(person_id=ask.asked[0]))


def test_a_requirement_that_a_signed_change_says_anew_reads_so_wherever_it_is_shown() -> None:
    story = signed(delivering(), {"requirement": "R1", "text": ANEW})
    beside = shown_to_the_client(story)
    assert beside["requirement R1, by change 1"] == ANEW
    assert "requirement R1" not in beside
    (row,) = [one for one in deal(story)["requirements"] if one["id"] == "R1"]
    assert (row["text"], row["first_text"], row["changed_by"]) == (ANEW, story.state.requirements["R1"].text, 1)


def test_a_requirement_without_a_text_falls_away_with_the_change() -> None:
    story = signed(delivering(), {"requirement": "R2"})
    was = story.state.requirements["R2"].text
    assert fallen_requirements(story.state) == {"R2": 1}
    assert shown_to_the_client(story)["requirement R2, removed by change 1"] == f"It was: {was}"


def test_a_requirement_that_fell_away_lacks_no_package() -> None:
    story = delivering()
    (only,) = story.state.requirements["R2"].work_packages
    story = signed(story, {"requirement": "R2"}, {"kind": "work_removed", "package": only, "amount": -500})
    assert untraced_requirements(story.state) == ()


def test_what_was_signed_last_counts_not_what_was_submitted_last() -> None:
    story = delivering()
    first = story.submit(change({"requirement": "R1", "text": "Said first, signed last"}))
    second = story.submit(change({"requirement": "R1", "text": "Said last, signed first"}))
    for n in (second, first):
        while (ask := next((one for one in story.orders[n].open_asks()), None)) is not None:
            story.answer(ask)
    assert requirements_now(story.state)["R1"].text == "Said first, signed last"


def until_the_client_is_to_sign(story: Story, n: int) -> Ask:
    """Everybody inside says yes to a change, and signs it."""
    while not (asked := list(story.orders[n].open_asks(AskKind.SIGN_CHANGE, subject=CLIENT))):
        story.answer(next(story.orders[n].open_asks()))
    return asked[0]


def test_whoever_is_to_sign_is_asked_anew_once_another_change_has_changed_what_it_says() -> None:
    story = delivering()
    first = story.submit(change({"requirement": "R1", "text": "Said first"}))
    second = story.submit(change({"requirement": "R1", "text": "Said next"}))
    third = story.submit(change({"requirement": "R1"}))
    old = {n: until_the_client_is_to_sign(story, n) for n in (first, second, third)}
    was = story.state.requirements["R1"].text
    assert f"in place of “{was}”" in old[first].beside["requirements"]
    story.answer(old[third])
    assert story.orders[first].asks[old[first].id].outcome is Outcome.SUPERSEDED
    anew = until_the_client_is_to_sign(story, second)
    assert anew.beside["requirements"] == "R1, which was removed by change 3, reads “Said next” again"
    story.answer(anew)
    last = until_the_client_is_to_sign(story, first)
    assert last.beside["requirements"] == "R1 reads “Said first” in place of “Said next”"


def test_a_milestone_that_is_accepted_meanwhile_asks_nobody_anew_for_a_signature() -> None:
    story = delivering()
    later = ChangeFacts.in_one(title="Later", reason="client request", price=100, days=3)
    asked = until_the_client_is_to_sign(story, n := story.submit(later))
    story.do(DeliverMilestone(milestone="M1"), story.holder("project_manager"))
    story.answer(story.ask(AskKind.ACCEPT_MILESTONE))
    order = story.orders[n]
    assert order.asks[asked.id].is_open
    assert order.brief.outlook != asked.beside
    assert (
        outlook_shown(order.brief.outlook).items()
        <= shown_beside(order, story.state, asked, Actor(person_id=asked.asked[0])).items()
    )


def test_whoever_is_to_approve_reads_what_a_change_makes_of_the_requirements_as_they_are_now() -> None:
    story = delivering()
    first = story.submit(change({"requirement": "R1", "text": "Said first"}))
    story.answer(until_the_client_is_to_sign(story, story.submit(change({"requirement": "R1", "text": ANEW}))))
    order = story.orders[first]
    asked = next(order.open_asks(AskKind.APPROVE_CHANGE))
    beside = shown_beside(order, story.state, asked, Actor(person_id=asked.asked[0]))
    assert beside["requirements"] == f"R1 reads “Said first” in place of “{ANEW}”"


def test_free_words_stand_at_each_requirement_that_they_name_and_at_no_other() -> None:
    said = "R1 asks for six key figures; R2 is left out of acceptance."
    story = signed(delivering(), {"text": said})
    now = requirements_now(story.state)
    assert [name for name, one in now.items() if one.said] == ["R1", "R2"]
    beside = shown_to_the_client(story)
    assert beside["requirement R1, says change 1"] == said
    assert beside["requirement R1"] == story.state.requirements["R1"].text


def test_free_words_beside_a_requirement_that_a_change_says_anew_or_that_fell_away_are_shown() -> None:
    said = "For R1 Anna accepts the key figures"
    story = signed(delivering(), {"text": said}, {"requirement": "R1", "text": ANEW})
    assert shown_to_the_client(story)["requirement R1, says change 1"] == said
    back = "R2 is to be met after all"
    story = signed(signed(delivering(), {"requirement": "R2"}), {"text": back})
    assert shown_to_the_client(story)["requirement R2, says change 2"] == back


def test_free_words_that_were_signed_before_a_requirement_was_said_anew_stand_there_no_more() -> None:
    story = signed(signed(delivering(), {"text": "R1 asks for more"}), {"requirement": "R1", "text": ANEW})
    assert requirements_now(story.state)["R1"].said == ()


def test_free_words_that_name_no_requirement_stand_before_all_of_them() -> None:
    story = signed(delivering(), {"text": "Everything is presented in English"})
    beside = shown_to_the_client(story)
    assert beside["requirements, by change 1 as signed"] == "Everything is presented in English"
    assert list(beside).index("requirements, by change 1 as signed") < list(beside).index("requirement R1")


def test_what_a_rejected_or_pending_change_says_counts_for_nothing() -> None:
    story = delivering()
    story.submit(change({"requirement": "R1", "text": ANEW}))
    assert requirements_now(story.state)["R1"].text == story.state.requirements["R1"].text


def test_below_the_brd_stands_how_its_requirements_read_now(capsys: pytest.CaptureFixture[str]) -> None:
    story = signed(delivering(), {"requirement": "R1", "text": ANEW}, {"requirement": "R2"})
    reader = Reader(Actor(person_id=story.holder("client_sponsor")), "Europe/Oslo")
    told = document_view(story.state.documents["brd"], story.state, reader).changed_since
    assert told == (f"R1 reads, by change 1: {ANEW}", "R2 was removed by change 1.")
    show_content(deal(story))
    lines = " ".join(capsys.readouterr().out.split())
    assert f": {ANEW}" in lines
    assert "requirement R1, by change 1 (met by" in lines
    assert "requirement R2 (removed by change 1): " in lines


def test_whoever_signs_reads_how_a_requirement_reads_now_and_then() -> None:
    story = delivering()
    n = story.submit(change({"requirement": "R1", "text": ANEW}, {"requirement": "R2"}))
    ask = next(story.orders[n].open_asks())
    assert story.shown(ask)["item 1"] == f"requirements, R1. New text: {ANEW}"
    assert story.shown(ask)["item 2"] == "requirements, R2 is removed"
    was = story.state.requirements["R1"].text
    assert ask.beside["requirements"].startswith(f"R1 reads “{ANEW}” in place of “{was}”; R2 “")


@pytest.mark.parametrize(
    ("before", "items", "said"),
    [
        (Stage.DELIVER, [{"requirement": "R9", "text": ANEW}], "There is no requirement R9"),
        (Stage.BRD, [{"requirement": "R1", "text": ANEW}], "The BRD is not signed by both sides yet"),
    ],
)
def test_only_a_requirement_that_both_sides_signed_is_said_anew(
    before: Stage, items: list[dict[str, Any]], said: str
) -> None:
    story = at(before, "halden").copy()
    with pytest.raises(BadValue, match=said):
        story.do(SubmitChange(change=change(*items)), story.holder("engagement_manager"))


def test_what_fell_away_does_not_fall_again() -> None:
    story = signed(delivering(), {"requirement": "R2"})
    with pytest.raises(BadValue, match="was removed by change 1"):
        story.submit(change({"requirement": "R2"}))


@pytest.mark.parametrize(
    "items",
    [
        [{"kind": "terms", "requirement": "R1", "text": ANEW}],
        [{"requirement": "R1", "text": ANEW}, {"requirement": "R1"}],
    ],
)
def test_a_requirement_is_named_once_and_by_an_item_of_requirements(items: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="requirement"):
        change(*items)


def deal(story: Story) -> dict[str, Any]:
    reader = Reader(Actor(person_id=story.holder("engagement_manager")), "Europe/Oslo")
    shown: dict[str, Any] = engagement_view(story.state, reader, story.now).model_dump(mode="json")
    return shown
