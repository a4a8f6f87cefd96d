"""Heads are kept hour by hour while the record holds what was signed before; a verification takes the newest."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs
from typer.testing import CliRunner

import cli.main
from adapters.db.database import writing
from adapters.db.installation import Installation
from adapters.db.outbox import Outbox, State
from adapters.db.records import Records
from adapters.db.stream_status import StreamStatuses
from adapters.db.tree_head import open_key, public_key
from adapters.db.verification import verify
from adapters.files.tree_heads import HeadKeeper, KeptHeads, Witness
from cli.terminal import FAILED
from domain.shared.remedy_actions import RemedyAction
from domain.shared.tree_heads import Taken
from tests.adapters.builders import MONDAY, firm, lively_deal
from tests.databases import migrated

HOUR = timedelta(hours=1)


class Hours:
    """A keeper whose clock goes on by an hour each time."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.now = MONDAY
        self.folder = folder / "heads"
        key = open_key(folder)
        self.keeper = HeadKeeper(engine, key, self.folder, lambda: self.now)
        self.kept = KeptHeads(self.folder, public_key(key))

    def take(self) -> str:
        self.now += HOUR
        return self.keeper.take()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def hours(engine: Engine, tmp_path: Path) -> Hours:
    return Hours(engine, tmp_path)


def test_a_head_is_kept_where_something_was_added_and_no_other(records: Records, hours: Hours) -> None:
    records.append(lively_deal().batch)
    assert [hours.take() for _ in range(3)] == [Taken.KEPT, Taken.NOTHING_NEW, Taken.NOTHING_NEW]
    records.append(lively_deal(2).batch)
    assert hours.take() == Taken.KEPT
    assert hours.files() == ["2026-03-02T10-00-00.000000Z.json", "2026-03-02T13-00-00.000000Z.json"]
    newest = hours.kept.newest()
    assert newest.head is not None
    assert len(newest.head.leaves) == 2
    assert newest.file == hours.folder / hours.files()[-1]


CUT = (
    "DELETE FROM ledger WHERE stream = :s AND seq > 5",
    "UPDATE stream_head SET seq = 5, hash = (SELECT hash FROM ledger WHERE stream = :s AND seq = 5) WHERE stream = :s",
)


def cut_off(records: Records, engine: Engine, stream: str) -> None:
    """Takes rows away with their head, and makes the read model fit: without a witness nobody could tell."""
    with writing(engine) as connection:
        for statement in CUT:
            connection.execute(text(statement), {"s": stream})
    records.rebuild(dropping=True)
    assert verify(engine).is_sound


def test_a_record_that_was_cut_off_gets_no_head_of_its_own_and_the_newest_one_shows_it(
    records: Records, engine: Engine, hours: Hours
) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    hours.take()
    cut_off(records, engine, deal.stream)
    records.append(lively_deal(2).batch)
    with capture_logs() as noted:
        assert hours.take().startswith(f"{Taken.CONTRADICTED}: ENG-2026-0001 ({deal.stream}) is not what was signed")
    assert [one["event"] for one in noted] == ["tree_head.contradicted"]
    assert len(hours.files()) == 1
    assert "rows were cut off" in verify(engine, hours.kept.newest().head).faults[0].what


def tampered(engine: Engine, statement: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(statement))


def told(engine: Engine) -> list[str]:
    """What the administrator was told, in order."""
    rows = sorted(Outbox(engine).in_state(State.WAITING), key=lambda row: row.created_at)
    return [row.text for row in rows if row.to == firm().house_roles["administrator"]]


def test_operators_hear_once_that_the_record_is_not_what_was_signed_and_when_it_is_again(
    file_with_a_deal: Engine, tmp_path: Path
) -> None:
    engine, stream = file_with_a_deal, lively_deal().stream
    hours, installation = Hours(engine, tmp_path), Installation(engine)
    hours.take()
    assert installation.contradicted() == ""
    before = told(engine)
    tampered(engine, "CREATE TABLE put_aside AS SELECT * FROM ledger WHERE stream LIKE 'engagement/%' AND seq > 5")
    tampered(engine, "DELETE FROM ledger WHERE stream LIKE 'engagement/%' AND seq > 5")
    said = [hours.take() for _ in range(3)]
    what = f"ENG-2026-0001 ({stream}) is not what was signed at 2026-03-02 10:00:00 UTC."
    assert said == [f"{Taken.CONTRADICTED}: {what} No head is kept."] * 3
    assert installation.contradicted() == what
    (text,) = told(engine)[len(before) :]
    assert text.startswith(what)
    assert str(RemedyAction.VERIFY_RECORD.about()) in text
    tampered(engine, "INSERT INTO ledger SELECT * FROM put_aside")
    assert [hours.take() for _ in range(2)] == [Taken.NOTHING_NEW] * 2
    assert installation.contradicted() == ""
    assert told(engine)[len(before) + 1 :] == [
        "The record again contains what the newest signed head says. Signed heads are kept again."
    ]


def test_operators_hear_that_no_head_can_be_signed_or_that_one_was_edited(
    file_with_a_deal: Engine, tmp_path: Path
) -> None:
    engine = file_with_a_deal
    hours = Hours(engine, tmp_path)
    hours.take()
    (hours.folder / "9999.json").write_text("[]", encoding="utf-8")
    before = told(engine)
    hours.take()
    tampered(engine, "UPDATE stream_head SET hash = 'x'")
    hours.take()
    edited, unsigned = told(engine)[len(before) :]
    assert "The signed head 9999.json was edited, or signed with another key." in edited
    assert "No signed head can be kept. What stands as the head of stream" in unsigned


def test_a_newer_head_that_is_not_genuine_is_named_and_an_older_one_taken(records: Records, hours: Hours) -> None:
    records.append(lively_deal().batch)
    hours.take()
    forged = hours.folder / "2026-03-02T11-00-00.000000Z.json"
    forged.write_text("[]", encoding="utf-8")
    other = hours.folder / "2026-03-02T12-00-00.000000Z.json"
    genuine = json.loads((hours.folder / hours.files()[0]).read_text(encoding="utf-8"))
    other.write_text(json.dumps({**genuine, "at": "2026-03-02T12:00:00Z"}), encoding="utf-8")
    newest = hours.kept.newest()
    assert newest.file == hours.folder / hours.files()[0]
    assert newest.doubtful == (other, forged)


LEAF = {"stream": "directory", "seq": 1, "hash": "0" * 64}
HEAD = {"at": "2030-01-01T00:00:00Z", "root": "0" * 64, "signature": "0" * 128}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({**HEAD, "leaves": [LEAF | {"seq": 10**30}]}),
        json.dumps({**HEAD, "leaves": [LEAF | {"stream": "\ud800"}]}),
        "[" * 100_000,
        Path.mkdir,
        os.mkfifo,
    ],
)
def test_whatever_lies_among_the_heads_and_is_none_is_named_doubtful(
    records: Records, hours: Hours, content: str | Callable[[Path], None]
) -> None:
    records.append(lively_deal().batch)
    hours.take()
    odd = hours.folder / "9999.json"
    if isinstance(content, str):
        odd.write_text(content, encoding="utf-8")
    else:
        content(odd)
    assert hours.kept.newest().doubtful == (odd,)
    records.append(lively_deal(2).batch)
    assert hours.take() == Taken.KEPT


def test_heads_go_on_while_the_record_lacks_a_stream(records: Records, engine: Engine, hours: Hours) -> None:
    records.append(lively_deal().batch)
    StreamStatuses(engine).quarantine("engagement/ENG-2026-0777", "the ledger lacks it", MONDAY)
    assert hours.take() == Taken.KEPT
    head = hours.kept.newest().head
    assert head is not None
    assert "engagement/ENG-2026-0777" not in {leaf.stream for leaf in head.leaves}


@pytest.mark.parametrize("odd", ["hash = 'x'", "stream = 'engagement/é'"])
def test_an_odd_head_of_a_stream_is_named_and_no_head_is_signed(
    records: Records, engine: Engine, hours: Hours, odd: str
) -> None:
    records.append(lively_deal().batch)
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE stream_head SET {odd}"))  # noqa: S608 -- the test's own
    stream = "'engagement/\\xe9'" if "stream" in odd else repr(lively_deal().stream)
    assert hours.take() == f"{Taken.NOT_SIGNED}: What stands as the head of stream {stream} is none: it was edited."
    assert hours.kept.newest().head is None


def test_a_text_that_is_none_where_a_head_signed_it_is_named(tmp_path: Path) -> None:
    engine = migrated(tmp_path / "record.db")
    hours = Hours(engine, tmp_path)
    Records(engine).append(lively_deal().batch)
    assert hours.take() == Taken.KEPT
    with writing(engine) as connection:
        connection.execute(text("UPDATE ledger SET hash = CAST(x'ff' AS TEXT)"))
    assert hours.take() == f"{Taken.NOT_SIGNED}: A text in the database is not UTF-8: it was edited."
    engine.dispose()


def test_a_folder_without_heads_has_no_witness(hours: Hours) -> None:
    assert hours.kept.newest() == Witness(None, None, ())


def test_of_the_last_week_every_head_is_kept_and_of_each_day_before_the_last(records: Records, hours: Hours) -> None:
    for number in range(1, 31):
        records.append(lively_deal(number).batch)
        hours.now += timedelta(hours=7)
        hours.take()
    days = [name.partition("T")[0] for name in hours.files()]
    assert days[:3] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert len(days) > len(set(days))
    assert hours.files()[0] == "2026-03-02T17-00-00.000000Z.json"


def verified(*options: str) -> tuple[int, str]:
    answer = CliRunner().invoke(cli.main.app, ["ledger", "verify", *options])
    return answer.exit_code, " ".join(answer.output.split())


def test_a_verification_takes_the_newest_kept_head_and_says_what_it_cannot_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from composition import opened
    from settings import Settings

    monkeypatch.setenv("INTERLOCK_HOME", str(tmp_path))
    monkeypatch.setenv("INTERLOCK_HEADS", str(tmp_path / "elsewhere"))
    engine = opened(Settings())
    records, deal = Records(engine), lively_deal()
    records.append(deal.batch)
    assert "No signed tree head was found" in verified()[1]
    HeadKeeper(engine, open_key(tmp_path), Settings().heads_folder, lambda: MONDAY).take()
    (file,) = (tmp_path / "elsewhere").iterdir()
    code, said = verified()
    assert code == 0
    assert "Compared with the newest signed head" in said
    assert "could forge all three" in said
    assert "The head covers 20 facts, written up to 2026-03-02 09:00:00 UTC. There are no later facts." in said
    records.append(lively_deal(2).batch)
    assert "The head covers 20 facts" in verified()[1]
    assert "Later facts, which it does not cover: 20." in verified()[1]
    assert json.loads(CliRunner().invoke(cli.main.app, ["ledger", "verify", "--json"]).output)["head"]["file"] == str(
        file
    )
    assert "forge" not in verified("--head", str(file))[1]
    cut_off(records, engine, deal.stream)
    code, said = verified()
    assert code == FAILED
    assert "rows were cut off" in said
    assert f"move the heads that are newer than the copy out of their folder: {file.name}." in said
    assert said.index("interlock reconcile") < said.index("put an older copy of the record")
    file.chmod(0o644)
    file.write_text("{}", encoding="utf-8")
    code, said = verified()
    assert code == FAILED
    assert "this head was edited, or signed with another key." in said
    engine.dispose()
