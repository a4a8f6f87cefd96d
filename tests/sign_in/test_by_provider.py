"""People sign in through a real OpenID provider; nobody else does."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters.oidc.provider import OidcProvider, ProviderAway, SignInRejected
from api.app import SignIn, create_app
from domain.shared.values import PersonId
from tests.api.played import ADMINISTRATOR
from tests.clock import CLOCK
from tests.sign_in.conftest import SITE, Browser, ProviderServer
from tests.stack import Stack

MARTA = "marta.silva@fjordline.example"


async def test_who_is_in_the_directory_gets_a_session_and_the_page_asked_for(browser: Browser, stack: Stack) -> None:
    answer = await browser.sign_in(MARTA, "/vacancies?accountable=me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/vacancies?accountable=me")
    page = await browser.pages.get("/inbox")
    assert page.status_code == 200
    assert "Marta Silva" in page.text
    sessions = stack.app.sessions.open_ones(PersonId("marta.silva"), CLOCK().replace(year=2000), 100)
    assert "provider" in {session.begun_by for session in sessions}


@pytest.mark.parametrize(
    ("email", "why"),
    [("unverified.marta.silva@fjordline.example", "does not vouch"), ("eve@elsewhere.example", "not in the directory")],
)
async def test_others_are_told_why_and_get_no_session(browser: Browser, email: str, why: str) -> None:
    answer = await browser.sign_in(email)
    assert answer.status_code == 401
    assert why in answer.text
    assert (await browser.pages.get("/inbox")).status_code == 303


async def test_whoever_leaves_is_signed_out_at_once_and_not_let_in_again(browser: Browser, stack: Stack) -> None:
    mail = "sofie.berg@fjordline.example"
    assert (await browser.sign_in(mail)).status_code == 303
    assert (await browser.pages.get("/inbox")).status_code == 200
    over = {"successor": "elin.dahl", "reason": "Moves abroad"}
    await stack.done(ADMINISTRATOR, "POST", "/people/sofie.berg/deactivate", over)
    assert (await browser.pages.get("/inbox")).status_code == 303
    answer = await browser.sign_in(mail)
    assert answer.status_code == 401
    assert "not in the directory" in answer.text


async def test_what_comes_back_must_belong_to_what_was_begun(browser: Browser) -> None:
    back = await browser.at_provider(MARTA)
    query = parse_qs(urlsplit(back).query)
    forged = [
        back.replace(query["state"][0], "another"),
        back.replace(query["code"][0], "another"),
        f"{SITE}/sign-in/back",
        f"{SITE}/sign-in/back?error=access_denied&state={query['state'][0]}",
    ]
    for address in forged:
        assert (await browser.come_back(address)).status_code == 401
    browser.pages.cookies.delete("interlock-sign-in")
    assert (await browser.come_back(back)).status_code == 401
    assert (await browser.pages.get("/inbox")).status_code == 303


async def test_a_code_is_good_once(browser: Browser) -> None:
    back = await browser.at_provider(MARTA)
    kept = browser.pages.cookies["interlock-sign-in"]
    assert (await browser.come_back(back)).status_code == 303
    browser.pages.cookies.clear()
    browser.pages.cookies.set("interlock-sign-in", kept, domain="pages.example")
    assert (await browser.come_back(back)).status_code == 401


async def test_a_wrong_verifier_or_nonce_is_refused(provider_server: ProviderServer, browser: Browser) -> None:
    provider = OidcProvider(provider_server.client())
    for wrong in ({"verifier": "x" * 64}, {"nonce": "another"}):
        begun = await provider.begin()
        back = await browser.follow(begun.address, MARTA)
        with pytest.raises(SignInRejected):
            await provider.finish(back, begun._replace(**wrong))


async def test_a_rotated_key_needs_no_restart(provider_server: ProviderServer, browser: Browser) -> None:
    assert (await browser.sign_in(MARTA)).status_code == 303
    provider_server.rotate()
    browser.elsewhere.cookies.clear()
    assert (await browser.sign_in(MARTA)).status_code == 303


async def test_a_provider_that_does_not_answer_is_named(stack: Stack, provider_server: ProviderServer) -> None:
    away = OidcProvider(provider_server.client(issuer="http://127.0.0.1:9"))
    with pytest.raises(ProviderAway):
        await away.begin()
    app = create_app(stack.app, sign_in=SignIn(away, b"a secret of the tests", SITE))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE) as pages:
        answer = await pages.get("/sign-in/with-provider")
    assert answer.status_code == 503
    assert "127.0.0.1 did not answer in time" in answer.text


async def test_signing_out_ends_the_session_here_and_leads_to_the_providers_own(browser: Browser) -> None:
    await browser.sign_in(MARTA)
    page = await browser.pages.get("/inbox")
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    out = await browser.pages.post("/sign-out", data={"csrf": csrf})
    assert out.headers["location"] == "/sign-in/out"
    after = await browser.pages.get("/sign-in/out")
    address = after.text.partition('<a href="')[2].partition('"')[0] if "Sign out there too" in after.text else ""
    assert "post_logout_redirect_uri" in after.text, address
    assert (await browser.pages.get("/inbox")).status_code == 303
