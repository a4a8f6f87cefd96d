"""Forms for needs and promises."""

from api.pages.commands.choices import client_people, colleagues, milestones, packages
from api.pages.commands.fields import Choice, Field, FieldKind
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, tries, with_reason
from api.pages.forms import checked
from application.commands import promises
from application.commands.carry_out import Receipt
from domain.engagement.needs.commands import (
    CoverPromise,
    DeclinePromise,
    ReconcilePromise,
    RecordNeeds,
    RecordPromises,
    RestateNeeds,
)
from domain.engagement.needs.values import Need

NEED = (
    Field("id", "Id"),
    Field("text", "What the client needs", FieldKind.LONG, needed=True),
    Field("why", "Why", FieldKind.LONG),
    Field("measure.what", "Measured by"),
    Field("measure.now", "Today", FieldKind.NUMBER),
    Field("measure.target", "Target", FieldKind.NUMBER),
)


def _needs(about: FormContext) -> tuple[Field, ...]:
    known = about.view.needs
    shown = tuple(_need_row(need) for need in known if need.id == about.subject)
    return (
        Field(
            "needs",
            "Needs",
            FieldKind.ROWS,
            columns=NEED,
            rows=shown,
            prefix="N",
            known=tuple(need.id for need in known),
            help="A need with the id of a known one corrects it.",
        ),
    )


def _need_row(need: Need) -> dict[str, str]:
    measure = need.measure
    measured = (
        {"measure.what": measure.what, "measure.now": str(measure.now), "measure.target": str(measure.target)}
        if measure
        else {}
    )
    return {"id": need.id, "text": need.text, "why": need.why or "", **measured}


def promise_columns(by: tuple[Choice, ...], to: tuple[Choice, ...]) -> tuple[Field, ...]:
    return (
        Field("id", "Id"),
        Field("text", "What was promised", FieldKind.LONG, needed=True),
        Field("by", "By", FieldKind.CHOICE, needed=True, choices=by),
        Field("to", "To", FieldKind.CHOICE, needed=True, choices=to),
        Field("on", "On", FieldKind.DATE, needed=True),
    )


def _promises(about: FormContext) -> tuple[Field, ...]:
    columns = promise_columns(colleagues(about.directory), client_people(about))
    known = tuple(promise.id for promise in about.view.promises)
    return (Field("promises", "Promises", FieldKind.ROWS, columns=columns, prefix="P", known=known),)


async def _record_promises(sending: Sending) -> Receipt:
    recorded = checked(RecordPromises, sending.given).promises
    return await promises.record_promises(sending.app, sending.caller, sending.engagement_id, recorded)


def _items(about: FormContext) -> tuple[Field, ...]:
    choices = (*packages(about), *milestones(about))
    covered = next((one.covered_by for one in about.view.promises if one.id == about.subject), ())
    value = " ".join(covered)
    return (Field("by", "What covers it", FieldKind.SEVERAL, needed=True, value=value, choices=choices),)


def _kept(_about: FormContext) -> tuple[Field, ...]:
    return (
        Field("delivered", "Was it kept?", FieldKind.YES_NO, needed=True),
        Field("why_not", "Why not", FieldKind.LONG, help="If it was not kept."),
    )


FORMS = (
    CommandForm(
        "record-needs",
        "Record needs",
        "promises",
        RecordNeeds,
        gives(RecordNeeds),
        _needs,
        replaces=True,
        lead="What the client wants to change, and why. What is recorded can be corrected until the SOW is signed.",
    ),
    CommandForm(
        "restate-needs",
        "Restate the needs to the client",
        "promises",
        RestateNeeds,
        gives(RestateNeeds),
        tries=tries(RestateNeeds),
        lead="The client's sponsor is asked whether you understood what they need.",
    ),
    CommandForm(
        "record-promises",
        "Record promises",
        "promises",
        RecordPromises,
        _record_promises,
        _promises,
        lead="A promise on record is never rewritten: it is covered by what is sold, or declined openly.",
    ),
    CommandForm(
        "cover-promise",
        "Cover the promise",
        "promises",
        CoverPromise,
        gives(CoverPromise, "promise"),
        _items,
        "promise",
        replaces=True,
        lead="The packages and milestones by which the promise is kept.",
    ),
    CommandForm(
        "decline-promise",
        "Decline the promise",
        "promises",
        DeclinePromise,
        gives(DeclinePromise, "promise"),
        with_reason("Why it is declined", "The client reads it, and must acknowledge it."),
        "promise",
        is_grave=True,
        lead="The promise is taken back. The client must acknowledge it.",
    ),
    CommandForm(
        "reconcile-promise",
        "Say whether it was kept",
        "promises",
        ReconcilePromise,
        gives(ReconcilePromise, "promise"),
        _kept,
        "promise",
        lead="It goes into the table of what was promised and delivered, with which the engagement closes.",
    ),
)
