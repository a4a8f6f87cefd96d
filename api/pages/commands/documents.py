"""Forms for SOW, BRD and their requirements."""

from api.pages.commands.fields import Field, FieldKind
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, tries
from api.pages.forms import checked
from application.commands.carry_out import Receipt
from application.commands.documents import draft_document
from domain.engagement.documents.commands import (
    DraftDocument,
    ExtendOffer,
    SendDocument,
    SetRequirements,
    TakeRequirements,
)
from domain.engagement.documents.values import DocumentKind
from domain.shared.values import Value

REQUIREMENT = (
    Field("id", "Id"),
    Field("text", "Requirement", FieldKind.LONG, needed=True),
    Field("needs", "Needs it comes from", FieldKind.IDS, needed=True, help="As N1, N2"),
    Field("work_packages", "Packages that deliver it", FieldKind.IDS, needed=True, help="As W1"),
)


class DocumentNamed(Value):
    document: DocumentKind


def _requirements(about: FormContext) -> tuple[Field, ...]:
    known = about.view.requirements or about.view.prepared_requirements
    rows = tuple(
        {
            "id": one.id,
            "text": one.text,
            "needs": ", ".join(one.needs),
            "work_packages": ", ".join(one.work_packages),
        }
        for one in known
    )
    return (Field("requirements", "Requirements", FieldKind.ROWS, columns=REQUIREMENT, rows=rows, prefix="R"),)


def _revision_now(about: FormContext) -> tuple[Field, ...]:
    found = {str(kind): document for kind, document in about.view.documents.items()}.get(about.subject)
    return (Field("revision", "Current revision", FieldKind.SHOWN, value=str(found.revision) if found else "none yet"),)


async def _draft(sending: Sending) -> Receipt:
    kind = checked(DocumentNamed, {"document": sending.subject}).document
    return await draft_document(sending.app, sending.caller, sending.engagement_id, kind)


FORMS = (
    CommandForm(
        "draft-document",
        "Draft it from the record",
        "documents",
        DraftDocument,
        _draft,
        _revision_now,
        about="document",
        replaces=True,
        lead="A new revision is written from what is agreed now, and its reviewers are asked.",
    ),
    CommandForm(
        "send-document",
        "Send it to its signers",
        "documents",
        SendDocument,
        gives(SendDocument, "document"),
        tries=tries(SendDocument, "document"),
        about="document",
        lead="The revision that was approved goes to those who sign it.",
    ),
    CommandForm(
        "extend-offer",
        "Extend the offer",
        "documents",
        ExtendOffer,
        gives(ExtendOffer),
        lambda _about: (Field("until", "The client can sign until", FieldKind.DATE, needed=True),),
        lead="The client can sign the SOW until then, expired or not.",
    ),
    CommandForm(
        "set-requirements",
        "Set the requirements",
        "documents",
        SetRequirements,
        gives(SetRequirements),
        _requirements,
        replaces=True,
        lead="They replace the requirements of now. Each is traced to what was bought, and why.",
    ),
    CommandForm(
        "take-requirements",
        "Take the requirements as prepared",
        "documents",
        TakeRequirements,
        gives(TakeRequirements),
        tries=tries(TakeRequirements),
        lead="The requirements with which the deal was started come into force as they are.",
    ),
)
