"""Where on the pages a next step is done."""

from typing import Protocol

from domain.next_steps.acts_owed import ActKind
from domain.shared.values import AskId, EngagementId

TABS = {
    ActKind.RECORD_NEEDS: "promises",
    ActKind.CORRECT_CLIENT: "people",
    ActKind.RESTATE_NEEDS: "promises",
    ActKind.CORRECT_NEEDS: "promises",
    ActKind.COVER_PROMISE: "promises",
    ActKind.SET_SCOPE: "scope",
    ActKind.ANSWER_RETURN: "scope",
    ActKind.CHOOSE_ESTIMATE: "scope",
    ActKind.ANSWER_STAFFING: "scope",
    ActKind.PROPOSE_PRICE: "price",
    ActKind.SET_MILESTONES: "scope",
    ActKind.DRAFT_SOW: "documents",
    ActKind.SEND_SOW: "documents",
    ActKind.EXTEND_OFFER: "documents",
    ActKind.NAME_CLIENT_PERSON: "people",
    ActKind.SET_REQUIREMENTS: "documents",
    ActKind.DRAFT_BRD: "documents",
    ActKind.SEND_BRD: "documents",
    ActKind.OFFER_HANDOFF: "delivery",
    ActKind.CORRECT_EXPECTATIONS: "people",
    ActKind.DELIVER_MILESTONE: "delivery",
    ActKind.RECORD_HOURS: "delivery",
    ActKind.SUBMIT_CHANGE: "changes",
    ActKind.REVISE_CHANGE: "changes",
    ActKind.RECONCILE_PROMISE: "promises",
    ActKind.CLOSE: "delivery",
    ActKind.RESOLVE_HOLD: "",
}


class StepShown(Protocol):
    """A next step as queries show it: exactly one of these says what it is."""

    @property
    def ask_id(self) -> AskId | None: ...
    @property
    def act(self) -> str | None: ...
    @property
    def vacancy(self) -> str | None: ...
    @property
    def task(self) -> str | None: ...


def place_of_step(engagement_id: EngagementId, step: StepShown) -> str:
    """The address of the page on which it is done."""
    if step.ask_id is not None:
        return f"/asks/{step.ask_id}"
    if step.vacancy is not None:
        return f"/engagements/{engagement_id}/people#{step.vacancy}"
    if step.task is not None:
        return f"/engagements/{engagement_id}#tasks"
    kind, _, subject = (step.act or "").partition(":")
    tab = TABS[ActKind(kind)]
    return f"/engagements/{engagement_id}{'/' if tab else ''}{tab}{'#' if subject else ''}{subject}"
