"""Nobody is asked the same twice at once, nor again and again on one day."""

import pytest

from domain.asks.model import AskKind, Verdict
from domain.engagement.playbook.commands import TakePlaybook
from domain.engagement.roles.commands import ReleaseRole
from domain.playbook.model import LimitPolicy, Stage
from domain.shared.errors import AlreadyDecided, NotNow
from domain.shared.values import PersonId
from tests.domain.story import PLAYBOOK, Story, at

ROLE, PERSON = "customer_care", PersonId("grace.oduya")


def proposed(story: Story) -> None:
    story.propose(ROLE, PERSON, waiver="Known for long to do this well.")


def declined(story: Story) -> None:
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{ROLE}"), Verdict.DECLINE, reason="Not I.")


def test_whoever_is_asked_already_is_not_asked_again() -> None:
    story = at(Stage.SOW)
    proposed(story)
    with pytest.raises(AlreadyDecided, match="has already been asked to be customer care") as refused:
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


def test_roles_that_somebody_accepted_do_not_count() -> None:
    story = at(Stage.SOW)
    story.wait(days=1)
    for discipline in ("a", "b", "c", "d"):
        role = f"expert:{discipline}"
        story.propose(role, PERSON, waiver="Known for long to do this well.")
        story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{role}"), reason="I do it.")
        assert story.holder(role) == PERSON
    for _ in range(PLAYBOOK.limits.proposals_a_day):
        proposed(story)
        declined(story)
    with pytest.raises(NotNow, match="has been asked 3 times today"):
        proposed(story)


def test_a_playbook_bounds_how_often() -> None:
    story = at(Stage.SOW)
    story.wait(days=1)
    once = PLAYBOOK.replace(limits=LimitPolicy(proposals_a_day=1))
    story.do(TakePlaybook(playbook=once), "ida.holm", house=("process_owner",))
    proposed(story)
    declined(story)
    with pytest.raises(NotNow, match="asked 1 times today"):
        proposed(story)


def test_who_asks_for_a_role_again_and_again_is_bounded_too() -> None:
    story = at(Stage.DELIVER)
    story.wait(days=1)
    story.do(ReleaseRole(role="quality", reason="Left"), "hanne.lund")
    for _ in range(PLAYBOOK.limits.proposals_a_day):
        story.request_role("quality", PersonId("sofie.berg"))
        story.answer(story.ask(AskKind.ALLOW_ROLE), Verdict.DECLINE, reason="Not now.")
    with pytest.raises(NotNow, match="You have asked, or were asked, 3 times today"):
        story.request_role("quality", PersonId("sofie.berg"))


def test_a_playbook_that_says_nothing_of_a_limit_has_the_hash_that_it_had() -> None:
    assert LimitPolicy(proposals_a_day=5).model_dump() == {"proposals_a_day": 5}
    assert LimitPolicy(reminders_a_day=5).model_dump() == {"reminders_a_day": 5}
    assert LimitPolicy(offer_days=30).model_dump() == {"offer_days": 30}
