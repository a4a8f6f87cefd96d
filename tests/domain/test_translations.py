"""Texts decide nothing: whatever words the domain says, the same values are bound, and nothing is asked anew."""

import json
import subprocess
import sys
from typing import Any

import pytest

from domain.asks.subject_texts import ENGLISH_NOW
from tests.domain import whole_deals
from tests.domain.altered import MARK, ROOT


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same lives with every sentence altered, and what states of the unaltered ones would come to there."""
    kept = tmp_path_factory.mktemp("states") / "states.json"
    kept.write_text(json.dumps(whole_deals.states()))
    command = [sys.executable, "-m", "tests.domain.altered", str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_text_was_altered(altered: dict[str, Any]) -> None:
    texts = altered["texts"]
    assert texts["version"] != ENGLISH_NOW
    labels = {label for shown in texts["asks"] for label in shown}
    assert sum(MARK in label for label in labels) > 30
    assert not [label for label in labels if MARK not in label and (" " in label or label in {"role", "price"})]


def test_no_hash_of_a_whole_life_moves_with_the_texts(altered: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(whole_deals.played()))
    for deal, life in plain.items():
        assert altered["lives"][deal]["asks"] == life["asks"]
        assert altered["lives"][deal]["facts"] == life["facts"]
    assert sum(kind.startswith("sign_change") for kind, *_ in plain["halden"]["asks"].values()) > 1


def test_nothing_falls_in_an_engagement_whose_texts_change_under_it(altered: dict[str, Any]) -> None:
    assert altered["stirred"] == []
