"""Attempts to give a project manager another role, or to make someone else project manager: all must be refused.

One that succeeds is a broken rule. Only the project manager's own words can do it, and these are tried too.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from domain.asks.model import Answer, Ask, AskKind, Verdict
from domain.directory.people import Absence
from domain.engagement.answers.commands import AnswerAsk, DelegateAsk
from domain.engagement.command import Command
from domain.engagement.roles.commands import NameParty, ProposeHolder, ReplaceHolder, RequestRole, TakeDirectory
from domain.engagement.roles.coverage import PM, required_roles
from domain.engagement.roles.values import Waiver
from domain.shared.errors import Refusal, Rule
from domain.shared.values import PersonId
from simulation.checks import must
from simulation.firm import Firm
from simulation.running import SimulatedEngagement

Attempt = Callable[[datetime], None]
TRIED_ON = ("business_analyst", "quality", "resource_manager", "customer_care", "engagement_manager", "finance")


class Pressure:
    """Attempts on one engagement's project manager."""

    def __init__(self, running: SimulatedEngagement, firm: Firm, count: Callable[[str, str], None]) -> None:
        self.running, self.firm, self.rng, self.count = running, firm, firm.rng, count
        self.today = date.min

    def push(self, now: datetime) -> None:
        """Tries every command once, on a random role. Raises RuleBroken if one succeeds."""
        state = self.running.state
        manager = state.cast.holder(PM)
        if manager is None or state.is_over or state.hold is not None or not self.firm.is_here(manager):
            return
        self.today = now.date()
        for door, attempt in self._doors(manager).items():
            self._try(door, attempt, now)
        self._stand_in_for_the_absent(manager, now)
        self._accept_without_words(manager, now)

    def _try(self, door: str, attempt: Attempt, now: datetime) -> None:
        try:
            attempt(now)
        except Refusal as refused:
            self.count(door, type(refused).__name__)
        else:
            must(so=False, rule=Rule.NO_SILENT_DEFAULT, what=f"{self.running.state.id}: open to a PM: {door}")

    def _doors(self, manager: PersonId) -> dict[str, Attempt]:
        state = self.running.state
        role = self._role()
        pair = self.rng.choice(("engagement_manager", "customer_care"))
        other = next((p for r, p in sorted(state.cast.holders.items()) if r in TRIED_ON and p != manager), manager)
        head = state.cast.holder(state.head_role(role)) or state.overseer
        delivery = state.cast.holder(state.head_role(PM)) or state.overseer
        me = self.firm.facts_of(self.firm.people[manager])
        reason = "There is nobody else."
        doors: dict[str, tuple[Command, PersonId]] = {
            "proposed without an end": (ProposeHolder(role=role, **me), head),
            "proposed with a waiver": (ProposeHolder(role=role, waiver=self._waiver(), **me), head),
            "proposed for too long": (ProposeHolder(role=role, until=self._day(90), **me), head),
            "put in the holder's place": (ReplaceHolder(role=role, reason=reason, **me), head),
            "asks without an end": (RequestRole(role=role, words="So be it.", **me), manager),
            "asks for too long": (RequestRole(role=role, words="So be it.", until=self._day(90), **me), manager),
            "asks for what excludes": (
                RequestRole(role=pair, words="So be it.", until=self._day(20), **me),
                manager,
            ),
            "named sponsor": (
                NameParty(party="provider_sponsor", person=self.firm.people[manager], reason=reason),
                state.cast.positions["managing_director"],
            ),
            "a holder made project manager": (
                ProposeHolder(role=PM, waiver=self._waiver(), **self.firm.facts_of(self.firm.people[other])),
                delivery,
            ),
        }
        return {door: partial(self._do, command, by) for door, (command, by) in doors.items()} | self._delegations(
            manager
        )

    def _do(self, command: Command, by: PersonId, now: datetime) -> None:
        self.running.do(command, by, now)

    def _role(self) -> str:
        """A role in the engagement, vacant ones first."""
        state = self.running.state
        vacant = [role for role in state.vacancies if role in TRIED_ON]
        return self.rng.choice(vacant or [role for role in TRIED_ON if role in required_roles(state)])

    def _waiver(self) -> Waiver:
        return Waiver(reason="There is nobody else.", until=self._day(100))

    def _day(self, ahead: int) -> date:
        return self.today + timedelta(days=ahead)

    def _delegations(self, manager: PersonId) -> dict[str, Attempt]:
        """Someone asked delegates their answer to the project manager."""
        ask = next((a for a in self.running.state.open_asks() if self._is_anothers(a, manager)), None)
        if ask is None:
            return {}
        command = DelegateAsk(ask_id=ask.id, to=manager)
        return {"an ask delegated to them": partial(self._do, command, ask.silent[0].person_id)}

    def _is_anothers(self, ask: Ask, manager: PersonId) -> bool:
        silent = [voter.person_id for voter in ask.silent]
        return bool(silent) and manager not in silent

    def _stand_in_for_the_absent(self, manager: PersonId, now: datetime) -> None:
        """The directory says that the project manager answers for someone who is away: it must have no effect."""
        state, cast = self.running.state, self.running.state.cast
        holder = cast.holder("engagement_manager")
        if holder is None or holder == manager or self.firm.back_on(holder, now) is not None:
            return
        today = cast.calendar_of(holder).local_day(now)
        absence = Absence(person=holder, first=today, last=today + timedelta(days=1), delegate=manager)
        word = TakeDirectory(
            version=max(self.firm.version, state.directory),
            positions=cast.positions,
            absences=(*cast.absences, absence),
            delegations=cast.delegations,
            because="The directory was imported",
        )
        standing = self._stands_in(manager)
        self.running.hear(word, now)
        self.running.time_comes(now)
        after = self.running.state
        brought_in = self._stands_in(manager) - standing
        must(not brought_in, Rule.NO_SILENT_DEFAULT, f"{manager} stands in for {holder} in {after.id}")
        others = after.cast.people[holder].deputy or any(d.person == holder for d in after.cast.delegations)
        covered = bool(others) or "engagement_manager" in after.vacancies
        must(covered, Rule.NO_SILENT_DEFAULT, f"{manager} covers engagement_manager in {after.id}")
        self.count("delegate of the absent", "counts for nothing")

    def _stands_in(self, manager: PersonId) -> set[str]:
        """The asks on whose ladders they stand in."""
        asks = self.running.state.open_asks()
        return {ask.id for ask in asks if any(stand_in.person_id == manager for stand_in in ask.stand_ins)}

    def _accept_without_words(self, manager: PersonId, now: datetime) -> None:
        """Asked to take a second role until a date, they approve without a reason; then they decline, or give one."""
        state = self.running.state
        role = next((r for r in state.vacancies if r in TRIED_ON and r not in state.proposals), None)
        if role is None:
            return
        head = state.cast.holder(state.head_role(role)) or state.overseer
        me = self.firm.facts_of(self.firm.people[manager])
        try:
            self.running.do(ProposeHolder(role=role, until=self._day(20), waiver=self._waiver(), **me), head, now)
        except Refusal as refused:
            self.count("proposed until a date", type(refused).__name__)
            return
        ask = next(a for a in self.running.state.open_asks(AskKind.ACCEPT_ROLE, subject=f"role:{role}"))
        self._try("accepts without a word", partial(self._answer, ask, manager, None), now)
        if self.rng.random() < 0.5:
            self._answer(ask, manager, "I know it, and will do it until then.", now)
            self.count("accepts in their own words", "is theirs until a date")
        else:
            self._answer(ask, manager, "I have enough to do.", now, Verdict.DECLINE)

    def _answer(
        self, ask: Ask, manager: PersonId, reason: str | None, now: datetime, verdict: Verdict = Verdict.APPROVE
    ) -> None:
        given = Answer(verdict=verdict, reason=reason)
        self.running.do(AnswerAsk(ask_id=ask.id, answer=given, subject_hash=ask.subject_hash), manager, now)
