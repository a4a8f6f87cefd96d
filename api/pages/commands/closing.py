"""Forms that pause or end an engagement, or move it to another playbook."""

from api.pages.commands.fields import Field, FieldKind
from api.pages.commands.form import CommandForm, FormContext, Send, Sending, gives, tries, with_reason
from api.pages.forms import checked
from application.commands.carry_out import Receipt
from application.commands.closing import end_engagement
from application.commands.engagement_versions import take_playbook
from application.queries.delivery_previews import preview_of_close
from domain.engagement.closing.commands import (
    CancelEngagement,
    CloseEngagement,
    HoldEngagement,
    LoseDeal,
    ResumeEngagement,
)
from domain.engagement.playbook.commands import TakePlaybook


def _hold(_about: FormContext) -> tuple[Field, ...]:
    return (
        Field("until", "Until", FieldKind.DATE, needed=True),
        Field("reason", "Why", FieldKind.LONG, needed=True),
    )


def _ends(command: type[CancelEngagement | LoseDeal | CloseEngagement]) -> Send:
    async def send(sending: Sending) -> Receipt:
        return await end_engagement(sending.app, sending.caller, sending.engagement_id, checked(command, sending.given))

    return send


async def _what_a_close_leaves(sending: Sending) -> tuple[str, ...]:
    actor = sending.caller.actor
    found = await preview_of_close(sending.app, actor, sending.engagement_id, lessons="lessons" in sending.given)
    return found.warnings


async def _take_playbook(sending: Sending) -> Receipt:
    return await take_playbook(sending.app, sending.caller, sending.engagement_id)


FORMS = (
    CommandForm(
        "hold",
        "Put on hold",
        "",
        HoldEngagement,
        gives(HoldEngagement),
        _hold,
        lead="All deadlines are paused until then.",
    ),
    CommandForm(
        "resume",
        "Resume",
        "",
        ResumeEngagement,
        gives(ResumeEngagement),
        tries=tries(ResumeEngagement),
        lead="All deadlines run on.",
    ),
    CommandForm(
        "lose",
        "Record as lost",
        "",
        LoseDeal,
        _ends(LoseDeal),
        with_reason("Why it was lost"),
        is_grave=True,
        lead="The deal ends, and everyone who is asked about it is told.",
    ),
    CommandForm(
        "cancel",
        "Cancel",
        "",
        CancelEngagement,
        _ends(CancelEngagement),
        with_reason("Why"),
        is_grave=True,
        lead="The engagement ends. After both sides have signed the SOW, the provider sponsor is asked first.",
    ),
    CommandForm(
        "close",
        "Close the engagement",
        "delivery",
        CloseEngagement,
        _ends(CloseEngagement),
        lambda _about: (Field("lessons", "What to do differently next time", FieldKind.LONG),),
        is_grave=True,
        warns=_what_a_close_leaves,
        lead="It ends for good: nothing can be billed, answered or added afterwards.",
    ),
    CommandForm(
        "take-playbook",
        "Take the current playbook",
        "",
        TakePlaybook,
        _take_playbook,
        lead="The engagement goes on by the rules that are in force now.",
    ),
)
