"""What came of several answers is kept for repeats where no repeat can fare otherwise."""

import pytest

from application.commands.bulk_answers import BulkResult
from application.gateway_errors import EngineAway
from domain.shared.errors import AlreadyDecided, IntegrityBroken, Refusal, quarantine_refusal

PASSING = EngineAway("No answer.", remedy="Try again.")
REPAIRED = (quarantine_refusal("engagement/ENG-2026-0001"), IntegrityBroken("A text was edited."))


@pytest.mark.parametrize("refusal", [PASSING, *REPAIRED])
def test_what_passes_by_itself_or_is_repaired_is_no_last_word(refusal: Refusal) -> None:
    assert not BulkResult(ask_id="ENG-2026-0001.A1", refused=refusal.refused).is_final


def test_what_is_decided_is() -> None:
    decided = AlreadyDecided("It is.", remedy="Look at it.")
    assert BulkResult(ask_id="ENG-2026-0001.A1", refused=decided.refused).is_final
