"""What each answer leads to, shown beside its button so that nobody finds out by pressing it.

Only for answers that do more than, or something other than, their label says.
"""

from domain.asks.model import AskKind, Verdict

K, V = AskKind, Verdict
AGAIN = "It is corrected, and you are asked again."
DRAWN_ANEW = "It is drafted again with your comments, and you are asked again."
LEADS_TO: dict[AskKind, dict[Verdict, str]] = {
    K.CONFIRM_EXPECTATIONS: {V.APPROVE: "They count as agreed.", V.RETURN: AGAIN},
    K.CONFIRM_NEEDS: {
        V.APPROVE: "The work is estimated from these needs.",
        V.RETURN: "The needs are corrected, and you are asked again.",
    },
    K.CONFIRM_CLIENT: {V.RETURN: AGAIN},
    K.APPROVE_PRICE: {
        V.RETURN: "The price goes back to the seller, who proposes it again. The deal continues.",
        V.DECLINE: "The seller proposes another price or gives the deal up; the deal itself does not end.",
    },
    K.DECIDE_DEAL: {
        V.APPROVE: "Once decided, the SOW is drafted.",
        V.RETURN: "The price goes back to the seller. The deal is decided once another price is approved.",
        V.DECLINE: "Once decided, the deal ends as lost.",
    },
    K.ACKNOWLEDGE_DECLINE: {
        V.APPROVE: "The promise is not part of the work, and the SOW says so.",
        V.DECLINE: "The promise stays open: no SOW is sent until the work covers it, or you are asked again.",
    },
    K.REVIEW_SOW: {V.RETURN: "It is drafted again, and every reviewer is asked again."},
    K.REVIEW_BRD: {V.RETURN: "It is drafted again, and every reviewer is asked again."},
    K.SIGN_SOW: {
        V.APPROVE: (
            "Once both sides sign, this is what is delivered and paid for. Only a signed change order alters it."
        ),
        V.RETURN: DRAWN_ANEW,
        V.DECLINE: "You turn this offer down. The seller makes another, or the deal ends.",
    },
    K.SIGN_BRD: {V.RETURN: DRAWN_ANEW},
    K.SIGN_CHANGE: {
        V.APPROVE: "The change takes effect once both sides sign.",
        V.RETURN: "The change is revised, and you are asked again.",
        V.DECLINE: "The change is rejected. Everything stays as signed.",
    },
    K.APPROVE_CHANGE: {
        V.RETURN: "Whoever submitted it revises or withdraws it.",
        V.DECLINE: "The change is rejected. Everything stays as signed.",
    },
    K.ACCEPT_HANDOFF: {V.RETURN: "The engagement manager hands over again."},
    K.ACCEPT_MILESTONE: {
        V.APPROVE: (
            "The milestone counts as reached. What is due with it is billed, and you are asked how satisfied you are."
        ),
        V.RETURN: "The project manager reads why and delivers it again; then you are asked again.",
    },
    K.BILL_MILESTONE: {
        V.DECLINE: (
            "Nothing is billed with it. Your reason is shown beside each later milestone to be billed. "
            "Until the close you can have it billed after all."
        ),
    },
    K.ACKNOWLEDGE_COMPLAINT: {
        V.APPROVE: "Whoever complained is told that you take care of it. Next, you plan what will be done.",
        V.DECLINE: "The next person up is asked, and reads why. Whoever complained is told who answers for it now.",
    },
    K.PLAN_COMPLAINT: {
        V.APPROVE: "Whoever complained reads exactly what you write.",
        V.DECLINE: (
            "The next person up owes the plan, and reads why. Whoever complained is told who answers for it now."
        ),
    },
    K.PULSE: {V.APPROVE: "After a low score the engagement manager speaks with you.", V.DECLINE: "No score is kept."},
    K.MEASURE_NEED: {V.DECLINE: "The close of the engagement says that it could not be measured."},
    K.CANCEL_ENGAGEMENT: {V.APPROVE: "The engagement ends as cancelled.", V.DECLINE: "The engagement continues."},
}
OF_ANY: dict[Verdict, str] = {V.NEED_INFO: "Your own deadline is paused until you are answered."}


def leads_to(kind: AskKind, verdict: Verdict) -> str:
    """What an answer leads to, in a sentence or two; empty where its label says it all."""
    return LEADS_TO.get(kind, {}).get(verdict) or OF_ANY.get(verdict, "")
