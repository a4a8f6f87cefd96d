"""A SOW or BRD that came back: who returned which revision, what of it is changed by which act, and what comes then.

Drafting it anew alone would draw the same text. What it says is changed where it is recorded; which of that is meant
stands in the words of whoever returned it.
"""

from domain.asks import AGAINST, Ask, AskKind, Outcome
from domain.engagement.state import DocumentKind, Engagement
from domain.engagement.subjects import basis
from domain.playbook import role_label
from domain.values import PersonId

ASKED: dict[DocumentKind, tuple[AskKind, AskKind]] = {
    "sow": (AskKind.REVIEW_SOW, AskKind.SIGN_SOW),
    "brd": (AskKind.REVIEW_BRD, AskKind.SIGN_BRD),
}
CHANGED_BY: dict[DocumentKind, dict[str, str]] = {
    "sow": {
        "needs": "needs record {id} FILE",
        "packages": "scope packages {id} FILE",
        "milestones": "scope milestones {id} FILE",
        "purchases": "scope purchases {id} FILE",
        "promises": "promise cover {id} P1 WHAT",
        "price and payment": "price propose {id}",
    },
    "brd": {"requirements": "scope requirements {id} FILE"},
}
"""What each document says, and by which command of `interlock` that is changed."""
BEFORE_IT: dict[DocumentKind, str] = {
    "sow": "Where needs, packages or price change, estimate, price and decision are asked again before that.",
    "brd": "Needs and packages stand as signed in the SOW: only a change order alters them.",
}


def returned_by(state: Engagement, kind: DocumentKind) -> Ask | None:
    """The newest ask to review or sign it, where its answer was a return or a no."""
    review, sign = ASKED[kind]
    signers = state.playbook.documents[kind].signers
    asked = [(review, kind), *((sign, f"{kind}:{signer}") for signer in signers)]
    found = [ask for of, subject in asked if (ask := state.last_ask(of, subject)) is not None]
    last: Ask | None = max(found, key=lambda ask: ask.opened_at, default=None)
    return last if last is not None and last.outcome in AGAINST else None


def how_to_redraft(state: Engagement, kind: DocumentKind) -> str | None:
    """What to do about one that came back, and by which act; None where none did.

    It does not repeat what was said: that is for those who may read it.
    """
    ask, document = returned_by(state, kind), state.documents.get(kind)
    if ask is None or document is None:
        return None
    no = "declined" if ask.outcome is Outcome.DECLINED else "returned"
    said = f"{_who(state, ask)} {no} revision {document.revision} of the {kind.upper()}."
    if document.basis != basis(state, kind):
        return f"{said} What it says has been changed since: draft it anew."
    acts = ", ".join(f"{what} (interlock {act.format(id=state.id)})" for what, act in CHANGED_BY[kind].items())
    if ask.for_client and ask.outcome is Outcome.DECLINED:
        lost = (
            f"If nothing else can be offered, say that the deal is lost: interlock deal lose {state.id} --reason REASON"
        )
        return (
            f"{said} Speak with them. {lost}. Else change what they name: {acts}. {BEFORE_IT[kind]} Then draft it anew."
        )
    return f"{said} First change what they name: {acts}. {BEFORE_IT[kind]} Then draft it anew."


def _who(state: Engagement, ask: Ask) -> str:
    """Whoever said no, by name and role: `Grace Oduya (finance)`."""
    against = next((vote for vote in reversed(ask.votes) if vote.answer.verdict.is_against), None)
    if against is None:
        return "Somebody"
    roles = _roles(ask, against.voter)
    return state.cast.name(against.by) + (f" ({roles})" if roles else "")


def _roles(ask: Ask, voter: PersonId) -> str:
    found = next((one.roles for one in ask.voters if one.person == voter), ())
    return ", ".join(map(role_label, found))
