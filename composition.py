"""How the parts are put together from the settings, for each process that needs them: API, teller, commands.

Slack is loaded where it is wanted: its libraries cost more than everything else together.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import Engine, inspect

from adapters.chat_cards import ChatCards
from adapters.content_store import Contents
from adapters.database import open_database
from adapters.deals_being_started import DealsBeingStarted
from adapters.installation import Installation
from adapters.intake import Intake
from adapters.looking import looked_at
from adapters.operators import Operators
from adapters.outbox import Outbox
from adapters.people_operations import PeopleOperations
from adapters.playbook_file import read_playbook
from adapters.private_files import make_private
from adapters.read_model import ReadModel
from adapters.records import Records, bring_up_to_date
from adapters.registry import Registry
from adapters.slack_emulator import EMULATED_CHANNEL, EMULATED_SECRET, EMULATED_TOKEN
from adapters.standing import Standings
from adapters.starting import CannotStart
from adapters.tables import LedgerRow
from adapters.temporal import connect
from adapters.tree_head import open_key
from application.acknowledging import Acknowledgements
from application.engine import Engine as Workflows
from application.erasing import Erasing
from application.interlock import Interlock
from application.lag import UNKNOWN_SECONDS, Lag
from application.proofs import Proofs
from domain.directory import Directory
from domain.refusals import IntegrityBroken, NotFound
from settings import DATABASE_FILE, Settings, SlackMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.slack.app import Slack


def opened(chosen: Settings) -> Engine:
    """The database in the data folder, or the one that is named, with its tables up to date."""
    make_private(chosen.folder)
    engine = open_database(chosen.database)
    bring_up_to_date(engine)
    return engine


def has_data(chosen: Settings) -> bool:
    """True where there is a record, of whatever age. Looking for one makes nothing."""
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
    """The record, for who only reads: nothing of it is touched. Raises CannotStart where there is none."""
    require(chosen, there_is=chosen.database_url is not None or (chosen.folder / DATABASE_FILE).is_file())
    with looked_at(chosen.database) as engine:
        require(chosen, there_is=_is_record(engine))
        yield engine


def require_data(chosen: Settings) -> None:
    """For who mends what is there. Raises CannotStart, and makes nothing, where there is none."""
    require(chosen, there_is=has_data(chosen))


def require(chosen: Settings, *, there_is: bool) -> None:
    """Raises CannotStart, which says where data were looked for."""
    if not there_is:
        where = "the database of INTERLOCK_DATABASE_URL" if chosen.database_url else chosen.folder
        named = "INTERLOCK_DATABASE_URL" if chosen.database_url else "INTERLOCK_HOME"
        raise CannotStart(
            f"There is no Interlock data in {where}. Set {named} to where it is, or begin with: interlock up"
        )


def people_operations(chosen: Settings) -> PeopleOperations:
    """The directory, as it is changed."""
    return PeopleOperations(opened(chosen), chosen.clock)


def read_model_of(chosen: Settings) -> ReadModel:
    """What queries read."""
    return ReadModel(opened(chosen))


def erasing_in(database: Engine, chosen: Settings) -> Erasing:
    """What finds and destroys words at a person's lawful request."""
    return Erasing(database, Records(database), chosen.clock)


def registry_of(chosen: Settings, database: Engine | None = None) -> Registry:
    """Directory, playbooks and tokens; the playbook file is put into force where none is."""
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
    """Why the directory cannot be read; None where it can, or there is none yet."""
    try:
        registry.sound_directory()
    except IntegrityBroken as damaged:
        return damaged
    except NotFound:
        return None
    return None


def slack_of(chosen: Settings, interlock: Interlock) -> Slack | None:
    """Slack, as far as it is wanted."""
    if chosen.slack is SlackMode.OFF:
        return None
    from api.slack.app import Slack, SlackSettings  # noqa: PLC0415 -- see above

    if chosen.slack is SlackMode.EMULATOR:
        api_url = f"http://127.0.0.1:{chosen.slack_emulator_port}/api/"
        return Slack(
            interlock,
            SlackSettings(
                bot_token=SecretStr(EMULATED_TOKEN),
                signing_secret=SecretStr(EMULATED_SECRET),
                api_url=api_url,
                channel=EMULATED_CHANNEL,
                unconfirmed=True,
            ),
        )
    return Slack(
        interlock,
        SlackSettings(
            bot_token=chosen.slack_bot_token or SecretStr(""),
            signing_secret=chosen.slack_signing_secret or SecretStr(""),
            app_token=chosen.slack_app_token,
            channel=chosen.slack_channel,
        ),
    )


async def interlock_of(chosen: Settings) -> Interlock:
    """Everything that use-cases need. The engine is connected with when it is first wanted: it may be away now."""
    database = opened(chosen)
    clock = chosen.clock
    client = await connect(chosen.temporal, chosen.temporal_namespace, lazily=True)
    once = await connect(chosen.temporal, chosen.temporal_namespace, lazily=True, repeats=False)
    standings, installation = Standings(database, clock), Installation(database)
    return Interlock(
        engine=Workflows(client, chosen.task_queue, clock, installation, once),
        read=ReadModel(database),
        registry=registry_of(chosen, database),
        people=PeopleOperations(database, clock),
        documents=Contents(database),
        proofs=Proofs(database, open_key(chosen.folder), clock),
        outbox=Outbox(database, clock),
        intake=Intake(database),
        cards=ChatCards(database),
        standings=standings,
        acknowledgements=Acknowledgements(standings),
        installation=installation,
        starting=DealsBeingStarted(database),
        operators=Operators(database),
        clock=clock,
        lag=Lag(unknown_for=UNKNOWN_SECONDS),
    )
