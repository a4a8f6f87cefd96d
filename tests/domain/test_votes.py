"""Counting: every way in which few people can vote against an oracle of its own, and what no votes can ever come to.

A letter is a vote: + for, c for with conditions, r return, d decline, o object, s stands aside, . silent.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asks.events import AskEvent, FinalAuthorityAsked
from domain.asks.model import Answer, Ask, AskKind, Outcome, Verdict, Vote, Voter
from domain.asks.tally import tally
from domain.engagement.roles.commands import ReleaseRole
from domain.playbook.model import DecisionRow, Kind, Method, Playbook, Stage
from domain.shared.calendar import WorkingClock
from domain.shared.values import digest
from tests.domain.story import FIRM, PLAYBOOK, Story, at

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
VERDICTS = {
    "+": Verdict.APPROVE,
    "c": Verdict.APPROVE_WITH_CONDITIONS,
    "r": Verdict.RETURN,
    "d": Verdict.DECLINE,
    "o": Verdict.OBJECT,
    "s": Verdict.STAND_ASIDE,
}
OPEN, UP = "open", "climbs"
ROLES = ("finance", "legal", "quality", "sales", "procurement", "customer_care", "business_analyst")
YES, NO, BACK = Outcome.APPROVED, Outcome.DECLINED, Outcome.RETURNED


@cache
def vote(number: int, letter: str) -> Vote:
    person = f"v{number}"
    answer = Answer(verdict=VERDICTS[letter])
    return Vote(voter=person, by=person, answer=answer, subject_hash=digest({}), channel="api", at=NOON)


def voted(method: Method, votes: str, *, quorum: int = 0, must_include: bool = False) -> Ask:
    """An ask of as many people as there are letters, who hold a role each; the first may be the one who must agree."""
    return Ask(
        id="E.A1",
        kind=AskKind.DECIDE_DEAL,
        subject="deal",
        title="Go?",
        facts={},
        subject_hash=digest({}),
        method=method,
        voters=tuple(Voter(person_id=f"v{n}", roles=(ROLES[n],)) for n in range(len(votes))),
        roles=ROLES[: max(len(votes), 2)],
        quorum=quorum,
        must_include="v0" if must_include else None,
        final_role="boss",
        final_person="boss",
        requester="seller",
        opened_at=NOON,
        clock=WorkingClock(calendar="NO", since=NOON),
        due_minutes=960,
        due_at=NOON,
        votes=tuple(vote(n, letter) for n, letter in enumerate(votes) if letter != "."),
    )


def said(ask: Ask, *, at_due: bool = False) -> object:
    counted = tally(ask, at_due=at_due)
    assert counted.outcome is None or counted.climbs is None
    return counted.outcome or (UP if counted.climbs else OPEN)


def electorates(letters: str, most: int) -> Iterator[tuple[str, int, bool]]:
    """Every set of votes of up to so many people, with every quorum that matters, and with or without one who must."""
    for size in range(1, most + 1):
        for votes in product(letters, repeat=size):
            for quorum, must in product((0, size // 2 + 1, size, size + 1), (False, True)):
                yield "".join(votes), quorum, must


def expected_majority(votes: str, quorum: int, *, must: bool) -> object:
    """Said once more, from the rule in words, by what is left to happen and not by what is needed."""
    yes, no, silent = votes.count("+"), votes.count("r") + votes.count("d"), votes.count(".")
    if yes + no + silent < quorum:
        return UP
    if no >= quorum and no > yes + silent:
        return NO if votes.count("d") >= votes.count("r") else BACK
    if yes >= quorum and yes > no + silent:
        return {"+": YES, ".": OPEN}.get(votes[0], UP) if must else YES
    return OPEN if silent else UP


def expected_consensus(votes: str, quorum: int, *, must: bool, at_due: bool) -> object:
    if len(votes) < quorum:
        return UP
    if set(votes) & set("rdo"):
        settled = "." not in votes and "o" not in votes
        return UP if settled or at_due else OPEN
    if "." in votes:
        return OPEN
    return YES if "+" in (votes[0] if must else votes) else UP


def test_a_majority_of_up_to_five_is_as_the_rule_says() -> None:
    for votes, quorum, must in electorates("+rd.", 5):
        ask = voted(Method.MAJORITY, votes, quorum=quorum, must_include=must)
        assert said(ask) == expected_majority(votes, quorum, must=must), (votes, quorum, must)


@pytest.mark.parametrize("at_due", [False, True])
def test_a_consensus_of_up_to_four_is_as_the_rule_says(at_due: bool) -> None:
    for votes, quorum, must in electorates("+rdos.", 4):
        ask = voted(Method.CONSENSUS, votes, quorum=quorum, must_include=must)
        assert said(ask, at_due=at_due) == expected_consensus(votes, quorum, must=must, at_due=at_due), (votes, quorum)


ASKS = st.builds(
    voted,
    st.sampled_from(list(Method)),
    st.text("+crdos.", min_size=1, max_size=7),
    quorum=st.integers(0, 8),
    must_include=st.booleans(),
)


def votes_for(ask: Ask) -> int:
    return sum(vote.answer.verdict.is_for for vote in ask.votes)


@settings(max_examples=600)
@given(ASKS, st.booleans())
def test_nothing_is_approved_by_fewer_than_the_quorum_or_over_an_objection(ask: Ask, at_due: bool) -> None:
    if tally(ask, at_due=at_due).outcome is not YES:
        return
    assert votes_for(ask) >= 1
    if ask.method in {Method.MAJORITY, Method.CONSENSUS}:
        assert len(ask.voters) >= ask.quorum
        assert not ask.must_include or any(v.voter == "v0" and v.answer.verdict.is_for for v in ask.votes)
    if ask.method is Method.MAJORITY:
        assert votes_for(ask) >= ask.quorum
        assert votes_for(ask) * 2 > len(ask.voters)
    if ask.method is Method.CONSENSUS:
        assert len(ask.votes) == len(ask.voters)
        assert not any(vote.answer.verdict.is_against for vote in ask.votes)


@settings(max_examples=600)
@given(ASKS)
def test_being_due_approves_nothing_that_was_not_approved_before(ask: Ask) -> None:
    if tally(ask, at_due=True).outcome is YES:
        assert tally(ask).outcome is YES


@settings(max_examples=600)
@given(ASKS, st.sampled_from("+crdos"))
def test_one_vote_more_for_it_never_turns_a_yes_and_one_more_against_never_makes_one(ask: Ask, letter: str) -> None:
    silent = [voter for voter in ask.voters if ask.vote_of(voter.person_id) is None]
    if not silent or ask.method is Method.AUTHORITY:
        return
    more = ask.replace(votes=(*ask.votes, vote(int(silent[0].person_id[1:]), letter)))
    before, after = tally(ask).outcome, tally(more).outcome
    if VERDICTS[letter].is_for and before is YES:
        assert after is YES
    if VERDICTS[letter].is_against and before is not YES:
        assert after is not YES


def test_why_it_climbs_is_said_with_the_figures() -> None:
    assert tally(voted(Method.MAJORITY, "+r")).climbs == "the votes are tied"
    assert tally(voted(Method.MAJORITY, "++r", quorum=3)).climbs == "2 of 3 are for it, 3 are needed"
    assert tally(voted(Method.MAJORITY, "+rr", quorum=3)).climbs == "2 of 3 are against it, 3 are needed"
    assert tally(voted(Method.CONSENSUS, "ss")).climbs == "everyone stood aside, and nobody consented"
    assert tally(voted(Method.MAJORITY, "+", quorum=2)).climbs == "only 1 of finance and legal may vote, 2 are needed"
    assert tally(voted(Method.MAJORITY, "", quorum=1)).climbs == "none of finance and legal may vote, 1 is needed"


@pytest.mark.parametrize(("roles", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_quorum_that_is_not_given_is_more_than_half_of_the_roles_named(roles: int, needed: int) -> None:
    row = DecisionRow(voters=ROLES[:roles], method=Method.MAJORITY, final_authority="provider_sponsor")
    assert row.needed == needed
    assert row.replace(quorum=1).needed == 1
    assert row.replace(method=Method.AUTHORITY).needed == row.replace(method=Method.EACH).needed == 0


def test_a_playbook_without_a_quorum_is_what_it_was_before_there_was_one() -> None:
    rows = PLAYBOOK.model_dump(mode="json")["decision"]["contracted"]
    assert not any("quorum" in row for row in rows)
    with_one = PLAYBOOK.decision[Kind.CONTRACTED][1].replace(quorum=3)
    assert DecisionRow.model_validate(with_one.model_dump(mode="json")) == with_one


def test_a_fact_about_an_ask_says_what_it_changes_or_is_none() -> None:
    with pytest.raises(TypeError, match="abstract"):
        AskEvent(ask_id="E.A1")  # type: ignore[abstract]


# -- in an engagement


def deciding_by(playbook: Playbook = PLAYBOOK, **row: Any) -> Story:
    """Halden at its decision, by the row for its price with these fields changed."""
    rows = list(playbook.decision[Kind.CONTRACTED])
    rows[1] = rows[1].replace(**row)
    changed = playbook.replace(decision={**playbook.decision, Kind.CONTRACTED: tuple(rows)})
    seller_heads_sales = FIRM.replace(positions={**FIRM.positions, "head_of_sales": "luca.ferri"})
    return Story("halden", firm=seller_heads_sales, playbook=changed).to(Stage.DECIDE)


def test_too_few_who_may_vote_is_the_final_authoritys_at_once_and_says_why() -> None:
    story = deciding_by(voters=("head_of_sales", "engagement_manager"))
    ask = story.ask(AskKind.DECIDE_DEAL)
    assert ask.climbed == (
        "only 1 of head of sales and engagement manager may vote, 2 are needed: Luca Ferri sells the deal"
    )
    assert ask.asked == (ask.final_person,) == (story.holder("provider_sponsor"),)
    story.answer(ask)
    assert story.state.decision is not None
    assert story.state.decision.climbed == ask.climbed


def test_one_person_in_two_roles_is_one_of_those_who_may_vote() -> None:
    story = deciding_by(quorum=3)
    ask, lead = story.ask(AskKind.DECIDE_DEAL), story.holder("delivery_lead")
    assert not ask.climbed
    story.propose("finance", lead, waiver="For a while")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    name = story.state.cast.name(lead)
    assert story.now_of(ask).climbed == (
        "only 2 of engagement manager, delivery lead and finance may vote, 3 are needed: "
        f"{name} has one vote for delivery lead and finance"
    )


def without_anybody_above_finance(story: Story) -> Story:
    """Who heads finance, and stands above that, sells this very deal."""
    cast = story.state.cast
    positions = {**cast.positions, "cfo": story.deal.salesperson, "managing_director": story.deal.salesperson}
    story.state = story.state.replace(cast=cast.replace(positions=positions))
    return story


def leaves(story: Story, role: str) -> None:
    story.do(ReleaseRole(role=role, reason="Left the firm"), story.holder("engagement_manager"))


def test_a_role_that_falls_vacant_with_nobody_above_has_no_vote() -> None:
    story = without_anybody_above_finance(deciding_by())
    ask, gone = story.ask(AskKind.DECIDE_DEAL), story.holder("finance")
    leaves(story, "finance")
    assert gone not in story.now_of(ask).asked
    assert not story.now_of(ask).climbed
    story.answer(ask, by=story.holder("engagement_manager"))
    assert story.now_of(ask).is_open
    story.answer(ask, by=story.holder("delivery_lead"))
    assert story.now_of(ask).outcome is YES


def test_a_role_that_falls_vacant_may_leave_too_few() -> None:
    story = without_anybody_above_finance(deciding_by(quorum=3))
    ask = story.ask(AskKind.DECIDE_DEAL)
    leaves(story, "finance")
    assert (story.now_of(ask).climbed or "").endswith("3 are needed: finance is vacant")


def test_nobody_says_yes_by_leaving() -> None:
    story = without_anybody_above_finance(deciding_by(method=Method.CONSENSUS))
    ask = story.ask(AskKind.DECIDE_DEAL)
    for role in ("engagement_manager", "delivery_lead"):
        story.answer(ask, by=story.holder(role))
    leaves(story, "finance")
    assert story.now_of(ask).is_open
    assert story.now_of(ask).climbed == "it would pass only because fewer people are left to vote"


def test_a_consensus_in_which_all_stand_aside_is_the_final_authoritys() -> None:
    story = at(Stage.DECIDE, "casework")
    ask = story.ask(AskKind.DECIDE_DEAL)
    for role in ("engagement_manager", "provider_sponsor"):
        story.answer(ask, Verdict.STAND_ASIDE, by=story.holder(role))
    assert story.now_of(ask).is_open
    assert story.events(FinalAuthorityAsked)[-1].because == "everyone stood aside, and nobody consented"


@pytest.mark.parametrize("spoken", [(), ("finance",), ("engagement_manager",)])
@pytest.mark.parametrize("method", [Method.MAJORITY, Method.CONSENSUS])
def test_no_half_year_of_silence_approves_what_some_have_approved(method: Method, spoken: tuple[str, ...]) -> None:
    story = deciding_by(method=method)
    ask = story.ask(AskKind.DECIDE_DEAL)
    for role in spoken:
        story.answer(ask, by=story.holder(role))
    story.wait(days=180)
    assert story.now_of(ask).is_open
