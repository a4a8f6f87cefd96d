"""A deal is written on one page, by its seller alone, and starts once."""

import re
from pathlib import Path

from tests.stack import Stack
from tests.web.browsing import Browser, FormsOfPage, browser_of

FILE = Path(__file__).parents[2] / "examples" / "deal-lindqvist-small.yaml"
SELLER, OTHER = "aisha.khan", "luca.ferri"


async def draft(browser: Browser) -> str:
    """The address of a new draft."""
    return str((await browser.http.get("/deals/new")).headers["location"])


def typed(page: str) -> dict[str, str]:
    (form,) = [form for form in FormsOfPage(page).forms if "title" in form.names]
    return {name: value for name, value in form.fields.items() if value and name != "file"}


async def filled(browser: Browser) -> tuple[str, dict[str, str]]:
    """A draft filled from a deal file: its address, and what it holds."""
    address = await draft(browser)
    given = typed((await browser.page(address)).text) | {"file": FILE.read_text(), "read": "yes"}
    page = await browser.post(address, given)
    assert page.status_code == 200, page.text
    return address, typed(page.text)


async def test_a_draft_is_there_again_and_its_writers_alone(stack: Stack) -> None:
    browser, other = [await browser_of(stack.app, stack.api, person) for person in (SELLER, OTHER)]
    address = await draft(browser)
    given = typed((await browser.page(address)).text) | {"title": "Half a thought", "needs.0.text": "Something with ø"}
    kept = await browser.post(address.replace("/deals/new/", "/deals/drafts/"), given)
    assert kept.status_code == 204
    again = typed((await browser.page(address)).text)
    assert (again["title"], again["needs.0.text"]) == ("Half a thought", "Something with ø")
    assert "Half a thought" in (await browser.page("/deals/new")).text
    theirs = await other.page(address)
    assert "Half a thought" not in theirs.text
    stolen = await other.post(address, typed(theirs.text) | {"title": "Mine now", "save": "yes"})
    assert stolen.status_code == 422
    assert typed((await browser.page(address)).text)["title"] == "Half a thought"


async def test_a_file_fills_it_and_who_is_asked_is_shown_before_it_starts(stack: Stack) -> None:
    browser = await browser_of(stack.app, stack.api, SELLER)
    address, given = await filled(browser)
    assert given["needs.0.text"]
    page = await browser.post(address, given | {"check": "yes"})
    assert page.status_code == 200
    asked = re.findall(r'data-label="Who">([^<]+)', page.text)
    assert "Tomasz Nowak" in asked
    assert "Fill the role of engagement manager" in page.text


async def test_it_starts_once_and_its_draft_is_gone(stack: Stack) -> None:
    browser = await browser_of(stack.app, stack.api, SELLER)
    address, given = await filled(browser)
    first, second = [await browser.post(address, given) for _ in range(2)]
    assert first.status_code == 303
    assert re.fullmatch(r"/engagements/ENG-\d{4}-\d{4}", first.headers["location"])
    assert second.headers["location"] == first.headers["location"]
    page = await browser.page(first.headers["location"])
    assert "is started." in page.text
    assert "title" not in typed((await browser.page(address)).text)


async def test_what_is_wrong_is_named_and_nothing_typed_is_lost(stack: Stack) -> None:
    browser = await browser_of(stack.app, stack.api, SELLER)
    address, given = await filled(browser)
    refused = await browser.post(address, given | {"wished_end": "someday", "title": "Kept all the same"})
    assert refused.status_code == 422
    assert "End wished" in refused.text
    assert typed(refused.text)["title"] == "Kept all the same"
    ill = await browser.post(address, given | {"file": "kind: [", "read": "yes"})
    assert ill.status_code == 422


async def test_a_draft_is_dropped(stack: Stack) -> None:
    browser = await browser_of(stack.app, stack.api, SELLER)
    address, given = await filled(browser)
    assert (await browser.post(address, given | {"drop": "yes"})).status_code == 303
    assert "title" not in typed((await browser.page(address)).text)
