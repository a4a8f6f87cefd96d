"""Who of a client will sign soon and needs a token of their own by then: nobody else can sign for them."""

from collections.abc import Iterator
from typing import Any

from domain.asks.events import AskOpened, VoterReplaced, VoterSeated
from domain.asks.holder import AskHolder
from domain.asks.model import SIGNATURES, AskKind
from domain.engagement.aggregate import Engagement
from domain.engagement.documents.events import DocumentStatusChanged
from domain.engagement.documents.values import DocumentKind, DocumentStatus
from domain.next_steps.acts_owed import ActKind
from domain.record.facts import Aggregate, Message
from domain.shared.remedy_actions import RemedyAction
from domain.shared.streams import engagement_of
from domain.shared.text import fitting
from domain.shared.values import AskId, PersonId

TOKEN = "token"  # noqa: S105 -- a kind of message
HOW_THEY_SIGN = "docs/clients.md says how they sign with it."
SENT_BY: dict[str, DocumentKind] = {ActKind.SEND_SOW.value: "sow", ActKind.SEND_BRD.value: "brd"}
SIGNED_AS: dict[AskKind, DocumentKind] = {AskKind.SIGN_SOW: "sow", AskKind.SIGN_BRD: "brd"}


def who_will_sign(state: Aggregate, event: Any) -> tuple[PersonId, ...]:
    """People of the client who are about to sign: an event sent them a document or put an ask to sign."""
    if isinstance(event, DocumentStatusChanged) and event.status is DocumentStatus.SENT:
        return of_document(state, event.document) if isinstance(state, Engagement) else ()
    if isinstance(event, AskOpened) and event.ask.kind in SIGNATURES and event.ask.for_client:
        return tuple(voter.person_id for voter in event.ask.voters)
    if isinstance(event, VoterReplaced | VoterSeated):
        ask, person_id = state.asks[event.ask_id], event.after if isinstance(event, VoterReplaced) else event.person_id
        return (person_id,) if ask.kind in SIGNATURES and state.cast.is_client(person_id) else ()
    return ()


def of_document(state: Engagement, kind: DocumentKind) -> tuple[PersonId, ...]:
    holders = (state.cast.holder(role) for role in state.playbook.documents[kind].signers)
    return tuple(person_id for person_id in holders if person_id is not None and state.cast.is_client(person_id))


def who_signs_by(state: Engagement, of: AskHolder, ask_id: AskId | None, act: str | None) -> tuple[PersonId, ...]:
    """People of the client who sign in this next step, or right after it: by an ask of this aggregate, or an act."""
    if act is not None:
        return of_document(state, SENT_BY[act]) if act in SENT_BY else ()
    known = of.asks.get(ask_id) if ask_id else None
    if known is None or known.kind not in SIGNATURES:
        return ()
    if known.for_client or known.kind not in SIGNED_AS:
        return tuple(voter.person_id for voter in known.voters if of.cast.is_client(voter.person_id))
    return of_document(state, SIGNED_AS[known.kind])


def token_messages(state: Aggregate, stream: str, people: tuple[PersonId, ...], keeper: PersonId) -> Iterator[Message]:
    """A message to the person who creates tokens, once per engagement for each of these people, who have none."""
    engagement_id = engagement_of(stream)
    for person_id in people:
        name = state.cast.name(person_id)
        client = state.cast.people[person_id].client
        text = (
            f"{name} of {client} has to sign in {engagement_id} and has no token, without which nobody can sign. "
            "Make one, and give it to them some other way than by mail: "
            f"{RemedyAction.CREATE_TOKEN.about(person=person_id)}. {HOW_THEY_SIGN}"
        )
        yield Message(
            key=f"{engagement_id}:{TOKEN}:{person_id}", to=keeper, kind=TOKEN, stream=stream, text=fitting(text)
        )


def said_of_lacking(name: str, person_id: PersonId, keeper: str) -> str:
    """The same in short, shown with the step that waits for it."""
    made = RemedyAction.CREATE_TOKEN.about(person=person_id)
    return f"{name} has no token to sign with. {keeper} makes one: {made}. {HOW_THEY_SIGN}"
