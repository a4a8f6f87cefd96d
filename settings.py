"""Settings from the environment (`INTERLOCK_…`), checked at the start with an error that names the setting."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
Port = Annotated[int, Field(ge=1, le=65535)]


class Mode(StrEnum):
    """Development brings sample people, their tokens in plain sight, and the demo; production has none of it."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


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
