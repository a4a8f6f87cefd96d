"""Sessions end: by signing out, by idleness, by age, by leaving, and by hand."""

import re
from datetime import timedelta

import httpx
import pytest

from api.app import create_app
from api.pages.local_paths import local_path
from application.sign_in.sessions import IDLE, LASTS, begin_session, csrf_of, end_session, session_of, sessions_of
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.clock import CLOCK
from tests.stack import Stack

MARTA, PETER, IDA = PersonId("marta.silva"), PersonId("peter.olsen"), PersonId("ida.holm")
SITE = "https://pages.example"


def later(stack: Stack, span: timedelta) -> Stack:
    """The same stack at a later time."""
    from dataclasses import replace

    return replace(stack, app=replace(stack.app, clock=lambda: CLOCK() + span))  # type: ignore[arg-type]


async def test_a_session_is_known_by_its_secret_alone(stack: Stack) -> None:
    secret = await begin_session(stack.app, MARTA, by="development")
    known = await session_of(stack.app, secret)
    assert known is not None
    assert (known.person_id, known.begun_by) == (MARTA, "development")
    assert secret not in str(known)
    for wrong in ("", secret[:-1], f"{secret}x", "ø" * 40, "x" * 5000):
        assert await session_of(stack.app, wrong) is None


@pytest.mark.parametrize(("span", "lives"), [(timedelta(hours=11), True), (IDLE, False), (LASTS, False)])
async def test_an_idle_session_ends(stack: Stack, span: timedelta, lives: bool) -> None:
    secret = await begin_session(stack.app, MARTA, by="development")
    assert (await session_of(later(stack, span).app, secret) is not None) is lives


async def test_a_session_that_is_used_all_the_time_ends_after_a_week(stack: Stack) -> None:
    secret, span = await begin_session(stack.app, MARTA, by="development"), timedelta()
    while span + timedelta(hours=11) < LASTS:
        span += timedelta(hours=11)
        assert await session_of(later(stack, span).app, secret) is not None
    assert await session_of(later(stack, LASTS).app, secret) is None


async def test_signing_out_ends_one_session_and_no_other(stack: Stack) -> None:
    one, other = [await begin_session(stack.app, MARTA, by="development") for _ in range(2)]
    await end_session(stack.app, one)
    assert await session_of(stack.app, one) is None
    assert await session_of(stack.app, other) is not None


async def test_all_of_a_persons_sessions_end_with_their_tokens(stack: Stack) -> None:
    secret = await begin_session(stack.app, PETER, by="development")
    stack.app.registry.tokens.revoke_all(PETER, CLOCK())
    assert await session_of(stack.app, secret) is None
    stack.tokens[PETER] = stack.app.registry.tokens.create(PETER, "tests", CLOCK())


async def test_one_sees_ones_own_sessions_and_the_administrator_all(stack: Stack) -> None:
    await begin_session(stack.app, MARTA, by="development")
    own = await sessions_of(stack.app, Actor(person_id=MARTA), MARTA)
    assert {one.person_id for one in own} == {MARTA}
    everybody = await sessions_of(stack.app, Actor(person_id=IDA, house_roles=("administrator",)))
    assert MARTA in {one.person_id for one in everybody}
    with pytest.raises(Exception, match="Only the administrator"):
        await sessions_of(stack.app, Actor(person_id=MARTA))


def pages(stack: Stack, *, is_development: bool = True) -> httpx.AsyncClient:
    app = create_app(stack.app, is_secure=True, is_development=is_development)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE)


async def test_in_development_one_click_signs_in_as_anybody(stack: Stack) -> None:
    async with pages(stack) as http:
        shown = await http.get("/", follow_redirects=True)
        assert "Anyone who reaches this page can sign in as anyone below" in shown.text
        answer = await http.post("/sign-in/as", data={"person": MARTA, "to": "/vacancies"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/vacancies")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-interlock=")
        assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
        assert (await http.get("/inbox")).status_code == 200


async def test_in_production_there_is_no_such_click(stack: Stack) -> None:
    async with pages(stack, is_development=False) as http:
        shown = await http.get("/sign-in")
        assert "Marta Silva" not in shown.text
        assert "no sign-in provider" in shown.text
        assert (await http.post("/sign-in/as", data={"person": MARTA})).status_code in {404, 405}


async def test_signing_in_anew_ends_the_session_before(stack: Stack) -> None:
    async with pages(stack) as http:
        await http.post("/sign-in/as", data={"person": MARTA})
        before = http.cookies["__Host-interlock"]
        await http.post("/sign-in/as", data={"person": PETER})
        assert http.cookies["__Host-interlock"] != before
    assert await session_of(stack.app, before) is None


async def test_a_form_from_elsewhere_does_nothing(stack: Stack) -> None:
    async with pages(stack) as http:
        await http.post("/sign-in/as", data={"person": MARTA})
        secret = http.cookies["__Host-interlock"]
        for csrf in ("", "x", csrf_of("another secret")):
            answer = await http.post("/sign-out", data={"csrf": csrf})
            assert answer.status_code == 403
            assert "not sent from your own page" in answer.text
        assert await session_of(stack.app, secret) is not None


async def test_every_page_wants_a_session_and_leads_back_to_itself(stack: Stack) -> None:
    async with pages(stack) as http:
        for path in (
            "/inbox",
            "/portfolio?view=table",
            "/people",
            "/engagements/ENG-2026-0001/price",
            "/administration",
        ):
            answer = await http.get(path)
            assert answer.status_code == 303
            assert re.fullmatch(r"/sign-in\?to=.+", answer.headers["location"])


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/inbox", "/inbox"),
        ("/portfolio?q=a%20b", "/portfolio?q=a%20b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nb", "/"),
        ("", "/"),
        ("/" + "x" * 3000, "/"),
    ],
)
def test_one_is_led_back_to_a_page_of_ours_and_nowhere_else(wanted: str, path: str) -> None:
    assert local_path(wanted) == path
