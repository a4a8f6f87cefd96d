"""The forms on a person's page: absence, delegation, leaving, replacing, and being back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from api.pages.commands.choices import colleagues
from api.pages.commands.fields import Field, FieldKind, Given, named
from api.pages.forms import checked
from application.authentication import Caller
from application.commands import people
from application.commands.people import OperationResult
from application.context import Interlock
from application.queries.people import PersonView
from domain.asks.model import AskKind
from domain.directory.directory import Directory
from domain.playbook.model import role_label
from domain.shared.values import Day, PersonId, Value


class PersonSending(NamedTuple):
    """What is sent about whom, by whom, with which values."""

    app: Interlock
    caller: Caller
    person_id: PersonId
    given: Given


class PersonForm(NamedTuple):
    """A form about one person. `is_for`: whether it makes sense for someone who is active, or who has left."""

    name: str
    label: str
    fields: Callable[[Directory, PersonView], tuple[Field, ...]]
    send: Callable[[PersonSending], Awaitable[OperationResult]]
    lead: str = ""
    for_active: bool = True
    is_grave: bool = False
    has_preview: bool = False


class FirstDay(Value):
    first: Day


def _away(directory: Directory, _person: PersonView) -> tuple[Field, ...]:
    return (
        Field("first", "First day", FieldKind.DATE, needed=True),
        Field("last", "Last day", FieldKind.DATE, needed=True),
        Field("delegate", "Who answers meanwhile", FieldKind.CHOICE, choices=colleagues(directory)),
    )


def _back(_directory: Directory, person: PersonView) -> tuple[Field, ...]:
    known = named((one.first.isoformat(), f"{one.first} to {one.last}") for one in person.absences)
    return (Field("first", "Which absence", FieldKind.CHOICE, needed=True, choices=known),)


def _delegation(directory: Directory, _person: PersonView) -> tuple[Field, ...]:
    kinds = named((kind.value, role_label(kind.value)) for kind in AskKind)
    return (
        Field("to", "Who may answer", FieldKind.CHOICE, needed=True, choices=colleagues(directory)),
        Field("first", "From", FieldKind.DATE, needed=True),
        Field("last", "Until", FieldKind.DATE, needed=True),
        Field("up_to", "Up to a value of", FieldKind.NUMBER, help="Left empty: of any value"),
        Field("kinds", "Only for these decisions (none: for all)", FieldKind.SEVERAL, choices=kinds),
        Field("reason", "Why", FieldKind.LONG),
    )


def _delegation_end(_directory: Directory, person: PersonView) -> tuple[Field, ...]:
    known = named((f"{one.to}|{one.first}", f"{one.to_name}, {one.first} to {one.last}") for one in person.delegations)
    return (Field("which", "Which", FieldKind.CHOICE, needed=True, choices=known),)


def _leaving(directory: Directory, person: PersonView) -> tuple[Field, ...]:
    others = tuple(choice for choice in colleagues(directory) if choice.value != person.id)
    positions = tuple(
        Field(f"positions.{name}", f"Who becomes {role_label(name)}", FieldKind.CHOICE, choices=others)
        for name in person.positions
    )
    house = tuple(
        Field(f"house_roles.{name}", f"Who becomes {role_label(name)}", FieldKind.CHOICE, choices=others)
        for name in person.house_roles
    )
    return (
        Field("reason", "Why", FieldKind.LONG, needed=True),
        Field("successor", "Who is asked to take over", FieldKind.CHOICE, choices=others),
        *positions,
        *house,
        Field("leave_vacant", "Leave roles vacant that the successor may not hold", FieldKind.CHECK),
    )


def _succession(directory: Directory, person: PersonView) -> tuple[Field, ...]:
    others = tuple(choice for choice in colleagues(directory) if choice.value != person.id)
    roles = named((role, role_label(role)) for role in person.roles)
    return (
        Field("successor", "Who is asked to take over", FieldKind.CHOICE, needed=True, choices=others),
        Field("reason", "Why", FieldKind.LONG, needed=True),
        Field("roles", "Only these roles (none: all)", FieldKind.SEVERAL, choices=roles),
        Field("last_day", "Last day", FieldKind.DATE),
    )


def _return(_directory: Directory, _person: PersonView) -> tuple[Field, ...]:
    return (Field("reason", "Why", FieldKind.LONG, needed=True),)


async def _record_absence(sent: PersonSending) -> OperationResult:
    return await people.record_absence(sent.app, sent.caller, sent.person_id, checked(people.NewAbsence, sent.given))


async def _remove_absence(sent: PersonSending) -> OperationResult:
    return await people.remove_absence(sent.app, sent.caller, sent.person_id, checked(FirstDay, sent.given).first)


async def _give_delegation(sent: PersonSending) -> OperationResult:
    return await people.give_delegation(
        sent.app, sent.caller, sent.person_id, checked(people.NewDelegation, sent.given)
    )


async def _end_delegation(sent: PersonSending) -> OperationResult:
    to, _, first = str(sent.given.get("which", "")).partition("|")
    taken = checked(people.OperationTakenBack, {"to": to, "first": first})
    return await people.end_delegation(sent.app, sent.caller, sent.person_id, taken)


async def _deactivate(sent: PersonSending) -> OperationResult:
    return await people.deactivate(sent.app, sent.caller, sent.person_id, checked(people.LeavingBody, sent.given))


async def _replace(sent: PersonSending) -> OperationResult:
    return await people.replace(sent.app, sent.caller, sent.person_id, checked(people.Succession, sent.given))


async def _reinstate(sent: PersonSending) -> OperationResult:
    return await people.reinstate(sent.app, sent.caller, sent.person_id, checked(people.Return, sent.given))


_ALL = (
    PersonForm("absence", "Record an absence", _away, _record_absence),
    PersonForm("absence-end", "Cancel an absence", _back, _remove_absence),
    PersonForm("delegation", "Let somebody answer", _delegation, _give_delegation),
    PersonForm("delegation-end", "End a delegation", _delegation_end, _end_delegation),
    PersonForm(
        "replace",
        "Have somebody take over",
        _succession,
        _replace,
        lead="In every engagement the successor is asked for each role, and accepts it by name.",
    ),
    PersonForm(
        "deactivate",
        "Deactivate",
        _leaving,
        _deactivate,
        lead="For someone who leaves: their decisions move, their roles fall vacant or go to the successor who accepts "
        "them, and their sessions, links and tokens end at once.",
        is_grave=True,
        has_preview=True,
    ),
    PersonForm("reinstate", "Reinstate", _return, _reinstate, for_active=False),
)
FORMS: Mapping[str, PersonForm] = {form.name: form for form in _ALL}
