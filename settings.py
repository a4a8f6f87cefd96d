"""Settings from the environment (`INTERLOCK_…`), validated at start with an error that names the setting."""

import ipaddress
import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.clock import MachineClock, clock_of
from adapters.mail.smtp import MailServer, Tls, address_of

ROOT = Path(__file__).resolve().parent
# In the data folder, unless a database is configured.
DATABASE_FILE = "interlock.db"
# Also in the data folder: the mail that development keeps instead of sending.
KEPT_MAIL = "mail"
Port = Annotated[int, Field(ge=1, le=65535)]


def _address(text: str) -> str:
    if not re.fullmatch(r"(?:[^\s:/\[\]]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", text):
        raise ValueError("is no address: give host:port, as temporal.firm.example:7233")
    return text


def _database(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("is no database that Interlock knows: give postgresql+psycopg://… or sqlite:///file")
    return url


def _bare(url: AnyHttpUrl) -> AnyHttpUrl:
    """The address must be bare, because links are made by appending to it."""
    if url.query or url.fragment or url.username or url.password:
        raise ValueError("is an address alone, without query, fragment, user or password")
    return url


def _mailbox(text: str) -> str:
    address_of(text)
    return text


PublicUrl = Annotated[AnyHttpUrl, AfterValidator(_bare)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]


class Otherwise(NamedTuple):
    """The default of a setting, in words."""

    words: str


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Mode(StrEnum):
    """Development adds sample people, their tokens in plain text, and the demo; production has none of these."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SlackMode(StrEnum):
    """How Slack reaches us: not at all, at our public address, over a socket that we open, or emulated for trial."""

    OFF = "off"
    HTTP = "http"
    SOCKET = "socket"
    EMULATOR = "emulator"


HOST, HTTP_PORT = "127.0.0.1", 8080


# If no mode is set, only starting a stack is refused: commands that play in development set it themselves.
EMULATOR_IN_PRODUCTION = "INTERLOCK_SLACK=emulator is for INTERLOCK_MODE=development alone: set both here, or neither"


class StackAddress(BaseSettings):
    """Where a running stack answers: all that a command needs which only calls its API.

    Other settings are for whoever starts the stack, and may be wrong in another terminal.
    """

    model_config = SettingsConfigDict(env_prefix="INTERLOCK_", extra="ignore")

    host: str = HOST
    http_port: Port = HTTP_PORT

    @property
    def url(self) -> str:
        """Address of the API for people on this machine."""
        return f"http://{self.host}:{self.http_port}"


class Settings(BaseSettings):
    """All settings. Besides this, only `StackAddress` reads the environment.

    The text below each field is its description in the README's table: see `interlock settings`.
    """

    model_config = SettingsConfigDict(env_prefix="INTERLOCK_", extra="ignore", use_attribute_docstrings=True)

    mode: Mode = Mode.PRODUCTION
    """`production`, or `development` with sample people and their tokens in plain text"""
    home: Annotated[Path, Field(validate_default=True)] = Path(".interlock")
    """the data folder"""
    clock_start: Annotated[AwareDatetime | None, Otherwise("the machine's")] = None
    """the time at which a new data folder starts, such as `2026-12-31T23:30:00+01:00`; development only"""
    heads: Annotated[Path | None, Otherwise("`heads` in the data folder")] = None
    """the folder for the hourly signed heads of all chains; they prove more on a separate disk"""
    standby: bool = True
    """whether a second worker and a second API process wait, loaded, to take over at once; they take memory"""
    host: str = HOST
    """the address that the API listens on"""
    http_port: Port = HTTP_PORT
    """the port of the API"""
    temporal_port: Port = 7233
    """the port of the embedded Temporal server"""
    temporal_ui_port: Port = 8233
    """the port of the embedded Temporal UI"""
    temporal_address: Annotated[Annotated[str, AfterValidator(_address)] | None, Otherwise("the embedded one")] = None
    """the address of another Temporal server, as `host:port`"""
    temporal_namespace: str = "default"
    """the Temporal namespace"""
    task_queue: str = "interlock"
    """the Temporal task queue of the workers"""
    database_url: Annotated[
        Annotated[str, AfterValidator(_database)] | None, Otherwise("a file in the data folder")
    ] = None
    """the URL of another database, such as `postgresql+psycopg://…`"""
    playbook: Path = ROOT / "playbooks" / "services.yaml"
    """the playbook that is published when an empty data folder is first used"""
    slack: SlackMode = SlackMode.OFF
    """`off`, `http`, `socket`, or `emulator` to try it ([Slack](docs/slack.md))"""
    slack_bot_token: SecretStr | None = None
    """the bot token of the Slack app, `xoxb-…`"""
    slack_signing_secret: SecretStr | None = None
    """the signing secret of the Slack app; needed with `http`"""
    slack_app_token: SecretStr | None = None
    """the app-level token of the Slack app, `xapp-…`; needed with `socket`"""
    slack_channel: str | None = None
    """the public channel in which engagements have their threads, by name or id"""
    slack_emulator_port: Port = 4003
    """the port of the Slack emulator"""

    public_url: Annotated[PublicUrl | None, Otherwise("`http://127.0.0.1:8080`")] = None
    """the address at which people reach the API and its pages; links in mails begin with it"""
    oidc_issuer: Annotated[AnyHttpUrl | None, Otherwise("nobody can sign in to the pages in production")] = None
    """the address of the OpenID provider through which people sign in ([Signing in](docs/signing-in.md))"""
    oidc_client_id: str | None = None
    """the client id of this installation at the provider"""
    oidc_client_secret: SecretStr | None = None
    """the client secret; set the three together, or none"""
    smtp_host: str | None = None
    """the mail server; without one, no mail is sent (in development, mail is kept in the data folder)"""
    smtp_port: Port = 587
    """the port of the mail server"""
    smtp_tls: Tls = Tls.STARTTLS
    """`starttls`, `implicit` or `none` (in production, `none` only for a mail server on this machine)"""
    smtp_user: str | None = None
    """the user name for the mail server; set it together with the password, or neither"""
    smtp_password: Annotated[SecretStr | None, Field(validate_default=True)] = None
    """the password for the mail server"""
    mail_from: Annotated[Mailbox | None, Field(validate_default=True)] = None
    """the sender of mail, such as `Interlock <interlock@firm.example>`"""

    @field_validator("home", "heads")
    @classmethod
    def _leads_somewhere(cls, folder: Path | None) -> Path | None:
        if folder is None:
            return None
        try:
            whole = folder.expanduser()
            with suppress(FileNotFoundError):  # it is created when it is needed
                whole.stat()  # which fails on a loop of symbolic links
            return whole.resolve()
        except (OSError, RuntimeError) as nowhere:  # RuntimeError: the home folder of an unknown user
            raise ValueError(f"leads nowhere: {nowhere}") from None

    @field_validator("smtp_host")
    @classmethod
    def _is_where_links_lead(cls, host: str | None, info: ValidationInfo) -> str | None:
        known = info.data
        if host and known.get("mode") is Mode.PRODUCTION and known.get("public_url", "unsound") is None:
            raise ValueError("mails lead to INTERLOCK_PUBLIC_URL, where people reach this installation: set it, too")
        return host

    @field_validator("smtp_tls")
    @classmethod
    def _is_not_read_on_the_way(cls, tls: Tls, info: ValidationInfo) -> Tls:
        host, mode = info.data.get("smtp_host"), info.data.get("mode")
        if tls is Tls.NONE and mode is Mode.PRODUCTION and host and not is_loopback(host):
            raise ValueError(f"mail to {host} would travel in plain sight; in production use starttls or implicit")
        return tls

    @field_validator("smtp_password")
    @classmethod
    def _comes_with_a_user(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        user = info.data.get("smtp_user")
        if (user is None) is not (password is None):
            raise ValueError("INTERLOCK_SMTP_USER and INTERLOCK_SMTP_PASSWORD are given both or neither")
        return password

    @field_validator("mail_from")
    @classmethod
    def _is_given_with_a_host(cls, sender: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("smtp_host") and not sender:
            raise ValueError("says from whom mail comes; INTERLOCK_SMTP_HOST is set without it")
        return sender

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        given = [self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret]
        if any(given) and not all(given):
            raise ValueError(
                "INTERLOCK_OIDC_ISSUER, INTERLOCK_OIDC_CLIENT_ID and INTERLOCK_OIDC_CLIENT_SECRET are given together"
            )
        issuer = self.oidc_issuer
        if issuer and self.mode is Mode.PRODUCTION and issuer.scheme != "https" and not is_loopback(issuer.host or ""):
            raise ValueError("INTERLOCK_OIDC_ISSUER must be https: who signs in would travel in plain sight")
        return self

    @model_validator(mode="after")
    def _slack_is_whole(self) -> Self:
        """Names the setting that a way of reaching Slack requires and that is missing."""
        wanted = {
            SlackMode.HTTP: ("slack_bot_token", "slack_signing_secret"),
            SlackMode.SOCKET: ("slack_bot_token", "slack_app_token"),
        }
        for name in wanted.get(self.slack, ()):
            if getattr(self, name) is None:
                raise ValueError(f"INTERLOCK_SLACK={self.slack.value} wants INTERLOCK_{name.upper()}")
        if self.slack is SlackMode.EMULATOR and self.mode is Mode.PRODUCTION and "mode" in self.model_fields_set:
            raise ValueError(EMULATOR_IN_PRODUCTION)
        return self

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return self.home

    @property
    def heads_folder(self) -> Path:
        """Where signed heads are kept, absolute: in the data folder, unless configured otherwise."""
        return self.heads or self.home / "heads"

    @property
    def clock(self) -> MachineClock:
        """The clock of the data folder: the machine's, unless another was set in development. Raises ClockFixed."""
        return clock_of(self.folder, self.clock_start, movable=self.mode is Mode.DEVELOPMENT)

    @property
    def database(self) -> str:
        """The URL of the record's database: a file in the data folder, unless configured otherwise."""
        return self.database_url or f"sqlite:///{self.folder / DATABASE_FILE}"

    @property
    def temporal(self) -> str:
        """Address of the Temporal server: the embedded one, unless configured otherwise."""
        return self.temporal_address or f"127.0.0.1:{self.temporal_port}"

    @property
    def url(self) -> str:
        """Address of the API for people on this machine."""
        return f"http://{self.host}:{self.http_port}"

    @property
    def address(self) -> str:
        """Where people reach the API and its pages, without a trailing slash."""
        return str(self.public_url or self.url).rstrip("/")

    @property
    def mail(self) -> MailServer | None:
        """The server that mail is submitted to; None if no host is set."""
        if not self.smtp_host or self.mail_from is None:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            sender=self.mail_from,
            user=self.smtp_user,
            password=self.smtp_password,
        )

    @property
    def mail_folder(self) -> Path | None:
        """Where mail is kept instead of sent: only in development, and only if no mail server is set."""
        return self.folder / KEPT_MAIL if self.mode is Mode.DEVELOPMENT and not self.smtp_host else None
