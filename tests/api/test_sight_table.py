"""Who may find what, stage by stage, in a deal that is hard fought: see `tests/api/sight_table.py`."""

from tests.api.played import Played
from tests.api.sight_table import DISCOUNT, WRITES, Secret, Table, changed, decided, grown, priced, writes
from tests.stack import Stack


def test_the_table_has_every_route_by_which_a_deal_is_changed() -> None:
    assert WRITES.keys() == writes()


async def test_who_reads_a_deal_finds_what_the_policy_lets_them(stack: Stack) -> None:
    """From the price under delivery's floor by its decision and a change to the hand of the sponsor who ends it."""
    levels = await grown(stack, "marta.silva")
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate)
    cells, seen = 0, set[str]()
    secrets = [levels, *await priced(deal, DISCOUNT)]
    cells += await Table(deal, secrets, "the decision is open", seen).walk(last=False)
    secrets += await decided(deal)
    cells += await Table(deal, secrets, "decided", seen).walk(last=False)
    task = (await deal.see())["tasks"][0]
    await deal.do(task["owner"], "POST", f"/tasks/{task['id']}/complete", {"note": "SECRET-NOTE: nine percent."})
    secrets.append(Secret("SECRET-NOTE", "figures", frozenset({task["owner"]})))
    for chapter in (deal.sow, deal.brd, deal.handoff):
        await chapter()
    secrets += await changed(deal)
    cells += await Table(deal, secrets, "a change was returned", seen).walk(last=False)
    await deal.do(await deal.holder("engagement_manager"), "POST", "/cancel", {"reason": "SECRET-CANCEL: a loss."})
    secrets.append(Secret("SECRET-CANCEL", "figures"))
    cells += await Table(deal, secrets, "a cancel is asked", seen).walk(last=False)
    await deal.answer(await deal.ask("cancel_engagement"), reason="SECRET-CANCELLED")
    await deal.until(lambda state: state["changes"][0]["status"] == "withdrawn")
    secrets.append(Secret("SECRET-CANCELLED", "figures"))
    cells += await Table(deal, secrets, "cancelled", seen).walk()
    assert cells > 4_000
