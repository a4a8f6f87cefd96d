"""Commands that read make nothing, and what they are given and cannot use is named in one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli.main
from adapters.db.tree_head import KEY_FILE, open_key, public_key, sign_head
from cli import terminal
from cli.development import for_development
from cli.terminal import FAILED, UNUSABLE
from composition import opened
from settings import Mode, Settings
from tests.adapters.builders import MONDAY
from tests.ports import free_ports

READING = (
    ["ledger", "verify"],
    ["ledger", "verify", "--head", "head.json"],
    ["ledger", "verify", "--public-key", "0" * 64],
    ["ledger", "erase", "Jonas Weber", "--dry-run"],
    ["ledger", "erase", "Jonas Weber", "--reason", "request 17", "--yes"],
    ["rebuild"],
    ["reconcile"],
    ["reconcile", "--from-engine", "1a2b3c4d"],
    ["token", "create", "rosa.klein"],
)
UNFIT_HEADS = {
    "empty": b"",
    "no text": b"\xff\xfe\x00",
    "a list": b"[1, 2]",
    "a word": b'"head"',
    "an object": b"{}",
    "without streams": json.dumps({"root": "0" * 64, "streams": 3}).encode(),
}


def interlock(*words: str) -> Result:
    return CliRunner().invoke(cli.main.app, list(words))


def in_words(answer: Result) -> str:
    """What was said, without the frame of a usage error."""
    return " ".join(answer.output.replace("│", " ").split())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("INTERLOCK_HOME", str(folder))
    return folder


@pytest.fixture
def kept(home: Path) -> Path:
    """A data folder with an empty record and a key."""
    opened(Settings()).dispose()
    open_key(home)
    return home


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("is_made", [False, True], ids=["no folder", "an empty folder"])
def test_a_command_without_data_says_so_and_makes_nothing(home: Path, command: list[str], *, is_made: bool) -> None:
    if is_made:
        home.mkdir()
    answer = interlock(*command)
    assert answer.exit_code == FAILED
    said = in_words(answer)
    assert f"There is no Interlock data in {home}." in said
    assert "INTERLOCK_HOME" in said
    assert "interlock up" in said
    assert home.exists() == is_made
    assert not is_made or not list(home.iterdir())


def test_a_playbook_is_checked_without_making_a_record(home: Path) -> None:
    home.mkdir()
    assert interlock("playbook", "check").exit_code == 0
    assert not list(home.iterdir())


def test_a_verification_makes_no_key(home: Path) -> None:
    opened(Settings()).dispose()
    assert interlock("ledger", "verify").exit_code == 0
    assert not (home / KEY_FILE).exists()
    answer = interlock("ledger", "verify", "--head", "any.json")
    assert answer.exit_code == FAILED
    assert "Give the public key: --public-key" in in_words(answer)


@pytest.mark.parametrize("unfit", UNFIT_HEADS)
def test_a_file_that_is_no_head_is_named_with_what_it_lacks(kept: Path, unfit: str) -> None:
    file = kept / "given.json"
    file.write_bytes(UNFIT_HEADS[unfit])
    answer = interlock("ledger", "verify", "--head", str(file))
    assert answer.exit_code == FAILED
    assert in_words(answer).startswith(f"{file} is not a signed tree head: ")


def test_a_head_that_is_missing_or_a_folder_is_named(kept: Path) -> None:
    for file, why in ((kept / "missing.json", "No such file or directory"), (kept, "Is a directory")):
        answer = interlock("ledger", "verify", "--head", str(file))
        assert answer.exit_code == FAILED
        assert in_words(answer) == f"{file}: {why}."


@pytest.mark.parametrize("key", ["", "zz", "ff", "å" * 64])
def test_what_is_no_public_key_is_refused_as_such(kept: Path, key: str) -> None:
    file = kept / "given.json"
    file.write_text(sign_head(opened(Settings()), open_key(kept), MONDAY).model_dump_json())
    answer = interlock("ledger", "verify", "--head", str(file), "--public-key", key)
    assert answer.exit_code == UNUSABLE
    assert "64 hexadecimal digits" in in_words(answer)
    genuine = public_key(open_key(kept)).upper()
    assert interlock("ledger", "verify", "--head", str(file), "--public-key", genuine).exit_code == 0


def test_a_broken_key_of_the_data_folder_is_named(kept: Path) -> None:
    (kept / KEY_FILE).chmod(0o600)
    (kept / KEY_FILE).write_bytes(b"short")
    (kept / "heads").mkdir()
    answer = interlock("ledger", "verify")
    assert answer.exit_code == FAILED
    assert f"{kept / KEY_FILE} is no signing key" in in_words(answer)


@pytest.mark.parametrize("token", ["å", "two words", "line\n", ""])
def test_what_is_no_token_is_refused_before_anything_is_sent(token: str) -> None:
    answer = interlock("deal", "list", "--token", token)
    assert answer.exit_code == UNUSABLE
    assert "INTERLOCK_TOKEN" in in_words(answer)


@pytest.mark.parametrize("url", ["http://[", "127.0.0.1:8080", "ftp://here", "http://å.example", "http://h:99999"])
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    for command in (["deal", "list", "--token", "a"], ["demo"]):
        answer = interlock(*command, "--url", url)
        assert answer.exit_code == UNUSABLE
        assert "INTERLOCK_URL" in in_words(answer)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"no place"])
def test_a_file_that_takes_no_table_of_settings_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "README.md"
    file.write_bytes(content)
    answer = interlock("settings", "--into", str(file))
    assert answer.exit_code == FAILED
    assert str(file) in in_words(answer)
    assert file.read_bytes() == content


def test_a_file_that_is_no_database_is_named_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path))
    (tmp_path / "interlock.db").write_text("This is a letter, and no database at all. " * 100)
    answer = CliRunner().invoke(cli.main.app, ["ledger", "verify"])
    assert answer.exit_code == 1
    assert "The database cannot be used: file is not a database." in answer.output


@pytest.mark.usefixtures("kept")
def test_who_reconciles_while_nothing_runs_is_told_to_start_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("INTERLOCK_TEMPORAL_PORT", str(port))
    answer = interlock("reconcile")
    assert answer.exit_code == FAILED
    assert in_words(answer) == (
        f"No workflow engine (Temporal) is responding at 127.0.0.1:{port}. Start the stack: interlock up"
    )


def test_a_data_folder_that_is_made_is_its_owners_alone(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("set_", [{"SLACK": "emulator"}, {"SLACK": "http"}, {"SMTP_HOST": "mail.example"}])
def test_who_only_talks_to_a_stack_needs_no_setting_of_whoever_starts_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, set_: dict[str, str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("cli.terminal.PATIENCE", 0.1)
    monkeypatch.setenv("INTERLOCK_HTTP_PORT", str(free_ports(1)[0]))
    for name, value in set_.items():
        monkeypatch.setenv(f"INTERLOCK_{name}", value)
    answer = interlock("deal", "list", "--token", "a")
    assert answer.exit_code == FAILED
    assert "No stack answers" in in_words(answer)


def test_who_starts_it_is_told_what_belongs_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERLOCK_SLACK", "emulator")
    monkeypatch.delenv("INTERLOCK_MODE", raising=False)
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path))
    said = "INTERLOCK_SLACK=emulator is for INTERLOCK_MODE=development alone: set both here, or neither"
    for starting in ("up", "serve"):
        answer = interlock(starting)
        assert answer.exit_code == FAILED
        assert said in in_words(answer)
    for command in (("mail", "list"), ("playbook", "try", "playbooks/services.yaml")):
        assert said not in in_words(interlock(*command)), "nothing of Slack starts here"
    monkeypatch.setenv("INTERLOCK_MODE", "production")
    assert interlock("up").exit_code == interlock("demo").exit_code == UNUSABLE


def test_a_demo_takes_the_mode_for_itself_also_beside_an_emulated_slack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a second terminal, beside `INTERLOCK_SLACK=emulator make run`."""
    monkeypatch.setenv("INTERLOCK_SLACK", "emulator")
    monkeypatch.delenv("INTERLOCK_MODE", raising=False)
    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path))
    answer = interlock("demo", "--url", "nonsense")
    assert answer.exit_code == UNUSABLE
    assert "not an address such as" in in_words(answer)
    assert for_development(terminal.settings()).mode is Mode.DEVELOPMENT
