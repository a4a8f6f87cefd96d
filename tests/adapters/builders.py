"""Facts for the tests of the record: real ones, of the sample firm, made by the domain itself."""

from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.asks.model import Answer, AskKind, Verdict
from domain.change_order import decide as order
from domain.change_order.order import Brief, WithdrawOrder
from domain.change_order.permissions import ENGAGEMENT
from domain.directory.directory import Directory
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.changes.events import ChangeRouted, ChangeStatusChanged
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.changes.values import Change, ChangeStatus
from domain.engagement.command import CHANGES, DIRECTORY, Command
from domain.engagement.decide import decide
from domain.engagement.needs.commands import RecordNeeds, RecordPromises, RestateNeeds
from domain.engagement.needs.values import Need, Promise
from domain.engagement.roles.commands import ProposeHolder, TakeDirectory
from domain.engagement.start import StartDeal, start
from domain.playbook.model import Kind, Playbook
from domain.pricing.three_points import ThreePoints
from domain.record.facts import Batch, Recorded, recorded
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@cache
def firm() -> Directory:
    """The sample firm."""
    return sample_directory()


@cache
def playbook() -> Playbook:
    """The default playbook."""
    return sample_playbook()


class Deal:
    """An engagement that goes on by commands, and keeps what was recorded of it."""

    def __init__(self, number: int = 1, title: str = "Grid control", seller: str = "luca.ferri") -> None:
        self.id = EngagementId(f"ENG-2026-{number:04d}")
        self.stream = engagement_stream(self.id)
        self.facts: tuple[Recorded, ...] = ()
        self.now = MONDAY
        self.state: Engagement
        self._take(start(_start(self.id, title, seller), Actor(person_id=seller), self.now), seller)

    def do(self, person: str, command: Command) -> "Deal":
        """A command of a person, some minutes later."""
        self.now += timedelta(minutes=10)
        actor = Actor(person_id=person, command=f"u{len(self.facts)}")
        self._take(decide(self.state, command, actor, self.now), person)
        return self

    def left_by_its_client(self) -> "Deal":
        """It hears that nobody of its client is there any more."""
        cast = self.state.cast
        word = TakeDirectory(
            version=self.state.directory + 1,
            people=tuple(p.replace(active=False) for p in cast.people.values() if p.client is not None),
            positions=cast.positions,
            absences=cast.absences,
            delegations=cast.delegations,
            because="The directory was imported",
        )
        self._take(decide(self.state, word, Actor(person_id="ida.holm", channel=DIRECTORY), self.now), "ida.holm")
        return self

    def propose(self, role: str, person: PersonId, by: str) -> "Deal":
        """Proposes a holder, from the directory."""
        somebody = firm().person(person)
        assert somebody is not None
        calendars = (firm().calendars[somebody.calendar],) if somebody.calendar else ()
        return self.do(by, ProposeHolder(role=role, person=somebody, calendars=calendars))

    def accept(self, role: str, person: PersonId, by: str) -> "Deal":
        """Proposes a holder who accepts."""
        self.propose(role, person, by)
        return self.answer(AskKind.ACCEPT_ROLE, person)

    def answer(self, kind: AskKind, person: str, verdict: Verdict = Verdict.APPROVE, **more: Any) -> "Deal":
        """A person's answer to the open ask of this kind."""
        ask = next(ask for ask in self.state.open_asks(kind) if person in ask.asked)
        answer = Answer(verdict=verdict, **more)
        return self.do(person, AnswerAsk(ask_id=ask.id, answer=answer, subject_hash=ask.subject_hash))

    @property
    def batch(self) -> Batch:
        """All facts so far, as one batch."""
        return Batch(stream=self.stream, facts=self.facts)

    def batches(self, size: int = 3) -> list[Batch]:
        """All facts so far, some at a time."""
        places = [*range(0, len(self.facts), size), len(self.facts)]
        return [Batch(stream=self.stream, facts=self.facts[a:b]) for a, b in pairwise(places)]

    def _take(self, decision: Any, person: str) -> None:
        actor = Actor(person_id=person, channel="rest", command=f"u{len(self.facts)}")
        self.facts += recorded(self.stream, len(self.facts) + 1, decision.events, actor, self.now)
        self.state = decision.state


def lively_deal(number: int = 1) -> Deal:
    """A deal with needs, a promise, holders, a vacancy left, and asks both open and ended."""
    return copy(_lively_deal(number))


@cache
def _lively_deal(number: int) -> Deal:
    deal = Deal(number)
    deal.do("luca.ferri", RecordNeeds(needs=(Need(id="N1", text="Fewer outages", why="Fines of last winter"),)))
    promise = Promise(id="P1", by="luca.ferri", to="kari.moe", text="A person on call at night", on=date(2026, 3, 2))
    deal.do("luca.ferri", RecordPromises(promises=(promise,)))
    deal.accept("engagement_manager", PersonId("marta.silva"), by="tomasz.nowak")
    deal.do("luca.ferri", RestateNeeds())
    deal.answer(AskKind.CONFIRM_NEEDS, "kari.moe")
    return deal.propose("delivery_lead", PersonId("anil.mehta"), by="priya.raman")


def change_batch(deal: Deal, n: int = 1) -> Batch:
    """The facts of a change order of a deal that was submitted and withdrawn."""
    work = ChangeLine(
        discipline="development",
        grade="senior",
        hours=ThreePoints(optimistic=Decimal(8), likely=Decimal("12.5"), pessimistic=Decimal(20)),
    )
    facts = ChangeFacts.in_one(
        title="One more report", reason="Asked by the board", work=(work,), price=Decimal(4000), days=2
    )
    brief = Brief(
        engagement_id=deal.id,
        n=n,
        revision=1,
        title=deal.state.title,
        client=deal.state.client,
        currency=deal.state.currency,
        kind=deal.state.kind,
        facts=facts,
        by="peter.olsen",
        route=("delivery_lead", "engagement_manager"),
        together={"together.value": "4000", "together.days": "2"},
        playbook=deal.state.playbook,
        cast=deal.state.cast,
    )
    opened = order.start(brief, deal.now)
    withdrawal = WithdrawOrder(reason="The board thought again")
    withdrawn = order.decide(opened.state, withdrawal, Actor(person_id="peter.olsen"), deal.now)
    events = (*opened.events, *withdrawn.events)
    stream = change_stream(deal.id, n)
    actor = Actor(person_id="peter.olsen", channel=ENGAGEMENT)
    return Batch(stream=stream, facts=recorded(stream, 1, events, actor, deal.now))


def _start(engagement: EngagementId, title: str, seller: str) -> StartDeal:
    directory = firm()
    return StartDeal(
        id=engagement,
        form=Kind.CONTRACTED,
        title=title,
        client="Halden Energi AS",
        vertical="energy",
        currency=directory.currency,
        salesperson=seller,
        provider_sponsor="ingrid.solberg",
        client_sponsor="kari.moe",
        client_signatory="kari.moe",
        wished_start=date(2026, 5, 4),
        wished_end=date(2026, 12, 18),
        playbook=playbook(),
        rate_card=directory.rate_card,
        capacity=directory.capacity,
        people=tuple(directory.everyone()),
        calendars=tuple(directory.calendars.values()),
        positions=directory.positions,
        absences=directory.absences,
    )


def reported(deal: Deal, change: Batch, chain: tuple[str, str]) -> Batch:
    """What an engagement records of a change order: its line in the register, then its end."""
    brief = change.facts[0].event.order.brief  # type: ignore[union-attr]
    line = Change(n=brief.n, by=brief.by, facts=brief.facts, route=brief.route, submitted_at=deal.now)
    moved = ChangeStatusChanged(n=brief.n, status=ChangeStatus.WITHDRAWN, report=1, chain=chain)
    actor = Actor(person_id="peter.olsen", channel=CHANGES)
    events = (ChangeRouted(change=line), moved)
    return Batch(stream=deal.stream, facts=recorded(deal.stream, len(deal.facts) + 1, events, actor, deal.now))
