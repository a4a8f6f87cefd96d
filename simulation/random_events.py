"""What happens to engagements outside their plan: changes, holds, complaints, a lost client, a new manager, pushes."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from domain.engagement.changes.commands import RecordPotentialChange, SubmitChange
from domain.engagement.changes.lines import ChangeFacts, ChangeLine
from domain.engagement.closing.commands import CancelEngagement, HoldEngagement, LoseDeal
from domain.engagement.command import Command
from domain.engagement.delivery.commands import RaiseComplaint
from domain.engagement.roles.commands import AgreeExpectations, NameParty, ProposeHolder, ReleaseRole, ReplaceHolder
from domain.engagement.roles.values import Expectation
from domain.pricing.three_points import ThreePoints
from simulation.deals import DISCIPLINES
from simulation.firm import Firm
from simulation.pressure import Pressure
from simulation.running import SimulatedEngagement

# The probability of each, and the range of days after the start.
CHANCES: dict[str, tuple[float, int, int]] = {
    "lose": (0.1, 10, 120),
    "cancel": (0.06, 20, 300),
    "hold": (0.12, 10, 250),
    "complain": (0.15, 100, 300),
    "replace the manager": (0.15, 20, 250),
    "release a role": (0.2, 20, 300),
    "another expert": (0.15, 15, 40),
    "expectations": (0.3, 60, 250),
    "another sponsor": (0.05, 20, 250),
}
CHANGES = (80, 330)
MAX_CHANGES = 5


def drawn_fates(rng: Random, starts: datetime, days: int) -> Iterator[tuple[datetime, str]]:
    """What will be tried in one engagement, and when; what does not fit then is refused."""
    for what, (chance, first, last) in CHANCES.items():
        if rng.random() < chance:
            yield _moment(rng, starts, first, last), what
    for _ in range(rng.randint(0, MAX_CHANGES)):
        yield _moment(rng, starts, *CHANGES), "change"
    for _ in range(rng.randint(0, 2)):
        yield _moment(rng, starts, *CHANGES), "potential change"
    for month in range(3, max(4, days // 30)):
        if rng.random() < 0.25:
            yield _moment(rng, starts, 30 * month, 30 * month + 29), "press the project manager"


def _moment(rng: Random, starts: datetime, first: int, last: int) -> datetime:
    return starts + timedelta(days=rng.randint(first, last), minutes=rng.randint(0, 300))


class RandomEvents:
    """Carries out the events drawn for one engagement."""

    def __init__(self, running: SimulatedEngagement, firm: Firm, count: Callable[[str, str], None]) -> None:
        self.running, self.firm, self.rng = running, firm, firm.rng
        self.pressure = Pressure(running, firm, count)

    def come(self, what: str, now: datetime) -> None:
        """Does it now, or is refused."""
        if self.running.state.is_over:
            return
        if what == "press the project manager":
            self.pressure.push(now)
            return
        deed = self._deed(what, now)
        if deed is not None:
            role, command = deed
            person_id = self.running.state.cast.holder(role)
            if person_id is not None and self.firm.is_here(person_id):
                self.running.do(command, person_id, now)

    def _deed(self, what: str, now: datetime) -> tuple[str, Command] | None:
        """The command for the event, and whose it is."""
        manager = "engagement_manager"
        day = (now + timedelta(days=14)).date()
        weekly = (Expectation(what="A word every week"),)
        simple: dict[str, tuple[str, Command]] = {
            "lose": ("sales", LoseDeal(reason="Another was cheaper.")),
            "cancel": (manager, CancelEngagement(reason="The client has other cares.")),
            "hold": (manager, HoldEngagement(reason="The budget is being looked at.", until=day)),
            "complain": (manager, RaiseComplaint(text="Nobody calls back.")),
            "expectations": (manager, AgreeExpectations(role=manager, expectations=weekly)),
            "potential change": (manager, RecordPotentialChange(text="Can we also have it in blue?")),
        }
        if what == "change":
            return self.rng.choice(("project_manager", "project_manager", manager)), self._change()
        if what == "release a role":
            role = self.rng.choice(("business_analyst", "quality", "finance", "legal", "customer_care"))
            return self.running.state.head_role(role), ReleaseRole(role=role, reason="Needed elsewhere.")
        return simple[what] if what in simple else self._another(what, now)

    def _another(self, what: str, now: datetime) -> tuple[str, Command] | None:
        """Someone else for a role or a party."""
        state = self.running.state
        if what == "another sponsor":
            person = self.firm.people[self.rng.choice(sorted(set(self.firm.directory.positions.values())))]
            named = NameParty(party="provider_sponsor", person=person, reason="Nearer to this client.")
            return "head_of_engagement_management", named
        role = "engagement_manager" if what == "replace the manager" else self._an_expert()
        able = self.firm.candidates(role, state.vertical, excluding=[state.cast.holder(role) or ""]) if role else []
        if not role or not able:
            return None
        facts = self.firm.facts_of(able[0])
        if what == "another expert":
            return "head_of_delivery", ProposeHolder(role=role, further=True, **facts)
        overlap = self.rng.choice((0, 3, 10, 20))
        last_day = (now + timedelta(days=overlap)).date()
        sought = ReplaceHolder(role=role, reason="They do not find to each other.", last_day=last_day, **facts)
        return "head_of_engagement_management", sought

    def _an_expert(self) -> str | None:
        held = sorted(role for role in self.running.state.cast.holders if role.startswith("expert:"))
        return self.rng.choice(held) if held else None

    def _change(self) -> Command:
        likely = Decimal(self.rng.randint(5, 80))
        hours = ThreePoints(optimistic=likely / 2, likely=likely, pessimistic=likely * 2)
        line = ChangeLine(discipline=self.rng.choice(DISCIPLINES), grade="senior", hours=hours)
        facts = ChangeFacts.in_one(
            title="Another thing",
            reason=self.rng.choice(("Client request", "Regulatory", "Our mistake")),
            work=(line,) if self.rng.random() < 0.8 else (),
            price=Decimal(self.rng.choice((0, 2000, 8000, 20_000, 60_000, -4000))),
            days=self.rng.choice((0, 0, 3, 10, 25)),
            terms_changed=self.rng.random() < 0.15,
            requirements_changed=self.rng.random() < 0.3,
        )
        return SubmitChange(change=facts)
