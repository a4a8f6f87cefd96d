"""A deal from an empty page to a role that is accepted, in a real browser, by people who use pages alone."""

from pathlib import Path

from tests.looks.conftest import Person, Site

FILE = Path(__file__).parents[2] / "examples" / "deal-halden.yaml"
TITLE = "Field service on mobile, rolled out to 420 technicians"


async def test_a_seller_starts_a_deal_and_an_engagement_manager_accepts_it(site: Site) -> None:
    seller = await site.person("Luca Ferri")
    await started(seller)
    address = seller.page.url
    assert "/engagements/ENG-" in address
    assert await seller.page.get_by_text("is started.").is_visible()

    head = await site.person("Tomasz Nowak")
    await head.open(f"{address}/do/propose-holder?subject=engagement_manager")
    await head.page.get_by_label("Who", exact=True).select_option(label="Marta Silva")
    await head.press("Propose somebody")

    manager = await site.person("Marta Silva")
    row = manager.page.locator("[data-row]", has_text=TITLE).first
    await row.get_by_role("link", name="Review and decide").click()
    await manager.page.get_by_role("heading", name="Your answer").wait_for()
    await manager.page.locator("summary", has_text="Accept the role").click()
    await manager.page.get_by_label("In your words").first.fill("I know their depots.")
    await manager.press("Accept the role")
    await manager.page.get_by_text("Your answer is on record").wait_for()

    await head.page.get_by_text("Marta Silva").first.wait_for(timeout=5000)
    for person in (seller, head, manager):
        assert person.complaints == []


async def started(seller: Person) -> None:
    """Fills a new deal from a file, looks who will be asked, and starts it."""
    await seller.open("/portfolio")
    await seller.press("New deal")
    await seller.page.get_by_text("Fill it from a deal file").click()
    await seller.page.get_by_label("A file").set_input_files(FILE)
    await seller.page.wait_for_timeout(200)
    await seller.press("Read it into the form")
    assert await seller.page.get_by_label("Title").first.input_value() == TITLE
    await seller.press("Show who will be asked")
    await seller.page.get_by_role("heading", name="Who is asked as soon as it starts").wait_for()
    await seller.press("Start the deal")


async def test_the_keyboard_is_enough_to_reach_and_open_what_waits(site: Site) -> None:
    person = await site.person("Tomasz Nowak")
    await person.page.keyboard.press("?")
    assert await person.page.get_by_role("dialog").is_visible()
    await person.page.keyboard.press("Escape")
    await person.page.keyboard.press("g")
    await person.page.keyboard.press("p")
    await person.page.wait_for_url("**/portfolio")
    await person.page.keyboard.press("/")
    assert await person.page.evaluate("document.activeElement.type") == "search"
    assert person.complaints == []


async def test_without_a_script_one_signs_in_decides_and_signs_out(site: Site) -> None:
    context = await site.chromium.new_context(base_url=site.address, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/sign-in")
    await page.get_by_role("button", name="Luca Ferri").click()
    await page.goto("/deals/new")
    await page.get_by_role("button", name="Start the deal").click()
    await page.get_by_text("Some of what you typed cannot be taken yet").wait_for()
    await page.locator("details.menu summary").first.click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("heading", name="You are signed out").wait_for()
    await context.close()
