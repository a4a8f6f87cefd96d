"""What a form for a command is: its words, its fields, and the application function that carries it out."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from api.pages.commands.fields import Field, FieldKind, Given
from api.pages.forms import checked
from application.authentication import Caller
from application.commands.carry_out import Receipt, carry_out
from application.commands.early_refusals import try_out
from application.context import Interlock
from application.queries.engagement import EngagementView
from application.queries.visibility import not_there
from domain.directory.directory import Directory
from domain.engagement.command import Command
from domain.shared.values import EngagementId, PersonId

C = TypeVar("C", bound=Command)


class FormContext(NamedTuple):
    """What a form is made from: the engagement as its reader sees it, and the item that it is about, if any."""

    seen: EngagementView | None
    """None for someone who may give a command here without seeing the engagement."""
    directory: Directory
    reader: PersonId
    today: date
    subject: str = ""
    chosen: PersonId | None = None
    """The person whom the reader chose elsewhere."""

    @property
    def view(self) -> EngagementView:
        """Raises NotFound for someone who does not see it."""
        if self.seen is None:
            raise not_there()
        return self.seen


class Sending(NamedTuple):
    """What is sent: by whom, to which engagement, about which item, with which values."""

    app: Interlock
    caller: Caller
    engagement_id: EngagementId
    about: FormContext
    given: Given

    @property
    def subject(self) -> str:
        return self.about.subject


Fields = Callable[[FormContext], tuple[Field, ...]]
Send = Callable[[Sending], Awaitable[Receipt]]
Try = Callable[[Sending], Awaitable[None]]


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
    replaces: bool = False
    """It sends back what it was shown with: what others changed meanwhile must not be lost."""
    tries: Try | None = None
    """Raises what it would be refused with now, whatever is typed."""
    warns: Callable[[Sending], Awaitable[tuple[str, ...]]] | None = None
    """What its sender should know before, a sentence each."""
    preview: Callable[[Sending], Awaitable[BaseModel]] | None = None
    """What it would lead to, without carrying it out."""


def gives(command: type[C], about: str = "") -> Send:
    """Carries out a command whose fields are those of its form. `about`: the field that the item fills."""

    async def send(sending: Sending) -> Receipt:
        return await carry_out(sending.app, sending.caller, sending.engagement_id, _read(command, about, sending))

    return send


def tries(command: type[C], about: str = "") -> Try:
    """Tries the same out."""

    async def look(sending: Sending) -> None:
        await try_out(sending.app, sending.caller, sending.engagement_id, _read(command, about, sending))

    return look


def _read(command: type[C], about: str, sending: Sending) -> C:
    return checked(command, sending.given | ({about: sending.subject} if about else {}))


def with_reason(label: str = "Reason", help_text: str = "") -> Fields:
    """A form with only a reason."""

    return lambda _about: (Field("reason", label, FieldKind.LONG, needed=True, help=help_text),)
