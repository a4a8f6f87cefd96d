"""How people react: how soon, whether at all, and with which answer. All of it is drawn at random."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from domain.asks.choices import offered
from domain.asks.holder import AskHolder
from domain.asks.model import Answer, Ask, AskKind, Condition, Verdict
from domain.playbook.model import Method
from domain.shared.values import PersonId
from simulation.firm import Firm

YES, NO, BACK, ASK = Verdict.APPROVE, Verdict.DECLINE, Verdict.RETURN, Verdict.NEED_INFO
PLAINLY = {YES: 94, BACK: 6}
JUDGED = {YES: 86, BACK: 7, ASK: 5, NO: 2}
WORDS: dict[AskKind, dict[Verdict, int]] = {
    AskKind.ACCEPT_ROLE: {YES: 86, NO: 12, ASK: 2},
    AskKind.ALLOW_ROLE: {YES: 80, NO: 20},
    AskKind.CONFIRM_NEEDS: {YES: 90, BACK: 7, ASK: 3},
    AskKind.CONFIRM_STAFFING: {YES: 85, BACK: 15},
    AskKind.ATTEST_ESTIMATE: JUDGED,
    AskKind.APPROVE_PRICE: JUDGED,
    AskKind.DECIDE_DEAL: {YES: 80, Verdict.APPROVE_WITH_CONDITIONS: 9, BACK: 4, NO: 4, ASK: 3},
    AskKind.REVIEW_SOW: JUDGED | {Verdict.OBJECT: 4},
    AskKind.REVIEW_BRD: JUDGED | {Verdict.OBJECT: 4},
    AskKind.SIGN_SOW: PLAINLY,
    AskKind.SIGN_BRD: PLAINLY,
    AskKind.SIGN_CHANGE: PLAINLY,
    AskKind.ACCEPT_HANDOFF: {YES: 82, Verdict.APPROVE_WITH_CONDITIONS: 9, BACK: 9},
    AskKind.CONFIRM_EXPECTATIONS: {YES: 88, BACK: 12},
    AskKind.BILL_MILESTONE: {YES: 90, ASK: 10},
    AskKind.PLAN_COMPLAINT: {YES: 80, NO: 20},
    AskKind.ACCEPT_MILESTONE: {YES: 88, BACK: 12},
    AskKind.APPROVE_CHANGE: {YES: 80, Verdict.APPROVE_WITH_CONDITIONS: 5, BACK: 8, NO: 4, ASK: 3},
    AskKind.ACCEPT_CARE: {YES: 85, BACK: 15},
    AskKind.CANCEL_ENGAGEMENT: {YES: 70, NO: 30},
}
IN_CONSENSUS = {YES: 78, Verdict.OBJECT: 10, Verdict.STAND_ASIDE: 7, BACK: 3, NO: 2}
RARELY_ANSWERED = frozenset({AskKind.PULSE, AskKind.MEASURE_NEED})


class Conduct:
    """Draws what people do from the random source that the whole portfolio shares."""

    def __init__(self, firm: Firm, rng: Random) -> None:
        self.firm, self.rng = firm, rng

    def ignores(self, person_id: PersonId, kind: AskKind | None = None) -> bool:
        """True if this person leaves this undone."""
        chance = self.firm.habit(person_id).ignores
        return self.rng.random() < (max(chance, 0.3) if kind in RARELY_ANSWERED else chance)

    def when(self, person_id: PersonId, now: datetime, pace: float) -> datetime:
        """When someone gets to a thing: some of their working hours from now, `pace` times their usual."""
        minutes = self.firm.habit(person_id).minutes * pace * self.rng.lognormvariate(0, 0.9)
        calendar = self.firm.calendar(person_id)
        moment = calendar.after(now, max(5, int(minutes)))
        back = self.firm.back_on(person_id, moment)
        if back is not None:
            moment = calendar.after(max(now, calendar.day_begins(back)), self.rng.randint(30, 400))
        return moment

    def answer(self, asking: AskHolder, ask: Ask, person_id: PersonId, now: datetime) -> Answer:
        """Someone's answer to an ask."""
        verdict = self._verdict(ask, person_id)
        if verdict is Verdict.APPROVE_WITH_CONDITIONS:
            return Answer(verdict=verdict, reason="With care.", conditions=(self._condition(asking, now),))
        reason = "As it is." if verdict.is_for else f"For a reason: {verdict.value}."
        return Answer(
            verdict=verdict,
            reason=reason,
            score=self.rng.choice((3, 5, 6, 7, 8, 8, 9, 9, 10)) if ask.kind is AskKind.PULSE else None,
            measured=Decimal(self.rng.randint(2, 9)) if ask.kind is AskKind.MEASURE_NEED else None,
        )

    def _verdict(self, ask: Ask, person_id: PersonId) -> Verdict:
        last_word = bool(ask.climbed) and person_id == ask.final_person
        table = WORDS.get(ask.kind, {YES: 1})
        if ask.method is Method.CONSENSUS and not last_word:
            table = IN_CONSENSUS
        earlier = ask.vote_of(person_id)
        if earlier is not None and earlier.answer.verdict is Verdict.OBJECT:
            table = {YES: 60, Verdict.OBJECT: 20, BACK: 20}
        verdict = self.rng.choices(tuple(table), weights=tuple(table.values()))[0]
        if last_word and verdict in {Verdict.OBJECT, Verdict.STAND_ASIDE}:
            verdict = BACK
        if verdict is ASK and (ask.question is not None or last_word):
            verdict = YES
        return verdict if verdict in offered(ask, person_id) else YES

    def _condition(self, asking: AskHolder, now: datetime) -> Condition:
        """A condition owned by an active person the engagement knows, due in some weeks."""
        known = sorted(person_id for person_id in asking.cast.people if asking.cast.is_here(person_id))
        due = (now + timedelta(days=self.rng.randint(5, 30))).date()
        return Condition(text="Mind the data.", owner=self.rng.choice(known), due=due)
