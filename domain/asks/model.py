"""The ask: the one primitive. Everything that a person must answer is one, and all asks count votes in the same way.

This module has the values; its neighbours open, answer and escalate asks.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.asks.bound_facts import LACKS, BoundFacts, items_in, part_of
from domain.asks.subject_texts import ENGLISH_NOW, TextVersion
from domain.directory.people import CFO, MANAGING_DIRECTOR
from domain.playbook.model import Method
from domain.shared.calendar import WorkingClock
from domain.shared.limits import MAX_CONDITION_TEXT_BYTES, MAX_ROWS
from domain.shared.text import LongText, TextToTell, fitting, require_bytes
from domain.shared.values import (
    Amount,
    AskId,
    Day,
    Digest,
    ItemId,
    Moment,
    Name,
    PersonId,
    RoleName,
    Truth,
    Value,
    Whole,
)


class AskKind(StrEnum):
    ACCEPT_ROLE = "accept_role"
    ALLOW_ROLE = "allow_role"
    CONFIRM_EXPECTATIONS = "confirm_expectations"
    CONFIRM_NEEDS = "confirm_needs"
    CONFIRM_CLIENT = "confirm_client"
    ESTIMATE = "estimate"
    CONFIRM_STAFFING = "confirm_staffing"
    ATTEST_ESTIMATE = "attest_estimate"
    APPROVE_PRICE = "approve_price"
    DECIDE_DEAL = "decide_deal"
    ACKNOWLEDGE_DECLINE = "acknowledge_decline"
    REVIEW_SOW = "review_sow"
    SIGN_SOW = "sign_sow"
    REVIEW_BRD = "review_brd"
    SIGN_BRD = "sign_brd"
    ACCEPT_HANDOFF = "accept_handoff"
    ACCEPT_MILESTONE = "accept_milestone"
    BILL_MILESTONE = "bill_milestone"
    PULSE = "pulse"
    EXPECTATION_TALK = "expectation_talk"
    COACH_OR_REPLACE = "coach_or_replace"
    CONTACT_CLIENT = "contact_client"
    POTENTIAL_CHANGE = "potential_change"
    APPROVE_CHANGE = "approve_change"
    SIGN_CHANGE = "sign_change"
    ACKNOWLEDGE_COMPLAINT = "acknowledge_complaint"
    PLAN_COMPLAINT = "plan_complaint"
    ACCEPT_CARE = "accept_care"
    MEASURE_NEED = "measure_need"
    CANCEL_ENGAGEMENT = "cancel_engagement"
    ANSWER_QUESTION = "answer_question"


CLIENT_CONTACT = "client_contact"
# Roles played by people of the client; the counterpart is the engagement manager's.
CLIENT_ROLES = ("client_sponsor", "client_signatory", CLIENT_CONTACT, "counterpart")
LAST_POSITIONS = ("head_of_engagement_management", MANAGING_DIRECTOR, CFO, "general_counsel")
# Methods that count votes: an excluded person has none, and there may be too few voters.
COUNTED = frozenset({Method.MAJORITY, Method.CONSENSUS})
# Rungs of people who answer beside the voter; all other rungs are above them.
BESIDE = frozenset({"delegate", "delegation", "stand_in"})
SIGNATURES = frozenset({AskKind.SIGN_SOW, AskKind.SIGN_BRD, AskKind.SIGN_CHANGE})
REVIEWS = frozenset({AskKind.REVIEW_SOW, AskKind.REVIEW_BRD})


class Verdict(StrEnum):
    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    RETURN = "return"
    DECLINE = "decline"
    OBJECT = "object"
    STAND_ASIDE = "stand_aside"
    NEED_INFO = "need_info"

    @property
    def is_for(self) -> bool:
        return self in {Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS}

    @property
    def is_against(self) -> bool:
        """True for a vote against, however strong."""
        return self in {Verdict.RETURN, Verdict.DECLINE, Verdict.OBJECT}


class Outcome(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


# Outcomes after which somebody must do something about what was asked.
AGAINST = frozenset({Outcome.RETURNED, Outcome.DECLINED})


class Condition(Value):
    """Something that must be done because an approval depends on it."""

    text: LongText
    owner: PersonId
    due: Day


class Answer(Value):
    """What a person answers to an ask, with the figures that some kinds of ask require."""

    verdict: Verdict
    reason: LongText | None = None
    conditions: Annotated[tuple[Condition, ...], Field(max_length=20)] = ()
    score: Annotated[Whole, Field(ge=0, le=10)] | None = None
    measured: Amount | None = None
    available_from: Day | None = None
    packages: Annotated[tuple[ItemId, ...], Field(max_length=MAX_ROWS, exclude_if=lambda packages: not packages)] = ()
    """The packages that a return of hours is limited to; empty for all that were asked."""

    @property
    def why(self) -> str | None:
        """The reason, prefixed with the packages that it is limited to: `W4: the history is in two formats`."""
        if not (self.packages and self.reason):
            return self.reason
        return f"{', '.join(dict.fromkeys(self.packages))}: {self.reason}"

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        require_bytes((one.text for one in self.conditions), MAX_CONDITION_TEXT_BYTES, "the conditions of an answer")
        return self


class ShownSubject(Value):
    """What somebody was shown: an ask, and the hash of what it showed."""

    ask_id: Annotated[AskId, Field(max_length=64)]
    subject_hash: Digest


class Voter(Value):
    """A person asked, and the roles for which their one vote counts."""

    person_id: PersonId
    roles: tuple[RoleName, ...]
    because: str = ""
    in_person: Truth = False
    """True if nobody may answer for this voter, although others on the ask may have stand-ins: a signed override."""


class Vote(Value):
    """One recorded answer: who gave it, for whom, on what hash, through which channel."""

    voter: PersonId
    by: PersonId
    answer: Answer
    subject_hash: Digest
    channel: Name
    at: Moment
    read_in: TextVersion = ENGLISH_NOW
    """The language and version of the texts in which it was read, so that it can be shown the same way again."""
    is_final: bool = False
    """True if the final authority gave it as such: a vote cast before that never becomes the final one."""


class StandIn(Value):
    """Somebody asked in addition to a silent voter: a delegate, deputy, head, or somebody on a higher rung."""

    person_id: PersonId
    instead_of: PersonId
    rung: Name
    may_decide: bool
    since: Moment


class Question(Value):
    """Information that a voter needs before they can answer; the ask's clock is stopped meanwhile."""

    by: PersonId
    to: PersonId
    text: LongText
    at: Moment
    answer: LongText | None = None
    voter: PersonId | None = None
    """Whose vote waits for it, if a stand-in asks; otherwise the asker's own."""

    @property
    def held_up(self) -> PersonId:
        """The person whose vote waits for the answer."""
        return self.voter or self.by


class Ask(Value):
    """A request to people. `facts` are the values that were shown, `subject_hash` their SHA-256."""

    id: AskId
    kind: AskKind
    subject: str
    title: LongText
    facts: BoundFacts
    beside: dict[str, TextToTell] = {}
    """Shown with the ask but not bound: risks, coverage and capacity may change without voiding what was approved."""
    subject_hash: Digest
    difference: tuple[LongText, ...] = ()
    method: Method
    voters: tuple[Voter, ...]
    roles: tuple[RoleName, ...] = ()
    """The roles that vote by the playbook; excluded holders, and people with several roles, make for fewer votes."""
    quorum: Annotated[int, Field(ge=0)] = 0
    """How many people must be able to vote and, by majority, must agree; with fewer the final authority decides."""
    must_include: PersonId | None = None
    must_include_role: RoleName | None = None
    final_role: RoleName | None = None
    final_person: PersonId | None = None
    climbed: str | None = None
    """Why the vote gave no outcome. While nobody may decide last (`final_person` is None), voting goes on."""
    unseated: Annotated[tuple[RoleName, ...], Field(exclude_if=lambda roles: not roles)] = ()
    """Roles that must approve and for which nobody is eligible now: neither their holder nor anybody above."""
    requester: PersonId
    excluded: tuple[PersonId, ...] = ()
    """People who may never answer this for another: those who estimated what is attested here."""
    of_figures: Truth = False
    """True if its texts reveal figures, or come from an ask that does, although its kind shows none."""
    for_client: bool = False
    answered_only_in_person: Truth = False
    opened_at: Moment
    clock: WorkingClock
    due_minutes: int
    due_at: Moment | None
    reminded: bool = False
    rung: int = 0
    stand_ins: tuple[StandIn, ...] = ()
    votes: tuple[Vote, ...] = ()
    gave_hours: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Who of the experts asked has given all the hours that they were asked for."""
    question: Question | None = None
    outcome: Outcome = Outcome.OPEN
    ended_at: Moment | None = None
    ended_because: TextToTell | None = None
    """Why it ended, where no vote says so: see `why_ended`."""

    @property
    def packages(self) -> tuple[ItemId, ...]:
        """The work packages in its facts, in the order shown."""
        return items_in(self.facts, "package")

    @property
    def lines(self) -> tuple[ItemId, ...]:
        """The lines of a change's work in its facts."""
        return items_in(self.facts, "line")

    @property
    def tells_levels(self) -> bool:
        """True if it shows which competence levels somebody lacks."""
        return bool(part_of(self.facts, LACKS))

    @property
    def is_open(self) -> bool:
        return self.outcome is Outcome.OPEN

    @property
    def said_against(self) -> str | None:
        """The reasons of all votes against it, as one text."""
        return fitting("; ".join(vote.answer.why or "" for vote in self.votes_against if vote.answer.reason)) or None

    @property
    def votes_against(self) -> tuple[Vote, ...]:
        return tuple(vote for vote in self.votes if vote.answer.verdict.is_against)

    @property
    def why_ended(self) -> str | None:
        """Why it ended, in words, if there is a reason."""
        return self.ended_because or (self.said_against if self.outcome in AGAINST else None)

    @property
    def is_short_of_quorum(self) -> bool:
        """True if votes are counted and fewer people than the quorum may vote."""
        return self.method in COUNTED and len(self.voters) < self.quorum

    @property
    def open_question(self) -> Question | None:
        """The unanswered question that the ask's clock waits for."""
        return self.question if self.question is not None and self.question.answer is None else None

    @property
    def clock_waits(self) -> bool:
        """True while the clock is stopped for an answer; a final authority's stops only for their own question."""
        question = self.open_question
        return question is not None and (not self.asks_last_word or question.held_up == self.final_person)

    def is_signed_by(self, person_id: PersonId) -> bool:
        """True if this person's answer is a signature: on a document, a change or an override."""
        return self.kind in SIGNATURES or any(voter.in_person and voter.person_id == person_id for voter in self.voters)

    def concerns(self, person_id: PersonId) -> bool:
        """True for voters, stand-ins, the final authority once it is theirs to decide, and the requester."""
        people = {voter.person_id for voter in self.voters} | {stand_in.person_id for stand_in in self.stand_ins}
        return person_id in people | {self.requester, self.final_person if self.climbed else None}

    @property
    def spoken(self) -> frozenset[PersonId]:
        """Everybody with a vote on record: given by themselves, for another, or by another for them."""
        return frozenset(person_id for vote in self.votes for person_id in (vote.by, vote.voter))

    def spoke_for_another(self, person_id: PersonId) -> bool:
        """True if this person already voted for another here: they have no vote of their own."""
        return any(vote.by == person_id and vote.voter != person_id for vote in self.votes)

    def vote_of(self, voter: PersonId) -> Vote | None:
        """The vote that counts for a person asked: their latest."""
        return next((vote for vote in reversed(self.votes) if vote.voter == voter), None)

    @property
    def asks_last_word(self) -> bool:
        """True once it has escalated to a final authority who exists."""
        return self.climbed is not None and self.final_person is not None

    @property
    def final_vote(self) -> Vote | None:
        """The final authority's decision, once the ask has escalated to them."""
        if not self.asks_last_word:
            return None
        return next((vote for vote in self.votes if vote.is_final and vote.voter == self.final_person), None)

    @property
    def silent(self) -> tuple[Voter, ...]:
        """Who still owes an answer: voters who have not voted, or whose objection is still open.

        Only the final authority, once the decision is theirs alone.
        """
        last = self.final_person if self.asks_last_word and self.final_vote is None else None
        final = (Voter(person_id=last, roles=(self.final_role or "",)),) if last is not None else ()
        if self.asks_last_word and (self.method is not Method.EACH or not self.voters):
            return final
        return (*(voter for voter in self.voters if self._owes(voter.person_id)), *final)

    def _owes(self, voter: PersonId) -> bool:
        vote = self.vote_of(voter)
        if voter in self.gave_hours:
            return False
        return vote is None or (vote.answer.verdict is Verdict.OBJECT and not self.asks_last_word)

    def is_passed_on_by(self, person_id: PersonId) -> bool:
        """True if this person owes an answer and may let a colleague give it for them."""
        own = next((voter for voter in self.silent if voter.person_id == person_id), None)
        return own is not None and not own.in_person and not self.answered_only_in_person

    @property
    def asked(self) -> tuple[PersonId, ...]:
        """Everybody who may answer now, voters before their stand-ins."""
        standing = (stand_in.person_id for stand_in in self.free_stand_ins)
        return tuple(dict.fromkeys([*(voter.person_id for voter in self.silent), *standing]))

    @property
    def free_stand_ins(self) -> tuple[StandIn, ...]:
        """Stand-ins who may decide now. Their voter has not voted; only the objector may withdraw an objection."""
        owing = {voter.person_id for voter in self.silent if self.vote_of(voter.person_id) is None}
        return tuple(s for s in self.stand_ins if s.may_decide and s.instead_of in owing)


def asked_about(question: Ask) -> AskId:
    """The id of the ask that waits for the answer to a question, which is an ask of its own."""
    return AskId(question.subject.removeprefix("question:"))


def listed(words: Sequence[str]) -> str:
    """Words joined for a sentence: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def given_and_owed(given: Sequence[str], owed: Sequence[str]) -> tuple[str, ...]:
    """For which of the things asked for together hours are given, and for which not; empty if none are missing."""
    return (f"Given: {', '.join(given)}. Still owed: {', '.join(owed)}.",) if owed else ()
