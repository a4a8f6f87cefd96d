"""References of next steps: what is written like one and is none is not found, and nothing breaks by it."""

import pytest

from domain.next_steps.references import StepRef
from domain.shared.errors import NotFound

GOOD = "ENG-2026-0042/act:deliver_milestone:M1@20261130T093000000000Z"


def test_a_reference_is_written_as_it_was_read() -> None:
    assert str(StepRef.read(GOOD)) == GOOD


@pytest.mark.parametrize(
    "written",
    [
        "ENG-2026-0042",
        "ENG-2026-0042/act:close@99999999T999999999999Z",
        "ENG-2026-0042/act:close@TTTTZ",
        "ENG-2026-0042/act:nonsense@20261130T093000000000Z",
        "ENG-2026-0042/vacancy:finance@20260230T093000000000Z",
    ],
)
def test_what_is_no_reference_is_not_found(written: str) -> None:
    with pytest.raises(NotFound, match="Next step not found"):
        StepRef.read(written)
