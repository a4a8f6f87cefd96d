"""Whoever gave a word for another in an ask comes to no second seat of it: they would be asked, and refused."""

from functools import cache

import pytest

from domain.asks.answering import require_vote
from domain.asks.model import Ask, AskKind, Outcome, ShownSubject, Verdict
from domain.asks.selectable_people import may_answer_instead
from domain.engagement.answers.commands import DelegateAsk
from domain.shared.errors import OwnRequest
from domain.shared.values import PersonId
from tests.domain.story import Story


@cache
def _asked(deal: str, kind: AskKind) -> Story:
    return Story(deal).until(lambda story: any(story.state.open_asks(kind)))


def asked(kind: AskKind, deal: str = "halden") -> tuple[Story, Ask]:
    story = _asked(deal, kind).copy()
    return story, story.ask(kind)


def voter(ask: Ask, role: str) -> PersonId:
    return next(one.person_id for one in ask.voters if role in one.roles)


def speaks_for(story: Story, ask: Ask, other: PersonId, verdict: Verdict = Verdict.APPROVE) -> PersonId:
    """A colleague answers for somebody asked, and is who did."""
    person = next(
        p for p in may_answer_instead(story.state, ask, other, story.firm.people) if story.state.cast.is_here(p.id)
    )
    story.do(DelegateAsk(ask_id=ask.id, to=person.id), other)
    story.answer(story.now_of(ask), verdict, by=person.id)
    return person.id


def becomes(story: Story, role: str, person: PersonId) -> None:
    story.propose(role, person, waiver="Needed now")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, f"role:{role}"), reason="I take it over")


def require_all_heard(story: Story, ask: Ask) -> None:
    now = story.now_of(ask)
    for person in now.asked:
        require_vote(story.state, ShownSubject(ask_id=ask.id, subject_hash=now.subject_hash), person)


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (AskKind.DECIDE_DEAL, "finance"),
        (AskKind.DECIDE_DEAL, "delivery_lead"),
        (AskKind.REVIEW_SOW, "finance"),
        (AskKind.REVIEW_SOW, "quality"),
        (AskKind.REVIEW_SOW, "delivery_lead"),
    ],
)
def test_a_role_that_passes_to_who_spoke_for_another_is_answered_by_the_next_above_or_has_no_vote(
    kind: AskKind, role: str
) -> None:
    story, ask = asked(kind)
    other = next(one.person_id for one in ask.voters if role not in one.roles)
    person = speaks_for(story, ask, other)
    becomes(story, role, person)
    now = story.now_of(ask)
    assert person not in {one.person_id for one in now.voters}
    require_all_heard(story, ask)


def test_a_tie_does_not_wait_for_who_spoke_for_another() -> None:
    story, ask = asked(AskKind.DECIDE_DEAL)
    person = speaks_for(story, ask, voter(ask, "delivery_lead"))
    becomes(story, "finance", person)
    story.answer(story.now_of(ask), Verdict.DECLINE, by=voter(ask, "engagement_manager"))
    require_all_heard(story, ask)
    while story.now_of(ask).is_open:
        story.answer(story.now_of(ask), by=story.now_of(ask).asked[0])
    assert story.now_of(ask).outcome is Outcome.APPROVED


def test_whoever_has_a_vote_of_their_own_keeps_one_for_a_further_role() -> None:
    story, ask = asked(AskKind.DECIDE_DEAL)
    lead = voter(ask, "delivery_lead")
    story.answer(ask, by=lead)
    becomes(story, "finance", lead)
    assert {"delivery_lead", "finance"} <= set(next(v.roles for v in story.now_of(ask).voters if v.person_id == lead))


def test_whoever_objected_for_another_answers_for_nobody_else() -> None:
    story, ask = asked(AskKind.DECIDE_DEAL, "casework")
    first, second = ask.voters[0].person_id, ask.voters[1].person_id
    person = speaks_for(story, ask, first, Verdict.OBJECT)
    becomes(story, ask.voters[0].roles[0], story.state.cast.positions["managing_director"])
    may = may_answer_instead(story.state, story.now_of(ask), second, story.firm.people)
    assert person not in {one.id for one in may}
    with pytest.raises(OwnRequest):
        story.do(DelegateAsk(ask_id=ask.id, to=person), second)
