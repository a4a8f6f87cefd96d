"""What is stored of a signature: who gave it, in which role, and for whom."""

from collections.abc import Callable
from datetime import datetime

from domain.asks.choices import LABELS
from domain.asks.model import Ask, AskKind, Verdict
from domain.directory.people import Participants
from domain.engagement.documents.values import Document, Signature
from domain.playbook.model import role_label
from domain.shared.remedy_actions import RemedyAction

# Answers to an ask to sign that are not signatures: anybody with access to the mailbox may give them by a link.
BY_LINK = frozenset({Verdict.RETURN, Verdict.NEED_INFO})


def how_client_signs(kind: AskKind, whom: str) -> str:
    """What a client's signer is told first. `whom`: the colleague to contact, by name and address."""
    how = (
        "You sign this with a token of your own, not by a link: a link shows only who reads a mailbox. If you have no "
        f"token, ask {whom}, who has one made for you and tells you how to sign with it."
    )
    return f"{how} To decline it takes your token too." if Verdict.DECLINE in LABELS[kind] else how


def how_firm_signs(ask_id: str) -> str:
    """What a colleague who signs is told first."""
    return (
        "A signature is not given by a link, which only proves access to a mailbox. Sign in Slack, or with your token: "
        f"{RemedyAction.SIGN_ASK.about(ask=ask_id)}"
    )


RETURNED_BY_LINK = "To return it or ask back, the link is enough."


def signature(cast: Participants, ask: Ask, role: str, at: datetime) -> Signature:
    """The signature in the last vote on an ask to sign in a role."""
    by, holder = ask.votes[-1].by, cast.holder(role)
    instead_of = cast.name(holder) if holder is not None and holder != by else None
    return Signature(by=by, name=cast.name(by), role=role, instead_of=instead_of, subject_hash=ask.subject_hash, at=at)


def signed_shown(document: Document, cast: Participants, shown: Callable[[datetime], str]) -> tuple[str, ...]:
    """Each signature in words, with its time formatted by `shown`; the signed bytes stay as they were signed."""
    return tuple(
        f"Signed by {one.name or cast.name(one.by)}{f' for {one.instead_of}' if one.instead_of else ''}, "
        f"{role_label(one.role)}, on {shown(one.at)}"
        for one in document.signatures
    )
