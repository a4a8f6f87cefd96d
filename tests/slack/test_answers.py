"""Answering in Slack: an expert estimates, the lead attests; what is stale, foreign or double has no effect."""

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

from tests.api.played import DEAL, SELLER, Played
from tests.clock import day, held
from tests.slack.office import Office, labels_of, text_of
from tests.stack import Json, Stack

POINTS = {"optimistic": "8", "likely": "12", "pessimistic": "20"}
LEAD, EXPERT, OTHER = "anil.mehta", "kofi.mensah", "rosa.klein"
OUTSIDE = "nadia.haddad"
"""A colleague without a part in the deal."""


class Early(Played):
    """A deal whose scope is set, so that experts are asked; answered over REST until then."""

    async def until_asked(self) -> "Early":
        await self.start("Estimated in Slack")
        await self.qualify_plainly()
        await self.set_scope()
        await self.cover()
        return self

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
async def test_an_expert_estimates_in_one_form_and_the_lead_attests(office: Office, deal: Early) -> None:
    asks = {person: await the_ask(deal, "estimate", person) for person in (EXPERT, LEAD)}
    for person, package in ((EXPERT, "W1"), (LEAD, "W2")):
        ask = asks[person]
        card = await office.card(person, ask["id"])
        assert labels_of(card)[0] == "Give the hours…"
        assert DEAL["work_packages"][int(package[1]) - 1]["title"] in text_of(card)
        await office.press(person, "Give the hours", card)
        answer = await office.fill(person, hours(package, "8", "20", "12"))
        assert answer.json()["response_action"] == "errors"
        assert "in order" in answer.json()["errors"][f"{package}:hours"]
        await office.fill(person, hours(package, "80", "100", "140", assumptions="Read access\nA test system"))
        ended = await office.card(person, ask["id"])
        assert (labels_of(ended), "Hours given" in text_of(ended)) == (["Correct the hours…"], True)
    state = await deal.see()
    (given,) = next(package["estimates"] for package in state["packages"] if package["id"] == "W1")
    assert (given["hours"]["likely"], given["assumptions"]) == ("100", ["Read access", "A test system"])
    staffing = await deal.ask("confirm_staffing")
    (manager,) = staffing["asked"]
    await office.press(manager, "Confirm the staffing", await office.card(manager, staffing["id"]))
    for ask in [ask for ask in (await deal.see())["asks"] if ask["kind"] == "attest_estimate"]:
        (attester,) = ask["asked"]
        card = text_of(await office.card(attester, ask["id"]))
        assert "W1" not in ask["facts"] or "W1, assumed by Kofi Mensah: Read access; A test system" in card
        await office.press(attester, "Attest", await office.card(attester, ask["id"]))
    assert (await deal.see())["attested"]
    await office.tell()
    assert labels_of(await office.card(EXPERT, asks[EXPERT]["id"])) == []


async def test_an_expert_corrects_a_slip_on_the_card_that_took_it(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.press(EXPERT, "Give the hours", await office.card(EXPERT, ask["id"]))
    await office.fill(EXPERT, hours("W1", "40", "60", "1000", assumptions="Read access"))
    told = (await office.messages(EXPERT))[-1]
    assert "W1 40/60/1000 h. The highest of W1 is 17 times its likely" in text_of(told)
    assert "W1 40/60/1000 h" in text_of(await office.card(EXPERT, ask["id"]))
    await office.press(EXPERT, "Correct the hours", await office.card(EXPERT, ask["id"]))
    await office.fill(EXPERT, hours("W1", "40", "60", "100", assumptions="Read access"))
    assert "W1 40/60/100 h" in text_of(await office.card(EXPERT, ask["id"]))
    (given,) = next(one["estimates"] for one in (await deal.see())["packages"] if one["id"] == "W1")
    assert (given["hours"]["pessimistic"], given["assumptions"]) == ("100", ["Read access"])


async def test_what_was_given_stands_in_the_form(office: Office, deal: Early) -> None:
    await deal.set_scope(discipline="data")
    given = {"hours": POINTS, "assumptions": ["Read access"]}
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", given)
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.press(EXPERT, "Give the hours", await office.card(EXPERT, ask["id"]))
    fields = {b["block_id"]: b["element"] for b in (await office.modal(EXPERT))["blocks"] if "element" in b}
    assert (fields["W1:hours"]["initial_value"], fields["W1:assumptions"]["initial_value"]) == (
        "8/12/20",
        "Read access",
    )
    assert "initial_value" not in fields["W2:hours"]
    await office.fill(EXPERT, hours("W1", "8", "12", "21") | hours("W2", "1", "2", "3"))
    assert (await deal.see())["estimated"]


async def test_of_two_packages_one_is_given_and_the_other_returned_and_what_falls_stands_in_the_next_form(
    office: Office, deal: Early
) -> None:
    await deal.set_scope(discipline="data")
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.press(EXPERT, "Give the hours", await office.card(EXPERT, ask["id"]))
    answer = await office.fill(EXPERT, {})
    assert answer.json()["errors"] == {"W1:hours": "Give hours for at least one package."}
    await office.fill(EXPERT, hours("W1", "8", "12", "20", risks="Dirty masters"))
    told = (await office.messages(EXPERT))[-1]
    assert "Given: W1. Still owed: W2." in text_of(told)
    await office.press(EXPERT, "Return", await office.card(EXPERT, ask["id"]))
    await office.fill(EXPERT, {"reason": "Two formats", "packages": ["W2"]})
    assert "Because: W2: Two formats" in text_of(await office.card(EXPERT, ask["id"]))
    await deal.set_scope(discipline="data", assumes=["One format"])
    again = await the_ask(deal, "estimate", EXPERT)
    card = await office.card(EXPERT, again["id"])
    assert "W1, as you gave it before, which counts no more: 8/12/20 h; feared: Dirty masters" in text_of(card)
    await office.press(EXPERT, "Give the hours", card)
    fields = {b["block_id"]: b["element"] for b in (await office.modal(EXPERT))["blocks"] if "element" in b}
    assert (fields["W1:hours"]["initial_value"], fields["W1:risks"]["initial_value"]) == ("8/12/20", "Dirty masters")
    await office.fill(EXPERT, hours("W1", "8", "12", "21") | hours("W2", "1", "2", "3"))
    assert (await deal.see())["estimated"]


async def test_a_stale_card_is_refused_and_answered_with_the_present_one(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    old = await office.card(EXPERT, ask["id"])
    await deal.set_scope(assumes=["The ledger is closed monthly"])
    newer = await the_ask(deal, "estimate", EXPERT)
    assert newer["id"] != ask["id"]
    await office.press(EXPERT, "Give the hours", old)
    shown = (await office.emulator.ephemerals(await office.user(EXPERT)))[-1]
    assert newer["id"] in json.dumps(shown["blocks"])
    assert "Give the hours…" in labels_of(shown)
    card = await office.card(EXPERT, newer["id"])
    assert "Changed since you last saw it" in text_of(card)
    assert "Superseded" in text_of((await office.cards(EXPERT, ask["id"]))[-1])


async def test_a_stale_plain_click_does_nothing_and_says_what_stands(office: Office, deal: Early) -> None:
    await deal.stack.done(
        EXPERT, "POST", f"/engagements/{deal.engagement}/work-packages/W1/estimate", {"hours": POINTS}
    )
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    old = await office.card(person, ask["id"])
    changed = {name: str(int(value) + 1) for name, value in POINTS.items()}
    await deal.stack.done(
        EXPERT, "POST", f"/engagements/{deal.engagement}/work-packages/W1/estimate", {"hours": changed}
    )
    await office.press(person, "Confirm the staffing", old)
    assert (await deal.see())["staffing"] is None
    assert "This ask has ended" in (await office.heard(person))[-1]
    newer = await deal.ask("confirm_staffing")
    assert newer["id"] in (await office.heard(person))[-1]


async def test_two_clicks_and_slacks_own_retry_are_one_decision(office: Office, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    card = await office.card(person, ask["id"])
    first = await office.pressing(person, "Confirm the staffing", card)
    second = await office.pressing(person, "Confirm the staffing", card)
    answers = await asyncio.gather(
        office.give(first), office.give(second), office.give(first, retry=1), office.give(first, retry=2)
    )
    await office.slack.desk.reception.settle()
    assert [answer.status_code for answer in answers] == [200] * 4
    facts = [entry.fact for entry in office.stack.app.read.ledger(deal.engagement, None, 200).items]
    assert [fact.event.kind for fact in facts].count("StaffingAnswered") == 1
    votes = [fact for fact in facts if fact.event.kind == "VoteCast" and fact.event.ask == ask["id"]]
    assert [(vote.by, vote.channel) for vote in votes] == [(person, "slack")]


async def test_the_wrong_person_is_refused_by_name_and_rule(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    card = await office.card(EXPERT, ask["id"])
    await office.tell()
    request = await office.pressing(OTHER, "Return", card)
    await office.send(request)
    assert "not put to you" in (await office.heard(OTHER))[-1]
    assert (await the_ask(deal, "estimate", EXPERT))["id"] == ask["id"]


async def test_a_foreign_plain_click_is_kept_away_and_learns_nothing(office: Office, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    card = await office.card(ask["asked"][0], ask["id"])
    await office.send(await office.pressing(OTHER, "Confirm the staffing", card))
    assert "not found" in (await office.heard(OTHER))[-1].lower() or "no such" in (await office.heard(OTHER))[-1]
    assert (await deal.ask("confirm_staffing"))["id"] == ask["id"]


async def test_what_is_decided_elsewhere_shows_on_every_card(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.card(EXPERT, ask["id"])
    channel = await office.emulator.channel()
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await office.tell()
    own = (await office.cards(EXPERT, ask["id"]))[-1]
    assert (labels_of(own), "Hours given" in text_of(own)) == (["Correct the hours…"], True)
    thread = office.stack.app.cards.thread_of(deal.engagement)
    assert thread is not None
    shown = [m for m in await office.emulator.thread(channel, thread.ts) if ask["id"] in json.dumps(m["blocks"])]
    assert len(shown) == 1
    assert "Hours given" in text_of(shown[0])


async def test_a_card_says_what_is_asked_once(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    assert text_of(await office.card(EXPERT, ask["id"])).count(ask["title"]) == 1


async def test_the_card_in_the_thread_shows_no_fact(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.tell()
    thread = office.stack.app.cards.thread_of(deal.engagement)
    assert thread is not None
    messages = await office.emulator.thread(await office.emulator.channel(), thread.ts)
    shown = next(text_of(m) for m in messages if ask["id"] in json.dumps(m["blocks"]))
    assert DEAL["work_packages"][0]["title"] not in shown
    assert "Kofi Mensah" in shown


async def test_a_question_is_asked_back_and_answered(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.press(EXPERT, "Ask back", await office.card(EXPERT, ask["id"]))
    await office.fill(EXPERT, {"reason": "Which ledger?"})
    question = await the_ask(deal, "answer_question", SELLER)
    card = await office.card(SELLER, question["id"])
    assert "Which ledger?" in text_of(card)
    assert "Waits for an answer" in text_of((await office.cards(EXPERT, ask["id"]))[-1])
    await office.press(SELLER, "Answer", card)
    await office.fill(SELLER, {"reason": "The general ledger."})
    answered = (await deal.see())["asks"]
    known = next(one for one in answered if one["id"] == ask["id"])
    assert known["answered_question"]["answer"] == "The general ledger."
    await office.tell()
    assert any("The general ledger." in text_of(message) for message in await office.messages(EXPERT))


async def test_another_is_let_answer_one_ask(office: Office, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    await office.press(person, "Let another answer", await office.card(person, ask["id"]))
    form = await office.modal(person)
    refused = await office.fill(person, {"to": SELLER}, form)
    assert "Name another." in refused.json()["errors"]["to"]
    await office.fill(person, {"to": OUTSIDE}, form)
    card = await office.card(OUTSIDE, ask["id"])
    assert "You may answer for" in text_of(card)
    assert "W1" in text_of(card) or "data" in text_of(card)
    await office.press(OUTSIDE, "Confirm the staffing", card)
    assert (await deal.see())["staffing"]["confirmed"]


@pytest.mark.clock
async def test_a_yes_with_a_condition_names_owner_and_day(office: Office, deal: Early) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    await deal.answer_all("confirm_staffing")
    ask = await deal.ask("attest_estimate", f"attest:{LEAD}")
    await office.press(LEAD, "Attest with conditions", await office.card(LEAD, ask["id"]))
    soon = str(day(14))
    answer = await office.fill(LEAD, {"text1": "Read access", "owner1": SELLER, "due1": soon, "text2": "And then"})
    assert set(answer.json()["errors"]) == {"owner2", "due2"}
    await office.fill(LEAD, {"text1": "Read access", "owner1": SELLER, "due1": soon})
    (task,) = (await deal.see())["tasks"]
    assert (task["text"], task["owner"], task["due"]) == ("Read access", SELLER, soon)


async def test_a_form_that_was_opened_before_the_scope_changed_estimates_nothing(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.press(EXPERT, "Give the hours", await office.card(EXPERT, ask["id"]))
    request = await office.filling(EXPERT, hours("W1", "8", "12", "20"))
    await deal.set_scope(assumes=["Twice as many claims"])
    await office.send(request)
    state = await deal.see()
    assert next(package["estimates"] for package in state["packages"] if package["id"] == "W1") == []
    newer = await the_ask(deal, "estimate", EXPERT)
    told = text_of((await office.messages(EXPERT))[-1])
    assert "signed-means-this" in told or "the-record-stands" in told
    assert newer["id"] in told


async def test_what_was_refused_can_be_pressed_again_once_nothing_stands_in_the_way(
    office: Office, deal: Early
) -> None:
    await deal.do(EXPERT, "POST", "/work-packages/W1/estimate", {"hours": POINTS})
    await deal.do(LEAD, "POST", "/work-packages/W2/estimate", {"hours": POINTS})
    ask = await deal.ask("confirm_staffing")
    (person,) = ask["asked"]
    card = await office.card(person, ask["id"])
    await deal.do("tomasz.nowak", "POST", "/hold", held("The client is away."))
    await office.press(person, "Confirm the staffing", card)
    assert "on hold" in (await office.heard(person))[-1]
    await deal.do("tomasz.nowak", "POST", "/resume")
    await office.press(person, "Confirm the staffing", card)
    assert (await deal.see())["staffing"]["confirmed"]


async def test_a_card_of_whoever_is_asked_no_more_offers_nothing(office: Office, deal: Early) -> None:
    ask = await the_ask(deal, "estimate", EXPERT)
    await office.card(EXPERT, ask["id"])
    await deal.do("priya.raman", "POST", "/roles/expert:data/release", {"reason": "She is needed elsewhere."})
    await office.tell()
    own = (await office.cards(EXPERT, ask["id"]))[-1]
    assert "Give the hours…" not in labels_of(own)
