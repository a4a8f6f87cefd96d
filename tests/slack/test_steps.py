"""Acts owed and vacancies in Slack: cards and App Home with buttons that do them, and what becomes of them."""

import re
from typing import Any

import pytest_asyncio

from demo.slack import requests as signed
from demo.slack.shown import labels_of, text_of
from domain.next_steps.references import act_ref
from domain.record.facts import Message
from domain.shared.streams import engagement_stream
from domain.shared.values import PersonId
from tests.api.played import CLIENT, DEAL, SELLER, SPONSOR, Played
from tests.clock import CLOCK, day
from tests.slack.slack_env import SlackEnv
from tests.slack.test_slack_person import person as without_slack
from tests.stack import Json, Stack

PRICE = "propose_price"
TERMS = {"discount_percent": "18", "expenses": "1000"}


async def step(env: SlackEnv, person: PersonId, deal: Played, what: str) -> Json:
    """The newest card of an act or a vacancy that somebody has, with its buttons."""
    await env.tell()
    state, kind = env.stack.app.read.engagement(deal.engagement), what.partition(":")[0]
    assert state is not None
    if kind == "act" and (act := state.acts.get(what.removeprefix("act:"))) is not None:
        ref = str(act_ref(state, act))
        if not env.stack.app.cards.of_step(ref):  # what was told before this test began went with its outbox
            stream = engagement_stream(deal.engagement)
            again = Message(key=f"again:{ref}:{person}", to=person, kind="act", stream=stream, step=ref, text="Yours.")
            env.stack.app.outbox.add([again], env.clock())
    return await env.card(person, f"{deal.engagement}/{what}")


async def buttons(env: SlackEnv, person: PersonId, card: Json) -> list[str]:
    """Those that a card has by now."""
    await env.tell()
    return labels_of(next(one for one in await env.messages(person) if one["ts"] == card["ts"]))


async def steps(env: SlackEnv, person: PersonId, deal: Played, what: str) -> list[Json]:
    return await env.cards(person, f"{deal.engagement}/{what}")


async def owes(deal: Played, act: str) -> bool:
    return any(one["act"] == act for one in (await deal.see())["next_steps"])


async def open_asks(deal: Played, kind: str) -> list[Json]:
    return [ask for ask in (await deal.see())["asks"] if ask["kind"] == kind]


@pytest_asyncio.fixture(scope="module")
async def attested(stack: Stack) -> Played:
    """A deal whose price is to be proposed."""
    return await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.cover)


async def test_a_vacancy_is_told_with_candidates_and_filled_by_a_form(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Without a manager")
    card = await step(env, SPONSOR, deal, "vacancy:engagement_manager")
    assert "Fill the role of engagement manager" in text_of(card)
    assert re.search(r"Due .+ time\); since .+ time\)\.", text_of(card))
    assert "competent" in text_of(card)
    assert len(await steps(env, SPONSOR, deal, "vacancy:engagement_manager")) == 1
    await env.press(SPONSOR, "Name somebody", card)
    form = await env.modal(SPONSOR)
    answer = await env.fill(SPONSOR, {}, form)
    assert answer.json()["errors"] == {"other": "Name somebody."}
    both = await env.fill(SPONSOR, {"person": "jonas.weber", "other": "marta.silva"}, form)
    assert both.json()["errors"] == {"other": "Name one person: here, or from those who could take it."}
    answer = await env.fill(SPONSOR, {"person": "jonas.weber"}, form)
    assert answer.text == ""
    assert (await deal.ask("accept_role", "role:engagement_manager"))["asked"] == ["jonas.weber"]
    await env.tell()
    assert await steps(env, SPONSOR, deal, "vacancy:engagement_manager") == []
    heard = (await env.messages(SPONSOR))[-1]
    assert any("Jonas Weber is asked to take the role" in text_of(one) for one in await env.messages(SPONSOR)), heard


async def test_whoever_heads_a_role_waives_levels_in_the_form_with_a_reason_and_an_end(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Waived in Slack")
    card = await step(env, SPONSOR, deal, "vacancy:engagement_manager")
    await env.press(SPONSOR, "Name somebody", card)
    form = await env.modal(SPONSOR)
    lacking = {"other": "sven.aas"}
    refused = await env.fill(SPONSOR, lacking, form)
    assert "does not meet the requirements for engagement manager" in str(refused.json()["errors"])
    half = await env.fill(SPONSOR, lacking | {"waived": "Has led two such projects"}, form)
    assert half.json()["errors"] == {"waived_until": "A waiver needs both a reason and an end date."}
    until = str(day(60))
    answer = await env.fill(SPONSOR, lacking | {"waived": "Has led two such projects", "waived_until": until}, form)
    assert answer.text == ""
    asked = await deal.ask("accept_role", "role:engagement_manager")
    assert asked["asked"] == ["sven.aas"]
    assert "Has led two such projects" in str(asked)


async def test_home_shows_a_vacancy_to_whoever_must_fill_it_with_who_could(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Seen vacant at home")
    home = await env.home(SPONSOR)
    own = [text for text in text_of(home).split("\n\n") if deal.engagement in text]
    assert own
    assert "Could take it:" in text_of(home)
    button = next(one for one in _buttons(home) if f"{deal.engagement}/vacancy:engagement_manager" in one["value"])
    await pressed_at_home(env, SPONSOR, home, button)
    await env.fill(SPONSOR, {"person": "jonas.weber"})
    assert (await deal.ask("accept_role", "role:engagement_manager"))["asked"] == ["jonas.weber"]
    again = await env.emulator.home_of(await env.user(SPONSOR))
    assert f"{deal.engagement}/vacancy:engagement_manager" not in str(again)


def _buttons(view: Json) -> list[Json]:
    return [element for block in view["blocks"] for element in block.get("elements", []) if element.get("value")]


async def test_home_offers_no_button_for_what_a_fault_keeps_from_being_done(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Paused at home")
    stream, standings = engagement_stream(deal.engagement), env.stack.app.standings
    standings.quarantine(stream, "the engine's history lacks fact 1", CLOCK())
    try:
        home = await env.home(SPONSOR)
    finally:
        standings.release(stream)
    assert "Stopped by a technical fault; the operators are working on it." in text_of(home)
    assert not [one for one in _buttons(home) if deal.engagement in one["value"]]


async def pressed_at_home(env: SlackEnv, person: PersonId, home: Json, button: Json) -> None:
    user = await env.user(person)
    await env.send(
        signed.press(
            user=user,
            action_id=button["action_id"],
            value=button["value"],
            view=home,
            trigger=await env.emulator.trigger(user),
        )
    )


async def test_home_has_what_is_overdue_first_and_each_ask_with_its_button(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Ordered at home")
    await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    home = await env.home(PersonId("marta.silva"))
    assert "Open" in labels_of(home)
    assert "Will you be engagement manager of Ordered at home?" in text_of(home)


async def pressing(env: SlackEnv, person: PersonId, card: Json, label: str) -> Any:
    """Somebody presses a button that stands on another's card."""
    button = next(one for block in card["blocks"] for one in block.get("elements", []) if _says(one, label))
    return signed.press(
        user=await env.user(person),
        action_id=button["action_id"],
        value=button["value"],
        message=card,
        channel=await env.conversation(person),
        trigger=await env.emulator.trigger(await env.user(person)),
    )


def _says(element: Json, label: str) -> bool:
    return isinstance(element.get("text"), dict) and element["text"].get("text") == label


async def test_whoever_is_competent_is_offered_a_vacant_role_and_asks_for_it_in_words(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Offered in Slack")
    await env.tell()
    found = [
        name for name in (PersonId("jonas.weber"), PersonId("marta.silva")) if await steps(env, name, deal, "vacancy:")
    ]
    assert found
    card = await step(env, found[0], deal, "vacancy:engagement_manager")
    assert DEAL["client"] not in text_of(card)
    await env.press(found[0], "Ask for the role", card)
    assert (await env.fill(found[0], {"words": "I know this client."})).text == ""
    ask = await deal.ask("allow_role")
    assert ask["asked"] == [SPONSOR]
    await deal.answer(ask, "approve")
    await env.tell()
    assert await steps(env, found[0], deal, "vacancy:engagement_manager") == []
    assert CLIENT not in text_of(card)


async def test_a_button_of_anothers_act_opens_nothing(env: SlackEnv, attested: Played) -> None:
    card = await step(env, SELLER, attested, f"act:{PRICE}")
    for stranger in (PersonId("rosa.klein"), PersonId("kofi.mensah")):
        before = await env.emulator.modals(await env.user(stranger))
        await env.send(await pressing(env, stranger, card, "Propose a price…"))
        assert await env.emulator.modals(await env.user(stranger)) == before
        assert (await env.heard(stranger))[-1] != ""
    assert "or you cannot see it" in (await env.heard(PersonId("rosa.klein")))[-1]


async def test_a_button_does_only_what_its_card_offers(env: SlackEnv, attested: Played) -> None:
    card = await step(env, SELLER, attested, f"act:{PRICE}")
    button = next(one for one in _buttons(card) if PRICE in one["value"])
    forged = button["value"].replace('"propose"', '"restate"')
    assert forged != button["value"]
    altered = {"blocks": [{"type": "actions", "elements": [{**button, "value": forged}]}], "ts": card["ts"]}
    await env.send(await pressing(env, SELLER, altered, "Propose a price…"))
    assert "You no longer need to do this." in (await env.heard(SELLER))[-1]
    assert await open_asks(attested, "confirm_needs") == []


async def test_what_slack_asks_once_more_is_done_without_slack_on_a_yes_alone(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Asked once more")
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await step(env, SELLER, deal, "act:restate_needs")
    seller = without_slack(env, SELLER)
    asked = await seller.press(deal.engagement, "Restate them to the client", {})
    assert asked.told == (
        "== Restate them to the client ==\nThe client's sponsor is asked to confirm.\n"
        "Nothing has been done yet. With --yes: Restate them to the client."
    )
    assert await open_asks(deal, "confirm_needs") == []
    done = await seller.press(deal.engagement, "Restate them to the client", {}, go_on=True)
    assert done.told.startswith("Done: Restate the needs")
    assert len(await open_asks(deal, "confirm_needs")) == 1


async def test_what_is_only_a_part_of_an_act_is_not_called_done(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Needs corrected in Slack")
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    card = await step(env, SELLER, deal, "act:restate_needs")
    await env.press(SELLER, "Correct the needs", card)
    answer = await env.fill(SELLER, {f"need:{DEAL['needs'][0]['id']}": "Close in four days"})
    assert answer.text == "", answer.text
    heard = [*await env.heard(SELLER), *(text_of(one) for one in await env.messages(SELLER))]
    assert any("Saved, but not finished yet: Restate the needs" in one for one in heard), heard
    assert "restate_needs" in [owed["act"] for owed in (await deal.see(SELLER))["next_steps"]]


async def test_a_price_is_only_shown_to_whoever_does_not_say_yes_without_slack(env: SlackEnv, attested: Played) -> None:
    await step(env, SELLER, attested, f"act:{PRICE}")
    looked = await without_slack(env, SELLER).press(f"{attested.engagement}/act:{PRICE}", "Propose a price", TERMS)
    assert "Margin at P80" in looked.told
    assert "With --yes: Propose it." in looked.told
    assert (await attested.see())["price"] is None


async def test_a_price_is_previewed_with_margins_and_approvals_and_then_proposed(
    env: SlackEnv, attested: Played
) -> None:
    card = await step(env, SELLER, attested, f"act:{PRICE}")
    assert "Propose a price" in text_of(card)
    await env.press(SELLER, "Propose a price", card)
    form = await env.modal(SELLER)
    answer = await env.fill(SELLER, {"discount_percent": "120"}, form)
    assert "discount_percent" in answer.json()["errors"]
    answer = await env.fill(SELLER, TERMS, form)
    preview = answer.json()["view"]
    for shown in ("Margin at P80", "Floor for services", "finance", "Your commission"):
        assert shown in text_of(preview)
    assert (await attested.see())["price"] is None
    request = signed.submit(user=await env.user(SELLER), view={**preview, "id": form["id"]}, values={})
    assert (await env.send(request)).text == ""
    assert (await env.send(request)).text == ""
    assert (await attested.see())["price"]["status"] == "proposed"
    (approval,) = await open_asks(attested, "approve_price")
    asked = await env.card(approval["asked"][0], approval["id"])
    for shown in ("target margin: 35 %", "floor margin: 25 %", "the discount of 18.00 % is over 15 %: "):
        assert shown in text_of(asked)
    assert len(await open_asks(attested, "approve_price")) == 1
    assert await buttons(env, SELLER, card) == ["Propose another price…"]
    card = next(one for one in await env.messages(SELLER) if one["ts"] == card["ts"])
    await env.press(SELLER, "Propose another price…", card)
    form = await env.modal(SELLER)
    preview = (await env.fill(SELLER, TERMS | {"discount_percent": "17"}, form)).json()["view"]
    await env.send(signed.submit(user=await env.user(SELLER), view={**preview, "id": form["id"]}, values={}))
    assert (await attested.see())["price"]["discount_percent"] == "17"
    (again,) = await open_asks(attested, "approve_price")
    assert again["id"] != approval["id"]
    assert any("Done by Aisha Khan" in text_of(one) for one in await env.messages(SELLER))
    assert "Next:" in text_of((await env.messages(SELLER))[-1]) or any(
        "Done: Propose a price" in one for one in await env.heard(SELLER)
    )


async def test_a_card_of_an_act_that_was_done_elsewhere_loses_its_buttons_and_a_late_click_hears_how_it_stands(
    env: SlackEnv, attested: Played
) -> None:
    """The price was returned, and is proposed anew: over REST, while a card and a form of before are open."""
    await attested.answer((await open_asks(attested, "approve_price"))[0], "return", reason="Too cheap.")
    card = await step(env, SELLER, attested, f"act:{PRICE}")
    assert ": Too cheap." in text_of(card)
    await env.press(SELLER, "Propose a price", card)
    form = await env.modal(SELLER)
    await attested.do(SELLER, "POST", "/price", {name: str(value) for name, value in DEAL["price"].items()})
    opened = len(await env.emulator.modals(await env.user(SELLER)))
    await env.press(SELLER, "Propose a price", card)
    assert len(await env.emulator.modals(await env.user(SELLER))) == opened
    assert "out of date" in (await env.heard(SELLER))[-1]
    assert "Done by Aisha Khan" in (await env.heard(SELLER))[-1]
    shown = (await env.fill(SELLER, {"discount_percent": "3"}, form)).json()["view"]
    await env.send(signed.submit(user=await env.user(SELLER), view={**shown, "id": form["id"]}, values={}))
    assert "You no longer need to do this." in text_of((await env.messages(SELLER))[-1])
    assert (await attested.see())["price"]["discount_percent"] == str(DEAL["price"]["discount_percent"])
    assert await buttons(env, SELLER, card) == []


async def test_of_several_prices_the_card_of_the_last_alone_offers_another(env: SlackEnv, attested: Played) -> None:
    await attested.do(SELLER, "POST", "/price", TERMS)
    await env.tell()
    cards = [one for one in await env.messages(SELLER) if "Propose another price…" in labels_of(one)]
    assert len([one for one in cards if attested.engagement in str(one)]) == 1
    await attested.do(SELLER, "POST", "/price", {name: str(value) for name, value in DEAL["price"].items()})


async def test_a_deal_is_taken_from_the_price_to_the_close_by_buttons_and_forms_of_acts(
    env: SlackEnv, attested: Played
) -> None:
    deal = attested
    await deal.answer_all("approve_price")
    await deal.cover()
    await done(env, SELLER, deal, "act:set_milestones", "Set the milestones", MILESTONE)
    await done(env, SELLER, deal, "act:cover_promise:P1", "Cover it", {"by": ["W1"]})
    await done(env, SELLER, deal, "act:cover_promise:P2", "Decline it", {"reason": "Not in the price."})
    await env.tell()
    assert any("✅ Declined by Aisha Khan on " in text_of(one) for one in await env.messages(SELLER))
    await deal.answer_all("acknowledge_decline")
    await deal.cover()
    condition = {"text": "Name the data owner", "owner": IDLE, "due": str(day(20))}
    await deal.answer(
        await deal.ask("decide_deal"), "approve_with_conditions", reason="With one.", conditions=[condition]
    )
    await met_at_home(env, IDLE, deal)
    await deal.cover()
    for kind in ("sow", "brd"):
        writer = SELLER
        if kind == "brd":
            writer = await deal.holder("business_analyst")
            await deal.do(writer, "PUT", "/requirements", {"requirements": DEAL["requirements"]})
        await twice(env, writer, deal, f"act:draft_{kind}", f"Draft the {kind.upper()}", elsewhere=kind == "brd")
        assert (await deal.see())["documents"][kind]["revision"] == 1
        await deal.answer_all(f"review_{kind}")
        await twice(env, writer, deal, f"act:send_{kind}", f"Send the {kind.upper()}")
        await deal.answer_all(f"sign_{kind}")
        await deal.cover()
    em, pm = await deal.holder("engagement_manager"), await deal.holder("project_manager")
    await done(env, em, deal, "act:offer_handoff", "Hand over", {"plan": "As the SOW says."})
    await deal.answer_all("accept_handoff")
    card = await step(env, pm, deal, "act:deliver_milestone:M1")
    assert "All of it" in text_of(card)
    await done(env, pm, deal, "act:deliver_milestone:M1", "Deliver it", {"note": "Presented."})
    await deal.answer_all("accept_milestone", "bill_milestone", "accept_care", "pulse", score=9)
    await done(env, pm, deal, "act:record_hours", "Record the hours", {"hours:W1": "104", "hours:W2": "30.5"})
    await done(env, em, deal, "act:reconcile_promise:P1", "Say whether it was kept", {"delivered": "yes"})
    await deal.answer_all("pulse", "measure_need", score=9, measured="1")
    await done(env, em, deal, "act:close", "Close the engagement", {"lessons": "Ask earlier."})
    assert (await deal.see())["stage"] == "closed"
    await env.tell()
    assert await env.cards(em, f"{deal.engagement}/act:") == []


# A colleague whose home is not full of what other tests have left.
IDLE = PersonId("luca.ferri")


async def met_at_home(env: SlackEnv, person: PersonId, deal: Played) -> None:
    """Somebody says at home that a condition of theirs is met."""
    home = await env.home(person)
    button = next(one for one in _buttons(home) if f"{deal.engagement}/task:T1" in one["value"])
    await pressed_at_home(env, person, home, button)
    assert "Name the data owner" not in text_of(await env.modal(person))
    assert (await env.fill(person, {"note": "Sven Lind."})).text == ""
    assert [task["done"] for task in (await deal.see())["tasks"]] == [True]
    assert f"{deal.engagement}/task:T1" not in str(await env.emulator.home_of(await env.user(person)))


MILESTONE = {"title1": "All of it", "due1": str(day(60)), "share_percent1": "100"}


async def done(env: SlackEnv, person: PersonId, deal: Played, what: str, label: str, values: Json) -> None:
    """Somebody does what they owe by the form of its card; the act ends."""
    card = await step(env, person, deal, what)
    await env.press(person, label, card)
    form = await env.modal(person)
    answer = await env.fill(person, values, form)
    assert answer.text == "", answer.text
    assert not await owes(deal, what.removeprefix("act:")), await env.heard(person)


async def twice(
    env: SlackEnv, person: PersonId, deal: Played, what: str, label: str, *, elsewhere: bool = False
) -> None:
    """Somebody presses a button that needs no form, twice, or after they did it over REST; it has one effect."""
    card = await step(env, person, deal, what)
    if elsewhere:
        await deal.do(person, "PUT", "/documents/brd", {})
    for _ in range(2):
        await env.press(person, label, card)
    assert not await owes(deal, what.removeprefix("act:"))
    if elsewhere:
        assert "You no longer need to do this." in (await env.heard(person))[-1]
