"""Forms for change orders and what may become one."""

from api.pages.commands.choices import disciplines, grades, packages
from api.pages.commands.fields import Field, FieldKind, Given, named
from api.pages.commands.form import CommandForm, FormContext, Sending, gives, with_reason
from api.pages.forms import checked
from api.problems import FieldError, InputRefused
from application.commands.carry_out import Receipt, carry_out
from application.commands.changes import withdraw_change
from domain.change_order.order import WithdrawOrder
from domain.engagement.changes.commands import DropPotentialChange, RecordPotentialChange, ReviseChange, SubmitChange
from domain.engagement.changes.lines import ItemKind

MAX_DIGITS = 6


def _change(about: FormContext) -> tuple[Field, ...]:
    kinds = named((kind.value, kind.label) for kind in ItemKind)
    items = (
        Field("kind", "What changes", FieldKind.CHOICE, needed=True, choices=kinds),
        Field("text", "In words", FieldKind.LONG),
        Field("amount", f"Amount in {about.view.currency}", FieldKind.NUMBER, help="Negative for a reduction"),
        Field("days", "Days", FieldKind.NUMBER),
        Field("package", "Package removed", FieldKind.CHOICE, choices=packages(about)),
        Field("requirement", "Requirement changed", help="As R1"),
        Field("discipline", "Added work: discipline", FieldKind.CHOICE, choices=disciplines(about.directory)),
        Field("grade", "Added work: grade", FieldKind.CHOICE, choices=grades(about.directory)),
        Field("hours", "Added work: hours", help="As 40/60/100"),
    )
    return (
        Field("title", "Title", needed=True),
        Field("reason", "Why", FieldKind.LONG, needed=True),
        Field("items", "What it changes", FieldKind.ROWS, columns=items),
        Field("terms_changed", "The terms of the contract change", FieldKind.CHECK),
        Field("requirements_changed", "Requirements change", FieldKind.CHECK),
    )


def _new_change(about: FormContext) -> tuple[Field, ...]:
    open_ones = named((one.id, f"{one.id} {one.text[:80]}") for one in about.view.potential_changes if one.whose)
    return (
        *_change(about),
        Field("potential", "It comes from", FieldKind.CHOICE, choices=open_ones, value=about.subject),
    )


def _facts(given: Given) -> Given:
    """The change as the command has it: work that a row adds becomes a line of its item."""
    rows = given.get("items")
    items = [_item(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {name: value for name, value in given.items() if name != "potential"} | {"items": items}


def _item(row: Given) -> Given:
    line = {name: row[name] for name in ("discipline", "grade", "hours") if name in row}
    plain = {name: value for name, value in row.items() if name not in line}
    return plain | ({"work": [line]} if line else {})


async def _submit(sending: Sending) -> Receipt:
    given: Given = {"change": _facts(sending.given), "potential": sending.given.get("potential")}
    return await carry_out(sending.app, sending.caller, sending.engagement_id, checked(SubmitChange, given))


async def _revise(sending: Sending) -> Receipt:
    given: Given = {"n": _number(sending.subject), "change": _facts(sending.given)}
    return await carry_out(sending.app, sending.caller, sending.engagement_id, checked(ReviseChange, given))


async def _withdraw(sending: Sending) -> Receipt:
    n, reason = _number(sending.subject), checked(WithdrawOrder, sending.given).reason
    return await withdraw_change(sending.app, sending.caller, sending.engagement_id, n, reason)


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
    ),
    CommandForm("revise-change", "Revise the change", "changes", ReviseChange, _revise, _change, "n"),
    CommandForm(
        "withdraw-change",
        "Withdraw the change",
        "changes",
        WithdrawOrder,
        _withdraw,
        with_reason("Why"),
        "n",
        is_grave=True,
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
    ),
)
