"""How an ask ended, in the words of its kind: a signature is signed, a question answered."""

from domain.asks.model import AskKind, Outcome, Verdict

K = AskKind
YES: dict[AskKind, str] = {
    K.ACCEPT_ROLE: "Accepted",
    K.ALLOW_ROLE: "Allowed",
    K.CONFIRM_EXPECTATIONS: "Confirmed",
    K.CONFIRM_NEEDS: "Confirmed",
    K.CONFIRM_CLIENT: "Confirmed",
    K.CONFIRM_STAFFING: "Confirmed",
    K.ESTIMATE: "Hours given",
    K.ATTEST_ESTIMATE: "Attested",
    K.DECIDE_DEAL: "Go decided",
    K.ACKNOWLEDGE_DECLINE: "Acknowledged",
    K.SIGN_SOW: "Signed",
    K.SIGN_BRD: "Signed",
    K.SIGN_CHANGE: "Signed",
    K.ACCEPT_HANDOFF: "Accepted",
    K.ACCEPT_MILESTONE: "Accepted",
    K.ACCEPT_CARE: "Accepted",
    K.BILL_MILESTONE: "Billed",
    K.PULSE: "Score given",
    K.EXPECTATION_TALK: "Talk held",
    K.COACH_OR_REPLACE: "Coaching decided",
    K.CONTACT_CLIENT: "Client reached",
    K.POTENTIAL_CHANGE: "Change order wanted",
    K.ACKNOWLEDGE_COMPLAINT: "Acknowledged",
    K.PLAN_COMPLAINT: "Plan given",
    K.MEASURE_NEED: "Measured",
    K.CANCEL_ENGAGEMENT: "Cancellation approved",
    K.ANSWER_QUESTION: "Answered",
}
NO: dict[AskKind, str] = {
    K.DECIDE_DEAL: "No-go decided",
    K.APPROVE_CHANGE: "Rejected",
    K.SIGN_CHANGE: "Rejected",
    K.BILL_MILESTONE: "Nothing billed",
    K.PULSE: "No score given",
    K.EXPECTATION_TALK: "Talk not held",
    K.COACH_OR_REPLACE: "Replacement decided",
    K.CONTACT_CLIENT: "Client not reached",
    K.POTENTIAL_CHANGE: "No change order wanted",
    K.ACKNOWLEDGE_COMPLAINT: "Not acknowledged",
    K.PLAN_COMPLAINT: "No plan given",
    K.MEASURE_NEED: "Not measured",
    K.CANCEL_ENGAGEMENT: "Cancellation declined",
}


OTHERWISE = {Verdict.OBJECT: "Objected", Verdict.STAND_ASIDE: "Stood aside", Verdict.NEED_INFO: "Asked back"}


# Labels for single votes where only all votes together decide.
VOTES: dict[AskKind, dict[Verdict, str]] = {
    K.DECIDE_DEAL: {
        Verdict.APPROVE: "Go",
        Verdict.APPROVE_WITH_CONDITIONS: "Go with conditions",
        Verdict.DECLINE: "No-go",
    },
    K.CANCEL_ENGAGEMENT: {Verdict.APPROVE: "For cancelling", Verdict.DECLINE: "Against cancelling"},
}


def answer_label(kind: AskKind, verdict: Verdict) -> str:
    """A single answer in the words of its kind: `Signed`, `Approved with conditions`, `Objected`, `No-go`."""
    own = VOTES.get(kind, {}).get(verdict) or OTHERWISE.get(verdict)
    if own is not None:
        return own
    said = Outcome.APPROVED if verdict.is_for else Outcome.DECLINED if verdict is Verdict.DECLINE else Outcome.RETURNED
    label = outcome_label(kind, said)
    return f"{label} with conditions" if verdict is Verdict.APPROVE_WITH_CONDITIONS else label


def outcome_label(kind: AskKind, outcome: Outcome) -> str:
    """An outcome as people read it: `Signed`, `Answered`, `Returned`."""
    words = {Outcome.APPROVED: YES, Outcome.DECLINED: NO}.get(outcome, {})
    return words.get(kind, outcome.value.capitalize())
