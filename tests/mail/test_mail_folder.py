"""In development, without a mail server, mail is kept in the data folder and read there, with links that open."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

import cli.main
from adapters.db.leases import Leases
from adapters.files.private_files import save_json
from adapters.mail.folder import MailFolder, kept_mails
from application.magic_links.links import Links
from application.notifications.dispatcher import NotificationDispatcher
from application.notifications.mail import kept_mail_channel
from cli.development import TOKENS
from composition import opened
from settings import KEPT_MAIL, Mode, Settings
from tests.api.played import CLIENT
from tests.clock import CLOCK
from tests.mail.conftest import Asked, MailEnv, Server, link_in
from tests.stack import Stack


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def kept(home: Path, stack: Stack, links: Links, smtp: Server) -> MailEnv:
    """An environment whose mail is kept, as that of a development stack."""
    now: list[datetime] = [CLOCK()]
    channel = kept_mail_channel(stack.app, home / KEPT_MAIL, links, None)
    return MailEnv(
        stack, smtp, links, NotificationDispatcher(stack.app, Leases(stack.database), [channel], lambda: now[0]), now
    )


def mail(*words: str) -> Result:
    return CliRunner().invoke(cli.main.app, ["mail", *words])


async def test_what_a_client_is_asked_is_read_on_the_command_line_and_its_link_opens_it(
    kept: MailEnv, confirming: Asked, browser: httpx.AsyncClient, home: Path
) -> None:
    for text in ("The first.", "The second."):
        await kept.told(kept.put(CLIENT, "ask", text, confirming.id))
    listed = mail("list", "anna").output
    assert [line.split()[0] for line in listed.splitlines()[1:3]] == ["1", "2"]
    assert "anna.lindqvist@lindqvist.example" in listed
    assert "interlock mail show 2" in listed
    shown = mail("show", "1").output
    assert "Hello Anna Lindqvist," in shown
    link = link_in(kept_mails(home / KEPT_MAIL)[0])
    assert link in shown.split()
    page = await browser.get(link)
    assert (page.status_code, confirming.ask["title"] in page.text) == (200, True)
    assert not kept.smtp.mailbox.received


async def test_what_somebody_opened_with_a_mail_program_keeps_its_number(kept: MailEnv, home: Path) -> None:
    for text in ("Tuesday.", "Wednesday."):
        await kept.told(kept.put(CLIENT, "news", text))
    (first, *_) = sorted((home / KEPT_MAIL / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    first.rename(home / KEPT_MAIL / "cur" / f"{first.name}:2,S")
    assert [message["Subject"] for message in kept_mails(home / KEPT_MAIL)] == ["Tuesday.", "Wednesday."]


async def test_only_its_owner_reads_the_folder(kept: MailEnv, home: Path) -> None:
    await kept.told(kept.put(CLIENT, "news", "Tuesday."))
    assert all((path.stat().st_mode & 0o077) == 0 for path in (home, home / KEPT_MAIL, home / KEPT_MAIL / "new"))


@pytest.fixture
def in_the_way(home: Path) -> Path:
    """A file where the folder should be."""
    home.mkdir()
    (home / KEPT_MAIL).write_text("of somebody else")
    return home


async def test_a_disk_that_takes_no_mail_is_a_mail_server_that_is_away(in_the_way: Path, kept: MailEnv) -> None:
    row = await kept.told(kept.put(CLIENT, "news", "Tuesday."))
    assert (row.sent_at, row.dead) == (None, None)
    assert str(in_the_way / KEPT_MAIL) in str(row.because)


def test_production_keeps_no_mail_and_whoever_has_a_server_uses_it(home: Path) -> None:
    sender = "interlock@fjordline.example"
    assert Settings(mode=Mode.PRODUCTION).mail_folder is None
    assert Settings(mode=Mode.DEVELOPMENT, smtp_host="mx.example", mail_from=sender).mail_folder is None
    assert Settings(mode=Mode.DEVELOPMENT).mail_folder == home / KEPT_MAIL


@pytest.mark.parametrize("words", [("list",), ("show", "1")])
def test_production_reads_no_kept_mail_though_a_folder_of_development_lies_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    MailFolder(home / KEPT_MAIL)._keep(b"To: a@b.example\nSubject: One\n\nText\n")
    monkeypatch.setenv("INTERLOCK_MODE", "production")
    answer = mail(*words)
    assert answer.exit_code == 1
    told = " ".join(answer.output.split())
    assert "is kept for production; mail that is kept instead of sent has no place there." in told
    assert "One" not in answer.output


def test_the_newest_mails_are_kept_and_no_others(home: Path) -> None:
    folder = MailFolder(home / KEPT_MAIL, most=3)
    for n in range(5):
        folder._keep(f"To: a@b.example\nSubject: Mail {n}\n\nText\n".encode())
    assert [message["Subject"] for message in kept_mails(home / KEPT_MAIL)] == ["Mail 2", "Mail 3", "Mail 4"]


def test_where_no_mail_is_kept_it_is_said_how_it_comes_to_be(home: Path) -> None:
    answer = mail("list")
    assert answer.exit_code == 1
    assert str(home / KEPT_MAIL) in answer.output
    assert "INTERLOCK_SMTP_HOST" in answer.output
    assert not home.exists()


def test_a_number_that_no_mail_has_is_named(home: Path) -> None:
    opened(Settings()).dispose()
    save_json(home / TOKENS, {})
    MailFolder(home / KEPT_MAIL)._keep(b"To: a@b.example\nSubject: One\n\nText\n")
    answer = mail("show", "7")
    assert answer.exit_code == 1
    assert "There is no mail 7; there are 1." in answer.output
