"""Forms for change orders and what may become one."""

import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel

from api.pages.commands.choices import disciplines, grades, packages, written
from api.pages.commands.estimates import hours_columns
from api.pages.commands.fields import Field, FieldKind, Given, named
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, with_reason
from api.pages.forms import checked
from api.problems import FieldError, InputRefused
from application.commands.carry_out import Receipt, carry_out
from application.commands.changes import estimate_change, try_withdrawal, withdraw_change
from application.queries.change_orders import ChangeItemView, ChangeView
from application.queries.change_preview import ChangeDraft, ChangePreview, preview_change
from domain.change_order.order import EstimateLines, WithdrawOrder
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ChangeLine, ItemKind
from domain.shared.values import spoken

M = TypeVar("M", bound=BaseModel)
MAX_DIGITS = 6
# Where the command has what the form says elsewhere: `change.items.0.work.0.hours` is `items.0.hours`.
_WITHIN = re.compile(r"^change\.|(?<=[0-9]\.)work\.0\.")


def _change(about: FormContext, known: ChangeView | None = None) -> tuple[Field, ...]:
    kinds = named((kind.value, kind.label) for kind in ItemKind)
    requirements = named((one.id, f"{one.id} {one.text[:80]}") for one in about.view.requirements)
    items = (
        Field("kind", "What changes", FieldKind.CHOICE, needed=True, choices=kinds),
        Field("text", "In words", FieldKind.LONG),
        Field("amount", f"Amount in {about.view.currency}", FieldKind.NUMBER, help="Negative for a reduction"),
        Field("days", "Days later", FieldKind.NUMBER, help="Negative for earlier"),
        Field("package", "Package removed", FieldKind.CHOICE, choices=packages(about)),
        Field("requirement", "Requirement changed", FieldKind.CHOICE, choices=requirements),
        Field("discipline", "Added work: discipline", FieldKind.CHOICE, choices=disciplines(about.directory)),
        Field("grade", "Added work: grade", FieldKind.CHOICE, choices=grades(about.directory)),
        Field("hours", "Added work: hours", help="As 40/60/100"),
    )
    rows = tuple(row for item in known.items for row in _item_rows(item)) if known else ()
    ticked = {"terms_changed": known.terms_changed, "requirements_changed": known.requirements_changed} if known else {}
    return (
        Field("title", "Title", needed=True, value=known.title if known else ""),
        Field("reason", "Why", FieldKind.LONG, needed=True, value=known.reason if known else ""),
        Field("items", "What it changes", FieldKind.ROWS, columns=items, rows=rows),
        Field(
            "terms_changed", "The terms of the contract change", FieldKind.CHECK, value=_tick(ticked, "terms_changed")
        ),
        Field(
            "requirements_changed", "Requirements change", FieldKind.CHECK, value=_tick(ticked, "requirements_changed")
        ),
    )


def _tick(ticked: dict[str, bool], name: str) -> str:
    return "yes" if ticked.get(name) else ""


def _item_rows(item: ChangeItemView) -> Iterator[dict[str, str]]:
    """An item as rows: one for each line of its work, of which the first has everything else."""
    figures = {"amount": written(item.amount) if item.amount else "", "days": str(item.days) if item.days else ""}
    named_there = {"package": item.package or "", "requirement": item.requirement or "", "text": item.text or ""}
    first, *more = item.work or (None,)
    yield {"kind": item.kind.value, **figures, **named_there, **(_line_row(first) if first else {})}
    yield from ({"kind": item.kind.value, **_line_row(line)} for line in more if line)


def _line_row(line: ChangeLine) -> dict[str, str]:
    return {"discipline": line.discipline, "grade": line.grade, "hours": line.hours.written}


def _new_change(about: FormContext) -> tuple[Field, ...]:
    open_ones = named((one.id, f"{one.id} {one.text[:80]}") for one in about.view.potential_changes if one.whose)
    potential = Field("potential", "It comes from", FieldKind.CHOICE, choices=open_ones, value=about.subject)
    return (*_change(about), potential)


def _known_change(about: FormContext) -> tuple[Field, ...]:
    return _change(about, _called(about))


def _called(about: FormContext) -> ChangeView | None:
    """The change that the form is about."""
    return next((one for one in about.view.changes if str(one.n) == about.subject), None)


def _lines(about: FormContext) -> tuple[Field, ...]:
    """The lines of added work, of which an expert estimates those of their discipline."""
    known = _called(about)
    lines = [(f"L{n}", line) for n, line in enumerate(known.work, 1)] if known else []
    items = [(name, f"{name} {line.discipline}, {spoken(line.grade)}") for name, line in lines]
    own = {role.partition(":")[2] for role, people in about.view.experts.items() if about.reader in people}
    rows = tuple({"package": name} for name, line in lines if line.discipline in own)
    return (Field("estimates", "Hours", FieldKind.ROWS, columns=hours_columns(items), rows=rows, key="hours"),)


def _facts(given: Given) -> Given:
    """The change as the command has it: work that a row adds becomes a line of its item."""
    rows = given.get("items")
    items = [_item(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {name: value for name, value in given.items() if name != "potential"} | {"items": items}


def _item(row: Given) -> Given:
    line = {name: row[name] for name in ("discipline", "grade", "hours") if name in row}
    plain = {name: value for name, value in row.items() if name not in line}
    return plain | ({"work": [line]} if line else {})


def _draft(sending: Sending) -> ChangeDraft:
    """What the form says, as a draft. Raises InputRefused, naming fields as the form does."""
    revises = _number(sending.subject) if _called(sending.about) else None
    given: Given = {"change": _facts(sending.given), "potential": sending.given.get("potential"), "revises": revises}
    return _fitting(ChangeDraft, given)


def _fitting(model: type[M], given: Given) -> M:
    try:
        return checked(model, given)
    except InputRefused as refused:
        renamed = (
            error.model_copy(update={"field": _WITHIN.sub("", _WITHIN.sub("", error.field))})
            for error in refused.errors
        )
        raise InputRefused(*renamed) from None


async def _submit(sending: Sending) -> Receipt:
    return await carry_out(sending.app, sending.caller, sending.engagement_id, _draft(sending).command)


async def _preview(sending: Sending) -> ChangePreview:
    return await preview_change(sending.app, sending.caller, sending.engagement_id, _draft(sending))


async def _withdraw(sending: Sending) -> Receipt:
    n, reason = _number(sending.subject), checked(WithdrawOrder, sending.given).reason
    return await withdraw_change(sending.app, sending.caller, sending.engagement_id, n, reason)


async def _try_withdrawal(sending: Sending) -> None:
    await try_withdrawal(sending.app, sending.caller, sending.engagement_id, _number(sending.subject))


async def _estimate(sending: Sending) -> Receipt:
    n, estimates = _number(sending.subject), checked(EstimateLines, sending.given).estimates
    return await estimate_change(sending.app, sending.caller, sending.engagement_id, n, estimates)


def _number(subject: str) -> int:
    """The number of the change in the address. Raises InputRefused."""
    if not subject.isdecimal() or len(subject) > MAX_DIGITS:
        raise InputRefused(FieldError(field="change", message="is no number of a change"))
    return int(subject)


FORMS = (
    CommandForm(
        "submit-change",
        "Submit a change order",
        "changes",
        SubmitChange,
        _submit,
        _new_change,
        lead="It goes to those who approve changes of its size, and then to the client.",
        preview=_preview,
    ),
    CommandForm(
        "revise-change",
        "Revise the change",
        "changes",
        ReviseChange,
        _submit,
        _known_change,
        "n",
        lead="It is routed again, and everyone is asked anew.",
        replaces=True,
        preview=_preview,
    ),
    CommandForm(
        "estimate-change",
        "Give hours for the change",
        "changes",
        EstimateLines,
        _estimate,
        _lines,
        "n",
        lead="Delivery is asked to attest them.",
    ),
    CommandForm(
        "withdraw-change",
        "Withdraw the change",
        "changes",
        WithdrawOrder,
        _withdraw,
        with_reason("Why"),
        "n",
        tries=_try_withdrawal,
        is_grave=True,
        lead="Nobody is asked about it any more.",
    ),
    CommandForm(
        "record-potential-change",
        "Note a “can we also…”",
        "changes",
        RecordPotentialChange,
        gives(RecordPotentialChange),
        lambda _about: (
            Field("text", "What was asked for", FieldKind.LONG, needed=True),
            Field("link", "Where it was said", help="An address, if there is one"),
        ),
        lead="The engagement manager is asked whether it becomes a change order.",
    ),
    CommandForm(
        "drop-potential-change",
        "Drop it",
        "changes",
        DropPotentialChange,
        gives(DropPotentialChange, "potential"),
        with_reason("Why"),
        "potential",
        is_grave=True,
        lead="It does not become a change order after all.",
    ),
)
