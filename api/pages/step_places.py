"""Where on the pages a next step is done."""

from typing import Protocol
from urllib.parse import urlencode

from domain.next_steps.acts_owed import ActKind
from domain.shared.values import AskId, EngagementId

# The form that does an act; `%` is what the act is about.
FORMS: dict[ActKind, str] = {
    ActKind.RECORD_NEEDS: "record-needs",
    ActKind.RESTATE_NEEDS: "restate-needs",
    ActKind.SET_SCOPE: "set-work-packages",
    ActKind.ANSWER_RETURN: "set-work-packages",
    ActKind.CHOOSE_ESTIMATE: "choose-estimate?subject=%",
    ActKind.PROPOSE_PRICE: "propose-price",
    ActKind.SET_MILESTONES: "set-milestones",
    ActKind.DRAFT_SOW: "draft-document?subject=sow",
    ActKind.SEND_SOW: "send-document?subject=sow",
    ActKind.EXTEND_OFFER: "extend-offer",
    ActKind.NAME_CLIENT_PERSON: "name-party?subject=%",
    ActKind.SET_REQUIREMENTS: "set-requirements",
    ActKind.DRAFT_BRD: "draft-document?subject=brd",
    ActKind.SEND_BRD: "send-document?subject=brd",
    ActKind.OFFER_HANDOFF: "offer-handoff",
    ActKind.CORRECT_EXPECTATIONS: "agree-expectations?subject=%",
    ActKind.DELIVER_MILESTONE: "deliver-milestone?subject=%",
    ActKind.RECORD_HOURS: "report-hours",
    ActKind.RECONCILE_PROMISE: "reconcile-promise?subject=%",
    ActKind.CLOSE: "close",
}
# The tab on which an act is done that can be done in several ways.
TABS: dict[ActKind, str] = {
    ActKind.CORRECT_CLIENT: "/people",
    ActKind.CORRECT_NEEDS: "/promises",
    ActKind.COVER_PROMISE: "/promises",
    ActKind.ANSWER_STAFFING: "/scope",
    ActKind.SUBMIT_CHANGE: "/changes",
    ActKind.REVISE_CHANGE: "/changes",
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
    here = f"/engagements/{engagement_id}"
    if step.ask_id is not None:
        return f"/asks/{step.ask_id}"
    if step.vacancy is not None:
        return f"{here}/people?{urlencode({'role': step.vacancy})}#candidates"
    if step.task is not None:
        return f"{here}/do/complete-task?{urlencode({'subject': step.task})}"
    kind, _, subject = (step.act or "").partition(":")
    act = ActKind(kind)
    if act in FORMS:
        return f"{here}/do/{FORMS[act].replace('%', subject)}"
    return f"{here}{TABS[act]}{'#' if subject else ''}{subject}"
