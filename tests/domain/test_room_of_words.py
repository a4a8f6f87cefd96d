"""What is said again and again, in the most words, outgrows neither an engagement nor a change order."""

from decimal import Decimal

import pytest

from domain.asks import AskKind, Verdict
from domain.change_order.bounds import MAX_OF_AN_ORDER
from domain.engagement import commands as c
from domain.engagement.change_facts import ChangeFacts, ChangeLine
from domain.engagement.state import ChangeStatus
from domain.estimating import ThreePoints
from domain.playbook import Stage
from domain.refusals import BadValue
from domain.values import weight
from tests.domain.largest import LARGE
from tests.domain.story import Story
from tests.domain.test_bounds import on_its_way

HOURS = ThreePoints(optimistic=Decimal(1), likely=Decimal(2), pessimistic=Decimal(3))


def of_disciplines(*disciplines: str) -> ChangeFacts:
    work = tuple(ChangeLine(discipline=one, grade="senior", hours=HOURS) for one in disciplines)
    return ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100), work=work)


def return_and_revise(story: Story, n: int, ask: AskKind, facts: ChangeFacts) -> None:
    story.answer(story.ask(ask), Verdict.RETURN, reason=LARGE)
    assert story.state.changes[n].status is ChangeStatus.RETURNED
    story.do(c.ReviseChange(n=n, change=facts), story.holder("project_manager"))


def test_a_change_order_that_is_returned_and_revised_again_and_again_does_not_grow() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    like = ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100))
    n = story.submit(like)
    weights = []
    for _ in range(12):
        return_and_revise(story, n, AskKind.APPROVE_CHANGE, like)
        weights.append(weight(story.orders[n]))
    assert weights[-1] <= weights[3] + 12 * 200
    assert len(story.orders[n].reports) == 1
    assert story.orders[n].last_report == 12


def test_a_change_order_forgets_the_experts_of_a_revision_before() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    known = sorted(story.state.cast.further_experts | story.state.cast.holders)
    disciplines = [role.removeprefix("expert:") for role in known if role.startswith("expert:")]
    n = story.submit(of_disciplines(disciplines[0]))
    for discipline in disciplines[1:]:
        return_and_revise(story, n, AskKind.ESTIMATE, of_disciplines(discipline))
    assert sum(ask.kind is AskKind.ESTIMATE for ask in story.orders[n].asks.values()) <= 2


def test_questions_about_a_change_are_refused_for_size_and_its_answers_are_not() -> None:
    story = on_its_way(Stage.DELIVER, largest=False).copy()
    n = story.submit(ChangeFacts.in_one(title="More", reason=LARGE, price=Decimal(100)))
    ask = story.ask(AskKind.APPROVE_CHANGE)
    padded = story.orders[n].brief.having(outlook={f"left {k}": LARGE for k in range(MAX_OF_AN_ORDER // 8000)})
    story.orders[n] = story.orders[n].having(brief=padded)
    with pytest.raises(BadValue, match="a change order takes at most 1,400 KiB"):
        story.answer(ask, Verdict.NEED_INFO, reason=LARGE)
    story.answer(ask, reason=LARGE)
