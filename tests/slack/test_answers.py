"""Answering in Slack: an expert estimates, the lead attests; what is stale, foreign or double has no effect."""

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

from domain.shared.values import PersonId
from tests.api.played import DEAL, SELLER, Played
from tests.clock import day, held
from tests.slack.slack_env import SlackEnv, labels_of, text_of
from tests.stack import Json, Stack

POINTS = {"optimistic": "8", "likely": "12", "pessimistic": "20"}
LEAD, EXPERT, OTHER = PersonId("anil.mehta"), PersonId("kofi.mensah"), PersonId("rosa.klein")
# A colleague without a part in the deal.
OUTSIDE = PersonId("nadia.haddad")


class Early(Played):
    """A deal whose scope is set, so that experts are asked; answered over REST until then."""

    async def until_asked(self) -> "Early":
        return await self.after(Early.qualify_plainly, Early.set_scope, Early.cover)

    async def set_scope(self, **more: Any) -> None:
        rows = [{k: v for k, v in row.items() if k != "hours"} | more for row in DEAL["work_packages"]]
        await self.do(SELLER, "PUT", "/work-packages", {"packages": rows})


@pytest_asyncio.fixture
async def deal(stack: Stack) -> Early:
    return await Early(stack).until_asked()


async def the_ask(deal: Played, kind: str, person: str) -> Json:
    """The open ask of this kind that is put to somebody."""
    asks = (await deal.see())["asks"]
    return next(ask for ask in asks if ask["kind"] == kind and person in ask["asked"])


def hours(package: str, *points: str, assumptions: str = "", risks: str = "") -> dict[str, str]:
    given = {"hours": "/".join(points)}
    given |= {name: text for name, text in (("assumptions", assumptions), ("risks", risks)) if text}
    return {f"{package}:{name}": value for name, value in given.items()}


@pytest.mark.clock
async def test_an_expert_estimates_in_one_form_and_the_lead_attests(env: SlackEnv, deal: Early) -> None:
    asks = {person: await the_ask(deal, "estimate", person) for person in (EXPERT, LEAD)}
    for person, package in ((EXPERT, "W1"), (LEAD, "W2")):
        ask = asks[person]
        card = await env.card(person, ask["id"])
        assert labels_of(card)[0] == "Give the hours…"
        assert DEAL["work_packages"][int(package[1]) - 1]["title"] in text_of(card)
        await env.press(person, "Give the hours", card)
        answer = await env.fill(person, hours(package, "8", "20", "12"))
        assert answer.json()["response_action"] == "errors"
        assert "in order" in answer.json()["errors"][f"{package}:hours"]
        await env.fill(person, hours(package, "80", "100", "140", assumptions="Read access\nA test system"))
        ended = await env.card(person, ask["id"])
        assert (labels_of(ended), "Hours given" in text_of(ended)) == (["Correct the hours…"], True)
    state = await deal.see()
    (given,) = next(package["estimates"] for package in state["packages"] if package["id"] == "W1")
    assert (given["hours"]["likely"], given["assumptions"]) == ("100", ["Read access", "A test system"])
    staffing = await deal.ask("confirm_staffing")
    (manager,) = staffing["asked"]
    await env.press(manager, "Confirm the staffing", await env.card(manager, staffing["id"]))
    for ask in [ask for ask in (await deal.see())["asks"] if ask["kind"] == "attest_estimate"]:
        (attester,) = ask["asked"]
        card = text_of(await env.card(attester, ask["id"]))
        assert "W1" not in ask["facts_shown"] or "W1, assumed by Kofi Mensah: Read access; A test system" in card
        await env.press(attester, "Attest", await env.card(attester, ask["id"]))
    assert (await deal.see())["attested"]
    await env.tell()
    assert labels_of(await env.card(EXPERT, asks[EXPERT]["id"])) == []


async def test_an_expert_corrects_a_slip_on_the_card_that_took_it(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    await env.fill(EXPERT, hours("W1", "40", "60", "1000", assumptions="Read access"))
    told = (await env.messages(EXPERT))[-1]
    assert "W1 40/60/1000 h. The highest of W1 is 17 times its likely" in text_of(told)
    assert "W1 40/60/1000 h" in text_of(await env.card(EXPERT, ask["id"]))
    await env.press(EXPERT, "Correct the hours", await env.card(EXPERT, ask["id"]))
    await env.fill(EXPERT, hours("W1", "40", "60", "100", assumptions="Read access"))
    assert "W1 40/60/100 h" in text_of(await env.card(EXPERT, ask["id"]))
    (given,) = next(one["estimates"] for one in (await deal.see())["packages"] if one["id"] == "W1")
    assert (given["hours"]["pessimistic"], given["assumptions"]) == ("100", ["Read access"])


async def test_what_was_given_stands_in_the_form(env: SlackEnv, deal: Early) -> None:
    await deal.set_scope(discipline="data")
    given = {"hours": POINTS, "assumptions": ["Read access"]}
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", given)
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    fields = {b["block_id"]: b["element"] for b in (await env.modal(EXPERT))["blocks"] if "element" in b}
    assert (fields["W1:hours"]["initial_value"], fields["W1:assumptions"]["initial_value"]) == (
        "8/12/20",
        "Read access",
    )
    assert "initial_value" not in fields["W2:hours"]
    await env.fill(EXPERT, hours("W1", "8", "12", "21") | hours("W2", "1", "2", "3"))
    assert (await deal.see())["estimated"]


async def test_of_two_packages_one_is_given_and_the_other_returned_and_what_falls_stands_in_the_next_form(
    env: SlackEnv, deal: Early
) -> None:
    await deal.set_scope(discipline="data")
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    answer = await env.fill(EXPERT, {})
    assert answer.json()["errors"] == {"W1:hours": "Give hours for at least one package."}
    await env.fill(EXPERT, hours("W1", "8", "12", "20", risks="Dirty masters"))
    told = (await env.messages(EXPERT))[-1]
    assert "Given: W1. Still owed: W2." in text_of(told)
    await env.press(EXPERT, "Return", await env.card(EXPERT, ask["id"]))
    await env.fill(EXPERT, {"reason": "Two formats", "packages": ["W2"]})
    assert "Because: W2: Two formats" in text_of(await env.card(EXPERT, ask["id"]))
    await deal.set_scope(discipline="data", assumes=["One format"])
    again = await the_ask(deal, "estimate", EXPERT)
    card = await env.card(EXPERT, again["id"])
    assert "W1, as you gave it before (no longer counts): 8/12/20 h; feared: Dirty masters" in text_of(card)
    await env.press(EXPERT, "Give the hours", card)
    fields = {b["block_id"]: b["element"] for b in (await env.modal(EXPERT))["blocks"] if "element" in b}
    assert (fields["W1:hours"]["initial_value"], fields["W1:risks"]["initial_value"]) == ("8/12/20", "Dirty masters")
    await env.fill(EXPERT, hours("W1", "8", "12", "21") | hours("W2", "1", "2", "3"))
    assert (await deal.see())["estimated"]


async def test_a_stale_card_is_refused_and_answered_with_the_present_one(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    old = await env.card(EXPERT, ask["id"])
    await deal.set_scope(assumes=["The ledger is closed monthly"])
    newer = await the_ask(deal, "estimate", EXPERT)
    assert newer["id"] != ask["id"]
    await env.press(EXPERT, "Give the hours", old)
    shown = (await env.emulator.ephemerals(await env.user(EXPERT)))[-1]
    assert newer["id"] in json.dumps(shown["blocks"])
    assert "Give the hours…" in labels_of(shown)
    card = await env.card(EXPERT, newer["id"])
    assert "Changed since you last saw it" in text_of(card)
    assert "Superseded" in text_of((await env.cards(EXPERT, ask["id"]))[-1])


async def test_a_stale_plain_click_does_nothing_and_says_what_stands(env: SlackEnv, deal: Early) -> None:
    await deal.stack.done(
        EXPERT, "POST", f"/engagements/{deal.engagement}/work-packages/W1/estimate", {"hours": POINTS}
    )
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    old = await env.card(person, ask["id"])
    changed = {name: str(int(value) + 1) for name, value in POINTS.items()}
    await deal.stack.done(
        EXPERT, "POST", f"/engagements/{deal.engagement}/work-packages/W1/estimate", {"hours": changed}
    )
    await env.press(person, "Confirm the staffing", old)
    assert (await deal.see())["staffing"] is None
    assert "This ask has ended" in (await env.heard(person))[-1]
    newer = await deal.ask("confirm_staffing")
    assert newer["id"] in (await env.heard(person))[-1]


async def test_two_clicks_and_slacks_own_retry_are_one_decision(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    card = await env.card(person, ask["id"])
    first = await env.pressing(person, "Confirm the staffing", card)
    second = await env.pressing(person, "Confirm the staffing", card)
    answers = await asyncio.gather(
        env.give(first), env.give(second), env.give(first, retry=1), env.give(first, retry=2)
    )
    await env.slack.context.reception.settle()
    assert [answer.status_code for answer in answers] == [200] * 4
    facts = [entry.fact for entry in env.stack.app.read.ledger(deal.engagement, None, 200).items]
    assert [fact.event.kind for fact in facts].count("StaffingAnswered") == 1
    votes = [fact for fact in facts if fact.event.kind == "VoteCast" and fact.event.ask_id == ask["id"]]
    assert [(vote.by, vote.channel) for vote in votes] == [(person, "slack")]


async def test_the_wrong_person_is_refused_by_name_and_rule(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    card = await env.card(EXPERT, ask["id"])
    await env.tell()
    request = await env.pressing(OTHER, "Return", card)
    await env.send(request)
    assert "You are not asked this" in (await env.heard(OTHER))[-1]
    assert (await the_ask(deal, "estimate", EXPERT))["id"] == ask["id"]


async def test_a_foreign_plain_click_is_kept_away_and_learns_nothing(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    card = await env.card(ask["asked"][0], ask["id"])
    await env.send(await env.pressing(OTHER, "Confirm the staffing", card))
    assert "not found" in (await env.heard(OTHER))[-1].lower() or "no such" in (await env.heard(OTHER))[-1]
    assert (await deal.ask("confirm_staffing"))["id"] == ask["id"]


async def test_what_is_decided_elsewhere_shows_on_every_card(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.card(EXPERT, ask["id"])
    channel = await env.emulator.channel()
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await env.tell()
    own = (await env.cards(EXPERT, ask["id"]))[-1]
    assert (labels_of(own), "Hours given" in text_of(own)) == (["Correct the hours…"], True)
    thread = env.stack.app.cards.thread_of(deal.engagement)
    assert thread is not None
    shown = [m for m in await env.emulator.thread(channel, thread.ts) if ask["id"] in json.dumps(m["blocks"])]
    assert len(shown) == 1
    assert "Hours given" in text_of(shown[0])


async def test_a_card_says_what_is_asked_once(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    assert text_of(await env.card(EXPERT, ask["id"])).count(ask["title"]) == 1


async def test_the_card_in_the_thread_shows_no_fact(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.tell()
    thread = env.stack.app.cards.thread_of(deal.engagement)
    assert thread is not None
    messages = await env.emulator.thread(await env.emulator.channel(), thread.ts)
    shown = next(text_of(m) for m in messages if ask["id"] in json.dumps(m["blocks"]))
    assert DEAL["work_packages"][0]["title"] not in shown
    assert "Kofi Mensah" in shown


async def test_a_question_is_asked_back_and_answered(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Ask back", await env.card(EXPERT, ask["id"]))
    await env.fill(EXPERT, {"reason": "Which ledger?"})
    question = await the_ask(deal, "answer_question", SELLER)
    card = await env.card(SELLER, question["id"])
    assert "Which ledger?" in text_of(card)
    assert "Waits for an answer" in text_of((await env.cards(EXPERT, ask["id"]))[-1])
    await env.press(SELLER, "Answer", card)
    await env.fill(SELLER, {"reason": "The general ledger."})
    answered = (await deal.see())["asks"]
    known = next(one for one in answered if one["id"] == ask["id"])
    assert known["answered_question"]["answer"] == "The general ledger."
    await env.tell()
    assert any("The general ledger." in text_of(message) for message in await env.messages(EXPERT))


async def test_another_is_let_answer_one_ask(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    await env.press(person, "Let somebody else answer", await env.card(person, ask["id"]))
    form = await env.modal(person)
    refused = await env.fill(person, {"to": SELLER}, form)
    assert "Name somebody else." in refused.json()["errors"]["to"]
    await env.fill(person, {"to": OUTSIDE}, form)
    card = await env.card(OUTSIDE, ask["id"])
    assert "You may answer for" in text_of(card)
    assert "W1" in text_of(card) or "data" in text_of(card)
    await env.press(OUTSIDE, "Confirm the staffing", card)
    assert (await deal.see())["staffing"]["confirmed"]


@pytest.mark.clock
async def test_a_yes_with_a_condition_names_owner_and_day(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    await deal.answer_all("confirm_staffing")
    ask = await deal.ask("attest_estimate", f"attest:{LEAD}")
    await env.press(LEAD, "Attest with conditions", await env.card(LEAD, ask["id"]))
    soon = str(day(14))
    answer = await env.fill(LEAD, {"text1": "Read access", "owner1": SELLER, "due1": soon, "text2": "And then"})
    assert set(answer.json()["errors"]) == {"owner2", "due2"}
    await env.fill(LEAD, {"text1": "Read access", "owner1": SELLER, "due1": soon})
    (task,) = (await deal.see())["tasks"]
    assert (task["text"], task["owner"], task["due"]) == ("Read access", SELLER, soon)


async def test_a_form_that_was_opened_before_the_scope_changed_estimates_nothing(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.press(EXPERT, "Give the hours", await env.card(EXPERT, ask["id"]))
    request = await env.filling(EXPERT, hours("W1", "8", "12", "20"))
    await deal.set_scope(assumes=["Twice as many claims"])
    await env.send(request)
    state = await deal.see()
    assert next(package["estimates"] for package in state["packages"] if package["id"] == "W1") == []
    newer = await the_ask(deal, "estimate", EXPERT)
    told = text_of((await env.messages(EXPERT))[-1])
    assert "signed-means-this" in told or "the-record-stands" in told
    assert newer["id"] in told


async def test_what_was_refused_can_be_pressed_again_once_nothing_stands_in_the_way(env: SlackEnv, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    card = await env.card(person, ask["id"])
    await deal.do("tomasz.nowak", "POST", "/hold", held("The client is away."))
    await env.press(person, "Confirm the staffing", card)
    assert "on hold" in (await env.heard(person))[-1]
    await deal.do("tomasz.nowak", "POST", "/resume")
    await env.press(person, "Confirm the staffing", card)
    assert (await deal.see())["staffing"]["confirmed"]


async def test_a_card_of_whoever_is_asked_no_more_offers_nothing(env: SlackEnv, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await env.card(EXPERT, ask["id"])
    await deal.do("priya.raman", "POST", "/roles/expert:data/release", {"reason": "She is needed elsewhere."})
    await env.tell()
    own = (await env.cards(EXPERT, ask["id"]))[-1]
    assert "Give the hours…" not in labels_of(own)
