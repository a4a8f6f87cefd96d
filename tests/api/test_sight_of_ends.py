"""Who may find what once a deal has ended, one way or another: see `tests/api/sight_table.py`."""

from tests.api.played import SELLER, Played
from tests.api.sight_table import DISCOUNT, Secret, Table, priced
from tests.stack import Stack


async def test_who_reads_a_deal_that_was_no_go_does_not_learn_why(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate)
    secrets = await priced(deal, DISCOUNT)
    ask = await deal.ask("decide_deal")
    for who in ask["asked"]:
        if (await deal.see())["stage"] != "lost":
            await deal.answer(ask, "decline", by=who, reason="SECRET-NO-GO: 11 percent is too thin.")
    assert (await deal.see())["ended_because"].startswith("no-go: ")
    await Table(deal, [*secrets, Secret("SECRET-NO-GO", "figures")], "no go").walk()


async def test_who_reads_a_deal_that_was_lost_does_not_learn_why(stack: Stack) -> None:
    deal = await Played(stack).after(Played.qualify_plainly, Played.estimate)
    await deal.do(SELLER, "POST", "/lose", {"reason": "SECRET-LOST: they pay too little."})
    await Table(deal, [Secret("SECRET-LOST", "figures")], "lost").walk()


async def test_who_reads_a_deal_that_closed_finds_the_commission_where_it_is_theirs(
    played: Played,
) -> None:
    closing, figures = (await played.see())["closing"], (await played.see())["figures"]
    secrets = [Secret(closing["commission"], "commission")]
    secrets += [Secret(closing[name], "figures") for name in ("realised_margin", "actual_cost")]
    secrets += [Secret(figures[name], "figures") for name in ("cost_p50", "cost_p80", "margin_p50", "margin_p80")]
    secrets += [Secret("Say which figures.", "part")]

    await Table(played, secrets, "closed").walk()
