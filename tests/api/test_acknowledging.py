"""Whatever is answered is known outside, by whichever way the answer came: its mark is raised each time."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import delete, update

from adapters.db.database import writing
from adapters.db.tables.columns import columns
from adapters.db.tables.record import ReceiptRow, StreamHeadRow
from domain.shared.streams import engagement_stream
from tests.api.played import CLIENT, NEW_DEAL, SELLER, SPONSOR, Played
from tests.clock import held
from tests.stack import Json, Stack

H = columns(StreamHeadRow)


@pytest_asyncio.fixture
async def deal(stack: Stack) -> AsyncIterator[Played]:
    """A deal that just began."""
    yield await Played(stack).start()


async def forget_marks(stack: Stack, stream: str) -> None:
    """As where a process dies right after its answer."""
    await stack.app.acknowledgements.flush()
    with writing(stack.database) as connection:
        connection.execute(update(StreamHeadRow).where(H.stream == stream).values(acknowledged=0, told=0))


async def mark(stack: Stack, stream: str) -> int:
    await stack.app.acknowledgements.flush()
    return stack.app.standings.of(stream).acknowledged


async def again(stack: Stack, who: str, path: str, body: Json, *, receipts: bool) -> tuple[Json, Json, int]:
    """The same request before and after the mark was lost, with the mark that stands then."""
    first = await stack.done(who, "POST", path, body, key=f"again{path}")
    receipt = first["results"][0]["receipt"] if "results" in first else first
    stream = str(receipt["stream"])
    await forget_marks(stack, stream)
    if not receipts:
        with writing(stack.database) as connection:
            connection.execute(delete(ReceiptRow))
    second = await stack.done(who, "POST", path, body, key=f"again{path}")
    return receipt, second["results"][0]["receipt"] if "results" in second else second, await mark(stack, stream)


@pytest.mark.parametrize("receipts", [True, False])
async def test_a_last_word_that_is_answered_once_more_is_acknowledged(
    stack: Stack, deal: Played, *, receipts: bool
) -> None:
    path = f"/engagements/{deal.engagement}/lose"
    first, second, raised = await again(stack, SELLER, path, {"reason": "They chose another."}, receipts=receipts)
    assert (second["sequence"], second["happened"]) == (first["sequence"], first["happened"])
    assert raised == first["sequence"]


async def test_several_answers_that_are_given_once_more_are_acknowledged(stack: Stack, deal: Played) -> None:
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "One login for all"}]})
    await deal.cover()
    asks = [ask for ask in (await deal.see())["asks"] if ask["kind"] == "confirm_needs"]
    if not asks:
        await deal.do(SELLER, "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")
    body = {"decisions": [{"ask_id": ask["id"], "verdict": "approve", "subject_hash": ask["subject_hash"]}]}
    first, second, raised = await again(stack, CLIENT, "/asks/decisions", body, receipts=True)
    assert first == second
    assert raised == first["sequence"]


async def test_a_deal_that_is_opened_once_more_is_acknowledged(stack: Stack) -> None:
    first, second, raised = await again(stack, SELLER, "/engagements", NEW_DEAL, receipts=True)
    assert first == second
    assert raised == first["sequence"]


async def test_what_was_done_and_never_answered_is_acknowledged_once_it_is(stack: Stack, deal: Played) -> None:
    stream = engagement_stream(deal.engagement)
    first = await deal.do(SPONSOR, "POST", "/hold", held("They are away."), key="held")
    await forget_marks(stack, stream)
    assert await deal.do(SPONSOR, "POST", "/hold", held("They are away."), key="held") == first
    assert await mark(stack, stream) == first["sequence"]
