"""A deal is taken from nothing to the close on the command line alone; each answer ends with what comes next."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import cli.main
from cli.terminal import tokens_file
from domain.shared.calendar import day_shown
from domain.shared.values import EngagementId
from tests.api.played import CLIENT, DEAL_FILE, SELLER, SPONSOR, Played
from tests.clock import day
from tests.stack import Stack

Line = Callable[..., Awaitable[str]]
WISHED = ("--discount", "3", "--contingency", "5", "--expenses", "1800")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this person's tokens are kept."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("INTERLOCK_TOKEN", raising=False)
    return tmp_path


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner(env={"COLUMNS": "80"}).invoke, cli.main.app, list(words))


@pytest.fixture
def line(stack: Stack, address: str) -> Line:
    """Runs a command as somebody; it must succeed."""

    async def run_as(who: str, *words: str) -> str:
        answer = await run(*words, "--token", stack.tokens[who], "--url", address)
        assert answer.exit_code == 0, (words, answer.stderr)
        return answer.stdout

    return run_as


async def answer_all(line: Line, deal: Played, *kinds: str, **more: str) -> None:
    """Says yes to every open ask of these kinds, each by who is asked."""
    while asks := [ask for ask in (await deal.see())["asks"] if ask["kind"] in kinds and ask["asked"]]:
        options = [part for name, value in more.items() for part in (f"--{name}", value)]
        await line(asks[0]["asked"][0], "ask", "decide", asks[0]["id"], "approve", *options)


async def look_at_a_price_under_the_floor(line: Line, deal: Played) -> None:
    """Margins beside what they are measured by, and each who would be asked, by which rule."""
    told = " ".join((await line(SELLER, "price", "preview", deal.engagement, "--discount", "45")).split())
    assert re.search(r"margin: -?[\d.]+ % at P50, -?[\d.]+ % at P80 \(target 35 %, floor 25 %\)", told)
    assert "delivery's floor for services: " in told
    roles = ("engagement manager", "head of sales", "finance", "provider sponsor")
    asked = ", ".join(rf"{role} \([A-Z][^)]+\)" for role in roles)
    assert re.search(
        rf"needs the approval of: {asked} by a signed override since the discount of 45\.00 % is over", told
    )


async def to_the_offer(line: Line, deal: Played) -> None:
    """From the first call to an approved price and a go."""
    eng, file = deal.engagement, str(DEAL_FILE)
    await deal.cover()
    restated = await line(SELLER, "needs", "restate", eng)
    assert "Asked Anna Lindqvist: Did we understand what you need?" in " ".join(restated.split())
    ask = await deal.ask("confirm_needs")
    await line(CLIENT, "ask", "decide", ask["id"], "need_info", "--reason", "Which ledger?")
    await line(SELLER, "ask", "inform", ask["id"], "The general ledger.")
    await answer_all(line, deal, "confirm_needs")
    await line(SELLER, "scope", "packages", eng, file)
    await deal.cover()
    estimate = await deal.ask("estimate", "estimate:data")
    await line(estimate["asked"][0], "ask", "estimate", estimate["id"], "W1=70/100/160")
    estimate = await deal.ask("estimate", "estimate:architecture")
    await line(estimate["asked"][0], "ask", "estimate", estimate["id"], "W2=20/28/44")
    lead = await deal.holder("delivery_lead")
    await line(lead, "scope", "choose", eng, "W1", "70/100/160", "--because", "As Kofi says.")
    await answer_all(line, deal, "confirm_staffing", "attest_estimate")
    await deal.cover()
    preview = await line(SELLER, "price", "preview", eng)
    assert preview == await line(SELLER, "price", "preview", eng, *WISHED), "as the deal began"
    assert "margin: " in preview
    assert "your commission: " in preview
    assert preview == await line(SELLER, "price", "propose", eng, "--dry-run"), "one preview, wherever it is shown"
    with pytest.raises(AssertionError, match="Nothing was proposed"):
        await line(SELLER, "price", "propose", eng)
    assert (await deal.see())["price"] is None
    await look_at_a_price_under_the_floor(line, deal)
    proposed = await line(SELLER, "price", "propose", eng, "--yes")
    assert proposed.startswith(preview)
    shown = await line(SELLER, "deal", "show", eng)
    assert "need N1: " in shown
    assert "promise P1 (covered by W1, W2, M1): " in shown
    assert re.search(r"package W1 .*; 70/100/160 h by .*; serves ", " ".join(shown.split()))
    await answer_all(line, deal, "approve_price")
    await deal.cover()
    await answer_all(line, deal, "decide_deal")


async def to_the_signatures(line: Line, deal: Played) -> None:
    """SOW and BRD, drafted, reviewed, sent and signed by both sides."""
    eng, file = deal.engagement, str(DEAL_FILE)
    await line(SELLER, "scope", "milestones", eng, file)
    await line(SELLER, "promise", "cover", eng, "P1", "W1", "M1")
    await deal.cover()
    analyst = await deal.holder("business_analyst")
    for kind, author in (("sow", SELLER), ("brd", analyst)):
        if kind == "brd":
            await deal.cover()
            await line(author, "scope", "requirements", eng, file)
        await line(author, "document", "draft", eng, kind)
        await answer_all(line, deal, f"review_{kind}")
        assert "# " in await line(author, "document", "show", eng, kind)
        await line(author, "document", "send", eng, kind)
        await answer_all(line, deal, f"sign_{kind}")


SWAP = """
title: Two figures instead of the lineage
reason: Client request
items:
  - kind: work_added
    amount: 2400
    days: 3
    work:
      - {discipline: data, grade: senior, hours: 8/12/20}
      - {discipline: data, grade: senior, hours: [8, 12, 20]}
      - {discipline: data, grade: senior, hours: {optimistic: 8, likely: 12, pessimistic: 20}}
  - {kind: work_removed, package: W2, amount: -1900, days: -2}
"""


async def look_at_the_route(line: Line, deal: Played, pm: str, tmp_path: Path) -> None:
    """A swap is small to pay and large to approve; looking at its route submits nothing."""
    file = tmp_path / "swap.yaml"
    file.write_text(SWAP)
    eng, before = deal.engagement, await deal.see()
    told = " ".join((await line(pm, "change", "submit", eng, str(file), "--dry-run")).split())
    assert told.startswith("Nothing is submitted. Change 1 would go to: delivery lead (")
    assert re.search(r"finance \([^)]+\), since all changes together exceed 5 % of the contract", told)
    assert "Price: 500.00 EUR, 1 day. It counts as 4,300.00 EUR and 5 days, each item by itself." in told
    assert "Margin after it" not in told, "a project manager sees no margin"
    manager = await deal.holder("engagement_manager")
    assert "Margin after it: " in await line(manager, "change", "submit", eng, str(file), "--dry-run")
    after = await deal.see()
    assert (after["seq"], after["changes"]) == (before["seq"], [])


async def shown_whole(line: Line, who: str, engagement: EngagementId) -> str:
    """What `deal show` says, on one line."""
    return " ".join((await line(who, "deal", "show", engagement)).split())


async def line_of_a_change(line: Line, deal: Played, pm: str, tmp_path: Path) -> None:
    """Submitted, looked at, and taken back."""
    eng = deal.engagement
    change = tmp_path / "change.yaml"
    change.write_text("title: A word more\nreason: Client request\nprice: 100.00\n")
    told = " ".join((await line(pm, "change", "submit", eng, str(change))).split())
    assert " New: change 1. ENG-" in told
    assert "Next: Anil Mehta: Does delivery attest change 1: A word more?" in told
    with pytest.raises(AssertionError, match="Nothing was submitted"):
        await line(pm, "change", "submit", eng, str(change))
    assert "A word more" in await line(pm, "change", "list", eng)
    await deal.ask("approve_change", "delivery")
    shown = await line(pm, "change", "show", eng, "1")
    assert "NEXT" in shown
    assert "price: 100.00 EUR, 0 days" in shown
    assert "submitted by Peter Olsen" in shown
    assert "Contract: " in shown
    await line(pm, "change", "withdraw", eng, "1", "--reason", "Not now.")
    await deal.until(lambda state: state["changes"][0]["status"] == "withdrawn")
    shown = await line(pm, "change", "show", eng, "1")
    assert "withdrawn because: Not now." in shown
    assert "Contract: " not in shown, "it makes nothing of the contract"


async def to_the_close(line: Line, deal: Played, tmp_path: Path) -> None:
    eng = deal.engagement
    await deal.cover()
    manager = await deal.holder("engagement_manager")
    await line(manager, "delivery", "handoff", eng, "--plan", "As the SOW says.")
    await answer_all(line, deal, "accept_handoff")
    pm = await deal.holder("project_manager")
    noted = await line(pm, "change", "note", eng, "Can we also look at reserves?")
    assert "The potential change is noted. New: potential change K1. ENG-" in noted
    for told in (await line(pm, "change", "list", eng), await line(manager, "deal", "show", eng)):
        so = "potential change K1: Can we also look at reserves? (recorded by Peter Olsen; waits for a decision:"
        assert so in " ".join(told.split())
    await answer_all(line, deal, "potential_change")
    assert "Submit K1 as a change order" in await line(pm, "next", eng)
    await line(pm, "change", "drop", eng, "K1", "--reason", "They do not want it any more.")
    await look_at_the_route(line, deal, pm, tmp_path)
    await line_of_a_change(line, deal, pm, tmp_path)
    hours = tmp_path / "hours.csv"
    hours.write_text("item,hours\nW1,104\nW9,30.5\n")
    with pytest.raises(AssertionError, match=r"csv:3: There is no W9\. Name a package"):
        await line(pm, "delivery", "hours", eng, str(hours))
    hours.write_text("item;hours\nW1;104\nW2;30,5\n")
    assert "In total 134.50 h of " in await line(pm, "delivery", "hours", eng, str(hours))
    await line(manager, "delivery", "contact", eng, CLIENT, "--summary", "She is content.")
    await line(manager, "delivery", "pulse", eng, CLIENT, "--at", "M1")
    await line(manager, "delivery", "complaint", eng, "--text", "The invoice was late.", "--from", CLIENT)
    assert "complaint X1 of Anna Lindqvist: The invoice was late. (must be acknowledged by" in await shown_whole(
        line, manager, eng
    )
    await answer_all(line, deal, "acknowledge_complaint", "plan_complaint", reason="We call on Monday.")
    told = await shown_whole(line, manager, eng)
    assert "plans: We call on Monday.)" in told
    assert "Promised, bought, needed and delivered do not agree yet:" in told
    assert "promise P1: bought as W1, W2, M1; needed for N1; not delivered yet" in told
    await line_of_a_mistake(line, pm, eng)
    await line(pm, "delivery", "milestone", eng, "M1", "--note", "Presented.", "--yes")
    await answer_all(line, deal, "accept_milestone")
    await line_of_billing(line, deal, manager)
    await line(manager, "promise", "reconcile", eng, "P1", "--kept")
    told = await shown_whole(line, manager, eng)
    assert "Promised, bought, needed and delivered agree:" in told
    assert "promise P1: bought as W1, W2, M1; needed for N1; delivered" in told
    await answer_all(line, deal, "accept_care")
    await answer_all(line, deal, "pulse", score="9")
    with pytest.raises(
        AssertionError, match="Nothing is recorded under lessons learnt, and nothing can be added later"
    ):
        await line(manager, "deal", "close", eng)
    await line(manager, "deal", "close", eng, "--lessons", "Ask earlier.")


async def line_of_billing(line: Line, deal: Played, manager: str) -> None:
    """Finance says by mistake that nothing is due: everybody who sees prices reads it, and it is billed after all."""
    eng, ask, finance = deal.engagement, await deal.ask("bill_milestone"), await deal.holder("finance")
    assert "milestone M1: not billed yet, asked of" in await shown_whole(line, manager, eng)
    await line(finance, "ask", "decide", ask["id"], "decline", "--reason", "Wrong button")
    told = await shown_whole(line, finance, eng)
    assert "% of progress, due" in told
    assert "milestone M1: nothing was due with it, says" in told
    assert f": Wrong button. To have it billed after all: interlock delivery bill {eng} M1" in told
    assert "Bill what is due with M1" in await line(finance, "delivery", "bill", eng, "M1")
    await answer_all(line, deal, "bill_milestone")
    assert "milestone M1: billed, says" in await shown_whole(line, manager, eng)


async def line_of_a_mistake(line: Line, pm: str, eng: EngagementId) -> None:
    """Whoever delivers a milestone long before its day is asked first, and can take it back."""
    with pytest.raises(AssertionError, match="M1 is due on"):
        await line(pm, "delivery", "milestone", eng, "M1")
    await line(pm, "delivery", "milestone", eng, "M1", "--yes")
    told = await line(pm, "delivery", "take-back", eng, "M1", "--reason", "Not presented yet")
    assert told.startswith("The milestone is taken back, and the client is told.")
    assert "Deliver milestone M1" in await line(pm, "next", eng)


async def line_of_a_hold(line: Line, eng: EngagementId) -> None:
    """Wherever somebody meets a hold they read its day."""
    until = day_shown(day(9))
    held = await line(SPONSOR, "deal", "hold", eng, "--reason", "They think.", "--until", str(day(9)))
    assert f"On hold until {until}; on that day" in " ".join(held.split())
    assert f"ON HOLD until {until}: They think." in await shown_whole(line, SELLER, eng)
    assert f"On hold until {until}" in await line(SELLER, "next", eng)
    assert f"on hold until {until}" in " ".join((await line(SELLER, "deal", "list")).split())


async def test_a_deal_is_taken_from_nothing_to_the_close_by_line(
    stack: Stack, line: Line, tmp_path: Path, own_folder: Path
) -> None:
    started = await line(SELLER, "deal", "start", str(DEAL_FILE))
    deal = Played(stack, engagement=re.findall(r"ENG-\d{4}-\d+", started)[-1])
    assert "Next: " in started
    await line_of_a_hold(line, deal.engagement)
    await line(SPONSOR, "deal", "resume", deal.engagement)
    await to_the_offer(line, deal)
    await to_the_signatures(line, deal)
    assert own_folder == tmp_path
    await to_the_close(line, deal, tmp_path)
    assert (await deal.see())["stage"] == "closed"
    for who, sees in ((await deal.holder("engagement_manager"), True), (await deal.holder("project_manager"), False)):
        told = await shown_whole(line, who, deal.engagement)
        assert "lessons: Ask earlier." in told
        assert bool(re.search(r"closed with realised margin -?\d+\.\d %, actual cost [\d,.]+ EUR", told)) is sees


async def test_whoever_signs_in_needs_no_token_until_they_sign_out(
    stack: Stack, address: str, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = await run("next", "--url", address)
    assert away.exit_code == 2
    assert "interlock login" in " ".join(away.stderr.replace("│", " ").split())
    known = await run("login", "--token", stack.tokens[SELLER], "--url", address)
    assert known.stdout.startswith("You are Aisha Khan at ")
    assert (tokens_file().stat().st_mode & 0o777, tokens_file().parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert own_folder in tokens_file().parents
    assert (await run("next", "--url", address)).exit_code == 0
    monkeypatch.setenv("INTERLOCK_TOKEN", stack.tokens[SPONSOR])
    other = await run("login", "--token", stack.tokens[SELLER], "--url", address)
    assert "INTERLOCK_TOKEN is set and takes precedence" in other.stderr
    monkeypatch.delenv("INTERLOCK_TOKEN")
    assert (await run("logout", "--url", address)).exit_code == 0
    assert (await run("next", "--url", address)).exit_code == 2


async def test_a_token_that_is_nobodys_is_not_remembered(address: str, own_folder: Path) -> None:
    answer = await run("login", "--token", "nobodys", "--url", address)
    assert answer.exit_code == 1
    assert not tokens_file().exists()
    assert own_folder in tokens_file().parents


async def test_a_part_of_a_file_that_is_wrong_is_refused_by_line(stack: Stack, address: str, tmp_path: Path) -> None:
    deal = await Played(stack).start("By line and field")
    file = tmp_path / "needs.yaml"
    for text, told in (
        ("needs:\n  - {id: N1, text: One}\n  - {id: N2, txt: Two}\n", f"{file}:3: "),
        ("promises: []\n", "there is no needs in this file"),
    ):
        file.write_text(text)
        given = ("needs", "record", deal.engagement, str(file), "--token", stack.tokens[SELLER], "--url", address)
        answer = await run(*given)
        assert answer.exit_code == 1
        assert told in answer.stderr
    assert (await deal.see())["needs"] == []


async def test_a_change_that_is_wrong_is_refused_by_line(stack: Stack, address: str, tmp_path: Path) -> None:
    deal, file = await Played(stack).start("A change by line"), tmp_path / "swap.yaml"
    for change, line in (
        (SWAP.replace("8/12/20", "20/12/8"), 9),
        (SWAP.replace("-1900", "1900"), 12),
        (SWAP.replace("kind: work_removed, ", ""), 12),
        (SWAP + "price: 3\n", 2),
        ("title: A word more\nreason: Client request\nprice: 1,5\n", 3),
    ):
        file.write_text(change)
        given = ("change", "submit", deal.engagement, str(file), "--token", stack.tokens[SELLER], "--url", address)
        answer = await run(*given, "--dry-run")
        assert answer.exit_code == 1
        assert f"{file}:{line}: " in answer.stderr
