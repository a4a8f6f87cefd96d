"""Acts owed: next steps that are nobody's ask but someone's own act, with an owner, a clock and a ladder.

This module has the values. `domain/engagement/acts_owed/called_for.py` says which acts the gates call for,
`domain/engagement/acts_owed/rules.py` opens, times and ends them.
"""

from datetime import datetime
from enum import StrEnum

from domain.shared.calendar import WorkingClock
from domain.shared.values import AskId, Day, Moment, PersonId, RoleName, Value


class ActKind(StrEnum):
    """What someone may owe by their own act."""

    RECORD_NEEDS = "record_needs"
    CORRECT_CLIENT = "correct_client"
    RESTATE_NEEDS = "restate_needs"
    CORRECT_NEEDS = "correct_needs"
    COVER_PROMISE = "cover_promise"
    SET_SCOPE = "set_scope"
    ANSWER_RETURN = "answer_return"
    CHOOSE_ESTIMATE = "choose_estimate"
    ANSWER_STAFFING = "answer_staffing"
    PROPOSE_PRICE = "propose_price"
    SET_MILESTONES = "set_milestones"
    DRAFT_SOW = "draft_sow"
    SEND_SOW = "send_sow"
    EXTEND_OFFER = "extend_offer"
    NAME_CLIENT_PERSON = "name_client_person"
    SET_REQUIREMENTS = "set_requirements"
    DRAFT_BRD = "draft_brd"
    SEND_BRD = "send_brd"
    OFFER_HANDOFF = "offer_handoff"
    CORRECT_EXPECTATIONS = "correct_expectations"
    DELIVER_MILESTONE = "deliver_milestone"
    RECORD_HOURS = "record_hours"
    SUBMIT_CHANGE = "submit_change"
    REVISE_CHANGE = "revise_change"
    RECONCILE_PROMISE = "reconcile_promise"
    CLOSE = "close"
    RESOLVE_HOLD = "resolve_hold"


# Working hours for each act if the playbook gives none; a milestone has until its day, if that is later.
HOURS: dict[ActKind, int] = {
    ActKind.RECORD_NEEDS: 16,
    ActKind.CORRECT_CLIENT: 16,
    ActKind.RESTATE_NEEDS: 16,
    ActKind.CORRECT_NEEDS: 16,
    ActKind.COVER_PROMISE: 16,
    ActKind.SET_SCOPE: 24,
    ActKind.ANSWER_RETURN: 16,
    ActKind.CHOOSE_ESTIMATE: 8,
    ActKind.ANSWER_STAFFING: 16,
    ActKind.PROPOSE_PRICE: 16,
    ActKind.SET_MILESTONES: 16,
    ActKind.DRAFT_SOW: 24,
    ActKind.SEND_SOW: 8,
    ActKind.EXTEND_OFFER: 16,
    ActKind.NAME_CLIENT_PERSON: 16,
    ActKind.SET_REQUIREMENTS: 16,
    ActKind.DRAFT_BRD: 40,
    ActKind.SEND_BRD: 8,
    ActKind.OFFER_HANDOFF: 16,
    ActKind.CORRECT_EXPECTATIONS: 16,
    ActKind.DELIVER_MILESTONE: 16,
    ActKind.RECORD_HOURS: 16,
    ActKind.SUBMIT_CHANGE: 16,
    ActKind.REVISE_CHANGE: 16,
    ActKind.RECONCILE_PROMISE: 16,
    ActKind.CLOSE: 40,
    ActKind.RESOLVE_HOLD: 8,
}


class ActOwed(Value):
    """An act that someone owes: since when, until when, how far it has escalated, who may do it in their place."""

    kind: ActKind
    subject: str = ""
    """What it is about, if there may be several of its kind: a promise, a milestone, a change, a month."""
    role: RoleName
    owner: PersonId
    returned: AskId | None = None
    """The ask whose answer made it owed again: what was said there is the reason."""
    since: Moment
    day: Day | None = None
    """The day that it depends on, if any: if the day changes, its clock starts again."""
    clock: WorkingClock
    due_minutes: int
    due_at: datetime | None
    reminded: bool = False
    rung: int = 0
    stand_ins: tuple[PersonId, ...] = ()
    """Who may do it for the owner now: a delegate, or the deputy of an owner who is away or late."""
    told: tuple[PersonId, ...] = ()
    """Everyone above whom its ladder has reached, the highest last."""

    @property
    def id(self) -> str:
        """Its id within its engagement: `propose_price`, `deliver_milestone:M1`."""
        return f"{self.kind.value}:{self.subject}" if self.subject else self.kind.value

    @property
    def accountable(self) -> PersonId:
        """The one person accountable: the highest rung reached, else its owner."""
        return self.told[-1] if self.told else self.owner

    @property
    def may_do(self) -> tuple[PersonId, ...]:
        """Everyone who may do it now, its owner first."""
        return (self.owner, *self.stand_ins)
