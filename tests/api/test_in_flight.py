"""Nobody fills what all share, and who refuses by what is read waits for receipts that were given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from adapters.db.database import writing
from api.app import create_app
from api.problems import handle_problems
from application.commands.in_flight import InFlight, TooManyAtOnce
from application.read_lag.unread_receipts import MAX_REMEMBERED, Lag
from domain.shared.values import PersonId
from tests.api.played import SELLER, SPONSOR, Played
from tests.clock import held
from tests.stack import Stack


async def test_a_fifth_command_of_one_person_is_refused_and_another_persons_is_not() -> None:
    flight, done = InFlight(patience=0.05), asyncio.Event()

    async def held() -> None:
        async with flight.place(PersonId("anna")):
            await done.wait()

    four = [asyncio.create_task(held()) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyAtOnce):
        async with flight.place(PersonId("anna")):
            pass
    async with flight.place(PersonId("kofi")):
        pass
    done.set()
    await asyncio.gather(*four)
    async with flight.place(PersonId("anna")):
        pass
    assert flight == InFlight(patience=0.05)  # nothing is kept of who has nothing on its way


async def test_commands_that_may_be_forbidden_share_few_places_on_their_engagement_whoever_sends_them() -> None:
    flight, done = InFlight(patience=0.05), asyncio.Event()

    async def held(person: PersonId) -> None:
        async with flight.place(person, doubtful_on="engagement/ENG-2026-0001"):
            await done.wait()

    four = [
        asyncio.create_task(held(person))
        for person in (PersonId("kari"), PersonId("anna"), PersonId("odd"), PersonId("kari"))
    ]
    await asyncio.sleep(0)
    with pytest.raises(TooManyAtOnce):
        async with flight.place(PersonId("eva"), doubtful_on="engagement/ENG-2026-0001"):
            pass
    async with flight.place(PersonId("eva"), doubtful_on="engagement/ENG-2026-0002"), flight.place(PersonId("kari")):
        pass
    done.set()
    await asyncio.gather(*four)
    assert flight == InFlight(patience=0.05)


async def test_who_has_as_many_commands_under_way_as_one_may_is_refused_and_another_is_not(stack: Stack) -> None:
    deal = await Played(stack).start()
    path, needs = f"/engagements/{deal.engagement}/needs", {"needs": [{"id": "N1", "text": "Close in three days"}]}
    async with AsyncExitStack() as under_way:
        for _ in range(stack.app.in_flight.most):
            await under_way.enter_async_context(stack.app.in_flight.place(SELLER))
        assert (await stack.call(SELLER, "POST", path, needs)).status_code == 429
        await stack.done(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", held("They are away."))


async def test_who_waits_gets_the_place_that_comes_free() -> None:
    flight = InFlight(most=1, patience=5)

    async def held() -> None:
        async with flight.place(PersonId("anna")):
            await asyncio.sleep(0.01)

    await asyncio.gather(*(held() for _ in range(5)))


async def test_too_many_is_a_problem_that_says_when_to_come_again() -> None:
    app = FastAPI()
    handle_problems(app)

    @app.get("/")
    async def refused() -> None:
        raise TooManyAtOnce("Four are.", remedy="Wait.")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tests") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_receipt_is_waited_for_until_readers_have_reached_it() -> None:
    lag, waited = Lag(), list[int]()

    async def wait(sequence: int) -> None:
        waited.append(sequence)

    assert not await lag.caught_up("e1", wait)
    lag.given("e1", 7)
    lag.given("e1", 5)
    lag.reached("e1", 6)
    assert await lag.caught_up("e1", wait)
    assert waited == [7]
    lag.reached("e1", 7)
    assert not await lag.caught_up("e1", wait)


@pytest.mark.parametrize("killed", [False, True])
async def test_while_another_process_writes_nothing_is_refused_by_what_readers_do_not_see_yet(
    stack: Stack, killed: bool
) -> None:
    deal = await Played(stack).start("Asked back while the record waits")
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "Close in three days"}]})
    await deal.do(SELLER, "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")
    async with another_process(stack) as begun:
        with writing(stack.database):
            await deal.answer(ask, "need_info", reason="Which close?")
            text = {"text": "The general ledger."}
            asked = begun if killed else stack
            answer = await asked.call(SELLER, "POST", f"/asks/{ask['id']}/information", text)
            assert answer.status_code == 200, answer.text
    await deal.answer(await deal.ask("confirm_needs"))


@asynccontextmanager
async def another_process(stack: Stack) -> AsyncIterator[Stack]:
    """The API as it stands right after a start: it knows of no receipt that was given before."""
    api = create_app(replace(stack.app, lag=Lag(unknown_for=60, patience=0.05)))
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://tests", timeout=60) as http:
        yield replace(stack, http=http, api=api)


async def test_the_oldest_receipt_is_forgotten_past_the_bound() -> None:
    lag = Lag()

    async def wait(_sequence: int) -> None:
        pass

    for n in range(MAX_REMEMBERED + 1):
        lag.given(f"e{n}", 1)
    assert not await lag.caught_up("e0", wait)
    assert await lag.caught_up("e1", wait)
