"""Plays a deal file through the domain alone: every command by the right person, every open ask answered.

    story = Story("halden")                 # or any DealFile
    story.to(Stage.PRICE)                   # plays on until the engagement is there
    story.until(lambda s: s.state.price)    # … or until something is so
    story.play()                            # … to the close
    story.do(c.ReportHours(...), by="peter.olsen")
    story.answer(story.ask(AskKind.DECIDE_DEAL), Verdict.RETURN, reason="Too dear")

Each command takes a minute. Every fact is kept in `facts`, as it goes into the record. Hundreds of stories begin alike;
what the domain, which is pure, made of the same command to the same state is not reckoned again.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cachetools import LRUCache

from adapters.files.deal_file import read_deal
from domain.asks.choices import Wanted, wanted
from domain.asks.facts_shown import facts_shown
from domain.asks.model import Answer, Ask, AskKind, Condition, Verdict
from domain.change_order import decide as order_door
from domain.change_order.order import Brief, ChangeOrder, EstimateLines, TakeBrief
from domain.change_order.permissions import ENGAGEMENT
from domain.deal_file.model import DealFile
from domain.directory.directory import Directory
from domain.directory.people import Person
from domain.engagement import decide as door
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.ask_subjects import basis
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.commands import ReportChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.changes.values import ChangeStatus
from domain.engagement.closing.commands import CloseEngagement
from domain.engagement.command import CHANGES, DIRECTORY, Command
from domain.engagement.delivery.commands import DeliverMilestone, HoursWorked, OfferHandoff, ReportHours
from domain.engagement.documents.commands import DraftDocument, SendDocument, SetRequirements
from domain.engagement.documents.values import DocumentKind, Requirement
from domain.engagement.needs.commands import CoverPromise, RecordNeeds, RecordPromises, RestateNeeds
from domain.engagement.needs.values import Need, Promise
from domain.engagement.pricing.commands import ProposePrice
from domain.engagement.roles.commands import ProposeHolder, ReplaceHolder, RequestRole, TakeDirectory
from domain.engagement.roles.coverage import required_roles
from domain.engagement.roles.values import Waiver
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetMilestones, SetPurchases, SetWorkPackages
from domain.engagement.scope.values import Milestone, Purchase, WorkPackage
from domain.engagement.start import StartDeal, start
from domain.engagement.timers import apply_due_timers, next_moment
from domain.notifications.notices import messages
from domain.playbook.model import Playbook, Stage
from domain.pricing.three_points import ThreePoints
from domain.record.facts import Message, Recorded, evolve, recorded
from domain.shared.transaction import CLOCK, Actor
from domain.shared.values import EngagementId, PersonId, Value, digest
from tests.samples import sample_directory, sample_playbook

ROOT = Path(__file__).parents[2]
FIRM = sample_directory()
PLAYBOOK = sample_playbook()
FILES = {
    "halden": "deal-halden",
    "lindqvist": "deal-lindqvist-small",
    "casework": "deal-casework-inhouse",
}
# Ten in the morning in Oslo.
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

ALL_ASKS = frozenset(AskKind)


T = TypeVar("T")
# What was decided, with what it was decided of: so the id of a state that is kept here is no other state's.
REMEMBERED: LRUCache[Any, tuple[Any, Any]] = LRUCache(4096)


def _mark(said: Any) -> Any:
    """By what something said to the domain is known again: what is large by being the same object."""
    if isinstance(said, Engagement | ChangeOrder | Brief):
        return id(said)
    return type(said), said.model_dump_json() if isinstance(said, Value) else str(said)


@cache
def sample(name: str) -> DealFile:
    """One of the sample deals: halden, lindqvist, casework."""
    return read_deal(ROOT / f"examples/{FILES[name]}.yaml", FIRM, PLAYBOOK)[0]


class StuckError(Exception):
    """The story cannot go on as it would by itself: somebody has done something else before."""


class Story:
    """A deal on its way: its state, its change orders, the time, and every fact so far."""

    number = EngagementId("ENG-2026-0001")
    remembers = True

    def __init__(
        self,
        deal: DealFile | str = "halden",
        *,
        firm: Directory = FIRM,
        playbook: Playbook = PLAYBOOK,
        starts: datetime = MONDAY,
    ) -> None:
        self.deal = sample(deal) if isinstance(deal, str) else deal
        self.firm, self.playbook, self.now = firm, playbook, starts
        self.facts: list[Recorded] = []
        self.orders: dict[int, ChangeOrder] = {}
        self.reported: dict[int, int] = {}
        self.state: Engagement = self._start()
        self.rest = self._steps()

    # -- acting

    def _once(self, decide: Callable[..., T], *said: Any) -> T:
        """What the domain makes of this, reckoned once for all stories that begin alike. Raises its refusal."""
        if not self.remembers:
            return decide(*said)
        key = (decide, *map(_mark, said))
        if key not in REMEMBERED:
            REMEMBERED[key] = said, decide(*said)
        return REMEMBERED[key][1]  # type: ignore[no-any-return]

    def do(self, command: Command, by: str, *, channel: str = "api", house: tuple[str, ...] = ()) -> door.Decision:
        """One command by one person, a minute later; then the change orders hear of it. Raises its refusal."""
        self.now += timedelta(minutes=1)
        actor = Actor(person_id=by, channel=channel, house_roles=house)
        decision = self._once(door.decide, self.state, command, actor, self.now)
        self._keep(decision.state, decision.events, actor)
        self._tell_orders()
        return decision

    def wait(self, **duration: float) -> None:
        """Lets time pass, with everything that falls due on the way, in order."""
        end = self.now + timedelta(**duration)
        while True:
            moments = [moment for moment in (self._once(next_moment, self.state), *self._order_moments()) if moment]
            self.now = max(self.now, min([*moments, end]))
            before = len(self.facts), self.state
            self._time_comes()
            if self.now >= end and (len(self.facts), self.state) == before:
                return

    def answer(
        self,
        ask: Ask,
        verdict: Verdict = Verdict.APPROVE,
        *,
        by: str | None = None,
        reason: str | None = None,
        conditions: tuple[Condition, ...] = (),
        score: int | None = None,
        shown: str | None = None,
        **figures: Any,
    ) -> None:
        """Answers an ask of the engagement or of a change order, as the first who owes an answer unless told."""
        wants_words = Wanted.REASON in wanted(ask.kind, verdict) and ask.kind is not AskKind.ANSWER_QUESTION
        reason = reason or ("Because." if wants_words else None)
        given = Answer(verdict=verdict, reason=reason, conditions=conditions, score=score, **figures)
        command = AnswerAsk(ask_id=ask.id, answer=given, subject_hash=shown or ask.subject_hash)
        person = by or ask.silent[0].person_id
        n = self._order_of(ask)
        if n is None:
            self.do(command, person)
        else:
            self.do_in_order(n, command, person)

    def do_in_order(self, n: int, command: Command, by: str, channel: str = "api") -> None:
        """One command to a change order; its engagement hears what it reports."""
        self.now += timedelta(minutes=1)
        self.orders[n] = self._once(
            order_door.decide, self.orders[n], command, Actor(person_id=by, channel=channel), self.now
        ).state
        self._hear_orders()

    # -- seeing

    def holder(self, role: str) -> PersonId:
        """Who holds a role, which must be held."""
        person = self.state.cast.holder(role)
        if person is None:
            raise StuckError(f"nobody is {role}")
        return person

    def shown(self, ask: Ask) -> dict[str, str]:
        """What an ask tells, as people read it: each label with its text."""
        return facts_shown(self.state.cast, ask.kind, ask.facts)

    def ask(self, kind: AskKind, subject: str | None = None) -> Ask:
        """The one open ask of this kind, in the engagement or in a change order."""
        found = [ask for ask in self.open_asks() if ask.kind is kind and (subject is None or ask.subject == subject)]
        if len(found) != 1:
            raise StuckError(f"{len(found)} asks are {kind.value}: {[ask.subject for ask in found]}")
        return found[0]

    def now_of(self, ask: Ask) -> Ask:
        """The ask as it stands now."""
        n = self._order_of(ask)
        return self.state.asks[ask.id] if n is None else self.orders[n].asks[ask.id]

    def open_asks(self) -> list[Ask]:
        """What is open, in the engagement and in its change orders."""
        return [*self.state.open_asks(), *(ask for order in self.orders.values() for ask in order.open_asks())]

    def events(self, kind: type) -> list[Any]:
        """The facts of one kind so far."""
        return [fact.event for fact in self.facts if isinstance(fact.event, kind)]

    def messages_told(self, since: int = 0) -> list[Message]:
        """What people were told of the facts after so many, each as things stood with it."""
        state: Any = None
        found: list[Message] = []
        for fact in self.facts:
            state = evolve(state, fact)
            if fact.seq > since:
                found += messages(state, fact, self.state)
        return found

    # -- playing

    def to(self, stage: Stage) -> "Story":
        """Plays on until the engagement is at this stage."""
        return self.until(lambda story: story.state.stage is stage)

    def until(self, so: Callable[["Story"], Any]) -> "Story":
        """Plays on until something is so; fails where it never is."""
        while not so(self):
            if next(self.rest, None) is None:
                raise StuckError(f"the story ended at {self.state.stage.value}")
        return self

    def copy(self) -> "Story":
        """The same story from here, which goes its own way; it plays on by `chapter`, not by `to`."""
        other = copy(self)
        other.remembers = False  # nobody else goes that way
        other.facts, other.orders, other.reported = list(self.facts), dict(self.orders), dict(self.reported)
        other.rest = iter(())
        return other

    def chapter(self) -> Iterator[str]:
        """What the right people would do at the stage that it is at, whatever was done before."""
        chapters = {
            Stage.QUALIFY: self._qualify,
            Stage.ESTIMATE: self._estimate,
            Stage.PRICE: self._price_and_decide,
            Stage.DECIDE: self._price_and_decide,
            Stage.SOW: self._sow,
            Stage.BRD: self._brd,
            Stage.HANDOFF: self._handoff,
            Stage.DELIVER: self._deliver,
            Stage.SUPPORT: self._close,
        }
        return chapters[self.state.stage]() if self.state.stage in chapters else iter(())

    def play(self) -> "Story":
        """Plays to the close."""
        return self.to(Stage.CLOSED)

    def _steps(self) -> Iterator[str]:
        """The life of an engagement. Each yield is a place to stop."""
        yield from self._qualify()
        yield from self._estimate()
        yield from self._price_and_decide()
        yield from self._sow()
        yield from self._brd()
        yield from self._handoff()
        yield from self._deliver()
        yield from self._close()

    def _qualify(self) -> Iterator[str]:
        deal, seller = self.deal, self.deal.salesperson
        self.do(RecordNeeds(needs=_as(Need, deal.needs)), seller)
        yield "needs recorded"
        if deal.promises:
            self.do(RecordPromises(promises=_as(Promise, deal.promises)), seller)
        yield "promises recorded"
        yield from self.cover(Stage.QUALIFY)
        self.do(RestateNeeds(), seller)
        yield "needs restated"
        yield from self.answer_all(AskKind.CONFIRM_NEEDS)

    def cover(self, by: Stage) -> Iterator[str]:
        """Has every role that is needed by a stage proposed by its head, and accepted."""
        roles = [role for role, stage in required_roles(self.state).items() if stage.order <= by.order]
        for role in roles:
            if self.state.cast.holder(role) is None:
                self.propose(role)
                yield f"{role} proposed"
                self.answer(self.ask(AskKind.ACCEPT_ROLE, f"role:{role}"))
                yield f"{role} accepted"

    def propose(self, role: str, person: PersonId | None = None, *, waiver: str | None = None, **more: Any) -> None:
        """Has somebody asked to hold a role, by the head of its function; by default the first who is competent.

        Whoever holds it already is replaced, unless the role is held by another beside them, or ends.
        """
        if waiver is not None:
            more["waiver"] = self.waiver(waiver)
        head = self.holder(self.state.head_role(role))
        candidate = self._candidate(role, person)
        away = tuple(absence for absence in self.state.cast.absences if absence.person == candidate.id)
        vacancy, asked = self.state.vacancies.get(role), {"role": role, "person": candidate, "absences": away, **more}
        if role in self.state.cast.holders and vacancy is None and not more.get("further"):
            self.do(ReplaceHolder(reason="Another takes over.", **asked), head)
        else:
            self.do(ProposeHolder(**asked), head)

    def waiver(self, reason: str, days: int = 90) -> Waiver:
        """A waiver that ends some days from now."""
        return Waiver(reason=reason, until=self.day(days))

    def day(self, ahead: int = 0) -> date:
        """The date so many days from now."""
        return (self.now + timedelta(days=ahead)).date()

    def person(self, person: PersonId) -> Person:
        """Somebody of the directory."""
        known = self.firm.person(person)
        if known is None:
            raise StuckError(f"nobody is called {person}")
        return known

    def request_role(
        self, role: str, person: PersonId, words: str = "I have done it before", days: int | None = 20
    ) -> None:
        """A colleague's own wish to hold a role, until so many days from now."""
        until = self.day(days) if days is not None else None
        self.do(RequestRole(role=role, person=self.person(person), words=words, until=until), person)

    def directory_says(self, *people: Person, because: str = "The directory was imported", **more: Any) -> None:
        """The directory's word with these people changed; positions, absences and delegations as known unless given."""
        cast = self.state.cast
        known = {"positions": cast.positions, "absences": cast.absences, "delegations": cast.delegations}
        word = TakeDirectory(version=self.state.directory + 1, people=people, because=because, **{**known, **more})
        self.do(word, "ida.holm", channel=DIRECTORY)

    def leaves(self, person: PersonId, **more: Any) -> None:
        """Somebody leaves the firm, or their client."""
        self.directory_says(self.state.cast.people[person].replace(active=False), because="Left the firm", **more)

    def _candidate(self, role: str, person: PersonId | None) -> Person:
        if person is None and role == "agreement_custodian":
            person = self.deal.agreement_custodian
        if person is None:
            seller = (self.deal.salesperson,)
            found = self.firm.first_competent(role, self.playbook, self.state.vertical, excluding=seller)
        else:
            found = self.firm.person(person)
        if found is None:
            raise StuckError(f"nobody can be {role}")
        return found

    def _estimate(self) -> Iterator[str]:
        packages = _as(WorkPackage, self.deal.work_packages, without=("hours",))
        self.do(SetWorkPackages(packages=packages), self.deal.salesperson)
        yield "scope set"
        yield from self.cover(Stage.ESTIMATE)
        yield from self.estimate_all()
        yield from self.answer_all(AskKind.CONFIRM_STAFFING, AskKind.ATTEST_ESTIMATE)

    def estimate_all(self) -> Iterator[str]:
        """Each expert gives the file's hours for the packages of theirs that have none."""
        for row in self.deal.work_packages:
            if not any(estimate.package == row.id for estimate in self.state.estimates):
                given = PackageHours(package=row.id, hours=ThreePoints.model_validate(row.hours))
                self.do(GiveEstimate(estimates=(given,)), self.holder(f"expert:{row.discipline}"))
                yield f"{row.id} estimated"

    def _price_and_decide(self) -> Iterator[str]:
        yield from self.cover(Stage.PRICE)
        self.propose_price()
        yield "price proposed"
        yield from self.answer_all(AskKind.APPROVE_PRICE)
        yield from self.cover(Stage.DECIDE)
        yield from self.answer_all(AskKind.DECIDE_DEAL)

    def propose_price(self, **changed: Any) -> None:
        """The file's price, with these terms changed."""
        terms = self.deal.wished_price.model_dump(exclude_none=True) | changed
        self.do(ProposePrice(**terms), self.deal.salesperson)

    def _sow(self) -> Iterator[str]:
        seller = self.deal.salesperson
        if self.deal.purchases:
            purchases = tuple(
                Purchase(id=row.id or f"B{n}", title=row.title, amount=row.amount or 0)
                for n, row in enumerate(self.deal.purchases, 1)
            )
            self.do(SetPurchases(purchases=purchases), seller)
            yield "purchases set"
        self.set_milestones(_as(Milestone, self.deal.milestones))
        yield "milestones set"
        for promise in self.state.promises:
            self.cover_promise(promise)
            yield f"{promise} covered"
        yield from self.cover(Stage.SOW)
        yield from self._document("sow", seller)

    def set_milestones(self, rows: tuple[Milestone, ...]) -> None:
        """Sets those of the file."""
        self.do(SetMilestones(milestones=rows), self.deal.salesperson)

    def cover_promise(self, promise: str) -> None:
        """Gives a promise the home that the file gives it: the packages and milestones that name it."""
        homes = tuple(row.id for row in self.deal.work_packages if promise in row.promises)
        homes += tuple(row.id for row in self.deal.milestones if promise in row.promises)
        if not homes:
            raise StuckError(f"the file gives {promise} no home")
        self.do(CoverPromise(promise=promise, by=homes), self.deal.salesperson)

    def _document(self, kind: DocumentKind, author: str) -> Iterator[str]:
        self.draft(kind, author)
        yield f"{kind} drafted"
        yield from self.answer_all(AskKind.REVIEW_SOW if kind == "sow" else AskKind.REVIEW_BRD)
        self.do(SendDocument(document=kind), author)
        yield f"{kind} sent"
        yield from self.answer_all(AskKind.SIGN_SOW if kind == "sow" else AskKind.SIGN_BRD)

    def draft(self, kind: DocumentKind, author: str | None = None) -> None:
        """A revision whose bytes are made up, drawn from the record as it is."""
        drawn = basis(self.state, kind)
        number = self.state.seq
        command = DraftDocument(
            document=kind, source=digest(f"source {number}"), rendered=digest(f"rendered {number}"), basis=drawn
        )
        self.do(command, author or self.holder("sales" if kind == "sow" else "business_analyst"))

    def _brd(self) -> Iterator[str]:
        yield from self.cover(Stage.BRD)
        analyst = self.holder("business_analyst")
        self.do(SetRequirements(requirements=_as(Requirement, self.deal.requirements)), analyst)
        yield "requirements set"
        yield from self._document("brd", analyst)

    def _handoff(self) -> Iterator[str]:
        yield from self.cover(Stage.HANDOFF)
        self.do(OfferHandoff(plan="As in the SOW."), self.holder("engagement_manager"))
        yield "handoff offered"
        yield from self.answer_all(AskKind.ACCEPT_HANDOFF)

    def _deliver(self) -> Iterator[str]:
        for change in self.deal.change_orders:
            yield from self.change(change.facts, by=change.by)
        manager = self.holder("project_manager")
        hours = self.deal.actual_hours or self._planned_hours()
        worked = tuple(HoursWorked(item=item, hours=hour) for item, hour in hours.items())
        self.do(ReportHours(hours=worked), manager)
        yield "hours reported"
        yield from self.deliver_milestones()

    def deliver_milestones(self) -> Iterator[str]:
        """Delivers one after another, each answered before the next."""
        for milestone in self.state.milestones:
            self.do(DeliverMilestone(milestone=milestone), self.holder("project_manager"))
            yield f"{milestone} delivered"
            yield from self.answer_all(AskKind.ACCEPT_MILESTONE, AskKind.BILL_MILESTONE, AskKind.PULSE)
            yield from self.answer_all(AskKind.EXPECTATION_TALK)

    def _planned_hours(self) -> dict[str, Any]:
        return {row.id: row.played_hours[1] for row in self.deal.work_packages}

    def submit(self, facts: ChangeFacts, by: str | None = None) -> int:
        """Submits a change and gives its number."""
        self.do(SubmitChange(change=facts), by or self.holder("project_manager"))
        return len(self.state.changes)

    def change(self, facts: ChangeFacts, by: str | None = None) -> Iterator[str]:
        """Submits a change and has it estimated, approved and signed."""
        n = self.submit(facts, by)
        yield f"change {n} submitted"
        self.estimate_change(n)
        yield f"change {n} estimated"
        yield from self.answer_all(AskKind.APPROVE_CHANGE, AskKind.SIGN_CHANGE)

    def estimate_change(self, n: int, *, by: str | None = None) -> None:
        """Each discipline's expert confirms the submitter's hours."""
        for name, line in self.orders[n].lines.items():
            given = PackageHours(package=name, hours=line.hours)
            expert = by or self.orders[n].cast.experts(line.discipline)[0]
            self.do_in_order(n, EstimateLines(estimates=(given,)), expert)

    def _close(self) -> Iterator[str]:
        yield from self.answer_all(*ALL_ASKS - {AskKind.CONTACT_CLIENT})
        self.do(CloseEngagement(lessons="Ask earlier."), self.holder("engagement_manager"))
        yield "closed"

    def answer_all(self, *kinds: AskKind) -> Iterator[str]:
        """Says yes to every open ask of these kinds, and to those that follow from it, until none is left."""
        while True:
            ask = next((ask for ask in self.open_asks() if ask.kind in kinds and ask.silent), None)
            if ask is None:
                return
            self.answer(ask, **self._figures(ask))
            yield f"{ask.kind.value} answered"

    def _figures(self, ask: Ask) -> dict[str, Any]:
        if ask.kind is AskKind.PULSE:
            person, at = ask.silent[0].person_id, ask.facts["at.name"]
            given = (row.score for row in self.deal.satisfaction if row.at == at and row.who == person)
            return {"score": next(given, 8)}
        if ask.kind is AskKind.MEASURE_NEED:
            need = self.state.needs[ask.subject.removeprefix("measure:")]
            return {"measured": need.measure.target if need.measure else None}
        return {}

    # -- beneath

    def _start(self) -> Engagement:
        command, actor = self.opening(), Actor(person_id=self.deal.salesperson)
        decision = self._once(start, command, actor, self.now)
        self._keep(decision.state, decision.events, actor)
        return decision.state

    def opening(self) -> StartDeal:
        """How the deal begins."""
        deal, client = self.deal, self.firm.client(self.deal.client)
        assert client is not None
        return StartDeal(
            id=self.number,
            form=deal.kind,
            title=deal.title,
            client=deal.client,
            vertical=client.vertical,
            currency=self.firm.currency,
            salesperson=deal.salesperson,
            provider_sponsor=deal.provider_sponsor,
            client_sponsor=deal.client_sponsor,
            client_signatory=deal.client_signatory,
            wished_start=deal.wished_start,
            wished_end=deal.wished_end,
            playbook=self.playbook,
            rate_card=self.firm.rate_card,
            capacity=self.firm.capacity,
            client_to_confirm=None if client.is_confirmed else client,
            people=(*self.firm.people, *client.people),
            calendars=tuple(self.firm.calendars.values()),
            positions=self.firm.positions,
            absences=self.firm.absences,
        )

    def _keep(self, state: Engagement, events: tuple[Any, ...], actor: Actor) -> None:
        stream = f"engagement/{state.id}"
        self.facts += recorded(stream, len(self.facts) + 1, events, actor, self.now)
        self.state = state

    def _time_comes(self) -> None:
        decision = self._once(apply_due_timers, self.state, self.now)
        self._keep(decision.state, decision.events, Actor(person_id=CLOCK, channel=CLOCK))
        self.orders = {
            n: self._once(order_door.apply_due_timers, order, self.now).state for n, order in self.orders.items()
        }
        self._tell_orders()

    def _order_moments(self) -> Iterator[datetime | None]:
        for order in self.orders.values():
            yield self._once(order_door.next_moment, order)

    def _order_of(self, ask: Ask) -> int | None:
        return next((n for n, order in self.orders.items() if ask.id in order.asks), None)

    def _tell_orders(self) -> None:
        """Starts the change orders that are new, and tells each what the engagement says of it now."""
        for n in self.state.changes:
            brief = self._once(brief_for, self.state, n)
            if n not in self.orders:
                self.orders[n] = self._once(order_door.start, brief, self.now).state
            elif brief != self.orders[n].brief:
                actor = Actor(person_id=brief.by, channel=ENGAGEMENT)
                self.orders[n] = self._once(
                    order_door.decide, self.orders[n], TakeBrief(brief=brief), actor, self.now
                ).state
        self._hear_orders()

    def _hear_orders(self) -> None:
        """Takes every report that the engagement has not heard, and tells the change orders what came of it."""
        for n, order in self.orders.items():
            for report in order.reports_after(self.reported.get(n, 0)):
                self.reported[n] = report.number
                if self.state.is_over:
                    continue
                told = report.model_dump(exclude={"number"}) | {"report": report.number, "n": n}
                actor = Actor(person_id=order.brief.by, channel=CHANGES)
                decision = self._once(door.decide, self.state, ReportChange(**told), actor, self.now)
                self._keep(decision.state, decision.events, actor)
                self._tell_orders()


def at(stage: Stage, deal: DealFile | str = "halden") -> Story:
    """A story that has come to a stage."""
    return Story(deal).to(stage)


def signed(story: Story, facts: ChangeFacts) -> Story:
    """The story with a change order that went its whole way."""
    n = len(story.state.changes) + 1
    for _ in story.change(facts):
        pass
    if story.state.changes[n].status is not ChangeStatus.APPROVED:
        raise StuckError(f"change {n} is not signed")
    return story


def _as(model: Any, rows: tuple[Any, ...], without: tuple[str, ...] = ()) -> tuple[Any, ...]:
    return tuple(model.model_validate(row.model_dump(exclude=set(without))) for row in rows)
