"""A wrong setting stops the start, and the error names the variable."""

from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr, ValidationError

from adapters.mail.smtp import Tls
from cli.terminal import settings
from settings import Settings, SlackMode

SENDER = "Interlock <interlock@fjordline.example>"
PAGES = "https://interlock.example"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"INTERLOCK_{name.upper()}", raising=False)


def test_without_a_host_there_is_no_mail() -> None:
    assert Settings().mail is None


def test_mail_is_described_as_it_is_set() -> None:
    chosen = Settings(
        smtp_host="mx.example",
        public_url=PAGES,
        smtp_user="me",
        smtp_password=SecretStr("opensesame"),
        mail_from=SENDER,
    )
    assert chosen.mail == ("mx.example", 587, Tls.STARTTLS, SENDER, "me", SecretStr("opensesame"))
    assert "opensesame" not in repr(chosen) + repr(chosen.mail)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smtp_host": "mx.example", "mail_from": SENDER}, "SMTP_HOST"),
        ({"smtp_host": "mx.example", "public_url": PAGES}, "MAIL_FROM"),
        ({"smtp_host": "mx.example", "public_url": PAGES, "mail_from": "nobody"}, "MAIL_FROM"),
        ({"smtp_host": "mx.example", "public_url": PAGES, "mail_from": SENDER, "smtp_tls": "none"}, "SMTP_TLS"),
        ({"smtp_tls": "perhaps"}, "SMTP_TLS"),
        ({"smtp_port": "0"}, "SMTP_PORT"),
        ({"smtp_user": "me"}, "SMTP_PASSWORD"),
        ({"smtp_password": "secret"}, "SMTP_PASSWORD"),
        ({"public_url": "interlock.example"}, "PUBLIC_URL"),
        ({"public_url": "https://interlock.example/?a=b"}, "PUBLIC_URL"),
        ({"public_url": "https://me:secret@interlock.example/"}, "PUBLIC_URL"),
        ({"temporal_address": "127.0.0.1"}, "TEMPORAL_ADDRESS"),
        ({"temporal_address": "http://temporal.example:7233"}, "TEMPORAL_ADDRESS"),
        ({"database_url": "postgresql://me:secret@db.example/interlock"}, "DATABASE_URL"),
        ({"database_url": "mysql://x/y"}, "DATABASE_URL"),
    ],
)
def test_the_error_names_the_setting_and_not_its_secret(
    wrong: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(f"INTERLOCK_{name.upper()}", value)
    with pytest.raises(typer.Exit):
        settings()
    told = capsys.readouterr().err
    assert told.startswith(f"INTERLOCK_{named}: ")
    assert "secret" not in told


@pytest.mark.parametrize("name", ["home", "heads"])
def test_a_folder_behind_links_that_lead_to_each_other_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    for path in (tmp_path / "one", tmp_path / "one" / "beneath"):
        monkeypatch.setenv(f"INTERLOCK_{name.upper()}", str(path))
        with pytest.raises(typer.Exit):
            settings()
        assert capsys.readouterr().err.startswith(f"INTERLOCK_{name.upper()}: leads nowhere")


@pytest.mark.parametrize(
    "fine",
    [
        {"smtp_host": "127.0.0.1", "smtp_tls": "none"},
        {"smtp_host": "localhost", "smtp_tls": "none"},
        {"smtp_host": "::1", "smtp_tls": "none"},
        {"smtp_host": "mx.example", "smtp_tls": "none", "mode": "development"},
        {"smtp_host": "mx.example", "smtp_tls": "implicit"},
    ],
)
def test_mail_in_plain_sight_stays_on_this_machine_in_production(fine: dict[str, Any]) -> None:
    assert Settings(public_url=PAGES, mail_from=SENDER, **fine).mail is not None


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"http_port": 9000}, "http://127.0.0.1:9000"),
        ({"public_url": "https://interlock.example"}, "https://interlock.example"),
        ({"public_url": "https://interlock.example/here/"}, "https://interlock.example/here"),
    ],
)
def test_people_reach_it_where_it_is_said_and_else_here(given: dict[str, Any], address: str) -> None:
    assert Settings(**given).address == address


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({"slack": "http"}, "INTERLOCK_SLACK_BOT_TOKEN"),
        ({"slack": "http", "slack_bot_token": "xoxb"}, "INTERLOCK_SLACK_SIGNING_SECRET"),
        ({"slack": "socket", "slack_bot_token": "xoxb"}, "INTERLOCK_SLACK_APP_TOKEN"),
        ({"slack": "emulator", "mode": "production"}, "INTERLOCK_MODE=development"),
    ],
)
def test_slack_that_is_not_whole_is_refused_by_the_name_of_what_lacks(given: dict[str, str], lacking: str) -> None:
    with pytest.raises(ValidationError, match=lacking):
        Settings.model_validate(given)


def test_slack_is_off_until_it_is_wanted() -> None:
    assert Settings().slack is SlackMode.OFF


def test_slacks_keys_show_nowhere() -> None:
    keys = {"slack": "http", "slack_bot_token": "xoxb-opensesame", "slack_signing_secret": "opensesame"}
    assert "opensesame" not in repr(Settings.model_validate(keys))
