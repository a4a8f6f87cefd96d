"""What holds asks, an engagement or a change order, and which ended asks it keeps."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Self, TypeGuard

from domain.asks.model import BESIDE, CLIENT_ROLES, LAST_POSITIONS, Ask, AskKind, Outcome, Voter
from domain.directory.people import CFO, MANAGING_DIRECTOR, Matter, Participants
from domain.playbook.model import Kind, Playbook
from domain.pricing.three_points import ThreePoints
from domain.shared.text import Pinned, sentence
from domain.shared.values import AskId, Digest, PersonId, Value, was_given


class EndedAsk(Value):
    """What is kept of an ended ask that no rule reads any more; the ledger has the rest."""

    outcome: Outcome
    subject_hash: Digest


# For how many ended asks, the newest, the outcome is kept; of older ones only that they ended.
KEPT_ENDED = 200
# How many ended asks of one kind and subject stay whole: the newest, and the one it is compared with.
KEPT_ALIKE = 2
# How many stay of kinds where each ask has a subject of its own, so that no rule looks for the previous one.
KEPT_OF_A_KIND = 4
NEVER_ALIKE = frozenset(
    {AskKind.ANSWER_QUESTION, AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT, AskKind.POTENTIAL_CHANGE}
)
# Kinds that are asked repeatedly without anybody requesting them. The answers are stored elsewhere; one of each stays.
OF_THEMSELVES = frozenset({AskKind.PULSE, AskKind.EXPECTATION_TALK, AskKind.COACH_OR_REPLACE, AskKind.MEASURE_NEED})
# Kinds with one ask per milestone: only the newest for each stays.
OF_EACH_MILESTONE = frozenset({AskKind.ACCEPT_MILESTONE, AskKind.BILL_MILESTONE})
# Kinds that show everything that is taken over: only the newest stays.
TAKES_OVER = frozenset({AskKind.ACCEPT_HANDOFF, AskKind.ACCEPT_CARE})


class AskHolder(Value):
    """What every aggregate with asks has: the playbook, the people, the asks.

    `asks` holds the open ones and the last ended ones of each kind and subject. Earlier ones move to `ended`, so that
    an aggregate does not grow with every ask; what rules still need of them is in `told` and `declined`.
    """

    id: str
    kind: Kind
    playbook: Pinned[Playbook]
    cast: Participants
    asks: dict[AskId, Ask] = {}
    asks_opened: int = 0
    """How many asks were ever opened, which is the number of the newest."""
    ended: dict[AskId, EndedAsk] = {}
    told: tuple[PersonId, ...] = ()
    """People who were asked or notified by an ask that is now in `ended`."""
    declined: dict[str, tuple[PersonId, ...]] = {}
    """By subject, people asked by a declined ask that is now in `ended`: they are not asked again automatically."""
    seq: int = 0

    @property
    def clocks_stand(self) -> bool:
        """True while no working minutes count: the engagement is on hold."""
        return False

    @property
    def hold_stands(self) -> str | None:
        """Until when it is on hold and, from that day on, who must act; without a full stop. None: not on hold."""
        return None

    @property
    def hold_reason(self) -> str | None:
        return None

    @property
    def hold_has_come(self) -> str | None:
        """The name of the person who must resume, extend or end a hold that has reached its day; None before that."""
        return None

    @property
    def hold_shown(self) -> str | None:
        """Until when it is on hold and why, as a sentence; None if it is not on hold."""
        if self.hold_stands is None or self.hold_reason is None:
            return None
        return f"{self.hold_stands}: {sentence(self.hold_reason)}"

    def hold_told(self, reader: PersonId | None) -> str | None:
        """The same for one reader: the reason is for colleagues only; what a client is told of it is up to the firm."""
        if self.hold_stands is None or (reader is not None and not self.cast.is_client(reader)):
            return self.hold_shown
        return f"{self.hold_stands}."

    def with_ask(self, ask: Ask) -> Self:
        """The aggregate with this ask replacing the one with its id."""
        return self.replace(asks={**self.asks, ask.id: ask})

    def with_new_ask(self, ask: Ask) -> Self:
        """The aggregate with one more ask, without earlier ended ones that it no longer needs.

        Asks that ended in the same transaction stay: the code that runs may still use them.
        """
        more = self.replace(asks={**self.asks, ask.id: ask}, asks_opened=self.asks_opened + 1)
        return more.without_what_ended_before(ask.opened_at)

    def without_what_ended_before(self, moment: datetime) -> Self:
        """The aggregate without asks that ended before a moment and are no longer needed."""
        gone = {name for name in _long_ended(self.asks.values()) if _is_before(self.asks[name].ended_at, moment)}
        return self.without_asks(gone)

    def without_asks(self, gone: Collection[AskId]) -> Self:
        """The aggregate without these asks, keeping how they ended."""
        if not gone:
            return self
        left = self._left_by([self.asks[name] for name in sorted(gone, key=ask_number)])
        return self.replace(asks={name: one for name, one in self.asks.items() if name not in gone}, **left)

    def knows(self, ask_id: AskId) -> bool:
        """True for an ask that was ever opened here; False for one whose facts were voided."""
        return ask_id in self.asks or self.has_let_go_of(ask_id)

    def has_let_go_of(self, ask_id: AskId) -> bool:
        """True for an ask that ended long enough ago to have left `asks`, and possibly `ended` too."""
        return ask_id not in self.asks and was_given(ask_id, f"{self.id}.A", self.asks_opened)

    def _left_by(self, gone: Sequence[Ask]) -> dict[str, Any]:
        """The fields that keep what is still needed of removed asks."""
        told, declined, ended = dict.fromkeys(self.told), dict(self.declined), dict(self.ended)
        for ask in gone:
            ended[ask.id] = EndedAsk(outcome=ask.outcome, subject_hash=ask.subject_hash)
            told.update(dict.fromkeys((*ask.asked, *(stand_in.person_id for stand_in in ask.stand_ins))))
            if ask.outcome is Outcome.DECLINED and ask.kind not in NEVER_ALIKE | OF_THEMSELVES:
                people = (*declined.get(ask.subject, ()), *(voter.person_id for voter in ask.voters))
                declined[ask.subject] = tuple(dict.fromkeys(people))
        newest = dict(list(ended.items())[-KEPT_ENDED:])
        return {"ended": newest, "told": tuple(told), "declined": declined}

    def open_asks(self, *kinds: AskKind, subject: str | None = None) -> Iterator[Ask]:
        """Open asks in the order in which they were opened."""
        for ask in self.asks.values():
            if ask.is_open and (not kinds or ask.kind in kinds) and (subject is None or ask.subject == subject):
                yield ask

    def last_ask(self, kind: AskKind, subject: str) -> Ask | None:
        """The newest ask of this kind on this subject, open or ended."""
        return next((a for a in reversed(self.asks.values()) if a.kind is kind and a.subject == subject), None)

    @property
    def sellers(self) -> frozenset[PersonId]:
        """Who sells what this is about: they may not judge any of it, for themselves or for another."""
        seller = self.cast.holder("sales")
        return frozenset({seller} if seller else ())

    def value_of(self, ask: Ask) -> Decimal | None:  # noqa: ARG002 -- an aggregate may know better
        """How much money an ask is about, for delegations with a limit; None where there is no figure."""
        return None

    def still_owed(self, ask: Ask) -> tuple[str, ...]:  # noqa: ARG002 -- an aggregate that is estimated knows
        """What an ask for hours shows and nobody has given hours for yet, in the order shown."""
        return ()

    def hours_given(self, ask: Ask) -> dict[PersonId, dict[str, ThreePoints]]:  # noqa: ARG002 -- the same
        """The hours given so far for what an ask for hours asks, by person."""
        return {}

    def returnable(self, ask: Ask) -> tuple[str, ...]:  # noqa: ARG002 -- the same
        """What can be returned separately of an ask about hours; empty if it is a single thing."""
        return ()

    def stands_unasked(self, kind: AskKind) -> Collection[str]:  # noqa: ARG002 -- the same
        """What exists whether or not an ask of this kind shows it: leaving it out does not mean that it is gone."""
        return ()

    def takes_hours_anew(self, ask: Ask) -> bool:  # noqa: ARG002 -- the same
        """True if the hours given for this ask may still be corrected: nothing depends on them yet."""
        return False

    def matter(self, ask: Ask, voter: Voter) -> Matter:
        """What a stand-in for this voter would be answering."""
        return Matter(ask.kind.value, voter.roles, self.value_of(ask))

    @property
    def overseer(self) -> PersonId:
        """Who is accountable if nobody nearer is: the first active holder of `LAST_POSITIONS`, but never the PM."""
        held = [self.cast.positions[position] for position in LAST_POSITIONS if position in self.cast.positions]
        return next((person_id for person_id in held if self.may_be_above(person_id)), held[0])

    def may_be_above(self, person_id: PersonId | None) -> TypeGuard[PersonId]:
        """True for an active colleague who does not manage this project, whatever position they hold."""
        return self.cast.is_here(person_id) and person_id != self.cast.holder("project_manager")

    @property
    def also_concerned(self) -> frozenset[PersonId]:
        """People whose absence matters although they neither hold a role here nor owe an answer."""
        return frozenset()

    def head_role(self, role: str) -> str:
        """The position that heads a role's function.

        Above the managing director it is the CFO, above other positions the managing director, and for a client's role
        the head of engagement management.
        """
        defined = self.playbook.role(role)
        if defined is None:
            above_client = dict.fromkeys(CLIENT_ROLES, "head_of_engagement_management")
            return {MANAGING_DIRECTOR: CFO, **above_client}.get(role, MANAGING_DIRECTOR)
        if self.kind is Kind.IN_HOUSE and defined.head_in_house:
            return defined.head_in_house
        return defined.head

    def accountable_for(self, ask: Ask) -> PersonId:
        """The one person accountable for an open ask: on the highest rung reached, else the first who owes an answer.

        Never a client, somebody who has left, or the project manager for merely being asked: then it is the engagement
        manager, or the `overseer` while that role is vacant.
        """
        beside = [s.person_id for s in ask.stand_ins if s.rung in BESIDE]
        climbed = [s.person_id for s in ask.stand_ins if s.rung not in BESIDE]
        silent = (voter.person_id for voter in ask.silent)
        owing = [*climbed[::-1], *beside[::-1], *silent, self.cast.holder("engagement_manager")]
        pm = self.cast.holder("project_manager")
        return next((p for p in owing if p is not None and p != pm and self.cast.is_here(p)), self.overseer)


def ask_number(ask_id: AskId) -> int:
    """The number of an ask within its aggregate: 12 for `ENG-2026-0042.A12`."""
    return int(ask_id.rpartition(".A")[2])


def _kept(kind: AskKind) -> int:
    """How many ended asks of this kind are kept."""
    if kind in OF_THEMSELVES | OF_EACH_MILESTONE | TAKES_OVER:
        return 1
    return KEPT_OF_A_KIND if kind in NEVER_ALIKE else KEPT_ALIKE


def _long_ended(asks: Iterable[Ask]) -> Iterator[AskId]:
    """Ids of ended asks with enough newer ones of the same kind and subject."""
    newer: Counter[tuple[AskKind, str]] = Counter()
    for ask in sorted(asks, key=lambda ask: ask_number(ask.id), reverse=True):
        alike = (ask.kind, "" if ask.kind in NEVER_ALIKE | OF_THEMSELVES else ask.subject)
        if not ask.is_open and newer[alike] >= _kept(ask.kind):
            yield ask.id
        newer[alike] += 1


def _is_before(ended_at: datetime | None, opened_at: datetime) -> bool:
    return ended_at is not None and ended_at < opened_at
