"""Settings from the environment (`INTERLOCK_…`), checked at the start with an error that names the setting."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
Port = Annotated[int, Field(ge=1, le=65535)]


class Mode(StrEnum):
    """Development brings sample people, their tokens in plain sight, and the demo; production has none of it."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SlackMode(StrEnum):
    """How Slack reaches us: not at all, at our public address, by a socket that we open; or its emulator, to try it."""

    OFF = "off"
    HTTP = "http"
    SOCKET = "socket"
    EMULATOR = "emulator"


class Settings(BaseSettings):
    """What the process is told from outside. Nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="INTERLOCK_", extra="ignore")

    mode: Mode = Mode.PRODUCTION
    home: Path = Path(".interlock")
    host: str = "127.0.0.1"
    http_port: Port = 8080
    temporal_port: Port = 7233
    temporal_ui_port: Port = 8233
    temporal_address: str | None = None
    temporal_namespace: str = "default"
    task_queue: str = "interlock"
    database_url: str | None = None
    playbook: Path = ROOT / "playbooks" / "services.yaml"
    slack: SlackMode = SlackMode.OFF
    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_channel: str | None = None
    """Where engagements have their threads: a channel's name or id."""
    slack_emulator_port: Port = 4003

    @model_validator(mode="after")
    def _slack_is_whole(self) -> Self:
        """Names the setting that a way of reaching Slack wants and that is not given."""
        wanted = {
            SlackMode.HTTP: ("slack_bot_token", "slack_signing_secret"),
            SlackMode.SOCKET: ("slack_bot_token", "slack_app_token"),
        }
        for name in wanted.get(self.slack, ()):
            if getattr(self, name) is None:
                raise ValueError(f"INTERLOCK_SLACK={self.slack.value} wants INTERLOCK_{name.upper()}")
        if self.slack is SlackMode.EMULATOR and self.mode is not Mode.DEVELOPMENT:
            raise ValueError("INTERLOCK_SLACK=emulator is for INTERLOCK_MODE=development alone")
        return self

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return self.home.expanduser().resolve()

    @property
    def database(self) -> str:
        """Where the record lies: a file in the data folder, unless a database is named."""
        return self.database_url or f"sqlite:///{self.folder / 'interlock.db'}"

    @property
    def temporal(self) -> str:
        """Address of the Temporal server: the embedded one, unless another is named."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"

    @property
    def url(self) -> str:
        """Address of the API for people on this machine."""
        return f"http://{self.host}:{self.http_port}"
