"""What the command line says of a deal is what is so, to whom it concerns."""

import re

from cli.next_steps import _show_mine, owed
from cli.terminal import OUT
from domain.shared.calendar import day_shown
from tests.api.command_line import Run
from tests.api.played import CLIENT, DEAL, SELLER, SPONSOR, Played
from tests.api.test_any_colleague import asked_of_staffing
from tests.clock import day
from tests.stack import Stack


def in_words(text: str) -> str:
    """As it is read: without what breaks lines."""
    return " ".join(text.split())


async def asked_back(stack: Stack, title: str) -> tuple[Played, str, str]:
    """A deal whose client asked back and was answered, the ask, and the ask of the question."""
    deal = await Played(stack).start(title)
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await deal.do(SELLER, "POST", "/needs/restate")
    ask = await deal.ask("confirm_needs")
    await deal.answer(ask, "need_info", reason="Which ledger?")
    question = await deal.ask("answer_question")
    await deal.answer(question, by=SELLER, reason="The general ledger.")
    return deal, ask["id"], question["id"]


async def test_who_asked_back_reads_question_and_answer(stack: Stack, run: Run) -> None:
    _, ask, question = await asked_back(stack, "Which ledger")
    shown = in_words((await run(CLIENT, "ask", "show", ask)).stdout)
    assert "asked back: You asked Aisha Khan: Which ledger? The answer: The general ledger." in shown
    assert "The general ledger." in (await run(CLIENT, "ask", "show", question)).stdout


async def test_what_is_next_says_that_the_answer_has_come(stack: Stack, run: Run) -> None:
    _, ask, _ = await asked_back(stack, "Next after the answer")
    number = ask.partition(".")[0]
    for words in (("next", number), ("deal", "show", number)):
        shown = in_words((await run(CLIENT, *words)).stdout)
        assert "Anna Lindqvist asked Aisha Khan: Which ledger? The answer: The general ledger." in shown


async def test_what_is_next_says_why_it_came_back(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("Came back to its seller")
    await deal.do(SELLER, "POST", "/needs", {"needs": DEAL["needs"]})
    await deal.do(SELLER, "POST", "/needs/restate")
    await deal.answer(await deal.ask("confirm_needs"), "return", reason="Quiet is enough.")
    shown = in_words((await run(SELLER, "next", deal.engagement)).stdout)
    assert "(client sponsor): Quiet is enough." in shown


async def test_who_could_take_a_role_is_told_by_name_and_by_the_id_that_the_command_takes(
    stack: Stack, run: Run
) -> None:
    deal = await Played(stack).start("Who could take it")
    shown = in_words((await run(SPONSOR, "next", deal.engagement)).stdout)
    assert "Could take it: " in shown
    assert "Marta Silva (marta.silva)" in shown
    found = in_words((await run(SPONSOR, "role", "candidates", deal.engagement, "engagement manager")).stdout)
    assert "marta.silva Marta Silva competent" in found


async def test_of_a_change_it_is_told_who_is_to_approve_it_who_did_and_who_refused_and_why(
    played: Played, run: Run
) -> None:
    refused = in_words((await run("marta.silva", "change", "show", played.engagement, "1")).stdout)
    assert "approved by" not in refused
    assert "needed the approval of: delivery lead, " in refused
    assert re.search(r"Anil Mehta: Returned, .*\. Say which figures\.", refused), refused
    approved = (await run("marta.silva", "change", "show", played.engagement, "2")).stdout
    assert "Anil Mehta: Approved, " in approved
    assert "Anna Lindqvist: Signed, " in approved


async def test_by_when_a_step_is_owed_is_said_wherever_it_is_told(stack: Stack, run: Run) -> None:
    deal = await Played(stack).start("By when")
    step = (await deal.see(SPONSOR))["next_steps"][0]
    told = f"{step['who']['name']}: {step['what']}, due {step['due_shown']}"
    assert told in in_words((await run(SPONSOR, "deal", "list")).stdout)
    held = await run(SPONSOR, "deal", "hold", deal.engagement, "--until", str(day(9)), "--reason", "They think.")
    held_until = f"on hold until {day_shown(day(9))}"
    assert f"Next: Tomasz Nowak: Fill the role of engagement manager, {held_until}" in in_words(held.stdout)
    assert owed(step | {"overdue": True}) == told.replace(", due ", ", OVERDUE since ")


def test_what_is_late_with_others_and_has_come_up_is_told_with_what_can_be_done() -> None:
    step = {
        "what": "Set the requirements",
        "engagement_id": "ENG-2026-0001",
        "title": "Quays",
        "client": "Harbour AS",
        "owner": {"id": "eva.noor", "name": "Eva Noor"},
        "due_shown": "Tue 1 Dec 2026, 10:22 (Oslo time)",
        "overdue": True,
        "paused": False,
        "command": "interlock role replace ENG-2026-0001 'business analyst' PERSON --reason REASON",
    }
    with OUT.capture() as captured:
        _show_mine({"items": [], "more": False, "late": [step], "more_late": False, "incomplete": None})
    said = in_words(captured.get())
    assert said == (
        "Nothing waits for you. Overdue with Eva Noor, and escalated to you: Set the requirements, OVERDUE since "
        "Tue 1 Dec "
        "2026, 10:22 (Oslo time) ENG-2026-0001 Quays for Harbour AS interlock role replace ENG-2026-0001 'business "
        "analyst' PERSON --reason REASON"
    )


async def test_what_is_answered_for_another_says_for_whom(stack: Stack, run: Run) -> None:
    deal, ask = await asked_of_staffing(stack, "Answered for another")
    (asked,) = ask["asked"]
    name = stack.directory.name_of(asked)
    await stack.done(asked, "POST", f"/asks/{ask['id']}/delegate", {"to": "erik.strand"})
    assert f"[{ask['id']}], for {name}" in in_words((await run("erik.strand", "next", deal.engagement)).stdout)
    assert f"You may answer for {name} (delegate)." in (await run("erik.strand", "ask", "show", ask["id"])).stdout
    await deal.answer(ask, "return", by="erik.strand", reason="Too few people")
    assert f"Erik Strand for {name}: Returned, " in (await run(asked, "ask", "show", ask["id"])).stdout
