"""Several answers at once: each for itself, bound to its own hash, given once, and never a signature."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from application.commands.bulk_answers import MAX_AT_ONCE
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from tests.api.played import SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.stack import Json, Stack
from workflows.messages import Receipt

MANAGER = "jonas.weber"
BULK = "/asks/decisions"


async def proposed(stack: Stack, how_many: int) -> list[Json]:
    """Asks of one person to manage so many deals."""
    asks = []
    for _ in range(how_many):
        deal = await Played(stack).start()
        await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
        asks.append(await deal.ask("accept_role"))
    return asks


def yes(ask: Json, **more: Any) -> Json:
    return {"ask_id": ask["id"], "verdict": "approve", "reason": "Yes.", "subject_hash": ask["subject_hash"], **more}


def named(results: Json) -> list[str | None]:
    """What stood in the way of each, by its name; None where nothing did."""
    problems = [result["problem"] for result in results["results"]]
    return [problem and problem["type"].rsplit("/", maxsplit=1)[-1] for problem in problems]


async def votes_on(stack: Stack, asks: list[Json]) -> list[int]:
    return [len((await stack.get(MANAGER, f"/asks/{ask['id']}"))["answers"]) for ask in asks]


async def test_what_is_refused_of_one_does_not_touch_the_others(stack: Stack) -> None:
    asks = await proposed(stack, 3)
    unknown = {"id": "ENG-2026-9999.A1", "subject_hash": "0" * 64}
    answers = [yes(asks[0]), yes(asks[1], subject_hash="0" * 64), yes(unknown), yes(asks[2])]
    results = await stack.done(MANAGER, "POST", BULK, {"decisions": answers})
    assert named(results) == [None, "not-what-was-shown", "not-found", None]
    assert [result["ask_id"] for result in results["results"]] == [answer["ask_id"] for answer in answers]
    assert await votes_on(stack, asks) == [1, 0, 1]


async def test_who_is_not_asked_gets_each_refused(stack: Stack) -> None:
    asks = await proposed(stack, 2)
    results = await stack.done("rosa.klein", "POST", BULK, {"decisions": [yes(ask) for ask in asks]})
    assert named(results) == ["not-found", "not-found"]


async def test_an_ask_has_one_answer_in_a_list(stack: Stack) -> None:
    (ask,) = await proposed(stack, 1)
    answers = [yes(ask), yes(ask, verdict="decline"), yes(ask)]
    results = await stack.done(MANAGER, "POST", BULK, {"decisions": answers})
    assert named(results) == [None, "answered-twice", "answered-twice"]
    assert (await stack.get(MANAGER, f"/asks/{ask['id']}"))["outcome"] == "approved"


async def test_the_same_list_again_has_the_same_results_whatever_has_happened_since(stack: Stack) -> None:
    asks = await proposed(stack, 2)
    body = {"decisions": [yes(asks[0]), yes(asks[1], subject_hash="0" * 64)]}
    first = await stack.done(MANAGER, "POST", BULK, body, key="several")
    await stack.done(MANAGER, "POST", BULK, {"decisions": [yes(asks[1])]})
    assert await stack.done(MANAGER, "POST", BULK, body, key="several") == first
    assert await votes_on(stack, asks) == [1, 1]
    other = {"decisions": [yes(asks[0])]}
    assert problem_of(await stack.call(MANAGER, "POST", BULK, other, key="several"), 422)["type"].endswith("key-reused")


@dataclass
class Breaks:
    """An engine that fails once, at the second command: before it is carried out, or on the way back."""

    engine: WorkflowGateway
    failure: Exception
    after: bool
    commands: int = 0

    async def command(self, workflow_id: str, request: Any) -> Receipt:
        self.commands += 1
        if self.commands == 2 and not self.after:
            raise self.failure
        receipt = await self.engine.command(workflow_id, request)
        if self.commands == 2:
            raise self.failure
        return receipt


AWAY = EngineAway("No answer.", remedy="Try again with the same Idempotency-Key: it has one effect.")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_what_broke_off_in_the_middle_is_completed_once_by_the_same_request(stack: Stack, after: bool) -> None:
    asks, key = await proposed(stack, 3), f"broken {after}"
    body = {"decisions": [yes(ask) for ask in asks]}
    stack.api.state.interlock = replace(stack.app, engine=Breaks(stack.app.engine, OSError("gone"), after))  # type: ignore[arg-type]
    try:
        problem_of(await stack.call(MANAGER, "POST", BULK, body, key=key), 500)
    finally:
        stack.api.state.interlock = stack.app
    assert await votes_on(stack, asks) == [1, int(after), 0]
    results = await stack.done(MANAGER, "POST", BULK, body, key=key)
    assert named(results) == [None, None, None]
    assert await votes_on(stack, asks) == [1, 1, 1]
    assert await stack.done(MANAGER, "POST", BULK, body, key=key) == results


async def test_an_engine_that_was_away_for_one_is_asked_again(stack: Stack) -> None:
    asks = await proposed(stack, 3)
    body = {"decisions": [yes(ask) for ask in asks]}
    stack.api.state.interlock = replace(stack.app, engine=Breaks(stack.app.engine, AWAY, after=True))  # type: ignore[arg-type]
    try:
        first = await stack.done(MANAGER, "POST", BULK, body, key="away for one")
    finally:
        stack.api.state.interlock = stack.app
    assert named(first) == [None, "engine-away", None]
    again = await stack.done(MANAGER, "POST", BULK, body, key="away for one")
    assert named(again) == [None, None, None]
    assert [result["receipt"] for result in again["results"]][::2] == [
        result["receipt"] for result in first["results"]
    ][::2]
    assert await votes_on(stack, asks) == [1, 1, 1]


async def test_fifty_are_the_most_at_once(stack: Stack) -> None:
    ask = {"id": "ENG-2026-9999.A1", "subject_hash": "0" * 64}
    answers = [yes(ask | {"id": f"ENG-2026-9999.A{n + 1}"}) for n in range(MAX_AT_ONCE + 1)]
    problem_of(await stack.call(MANAGER, "POST", BULK, {"decisions": answers}), 422)
    results = await stack.done(MANAGER, "POST", BULK, {"decisions": answers[:MAX_AT_ONCE]})
    assert set(named(results)) == {"not-found"}
    problem_of(await stack.call(MANAGER, "POST", BULK, {"decisions": []}), 422)


async def test_a_signed_override_is_no_answer_among_others(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.cover)
    await deal.do(SELLER, "POST", "/price", {"discount_percent": "45"})
    ask = await deal.ask("approve_price")
    results = await stack.done(SPONSOR, "POST", BULK, {"decisions": [yes(ask)]})
    assert named(results) == ["bulk-signing-refused"]
    others = [person for person in ask["asked"] if person != SPONSOR]
    results = await stack.done(others[0], "POST", BULK, {"decisions": [yes(ask)]})
    assert named(results) == [None]
    assert (await deal.answer(ask, by=SPONSOR))["happened"]
