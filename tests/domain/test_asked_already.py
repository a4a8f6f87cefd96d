"""Whoever asks a second time hears who has not answered the first."""

import pytest

from domain.asks.model import AskKind
from domain.engagement.delivery.commands import OfferHandoff
from domain.engagement.needs.commands import RestateNeeds
from domain.playbook.model import Stage
from domain.shared.errors import AskedAlready
from tests.domain.story import Story, at


def test_who_restates_the_needs_again_hears_whose_answer_is_awaited() -> None:
    story = Story("halden").until(lambda story: any(story.state.open_asks(AskKind.CONFIRM_NEEDS)))
    with pytest.raises(AskedAlready) as refused:
        story.do(RestateNeeds(), story.state.seller)
    assert [waiting.who for waiting in refused.value.refused.waits_for] == ["Kari Moe"]


def test_who_offers_the_handoff_again_hears_whose_answers_are_awaited() -> None:
    story = at(Stage.HANDOFF).until(lambda story: any(story.state.open_asks(AskKind.ACCEPT_HANDOFF)))
    silent = {story.state.cast.name(voter.person_id) for voter in story.ask(AskKind.ACCEPT_HANDOFF).silent}
    with pytest.raises(AskedAlready) as refused:
        story.do(OfferHandoff(plan="As it was."), story.holder("engagement_manager"))
    assert {waiting.who for waiting in refused.value.refused.waits_for} == silent
    assert silent
