"""The ask: the one primitive. Everything that a person must do is one, and all asks count votes alike.

This module is the values and the counting. `asking/` opens, answers and times asks.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self, TypeGuard

from pydantic import Field, model_validator

from domain.estimating import ThreePoints
from domain.limits import MOST_ROWS, MOST_SAID_AS_CONDITIONS
from domain.people import CFO, MANAGING_DIRECTOR, Cast, Matter
from domain.playbook import Kind, Method, Playbook
from domain.values import Amount, Day, Digest, ItemId, Moment, Name, PersonId, RoleName, Truth, Value, Whole, was_given
from domain.words import Pinned, Told, Words, fitting, require_bytes, sentence
from domain.working_time import Clock


class AskKind(StrEnum):
    """What may be asked of a person."""

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
CLIENT_ROLES = ("client_sponsor", "client_signatory", CLIENT_CONTACT, "counterpart")
"""Parts that people of the client play; the counterpart is the engagement manager's."""
LAST_POSITIONS = ("head_of_engagement_management", MANAGING_DIRECTOR, CFO, "general_counsel")
COUNTED = frozenset({Method.MAJORITY, Method.CONSENSUS})
"""Methods by which votes are counted: who is excluded has none, and there may be too few."""
BESIDE = frozenset({"delegate", "delegation", "stand_in"})
"""Rungs of a ladder on which somebody stands beside whom they answer for; all others are above."""
SIGNATURES = frozenset({AskKind.SIGN_SOW, AskKind.SIGN_BRD, AskKind.SIGN_CHANGE})
REVIEWS = frozenset({AskKind.REVIEW_SOW, AskKind.REVIEW_BRD})


OF_CHANGE = "change"
"""The fact that says of which change an ask is; in one for its hours, all others are what is estimated."""


class Verdict(StrEnum):
    """What a person may say."""

    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    RETURN = "return"
    DECLINE = "decline"
    OBJECT = "object"
    STAND_ASIDE = "stand_aside"
    NEED_INFO = "need_info"

    @property
    def is_for(self) -> bool:
        """True for a vote in favour."""
        return self in {Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS}

    @property
    def is_against(self) -> bool:
        """True for a vote that says no, in whatever tone."""
        return self in {Verdict.RETURN, Verdict.DECLINE, Verdict.OBJECT}


class Outcome(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


AGAINST = frozenset({Outcome.RETURNED, Outcome.DECLINED})
"""Outcomes that leave something to be done about what was asked."""


class Condition(Value):
    """What somebody must do because a yes came with it."""

    text: Words
    owner: PersonId
    due: Day


class Answer(Value):
    """What a person says to an ask, with the figures that some kinds of ask want."""

    verdict: Verdict
    reason: Words | None = None
    conditions: Annotated[tuple[Condition, ...], Field(max_length=20)] = ()
    score: Annotated[Whole, Field(ge=0, le=10)] | None = None
    measured: Amount | None = None
    available_from: Day | None = None
    packages: Annotated[tuple[ItemId, ...], Field(max_length=MOST_ROWS, exclude_if=lambda packages: not packages)] = ()
    """Which packages a return of hours means; none named: all that were asked."""

    @property
    def why(self) -> str | None:
        """Its reason, with the packages that it means alone: `W4: the history is in two formats`."""
        if not (self.packages and self.reason):
            return self.reason
        return f"{', '.join(dict.fromkeys(self.packages))}: {self.reason}"

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        require_bytes((one.text for one in self.conditions), MOST_SAID_AS_CONDITIONS, "the conditions of an answer")
        return self


class Shown(Value):
    """What somebody looked at: an ask, and the hash of what it showed them."""

    ask: Annotated[str, Field(max_length=64)]
    hash: Digest


class Voter(Value):
    """A person asked, and the roles for which their one vote counts."""

    person: PersonId
    roles: tuple[RoleName, ...]
    because: str = ""
    in_person: Truth = False
    """True where nobody answers for them, though others of the same ask may be stood in for: a signed override."""


class Vote(Value):
    """One answer on record: who gave it, for whom, on what hash, by which channel."""

    voter: PersonId
    by: PersonId
    answer: Answer
    hash: Digest
    channel: Name
    at: Moment
    is_final: bool = False
    """True for the final authority's own word, which they gave as such: no vote of before turns into it."""


class StandIn(Value):
    """Somebody asked beside a silent voter: delegate, deputy, head, or a rung above."""

    person: PersonId
    instead_of: PersonId
    rung: Name
    may_decide: bool
    since: Moment


class Question(Value):
    """Information that a voter needs before they can answer; the ask's clock stands still meanwhile."""

    by: PersonId
    to: PersonId
    text: Words
    at: Moment
    answer: Words | None = None
    voter: PersonId | None = None
    """Whose vote waits for it, where a stand-in asks; else the asker's own."""

    @property
    def held_up(self) -> PersonId:
        """Whose vote waits for the answer."""
        return self.voter or self.by


class Ask(Value):
    """Something asked of people. `facts` is exactly what was shown, `hash` its SHA-256."""

    id: str
    kind: AskKind
    subject: str
    title: Words
    facts: dict[str, Told]
    beside: dict[str, Told] = {}
    """Shown with it and not bound: risks, coverage, capacity may change without voiding what was approved."""
    hash: Digest
    difference: tuple[Words, ...] = ()
    method: Method
    voters: tuple[Voter, ...]
    roles: tuple[RoleName, ...] = ()
    """The roles that the playbook has vote; whose holder is excluded, or who is one person with another, votes less."""
    quorum: Annotated[int, Field(ge=0)] = 0
    """How many must be able to vote, and by majority how many must agree; fewer: it is the final authority's."""
    must_include: PersonId | None = None
    must_include_role: RoleName | None = None
    final_role: RoleName | None = None
    final_person: PersonId | None = None
    climbed: str | None = None
    """Why the vote gave no outcome. While nobody may have the last word (`final_person`: None) it goes on meanwhile."""
    unseated: Annotated[tuple[RoleName, ...], Field(exclude_if=lambda roles: not roles)] = ()
    """Roles that must say yes, and for which nobody may answer now: neither their holder nor anybody above."""
    requester: PersonId
    excluded: tuple[PersonId, ...] = ()
    """Who never answers this for another: who estimated what is attested here."""
    of_figures: Truth = False
    """True where its words tell of figures, or came out of an ask that does, though its kind shows none."""
    for_client: bool = False
    answered_only_in_person: Truth = False
    opened_at: Moment
    clock: Clock
    due_minutes: int
    due_at: Moment | None
    reminded: bool = False
    rung: int = 0
    stand_ins: tuple[StandIn, ...] = ()
    votes: tuple[Vote, ...] = ()
    gave_hours: Annotated[tuple[PersonId, ...], Field(exclude_if=lambda people: not people)] = ()
    """Of those asked for hours, who has given all that are asked of them."""
    question: Question | None = None
    outcome: Outcome = Outcome.OPEN
    ended_at: Moment | None = None
    ended_because: Told | None = None
    """Why it ended, where no vote says it: see `why_ended`."""

    @property
    def is_open(self) -> bool:
        """True until it has an outcome."""
        return self.outcome is Outcome.OPEN

    @property
    def said_against(self) -> str | None:
        """The reasons of all votes against it, as one text."""
        return fitting("; ".join(vote.answer.why or "" for vote in self.votes_against if vote.answer.reason)) or None

    @property
    def votes_against(self) -> tuple[Vote, ...]:
        """All votes against it."""
        return tuple(vote for vote in self.votes if vote.answer.verdict.is_against)

    @property
    def why_ended(self) -> str | None:
        """Why it ended in words, if anybody said why."""
        return self.ended_because or (self.said_against if self.outcome in AGAINST else None)

    @property
    def is_short_of_quorum(self) -> bool:
        """True where votes are counted and fewer persons than the quorum may cast one."""
        return self.method in COUNTED and len(self.voters) < self.quorum

    @property
    def open_question(self) -> Question | None:
        """The question that the ask's clock waits for, if one is unanswered."""
        return self.question if self.question is not None and self.question.answer is None else None

    @property
    def clock_waits(self) -> bool:
        """True while minutes stand still for an answer; a final authority's run, unless it is they who asked."""
        question = self.open_question
        return question is not None and (not self.asks_last_word or question.held_up == self.final_person)

    def is_signed_by(self, person: PersonId) -> bool:
        """True where this person's answer is a signature: of a document, of a change, of an override."""
        return self.kind in SIGNATURES or any(voter.in_person and voter.person == person for voter in self.voters)

    def concerns(self, person: PersonId) -> bool:
        """True for those asked, those who stand in, the last word once it is theirs, and who asks."""
        people = {voter.person for voter in self.voters} | {stand_in.person for stand_in in self.stand_ins}
        return person in people | {self.requester, self.final_person if self.climbed else None}

    @property
    def spoken(self) -> frozenset[PersonId]:
        """Whose word is on record: given by themselves, for another, or by another for them."""
        return frozenset(person for vote in self.votes for person in (vote.by, vote.voter))

    def spoke_for_another(self, person: PersonId) -> bool:
        """True for who gave a word here in another's place: they have none of their own."""
        return any(vote.by == person and vote.voter != person for vote in self.votes)

    def vote_of(self, voter: PersonId) -> Vote | None:
        """The vote that counts for a person asked: their last."""
        return next((vote for vote in reversed(self.votes) if vote.voter == voter), None)

    @property
    def asks_last_word(self) -> bool:
        """True once it has climbed to its final authority, and there is one."""
        return self.climbed is not None and self.final_person is not None

    @property
    def final_vote(self) -> Vote | None:
        """The final authority's word, once the ask has climbed to them."""
        if not self.asks_last_word:
            return None
        return next((vote for vote in self.votes if vote.is_final and vote.voter == self.final_person), None)

    @property
    def silent(self) -> tuple[Voter, ...]:
        """Who still owes an answer: voters who have not spoken or whose objection is being talked over.

        Once it is the final authority's alone, they.
        """
        last = self.final_person if self.asks_last_word and self.final_vote is None else None
        final = (Voter(person=last, roles=(self.final_role or "",)),) if last is not None else ()
        if self.asks_last_word and (self.method is not Method.EACH or not self.voters):
            return final
        return (*(voter for voter in self.voters if self._owes(voter.person)), *final)

    def _owes(self, voter: PersonId) -> bool:
        vote = self.vote_of(voter)
        if voter in self.gave_hours:
            return False
        return vote is None or (vote.answer.verdict is Verdict.OBJECT and not self.asks_last_word)

    def is_passed_on_by(self, person: PersonId) -> bool:
        """Whether somebody who owes an answer may let a colleague give it for them."""
        own = next((voter for voter in self.silent if voter.person == person), None)
        return own is not None and not own.in_person and not self.answered_only_in_person

    @property
    def asked(self) -> tuple[PersonId, ...]:
        """Everybody who may answer now, those first asked before those who stand in for them."""
        standing = (stand_in.person for stand_in in self.free_stand_ins)
        return tuple(dict.fromkeys([*(voter.person for voter in self.silent), *standing]))

    @property
    def free_stand_ins(self) -> tuple[StandIn, ...]:
        """Who may answer for another now: for one who has not spoken; an objection is lifted by nobody else."""
        owing = {voter.person for voter in self.silent if self.vote_of(voter.person) is None}
        return tuple(s for s in self.stand_ins if s.may_decide and s.instead_of in owing)


def listed(words: Sequence[str]) -> str:
    """Words as they stand in a sentence: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def given_and_owed(given: Sequence[str], owed: Sequence[str]) -> tuple[str, ...]:
    """Of which things asked for together hours are given now, and of which not; nothing where that is all."""
    return (f"Given: {', '.join(given)}. Still owed: {', '.join(owed)}.",) if owed else ()


class EndedAsk(Value):
    """What stays of an ask that is looked at no more by any rule; the rest is read where it is kept."""

    outcome: Outcome
    hash: Digest


KEPT_ENDED = 200
"""Of how many asks an aggregate still knows how they ended: the newest; of those before it knows that they did."""
KEPT_ALIKE = 2
"""How many asks of one kind and subject stay whole: the newest, and the one before, from which it differs."""
KEPT_OF_A_KIND = 4
"""How many stay of a kind of which each is about something else, so that no rule ever looks for its last."""
NEVER_ALIKE = frozenset(
    {AskKind.ANSWER_QUESTION, AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT, AskKind.POTENTIAL_CHANGE}
)
OF_THEMSELVES = frozenset({AskKind.PULSE, AskKind.EXPECTATION_TALK, AskKind.COACH_OR_REPLACE, AskKind.MEASURE_NEED})
"""Kinds that are asked of themselves, however often: what was answered stands elsewhere, and one of each kind stays."""
OF_EACH_MILESTONE = frozenset({AskKind.ACCEPT_MILESTONE, AskKind.BILL_MILESTONE})
"""Kinds of which there may be one a milestone: only the newest of each stays."""
TAKES_OVER = frozenset({AskKind.ACCEPT_HANDOFF, AskKind.ACCEPT_CARE})
"""Kinds that show all that is taken over: only the newest stays."""


class Asking(Value):
    """What every aggregate that asks things of people has: the playbook, the people, the asks.

    `asks` are those that are open and the last that ended of each kind and subject. Those before are in `ended`, so
    that an aggregate does not grow by what was asked in it; what a rule must still know is in `told` and `declined`.
    """

    id: str
    kind: Kind
    playbook: Pinned[Playbook]
    cast: Cast
    asks: dict[str, Ask] = {}
    asks_opened: int = 0
    """How many asks there ever were: the newest one's number."""
    ended: dict[str, EndedAsk] = {}
    told: tuple[PersonId, ...] = ()
    """Who was asked or told beside a voter, by an ask in `ended`."""
    declined: dict[str, tuple[PersonId, ...]] = {}
    """By subject, who was asked by an ask in `ended` that was declined: they are not asked again by themselves."""
    seq: int = 0

    @property
    def clocks_stand(self) -> bool:
        """True while nothing counts working minutes: the engagement is on hold."""
        return False

    @property
    def hold_stands(self) -> str | None:
        """Until when it is on hold, and once that day has come whose it is, without a full stop; None: not at all."""
        return None

    @property
    def hold_reason(self) -> str | None:
        """Why it is on hold."""
        return None

    @property
    def hold_has_come(self) -> str | None:
        """By name who is to resume, extend or end a hold whose day has come; None before it has."""
        return None

    @property
    def hold_shown(self) -> str | None:
        """Until when it is on hold and why, as a sentence; None while it is not."""
        if self.hold_stands is None or self.hold_reason is None:
            return None
        return f"{self.hold_stands}: {sentence(self.hold_reason)}"

    def hold_told(self, reader: PersonId | None) -> str | None:
        """The same for a reader: why, the firm's people read; what a client is told of that is the firm's to say."""
        if self.hold_stands is None or (reader is not None and not self.cast.is_client(reader)):
            return self.hold_shown
        return f"{self.hold_stands}."

    def with_ask(self, ask: Ask) -> Self:
        """The aggregate with this ask in place of the one with its id."""
        return self.having(asks={**self.asks, ask.id: ask})

    def with_new_ask(self, ask: Ask) -> Self:
        """The aggregate with one ask more; what ended before and is looked at no more leaves it.

        What ended in the turn in which this one is opened stays: whoever decides may be at it still.
        """
        more = self.having(asks={**self.asks, ask.id: ask}, asks_opened=self.asks_opened + 1)
        return more.without_what_ended_before(ask.opened_at)

    def without_what_ended_before(self, moment: datetime) -> Self:
        """The aggregate without asks that ended before a moment and are looked at no more."""
        gone = {name for name in _long_ended(self.asks.values()) if _is_before(self.asks[name].ended_at, moment)}
        return self.without_asks(gone)

    def without_asks(self, gone: Collection[str]) -> Self:
        """The aggregate without these asks, of which it knows how they ended."""
        if not gone:
            return self
        left = self._left_by([self.asks[name] for name in sorted(gone, key=ask_number)])
        return self.having(asks={name: one for name, one in self.asks.items() if name not in gone}, **left)

    def knows(self, ask: str) -> bool:
        """True for an ask that was put here, whatever became of it; not for one of facts that were voided."""
        return ask in self.asks or self.has_let_go_of(ask)

    def has_let_go_of(self, ask: str) -> bool:
        """True for an ask that ended so long ago that it left `asks`, and may have left `ended`."""
        return ask not in self.asks and was_given(ask, f"{self.id}.A", self.asks_opened)

    def _left_by(self, gone: Sequence[Ask]) -> dict[str, Any]:
        """What stays of asks."""
        told, declined, ended = dict.fromkeys(self.told), dict(self.declined), dict(self.ended)
        for ask in gone:
            ended[ask.id] = EndedAsk(outcome=ask.outcome, hash=ask.hash)
            told.update(dict.fromkeys((*ask.asked, *(stand_in.person for stand_in in ask.stand_ins))))
            if ask.outcome is Outcome.DECLINED and ask.kind not in NEVER_ALIKE | OF_THEMSELVES:
                people = (*declined.get(ask.subject, ()), *(voter.person for voter in ask.voters))
                declined[ask.subject] = tuple(dict.fromkeys(people))
        newest = dict(list(ended.items())[-KEPT_ENDED:])
        return {"ended": newest, "told": tuple(told), "declined": declined}

    def open_asks(self, *kinds: AskKind, subject: str | None = None) -> Iterator[Ask]:
        """Open asks in the order in which they were opened."""
        for ask in self.asks.values():
            if ask.is_open and (not kinds or ask.kind in kinds) and (subject is None or ask.subject == subject):
                yield ask

    def last_ask(self, kind: AskKind, subject: str) -> Ask | None:
        """The newest ask of this kind on this subject, ended or not."""
        return next((a for a in reversed(self.asks.values()) if a.kind is kind and a.subject == subject), None)

    @property
    def sellers(self) -> frozenset[PersonId]:
        """Who sells what this is about: they judge none of it, for themselves or for another."""
        seller = self.cast.holder("sales")
        return frozenset({seller} if seller else ())

    def value_of(self, ask: Ask) -> Decimal | None:  # noqa: ARG002 -- an aggregate may know better
        """How much money an ask is about, for delegations up to an amount; None where there is no figure."""
        return None

    def still_owed(self, ask: Ask) -> tuple[str, ...]:  # noqa: ARG002 -- an aggregate that is estimated knows
        """Of an ask for hours: for which of the things that it shows nobody has given any, in the order shown."""
        return ()

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:  # noqa: ARG002 -- the same
        """What each has given of what an ask for hours asks."""
        return {}

    def returnable(self, ask: Ask) -> tuple[str, ...]:  # noqa: ARG002 -- the same
        """Of what an ask about hours shows, each thing that can be returned by itself; nothing where it is one."""
        return ()

    def stands_unasked(self, kind: AskKind) -> Collection[str]:  # noqa: ARG002 -- the same
        """What is there whether or not an ask of this kind shows it: where one does not, it is not gone."""
        return ()

    def takes_hours_anew(self, ask: Ask) -> bool:  # noqa: ARG002 -- the same
        """True of an ask for hours whose hours may be corrected by whoever gave them: nothing rests on them yet."""
        return False

    def matter(self, ask: Ask, voter: Voter) -> Matter:
        """What a stand-in of this voter would answer."""
        return Matter(ask.kind.value, voter.roles, self.value_of(ask))

    @property
    def overseer(self) -> PersonId:
        """Who is accountable where nobody nearer is: the first of the highest positions held by a colleague who is
        here and does not manage this project.
        """
        held = [self.cast.positions[position] for position in LAST_POSITIONS if position in self.cast.positions]
        return next((person for person in held if self.may_be_above(person)), held[0])

    def may_be_above(self, person: PersonId | None) -> TypeGuard[PersonId]:
        """True for a colleague who is there and does not manage this project, whatever position they hold."""
        return self.cast.is_here(person) and person != self.cast.holder("project_manager")

    @property
    def also_concerned(self) -> frozenset[PersonId]:
        """Whose absence matters though they neither hold a role here nor owe an answer."""
        return frozenset()

    def head_role(self, role: str) -> str:
        """The position that heads a role's function; above a position stands the managing director."""
        defined = self.playbook.role(role)
        if defined is None:
            above_client = dict.fromkeys(CLIENT_ROLES, "head_of_engagement_management")
            return {MANAGING_DIRECTOR: CFO, **above_client}.get(role, MANAGING_DIRECTOR)
        if self.kind is Kind.IN_HOUSE and defined.head_in_house:
            return defined.head_in_house
        return defined.head

    def accountable_for(self, ask: Ask) -> PersonId:
        """The one person accountable for an open ask: the highest rung reached, else the first who owes an answer.

        Never a client or somebody who has left, and never the project manager for merely being asked: then it is the
        engagement manager, or whoever stands above where that role is vacant.
        """
        beside = [s.person for s in ask.stand_ins if s.rung in BESIDE]
        climbed = [s.person for s in ask.stand_ins if s.rung not in BESIDE]
        silent = (voter.person for voter in ask.silent)
        owing = [*climbed[::-1], *beside[::-1], *silent, self.cast.holder("engagement_manager")]
        pm = self.cast.holder("project_manager")
        return next((p for p in owing if p is not None and p != pm and self.cast.is_here(p)), self.overseer)


def ask_number(ask: str) -> int:
    """The place of an ask among those of its aggregate: 12 for `ENG-2026-0042.A12`."""
    return int(ask.rpartition(".A")[2])


def _kept(kind: AskKind) -> int:
    """How many ended asks of this kind stay beside newer ones."""
    if kind in OF_THEMSELVES | OF_EACH_MILESTONE | TAKES_OVER:
        return 1
    return KEPT_OF_A_KIND if kind in NEVER_ALIKE else KEPT_ALIKE


def _long_ended(asks: Iterable[Ask]) -> Iterator[str]:
    """Ended asks that have enough newer ones beside them, of the same kind and subject."""
    newer: Counter[tuple[AskKind, str]] = Counter()
    for ask in sorted(asks, key=lambda ask: ask_number(ask.id), reverse=True):
        alike = (ask.kind, "" if ask.kind in NEVER_ALIKE | OF_THEMSELVES else ask.subject)
        if not ask.is_open and newer[alike] >= _kept(ask.kind):
            yield ask.id
        newer[alike] += 1


def _is_before(ended_at: datetime | None, opened_at: datetime) -> bool:
    return ended_at is not None and ended_at < opened_at


def shown_figures(facts: dict[str, str | int | Decimal | datetime | None]) -> dict[str, str]:
    """Facts as they are shown: everything a string, nothing that is absent."""
    return {name: str(value) for name, value in facts.items() if value is not None}
