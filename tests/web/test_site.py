"""Inbox, portfolio, vacancies, people, clients, process, administration, the API's page: who sees and does what."""

import csv
import io
import re

import httpx
import pytest

from application.sign_in.sessions import csrf_of
from tests.api.played import SELLER, SPONSOR, Played
from tests.clock import day
from tests.stack import Stack
from tests.web.browsing import COOKIE, Browser, FormsOfPage, browser_of

HEAD, IDA, MARTA, JONAS, CLIENT = "tomasz.nowak", "ida.holm", "marta.silva", "jonas.weber", "anna.lindqvist"
PLACES = ("/inbox", "/portfolio", "/portfolio?view=table", "/vacancies", "/people", "/clients", "/process")


async def before(stack: Stack, person: str) -> Browser:
    return await browser_of(stack.app, stack.api, person)


def csrf(browser: Browser) -> str:
    return csrf_of(str(browser.http.cookies[COOKIE]))


@pytest.mark.parametrize("path", PLACES)
async def test_each_place_is_there_for_colleagues_and_leads_nowhere_else(stack: Stack, path: str) -> None:
    await Played(stack).start()
    browser = await before(stack, HEAD)
    page = await browser.page(path)
    assert page.status_code == 200
    for address in set(re.findall(r'href="(/[^"#?]*)', page.text)):
        if not address.startswith("/assets/"):
            assert (await browser.page(address)).status_code == 200, f"{path} leads to {address}"


@pytest.mark.parametrize("path", PLACES[1:])
async def test_a_client_has_their_inbox_alone(stack: Stack, path: str) -> None:
    browser = await before(stack, CLIENT)
    assert (await browser.page("/inbox")).status_code == 200
    page = await browser.page(path)
    assert page.status_code == 403 if not path.startswith("/portfolio") else "Sofie Berg" not in page.text


async def test_the_inbox_leads_to_what_waits_and_several_are_answered_together(stack: Stack) -> None:
    for title in ("One deal", "Another deal"):
        deal = await Played(stack).start(title)
        await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person_id": JONAS})
    browser = await before(stack, JONAS)
    page = await browser.page("/inbox")
    asks = re.findall(r'name="ask" value="([^"]+)"', page.text)
    assert len(asks) >= 2
    review = await browser.page("/inbox/review", params={"ask": asks[:2]})
    assert review.text.count("This one is answered on its own page.") + review.text.count('type="radio"') >= 2
    assert "One deal" in page.text


async def test_the_portfolio_is_filtered_by_its_address(stack: Stack) -> None:
    deal = await Played(stack).start("Zebra crossing lights")
    browser = await before(stack, HEAD)
    for view in ("board", "table"):
        found = await browser.page("/portfolio", params={"view": view, "q": "zebra", "stage": ""})
        assert deal.engagement in found.text
        nothing = await browser.page("/portfolio", params={"view": view, "q": "zebra", "stage": "deliver"})
        assert deal.engagement not in nothing.text
    assert (await browser.page("/portfolio", params={"stage": "nowhere"})).status_code == 422


async def test_totals_of_value_and_margin_are_for_heads_alone(stack: Stack) -> None:
    await Played(stack).after(Played.qualify_plainly, Played.estimate, Played.price)
    total = re.compile(r"<div>margin [\d,.]+ EUR</div>")
    assert total.search((await (await before(stack, HEAD)).page("/portfolio")).text)
    for colleague in (SELLER, "ida.holm"):
        assert not total.search((await (await before(stack, colleague)).page("/portfolio")).text)


async def test_no_cell_of_the_csv_is_a_formula(stack: Stack) -> None:
    await Played(stack).start('=HYPERLINK("http://evil.example")')
    browser = await before(stack, HEAD)
    answer = await browser.page("/portfolio.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][0] == "Id"
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


async def test_one_records_ones_own_absence_and_nobody_elses(stack: Stack) -> None:
    browser = await before(stack, MARTA)
    away = {"csrf": csrf(browser), "first": str(day(30)), "last": str(day(33))}
    done = await browser.post(f"/people/{MARTA}/absence", away)
    assert done.status_code == 303
    page = await browser.page(f"/people/{MARTA}")
    assert "Away " in page.text
    refused = await browser.post("/people/peter.olsen/absence", away)
    assert refused.status_code == 403
    assert str(day(30)) in refused.text
    back = await browser.post(f"/people/{MARTA}/absence-end", {"csrf": csrf(browser), "first": str(day(30))})
    assert back.status_code == 303


async def test_what_leaving_would_move_is_shown_before_it_is_done(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify)
    manager = await deal.holder("engagement_manager")
    browser = await before(stack, IDA)
    form = {"csrf": csrf(browser), "reason": "Moves abroad", "preview": "yes"}
    page = await browser.post(f"/people/{manager}/deactivate", form)
    assert page.status_code == 200
    assert "What it would move" in page.text
    assert "Engagement manager: " in page.text
    assert (await browser.page(f"/people/{manager}")).text.count("has left") == 0
    other = await before(stack, MARTA)
    assert (await other.post(f"/people/{manager}/deactivate", form | {"csrf": csrf(other)})).status_code == 403


async def test_the_seller_adds_a_client_on_the_spot(stack: Stack) -> None:
    browser = await before(stack, SELLER)
    person = {"people.0.name": "Eva Lund", "people.0.email": "eva.lund@havn.example", "people.0.part": "client_sponsor"}
    form = {"csrf": csrf(browser), "name": "Havn Logistikk AS", "vertical": "energy", "country": "NO", **person}
    assert (await browser.post("/clients", form)).status_code == 303
    page = await browser.page("/clients")
    assert "Havn Logistikk AS" in page.text
    assert "not confirmed by finance" in page.text
    refused = await browser.post("/clients", {"csrf": csrf(browser), "name": "x", "people.0.name": "Nobody's mail"})
    assert refused.status_code == 422
    assert "Nobody&#39;s mail" in refused.text


async def test_the_administrator_ends_sessions_and_others_see_none(stack: Stack) -> None:
    administrator, other = await before(stack, IDA), await before(stack, MARTA)
    assert (await other.page("/administration")).status_code == 403
    page = await administrator.page("/administration")
    assert page.status_code == 200
    ended = re.findall(
        r'name="session" value="(\w+)"><button[^>]*>End<span[^>]*> the session of Marta Silva', page.text
    )
    assert ended
    for session in ended:
        sent = {"csrf": csrf(administrator), "session": session}
        assert (await administrator.post("/administration/sessions/end", sent)).status_code == 303
    assert (await other.http.get("/inbox")).status_code == 303
    refused = await before(stack, JONAS)
    sent = {"csrf": csrf(refused), "session": "0" * 12}
    assert (await refused.post("/administration/sessions/end", sent)).status_code == 403


async def test_a_token_is_shown_once(stack: Stack) -> None:
    browser = await before(stack, IDA)
    form = {"csrf": csrf(browser), "person_id": CLIENT, "note": "To sign with"}
    page = await browser.post("/administration/tokens", form)
    (token,) = re.findall(r"<code>([\w-]+)</code>", page.text)
    assert stack.app.registry.person_of(token) == CLIENT
    assert token not in (await browser.page("/administration")).text


async def test_rest_takes_a_session_but_changes_nothing_without_its_own_page(stack: Stack) -> None:
    browser = await before(stack, SELLER)
    assert (await browser.http.get("/api/v1/me")).json()["id"] == SELLER
    deal = await Played(stack).start()
    path, body = f"/api/v1/engagements/{deal.engagement}/needs", {"needs": [{"id": "N1", "text": "A need"}]}
    refused = await browser.http.post(path, json=body)
    assert refused.status_code == 401
    done = await browser.http.post(path, json=body, headers={"X-CSRF-Token": csrf(browser)})
    assert done.status_code == 200


async def test_the_apis_page_loads_only_what_is_ours(stack: Stack) -> None:
    browser = await before(stack, SELLER)
    page = await browser.page("/api/docs")
    assert 'data-description="/api/v1/openapi.json"' in page.text
    assert all(found.startswith("/") for found in re.findall(r'(?:src|href)="([^"#]+)"', page.text))
    assert "script-src 'self';" in page.headers["content-security-policy"]


async def test_light_or_dark_is_kept_on_the_device(stack: Stack) -> None:
    browser = await before(stack, HEAD)
    answer = await browser.post("/theme", {"csrf": csrf(browser), "theme": "dark", "to": "/vacancies"})
    assert answer.headers["location"] == "/vacancies"
    assert 'data-bs-theme="dark"' in (await browser.page("/inbox")).text
    odd = await browser.post("/theme", {"csrf": csrf(browser), "theme": "<b>", "to": "//evil.example"})
    assert odd.headers["location"] == "/"


async def test_an_open_page_hears_of_a_change(stack: Stack) -> None:
    deal = await Played(stack).start()
    browser = await before(stack, SELLER)
    tokens: list[str] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stack.api), base_url="http://tests") as http:
        assert (await http.get("/live")).status_code == 303
    foreign = await before(stack, "sofie.berg")
    assert (await foreign.http.get("/live", params={"engagement": deal.engagement})).status_code == 404
    token = stack.app.read.engagement_token(deal.engagement)
    await deal.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "A need"}]})
    tokens.append(stack.app.read.engagement_token(deal.engagement))
    assert tokens != [token]
    assert stack.app.read.steps_token(browser.person_id) != ""  # type: ignore[arg-type]


async def test_every_form_of_the_site_carries_its_proof_of_origin(stack: Stack) -> None:
    browser = await before(stack, IDA)
    for path in (*PLACES, "/administration", f"/people/{MARTA}", "/deals/new"):
        page = await browser.page(path)
        for form in FormsOfPage(page.text).forms:
            assert form.method in {"get", "dialog"} or "csrf" in form.fields, f"{path}: {form.action}"
