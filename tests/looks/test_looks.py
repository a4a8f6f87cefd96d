"""Every page, light, dark and on a phone: a picture of each is left in a folder, and axe finds no violation.

Among many deals, with one in the middle of its life, and with hostile text. Printed: bytes and first paint.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]

from tests.api.played import DEAL, PRICED, SELLER, Played
from tests.looks.conftest import Person, Site

pytestmark = pytest.mark.looks

# Bytes of a page before compression.
MOST_BYTES = 100_000
# Deals besides those that are opened.
MANY = 200
HOSTILE = '<script>alert(1)</script> "><img src=x> txt ' + "Donaudampfschifffahrtsgesellschaft" * 12
LOOKS = {"light": (1280, False), "dark": (1280, True), "phone": (390, False)}
TABS = ("", "/people", "/scope", "/price", "/promises", "/documents", "/changes", "/delivery", "/record")
FORMS = ("record-needs", "record-promises", "set-work-packages", "set-milestones", "propose-price", "move-dates")
PLAIN = {
    "inbox": "/inbox",
    "board": "/portfolio",
    "table": "/portfolio?view=table",
    "vacancies": "/vacancies",
    "people": "/people",
    "person": "/people/marta.silva",
    "clients": "/clients",
    "process": "/process",
    "administration": "/administration",
    "new-deal": "/deals/new",
}


@pytest_asyncio.fixture(scope="module")
async def deals(site: Site) -> AsyncIterator[dict[str, str]]:
    """The addresses of a deal that is being decided, one with hostile text, and of an ask. There are many others."""
    for n in range(MANY):
        await Played(site.stack).after(*PRICED[: n % (len(PRICED) + 1)])
    plain = await Played(site.stack).after(Played.qualify, Played.estimate)
    await plain.cover()
    await plain.do(SELLER, "POST", "/price", {k: str(v) for k, v in DEAL["price"].items()})
    await plain.answer_all("approve_price")
    decide = await plain.ask("decide_deal")
    hostile = await Played(site.stack).start(HOSTILE[:200])
    needs = [DEAL["needs"][0] | {"id": f"N{n}", "text": (HOSTILE + " ") * 3} for n in range(1, 31)]
    await hostile.do(SELLER, "POST", "/needs", {"needs": needs})
    yield {
        "plain": f"/engagements/{plain.engagement}",
        "hostile": f"/engagements/{hostile.engagement}",
        "ask": f"/asks/{decide['id']}",
    }


def pages(deals: dict[str, str]) -> dict[str, str]:
    """Every page by the name of its picture."""
    found = dict(PLAIN)
    for which in ("plain", "hostile"):
        found |= {f"{which}{tab.replace('/', '-')}": deals[which] + tab for tab in TABS}
    found |= {f"form-{name}": f"{deals['plain']}/do/{name}" for name in FORMS}
    return found | {"ask": deals["ask"]}


@pytest.mark.parametrize("look", LOOKS)
async def test_each_page_is_sound_in(site: Site, deals: dict[str, str], pictures: Path, look: str) -> None:
    width, dark = LOOKS[look]
    administrator = await site.person("Ida Holm", width=width, dark=dark)
    person = await site.person("Tomasz Nowak", width=width, dark=dark)
    seller = await site.person("Aisha Khan", width=width, dark=dark)
    wrong: list[str] = []
    for name, path in pages(deals).items():
        who = administrator if name == "administration" else seller if name.startswith("form-") else person
        wrong += await faults_of(who, path, pictures / f"{name}-{look}.png", is_narrow=width < 500)
    assert not wrong, "\n".join(wrong)
    assert person.complaints == []


async def faults_of(person: Person, path: str, picture: Path, *, is_narrow: bool) -> list[str]:
    """What is wrong with a page: its status, size, accessibility, or that it is wider than the screen."""
    answer = await person.open(path)
    size = len(await answer.body())
    faults = [f"{path}: status {answer.status}"] if answer.status != 200 else []
    if size > MOST_BYTES:
        faults.append(f"{path}: {size} bytes")
    await person.page.screenshot(path=picture, full_page=True)
    results = await Axe().run(person.page)
    faults += [f"{path}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in results.response["violations"]]
    wide = await person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{path}: {wide} px wider than the screen")
    paint = await person.page.evaluate(
        "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint')?.startTime ?? 0"
    )
    if not is_narrow:
        print(f"{path}: {size:,} bytes, first paint after {paint:.0f} ms")  # noqa: T201 -- figures of this run
    return faults
