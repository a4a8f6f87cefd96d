"""New clients: added by the seller, known at once, and confirmed by finance in their first engagement."""

from typing import Annotated

from pydantic import Field, ValidationError

from adapters.console_commands import with_commands
from adapters.db.database import Transaction
from adapters.files.country_zones import zone_of_country
from adapters.files.directory_file import calendar_of_zone, usual_zone
from application.authentication import Caller
from application.commands.administration import country_command
from application.commands.people import sync_engagements
from application.context import Interlock
from application.directory_sync.client_confirmation import keep_confirmation
from application.idempotency import once
from application.off_loop import off_loop
from application.reconciliation.compare import stores_of
from domain.asks.differences import differences
from domain.asks.facts_shown import rows_shown
from domain.asks.model import AskKind
from domain.directory import commands as f
from domain.directory.clients import what_may_be_meant
from domain.directory.directory import Client, Directory, Language, client_facts
from domain.shared.errors import BadValue, NotFound, PermissionDenied
from domain.shared.input_errors import in_words
from domain.shared.remedy_actions import RemedyAction
from domain.shared.text import ShortText
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, Name, PersonId, Truth, Value


class NewClient(Value):
    """A client as the seller knows it. `zone` is like Europe/Oslo; `country`, like NO, sets its holidays and zone.

    For a client that sales added before, what is left out stays unchanged, and people are matched by address.
    """

    name: ShortText
    vertical: Name | None = None
    zone: Annotated[str, Field(max_length=64, examples=["Europe/Oslo"])] | None = None
    country: Annotated[str, Field(max_length=64, examples=["NO"])] | None = None
    language: Language | None = None
    people: Annotated[tuple[f.ClientPerson, ...], Field(max_length=f.MAX_PER_CLIENT)] = ()
    without: Annotated[tuple[PersonId, ...], Field(max_length=f.MAX_PER_CLIENT)] = ()
    """People who are no longer with the client."""


class OtherName(Value):
    """A client's current name, and the right one."""

    client: ShortText
    name: ShortText


class ClientPersonView(Value):
    """Someone at a client; a deal names them by `id`."""

    id: PersonId
    name: ShortText
    email: ShortText
    title: ShortText | None
    part: tuple[Name, ...]
    to_confirm: Truth
    """True while finance has not confirmed them: no mail is sent to them, and they take no part in a deal."""


class ClientView(Value):
    """A client. No SOW goes to it before it is `confirmed`."""

    name: ShortText
    vertical: Name
    in_house: Truth
    zone: str | None
    country: str | None
    """Whose public holidays its people have; null: no country is given, and only weekends are free."""
    language: Language | None
    confirmed: Truth
    confirmed_before: Truth = False
    """True if finance had confirmed an earlier state of it."""
    added_by: PersonId | None
    people: tuple[ClientPersonView, ...]


class Clients(Value):
    """All of them, in the order of the directory."""

    clients: tuple[ClientView, ...]


class ClientKept(Value):
    """A client as it is known now, and the number of the operation on the directory."""

    operation: int
    client: ClientView
    changed: Truth = True
    """False if all of it was known already."""
    changes: tuple[str, ...] = ()
    """What has changed about a known client, one line each."""
    warnings: tuple[str, ...] = ()
    """What may have been meant instead, one sentence each: a name that exists twice, or nearly."""
    country_command: str | None = None
    """The command that names its country, if none is given."""


async def add_client(app: Interlock, caller: Caller, wanted: NewClient) -> ClientKept:
    """Adds a client, or corrects one that sales added, which finance must then confirm.

    Raises: PermissionDenied; BadValue, naming the field.
    """
    command = await off_loop(lambda: _command(wanted, app.clock().year))

    def call(transaction: Transaction) -> ClientKept:
        known = app.people.directory(within=transaction)
        before = known.client_spelt(wanted.name)
        version = app.people.carry_out(command, caller.actor, within=transaction)
        directory = app.people.directory(within=transaction)
        client = directory.client_spelt(wanted.name)
        if client is None:
            raise NotFound(
                f"There is no client {wanted.name}.",
                remedy="Check the list of clients.",
                action=RemedyAction.LIST_CLIENTS,
                field="name",
            )
        return ClientKept(
            operation=version,
            client=_view(directory, client),
            changed=client != before,
            country_command=None if client.country else country_command(directory, client),
            changes=client_changes(before, client) if before else (),
            warnings=tuple(map(with_commands, what_may_be_meant(known, client))),
        )

    kept = await once(app, caller, wanted, ClientKept, call)
    await sync_engagements(stores_of(app))
    return kept


async def rename_client(app: Interlock, caller: Caller, wanted: OtherName) -> ClientKept:
    """Corrects the name of a client that sales added; its deals are told, and finance must confirm the new name.

    Raises: PermissionDenied, NotFound; BadValue for one that came with the directory, or a name that another has.
    """
    command = f.RenameClient(client=wanted.client, name=wanted.name)

    def call(transaction: Transaction) -> ClientKept:
        version = app.people.carry_out(command, caller.actor, within=transaction)
        directory = app.people.directory(within=transaction)
        client = directory.client(wanted.name)
        if client is None:
            raise NotFound(
                f"There is no client {wanted.name}.",
                remedy="Check the list of clients.",
                action=RemedyAction.LIST_CLIENTS,
                field="name",
            )
        return ClientKept(operation=version, client=_view(directory, client))

    kept = await once(app, caller, wanted, ClientKept, call)
    await sync_engagements(stores_of(app))
    return kept


def _command(wanted: NewClient, year: int) -> f.AddClient:
    plain = {name: getattr(wanted, name) for name in ("name", "vertical", "language", "people", "without")}
    zone = wanted.zone or (zone_of_country(wanted.country) if wanted.country else None)
    if zone is None and wanted.country is None:
        return f.AddClient(**plain)
    if zone is None:
        remedy = "Give its two-letter code, such as NO for Norway."
        raise BadValue(f"{wanted.country} is not a country code.", remedy=remedy, field="country")
    try:
        calendar, source = calendar_of_zone(zone, wanted.country, year)
    except ValidationError as wrong:
        error = wrong.errors(include_url=False)[0]
        field = str(error["loc"][0]) if error["loc"] else "zone"
        remedy = "Give a zone such as Europe/Oslo, and a two-letter country code such as NO."
        raise BadValue(f"The {field} {in_words(error)}.", remedy=remedy, field=field) from None
    return f.AddClient(**plain, calendar=calendar, source=source)


async def clients(app: Interlock, actor: Actor) -> Clients:
    """The clients, for everyone in the firm. Raises PermissionDenied."""
    directory = await off_loop(app.registry.directory)
    if directory.colleague(actor.person_id) is None:
        raise PermissionDenied(
            "Only colleagues can see clients.", remedy="Ask your contact there.", action=RemedyAction.LIST_DEALS
        )
    return Clients(clients=tuple(_view(directory, client) for client in directory.clients))


def _view(directory: Directory, client: Client) -> ClientView:
    calendar = directory.calendars.get(client.calendar or "")
    source = directory.calendar_sources.get(client.calendar or "")
    names = ("id", "name", "email", "title", "part", "to_confirm")
    people = (
        ClientPersonView(**{name: getattr(person, name) for name in names}) for person in client.people if person.active
    )
    return ClientView(
        name=client.name,
        vertical=client.vertical,
        in_house=client.in_house,
        zone=calendar.zone if calendar else usual_zone(client),
        country=client.country or (source.country if source else None),
        language=client.language,
        confirmed=client.is_confirmed,
        confirmed_before=client.is_known_to_finance,
        added_by=client.added_by,
        people=tuple(people),
    )


async def confirm_client(app: Interlock, engagement_id: EngagementId) -> None:
    """Records in the directory what finance confirmed in an engagement, and tells the other engagements."""
    state = await off_loop(lambda: app.read.engagement(engagement_id))
    if state is not None and await off_loop(lambda: keep_confirmation(app.people, app.registry, state)):
        await sync_engagements(stores_of(app))


def client_changes(before: Client, after: Client) -> tuple[str, ...]:
    """What changed about a client, as finance is shown it when asked to confirm it."""
    rows = (rows_shown(str, AskKind.CONFIRM_CLIENT, client_facts(one)) for one in (before, after))
    return differences(*rows)
