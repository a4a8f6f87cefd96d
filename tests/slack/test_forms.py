"""What people fill in: a deal, a change, a promise, a "can we also…", absences and delegations; lists as they type."""

import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from ruamel.yaml import YAML

from api.slack.lists import MAX_LABEL, told_apart
from demo.slack import requests as signed
from domain.shared.calendar import day_shown
from domain.shared.streams import engagement_stream
from domain.shared.values import EngagementId, PersonId, digest
from tests.api.played import ADMINISTRATOR, CLIENT, DEAL, DIRECTORY, IN_DELIVERY, SELLER, SPONSOR, Played
from tests.clock import CLOCK, day
from tests.slack.faults import late
from tests.slack.slack_env import SlackEnv, text_of
from tests.stack import Json, Stack

A_DEAL = {
    "client": digest(DEAL["client"]),
    "title": "Started in Slack",
    "kind": "contracted",
    "wished_value": "90000",
    "wished_start": str(DEAL["wished_start"]),
    "wished_end": str(DEAL["wished_end"]),
    "needs": "Close in five days\n\nOne ledger",
    "client_sponsor": CLIENT,
    "provider_sponsor": SPONSOR,
}


async def command(env: SlackEnv, person: PersonId, name: str) -> None:
    user = await env.user(person)
    channel = await env.emulator.channel("general")
    await env.send(signed.command(user=user, channel=channel, name=name, trigger=await env.emulator.trigger(user)))


async def newest(env: SlackEnv, title: str) -> Json:
    """The engagement of this title; fails where there is not exactly one."""
    found = await env.stack.every(SELLER, "/engagements", mine="true")
    (line,) = [one for one in found if one["title"] == title]
    return await env.stack.get(SELLER, f"/engagements/{line['id']}")


async def test_a_deal_is_started_with_its_needs(env: SlackEnv) -> None:
    await command(env, SELLER, "/deal")
    request = await env.filling(SELLER, A_DEAL)
    await env.send(request)
    await env.send(request, retry=1)
    await env.send(request)
    deal = await newest(env, "Started in Slack")
    assert (deal["client"], deal["salesperson"]["id"], deal["wished_value"]) == (DEAL["client"], SELLER, "90000")
    assert [need["text"] for need in deal["needs"]] == ["Close in five days", "One ledger"]
    assert deal["holders"]["client_signatory"] == CLIENT
    assert any(f"{deal['id']} is started" in text_of(message) for message in await env.messages(SELLER))


async def test_a_deal_by_somebody_who_does_not_sell_is_refused_in_the_domains_words(env: SlackEnv) -> None:
    await command(env, PersonId("rosa.klein"), "/deal")
    answer = await env.fill(PersonId("rosa.klein"), A_DEAL | {"title": "Started by an expert"})
    told = answer.json()["errors"]["client"]
    assert "Rosa Klein is not in sales." in told
    assert "Name somebody in sales." in told


async def test_a_form_that_is_refused_stays_open_says_why_at_its_field_and_is_taken_once_corrected(
    env: SlackEnv,
) -> None:
    await command(env, SELLER, "/deal")
    form = await env.modal(SELLER)
    wrong = A_DEAL | {"title": "Backwards", "wished_end": "2026-01-01"}
    answer = await env.fill(SELLER, wrong, form)
    assert answer.json()["response_action"] == "errors"
    assert "The requested end is before the start." in answer.json()["errors"]["wished_end"]
    other = await env.fill(SELLER, A_DEAL | {"title": "Backwards", "provider_sponsor": SELLER}, form)
    assert list(other.json()["errors"]) == ["provider_sponsor"]
    taken = await env.fill(SELLER, A_DEAL | {"title": "Backwards"}, form)
    assert taken.text == ""
    assert (await newest(env, "Backwards"))["wished_end"] == A_DEAL["wished_end"]


async def test_a_condition_in_the_past_is_named_in_its_row_and_a_colleague_from_outside_is_taken(
    env: SlackEnv,
) -> None:
    deal = await Played(env.stack).after(Played.qualify_plainly, Played.estimate)
    ask = await reviewed(deal)
    manager = ask["asked"][0]
    await env.press(manager, "Approve with conditions", await env.card(manager, ask["id"]))
    form = await env.modal(manager)
    first = {"text1": "Check the templates", "owner1": "sofie.berg", "due1": str(day(9))}
    late = {"text3": "Ask the ledger", "owner3": SELLER, "due3": "2026-01-05"}
    answer = await env.fill(manager, first | late, form)
    assert list(answer.json()["errors"]) == ["due3"]
    assert (await env.fill(manager, first, form)).text == ""


async def reviewed(deal: Played) -> Json:
    """An ask that takes conditions: the price's approval."""
    await deal.cover()
    terms = {name: str(value) for name, value in DEAL["price"].items()}
    await deal.do(SELLER, "POST", "/price", terms | {"discount_percent": "18"})
    return await deal.ask("approve_price")


async def test_a_form_that_was_taken_is_not_refused_for_what_it_did_when_it_comes_again(env: SlackEnv) -> None:
    home = await env.home(PersonId("elin.dahl"))
    await env.press_in_view(PersonId("elin.dahl"), "I will be away", home)
    request = await env.filling(PersonId("elin.dahl"), {"first": "2028-03-01", "last": "2028-03-02"})
    assert (await env.send(request)).text == ""
    assert (await env.send(request)).text == ""


async def test_a_form_is_kept_where_nobody_can_say_in_time_whether_it_would_be_refused(env: SlackEnv) -> None:
    await command(env, SELLER, "/deal")
    request = await env.filling(SELLER, A_DEAL | {"title": "Kept all the same", "wished_end": "2026-01-01"})
    env.stack.app.cards.forget(SELLER)
    env.proxy.always("users.info", late(1.0))
    begun = time.monotonic()
    answer = await env.give(request)
    assert (answer.status_code, answer.text) == (200, "")
    assert time.monotonic() - begun < 2.5
    await env.slack.context.reception.settle()
    env.proxy.heal()
    assert "The requested end is before the start." in text_of((await env.messages(SELLER))[-1])


async def test_a_need_that_is_too_long_is_named_at_its_field(env: SlackEnv) -> None:
    await command(env, SELLER, "/deal")
    answer = await env.fill(SELLER, A_DEAL | {"needs": "\n".join(str(n) for n in range(60))})
    assert answer.json() == {"response_action": "errors", "errors": {"needs": answer.json()["errors"]["needs"]}}


@pytest_asyncio.fixture(scope="module")
async def delivered(stack: Stack) -> Played:
    """A deal that is being delivered, so that changes are possible."""
    return await Played(stack).after(*IN_DELIVERY)


async def test_a_change_order_is_submitted_by_its_project_manager(env: SlackEnv, delivered: Played) -> None:
    manager = await delivered.holder("project_manager")
    await command(env, manager, "/change")
    given = {
        "engagement": delivered.engagement,
        "title": "Two more key figures",
        "reason": "Two figures:\n\n- late orders\n- late bills\n\n| which | by |\n| --- | --- |\n| late orders | May |",
        "price": "2400",
        "days": "2",
        "flags": ["requirements_changed"],
        "work1": "data|senior",
    }
    answer = await env.fill(manager, given | {"hours1": "8/12"})
    assert "three points" in answer.json()["errors"]["hours1"]
    answer = await env.fill(manager, given | {"hours1": "20/12/8"})
    assert "in order" in answer.json()["errors"]["hours1"]
    route = await shown_route(env, manager, given | {"hours1": "8/12/20"})
    assert "quality (Olga Petrova), since requirements or acceptance criteria change" in text_of(route)
    assert (await delivered.see())["changes"] == [], "looking submits nothing"
    await env.fill(manager, {}, route)
    await env.fill(manager, {}, route)
    heard = [*await env.heard(manager), *(text_of(one) for one in await env.messages(manager))]
    (told,) = {one for one in heard if "The change is submitted to" in one}
    assert re.search(r"It is change 1\. Next: Three points for change 1: .* – Kofi Mensah, due ", told), told
    (change,) = (await delivered.see())["changes"]
    assert (change["title"], change["requirements_changed"], change["terms_changed"]) == (given["title"], True, False)
    assert change["reason"] == given["reason"]
    assert change["work"][0]["hours"]["likely"] == "12"
    ask = await delivered.ask("estimate", "estimate:data")
    card = await env.card(PersonId("kofi.mensah"), ask["id"])
    await env.press(PersonId("kofi.mensah"), "Give the hours", card)
    await env.fill(PersonId("kofi.mensah"), {"L1:hours": "8/12/21"})
    await delivered.until(lambda state: any(ask["kind"] == "approve_change" for ask in state["asks"]))


async def shown_route(env: SlackEnv, person: PersonId, given: dict[str, Any]) -> Any:
    """The modal that follows the form of a change, with who would have to approve it."""
    form = await env.modal(person)
    answer = (await env.fill(person, given, form)).json()
    assert answer["response_action"] == "update", answer
    return answer["view"] | {"id": form["id"]}


async def test_a_swap_shows_whom_its_gross_calls_for(env: SlackEnv, delivered: Played) -> None:
    manager = await delivered.holder("project_manager")
    await command(env, manager, "/change")
    given = {"engagement": delivered.engagement, "title": "Swap", "reason": "scope", "price": "2400", "days": "0"}
    removed = {"package1": "W2", "less1": "-1900"}
    answer = await env.fill(manager, given | {"less1": "-1900"})
    assert answer.json()["errors"] == {"package1": "Removed work must name its package."}
    answer = await env.fill(manager, given | removed | {"package1": "W9"})
    assert "There is no work package W9" in answer.json()["errors"]["package1"]
    answer = await env.fill(manager, given | removed | {"reason": '"' * 1900})
    assert "Shorten the reason" in answer.json()["errors"]["reason"]
    route = text_of(await shown_route(env, manager, given | removed))
    assert re.search(r"finance \([^)]+\), since all changes together exceed 5 % of the contract", route)
    assert "Price 500.00 EUR, 0 days." in route


async def test_a_change_by_somebody_else_is_refused(env: SlackEnv, delivered: Played) -> None:
    await command(env, PersonId("rosa.klein"), "/change")
    given = {"engagement": delivered.engagement, "title": "Mine", "reason": "scope", "price": "1", "days": "0"}
    answer = await env.fill(PersonId("rosa.klein"), given)
    assert "This engagement does not exist, or you cannot see it" in answer.json()["errors"]["engagement"]


async def test_a_promise_is_recorded_from_the_message_in_which_it_was_made(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Promised in Slack")
    user = await env.user(SELLER)
    said = {"ts": "1795000000.000100", "text": "We will give you <!channel> a dashboard & more", "user": user}
    await env.send(
        signed.shortcut(
            user=user,
            callback_id="promise",
            channel=await env.emulator.channel("general"),
            message=said,
            trigger=await env.emulator.trigger(user),
        )
    )
    await env.fill(SELLER, {"to": f"{deal.engagement}|{CLIENT}"})
    (promise,) = (await deal.see())["promises"]
    assert (promise["text"], promise["to"], promise["by"]) == (said["text"], CLIENT, SELLER)
    assert promise["on"] == str(datetime.fromtimestamp(1795000000, UTC).date())


async def test_a_can_we_also_keeps_the_messages_link(env: SlackEnv, delivered: Played) -> None:
    user = await env.user(PersonId("kofi.mensah"))
    channel = await env.emulator.channel("general")
    said = {"ts": "1795000000.000200", "text": "Can we also look at reserves?", "user": user}
    await env.send(
        signed.shortcut(
            user=user,
            callback_id="also",
            channel=channel,
            message=said,
            trigger=await env.emulator.trigger(user),
        )
    )
    await env.fill(PersonId("kofi.mensah"), {"engagement": delivered.engagement})
    (noted,) = (await delivered.see())["potential_changes"]
    assert noted["text"] == said["text"]
    assert noted["link"].endswith(f"/archives/{channel}/p1795000000000200")
    ask = await delivered.ask("potential_change")
    (manager,) = ask["asked"]
    card = await env.card(manager, ask["id"])
    await env.press(manager, "No change order", card)
    await env.fill(manager, {"reason": "Next year."})
    assert not [one for one in (await delivered.see())["asks"] if one["kind"] == "potential_change"]


async def test_home_shows_what_waits_and_lets_somebody_answer_for_me(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Seen at home")
    await deal.do("tomasz.nowak", "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    home = await env.home(PersonId("marta.silva"))
    assert "Will you be engagement manager of Seen at home?" in text_of(home)
    await env.press_in_view(PersonId("marta.silva"), "I will be away", home)
    first, last = (str(day(days)) for days in (30, 37))
    shown = [day_shown(day(days)) for days in (30, 37)]
    await env.fill(PersonId("marta.silva"), {"first": first, "last": last, "delegate": "jonas.weber"})
    home = await env.home(PersonId("marta.silva"))
    assert f"Away {shown[0]} to {shown[1]}, Jonas Weber may answer." in text_of(home)
    await env.press_in_view(PersonId("marta.silva"), "Cancel it", home)
    assert "Away" not in text_of(await env.home(PersonId("marta.silva")))
    await env.press_in_view(PersonId("marta.silva"), "Let somebody answer for me", home)
    given = {"to": "jonas.weber", "first": first, "last": last, "kinds": ["decide_deal"], "up_to": "5000"}
    await env.fill(PersonId("marta.silva"), given)
    home = await env.home(PersonId("marta.silva"))
    assert f"Jonas Weber may answer for decide deal from {shown[0]} to {shown[1]}." in text_of(home)
    await env.press_in_view(PersonId("marta.silva"), "Cancel it", home)
    assert "may answer" not in text_of(await env.home(PersonId("marta.silva")))


async def test_home_says_once_that_some_work_cannot_be_read(env: SlackEnv) -> None:
    lost, standings = engagement_stream(EngagementId("ENG-2026-0777")), env.stack.app.standings
    standings.quarantine(lost, "the engine's history lacks fact 1", CLOCK())
    try:
        assert text_of(await env.home(PersonId("elin.dahl"))).count("some work cannot be shown") == 1
    finally:
        standings.release(lost)


async def test_an_absence_that_ends_before_it_begins_is_refused_in_words(env: SlackEnv) -> None:
    home = await env.home(PersonId("elin.dahl"))
    await env.press_in_view(PersonId("elin.dahl"), "I will be away", home)
    answer = await env.fill(PersonId("elin.dahl"), {"first": "2027-03-05", "last": "2027-03-01"})
    assert len(answer.json()["errors"]) == 1


async def options(env: SlackEnv, person: PersonId, action: str, typed: str) -> dict[str, str]:
    """What a list offers for what somebody has typed: labels, by value."""
    payload = {
        "type": "block_suggestion",
        "user": {"id": await env.user(person)},
        "team": {"id": "T000000001"},
        "action_id": action,
        "block_id": action,
        "value": typed,
        "view": {"id": "V1", "type": "modal"},
        "container": {"type": "view", "view_id": "V1"},
    }
    answer = await env.send(signed._interaction(payload))
    offered = answer.json()["options"]
    assert len(offered) <= 100
    assert all(len(one["value"]) <= 150 and len(one["text"]["text"]) <= MAX_LABEL for one in offered)
    return {one["value"]: one["text"]["text"] for one in offered}


async def test_lists_give_what_fits_and_nothing_to_a_stranger(env: SlackEnv) -> None:
    user = await env.user(SELLER)

    async def found(action: str, typed: str) -> list[str]:
        return list(await options(env, SELLER, action, typed))

    deal = await Played(env.stack).start("Found while typing")
    assert await found("people", "rosa k") == ["rosa.klein"]
    assert await found("client people", "lindq") == [CLIENT]
    assert await found("engagements", "found") == [deal.engagement]
    assert f"{deal.engagement}|{CLIENT}" in await found("to client", deal.engagement)
    assert await found("client people", unicodedata.normalize("NFD", "Försäkring")) == [CLIENT]
    assert await found("people", "nobody of this name") == []
    env.proxy.say_of(user, is_restricted=True)
    env.stack.app.cards.forget(SELLER)
    assert await found("people", "rosa") == []
    env.proxy.say_of(user, is_restricted=None)


LONG = "Stiftung zur Förderung der gemeinsamen Datenhaltung der Versicherer des Nordens und der Ostseeanrainer, "
CLIENTS = {
    **{f"Client number {n:03}": "one" for n in range(130)},
    f"{LONG}Abteilung Hamburg": "two",
    f"{LONG}Abteilung Kopenhagen": "three",
    f"{LONG}{LONG}"[:196] + "Oslo": "four",
    "Ma\u0308rkte AG": "five",
}


async def with_clients(stack: Stack, document: Json, leaving: int = 0) -> None:
    headers = {"Content-Type": "application/yaml"}
    body = json.dumps(document)
    await stack.done(ADMINISTRATOR, "POST", f"/people/import?leaving={leaving}", content=body.encode(), headers=headers)


@pytest_asyncio.fixture
async def many_clients(stack: Stack) -> AsyncIterator[None]:
    """A directory of many clients; gone again with the next file."""
    document = json.loads(json.dumps(YAML(typ="safe").load(DIRECTORY), default=str))
    for name, first in CLIENTS.items():
        person = {"id": f"p.{first}.{digest(name)[:8]}", "name": "Kim Berg", "email": f"{digest(name)[:8]}@c.example"}
        document["clients"].append(
            {"name": name, "vertical": "energy", "people": [person | {"part": ["client_sponsor", "client_signatory"]}]}
        )
    await with_clients(stack, document)
    yield
    await with_clients(
        stack, json.loads(json.dumps(YAML(typ="safe").load(DIRECTORY), default=str)), leaving=len(CLIENTS)
    )


@pytest.mark.usefixtures("many_clients")
async def test_every_client_of_many_is_found_by_search_and_a_deal_is_started_for_it(env: SlackEnv) -> None:
    assert len(await options(env, SELLER, "clients", "")) == 100
    assert list((await options(env, SELLER, "clients", "number 129")).values()) == ["Client number 129"]
    for typed in ("m\u00e4rkte", "MA\u0308RKTE ag"):
        assert list((await options(env, SELLER, "clients", typed)).values()) == ["M\u00e4rkte AG"]
    alike = await options(env, SELLER, "clients", "stiftung abteilung")
    assert len(set(alike.values())) == 2
    assert any("Hamburg" in label for label in alike.values())
    (chosen,) = await options(env, SELLER, "clients", "stiftung oslo")
    name = next(name for name in CLIENTS if name.endswith("Oslo"))
    person = f"p.four.{digest(name)[:8]}"
    await command(env, SELLER, "/deal")
    form = await env.modal(SELLER)
    given = A_DEAL | {"title": "For a client of a long name", "client": chosen, "client_sponsor": person}
    await env.fill(SELLER, given, form)
    assert (await newest(env, "For a client of a long name"))["client"] == name


async def test_a_client_who_is_gone_is_named_at_its_field_and_the_form_stays(env: SlackEnv) -> None:
    await command(env, SELLER, "/deal")
    answer = await env.fill(SELLER, A_DEAL | {"client": digest("Nobody GmbH")})
    assert list(answer.json()["errors"]) == ["client"]


def test_labels_that_begin_alike_are_told_apart_within_what_slack_takes() -> None:
    texts = ["x" * 200, "x" * 199, "x" * 74 + "a" + "y" * 90, "x" * 74 + "b" + "y" * 90, "x" * 100 + "c", "short"]
    shown = told_apart([(digest(text), text) for text in texts])
    labels = [label for _, label in shown]
    assert len(set(labels)) == len(texts)
    assert all(len(label) <= MAX_LABEL for label in labels)
    assert told_apart([("a.berg", "Kim Berg"), ("b.berg", "Kim Berg")])[0][1] == "Kim Berg (a.berg)"


async def test_the_list_for_an_ask_offers_exactly_who_is_accepted(env: SlackEnv) -> None:
    deal = await Played(env.stack).start("Delegated by search")
    await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    ask = await deal.ask("accept_role")
    assert await options(env, PersonId("marta.silva"), f"another:{ask['id']}", "") == {}
    assert SELLER in await options(env, PersonId("marta.silva"), f"owners:{ask['id']}", "aisha")
    assert CLIENT not in await options(env, PersonId("marta.silva"), f"owners:{ask['id']}", "anna")
    assert await options(env, PersonId("rosa.klein"), f"owners:{ask['id']}", "aisha") == {}
    assert await options(env, SELLER, "another:ENG-2026-9999.A1", "") == {}
    assert await options(env, SELLER, "another:odd", "") == {}
