"""Forms for the scope: packages, estimates, dates, milestones, purchases."""

from collections.abc import Sequence

from api.pages.commands.choices import disciplines, grades, written
from api.pages.commands.fields import Field, FieldKind
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, with_reason
from application.commands.carry_out import Receipt
from application.commands.engagement_versions import take_rate_card
from application.queries.scope import PackageView
from domain.directory.directory import Directory
from domain.engagement.scope.commands import (
    KeepDates,
    MoveDates,
    SetMilestones,
    SetPurchases,
    SetWorkPackages,
    TakeRateCard,
)
from domain.engagement.scope.values import Milestone


def package_columns(directory: Directory) -> tuple[Field, ...]:
    return (
        Field("id", "Id"),
        Field("title", "Title", needed=True),
        Field("discipline", "Discipline", FieldKind.CHOICE, needed=True, choices=disciplines(directory)),
        Field("grade", "Grade", FieldKind.CHOICE, needed=True, choices=grades(directory)),
        Field("needs", "Needs it serves", FieldKind.IDS, help="As N1, N2"),
        Field("promises", "Promises it keeps", FieldKind.IDS, help="As P1"),
        Field("scope", "What is done and delivered", FieldKind.LONG),
        Field("assumes", "Assumptions, one a line", FieldKind.LINES),
        Field("risks", "Risks, one a line", FieldKind.LINES),
    )


def _packages(about: FormContext) -> tuple[Field, ...]:
    rows = tuple(_package_row(one) for one in about.view.packages)
    return (
        Field(
            "packages", "Work packages", FieldKind.ROWS, columns=package_columns(about.directory), rows=rows, prefix="W"
        ),
    )


def _package_row(package: PackageView) -> dict[str, str]:
    return {
        "id": package.id,
        "title": package.title,
        "discipline": package.discipline,
        "grade": package.grade,
        "needs": _listed(package.needs),
        "promises": _listed(package.promises),
        "scope": package.scope or "",
        "assumes": "\n".join(package.assumes),
        "risks": "\n".join(package.risks),
    }


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids)


MILESTONE = (
    Field("id", "Id"),
    Field("title", "Title", needed=True),
    Field("due", "Due", FieldKind.DATE, needed=True),
    Field("share_percent", "Share in %", FieldKind.NUMBER, needed=True),
    Field("promises", "Promises it keeps", FieldKind.IDS, help="As P1"),
)


def _milestones(about: FormContext) -> tuple[Field, ...]:
    rows = tuple(_milestone_row(one) for one in about.view.milestones)
    return (
        Field(
            "milestones",
            "Milestones",
            FieldKind.ROWS,
            columns=MILESTONE,
            rows=rows,
            prefix="M",
            help="Their shares add up to 100 %.",
        ),
    )


def _milestone_row(one: Milestone) -> dict[str, str]:
    return {
        "id": one.id,
        "title": one.title,
        "due": one.due.isoformat(),
        "share_percent": written(one.share_percent),
        "promises": _listed(one.promises),
    }


def _purchases(about: FormContext) -> tuple[Field, ...]:
    columns = (
        Field("id", "Id"),
        Field("title", "What is bought", needed=True),
        Field("amount", f"Amount in {about.view.currency}", FieldKind.NUMBER, needed=True),
    )
    rows = tuple({"id": one.id, "title": one.title, "amount": written(one.amount)} for one in about.view.purchases)
    return (Field("purchases", "Purchases", FieldKind.ROWS, columns=columns, rows=rows, prefix="B"),)


def _dates(about: FormContext) -> tuple[Field, ...]:
    return (
        Field("start", "Start", FieldKind.DATE, needed=True, value=about.view.wished_start.isoformat()),
        Field("end", "End", FieldKind.DATE, needed=True, value=about.view.wished_end.isoformat()),
    )


async def _take_rate_card(sending: Sending) -> Receipt:
    return await take_rate_card(sending.app, sending.caller, sending.engagement_id)


FORMS = (
    CommandForm(
        "set-work-packages",
        "Set the work packages",
        "scope",
        SetWorkPackages,
        gives(SetWorkPackages),
        _packages,
        replaces=True,
        lead="It replaces the whole scope. Experts of each discipline are asked for their hours.",
    ),
    CommandForm(
        "set-milestones",
        "Set the milestones",
        "scope",
        SetMilestones,
        gives(SetMilestones),
        _milestones,
        replaces=True,
        lead="They replace the milestones of now.",
    ),
    CommandForm(
        "set-purchases",
        "Set the purchases",
        "scope",
        SetPurchases,
        gives(SetPurchases),
        _purchases,
        replaces=True,
        lead="They replace the purchases of now, and are part of the price.",
    ),
    CommandForm(
        "move-dates",
        "Move the dates",
        "scope",
        MoveDates,
        gives(MoveDates),
        _dates,
        replaces=True,
        lead="The resource manager is asked again whether they can be staffed.",
    ),
    CommandForm(
        "keep-dates",
        "Keep the dates all the same",
        "scope",
        KeepDates,
        gives(KeepDates),
        with_reason("Why", "Those who decide the deal read it."),
        lead="The dates stay although they cannot be staffed. Those who decide the deal read why.",
    ),
    CommandForm(
        "take-rate-card",
        "Take the current rate card",
        "scope",
        TakeRateCard,
        _take_rate_card,
        lead="Estimate and price are then asked again.",
    ),
)
