"""SOW and BRD: drawn from the record, reviewed in the firm, then signed, each signature bound to one revision."""

from datetime import date, datetime, timedelta

from domain.asks.eligibility import silent_on
from domain.asks.model import Ask, AskKind, Outcome
from domain.asks.opening import open_ask
from domain.asks.signature_record import signature
from domain.engagement.aggregate import Engagement
from domain.engagement.answers.commands import AnswerAsk
from domain.engagement.ask_subjects import basis, document_facts
from domain.engagement.documents.commands import DraftDocument, ExtendOffer, SendDocument, SetRequirements
from domain.engagement.documents.events import (
    DocumentDrafted,
    DocumentSigned,
    DocumentStatusChanged,
    OfferExpirySet,
    RequirementsSet,
)
from domain.engagement.documents.redrafting import came_back, how_it_fell, how_to_redraft, why_stale
from domain.engagement.documents.values import ALIVE_DOCUMENTS, Document, DocumentKind, DocumentStatus
from domain.engagement.needs.client_confirmation import require_confirmed_client
from domain.engagement.needs.rules import require_homes
from domain.engagement.pricing.deal_decision import deal_hash
from domain.engagement.pricing.rules import pay_first_commission
from domain.engagement.roles.coverage import require_covered, reviewers
from domain.engagement.tasks.opening import require_tasks_done
from domain.next_steps.acts_owed import ActKind
from domain.playbook.model import Method, Stage, role_label
from domain.pricing.formulas import shown
from domain.shared.calendar import day_shown
from domain.shared.errors import (
    BadValue,
    BaselineIsSigned,
    DealNotDecided,
    DoneAlready,
    NotApprovedInside,
    NotNow,
    NotWhatWasShown,
    OfferExpired,
    Waiting,
)
from domain.shared.remedy_actions import RemedyAction
from domain.shared.transaction import Transaction
from domain.shared.values import RoleName

REVIEW = {"sow": AskKind.REVIEW_SOW, "brd": AskKind.REVIEW_BRD}
SIGN = {"sow": AskKind.SIGN_SOW, "brd": AskKind.SIGN_BRD}
STAGE = {"sow": Stage.SOW, "brd": Stage.BRD}


def require_decided(state: Engagement) -> None:
    """Raises DealNotDecided unless the deal, exactly as it is, has a go."""
    if state.decision is not None and state.decision.valid and state.decision.subject_hash == deal_hash(state):
        return
    asks = list(state.open_asks(AskKind.DECIDE_DEAL, AskKind.APPROVE_PRICE))
    waits = silent_on(state, asks)
    raise DealNotDecided(
        "The deal, as it is now, has not been decided.",
        waits_for=waits,
        remedy=f"{waits[0].who} decides." if waits else "Propose a price, and have the deal decided.",
        action=None if waits else RemedyAction.PROPOSE_PRICE,
    )


def set_requirements(transaction: Transaction[Engagement], command: SetRequirements) -> None:
    """Sets the BRD's lines, each traced to scope and needs that were bought, so that a BRD cannot add scope."""
    state = transaction.state
    brd = state.documents.get("brd")
    if brd is not None and brd.status is DocumentStatus.SIGNED:
        raise BaselineIsSigned(
            "Both sides have signed the BRD.", remedy="Submit a change order.", action=RemedyAction.SUBMIT_CHANGE
        )
    for requirement in command.requirements:
        unknown = [n for n in requirement.needs if n not in state.needs]
        unknown += [p for p in requirement.work_packages if p not in state.packages or p in state.removed]
        if unknown:
            raise BadValue(
                f"{requirement.id} refers to {', '.join(unknown)}, which was not bought.",
                remedy="A BRD cannot add scope. Submit a change order.",
                action=RemedyAction.SUBMIT_CHANGE,
                field="requirements",
            )
    if {r.id: r for r in command.requirements} != state.requirements:
        transaction.record(RequirementsSet(requirements=command.requirements))


def draft_document(transaction: Transaction[Engagement], command: DraftDocument) -> None:
    """Records a new revision for review."""
    state, kind = transaction.state, command.document
    require_draftable(state, kind)
    if command.basis != basis(state, kind):
        raise NotWhatWasShown(
            "The engagement changed while the document was being drafted.",
            remedy="Draft it again.",
            action=RemedyAction.DRAFT_DOCUMENT,
        )
    before = state.documents.get(kind)
    _require_change(before, command)
    revision = before.revision + 1 if before else 1
    document = Document(
        kind=kind,
        revision=revision,
        source=command.source,
        rendered=command.rendered,
        basis=command.basis,
        author=transaction.actor.person_id,
        drawn_for=transaction.actor.for_whom,
    )
    same = before is not None and command.as_before == before.source
    transaction.record(DocumentDrafted(document=document, is_as_before=same))


def _require_change(before: Document | None, command: DraftDocument) -> None:
    """Raises DoneAlready for a draft with the same text as a valid revision, so that nobody is asked twice.

    A returned one may be drafted unchanged: the objection may have been settled in words.
    """
    lives = before is not None and before.status in ALIVE_DOCUMENTS
    if before is not None and lives and command.as_before == before.source:
        raise DoneAlready(
            f"Nothing has changed since revision {before.revision} of the {before.kind.upper()}, "
            f"which is {before.status.value.replace('_', ' ')}.",
            remedy="First change what it says: needs, scope, milestones, promises or price.",
        )


def require_draftable(state: Engagement, kind: DocumentKind) -> None:
    """Raises the refusal that prevents drafting this document now, if there is one."""
    if kind == "sow" and not state.baseline_signed:
        require_decided(state)
    if state.stage is not STAGE[kind]:
        raise NotNow(
            f"The {kind.upper()} is written in the stage {STAGE[kind].value}; the engagement is in "
            f"{state.stage.value}.",
            remedy="Check what the engagement is waiting for.",
        )
    require_covered(state, STAGE[kind])
    if kind == "sow" and not state.milestones:
        raise BadValue(
            "There are no milestones to accept.",
            remedy="Set the milestones.",
            action=RemedyAction.SET_MILESTONES,
            field="milestones",
        )
    if kind == "brd" and not state.requirements:
        raise BadValue(
            "There are no requirements.",
            remedy="Set the requirements.",
            action=RemedyAction.SET_REQUIREMENTS,
            field="requirements",
        )


def ask_for_review(transaction: Transaction[Engagement]) -> None:
    """Asks the reviewers of a new revision, once every reviewing role is held."""
    state = transaction.state
    for kind, document in state.documents.items():
        roles = reviewers(state, kind)
        last = state.last_ask(REVIEW[kind], kind)
        asked = last is not None and last.facts == document_facts(document)
        held = all(state.cast.holder(role) is not None for role in roles)
        if document.status is DocumentStatus.IN_REVIEW and not asked and held:
            open_ask(
                transaction,
                REVIEW[kind],
                kind,
                title=f"Review the {kind.upper()} of {state.title}, revision {document.revision}",
                facts=document_facts(document),
                beside=came_back(state, kind, to_client=False),
                roles=roles,
                requester=document.author,
                excluded=document.authors,
                method=Method.EACH,
                final_role=state.playbook.documents[kind].overdue_objection,
            )


def on_reviewed(transaction: Transaction[Engagement], ask: Ask) -> None:
    approved = ask.outcome is Outcome.APPROVED
    status = DocumentStatus.APPROVED_INSIDE if approved else DocumentStatus.RETURNED
    transaction.record(DocumentStatusChanged(document=_kind(ask), status=status))


def why_withdrawn(state: Engagement, ask: Ask) -> str | None:
    """Why a revision is no longer reviewed or signed, and that another follows; None for asks about anything else."""
    if ask.kind not in {*REVIEW.values(), *SIGN.values()}:
        return None
    document = state.documents[_kind(ask)]
    fell = how_it_fell(state, document)
    return f"{fell} Another one follows." if fell is not None else None


def _kind(ask: Ask) -> DocumentKind:
    return "sow" if ask.subject.startswith("sow") else "brd"


def send_document(transaction: Transaction[Engagement], command: SendDocument) -> None:
    """Asks the signers."""
    require_sendable(transaction.state, command.document)
    transaction.record(DocumentStatusChanged(document=command.document, status=DocumentStatus.SENT))
    days = transaction.state.playbook.limits.offer_days
    if command.document == "sow" and days is not None:
        transaction.record(OfferExpirySet(until=_today(transaction) + timedelta(days=days)))


def extend_offer(transaction: Transaction[Engagement], command: ExtendOffer) -> None:
    """Extends the offer in the SOW that was sent to a later day, expired or not."""
    sow, days = transaction.state.documents.get("sow"), transaction.state.playbook.limits.offer_days
    if sow is None or sow.status is not DocumentStatus.SENT or sow.offered_until is None or days is None:
        raise NotNow(
            "There is no offer waiting for a signature.",
            remedy="Send the SOW; the offer is open from then on.",
            action=RemedyAction.SEND_SOW,
        )
    stands = max(_today(transaction), sow.offered_until)
    first, latest = stands + timedelta(days=1), stands + timedelta(days=days)
    if not first <= command.until <= latest:
        raise BadValue(
            f"An offer that is open until {day_shown(sow.offered_until)} can only be extended to a day "
            f"from {day_shown(first)} to {day_shown(latest)}.",
            remedy="Give a day in that range. The day after, extend it again or let it lapse.",
            field="until",
        )
    transaction.record(OfferExpirySet(until=command.until))


def _today(transaction: Transaction[Engagement]) -> date:
    """Today, where the engagement manager works."""
    return transaction.state.cast.calendar_of(transaction.state.manager).local_day(transaction.now)


def offer_ends(state: Engagement) -> datetime | None:
    """When the offer to be signed expires, at the end of its day; None if there is none, or it does not expire."""
    sow = state.documents.get("sow")
    if sow is None or sow.status is not DocumentStatus.SENT or sow.offered_until is None:
        return None
    return state.cast.calendar_of(state.manager).day_begins(sow.offered_until + timedelta(days=1))


def require_offer_stands(transaction: Transaction[Engagement], command: AnswerAsk) -> None:
    """Raises OfferExpired if somebody would sign an expired offer."""
    state, ask, ends = transaction.state, transaction.state.asks.get(command.ask_id), offer_ends(transaction.state)
    signs = ask is not None and ask.kind is AskKind.SIGN_SOW and command.answer.verdict.is_for
    if not signs or ends is None or transaction.now < ends:
        return
    act, until = state.acts.get(ActKind.EXTEND_OFFER.value), state.documents["sow"].offered_until
    manager, due = state.cast.name(state.manager), act.due_at if act is not None else None
    role = role_label("engagement_manager")
    waits = Waiting(ask_id=ActKind.EXTEND_OFFER.value, who=manager, role=role, since=ends, due=due)
    raise OfferExpired(
        f"The offer could be signed until {day_shown(until or ends)}.",
        waits_for=(waits,),
        remedy=f"{manager} can extend it: ask them.",
    )


def require_sendable(state: Engagement, kind: DocumentKind) -> None:
    """Raises the refusal that prevents sending a document now, if there is one.

    Every promise must have a home, and the reviewers must have approved.
    """
    if kind == "sow" and not state.baseline_signed:
        require_decided(state)
        require_homes(state)
        require_confirmed_client(state)
    document = state.documents.get(kind)
    if document is None or document.status in {DocumentStatus.STALE, DocumentStatus.RETURNED}:
        raise NotApprovedInside(
            f"There is no current revision of the {kind.upper()}.",
            remedy=how_to_redraft(state, kind) or "Draft it.",
            action=RemedyAction.DRAFT_DOCUMENT,
        )
    if document.status in {DocumentStatus.SENT, DocumentStatus.SIGNED}:
        raise DoneAlready(
            f"Revision {document.revision} is {document.status.value} already.", remedy="There is nothing to send."
        )
    if document.status is not DocumentStatus.APPROVED_INSIDE:
        _refuse_unreviewed(state, kind, document)
    require_covered(state, STAGE[kind])
    require_tasks_done(state, STAGE[kind])


def _refuse_unreviewed(state: Engagement, kind: DocumentKind, document: Document) -> None:
    waits = silent_on(state, state.open_asks(REVIEW[kind]))
    raise NotApprovedInside(
        f"Revision {document.revision} of the {kind.upper()} is still under internal review.",
        waits_for=waits,
        remedy=f"{waits[0].who} must review it first." if waits else "Fill every role that reviews it.",
    )


def ask_for_signature(transaction: Transaction[Engagement]) -> None:
    """Asks the next signer of what was sent, once there is one."""
    for kind, document in transaction.state.documents.items():
        role = _next_signer(transaction.state, document)
        if (
            role is not None
            and transaction.state.cast.holder(role)
            and not any(transaction.state.open_asks(SIGN[kind]))
        ):
            _ask_to_sign(transaction, document, role)


def _next_signer(state: Engagement, document: Document) -> RoleName | None:
    signers = state.playbook.documents[document.kind].signers
    signed = len(document.signatures)
    return signers[signed] if document.status is DocumentStatus.SENT and signed < len(signers) else None


def _ask_to_sign(transaction: Transaction[Engagement], document: Document, role: str) -> None:
    kind = document.kind
    inside = not role.startswith("client_")
    open_ask(
        transaction,
        SIGN[kind],
        f"{kind}:{role}",
        title=f"Sign the {kind.upper()} of {transaction.state.title}, revision {document.revision}",
        facts=document_facts(document),
        roles=[role],
        beside=(_offered(transaction.state) if kind == "sow" else {})
        | document.beside_signing
        | came_back(transaction.state, kind, to_client=not inside),
        requester=document.author,
        excluded=document.authors,
        method=Method.EACH if inside else Method.AUTHORITY,
    )


def _offered(state: Engagement) -> dict[str, str]:
    """The figures of a SOW that a signer looks for first; the text to be signed has the same."""
    price = {"price": f"{shown(state.price.quote.price)} {state.currency}, expenses included"} if state.price else {}
    return price | {"planned": f"{day_shown(state.wished_start)} to {day_shown(state.wished_end)}"}


def on_signed(transaction: Transaction[Engagement], ask: Ask) -> None:
    """Stores the signature; the last one makes the SOW the baseline."""
    kind = _kind(ask)
    if ask.outcome is not Outcome.APPROVED:
        transaction.record(DocumentStatusChanged(document=kind, status=DocumentStatus.RETURNED))
        return
    role = ask.subject.split(":", maxsplit=1)[1]
    transaction.record(
        DocumentSigned(document=kind, signature=signature(transaction.state.cast, ask, role, transaction.now))
    )
    if _next_signer(transaction.state, transaction.state.documents[kind]) is not None:
        return
    transaction.record(DocumentStatusChanged(document=kind, status=DocumentStatus.SIGNED))
    if kind == "sow":
        pay_first_commission(transaction)


def void_stale_documents(transaction: Transaction[Engagement]) -> None:
    """Marks valid revisions as stale if what they are drawn from changed: they must be drafted and approved again."""
    for kind, document in list(transaction.state.documents.items()):
        undecided = kind == "sow" and not (transaction.state.decision and transaction.state.decision.valid)
        if document.status in ALIVE_DOCUMENTS and (undecided or document.basis != basis(transaction.state, kind)):
            because = why_stale(transaction.before, transaction.state, kind)
            transaction.record(DocumentStatusChanged(document=kind, status=DocumentStatus.STALE, because=because))
