"""Whatever holds asks: an engagement or a change order, and which ended asks it still remembers."""

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
from domain.shared.values import (
    Digest,
    PersonId,
    Value,
    was_given,
)


class EndedAsk(Value):
    """What stays of an ask that is looked at no more by any rule; the rest is read where it is kept."""

    outcome: Outcome
    subject_hash: Digest


# Of how many asks an aggregate still knows how they ended: the newest; of those before it knows that they did.
KEPT_ENDED = 200
# How many asks of one kind and subject stay whole: the newest, and the one before, from which it differs.
KEPT_ALIKE = 2
# How many stay of a kind of which each is about something else, so that no rule ever looks for its last.
KEPT_OF_A_KIND = 4
NEVER_ALIKE = frozenset(
    {AskKind.ANSWER_QUESTION, AskKind.ACKNOWLEDGE_COMPLAINT, AskKind.PLAN_COMPLAINT, AskKind.POTENTIAL_CHANGE}
)
# Kinds that are asked of themselves, however often: what was answered stands elsewhere, and one of each kind stays.
OF_THEMSELVES = frozenset({AskKind.PULSE, AskKind.EXPECTATION_TALK, AskKind.COACH_OR_REPLACE, AskKind.MEASURE_NEED})
# Kinds of which there may be one a milestone: only the newest of each stays.
OF_EACH_MILESTONE = frozenset({AskKind.ACCEPT_MILESTONE, AskKind.BILL_MILESTONE})
# Kinds that show all that is taken over: only the newest stays.
TAKES_OVER = frozenset({AskKind.ACCEPT_HANDOFF, AskKind.ACCEPT_CARE})


class AskHolder(Value):
    """What every aggregate that asks things of people has: the playbook, the people, the asks.

    `asks` are those that are open and the last that ended of each kind and subject. Those before are in `ended`, so
    that an aggregate does not grow by what was asked in it; what a rule must still know is in `told` and `declined`.
    """

    id: str
    kind: Kind
    playbook: Pinned[Playbook]
    cast: Participants
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
        return self.replace(asks={**self.asks, ask.id: ask})

    def with_new_ask(self, ask: Ask) -> Self:
        """The aggregate with one ask more; what ended before and is looked at no more leaves it.

        What ended in the turn in which this one is opened stays: whoever decides may be at it still.
        """
        more = self.replace(asks={**self.asks, ask.id: ask}, asks_opened=self.asks_opened + 1)
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
        return self.replace(asks={name: one for name, one in self.asks.items() if name not in gone}, **left)

    def knows(self, ask_id: str) -> bool:
        """True for an ask that was put here, whatever became of it; not for one of facts that were voided."""
        return ask_id in self.asks or self.has_let_go_of(ask_id)

    def has_let_go_of(self, ask_id: str) -> bool:
        """True for an ask that ended so long ago that it left `asks`, and may have left `ended`."""
        return ask_id not in self.asks and was_given(ask_id, f"{self.id}.A", self.asks_opened)

    def _left_by(self, gone: Sequence[Ask]) -> dict[str, Any]:
        """What stays of asks."""
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
        return next((person_id for person_id in held if self.may_be_above(person_id)), held[0])

    def may_be_above(self, person_id: PersonId | None) -> TypeGuard[PersonId]:
        """True for a colleague who is there and does not manage this project, whatever position they hold."""
        return self.cast.is_here(person_id) and person_id != self.cast.holder("project_manager")

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
        beside = [s.person_id for s in ask.stand_ins if s.rung in BESIDE]
        climbed = [s.person_id for s in ask.stand_ins if s.rung not in BESIDE]
        silent = (voter.person_id for voter in ask.silent)
        owing = [*climbed[::-1], *beside[::-1], *silent, self.cast.holder("engagement_manager")]
        pm = self.cast.holder("project_manager")
        return next((p for p in owing if p is not None and p != pm and self.cast.is_here(p)), self.overseer)


def ask_number(ask_id: str) -> int:
    """The place of an ask among those of its aggregate: 12 for `ENG-2026-0042.A12`."""
    return int(ask_id.rpartition(".A")[2])


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
