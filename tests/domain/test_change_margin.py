"""Whoever sees figures reads the margin after a change beside their ask; nobody else does."""

from decimal import Decimal

from application.queries.asks import ask_view
from application.queries.view import Reader
from domain.asks.model import Ask, AskKind, Verdict
from domain.change_order.decide import DELIVERY, INSIDE
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.margin import margin_beside
from domain.playbook.model import Stage
from domain.pricing.three_points import ThreePoints
from domain.shared.transaction import Actor
from tests.domain.story import Story, at

MARGIN = "margin after it"


def to_approve() -> tuple[Story, Ask]:
    """A change of so much that finance approves it, and the ask that finance has."""
    story = at(Stage.DELIVER).copy()
    package = next(iter(story.state.packages.values()))
    hours = ThreePoints(optimistic=Decimal(8), likely=Decimal(12), pessimistic=Decimal(20))
    line = ChangeLine(discipline=package.discipline, grade=package.grade, hours=hours)
    facts = ChangeFacts.in_one(title="Two key figures", reason="scope", work=(line,), price=Decimal(60_000), days=2)
    n = story.submit(facts)
    story.estimate_change(n)
    story.answer(next(iter(story.orders[n].open_asks(AskKind.APPROVE_CHANGE, subject=DELIVERY))), Verdict.APPROVE)
    (ask,) = story.orders[n].open_asks(AskKind.APPROVE_CHANGE, subject=INSIDE)
    assert "finance" in {role for voter in ask.voters for role in voter.roles}
    return story, ask


def beside(story: Story, ask: Ask, person: str) -> dict[str, str] | None:
    return ask_view(story.orders[1], ask, story.state, Reader(Actor(person_id=person), "Europe/Oslo")).beside


def test_finance_reads_the_margin_after_a_change_and_what_is_wanted() -> None:
    story, ask = to_approve()
    shown = beside(story, ask, story.holder("finance"))
    assert shown is not None
    assert shown[MARGIN].endswith(" % at P80")
    assert {"target margin", "floor margin"} <= set(shown)
    assert MARGIN not in ask.facts | ask.beside  # what is kept and bound holds none


def test_who_sees_no_figures_and_the_client_read_none() -> None:
    story, ask = to_approve()
    for person in (story.holder("project_manager"), story.holder("client_sponsor")):
        assert margin_beside(story.state, 1, ask, Actor(person_id=person)) == {}
        assert MARGIN not in (beside(story, ask, person) or {})


def test_an_ask_of_anything_else_has_none() -> None:
    story, ask = to_approve()
    finance = Actor(person_id=story.holder("finance"))
    assert margin_beside(story.state, None, ask, finance) == {}
    assert margin_beside(story.state, 1, ask.replace(kind=AskKind.ATTEST_ESTIMATE), finance) == {}
