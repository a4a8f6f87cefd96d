"""Administration: the directory and API tokens. Only for the administrator, and each repeat has one effect."""

from datetime import date
from shlex import quote
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from adapters.console_commands import with_commands
from adapters.db.database import Transaction
from adapters.files.country_zones import country_of_zone
from adapters.files.yaml_source import FileRefused
from application.authentication import Caller, require_house_role
from application.context import Interlock
from application.idempotency import claim_of, once
from application.off_loop import off_loop
from domain.directory.directory import ADMINISTRATOR, Client, Directory
from domain.shared.errors import BadValue, DoneAlready, Refusal, RefusalKind
from domain.shared.holidays_known import holiday_findings
from domain.shared.text import composed, one_line, without_controls
from domain.shared.transaction import Actor
from domain.shared.values import LISTED_FORM, Day, Moment, PersonId, Value

# Tokens that a list shows, the newest.
MAX_LISTED = 200


class LineProblem(Value):
    """Something wrong in a file, by line."""

    line: int
    path: str
    message: str
    remedy: str


class DirectoryFileRefused(Refusal):
    """A submitted file is refused, with everything that is wrong in it."""

    title, kind = "The file cannot be accepted", RefusalKind.INVALID

    def __init__(self, problems: tuple[LineProblem, ...]) -> None:
        first = problems[0]
        super().__init__(
            f"{len(problems)} wrong, the first in line {first.line}: {first.path or 'the file'} {first.message}"[:1900],
            remedy=first.remedy,
            field=first.path or None,
        )
        self.problems = problems

    @classmethod
    def of(cls, refused: FileRefused) -> Self:
        """Converts what the file reader found."""
        fields = {"line", "path", "message", "remedy"}
        return cls(tuple(LineProblem(**problem.model_dump(include=fields)) for problem in refused.problems))


class Imported(Value):
    """A directory that is now in force."""

    version: int
    people: int
    clients: int
    warnings: tuple[str, ...] = ()
    """Calendars whose holidays are not known for as long as a deal may run."""
    holidays_until: dict[str, Day | None] = {}
    """By calendar, the last day up to which its holidays are known."""


# One line, which may be empty.
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    BeforeValidator(composed),
    AfterValidator(one_line),
    AfterValidator(without_controls),
]


class NewToken(Value):
    """A token for a person; `note` says what it is for."""

    person_id: PersonId
    note: Note = ""
    expires_at: Moment | None = None


class TokenGiven(Value):
    """The token itself: it is shown only this once and stored nowhere."""

    person_id: PersonId
    token: Annotated[str, Field(min_length=20)]
    expires_at: Moment | None = None


class Revocation(Value):
    """What is revoked: every token of a person, or one token, given itself or by its `id` from the list."""

    person_id: PersonId | None = None
    token: Annotated[str, Field(min_length=20, max_length=200)] | None = None
    id: Annotated[str, Field(pattern=LISTED_FORM)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if [self.person_id, self.token, self.id].count(None) != 2:
            raise ValueError("give exactly one of: a person, a token, or the id of a token")
        return self


class TokenView(Value):
    """An active token, with an `id` that cannot be used to sign in."""

    id: str
    person_id: PersonId
    note: str
    created_at: Moment
    expires_at: Moment | None


class Revoked(Value):
    """How many tokens were revoked."""

    ended: int


def holiday_warnings(directory: Directory, today: date) -> tuple[str, ...]:
    """A sentence for each calendar whose holidays run out within the life of a deal that starts today."""
    found = holiday_findings(directory.calendars.values(), today, _named_by_sellers(directory))
    return tuple(with_commands(f"{finding.what}. {finding.remedy}") for finding in found)


def _named_by_sellers(directory: Directory) -> dict[str, str]:
    """The remedy for calendars that only sellers' clients have: how to name their country, which no import does."""
    ours = {person.calendar for person in directory.people}
    ours |= {client.calendar for client in directory.clients if client.added_by is None}
    added = (client for client in directory.clients if client.added_by is not None and client.calendar is not None)
    return {
        client.calendar: "The seller gives its country: " + country_command(directory, client)
        for client in added
        if client.calendar and client.calendar not in ours
    }


def country_command(directory: Directory, client: Client) -> str:
    """The command that names a client's country, with the country if its zone has only one."""
    calendar = directory.calendars.get(client.calendar or "")
    country = country_of_zone(calendar.zone) if calendar else None
    return f"interlock client add {quote(client.name)} --country {country or 'CODE'}"


async def create_token(app: Interlock, caller: Caller, wanted: NewToken) -> TokenGiven:
    """Creates a token for someone in the directory.

    A secret is not kept for repeats: a repeated request is told that its token was given out.

    Raises: PermissionDenied, BadValue, AlreadyDecided.
    """
    require_house_role(caller.actor, ADMINISTRATOR)
    tokens, now = app.registry.tokens, app.clock()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise BadValue("It would already have ended.", remedy="Give a later moment.", field="expires_at")
    made: list[str] = []

    def make(transaction: Transaction) -> None:
        made.append(tokens.create(wanted.person_id, wanted.note, now, wanted.expires_at, within=transaction))

    claim = claim_of(caller, wanted.model_dump(mode="json"))
    await off_loop(lambda: app.registry.receipts.once(claim, now, make))
    if not made:
        raise DoneAlready("This token has already been made and shown.", remedy="Make another, with a new key.")
    return TokenGiven(person_id=wanted.person_id, token=made[0], expires_at=wanted.expires_at)


async def living_tokens(app: Interlock, actor: Actor, person_id: PersonId | None) -> tuple[TokenView, ...]:
    """The active tokens, newest first. Raises PermissionDenied."""
    require_house_role(actor, ADMINISTRATOR)
    found = await off_loop(lambda: app.registry.tokens.living(app.clock(), person_id, MAX_LISTED))
    return tuple(TokenView(**one._asdict()) for one in found)


async def revoke_tokens(app: Interlock, caller: Caller, wanted: Revocation) -> Revoked:
    """Revokes a token, or all those of a person. Raises PermissionDenied."""
    require_house_role(caller.actor, ADMINISTRATOR)

    def revoke(transaction: Transaction) -> Revoked:
        tokens, now = app.registry.tokens, app.clock()
        if wanted.token is not None:
            return Revoked(ended=int(tokens.revoke(wanted.token, now, within=transaction)))
        if wanted.person_id is not None:
            return Revoked(ended=tokens.revoke_all(wanted.person_id, now, within=transaction))
        return Revoked(ended=int(tokens.revoke_known(str(wanted.id), now, within=transaction)))

    return await once(app, caller, wanted, Revoked, revoke)
