"""Nobody is asked the same twice at once, nor again and again on one day."""

import pytest

from domain.asks import AskKind, Verdict
from domain.engagement import commands as c
from domain.playbook import LimitPolicy, Stage
from domain.refusals import AlreadyDecided, NotNow
from tests.domain.story import PLAYBOOK, Story, at

ROLE, PERSON = "customer_care", "grace.oduya"


def proposed(story: Story) -> None:
    story.propose(ROLE, PERSON, waiver="Known for long to do this well.")


def declined(story: Story) -> None:
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{ROLE}"), Verdict.DECLINE, reason="Not I.")


def test_whoever_is_asked_already_is_not_asked_again() -> None:
    story = at(Stage.SOW)
    proposed(story)
    with pytest.raises(AlreadyDecided, match="is asked already to be customer care") as refused:
        proposed(story)
    assert [waiting.who for waiting in refused.value.refused.waits_for] == [story.state.cast.name(PERSON)]


def test_one_person_is_proposed_so_often_a_day_and_again_on_the_next() -> None:
    story = at(Stage.SOW)
    story.wait(days=1)
    for _ in range(PLAYBOOK.limits.proposals_a_day):
        proposed(story)
        declined(story)
    with pytest.raises(NotNow, match="has been asked 3 times today"):
        proposed(story)
    story.wait(days=1)
    proposed(story)


def test_a_playbook_bounds_how_often() -> None:
    story = at(Stage.SOW)
    story.wait(days=1)
    once = PLAYBOOK.having(limits=LimitPolicy(proposals_a_day=1))
    story.do(c.TakePlaybook(playbook=once), "ida.holm", house=("process_owner",))
    proposed(story)
    declined(story)
    with pytest.raises(NotNow, match="asked 1 times today"):
        proposed(story)
