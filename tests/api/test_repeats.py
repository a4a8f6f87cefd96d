"""The same request has one effect; an old reading overwrites nothing."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from httpx import Response

from api.app import create_app
from application.authentication import Caller
from application.commands.carry_out import carry_out
from application.commands.closing import end_engagement
from application.gateway import WorkflowGateway
from application.gateway_errors import EngineAway
from application.idempotency import claim_of
from domain.engagement.closing.commands import LoseDeal
from domain.shared.errors import KeyReused
from domain.shared.transaction import Actor
from tests.api.played import ADMINISTRATOR, DEAL, IN_DELIVERY, NEW_DEAL, PRICED, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.clock import day, held
from tests.stack import Json, Stack
from workflows.messages import Receipt

NEEDS = {"needs": DEAL["needs"]}
# Seconds in which a last word is told again after a crash.
ANSWERED_WITHIN = 3.0


async def test_a_deal_is_started_once(stack: Stack) -> None:
    answers = [await stack.call(SELLER, "POST", "/engagements", NEW_DEAL, key="start-once") for _ in range(2)]
    assert answers[0].json()["engagement_id"] == answers[1].json()["engagement_id"]
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
    await deal.do(SPONSOR, "POST", "/hold", held("One."), key="hold")
    answer = await stack.call(SPONSOR, "POST", f"/engagements/{deal.engagement}/hold", held("Two."), key="hold")
    assert problem_of(answer, 422)["type"].endswith("/key-reused")


async def test_of_two_bodies_under_one_key_at_once_one_is_carried_out_and_the_other_refused(stack: Stack) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}/needs"
    bodies = [{"needs": [{"id": f"N{n}", "text": f"Need {n}"}]} for n in (1, 2)]
    for round_ in range(5):
        asked = (stack.call(SELLER, "POST", path, body, key=f"round {round_}") for body in bodies)
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [200, 422]
    kinds = [row["kind"] for row in (await deal.see(path="/ledger"))["items"]]
    assert kinds.count("NeedsRecorded") == 5


async def test_the_same_key_of_another_person_is_another_request(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SPONSOR, "POST", "/hold", held("One."), key="mine")
    problem_of(await stack.call(SELLER, "POST", f"/engagements/{deal.engagement}/resume", key="mine"), 403)


async def test_the_last_word_may_be_repeated(played: Played) -> None:
    assert played.kept["closed"] == played.kept["closed_again"]


async def test_an_answer_that_ended_its_ask_may_be_repeated(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": "jonas.weber"})
    ask = await deal.ask("accept_role")
    body = {"verdict": "approve", "reason": "Yes.", "subject_hash": ask["subject_hash"]}
    path = f"/asks/{ask['id']}/decision"
    first = await stack.done("jonas.weber", "POST", path, body, key="accept")
    assert await stack.done("jonas.weber", "POST", path, body, key="accept") == first
    problem_of(await stack.call("jonas.weber", "POST", path, body, key="again"), 409)


async def test_a_token_is_given_out_once(stack: Stack) -> None:
    body = {"person_id": "rosa.klein"}
    given = await stack.done(ADMINISTRATOR, "POST", "/tokens", body, key="token")
    me = await stack.http.get("/api/v1/me", headers={"Authorization": f"Bearer {given['token']}"})
    assert me.json()["id"] == "rosa.klein"
    problem_of(await stack.call(ADMINISTRATOR, "POST", "/tokens", body, key="token"), 409)


@pytest.mark.parametrize(
    ("who", "part", "rows"),
    [
        (SELLER, "work-packages", {"packages": [{"id": "W1", "title": "x", "discipline": "data", "grade": "senior"}]}),
        (
            SELLER,
            "milestones",
            {"milestones": [{"id": "M1", "title": "x", "due": str(day(90)), "share_percent": "100"}]},
        ),
        (SELLER, "purchases", {"purchases": [{"id": "B1", "title": "x", "amount": "10.00"}]}),
        (SELLER, "dates", {"start": str(day(30)), "end": str(day(90))}),
        (SPONSOR, "roles/engagement_manager", {"person_id": "jonas.weber"}),
        (SPONSOR, "parties/provider_sponsor", {"person_id": "claire.dubois", "reason": "She decides."}),
    ],
)
async def test_an_old_reading_is_not_written_over_a_newer_one(stack: Stack, who: str, part: str, rows: Json) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}"
    tag = (await stack.call(SELLER, "GET", path)).headers["etag"]
    await deal.do(SELLER, "POST", "/needs", NEEDS)
    stale = await stack.call(who, "PUT", f"{path}/{part}", rows, headers={"If-Match": tag})
    problem_of(stale, 412)
    fresh = (await stack.call(SELLER, "GET", path)).headers["etag"]
    await stack.done(who, "PUT", f"{path}/{part}", rows, headers={"If-Match": fresh})


async def test_an_old_reading_of_the_requirements_is_neither_written_over_a_newer_one_nor_drafted_from(
    stack: Stack,
) -> None:
    deal = await Played(stack).after(*PRICED, Played.sow)
    await deal.cover()
    analyst, path = await deal.holder("business_analyst"), f"/engagements/{deal.engagement}"
    tag = (await stack.call(analyst, "GET", path)).headers["etag"]
    rows = {"requirements": DEAL["requirements"]}
    await deal.do(analyst, "PUT", "/requirements", rows)
    other = {"requirements": DEAL["requirements"][:1]}
    for part, body in (("requirements", other), ("documents/brd", {})):
        problem_of(await stack.call(analyst, "PUT", f"{path}/{part}", body, headers={"If-Match": tag}), 412)


async def test_of_two_who_edit_one_reading_at_once_one_is_told(stack: Stack) -> None:
    deal = await Played(stack).start()
    await deal.do(SELLER, "POST", "/needs", NEEDS)
    path = f"/engagements/{deal.engagement}"
    for _ in range(5):
        tag = (await stack.call(SELLER, "GET", path)).headers["etag"]
        answers = await asyncio.gather(*(_put_scope(stack, path, f"writer {n}, {tag}", tag) for n in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_an_edit_that_is_sent_again_with_its_reading_has_its_own_answer(stack: Stack) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}"
    tag = (await stack.call(SELLER, "GET", path)).headers["etag"]
    first = await _put_scope(stack, path, "once", tag, key="one edit")
    again = await _put_scope(stack, path, "once", tag, key="one edit")
    assert (first.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize(("sent", "status"), [("W/{}", 412), ("24", 400), ('"x"', 412), ('"x", {}', 200), ("*", 200)])
async def test_readings_are_compared_strongly(stack: Stack, sent: str, status: int) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}"
    tag = (await stack.call(SELLER, "GET", path)).headers["etag"]
    answer = await _put_scope(stack, path, "as read", sent.format(tag))
    assert answer.status_code == status, answer.text


async def _put_scope(stack: Stack, path: str, title: str, tag: str, **more: Any) -> Response:
    body = {"packages": [{"id": "W1", "title": title, "discipline": "data", "grade": "senior"}]}
    return await stack.call(SELLER, "PUT", f"{path}/work-packages", body, headers={"If-Match": tag}, **more)


async def test_a_draft_that_is_asked_for_again_is_the_same_revision(played: Played) -> None:
    assert (await played.see())["documents"]["sow"]["revision"] == len({"first", "second"})


async def test_a_change_is_withdrawn_once(played: Played) -> None:
    first, again = played.kept["withdrawn"]
    assert again == first
    assert first["stage"] == "withdrawn"


async def test_a_repeated_start_has_a_stable_answer(stack: Stack) -> None:
    first = await stack.done(SELLER, "POST", "/engagements", NEW_DEAL, key="stable")
    await stack.done(SELLER, "POST", f"/engagements/{first['engagement_id']}/needs", NEEDS)
    await stack.done(SELLER, "POST", f"/engagements/{first['engagement_id']}/lose", {"reason": "They chose another."})
    assert await stack.done(SELLER, "POST", "/engagements", NEW_DEAL, key="stable") == first
    assert first["sequence"] == len(first["happened"])


@dataclass
class LosesAnswers:
    """An engine whose next answer is lost on the way, after it has done what it was told."""

    engine: WorkflowGateway
    lost: bool = False

    async def command(self, workflow_id: str, request: Any) -> Receipt:
        receipt = await self.engine.command(workflow_id, request)
        if self.lost:
            return receipt
        self.lost = True
        raise EngineAway("No answer.", remedy="Try again with the same Idempotency-Key: it has one effect.")


async def repeated(stack: Stack, who: str, path: str, body: Any) -> Any:
    """The answer to a request whose first answer was lost."""
    engine = stack.app.engine
    stack.api.state.interlock = replace(stack.app, engine=LosesAnswers(engine))  # type: ignore[arg-type]
    try:
        problem_of(await stack.call(who, "POST", path, body, key="lost on the way"), 503)
    finally:
        stack.api.state.interlock = stack.app
    other = await stack.call(who, "POST", path, body, key="another request")
    problem_of(other, 409)
    return await stack.done(who, "POST", path, body, key="lost on the way")


async def test_a_last_word_whose_answer_was_lost_is_told_again(stack: Stack) -> None:
    deal = await Played(stack).start()
    path = f"/engagements/{deal.engagement}/lose"
    receipt = await repeated(stack, SELLER, path, {"reason": "They chose another."})
    assert receipt["stage"] == "lost"
    assert "EngagementEnded" in receipt["happened"]
    assert receipt["sequence"] <= (await deal.see())["seq"]
    kinds = [row["kind"] for row in (await deal.see(path="/ledger", limit=100))["items"]]
    assert kinds.count("EngagementEnded") == 1


async def test_a_withdrawal_whose_answer_was_lost_is_told_again(stack: Stack, played: Played) -> None:
    deal = await Played(stack).after(*IN_DELIVERY)
    manager = await deal.holder("project_manager")
    facts = {"title": "One more", "reason": "scope", "price": "100.00", "days": 0}
    await deal.do(manager, "POST", "/changes", {"change": facts})
    await deal.ask("approve_change")
    path = f"/engagements/{deal.engagement}/changes/1/withdraw"
    assert (await repeated(stack, manager, path, {"reason": "Later."}))["stage"] == "withdrawn"
    assert played.engagement != deal.engagement


async def test_a_token_that_was_ended_lets_nobody_in(stack: Stack) -> None:
    body = {"person_id": "luca.ferri"}
    given = [await stack.done(ADMINISTRATOR, "POST", "/tokens", body) for _ in range(2)]
    ended = await stack.done(ADMINISTRATOR, "POST", "/tokens/revoke", {"token": given[0]["token"]}, key="end")
    assert ended == {"ended": 1}
    assert await stack.done(ADMINISTRATOR, "POST", "/tokens/revoke", {"token": given[0]["token"]}, key="end") == ended
    codes = []
    for token in (row["token"] for row in given):
        answer = await stack.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        codes.append(answer.status_code)
    assert codes == [401, 200]


@dataclass
class Dying:
    """The engine of an API that is killed once all is carried out: it answers nobody, and tidies nothing."""

    engine: WorkflowGateway
    carried_out: asyncio.Event

    async def command(self, workflow_id: str, request: Any) -> Receipt:
        await self.engine.command(workflow_id, request)
        self.carried_out.set()
        never: asyncio.Future[Receipt] = asyncio.Future()
        return await never

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


async def told_again(stack: Stack, who: str, path: str, body: Any = None) -> Json:
    """What an API answers that takes over from one that was killed in the middle of this request."""
    engine, key = Dying(stack.app.engine, asyncio.Event()), f"killed {path}"
    api = create_app(replace(stack.app, engine=engine))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://tests") as http:
        dying = asyncio.create_task(replace(stack, http=http).call(who, "POST", path, body, key=key))
        waiting = asyncio.create_task(engine.carried_out.wait())
        await asyncio.wait({dying, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert not dying.done(), dying.result().text
        began = time.monotonic()
        answer = await stack.done(who, "POST", path, body, key=key)
        assert time.monotonic() - began < ANSWERED_WITHIN
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
    return answer


async def test_a_loss_and_a_cancel_are_told_again_at_once_after_the_api_was_killed(stack: Stack) -> None:
    lost = await Played(stack).start("Lost while the API died")
    path = f"/engagements/{lost.engagement}/lose"
    assert (await told_again(stack, SELLER, path, {"reason": "They chose another."}))["stage"] == "lost"
    cancelled = await Played(stack).start("Cancelled while the API died")
    await cancelled.propose("engagement_manager", "jonas.weber", SPONSOR)
    path = f"/engagements/{cancelled.engagement}/cancel"
    assert (await told_again(stack, "jonas.weber", path, {"reason": "No budget."}))["stage"] == "cancelled"


async def test_a_no_to_the_deal_is_told_again_at_once_after_the_api_was_killed(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.cover)
    await deal.do(SELLER, "POST", "/price", {name: str(value) for name, value in DEAL["price"].items()})
    await deal.answer_all("approve_price")
    await deal.cover()
    ask = await deal.ask("decide_deal")
    body = {"verdict": "decline", "subject_hash": ask["subject_hash"], "reason": "Too thin."}
    answer = await told_again(stack, ask["asked"][0], f"/asks/{ask['id']}/decision", body)
    assert "EngagementEnded" in answer["happened"]
    assert (await deal.see())["stage"] == answer["stage"]


async def test_a_changes_last_word_and_the_close_are_told_again_at_once_after_the_api_was_killed(stack: Stack) -> None:
    deal = await Played(stack).after(*IN_DELIVERY)
    manager = await deal.holder("project_manager")
    await deal.do(manager, "POST", "/changes", {"change": {"title": "One more", "reason": "scope", "price": "100.00"}})
    await deal.ask("approve_change", "delivery")
    await deal.answer_all("approve_change")
    await deal.answer(await deal.ask("sign_change", "engagement_manager"))
    ask = await deal.ask("sign_change", "client_signatory")
    body = {"verdict": "approve", "subject_hash": ask["subject_hash"]}
    assert (await told_again(stack, ask["asked"][0], f"/asks/{ask['id']}/decision", body))["stage"] == "approved"
    await deal.until(lambda state: state["changes"][0]["status"] == "approved")
    hours = [{"item": item, "hours": "20"} for item in ("W1", "W2")]
    await deal.do(manager, "POST", "/actuals", {"hours": hours})
    await deal.do(manager, "POST", "/milestones/M1/deliver", {"note": "Presented."})
    await deal.answer_all("accept_milestone", "bill_milestone", "accept_care")
    await deal.answer_all("pulse", score=9)
    em = await deal.holder("engagement_manager")
    await deal.do(em, "POST", "/promises/P1/reconcile", {"delivered": True})
    answer = await told_again(stack, em, f"/engagements/{deal.engagement}/close", {"lessons": "Ask earlier."})
    assert answer["stage"] == (await deal.see())["stage"] == "closed"


async def test_a_last_word_is_told_again_at_once_after_the_api_that_said_it_was_killed(stack: Stack) -> None:
    deal = await Played(stack).start()
    caller = Caller(actor=Actor(person_id=SELLER), route="POST /engagements/{engagement}/lose", key="killed on the way")
    command = LoseDeal(reason="They chose another.")
    claim = claim_of(caller, command)
    assert stack.app.registry.receipts.begin(claim, stack.app.clock()) is None
    done = await carry_out(stack.app, caller, deal.engagement, command)
    assert await end_engagement(stack.app, caller, deal.engagement, command) == done
    assert await end_engagement(stack.app, caller, deal.engagement, command) == done
    with pytest.raises(KeyReused):
        await end_engagement(stack.app, caller, deal.engagement, LoseDeal(reason="Another reason."))
