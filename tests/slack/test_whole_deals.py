"""Whole deals in Slack: everything that a colleague is asked is answered by cards and forms, from first call to close.

What Slack is not for (naming holders, scope, price, documents) goes over REST, and a client's people answer there.
"""

import asyncio
from collections import Counter
from typing import Any

from domain.asks.choices import LABELS
from domain.asks.model import AskKind, Verdict
from domain.shared.values import PersonId
from tests.api.played import DEAL, SELLER, Played
from tests.slack.faults import broken, cut_after, rate_limited
from tests.slack.slack_env import SlackEnv, labels_of
from tests.stack import Json

EXPERTS = {"W1": PersonId("kofi.mensah"), "W2": PersonId("anil.mehta")}


class InSlack(Played):
    """A deal on its way, whose colleagues work in Slack."""

    env: SlackEnv

    @classmethod
    def at(cls, env: SlackEnv) -> "InSlack":
        deal = cls(env.stack)
        deal.env = env
        return deal

    async def answer(self, ask: Json, verdict: str = "approve", *, by: str | None = None, **more: Any) -> Json:
        """A client's answer over REST; a colleague's by the button of their card, and the form where one opens."""
        person = PersonId(by or ask["asked"][0])
        if self.stack.directory.colleague(person) is None:
            return await super().answer(ask, verdict, by=person, **more)
        await self.press(person, ask, Verdict(verdict), more)
        return {}

    async def press(self, person: PersonId, ask: Json, verdict: Verdict, more: dict[str, Any]) -> None:
        card = await self.env.card(person, ask["id"])
        label = LABELS[AskKind(ask["kind"])][verdict]
        before = len(await self.env.emulator.modals(await self.env.user(person)))
        await self.env.press(person, label, card)
        opened = await self.env.emulator.modals(await self.env.user(person))
        if len(opened) > before:
            await self.env.fill(person, as_filled(more))

    async def estimate(self) -> None:
        rows = [{k: v for k, v in row.items() if k != "hours"} for row in DEAL["work_packages"]]
        await self.do(SELLER, "PUT", "/work-packages", {"packages": rows})
        await self.cover()
        for row in DEAL["work_packages"]:
            await self.give_hours(EXPERTS[row["id"]], row["id"], row["hours"])
        await self.answer_all("confirm_staffing", "attest_estimate")

    async def give_hours(self, person: PersonId, item: str, hours: list[int]) -> None:
        asks = (await self.see())["asks"]
        ask = next(ask for ask in asks if ask["kind"] == "estimate" and person in ask["asked"])
        await self.env.press(person, "Give the hours", await self.env.card(person, ask["id"]))
        await self.env.fill(person, {f"{item}:hours": "/".join(map(str, hours))})

    async def estimate_change(self, n: int) -> None:  # noqa: ARG002 -- the story has one change at a time
        await self.ask("estimate", "estimate:data")
        await self.give_hours(PersonId("kofi.mensah"), "L1", [8, 12, 20])


def as_filled(more: dict[str, Any]) -> dict[str, Any]:
    """An answer of the REST story as a form has it."""
    given = {name: str(value) for name, value in more.items() if name in {"reason", "score"}}
    for n, condition in enumerate(more.get("conditions", ()), 1):
        given |= {f"text{n}": condition["text"], f"owner{n}": condition["owner"], f"due{n}": condition["due"]}
    return given


async def test_a_deal_goes_from_call_to_close_in_slack(env: SlackEnv) -> None:
    deal = await InSlack.at(env).play()
    assert deal.kept["closed"]["stage"] == "closed"
    facts = [entry.fact for entry in env.stack.app.read.ledger(deal.engagement, None, 1000).items]
    channels = Counter(fact.channel for fact in facts if fact.event.kind == "VoteCast")
    assert channels["slack"] >= 20
    by_rest = {fact.by for fact in facts if fact.event.kind == "VoteCast" and fact.channel == "api"}
    assert all(env.stack.directory.colleague(person) is None for person in by_rest)
    verdict = await deal.see(path="/ledger/verify")
    assert verdict["verified"]
    await env.tell()
    for ask in env.stack.app.read.asks_of(deal.engagement, is_open=None).rows:
        for posted in env.stack.app.cards.of_step(ask.ask.id):
            if posted.person_id and posted.form == "card":
                shown = [m for m in await env.messages(posted.person_id) if m["ts"] == posted.ts]
                assert [labels_of(m) for m in shown] == [[]], ask.ask.id


async def test_a_deal_is_attested_though_slack_fails_at_every_turn(env: SlackEnv) -> None:
    """429, 500 and answers that never come, again and again: each decision is made once, each card stands once."""
    deal = await InSlack.at(env).start("In spite of Slack")
    faults = [rate_limited(1), broken(500), cut_after(), broken(503)]

    async def trouble() -> None:
        for fault in faults * 2:
            env.proxy.next("chat.postMessage", fault)
            env.proxy.next("chat.update", fault)

    await deal.qualify()
    await trouble()
    await deal.estimate()
    assert (await deal.see())["attested"]
    for _ in range(5):
        await env.tell()
    for person in (PersonId("kofi.mensah"), PersonId("anil.mehta"), PersonId("bram.devries")):
        keys = [m["metadata"]["event_payload"]["key"] for m in await env.messages(person) if m.get("metadata")]
        assert [key for key, times in Counter(keys).items() if times > 1] == []


async def test_many_forms_sent_at_once_and_again_each_decide_once(env: SlackEnv) -> None:
    deals = [await InSlack.at(env).start(f"At once {n}") for n in range(5)]
    requests = []
    for deal in deals:
        await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": "jonas.weber"})
        await deal.do("priya.raman", "PUT", "/roles/delivery_lead", {"person_id": "anil.mehta"})
        for ask in (await deal.see())["asks"]:
            (person,) = ask["asked"]
            await env.press(person, "Accept the role", await env.card(person, ask["id"]))
            requests.append(await env.filling(person, {"reason": "I do."}))
    answers = await asyncio.gather(*(env.give(request, retry=n) for request in requests for n in (0, 1, 0)))
    await env.slack.context.reception.settle()
    assert {answer.status_code for answer in answers} == {200}
    for deal in deals:
        facts = [entry.fact for entry in env.stack.app.read.ledger(deal.engagement, None, 200).items]
        assert Counter(fact.event.kind for fact in facts)["RoleAccepted"] == 2
