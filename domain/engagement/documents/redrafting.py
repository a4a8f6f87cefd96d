"""Redrafting a SOW or BRD: who returned it, or what has changed, and which actions change its contents first.

Drafting a returned document again by itself would produce the same text. Its contents are changed where they are
recorded; which of them is meant is in the words of whoever returned it.
"""

from collections.abc import Iterator, Mapping

from domain.asks.document_shown import document_of
from domain.asks.holder import AskHolder
from domain.asks.model import AGAINST, Ask, AskKind, Outcome
from domain.asks.outcomes import outcome_label
from domain.engagement.aggregate import Engagement
from domain.engagement.ask_subjects import NAMED_IN_SOW, basis, drawn_from
from domain.engagement.documents.values import Document, DocumentKind, DocumentStatus
from domain.playbook.model import role_label
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import shortened
from domain.shared.values import PersonId

ASKED: dict[DocumentKind, tuple[AskKind, AskKind]] = {
    "sow": (AskKind.REVIEW_SOW, AskKind.SIGN_SOW),
    "brd": (AskKind.REVIEW_BRD, AskKind.SIGN_BRD),
}
# The contents of each document, and the action that changes each of them.
CHANGED_BY: dict[DocumentKind, dict[str, RemedyAction]] = {
    "sow": {
        "needs": RemedyAction.RECORD_NEEDS,
        "packages": RemedyAction.SET_PACKAGES,
        "milestones": RemedyAction.SET_MILESTONES,
        "purchases": RemedyAction.SET_PURCHASES,
        "promises": RemedyAction.COVER_PROMISE,
        "price and payment": RemedyAction.PROPOSE_PRICE,
    },
    "brd": {"requirements": RemedyAction.SET_REQUIREMENTS},
}
# Bytes of why a revision was returned, beside the next one; the ask that was answered has all of it.
MAX_RETURN_EXCERPT = 1024
BEFORE_IT: dict[DocumentKind, str] = {
    "sow": "If needs, packages or price change, the estimate, price and decision are asked again first.",
    "brd": "Needs and packages stay as signed in the SOW: only a change order alters them.",
}


def why_stale(before: Engagement, now: Engagement, kind: DocumentKind) -> str:
    """Why a revision is no longer valid: which people it names wrongly, and what has changed.

    The client's people read it too: of the firm's own decision it says only that it is taken again.
    """
    was, is_now = drawn_from(before, kind), drawn_from(now, kind)
    differs = [part for part in is_now if was[part] != is_now[part]]
    named = [_named_amiss(now, was[role], role) for role in NAMED_IN_SOW if role in differs]
    changed = [part for part in differs if part not in NAMED_IN_SOW]
    said = [*named, *([f"changed since: {', '.join(changed)}"] if changed else [])]
    return "; ".join(said) or "what it offers is to be decided again"


def _named_amiss(state: Engagement, holder: PersonId | None, role: str) -> str:
    now = state.cast.holder(role)
    if holder is None:
        return f"it names nobody as {role_label(role)}, but that is {state.cast.name(now) if now else ''} now"
    is_now = f"but that is {state.cast.name(now)} now" if now is not None else "who no longer is"
    return f"it names {state.cast.name(holder)} as {role_label(role)}, {is_now}"


def how_it_fell(state: Engagement, document: Document) -> str | None:
    """What to say of a stale revision: how far it had come, and why it became invalid; None for any other."""
    if document.status is not DocumentStatus.STALE or document.stale_because is None:
        return None
    by = [signature.name or state.cast.name(signature.by) for signature in document.signatures]
    signed = f", signed by {' and '.join(by)}," if by else ""
    revision = f"Revision {document.revision} of the {document.kind.upper()}"
    return f"{revision}{signed} is no longer valid: {document.stale_because}."


def came_back(state: Engagement, kind: DocumentKind, *, to_client: bool) -> dict[str, str]:
    """Which revision was returned, by whom and why, for those asked about the next: `revision 1 came back`.

    Only each person's last answer counts. `to_client`: without what was said inside the firm.
    """
    found = {}
    for ask in _asked_last(state, kind):
        shown, why = document_of(ask), ask.why_ended
        if ask.outcome in AGAINST and shown is not None and why and (ask.for_client or not to_client):
            said = f"{outcome_label(ask.kind, ask.outcome)} by {who_said_no(state, ask)}: {why}"
            found[f"revision {shown.revision} came back"] = shortened(said, MAX_RETURN_EXCERPT)
    return found


def _asked_last(state: Engagement, kind: DocumentKind) -> list[Ask]:
    """The last ask to review it, and the last ask to each signer."""
    review, sign = ASKED[kind]
    signers = state.playbook.documents[kind].signers
    asked = [(review, kind), *((sign, f"{kind}:{signer}") for signer in signers)]
    return [ask for of, subject in asked if (ask := state.last_ask(of, subject)) is not None]


def returned_by(state: Engagement, kind: DocumentKind) -> Ask | None:
    """The newest ask to review or sign it, if it was returned or declined."""
    last: Ask | None = max(_asked_last(state, kind), key=lambda ask: ask.opened_at, default=None)
    return last if last is not None and last.outcome in AGAINST else None


def is_as_returned(state: Engagement, kind: DocumentKind) -> bool:
    """True if it was returned and nothing in it has changed since: a draft would be the same text."""
    document = state.documents.get(kind)
    returned = document is not None and document.status is DocumentStatus.RETURNED
    return document is not None and returned and document.basis == basis(state, kind)


def how_to_redraft(state: Engagement, kind: DocumentKind, buttons: Mapping[str, str] | None = None) -> str | None:
    """What to do about a returned or invalid document, by which actions; None if there is nothing to do.

    It leaves out the reason of whoever returned it, which not everybody may read. `buttons`: by content, the button
    that changes it, where there are buttons.
    """
    ask, document = returned_by(state, kind), state.documents.get(kind)
    if document is None:
        return None
    fell = how_it_fell(state, document)
    if fell is not None:
        return f"{fell} Draft it again."
    if ask is None:
        return None
    no = outcome_label(ask.kind, ask.outcome).lower()
    said = f"{who_said_no(state, ask)} {no} revision {document.revision} of the {document.kind.upper()}."
    if document.basis != basis(state, kind):
        return f"{said} Its contents have changed since: draft it again."
    ways = ", ".join(_ways(state, kind, buttons or {}))
    if ask.for_client and ask.outcome is Outcome.DECLINED:
        lost = RemedyAction.LOSE_DEAL.about(engagement=state.id)
        return (
            f"{said} Speak with them. If nothing else can be offered, record the deal as lost: {lost}. Otherwise "
            f"change what they name: {ways}. {BEFORE_IT[kind]} Then draft it again."
        )
    return f"{said} First change what they name: {ways}. {BEFORE_IT[kind]} Then draft it again."


def _ways(state: Engagement, kind: DocumentKind, buttons: Mapping[str, str]) -> Iterator[str]:
    """What can be changed, each with the button or the action that changes it."""
    for what, action in CHANGED_BY[kind].items():
        by = f"with the button “{buttons[what]}”" if what in buttons else action.about(engagement=state.id)
        yield f"{what} ({by})"


def who_said_no(state: AskHolder, ask: Ask) -> str:
    """Who returned or declined it, by name and role: `Grace Oduya (finance)`."""
    against = next((vote for vote in reversed(ask.votes) if vote.answer.verdict.is_against), None)
    if against is None:
        return "Somebody"
    roles = _roles(ask, against.voter)
    return state.cast.name(against.by) + (f" ({roles})" if roles else "")


def _roles(ask: Ask, voter: PersonId) -> str:
    found = next((one.roles for one in ask.voters if one.person_id == voter), ())
    return ", ".join(map(role_label, found))
