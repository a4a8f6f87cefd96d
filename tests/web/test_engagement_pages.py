"""The pages of an engagement: whole at every stage, and no more than their reader may see."""

import re

import pytest

from tests.api.played import Played
from tests.stack import Stack
from tests.web.browsing import Browser, browser_of

TABS = ("", "/people", "/scope", "/price", "/promises", "/documents", "/changes", "/delivery", "/record")
HEAD, SELLER, MANAGER, ANALYST, CLIENT, OUTSIDER = (
    "tomasz.nowak",
    "aisha.khan",
    "jonas.weber",
    "elin.dahl",
    "anna.lindqvist",
    "sofie.berg",
)
CHAPTERS = (Played.qualify, Played.estimate, Played.price, Played.sow, Played.brd)


async def before(stack: Stack, person: str) -> Browser:
    return await browser_of(stack.app, stack.api, person)


@pytest.mark.parametrize("n", range(len(CHAPTERS) + 1))
async def test_each_tab_is_there_at_every_stage(stack: Stack, n: int) -> None:
    deal = await Played(stack).after(*CHAPTERS[:n])
    browser = await before(stack, HEAD)
    for tab in TABS:
        page = await browser.page(f"/engagements/{deal.engagement}{tab}")
        assert page.status_code == 200, f"{tab}: {page.text}"
        assert 'aria-current="step"' in page.text
        assert not re.search(r"\b(engagement_manager|delivery_lead|client_sponsor)\b", _words(page.text)), tab


def _words(page: str) -> str:
    """What a person reads of a page."""
    return re.sub(r"<[^>]*>", " ", page)


async def test_the_stage_line_says_since_when(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:2])
    page = await (await before(stack, HEAD)).page(f"/engagements/{deal.engagement}")
    line = page.text.partition('aria-label="Stages"')[2].partition("</ol>")[0]
    assert re.search(r"Qualify<small>\w{3} \d+ \w{3} \d{4}", line)
    assert re.search(r"SOW<small></small>", line)


async def test_who_may_not_see_figures_reads_none_anywhere(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:3])
    shown = await deal.see("claire.dubois")
    margin = f"{float(shown['figures']['margin_p80']) * 100:.2f}".rstrip("0").rstrip(".")
    head, analyst = await before(stack, HEAD), await before(stack, ANALYST)
    assert margin in (await head.page(f"/engagements/{deal.engagement}/price")).text
    for tab in TABS:
        page = await analyst.page(f"/engagements/{deal.engagement}{tab}")
        assert page.status_code == 200
        assert margin not in _words(page.text), tab
        assert "at P80" not in page.text, tab


async def test_outside_of_it_an_engagement_does_not_exist(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:1])
    outsider = await before(stack, OUTSIDER)
    for tab in (*TABS, "/do/hold", "/changes/1", "/documents/sow"):
        there = await outsider.page(f"/engagements/{deal.engagement}{tab}")
        nowhere = await outsider.page(f"/engagements/ENG-2026-9999{tab}")
        assert (there.status_code, nowhere.status_code) == (404, 404), tab
        assert deal.engagement not in _words(there.text)


async def test_a_client_sees_one_page_and_nothing_internal(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:4])
    client = await before(stack, CLIENT)
    page = await client.page(f"/engagements/{deal.engagement}")
    assert page.status_code == 200
    for word in ("Margin", "Floor", "Candidates", "/record", "/people", "Portfolio", "Vacancies"):
        assert word not in page.text
    for tab in TABS[1:]:
        assert (await client.page(f"/engagements/{deal.engagement}{tab}")).status_code == 404, tab


async def test_colleagues_read_who_was_told_last_and_how(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:1])
    asked = [one for one in stack.app.outbox.of_stream(f"engagement/{deal.engagement}") if one.kind == "ask"]
    own = next(one for one in reversed(asked) if one.to != CLIENT)
    assert "Last told" not in (await (await before(stack, HEAD)).page(f"/engagements/{deal.engagement}")).text
    stack.app.outbox.trying(own.key, stack.app.clock())
    stack.app.outbox.sent(own.key, stack.app.clock(), "mail")
    told = f"Last told: {stack.app.registry.directory().name_of(own.to)} by mail, "
    assert told in (await (await before(stack, HEAD)).page(f"/engagements/{deal.engagement}/price")).text
    assert "Last told: you by mail, " in (await (await before(stack, own.to)).page(f"/asks/{own.ask_id}")).text
    assert "Last told" not in (await (await before(stack, CLIENT)).page(f"/engagements/{deal.engagement}")).text


async def test_the_record_is_told_newest_first_and_verified(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:1])
    browser = await before(stack, HEAD)
    page = await browser.page(f"/engagements/{deal.engagement}/record")
    rows = re.findall(r'data-label="What">([^<]+)', page.text)
    assert rows
    assert "The deal is started" not in rows[0]
    verified = await browser.page(f"/engagements/{deal.engagement}/record", params={"verify": "yes"})
    assert "<strong>Verified.</strong>" in verified.text
    assert (await browser.page(f"/engagements/{deal.engagement}/record", params={"after": "x"})).status_code == 422


async def test_two_revisions_of_a_document_are_compared(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:4])
    browser = await before(stack, HEAD)
    page = await browser.page(f"/engagements/{deal.engagement}/documents/sow", params={"since": 1})
    assert page.status_code == 200
    assert "What changed from revision 1" in page.text


async def test_candidates_are_shown_to_who_fills_a_role(stack: Stack) -> None:
    deal = await Played(stack).after(*CHAPTERS[:1])
    head = await before(stack, HEAD)
    page = await head.page(f"/engagements/{deal.engagement}/people", params={"role": "engagement_manager"})
    assert "Who could be engagement manager" in page.text
    assert "competent" in page.text
