"""Whoever comes too late is told by what an ask was superseded, and as which it is asked now."""

import pytest

from domain.asks.model import Ask, AskKind, Verdict
from domain.playbook.model import Stage
from domain.shared.errors import AskHasEnded
from tests.domain.story import Story, at


def replaced() -> tuple[Story, Ask, Ask]:
    """A price that was replaced before anybody answered: the ask about it, and the one about the new one."""
    story = at(Stage.PRICE).copy()
    list(story.cover(Stage.PRICE))
    story.propose_price(discount_percent=10)
    (before,) = story.state.open_asks(AskKind.APPROVE_PRICE)
    story.propose_price(discount_percent=11)
    (now,) = story.state.open_asks(AskKind.APPROVE_PRICE)
    return story, before, now


def test_an_answer_to_a_price_that_was_replaced_names_the_ask_of_the_new_one() -> None:
    story, before, now = replaced()
    with pytest.raises(AskHasEnded) as refused:
        story.answer(before)
    seller = story.state.cast.name(story.state.seller)
    assert (
        refused.value.refused.detail == f"The ask {before.id} has ended: superseded, {seller} proposed another price."
    )
    assert refused.value.refused.remedy == f"It has been replaced by {now.id}."


def test_it_is_named_also_while_somebody_asks_back_and_nobody_is_shown_who_owes_the_answer() -> None:
    story, before, now = replaced()
    story.answer(now, Verdict.NEED_INFO, reason="Why so low?")
    with pytest.raises(AskHasEnded) as refused:
        story.answer(before)
    assert refused.value.refused.waits_for == ()
    assert refused.value.refused.asked_now == now.id
