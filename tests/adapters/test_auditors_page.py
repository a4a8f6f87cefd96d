"""The program of docs/auditors.md, which needs nothing of ours, comes to what we come to."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text

from adapters.db.database import writing
from adapters.db.records import Records
from adapters.db.tree_head import public_key, sign_head
from adapters.db.verification import verify
from tests.adapters.builders import MONDAY, ROOT, lively_deal

PAGE = (ROOT / "docs" / "auditors.md").read_text(encoding="utf-8")
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def engine(file_with_a_deal: Engine, tmp_path: Path) -> Engine:
    """A record of which a head was signed, and to which a deal came after."""
    head = sign_head(file_with_a_deal, KEY, MONDAY)
    (tmp_path / "head.json").write_text(head.model_dump_json(), encoding="utf-8")
    Records(file_with_a_deal).append(lively_deal(2).batch)
    return file_with_a_deal


def checked(engine: Engine, folder: Path, key: str) -> subprocess.CompletedProcess[str]:
    program = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert program is not None
    file = folder / "check.py"
    file.write_text(program[1], encoding="utf-8")
    given = [str(engine.url.database), str(folder / "head.json"), key]
    return subprocess.run([sys.executable, "-I", str(file), *given], capture_output=True, text=True, check=False)


def test_a_record_that_is_as_it_was_signed_is_found_so(engine: Engine, tmp_path: Path) -> None:
    done = checked(engine, tmp_path, public_key(KEY))
    assert done.stdout == "every fact is as written; up to the head, as signed\n", done.stderr


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE ledger SET \"by\" = 'luca.f' WHERE seq = 2 AND stream = 'engagement/ENG-2026-0001'",
        "UPDATE ledger SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 3 AND stream LIKE 'eng%2'",
        "DELETE FROM ledger WHERE seq = 2 AND stream = 'engagement/ENG-2026-0001'",
        "DELETE FROM ledger WHERE seq >= 5 AND stream = 'engagement/ENG-2026-0001'",
        "DELETE FROM ledger WHERE stream = 'engagement/ENG-2026-0001'",
    ],
)
def test_what_was_edited_or_cut_off_is_found_as_we_find_it(engine: Engine, tmp_path: Path, edit: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(edit))
    assert checked(engine, tmp_path, public_key(KEY)).returncode == 1
    assert not verify(engine).is_sound


def test_a_head_of_another_key_or_that_was_edited_is_not_believed(engine: Engine, tmp_path: Path) -> None:
    assert "InvalidSignature" in checked(engine, tmp_path, public_key(Ed25519PrivateKey.generate())).stderr
    head = json.loads((tmp_path / "head.json").read_text())
    head["leaves"][0]["seq"] += 1
    (tmp_path / "head.json").write_text(json.dumps(head))
    assert "InvalidSignature" in checked(engine, tmp_path, public_key(KEY)).stderr
