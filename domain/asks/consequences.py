"""What each answer leads to, beside the button that gives it: nobody finds out by pressing.

Said only where an answer does more, or other, than its label says.
"""

from domain.asks.model import AskKind, Verdict

K, V = AskKind, Verdict
AGAIN = "It is corrected and put to you again."
DRAWN_ANEW = "It is drawn anew with what you say, and put to you again."
LEADS_TO: dict[AskKind, dict[Verdict, str]] = {
    K.CONFIRM_EXPECTATIONS: {V.APPROVE: "They count as agreed.", V.RETURN: AGAIN},
    K.CONFIRM_NEEDS: {
        V.APPROVE: "The work is estimated from these needs.",
        V.RETURN: "The needs are corrected and put to you again.",
    },
    K.CONFIRM_CLIENT: {V.RETURN: AGAIN},
    K.APPROVE_PRICE: {
        V.RETURN: "The price goes back to whoever sells, to be proposed anew. The deal goes on.",
        V.DECLINE: "This price is off: whoever sells proposes another, or gives the deal up. You do not end the deal.",
    },
    K.DECIDE_DEAL: {
        V.APPROVE: "Decided so, the SOW is drafted.",
        V.RETURN: "The price goes back to whoever sells; the deal is decided once another stands.",
        V.DECLINE: "Decided so, the deal ends as lost.",
    },
    K.ACKNOWLEDGE_DECLINE: {
        V.APPROVE: "The promise is no part of the work, and the SOW says so.",
        V.DECLINE: "The promise stays open: no SOW is sent before it is kept in the work, or you are asked again.",
    },
    K.REVIEW_SOW: {V.RETURN: "It is drafted anew, and everyone who reviews is asked again."},
    K.REVIEW_BRD: {V.RETURN: "It is drafted anew, and everyone who reviews is asked again."},
    K.SIGN_SOW: {
        V.APPROVE: "Signed by both sides, it is what is delivered and paid: only a signed change order alters it.",
        V.RETURN: DRAWN_ANEW,
        V.DECLINE: "You do not take this offer; whoever sells makes another, or the deal ends.",
    },
    K.SIGN_BRD: {V.RETURN: DRAWN_ANEW},
    K.SIGN_CHANGE: {
        V.APPROVE: "Signed by both sides, the change counts from then on.",
        V.RETURN: "The change is revised and put to you again.",
        V.DECLINE: "The change is rejected: all stays as it was signed.",
    },
    K.APPROVE_CHANGE: {
        V.RETURN: "Whoever submitted it revises it or withdraws it.",
        V.DECLINE: "The change is rejected: all stays as it was signed.",
    },
    K.ACCEPT_HANDOFF: {V.RETURN: "The engagement manager hands over anew."},
    K.ACCEPT_MILESTONE: {
        V.APPROVE: "It counts as reached: what is paid with it is billed, and you are asked how satisfied you are.",
        V.RETURN: "Whoever manages the project reads why, delivers it again, and asks you anew.",
    },
    K.BILL_MILESTONE: {
        V.DECLINE: (
            "Nothing is billed with it. Why stands beside each milestone that is to be billed after it. "
            "Until the close you may be asked once more: interlock delivery bill."
        ),
    },
    K.ACKNOWLEDGE_COMPLAINT: {
        V.APPROVE: "Whoever complained is told that you take care of it. Next you plan what is done.",
        V.DECLINE: "The next above is asked, and reads why. Whoever complained is told who answers for it now.",
    },
    K.PLAN_COMPLAINT: {
        V.APPROVE: "Whoever complained reads these words.",
        V.DECLINE: "The next above owes the plan, and reads why. Whoever complained is told who answers for it now.",
    },
    K.PULSE: {V.APPROVE: "After a low score the engagement manager speaks with you.", V.DECLINE: "No score is kept."},
    K.MEASURE_NEED: {V.DECLINE: "The end of the engagement says that it could not be measured."},
    K.CANCEL_ENGAGEMENT: {V.APPROVE: "The engagement ends as cancelled.", V.DECLINE: "The engagement goes on."},
}
OF_ANY: dict[Verdict, str] = {V.NEED_INFO: "The time that you have stands still until you are answered."}


def leads_to(kind: AskKind, verdict: Verdict) -> str:
    """What an answer leads to, in a sentence or two; nothing where its label says it all."""
    return LEADS_TO.get(kind, {}).get(verdict) or OF_ANY.get(verdict, "")
