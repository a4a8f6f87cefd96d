"""The page of an ask: looking changes nothing, its form decides once, and a link gives no signature."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from api.app import create_app
from application.context import Interlock
from application.magic_links.links import Links
from domain.asks.model import Outcome
from domain.shared.values import AskId, PersonId
from tests.api.played import ADMINISTRATOR, CLIENT, DEAL, SELLER, SPONSOR, Played, points
from tests.clock import CLOCK
from tests.mail.conftest import PUBLIC, Asked, filled_in, forms_of, restated
from tests.stack import Json, Stack

MANAGER = PersonId("jonas.weber")
SECRET = "Know why the monthly claims report differs"


async def test_it_shows_the_ask_and_a_form_for_each_answer(browser: httpx.AsyncClient, confirming: Asked) -> None:
    page = await browser.get(confirming.link())
    assert page.status_code == 200
    assert SECRET in page.text
    assert set(forms_of(page.text)) == {"approve", "return", "need_info"}
    assert "The needs are corrected, and you are asked again." in page.text
    assert forms_of(page.text)["approve"] == confirming.form("approve")


async def test_looking_changes_nothing(browser: httpx.AsyncClient, confirming: Asked) -> None:
    before = await confirming.deal.see(SELLER, "/ledger")
    first, second = await browser.get(confirming.link()), await browser.get(confirming.link())
    head = await browser.head(confirming.link())
    assert first.text == second.text
    assert (head.status_code, head.text) == (200, "")
    assert await confirming.deal.see(SELLER, "/ledger") == before


async def test_nothing_but_the_form_may_be_sent(browser: httpx.AsyncClient, confirming: Asked) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await browser.request(method, confirming.link())).status_code == 405
    as_json = await browser.post(f"/asks/{confirming.id}", json=confirming.form("approve"))
    files = {"file": b"x"}
    as_files = await browser.post(f"/asks/{confirming.id}", data=confirming.form("approve"), files=files)
    assert (as_json.status_code, as_files.status_code) == (415, 415)
    assert confirming.now.is_open


async def test_the_form_decides_and_then_shows_what_is_so(browser: httpx.AsyncClient, confirming: Asked) -> None:
    page = await browser.get(confirming.link())
    answer = await browser.post(f"/asks/{confirming.id}", data=forms_of(page.text)["approve"])
    assert answer.status_code == 303
    assert confirming.now.outcome is Outcome.APPROVED
    now = await browser.get(str(answer.next_request.url if answer.next_request else ""))
    assert str(now.url) == confirming.link()
    assert "Your answer is on record" in now.text
    assert ">Confirmed, " in now.text
    assert "Confirmed by you on " in now.text
    assert "The work is estimated from these needs." in now.text
    assert "It is our turn. Aisha Khan is responsible" in now.text
    assert not forms_of(now.text)


async def test_who_answered_by_a_link_is_on_the_record(browser: httpx.AsyncClient, confirming: Asked) -> None:
    await browser.post(f"/asks/{confirming.id}", data=confirming.form("approve"))
    assert [(vote.by, vote.channel) for vote in confirming.now.votes] == [(CLIENT, "link")]


async def test_sent_twice_it_is_one_decision(browser: httpx.AsyncClient, confirming: Asked) -> None:
    form = confirming.form("return", reason="It is the weekly report.")
    first, second = [await browser.post(f"/asks/{confirming.id}", data=form) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(confirming.now.votes) == 1


async def test_sent_again_in_other_words_the_first_stands(browser: httpx.AsyncClient, confirming: Asked) -> None:
    await browser.post(f"/asks/{confirming.id}", data=confirming.form("return", reason="It is the weekly report."))
    again = await browser.post(f"/asks/{confirming.id}", data=confirming.form("return", reason="Another."))
    assert again.status_code == 409
    assert "Your first answer counts" in again.text
    (vote,) = confirming.now.votes
    assert vote.answer.reason == "It is the weekly report."


async def test_asking_back_needs_words_and_stops_the_clock(browser: httpx.AsyncClient, confirming: Asked) -> None:
    refused = await browser.post(f"/asks/{confirming.id}", data=confirming.form("need_info"))
    assert refused.status_code == 422
    asked = await browser.post(f"/asks/{confirming.id}", data=confirming.form("need_info", reason="Which ledger?"))
    assert asked.status_code == 303
    page = await browser.get(confirming.link())
    assert "Which ledger?" in page.text
    assert "need_info" not in forms_of(page.text)


async def test_what_was_refused_is_told_beside_the_form_and_what_was_typed_stays(
    browser: httpx.AsyncClient, confirming: Asked
) -> None:
    form = confirming.form("return", reason="x" * 2001)
    refused = await browser.post(f"/asks/{confirming.id}", data=form)
    assert refused.status_code == 422
    assert "text/html" in refused.headers["content-type"]
    assert "reason: " in refused.text
    assert "x" * 2001 in refused.text
    assert "return" in forms_of(refused.text)


async def test_an_answer_on_something_else_is_refused_and_shows_what_is_asked(
    browser: httpx.AsyncClient, confirming: Asked
) -> None:
    stale = await browser.post(f"/asks/{confirming.id}", data=confirming.form("approve", subject_hash="0" * 64))
    assert stale.status_code == 409
    assert "This has changed since it was shown" in stale.text
    assert "this has changed since you opened it" in stale.text
    assert not any(word in stale.text for word in ("signed-means-this", "interlock ask"))
    assert forms_of(stale.text)["approve"]["subject_hash"] == confirming.ask["subject_hash"]
    assert confirming.now.is_open


async def test_an_answer_to_what_was_superseded_shows_how_it_ended(stack: Stack, browser: httpx.AsyncClient) -> None:
    links: Links = browser._transport.app.state.links  # type: ignore[attr-defined]
    deal = await restated(stack, "The first need")
    old = Asked(deal, await deal.ask("confirm_needs"), links)
    made = links.read(old.key(), old.id).made_at - timedelta(days=10)
    old.keys[CLIENT] = links.key(old.id, CLIENT, old.mailbox(CLIENT), made)
    await deal.do(SELLER, "POST", "/needs", {"needs": [DEAL["needs"][0] | {"text": "Another need"}]})
    answer = await browser.post(f"/asks/{old.id}", data=old.form("approve"))
    assert answer.status_code == 409
    assert "this had already ended" in answer.text
    assert "What to do" not in answer.text
    assert "Another need" not in answer.text
    assert not forms_of(answer.text)
    (newest,) = re.findall(r'<a href="([^"]+)">Open what is asked now</a>', answer.text)
    now = await browser.get(f"/asks/{newest}")
    assert now.status_code == 200
    assert "Another need" in now.text
    assert "approve" in forms_of(now.text)
    ask, _, key = newest.partition("?key=")
    assert links.read(unquote(key), ask).made_at == made  # a link that leaked does not prolong itself


# -- whose key


def wrong_keys(confirming: Asked) -> dict[str, tuple[str, int]]:
    """Keys that open nothing here, and the status of each."""
    secret = b"a secret of the tests, and of nothing else"
    return {
        "none": ("", 303),
        "forged": (Links(b"guessed", PUBLIC).key(confirming.id, CLIENT, confirming.mailbox(CLIENT)), 401),
        "for another ask": (confirming.links.key(AskId(f"{confirming.id}9"), CLIENT, confirming.mailbox(CLIENT)), 401),
        "of somebody who has no part": (
            confirming.links.key(confirming.id, PersonId("kari.moe"), confirming.mailbox(PersonId("kari.moe"))),
            403,
        ),
        "sent to another mailbox": (confirming.links.key(confirming.id, CLIENT, "anna@elsewhere.example"), 401),
        "of nobody known": (
            Links(secret, PUBLIC).key(confirming.id, PersonId("eve.nobody"), "eve@nowhere.example"),
            401,
        ),
    }


@pytest.mark.parametrize(
    "which",
    ["none", "forged", "for another ask", "of somebody who has no part", "sent to another mailbox", "of nobody known"],
)
async def test_a_wrong_key_shows_and_does_nothing(browser: httpx.AsyncClient, confirming: Asked, which: str) -> None:
    key, status = wrong_keys(confirming)[which]
    seen = await browser.get(f"/asks/{confirming.id}", params={"key": key})
    done = await browser.post(f"/asks/{confirming.id}", data=confirming.form("approve") | {"key": key})
    for answer in (seen, done):
        assert answer.status_code == status
        assert "text/html" in answer.headers.get("content-type", "text/html")
        assert not any(
            word in answer.text for word in (SECRET, DEAL["client"], DEAL["title"], confirming.ask["subject_hash"])
        )
        assert not forms_of(answer.text)
    assert confirming.now.is_open


async def test_a_link_ends(stack: Stack, confirming: Asked) -> None:
    ended = Links(b"a secret of the tests, and of nothing else", PUBLIC, timedelta(seconds=-1), CLOCK)
    async with browsing(stack.app, ended) as http:
        answers = [await http.get(confirming.link())]
        answers.append(await http.post(f"/asks/{confirming.id}", data=confirming.form("approve")))
    assert [answer.status_code for answer in answers] == [401, 401]
    assert SECRET not in answers[0].text + answers[1].text


async def test_links_end_with_the_tokens_of_their_person(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    deal = await Played(stack).start("Whose manager lost their mailbox")
    await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": MANAGER})
    asked = Asked(deal, await deal.ask("accept_role"), links)
    assert (await browser.get(asked.link(MANAGER))).status_code == 200
    await stack.done(ADMINISTRATOR, "POST", "/tokens/revoke", {"person_id": MANAGER})
    seen = await browser.get(asked.link(MANAGER))
    done = await browser.post(f"/asks/{asked.id}", data=asked.form("approve", MANAGER, reason="Gladly."))
    stack.tokens[MANAGER] = stack.app.registry.tokens.create(MANAGER, "tests", stack.app.clock())
    assert (seen.status_code, done.status_code) == (401, 401)
    assert deal.engagement not in seen.text + done.text
    assert asked.now.is_open


async def test_without_links_there_is_no_page(stack: Stack, confirming: Asked) -> None:
    async with browsing(stack.app, None) as http:
        assert (await http.get(confirming.link())).status_code == 404


def browsing(app: Interlock, links: Links | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(app, links=links)), base_url=PUBLIC, timeout=60)


async def test_whether_an_ask_exists_is_told_to_nobody_without_its_key(
    browser: httpx.AsyncClient, confirming: Asked
) -> None:
    there = await browser.get(f"/asks/{confirming.id}", params={"key": "x"})
    not_there = await browser.get("/asks/ENG-2026-9999.A1", params={"key": "x"})
    assert (there.status_code, there.text) == (not_there.status_code, not_there.text)


# -- what it is made of


async def test_every_answer_is_kept_by_nobody_and_loads_only_what_is_ours(
    browser: httpx.AsyncClient, confirming: Asked
) -> None:
    for answer in (
        await browser.get(confirming.link()),
        await browser.get(f"/asks/{confirming.id}", params={"key": "x"}),
        await browser.post(f"/asks/{confirming.id}", data=confirming.form("approve")),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert all(
            source.startswith("/assets/") for source in re.findall(r"(?:src|href)=\"([^#\"][^\"]*)\"", answer.text)
        )
        assert "<script>" not in answer.text
        assert "http" not in answer.text


async def test_no_style_and_no_script_stands_in_the_page_itself(browser: httpx.AsyncClient, confirming: Asked) -> None:
    page = await browser.get(confirming.link())
    assert "style-src 'self'; script-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<style|<script(?! src=)| style=| on[a-z]+=", page.text)


async def test_what_a_page_loads_may_be_kept_for_a_year(browser: httpx.AsyncClient, confirming: Asked) -> None:
    page = await browser.get(confirming.link())
    loaded = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert len(loaded) >= 4
    for address in loaded:
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_what_people_wrote_stays_words(stack: Stack, browser: httpx.AsyncClient, links: Links) -> None:
    evil = '<script>alert(1)</script> {{ 7 * 7 }} "><form action=https://evil.example> \u202etxt'
    deal = await restated(stack, evil, title="<b>{{ title }}</b>")
    asked = Asked(deal, await deal.ask("confirm_needs"), links)
    page = (await browser.get(asked.link())).text
    assert "<script>" not in page
    assert "<b>{{" not in page
    assert "{{ 7 * 7 }}" in page
    assert page.count("<form") == len(forms_of(page)) == 3
    assert "\u202e" not in page


async def test_paragraphs_lists_and_tables_are_shown_as_such(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    scope = "Two halves.\r\n\r\nThe second.\r\n\r\n- a list\r\n\r\n| depot | phones |\r\n| --- | --- |\r\n| Oslo | 40 |"
    deal = await restated(stack, scope)
    asked = Asked(deal, await deal.ask("confirm_needs"), links)
    assert scope.replace("\r\n", "\n") in asked.ask["facts_shown"].values()
    page = (await browser.get(asked.link())).text
    for shown in ("<p>Two halves.</p>", "<p>The second.</p>", "<li>a list</li>", "<th>depot</th>", "<td>Oslo</td>"):
        assert shown in page
    assert " style=" not in page


async def test_however_much_is_asked_all_of_it_is_shown(stack: Stack, browser: httpx.AsyncClient, links: Links) -> None:
    deal = await Played(stack).start()
    needs = [{"id": f"N{n}", "text": f"{n:03}" + "ø" * 950} for n in range(1, 49)]
    await deal.do(SELLER, "POST", "/needs", {"needs": needs})
    await deal.do(SELLER, "POST", "/needs/restate")
    asked = Asked(deal, await deal.ask("confirm_needs"), links)
    page = (await browser.get(asked.link())).text
    assert all(fact in page for fact in asked.ask["facts_shown"].values())


# -- who needs more than a yes


async def estimating(deal: Played, *more: Json) -> None:
    """`more`: packages beside those of the deal."""
    rows = [{k: v for k, v in row.items() if k not in {"hours", "promises"}} for row in DEAL["work_packages"]]
    rows += more
    await deal.answer_all("confirm_needs")
    await deal.do(SELLER, "PUT", "/work-packages", {"packages": rows})
    await deal.cover()


async def test_an_expert_gives_hours_in_parts_and_sees_what_was_given(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    deal = await restated(stack, "A need")
    await deal.cover()
    await estimating(deal)
    asked = Asked(deal, await deal.ask("estimate", "estimate:data"), links)
    (expert,) = asked.ask["asked"]
    page = (await browser.get(asked.link(expert))).text
    form = forms_of(page)["approve"]
    assert 'name="hours.W1"' in page
    assert "as 40/60/100" in page
    nothing = await browser.post(f"/asks/{asked.id}", data=form)
    assert (nothing.status_code, "at least one package" in nothing.text) == (422, True)
    for wrong, why in (("9/5/7", "in order"), ("40/60", "must be three points"), ("a/b/c", "number")):
        refused = await browser.post(f"/asks/{asked.id}", data=form | {"hours.W1": wrong})
        assert (refused.status_code, why in refused.text, "W1, hours" in refused.text) == (422, True, True)
        assert f'value="{wrong}"' in refused.text
    given = form | {"hours.W1": "70/100/160.5 h"}
    given |= {"hours.W1.assumptions": "Read access\r\n\r\nA data owner"}
    stale = await browser.post(f"/asks/{asked.id}", data=given | {"subject_hash": "0" * 64})
    assert (stale.status_code, "This has changed since it was shown" in stale.text) == (409, True)
    for _ in range(2):
        assert (await browser.post(f"/asks/{asked.id}", data=given)).status_code == 303
    old = await browser.post(f"/asks/{asked.id}", data=given | {"hours.W1": "70/101/160.5"})
    assert (old.status_code, "You gave other hours for W1" in old.text) == (409, True)
    anew = filled_in((await browser.get(asked.link(expert))).text, "approve")
    corrected = await browser.post(f"/asks/{asked.id}", data=anew | {"hours.W1": "70/101/160.5"})
    assert (corrected.status_code, asked.now.outcome) == (303, Outcome.APPROVED), "until delivery attests them"


async def asked_for_two_packages(stack: Stack, links: Links) -> tuple[Asked, PersonId]:
    """What the expert of a deal is asked, and who they are."""
    deal = await restated(stack, "A need")
    await deal.cover()
    await estimating(deal, {"id": "W9", "title": "More", "discipline": "data", "grade": "senior"})
    asked = Asked(deal, await deal.ask("estimate", "estimate:data"), links)
    (expert,) = asked.ask["asked"]
    return asked, expert


async def test_an_expert_returns_one_of_several_packages_by_the_page(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    asked, expert = await asked_for_two_packages(stack, links)
    page = (await browser.get(asked.link(expert))).text
    assert 'name="packages.W9"' in page
    form = forms_of(page)["return"] | {"reason": "It has two formats.", "packages.W9": "yes"}
    assert (await browser.post(f"/asks/{asked.id}", data=form)).status_code == 303
    assert asked.now.why_ended == "W9: It has two formats."


async def test_what_an_expert_assumed_is_filled_in_and_stays_until_they_take_it_out(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    asked, expert = await asked_for_two_packages(stack, links)
    await give(browser, asked, expert, {"hours.W1": "70/100/160", "hours.W1.assumptions": "Read access\nA data owner"})
    page = filled_in((await browser.get(asked.link(expert))).text, "approve")
    assert page["hours.W1"] == "70/100/160"
    await give(browser, asked, expert, {"hours.W1": "70/101/160"})
    assert assumed_of(asked.deal) == (101, ("Read access", "A data owner"))
    await give(browser, asked, expert, {"hours.W1": "70/102/160", "hours.W1.assumptions": ""})
    assert assumed_of(asked.deal) == (102, ())
    two_lines = ("Read access\nto all of it",)
    body = {"hours": dict(zip(POINTS, (70, 103, 160), strict=True)), "assumptions": two_lines}
    await asked.deal.do(expert, "POST", "/work-packages/W1/estimate", body)
    assert "you gave 1, which no line shows; left empty, they stay" in (await browser.get(asked.link(expert))).text
    await give(browser, asked, expert, {"hours.W1": "70/104/160"})
    assert assumed_of(asked.deal) == (104, two_lines)


POINTS = ("optimistic", "likely", "pessimistic")


async def give(browser: httpx.AsyncClient, asked: Asked, expert: PersonId, changed: dict[str, str]) -> None:
    """Sends the form as the page shows it now, but for what is changed in it."""
    form = filled_in((await browser.get(asked.link(expert))).text, "approve")
    sent = await browser.post(f"/asks/{asked.id}", data=form | changed)
    assert sent.status_code == 303, sent.text


def assumed_of(deal: Played) -> tuple[float, tuple[str, ...]]:
    state = deal.stack.app.read.engagement(deal.engagement)
    assert state is not None
    (given,) = (one for one in state.estimates if one.package == "W1")
    return float(given.hours.likely), given.assumptions


async def test_a_yes_with_conditions_names_who_does_what_by_when(
    stack: Stack, browser: httpx.AsyncClient, links: Links
) -> None:
    asked = await attesting(stack, links)
    (lead,) = asked.ask["asked"]
    form = forms_of((await browser.get(asked.link(lead))).text)["approve_with_conditions"]
    row: dict[str, Any] = {"text": "Name the data owner", "owner": SELLER, "due": str(Played.in_days(20))}
    given = form | {f"conditions.0.{name}": value for name, value in row.items()}
    half = await browser.post(f"/asks/{asked.id}", data=given | {"conditions.0.owner": ""})
    assert half.status_code == 422
    assert "condition 1, who does it: is empty" in half.text
    assert "Name the data owner" in half.text
    assert (await browser.post(f"/asks/{asked.id}", data=given)).status_code == 303
    (task,) = (await asked.deal.see())["tasks"]
    assert (task["text"], task["owner"]) == ("Name the data owner", SELLER)


async def attesting(stack: Stack, links: Links) -> Asked:
    deal = await restated(stack, "A need")
    await deal.cover()
    await estimating(deal)
    first, second = DEAL["work_packages"]
    await deal.do("kofi.mensah", "POST", "/work-packages/W1/estimate", {"hours": points(first["hours"])})
    architect = (await deal.ask("estimate", "estimate:architecture"))["asked"][0]
    await deal.do(architect, "POST", "/work-packages/W2/estimate", {"hours": points(second["hours"])})
    await deal.answer_all("confirm_staffing")
    return Asked(deal, await deal.ask("attest_estimate", "attest:anil.mehta"), links)


async def test_a_signature_is_shown_and_not_taken(stack: Stack, browser: httpx.AsyncClient, links: Links) -> None:
    deal = await Played(stack).start()
    for chapter in (deal.qualify, deal.estimate, deal.price):
        await chapter()
    await sow_until_signing(deal)
    asks = [ask for ask in (await deal.see())["asks"] if ask["kind"] == "sign_sow"]
    ask = next(ask for ask in asks if CLIENT not in ask["asked"]) if len(asks) > 1 else asks[0]
    (signer,) = ask["asked"]
    asked = Asked(deal, ask, links)
    page = await browser.get(asked.link(signer))
    assert page.status_code == 200
    assert "A signature is not given by a link" in page.text
    assert "<h1>Statement of work: " in page.text
    assert '<td data-label="Part">Total price</td>' in page.text
    assert set(forms_of(page.text)) == {"return", "need_info"}
    for verdict in ("approve", "decline"):
        refused = await browser.post(f"/asks/{asked.id}", data=asked.form(verdict, signer, reason="Because."))
        assert refused.status_code == 403
        assert "not enough for a signature" in refused.text
        assert "What to do:" in refused.text
    assert asked.now.votes == ()
    await who_waits_reads_of_a_missing_token(deal, stack)
    await deal.answer(ask)
    of_client = Asked(deal, await deal.ask("sign_sow"), links)
    await the_administrator_reads_who_waits_for_a_token(stack)
    await returned_by_link(browser, of_client)


async def who_waits_reads_of_a_missing_token(deal: Played, stack: Stack) -> None:
    """While the provider's signature is awaited, the firm reads already that the client's signatory has no token."""
    tokens = stack.app.registry.tokens
    tokens.revoke(stack.tokens[CLIENT], stack.app.clock())
    (step,) = [one for one in (await deal.see(SELLER))["next_steps"] if one["what"].startswith("Sign the SOW")]
    stack.tokens[CLIENT] = tokens.create(CLIENT, "tests", stack.app.clock())
    assert step["no_token"].startswith("Anna Lindqvist has no token to sign with. Ida Holm, the administrator, makes")
    assert "signs" not in step
    (again,) = [one for one in (await deal.see(SELLER))["next_steps"] if one["what"].startswith("Sign the SOW")]
    assert again["no_token"] is None


async def the_administrator_reads_who_waits_for_a_token(stack: Stack) -> None:
    """Among what waits for them, until there is one; whoever else looks reads nothing of it."""
    tokens = stack.app.registry.tokens

    async def read_by(person: str) -> list[str]:
        found = (await stack.call(person, "GET", "/next-steps")).json()["tokens"]
        return [one["command"] for one in found]

    assert await read_by(ADMINISTRATOR) == []
    tokens.revoke(stack.tokens[CLIENT], stack.app.clock())
    assert await read_by(ADMINISTRATOR) == [f"interlock token create {CLIENT}"]
    assert await read_by(SELLER) == []
    stack.tokens[CLIENT] = tokens.create(CLIENT, "tests", stack.app.clock())
    assert await read_by(ADMINISTRATOR) == []


async def returned_by_link(browser: httpx.AsyncClient, asked: Asked) -> None:
    """A client reads at the top how it is signed and whom to ask, who has signed, and may return it without a token."""
    page = (await browser.get(asked.link())).text
    top = page.partition("What it is about")[0]
    assert "You sign this with a token of your own, not by a link" in top
    assert "ask Aisha Khan (aisha.khan@fjordline.example)" in top
    assert "To decline it takes your token too." in top
    assert "Signed by Tomasz Nowak, provider sponsor, on " in page
    assert "interlock" not in page.replace("· Interlock", "").lower().partition("</style>")[2].partition("<footer")[0]
    form = forms_of(page)["return"] | {"reason": "The penalty is missing."}
    assert (await browser.post(f"/asks/{asked.id}", data=form)).status_code == 303
    assert asked.now.outcome is Outcome.RETURNED
    assert "It is drafted again with your comments" in (await browser.get(asked.link())).text


async def sow_until_signing(deal: Played) -> None:
    milestones = [row | {"due": str(row["due"])} for row in DEAL["milestones"]]
    await deal.do(SELLER, "PUT", "/purchases", {"purchases": []})
    await deal.do(SELLER, "PUT", "/milestones", {"milestones": milestones})
    await deal.do(SELLER, "POST", "/promises/P1/cover", {"by": ["W1", "W2", "M1"]})
    await deal.do(SELLER, "POST", "/promises/P2/decline", {"reason": "It is not in the price."})
    await deal.answer_all("acknowledge_decline")
    await deal.cover()
    await deal.do(SELLER, "PUT", "/documents/sow", {})
    await deal.answer_all("review_sow")
    await deal.do(SELLER, "POST", "/documents/sow/send", {})
