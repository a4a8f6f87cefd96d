"""SOW and BRD: drawn from the record, reviewed inside, then signed, each signature bound to one revision."""

from domain.asking.opening import open_ask
from domain.asking.seats import silent_on
from domain.asks import Ask, AskKind, Outcome
from domain.engagement import commands as c
from domain.engagement.confirming import require_confirmed_client
from domain.engagement.coverage import require_covered, reviewers
from domain.engagement.dealing import deal_hash, pay_first_commission, require_tasks_done
from domain.engagement.events import DocumentDrafted, DocumentSigned, DocumentStatusChanged, RequirementsSet
from domain.engagement.qualifying import require_homes
from domain.engagement.state import ALIVE_DOCUMENTS, Document, DocumentKind, DocumentStatus, Engagement, Signature
from domain.engagement.subjects import basis, document_facts
from domain.playbook import Method, Stage
from domain.refusals import (
    BadValue,
    BaselineIsSigned,
    DealNotDecided,
    NotApprovedInside,
    NotNow,
    NotWhatWasShown,
)
from domain.turn import Turn

REVIEW = {"sow": AskKind.REVIEW_SOW, "brd": AskKind.REVIEW_BRD}
SIGN = {"sow": AskKind.SIGN_SOW, "brd": AskKind.SIGN_BRD}
STAGE = {"sow": Stage.SOW, "brd": Stage.BRD}


def require_decided(state: Engagement) -> None:
    """Raises DealNotDecided unless a go stands on the deal exactly as it is."""
    if state.decision is not None and state.decision.valid and state.decision.hash == deal_hash(state):
        return
    asks = list(state.open_asks(AskKind.DECIDE_DEAL, AskKind.APPROVE_PRICE))
    waits = silent_on(state, asks)
    raise DealNotDecided(
        "No go stands on the deal as it is now.",
        waits_for=waits,
        remedy=f"{waits[0].who} decides." if waits else "Propose a price and have it decided.",
    )


def set_requirements(turn: Turn[Engagement], command: c.SetRequirements) -> None:
    """The BRD's lines: each traced to scope and needs that were bought, so that a BRD cannot add scope."""
    state = turn.state
    brd = state.documents.get("brd")
    if brd is not None and brd.status is DocumentStatus.SIGNED:
        raise BaselineIsSigned("Both sides have signed the BRD.", remedy="Submit a change order.")
    for requirement in command.requirements:
        unknown = [n for n in requirement.needs if n not in state.needs]
        unknown += [p for p in requirement.work_packages if p not in state.packages]
        if unknown:
            raise BadValue(
                f"{requirement.id} rests on {', '.join(unknown)}, which was not bought.",
                remedy="A BRD cannot add scope; submit a change order.",
                field="requirements",
            )
    if {r.id: r for r in command.requirements} != state.requirements:
        turn.record(RequirementsSet(requirements=command.requirements))


def draft_document(turn: Turn[Engagement], command: c.DraftDocument) -> None:
    """Records a new revision and asks each reviewer inside."""
    state, kind = turn.state, command.document
    require_draftable(state, kind)
    if command.basis != basis(state, kind):
        raise NotWhatWasShown("The engagement changed while the document was being drafted.", remedy="Draft it again.")
    before = state.documents.get(kind)
    revision = before.revision + 1 if before else 1
    document = Document(
        kind=kind,
        revision=revision,
        source=command.source,
        rendered=command.rendered,
        basis=command.basis,
        author=turn.actor.person,
    )
    turn.record(DocumentDrafted(document=document))


def require_draftable(state: Engagement, kind: DocumentKind) -> None:
    """Raises the refusal that stands in the way of drafting this document now, if any does."""
    if kind == "sow" and not state.baseline_signed:
        require_decided(state)
    if state.stage is not STAGE[kind]:
        raise NotNow(
            f"The {kind.upper()} is written at {STAGE[kind].value}; the engagement is at {state.stage.value}.",
            remedy="See what the engagement waits for.",
        )
    require_covered(state, STAGE[kind])
    if kind == "sow" and not state.milestones:
        raise BadValue("There are no milestones to accept.", remedy="Set the milestones.", field="milestones")
    if kind == "brd" and not state.requirements:
        raise BadValue("There are no requirements.", remedy="Set the requirements.", field="requirements")


def ask_for_review(turn: Turn[Engagement]) -> None:
    """Asks the reviewers of a new revision, each, once every reviewing role is held."""
    state = turn.state
    for kind, document in state.documents.items():
        roles = reviewers(state, kind)
        last = state.last_ask(REVIEW[kind], kind)
        asked = last is not None and last.facts == document_facts(document)
        held = all(state.cast.holder(role) is not None for role in roles)
        if document.status is DocumentStatus.IN_REVIEW and not asked and held:
            open_ask(
                turn,
                REVIEW[kind],
                kind,
                title=f"Review the {kind.upper()} of {state.id}, revision {document.revision}",
                facts=document_facts(document),
                roles=roles,
                requester=document.author,
                method=Method.EACH,
                final_role=state.playbook.documents[kind].overdue_objection,
            )


def on_reviewed(turn: Turn[Engagement], ask: Ask) -> None:
    approved = ask.outcome is Outcome.APPROVED
    status = DocumentStatus.APPROVED_INSIDE if approved else DocumentStatus.RETURNED
    turn.record(DocumentStatusChanged(document=_kind(ask), status=status))


def _kind(ask: Ask) -> DocumentKind:
    return "sow" if ask.subject.startswith("sow") else "brd"


def send_document(turn: Turn[Engagement], command: c.SendDocument) -> None:
    """Puts the revision before the signers."""
    require_sendable(turn.state, command.document)
    turn.record(DocumentStatusChanged(document=command.document, status=DocumentStatus.SENT))


def require_sendable(state: Engagement, kind: DocumentKind) -> None:
    """Raises the refusal that stands in the way of sending a document now, if any does.

    Every promise must have a home, and all inside must have approved.
    """
    if kind == "sow" and not state.baseline_signed:
        require_decided(state)
        require_homes(state)
        require_confirmed_client(state)
    document = state.documents.get(kind)
    if document is None or document.status in {DocumentStatus.STALE, DocumentStatus.RETURNED}:
        raise NotApprovedInside(f"There is no current revision of the {kind.upper()}.", remedy="Draft it.")
    if document.status in {DocumentStatus.SENT, DocumentStatus.SIGNED}:
        raise NotNow(f"Revision {document.revision} is {document.status.value} already.", remedy="Nothing to send.")
    if document.status is not DocumentStatus.APPROVED_INSIDE:
        _refuse_unreviewed(state, kind, document)
    require_covered(state, STAGE[kind])
    require_tasks_done(state, STAGE[kind])


def _refuse_unreviewed(state: Engagement, kind: DocumentKind, document: Document) -> None:
    waits = silent_on(state, state.open_asks(REVIEW[kind]))
    raise NotApprovedInside(
        f"Revision {document.revision} of the {kind.upper()} is still under review inside.",
        waits_for=waits,
        remedy=f"{waits[0].who} reviews it first." if waits else "Have every reviewing role held.",
    )


def ask_for_signature(turn: Turn[Engagement]) -> None:
    """Puts what was sent before its next signer, as soon as there is one."""
    for kind, document in turn.state.documents.items():
        role = _next_signer(turn.state, document)
        if role is not None and turn.state.cast.holder(role) and not any(turn.state.open_asks(SIGN[kind])):
            _ask_to_sign(turn, document, role)


def _next_signer(state: Engagement, document: Document) -> str | None:
    signers = state.playbook.documents[document.kind].signers
    signed = len(document.signatures)
    return signers[signed] if document.status is DocumentStatus.SENT and signed < len(signers) else None


def _ask_to_sign(turn: Turn[Engagement], document: Document, role: str) -> None:
    kind = document.kind
    inside = not role.startswith("client_")
    open_ask(
        turn,
        SIGN[kind],
        f"{kind}:{role}",
        title=f"Sign the {kind.upper()} of {turn.state.title}, revision {document.revision}",
        facts=document_facts(document),
        roles=[role],
        requester=document.author,
        method=Method.EACH if inside else Method.AUTHORITY,
    )


def on_signed(turn: Turn[Engagement], ask: Ask) -> None:
    """Keeps the signature; the last one makes the SOW the baseline."""
    kind = _kind(ask)
    if ask.outcome is not Outcome.APPROVED:
        turn.record(DocumentStatusChanged(document=kind, status=DocumentStatus.RETURNED))
        return
    vote = ask.votes[-1]
    role = ask.subject.split(":", maxsplit=1)[1]
    turn.record(DocumentSigned(document=kind, signature=Signature(by=vote.by, role=role, hash=ask.hash, at=turn.now)))
    if _next_signer(turn.state, turn.state.documents[kind]) is not None:
        return
    turn.record(DocumentStatusChanged(document=kind, status=DocumentStatus.SIGNED))
    if kind == "sow":
        pay_first_commission(turn)


def void_stale_documents(turn: Turn[Engagement]) -> None:
    """A living revision drawn from what no longer holds is stale: it must be drafted and approved anew."""
    for kind, document in list(turn.state.documents.items()):
        undecided = kind == "sow" and not (turn.state.decision and turn.state.decision.valid)
        if document.status in ALIVE_DOCUMENTS and (undecided or document.basis != basis(turn.state, kind)):
            turn.record(DocumentStatusChanged(document=kind, status=DocumentStatus.STALE))
