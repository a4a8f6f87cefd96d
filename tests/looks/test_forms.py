"""Every form of a command in a browser: it is sound for those who see it badly, and quick for those who type."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import expect

from api.pages.commands.table import FORMS
from application.sign_in.sessions import begin_session
from domain.shared.values import PersonId
from tests.api.played import IN_DELIVERY, SELLER, Played, points
from tests.looks.conftest import Person, Site

pytestmark = pytest.mark.looks

# What a form is about that needs an item, and who is shown it.
ITEMS: Mapping[str, str] = {
    "promise": "P1",
    "role": "customer_care",
    "party": "counterpart",
    "package": "W1",
    "document": "sow",
    "milestone": "M1",
    "complaint": "X1",
    "task": "T1",
    "n": "1",
    "potential": "K1",
}
TABLE = (
    "Close in a day\tIt takes twelve\nLess rework\tIt costs\nOne ledger\tThere are two\nNo surprises\tThere are some"
)


@pytest_asyncio.fixture(scope="module")
async def deal(site: Site) -> Played:
    """A deal in delivery with a change, a complaint, and something that may become a change."""
    deal = await Played(site.stack).after(*IN_DELIVERY)
    manager = await deal.holder("project_manager")
    work = [{"discipline": "data", "grade": "senior", "hours": points([8, 12, 20])}]
    change = {"title": "Two more key figures", "reason": "scope", "work": work, "price": "2400.00", "days": 2}
    await deal.do(manager, "POST", "/changes", {"change": change})
    await deal.do(manager, "POST", "/potential-changes", {"text": "Can we also look at reserves?"})
    await deal.do(await deal.holder("engagement_manager"), "POST", "/complaints", {"text": "The invoice was late."})
    return deal


async def signed_in(site: Site, person_id: str) -> Person:
    """Someone with a session, without the way there."""
    context = await site.chromium.new_context(base_url=site.address, locale="en-GB")
    secret = await begin_session(site.stack.app, PersonId(person_id), by="tests")
    await context.add_cookies([{"name": "interlock", "value": secret, "url": site.address}])
    person = Person(person_id, context, await context.new_page())
    person.watch()
    return person


async def test_each_form_is_sound_as_it_is_shown_and_as_it_is_refused(site: Site, deal: Played) -> None:
    people = [SELLER, *[await deal.holder(role) for role in ("engagement_manager", "project_manager")], "kofi.mensah"]
    browsers = [await signed_in(site, one) for one in people]
    wrong: list[str] = []
    for form in FORMS.values():
        path = f"/engagements/{deal.engagement}/do/{form.name}"
        path += f"?subject={ITEMS[form.about]}" if form.about else ""
        for person in browsers:
            if (await person.open(path)).status == 200:
                wrong += await violations(person, path)
                break
        else:
            wrong += await violations(browsers[0], path)  # why nobody may
    assert wrong == []
    assert [complaint for person in browsers for complaint in person.complaints] == []


async def violations(person: Person, path: str) -> list[str]:
    """What axe finds on the page that is open."""
    results = await Axe().run(person.page)
    return [f"{path}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in results.response["violations"]]


async def test_a_refused_form_is_sound(site: Site, deal: Played) -> None:
    person = await signed_in(site, SELLER)
    await person.open(f"/engagements/{deal.engagement}/do/record-needs")
    await person.page.fill('[name="needs.0.text"]', "Close in a day")
    await person.page.fill('[name="needs.0.measure.now"]', "twelve")
    await person.press("Record needs")
    assert await person.page.get_by_role("alert").count() == 1
    assert await person.page.locator('[name="needs.0.measure.now"]').get_attribute("aria-invalid") == "true"
    assert await violations(person, "refused") == []


async def test_a_table_that_is_pasted_into_a_row_becomes_rows(site: Site, deal: Played) -> None:
    person = await signed_in(site, SELLER)
    await paste(person, f"/engagements/{deal.engagement}/do/record-needs")
    typed = [await person.page.input_value(f'[name="needs.{n}.text"]') for n in range(4)]
    assert typed == ["Close in a day", "Less rework", "One ledger", "No surprises"]
    assert person.complaints == []


async def paste(person: Person, path: str) -> None:
    await person.open(path)
    await person.page.focus('[name="needs.0.text"]')
    async with person.page.expect_navigation():
        await person.page.evaluate(
            """(table) => {
                const clipboardData = new DataTransfer();
                clipboardData.setData("text/plain", table);
                const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
                document.activeElement.dispatchEvent(event);
            }""",
            TABLE,
        )


async def test_what_was_typed_is_there_again_after_the_session_had_ended(site: Site, deal: Played) -> None:
    person = await signed_in(site, SELLER)
    path = f"/engagements/{deal.engagement}/do/record-needs"
    await paste(person, path)
    await person.context.clear_cookies()
    await person.press("Record needs")
    assert "/sign-in?to=" in person.page.url
    secret = await begin_session(site.stack.app, PersonId(SELLER), by="tests")
    await person.context.add_cookies([{"name": "interlock", "value": secret, "url": site.address}])
    await person.page.goto(path, wait_until="commit")
    await person.page.locator('[name="needs.3.text"]').wait_for()
    assert await person.page.input_value('[name="needs.3.text"]') == "No surprises"
    await person.open(f"/engagements/{deal.engagement}/promises")
    await person.open(path)
    assert await person.page.input_value('[name="needs.0.text"]') == ""


async def test_what_a_price_would_lead_to_moves_with_what_its_seller_types(site: Site, pictures: Path) -> None:
    deal = await Played(site.stack).after(Played.qualify_plainly, Played.estimate)
    person = await signed_in(site, SELLER)
    await person.open(f"/engagements/{deal.engagement}/do/propose-price")
    preview = person.page.locator("#preview")
    await preview.get_by_text("Preview").wait_for()
    seen = await preview.inner_text()
    await person.page.fill('[name="discount_percent"]', "12")
    await expect(preview).not_to_have_text(seen, use_inner_text=True)
    assert await person.page.evaluate("document.activeElement.name") == "discount_percent"
    assert await preview.locator("svg.band .mark").count() == 2
    await person.page.fill('[name="discount_percent"]', "400")
    await preview.get_by_role("alert").wait_for()
    await person.page.fill('[name="discount_percent"]', "8")
    await preview.get_by_text("Commission").wait_for()
    await person.page.screenshot(path=pictures / "price-preview.png", full_page=True)
    assert await violations(person, "preview") == []
    assert (await deal.see())["price"] is None


async def test_the_register_shows_what_all_changes_add_up_to(site: Site, deal: Played, pictures: Path) -> None:
    person = await signed_in(site, SELLER)
    await person.open(f"/engagements/{deal.engagement}/changes")
    assert await person.page.locator("svg.shares .share").count() == 1
    assert await person.page.locator("svg.shares .mark").count() == 2
    await person.page.screenshot(path=pictures / "changes.png", full_page=True)
    assert await violations(person, "changes") == []
