"""Wires the parts together from the settings, for each process that needs them: API, notifier, commands.

Slack is imported only if needed: its libraries take longer to load than everything else together.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import Engine, inspect

from adapters.db.chat_cards import ChatCards
from adapters.db.content_store import Contents
from adapters.db.database import open_database
from adapters.db.deal_drafts import DealDrafts
from adapters.db.deals_being_started import DealsBeingStarted
from adapters.db.erasure import HeldWords
from adapters.db.inbox import Inbox
from adapters.db.installation import Installation
from adapters.db.ledger_proofs import Proofs
from adapters.db.operators import Operators
from adapters.db.outbox import Outbox
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.read_only import looked_at
from adapters.db.records import Records, bring_up_to_date
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.record import LedgerRow
from adapters.db.tree_head import open_key
from adapters.db.web_sessions import WebSessions
from adapters.files.playbook_file import read_playbook
from adapters.files.private_files import make_private
from adapters.oidc.provider import CALLBACK, OidcClient, OidcProvider
from adapters.processes.start_errors import CannotStart
from adapters.slack.settings import SlackSettings
from adapters.temporal.client import connect
from application.acknowledgements import Acknowledgements
from application.commands.erasure import Erasing
from application.context import Interlock
from application.gateway import WorkflowGateway as Workflows
from application.read_lag.unread_receipts import UNKNOWN_SECONDS, Lag
from domain.asks.subject_texts import ENGLISH
from domain.directory.directory import Directory
from domain.shared.errors import IntegrityBroken, NotFound
from settings import DATABASE_FILE, Settings, SlackMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.slack.app import Slack
    from application.notifications.chat import ChatChannel


def opened(chosen: Settings) -> Engine:
    """Opens the database in the data folder, or the one configured, with its tables up to date."""
    make_private(chosen.folder)
    engine = open_database(chosen.database)
    bring_up_to_date(engine)
    Contents(engine).keep_value(ENGLISH.model_dump(mode="json"))  # before anything is shown in these texts
    return engine


def has_data(chosen: Settings) -> bool:
    """True if there is a record, of whatever version. Checking creates nothing."""
    if chosen.database_url is None and not (chosen.folder / DATABASE_FILE).is_file():
        return False
    engine = open_database(chosen.database)
    try:
        return _is_record(engine)
    finally:
        engine.dispose()


def _is_record(engine: Engine) -> bool:
    return inspect(engine).has_table(LedgerRow.__tablename__)


@contextmanager
def looked_at_data(chosen: Settings) -> Iterator[Engine]:
    """Opens the record for reading only: nothing is changed. Raises CannotStart if there is none."""
    require(chosen, there_is=chosen.database_url is not None or (chosen.folder / DATABASE_FILE).is_file())
    with looked_at(chosen.database) as engine:
        require(chosen, there_is=_is_record(engine))
        yield engine


def require_data(chosen: Settings) -> None:
    """For commands that repair what exists. Raises CannotStart, and creates nothing, if there is no record."""
    require(chosen, there_is=has_data(chosen))


def require(chosen: Settings, *, there_is: bool) -> None:
    """Raises CannotStart, naming where data was looked for."""
    if not there_is:
        where = "the database of INTERLOCK_DATABASE_URL" if chosen.database_url else chosen.folder
        named = "INTERLOCK_DATABASE_URL" if chosen.database_url else "INTERLOCK_HOME"
        raise CannotStart(
            f"There is no Interlock data in {where}. Set {named} to where it is, or begin with: interlock up"
        )


def people_operations(chosen: Settings) -> PeopleOperations:
    """Operations that change the directory."""
    return PeopleOperations(opened(chosen), chosen.clock)


def read_model_of(chosen: Settings) -> ReadModel:
    """The read model, for queries."""
    return ReadModel(opened(chosen))


def erasing_in(database: Engine, chosen: Settings) -> Erasing:
    """Finds and destroys text at a person's lawful request."""
    return Erasing(HeldWords(database), ReadModel(database), Records(database), chosen.clock)


def registry_of(chosen: Settings, database: Engine | None = None) -> Registry:
    """Directory, playbooks and tokens; publishes the playbook file if no playbook is in force."""
    registry = Registry(database or opened(chosen), chosen.clock)
    if not registry.playbooks():
        playbook = read_playbook(chosen.playbook)
        registry.save_playbook(playbook, "interlock")
        registry.publish_playbook(playbook.name, playbook.version)
    return registry


def directory_in_force(registry: Registry) -> Directory | None:
    """The directory, or None before the first import."""
    try:
        return registry.directory()
    except NotFound:
        return None


def damage_of_directory(registry: Registry) -> IntegrityBroken | None:
    """Why the directory cannot be read; None if it can, or if there is none yet."""
    try:
        registry.sound_directory()
    except IntegrityBroken as damaged:
        return damaged
    except NotFound:
        return None
    return None


def oidc_of(chosen: Settings) -> OidcProvider | None:
    """The provider through which people sign in to the pages, if configured."""
    if chosen.oidc_issuer is None or chosen.oidc_client_id is None or chosen.oidc_client_secret is None:
        return None
    client = OidcClient(
        issuer=str(chosen.oidc_issuer).rstrip("/"),
        client_id=chosen.oidc_client_id,
        client_secret=chosen.oidc_client_secret.get_secret_value(),
        redirect_uri=f"{chosen.address}{CALLBACK}",
    )
    return OidcProvider(client)


def slack_of(chosen: Settings, interlock: Interlock) -> Slack | None:
    """Slack's entry point, if configured."""
    wanted = _slack_settings(chosen)
    if wanted is None:
        return None
    from api.slack.app import Slack  # noqa: PLC0415 -- see above

    return Slack(interlock, wanted)


def slack_channel_of(chosen: Settings, interlock: Interlock) -> ChatChannel | None:
    """Slack as a notification channel, if configured. Does not load the entry point."""
    wanted = _slack_settings(chosen)
    if wanted is None:
        return None
    from application.notifications.slack import slack_channel  # noqa: PLC0415 -- see above

    return slack_channel(interlock, wanted)


def _slack_settings(chosen: Settings) -> SlackSettings | None:
    """The connection settings for Slack; None if it is off."""
    if chosen.slack is SlackMode.OFF:
        return None
    if chosen.slack is SlackMode.EMULATOR:
        from demo.slack.emulator import emulated_workspace  # noqa: PLC0415 -- for development

        return emulated_workspace(chosen.slack_emulator_port).model_copy(update={"pages": chosen.address})
    return SlackSettings(
        bot_token=chosen.slack_bot_token or SecretStr(""),
        signing_secret=chosen.slack_signing_secret or SecretStr(""),
        app_token=chosen.slack_app_token,
        channel=chosen.slack_channel,
        pages=chosen.address,
    )


async def interlock_of(chosen: Settings) -> Interlock:
    """Everything that use cases need. Connects to the engine on first use, since it may be unavailable now."""
    database = opened(chosen)
    clock = chosen.clock
    client = await connect(chosen.temporal, chosen.temporal_namespace, lazily=True)
    once = await connect(chosen.temporal, chosen.temporal_namespace, lazily=True, repeats=False)
    standings, installation = StreamStatuses(database, clock), Installation(database)
    return Interlock(
        engine=Workflows(client, chosen.task_queue, clock, installation, once),
        read=ReadModel(database),
        registry=registry_of(chosen, database),
        people=PeopleOperations(database, clock),
        documents=Contents(database),
        proofs=Proofs(database, open_key(chosen.folder), clock),
        outbox=Outbox(database, clock),
        inbox=Inbox(database),
        cards=ChatCards(database),
        standings=standings,
        acknowledgements=Acknowledgements(standings),
        installation=installation,
        starting=DealsBeingStarted(database),
        operators=Operators(database),
        sessions=WebSessions(database),
        drafts=DealDrafts(database),
        clock=clock,
        lag=Lag(unknown_for=UNKNOWN_SECONDS),
    )
