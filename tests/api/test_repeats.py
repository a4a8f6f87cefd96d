"""The same request has one effect; an old reading overwrites nothing."""

import asyncio

from tests.api.played import ADMINISTRATOR, DEAL, NEW_DEAL, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.stack import Stack

NEEDS = {"needs": DEAL["needs"]}


async def test_a_deal_is_started_once(stack: Stack) -> None:
    answers = [await stack.call(SELLER, "POST", "/engagements", NEW_DEAL, key="start-once") for _ in range(2)]
    assert answers[0].json()["engagement"] == answers[1].json()["engagement"]
    other = await stack.call(SELLER, "POST", "/engagements", NEW_DEAL | {"title": "Another"}, key="start-once")
    problem_of(other, 422)


async def test_a_command_has_one_effect_and_the_same_answer(stack: Stack) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}/needs"
    answers = await asyncio.gather(*(stack.call(SELLER, "POST", path, NEEDS, key="needs-once") for _ in range(4)))
    assert {answer.text for answer in answers} == {answers[0].text}
    kinds = [row["kind"] for row in (await deal.see(path="/ledger"))["items"]]
    assert kinds.count("NeedsRecorded") == 1


async def test_the_same_key_with_another_body_is_refused(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SPONSOR, "POST", "/hold", {"reason": "One."}, key="hold")
    answer = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", {"reason": "Two."}, key="hold")
    assert problem_of(answer, 422)["type"].endswith("/key-reused")


async def test_the_same_key_of_another_person_is_another_request(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SPONSOR, "POST", "/hold", {"reason": "One."}, key="mine")
    problem_of(await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/resume", key="mine"), 403)


async def test_the_last_word_may_be_repeated(played: Played) -> None:
    assert played.kept["closed"] == played.kept["closed_again"]


async def test_an_answer_that_ended_its_ask_may_be_repeated(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person": "jonas.weber"})
    ask = await deal.ask("accept_role")
    body = {"verdict": "approve", "reason": "Yes.", "subject_hash": ask["hash"]}
    path = f"/asks/{ask['id']}/decision"
    first = await stack.done("jonas.weber", "POST", path, body, key="accept")
    assert await stack.done("jonas.weber", "POST", path, body, key="accept") == first
    problem_of(await stack.call("jonas.weber", "POST", path, body, key="again"), 409)


async def test_a_token_is_given_out_once(stack: Stack) -> None:
    body = {"person": "rosa.klein"}
    given = await stack.done(ADMINISTRATOR, "POST", "/tokens", body, key="token")
    me = await stack.http.get("/api/v1/me", headers={"Authorization": f"Bearer {given['token']}"})
    assert me.json()["id"] == "rosa.klein"
    problem_of(await stack.call(ADMINISTRATOR, "POST", "/tokens", body, key="token"), 409)


async def test_an_old_reading_is_not_written_over_a_newer_one(stack: Stack) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}"
    tag = (await stack.call(SELLER, "GET", path)).headers["etag"]
    await deal.do(SELLER, "POST", "/needs", NEEDS)
    body = {"packages": [{"id": "W1", "title": "x", "discipline": "data", "grade": "senior"}]}
    stale = await stack.call(SELLER, "PUT", f"{path}/work-packages", body, headers={"If-Match": tag})
    problem_of(stale, 412)
    fresh = (await stack.call(SELLER, "GET", path)).headers["etag"]
    await stack.done(SELLER, "PUT", f"{path}/work-packages", body, headers={"If-Match": fresh})


async def test_a_draft_that_is_asked_for_again_is_the_same_revision(played: Played) -> None:
    assert (await played.see())["documents"]["sow"]["revision"] == len({"first", "second"})
