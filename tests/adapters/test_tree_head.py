"""A signed head stands by itself: whoever has it and the public key needs nobody's word."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.db.records import Records
from adapters.db.tree_head import KEY_FILE, TreeHead, head_of_file, is_genuine, open_key, public_key, root_of, sign_head
from tests.adapters.builders import MONDAY, Deal


@pytest.fixture
def head(records: Records, engine: Engine, tmp_path: Path) -> TreeHead:
    """The signed head over two deals."""
    for number in (2, 1):
        records.append(Deal(number).batch)
    return sign_head(engine, open_key(tmp_path), MONDAY)


def test_a_head_names_every_stream_in_order(head: TreeHead) -> None:
    facts = len(Deal().facts)
    assert [(leaf.stream, leaf.seq) for leaf in head.leaves] == [
        ("engagement/ENG-2026-0001", facts),
        ("engagement/ENG-2026-0002", facts),
    ]
    assert head.root == root_of(head.leaves[::-1])


def test_a_head_is_verified_from_its_json_and_the_public_key(head: TreeHead, tmp_path: Path) -> None:
    offline = TreeHead.model_validate_json(head.model_dump_json())
    assert is_genuine(offline, public_key(open_key(tmp_path)))


def test_another_key_did_not_sign_it(head: TreeHead, tmp_path: Path) -> None:
    assert not is_genuine(head, public_key(open_key(tmp_path / "other")))


def other_hex(digits: str) -> str:
    return ("0" if digits[0] != "0" else "1") + digits[1:]


def test_a_head_that_was_changed_is_not_genuine(head: TreeHead, tmp_path: Path) -> None:
    first, *rest = head.leaves
    leaves = [
        first.replace(seq=first.seq - 1),
        first.replace(hash=other_hex(first.hash)),
        first.replace(stream="engagement/ENG-2026-0003"),
    ]
    changed = [head.replace(leaves=(leaf, *rest)) for leaf in leaves]
    changed += [other.replace(root=root_of(other.leaves)) for other in changed]
    changed += [
        head.replace(at=MONDAY + timedelta(microseconds=1)),
        head.replace(root=other_hex(head.root)),
        head.replace(signature=other_hex(head.signature)),
    ]
    public = public_key(open_key(tmp_path))
    assert [is_genuine(other, public) for other in changed] == [False] * 9


def test_a_leaf_left_out_is_seen(head: TreeHead, tmp_path: Path) -> None:
    fewer = head.replace(leaves=head.leaves[:1])
    assert not is_genuine(fewer, public_key(open_key(tmp_path)))
    assert not is_genuine(fewer.replace(root=root_of(fewer.leaves)), public_key(open_key(tmp_path)))


def test_the_key_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = public_key(open_key(folder))
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert public_key(open_key(folder)) == first
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_two_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {public_key(key) for key in pool.map(lambda _n: open_key(tmp_path), range(8))}
    assert len(keys) == 1


def test_an_empty_record_has_a_head_too(engine: Engine, tmp_path: Path) -> None:
    head = sign_head(engine, open_key(tmp_path), MONDAY)
    assert head.leaves == ()
    assert is_genuine(head, public_key(open_key(tmp_path)))


def test_what_the_api_gives_is_a_head_that_the_public_key_alone_proves(head: TreeHead, tmp_path: Path) -> None:
    public = public_key(open_key(tmp_path))
    given = json.dumps({**head.model_dump(mode="json"), "public_key": "ff"})
    assert is_genuine(head_of_file(given), public)
    assert not is_genuine(head_of_file(given), "ff")
