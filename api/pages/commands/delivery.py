"""Forms for delivery: handoff, milestones, hours, contacts, pulses, complaints, conditions."""

from api.pages.commands.choices import client_people, milestones, written
from api.pages.commands.fields import Field, FieldKind, named
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, tries, with_reason
from application.queries.delivery_previews import preview_of_delivery
from domain.engagement.delivery.commands import (
    AskPulse,
    BillMilestone,
    DeliverMilestone,
    OfferHandoff,
    RaiseComplaint,
    RecordContact,
    ReportHours,
    TakeMilestoneBack,
    WithdrawComplaint,
)
from domain.engagement.tasks.commands import CompleteTask


def _hours(about: FormContext) -> tuple[Field, ...]:
    items = [(one.id, f"{one.id} {one.title}") for one in about.view.packages if one.removed_by is None]
    items += [(f"C{one.n}", f"C{one.n} {one.title}") for one in about.view.changes if one.status.value == "approved"]
    columns = (
        Field("item", "Package or change", FieldKind.CHOICE, needed=True, choices=named(items)),
        Field("hours", "Hours in total", FieldKind.NUMBER, needed=True),
    )
    known = about.view.actual_hours
    rows = tuple({"item": item, "hours": written(known[item]) if item in known else ""} for item, _ in items)
    return (Field("hours", "Hours", FieldKind.ROWS, columns=columns, rows=rows, key="hours"),)


def _contact(about: FormContext) -> tuple[Field, ...]:
    return (
        Field("person_id", "With whom", FieldKind.CHOICE, needed=True, choices=client_people(about)),
        Field("summary", "What was said", FieldKind.LONG, needed=True),
    )


def _pulse(about: FormContext) -> tuple[Field, ...]:
    return (
        Field("person_id", "Whom", FieldKind.CHOICE, needed=True, choices=client_people(about)),
        Field("at", "At which milestone", FieldKind.CHOICE, needed=True, choices=milestones(about)),
    )


def _complaint(about: FormContext) -> tuple[Field, ...]:
    return (
        Field("text", "The complaint, in the client's words", FieldKind.LONG, needed=True),
        Field("person_id", "Who complained", FieldKind.CHOICE, choices=client_people(about)),
    )


def _note(_about: FormContext) -> tuple[Field, ...]:
    return (Field("note", "Note to the client (optional)", FieldKind.LONG),)


async def _why_another_may_be_meant(sending: Sending) -> tuple[str, ...]:
    actor = sending.caller.actor
    return (await preview_of_delivery(sending.app, actor, sending.engagement_id, sending.subject)).warnings


FORMS = (
    CommandForm(
        "offer-handoff",
        "Offer the handoff",
        "delivery",
        OfferHandoff,
        gives(OfferHandoff),
        lambda _about: (Field("plan", "How the work is handed over", FieldKind.LONG, needed=True),),
        lead="Delivery is asked to accept it.",
    ),
    CommandForm(
        "deliver-milestone",
        "Mark as delivered",
        "delivery",
        DeliverMilestone,
        gives(DeliverMilestone, "milestone"),
        _note,
        "milestone",
        warns=_why_another_may_be_meant,
        lead="The client is asked to accept it.",
    ),
    CommandForm(
        "take-milestone-back",
        "Take it back",
        "delivery",
        TakeMilestoneBack,
        gives(TakeMilestoneBack, "milestone"),
        with_reason("Why", "The client is told."),
        "milestone",
        is_grave=True,
        lead="For one marked by mistake, as long as the client has not answered.",
    ),
    CommandForm(
        "bill-milestone",
        "Have it billed after all",
        "delivery",
        BillMilestone,
        gives(BillMilestone, "milestone"),
        tries=tries(BillMilestone, "milestone"),
        about="milestone",
        lead="Finance is asked again.",
    ),
    CommandForm(
        "report-hours",
        "Record hours",
        "delivery",
        ReportHours,
        gives(ReportHours),
        _hours,
        replaces=True,
        lead="All hours worked so far on each package and change, not those since the last report.",
    ),
    CommandForm(
        "record-contact",
        "Record a contact",
        "delivery",
        RecordContact,
        gives(RecordContact),
        _contact,
        lead="It counts as a talk with the client, which each engagement must have often enough.",
    ),
    CommandForm(
        "ask-pulse",
        "Ask for a score",
        "delivery",
        AskPulse,
        gives(AskPulse),
        _pulse,
        lead="One of the client's people is asked how satisfied they are, from 0 to 10.",
    ),
    CommandForm(
        "raise-complaint",
        "Record a complaint",
        "delivery",
        RaiseComplaint,
        gives(RaiseComplaint),
        _complaint,
        lead="It must be acknowledged within hours, and then planned. Who complained is told who takes care of it.",
    ),
    CommandForm(
        "withdraw-complaint",
        "Withdraw the complaint",
        "delivery",
        WithdrawComplaint,
        gives(WithdrawComplaint, "complaint"),
        with_reason("Why"),
        "complaint",
        is_grave=True,
        lead="For one recorded by mistake. Who complained is told why.",
    ),
    CommandForm(
        "complete-task",
        "Say that it is met",
        "",
        CompleteTask,
        gives(CompleteTask, "task"),
        lambda _about: (Field("note", "How it was met", FieldKind.LONG, needed=True),),
        "task",
        lead="The condition counts as met, under your name.",
    ),
)
