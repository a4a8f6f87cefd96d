"""How votes become outcomes, by each method, and who may answer, delegate, ask back and have the last word."""

from datetime import UTC, datetime

import pytest

from domain.asks.model import Answer, Ask, AskKind, Condition, Outcome, Verdict, Vote, Voter
from domain.asks.tally import tally
from domain.engagement.answers.commands import DelegateAsk, GiveInformation
from domain.engagement.closing.commands import HoldEngagement, ResumeEngagement
from domain.engagement.documents.commands import SendDocument
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.tasks.commands import CompleteTask
from domain.playbook.model import Method, Stage
from domain.shared.calendar import WorkingClock
from domain.shared.errors import (
    AlreadyDecided,
    BadValue,
    ExplicitApprovalRequired,
    NotNow,
    NotWhatWasShown,
    OwnRequest,
    PermissionDenied,
    Refusal,
)
from domain.shared.values import PersonId, digest
from tests.domain.story import FIRM, Story, at

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
VERDICTS = {
    "+": Verdict.APPROVE,
    "c": Verdict.APPROVE_WITH_CONDITIONS,
    "r": Verdict.RETURN,
    "d": Verdict.DECLINE,
    "o": Verdict.OBJECT,
    "s": Verdict.STAND_ASIDE,
}
EM, OTHERS = PersonId("em"), ("lead", "money", "law")


def voted(method: Method, votes: str, *, climbed: str = "") -> Ask:
    """An ask of as many as there are letters, the engagement manager first; `.` has not voted."""
    people = (EM, *OTHERS)[: len(votes)]
    given = [(p, VERDICTS[v]) for p, v in zip(people, votes, strict=True) if v != "."]
    given += [("boss", VERDICTS[v]) for v in climbed if v != "."]
    facts = {"deal": "as it is"}
    cast = {"subject_hash": digest(facts), "channel": "api", "at": NOON}
    return Ask(
        id="E.A1",
        kind=AskKind.DECIDE_DEAL,
        subject="deal",
        title="Go?",
        facts=facts,
        subject_hash=digest(facts),
        method=method,
        voters=tuple(Voter(person_id=person, roles=(person,)) for person in people),
        must_include=None if method in {Method.EACH, Method.AUTHORITY} else EM,
        final_role="boss",
        final_person="boss",
        climbed="it climbed" if climbed else None,
        requester="seller",
        opened_at=NOON,
        clock=WorkingClock(calendar="NO", since=NOON),
        due_minutes=960,
        due_at=NOON,
        votes=tuple(Vote(voter=p, by=p, answer=Answer(verdict=v), is_final=p == "boss", **cast) for p, v in given),
    )


OPEN, YES, NO, BACK, UP = "open", Outcome.APPROVED, Outcome.DECLINED, Outcome.RETURNED, "climbs"

AUTHORITY = [("+", YES), ("c", YES), ("r", BACK), ("d", NO), (".", OPEN)]
MAJORITY = [
    ("...", OPEN),
    ("+..", OPEN),
    ("++.", YES),
    ("+r+", YES),
    (".++", OPEN),
    ("r++", UP),
    ("rr.", BACK),
    ("dd.", NO),
    ("+dd", NO),
    ("+rd", NO),
    ("+r", UP),
    ("r+", UP),
]
CONSENSUS = [
    ("++", YES),
    ("+.", OPEN),
    ("+s", YES),
    ("s+", UP),
    ("+o", OPEN),
    ("o.", OPEN),
    ("+r", UP),
    ("r.", OPEN),
]
EACH = [("++", YES), ("+.", OPEN), ("+r", BACK), ("r.", BACK), ("d+", NO), ("+o", OPEN), ("cc", YES)]


def said(ask: Ask, *, at_due: bool = False) -> object:
    counted = tally(ask, at_due=at_due)
    return counted.outcome or (UP if counted.climbs else OPEN)


@pytest.mark.parametrize(("votes", "outcome"), AUTHORITY)
def test_by_authority_one_decides(votes: str, outcome: object) -> None:
    assert said(voted(Method.AUTHORITY, votes)) == outcome


def test_by_authority_others_only_advise() -> None:
    assert said(voted(Method.AUTHORITY, "+rr")) is YES
    assert said(voted(Method.AUTHORITY, ".++")) == OPEN


@pytest.mark.parametrize(("votes", "outcome"), MAJORITY)
def test_a_majority_needs_more_than_half_and_the_engagement_manager(votes: str, outcome: object) -> None:
    assert said(voted(Method.MAJORITY, votes)) == outcome


@pytest.mark.parametrize(("votes", "outcome"), CONSENSUS)
def test_a_consensus_needs_everybody_or_their_standing_aside(votes: str, outcome: object) -> None:
    assert said(voted(Method.CONSENSUS, votes)) == outcome


@pytest.mark.parametrize(("votes", "outcome"), EACH)
def test_where_each_must_approve_one_return_ends_the_round(votes: str, outcome: object) -> None:
    assert said(voted(Method.EACH, votes)) == outcome


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("votes", ["...", "+..", ".+."])
def test_being_due_approves_nothing(method: Method, votes: str) -> None:
    if method is Method.AUTHORITY and votes[0] == "+":
        return
    assert said(voted(method, votes), at_due=True) is not YES


@pytest.mark.parametrize(("method", "votes"), [(Method.CONSENSUS, "+o"), (Method.CONSENSUS, "o."), (Method.EACH, "+o")])
def test_an_objection_still_open_when_due_climbs(method: Method, votes: str) -> None:
    assert said(voted(method, votes), at_due=True) == UP


FINAL = [(".", OPEN), ("+", YES), ("r", BACK), ("d", NO)]


@pytest.mark.parametrize("method", [Method.MAJORITY, Method.CONSENSUS])
@pytest.mark.parametrize(("word", "outcome"), FINAL)
def test_once_climbed_the_final_authority_alone_decides(method: Method, word: str, outcome: object) -> None:
    assert said(voted(method, "r+", climbed=word)) == outcome


def test_a_final_yes_over_an_objection_still_waits_for_every_reviewer() -> None:
    assert said(voted(Method.EACH, "o.", climbed="+")) == OPEN
    assert said(voted(Method.EACH, "o+", climbed="+")) is YES
    assert said(voted(Method.EACH, "o+", climbed="r")) is BACK


# -- whose answer counts


def deciding() -> tuple[Story, Ask]:
    """Halden at its decision: engagement manager, delivery lead and finance vote; the sponsor has the last word."""
    story = at(Stage.DECIDE)
    return story, story.ask(AskKind.DECIDE_DEAL)


def test_a_vote_stands() -> None:
    story, ask = deciding()
    story.answer(ask, by=story.holder("finance"))
    with pytest.raises(AlreadyDecided):
        story.answer(ask, Verdict.DECLINE, by=story.holder("finance"))


def test_an_objection_may_be_lifted() -> None:
    story = at(Stage.DECIDE, "casework")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=story.holder("provider_sponsor"))
    story.answer(ask, by=story.holder("provider_sponsor"))
    story.answer(ask, by=story.holder("engagement_manager"))
    assert story.now_of(ask).outcome is YES


def test_an_objection_keeps_its_ask_before_who_objected_until_it_is_lifted() -> None:
    story = at(Stage.DECIDE, "casework")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.answer(ask, Verdict.OBJECT, by=story.holder("provider_sponsor"))
    story.answer(ask, by=story.holder("engagement_manager"))
    assert story.now_of(ask).asked == (story.holder("provider_sponsor"),)


def test_an_answer_to_what_is_not_shown_any_more_is_refused() -> None:
    story, ask = deciding()
    with pytest.raises(NotWhatWasShown):
        story.answer(ask, shown=digest("an old card"))


def test_who_is_not_asked_does_not_answer() -> None:
    story, ask = deciding()
    with pytest.raises(PermissionDenied):
        story.answer(ask, by="sven.aas")


def test_who_asked_does_not_answer() -> None:
    story, ask = deciding()
    with pytest.raises(OwnRequest):
        story.answer(ask, by=ask.requester)


def test_a_decided_ask_takes_no_more_votes() -> None:
    story, ask = deciding()
    story.answer(ask, by=story.holder("engagement_manager"))
    story.answer(ask, by=story.holder("finance"))
    with pytest.raises(AlreadyDecided):
        story.answer(ask, by=story.holder("delivery_lead"))


@pytest.mark.parametrize("verdict", [Verdict.STAND_ASIDE, Verdict.OBJECT])
def test_only_a_consensus_knows_objections_and_standing_aside(verdict: Verdict) -> None:
    story, ask = deciding()
    with pytest.raises(BadValue):
        story.answer(ask, verdict)


def test_a_delegate_answers_for_one_and_the_record_names_both() -> None:
    story, ask = deciding()
    story.do(DelegateAsk(ask_id=ask.id, to="erik.strand"), story.holder("finance"))
    story.answer(ask, by="erik.strand")
    vote = story.now_of(ask).votes[0]
    assert (vote.voter, vote.by) == ("grace.oduya", "erik.strand")


@pytest.mark.parametrize(
    ("to", "refusal"),
    [("luca.ferri", OwnRequest), ("marta.silva", OwnRequest), ("kari.moe", BadValue), ("rosa.klein", OwnRequest)],
    ids=["who sells", "who is asked already", "the client", "an expert, who sees no margin"],
)
def test_nobody_delegates_to_whom_it_is_not_for(to: str, refusal: type[Refusal]) -> None:
    story, ask = deciding()
    with pytest.raises(refusal):
        story.do(DelegateAsk(ask_id=ask.id, to=to), story.holder("finance"))


def test_a_delegate_does_not_delegate_further() -> None:
    story, ask = deciding()
    story.do(DelegateAsk(ask_id=ask.id, to="erik.strand"), story.holder("finance"))
    with pytest.raises(PermissionDenied):
        story.do(DelegateAsk(ask_id=ask.id, to="ida.holm"), "erik.strand")


def test_a_signature_is_not_delegated() -> None:
    story = at(Stage.SOW, "lindqvist")
    next(step for step in story.rest if step == "sow sent")
    ask = story.ask(AskKind.SIGN_SOW)
    with pytest.raises(ExplicitApprovalRequired):
        story.do(DelegateAsk(ask_id=ask.id, to="erik.strand"), story.holder("provider_sponsor"))


def test_a_question_stops_the_clock_until_it_is_answered() -> None:
    story, ask = deciding()
    story.answer(ask, Verdict.NEED_INFO, reason="Which rates?")
    assert story.now_of(ask).due_at is None
    story.wait(days=30)
    assert not story.now_of(ask).reminded
    story.do(GiveInformation(ask_id=ask.id, text="Those of the fourth quarter."), ask.requester)
    due = story.now_of(ask).due_at
    assert due is not None
    assert due > story.now


def test_a_question_answered_on_hold_starts_no_clock() -> None:
    story, ask = deciding()
    story.answer(ask, Verdict.NEED_INFO, reason="Which rates?")
    story.do(HoldEngagement(reason="Budget", until=story.day(20)), story.holder("engagement_manager"))
    story.do(GiveInformation(ask_id=ask.id, text="These."), ask.requester)
    assert story.now_of(ask).clock.since is None
    story.do(ResumeEngagement(), story.holder("engagement_manager"))
    assert story.now_of(ask).clock.since == story.now


def test_a_condition_becomes_a_task_that_the_next_gate_checks() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    condition = Condition(text="Insure the data", owner="ida.holm", due=FIRM.absences[0].first)
    story.answer(story.ask(AskKind.DECIDE_DEAL), Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    with pytest.raises(NotNow, match="Insure the data"):
        story.until(lambda s: s.state.stage is Stage.BRD)
    story.do(CompleteTask(task="T1", note="Insured"), "ida.holm")
    story.do(SendDocument(document="sow"), story.deal.salesperson)
    assert story.ask(AskKind.SIGN_SOW)


def test_a_task_is_completed_by_its_owner_or_the_engagement_manager_alone() -> None:
    story = at(Stage.DECIDE, "lindqvist")
    condition = Condition(text="Insure the data", owner="ida.holm", due=FIRM.absences[0].first)
    story.answer(story.ask(AskKind.DECIDE_DEAL), Verdict.APPROVE_WITH_CONDITIONS, conditions=(condition,))
    with pytest.raises(PermissionDenied):
        story.do(CompleteTask(task="T1", note="Insured"), story.deal.salesperson)
    story.do(CompleteTask(task="T1", note="Insured"), story.holder("engagement_manager"))


# -- the last word


def test_a_go_without_the_engagement_manager_is_the_sponsors_to_give() -> None:
    story, ask = deciding()
    story.answer(ask, by=story.holder("finance"))
    story.answer(ask, by=story.holder("delivery_lead"))
    story.answer(ask, Verdict.RETURN, by=story.holder("engagement_manager"))
    assert story.now_of(ask).final_person == story.holder("provider_sponsor")
    assert story.now_of(ask).climbed
    story.answer(ask, by=story.holder("provider_sponsor"))
    assert story.state.decision is not None
    assert story.state.decision.climbed


def test_a_final_authority_who_votes_passes_it_to_the_managing_director() -> None:
    story = Story("casework").to(Stage.QUALIFY)
    story.state = story.state.replace(
        cast=story.state.cast.replace(positions={**story.state.cast.positions, "managing_director": "priya.raman"})
    )
    story.to(Stage.DECIDE)
    assert story.ask(AskKind.DECIDE_DEAL).final_role == "cfo"


def test_who_answered_for_another_has_not_the_last_word_too() -> None:
    story, ask = deciding()
    sponsor = story.holder("provider_sponsor")
    story.answer(ask, by=story.holder("delivery_lead"))
    story.wait(days=4)
    story.answer(ask, Verdict.RETURN, by=sponsor)
    while not story.now_of(ask).climbed:
        story.answer(ask, by=story.now_of(ask).silent[0].person_id)
    assert story.now_of(ask).final_person != sponsor


def test_an_objection_after_the_due_time_climbs_at_once() -> None:
    story = at(Stage.DECIDE, "casework")
    ask = story.ask(AskKind.DECIDE_DEAL)
    story.wait(days=4)
    story.answer(ask, Verdict.OBJECT, by=story.holder("provider_sponsor"))
    assert story.now_of(ask).climbed


def test_a_review_objection_still_open_when_due_goes_to_the_sponsor() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.REVIEW_SOW)))
    ask = story.ask(AskKind.REVIEW_SOW)
    story.answer(ask, Verdict.OBJECT, by=story.holder("finance"))
    assert not story.now_of(ask).climbed
    story.wait(days=4)
    assert story.now_of(ask).final_person == story.holder("provider_sponsor")


# -- who left


def test_what_a_holder_left_unanswered_is_asked_of_the_next_even_after_a_vacancy() -> None:
    story, ask = deciding()
    story.do(ReleaseRole(role="finance", reason="Left the firm"), "erik.strand")
    story.request_role("finance", PersonId("erik.strand"))
    story.answer(story.ask(AskKind.ALLOW_ROLE), reason="Until somebody is hired")
    assert "erik.strand" in story.now_of(ask).asked
    assert "grace.oduya" not in story.now_of(ask).asked


def test_two_roles_in_one_person_are_one_vote() -> None:
    story, ask = deciding()
    lead = story.holder("delivery_lead")
    story.answer(ask, Verdict.RETURN, by=lead)
    story.propose("finance", lead, waiver="For a while")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert [voter.person_id for voter in story.now_of(ask).voters] == [story.holder("engagement_manager"), lead]


def test_a_tie_made_by_a_merged_vote_is_counted_at_once() -> None:
    story, ask = deciding()
    lead = story.holder("delivery_lead")
    story.answer(ask, Verdict.RETURN, by=lead)
    story.answer(ask, by=story.holder("engagement_manager"))
    story.propose("finance", lead, waiver="For a while")
    story.answer(story.ask(AskKind.ACCEPT_ROLE))
    assert story.now_of(ask).climbed == "the votes are tied"


def test_an_experts_successor_is_asked_for_the_hours() -> None:
    story = Story("lindqvist").until(lambda s: any(s.state.open_asks(AskKind.ESTIMATE, subject="estimate:data")))
    story.propose("expert:data", PersonId("rosa.klein"), waiver="Did it before")
    story.answer(story.ask(AskKind.ACCEPT_ROLE, "role:expert:data"))
    assert story.ask(AskKind.ESTIMATE, "estimate:data").asked == ("rosa.klein",)


def test_a_price_proposed_twice_is_asked_once() -> None:
    story = at(Stage.PRICE, "lindqvist")
    list(story.cover(Stage.PRICE))
    for _ in range(2):
        story.propose_price(discount_percent=12)
    assert story.ask(AskKind.APPROVE_PRICE)


def test_a_refused_answer_leaves_no_trace() -> None:
    story, ask = deciding()
    before = story.state
    with pytest.raises(Refusal):
        story.answer(ask, by="kari.moe")
    assert story.state == before


@pytest.mark.parametrize("kind", list(AskKind))
def test_documents_and_changes_are_signed_by_whoever_answers(kind: AskKind) -> None:
    ask = voted(Method.EACH, "..").replace(kind=kind)
    assert ask.is_signed_by(EM) is kind.value.startswith("sign_")


def test_whoever_answers_in_person_signs_and_the_others_do_not() -> None:
    ask = voted(Method.EACH, "..")
    override = ask.replace(voters=(ask.voters[0].replace(in_person=True), ask.voters[1]))
    assert override.is_signed_by(EM)
    assert not override.is_signed_by(PersonId("lead"))
