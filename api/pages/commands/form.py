"""What a form for a command is: its words, its fields, and the application function that carries it out."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import NamedTuple, TypeVar

from api.pages.commands.fields import Field, FieldKind, Given
from api.pages.forms import checked
from application.authentication import Caller
from application.commands.carry_out import Receipt, carry_out
from application.context import Interlock
from application.queries.engagement import EngagementView
from domain.directory.directory import Directory
from domain.engagement.command import Command
from domain.playbook.model import Playbook
from domain.shared.values import EngagementId

C = TypeVar("C", bound=Command)


class FormContext(NamedTuple):
    """What a form is made from: the engagement as its reader sees it, and the item that it is about, if any."""

    view: EngagementView
    directory: Directory
    playbook: Playbook
    today: date
    subject: str = ""


class Sending(NamedTuple):
    """What is sent: by whom, to which engagement, about which item, with which values."""

    app: Interlock
    caller: Caller
    engagement_id: EngagementId
    subject: str
    given: Given


Fields = Callable[[FormContext], tuple[Field, ...]]
Send = Callable[[Sending], Awaitable[Receipt]]


class CommandForm(NamedTuple):
    """A form for one command. `about` names the command's field that the item in the address fills."""

    name: str
    label: str
    tab: str
    command: type[Command]
    send: Send
    fields: Fields = lambda _about: ()
    about: str = ""
    lead: str = ""
    is_grave: bool = False
    """It ends something, or takes something back."""


def gives(command: type[C], about: str = "") -> Send:
    """Carries out a command whose fields are those of its form. `about`: the field that the item fills."""

    async def send(sending: Sending) -> Receipt:
        given = sending.given | ({about: sending.subject} if about else {})
        return await carry_out(sending.app, sending.caller, sending.engagement_id, checked(command, given))

    return send


def with_reason(label: str = "Reason", help_text: str = "") -> Fields:
    """A form with only a reason."""

    return lambda _about: (Field("reason", label, FieldKind.LONG, needed=True, help=help_text),)
