"""One Unicode form everywhere, and text of which something is seen: over REST, with what people really sent."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.api.played import CLIENT, DEAL, SELLER, Played
from tests.stack import Json, Stack

CASES = Path(__file__).parents[1] / "data/cases"
TITLE = "Jämförelse av försäkringar"
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


def case(name: str) -> Json:
    return json.loads((CASES / name).read_text(encoding="utf-8"))


def retyped(value: Any, form: Any = "NFD") -> Any:
    """The same to the eye, in another Unicode form."""
    if isinstance(value, str):
        return unicodedata.normalize(form, value)
    if isinstance(value, list):
        return [retyped(one, form) for one in value]
    return {key: retyped(one, form) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("form", FORMS)
async def test_a_deal_is_found_by_its_title_and_client_in_either_form(stack: Stack, form: str) -> None:
    title = f"{TITLE} {form.lower()}"
    deal = await Played(stack).start(retyped(title, form))
    assert (await deal.see(SELLER))["title"] == title
    for sought in (TITLE, TITLE.upper(), "försäk", f"jämf {form}"):
        for typed in FORMS:
            found = await stack.get(SELLER, "/engagements", q=retyped(sought, typed))
            assert deal.engagement in {row["id"] for row in found["items"]}, (sought, typed)
    of_client = await stack.get(SELLER, "/engagements", client=retyped(DEAL["client"], form))
    assert deal.engagement in {row["id"] for row in of_client["items"]}


async def test_a_client_in_another_form_is_the_one_in_the_directory(stack: Stack) -> None:
    deal = await Played(stack).start("The client as another system writes it")
    body = retyped({**case("title-nothing-seen.json"), "title": "A title"})
    assert body["client"] != DEAL["client"]
    started = await stack.done(SELLER, "POST", "/engagements", body)
    client = (await stack.get(SELLER, f"/engagements/{started['engagement_id']}"))["client"]
    assert client == (await deal.see(SELLER))["client"]


async def test_what_is_retyped_in_another_form_voids_nothing(stack: Stack) -> None:
    deal = await Played(stack).start(TITLE)
    needs = [{"id": "N1", "text": "Veta varför månadens rapport avviker", "why": "Revisorn frågade två gånger"}]
    await deal.do(SELLER, "POST", "/needs", {"needs": needs})
    await deal.cover()
    await deal.do(SELLER, "POST", "/needs/restate")
    await deal.answer(await deal.ask("confirm_needs"))
    package = {**{k: v for k, v in DEAL["work_packages"][0].items() if k != "hours"}, "promises": [], "title": TITLE}
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [package]}, headers=await at(deal))
    await deal.cover()
    hours = {"hours": {"optimistic": "70", "likely": "100", "pessimistic": "160"}}
    await deal.do(await deal.holder("expert:data"), "POST", "/work-packages/W1/estimate", hours)
    before = await deal.see()
    await deal.do(SELLER, "POST", "/needs", {"needs": retyped(needs)})
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": [retyped(package)]}, headers=await at(deal))
    after = await deal.see()
    for what in ("needs", "work_packages", "estimates", "stage"):
        assert after.get(what) == before.get(what), what
    assert {ask["id"]: ask["subject_hash"] for ask in after["asks"]} == {
        ask["id"]: ask["subject_hash"] for ask in before["asks"]
    }
    for form in FORMS:
        given = await deal.do(
            SELLER, "PUT", "/work-packages", {"packages": [retyped(package, form)]}, headers=await at(deal)
        )
        assert given["happened"] == [], form


async def at(deal: Played) -> dict[str, str]:
    answer = await deal.stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")
    return {"If-Match": answer.headers["etag"]}


async def test_a_deal_whose_title_shows_nothing_is_refused(stack: Stack) -> None:
    known = {row["id"] for row in (await stack.get(SELLER, "/engagements"))["items"]}
    answer = await stack.call(SELLER, "POST", "/engagements", case("title-nothing-seen.json"))
    assert answer.status_code == 422
    assert "title" in answer.text
    assert "must contain readable text" in answer.text
    assert {row["id"] for row in (await stack.get(SELLER, "/engagements"))["items"]} == known


async def test_a_decision_is_not_declined_in_words_that_nobody_can_read(stack: Stack) -> None:
    deal = await Played(stack).start("Declined without a word")
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await deal.cover()
    await deal.do(SELLER, "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")
    body = {**case("blank-words.json"), "verdict": "return", "subject_hash": ask["subject_hash"]}
    answer = await stack.call(CLIENT, "POST", f"/asks/{ask['id']}/decision", body)
    assert answer.status_code == 422
    assert "must contain readable text" in answer.text
    assert (await deal.ask("confirm_needs"))["id"] == ask["id"]


def test_the_inputs_are_in_the_form_that_they_stand_for() -> None:
    text = (CASES / "deal-client-nfd.yaml").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFD", text)
    assert not unicodedata.is_normalized("NFC", text)
