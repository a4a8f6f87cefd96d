"""While readers lag behind a receipt, what it brought is said to be on its way, and not to be nowhere."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.db.database import writing
from domain.shared.streams import change_stream, engagement_stream
from tests.api.played import SELLER, Played
from tests.stack import Stack

STRANGER = "sven.aas"
NOT_REACHED = 10**6


@contextmanager
def lagging(stack: Stack, stream: str) -> Iterator[None]:
    """Readers have not come to a receipt that was given of this stream."""
    stack.app.lag.given(stream, NOT_REACHED)
    yield
    stack.app.lag.reached(stream, NOT_REACHED)


async def test_an_ask_that_was_just_opened_is_on_its_way_to_who_may_see_its_deal(stack: Stack) -> None:
    deal = await Played(stack).start("Restated while the record waits")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Close in three days"}]})
    with writing(stack.database):
        receipt = await deal.do(SELLER, "POST", "/needs/restate")
        (ask,) = receipt["asks"]
        answer = await stack.call(SELLER, "GET", f"/asks/{ask}")
        assert (answer.status_code, answer.json()["title"]) == (503, "Interlock is catching up"), answer.text
        assert int(answer.headers["retry-after"]) > 0
        hidden = await stack.call(STRANGER, "GET", f"/asks/{ask}")
        assert hidden.status_code == 404, hidden.text
    for _ in range(100):
        answer = await stack.call(SELLER, "GET", f"/asks/{ask}")
        if answer.status_code == 200:
            break
        await asyncio.sleep(0.1)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["/documents/sow", "/documents/sow.md", "/documents/sow/diff?from=1&to=2"])
async def test_a_document_that_was_just_drafted_is_on_its_way(stack: Stack, path: str) -> None:
    deal = await Played(stack).start("Drafted while readers lag")
    url = f"/engagements/{deal.engagement}{path}"
    assert (await stack.call(SELLER, "GET", url)).status_code == 404
    with lagging(stack, engagement_stream(deal.engagement)):
        assert (await stack.call(SELLER, "GET", url)).status_code == 503
    assert (await stack.call(SELLER, "GET", url)).status_code == 404


async def test_a_change_and_an_ask_of_it_are_on_their_way(stack: Stack) -> None:
    deal = await Played(stack).start("Changed while readers lag")
    url = f"/engagements/{deal.engagement}/changes/1"
    assert (await stack.call(SELLER, "GET", url)).status_code == 404
    with lagging(stack, engagement_stream(deal.engagement)):
        assert (await stack.call(SELLER, "GET", url)).status_code == 503
    with lagging(stack, change_stream(deal.engagement, 1)):
        assert (await stack.call(SELLER, "GET", f"/asks/{deal.engagement}.C1.A1")).status_code == 503
    assert (await stack.call(SELLER, "GET", url)).status_code == 404


async def test_answers_to_several_asks_say_the_same_of_one_that_is_on_its_way(stack: Stack) -> None:
    deal = await Played(stack).start("Answered while readers lag")
    given = {"ask_id": f"{deal.engagement}.A9", "verdict": "approve", "subject_hash": "0" * 64}
    with lagging(stack, engagement_stream(deal.engagement)):
        done = await stack.done(SELLER, "POST", "/asks/decisions", {"decisions": [given]})
    assert done["results"][0]["problem"]["title"] == "Interlock is catching up", done
