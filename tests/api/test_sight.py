"""Who may see what: figures, commission, documents, the inside of the house."""

from typing import Any

from tests.api.played import ADMINISTRATOR, CLIENT, HEAD_OF_SALES, SELLER, SPONSOR, Played
from tests.api.test_problems import problem_of
from tests.stack import Stack

EXPERT, PM = "kofi.mensah", "peter.olsen"


async def test_an_expert_sees_no_figures(played: Played) -> None:
    state = await played.see(EXPERT)
    assert state["figures"] is None
    assert state["closing"]["realised_margin"] is None
    assert state["closing"]["commission"] is None
    assert state["price"]["price"]


async def test_figures_without_commission_for_who_delivers(played: Played) -> None:
    state = await played.see("anil.mehta")
    assert state["figures"]["margin_p80"]
    assert state["closing"]["realised_margin"]
    assert state["closing"]["commission"] is None


async def test_the_seller_sees_their_commission(played: Played) -> None:
    assert (await played.see(SELLER))["closing"]["commission"]
    assert played.kept["preview"]["commission"]


async def test_the_administrator_sees_no_figures(played: Played) -> None:
    assert (await played.see(ADMINISTRATOR))["figures"] is None


async def test_somebody_without_a_part_sees_nothing(played: Played, stack: Stack) -> None:
    path = f"/engagements/{played.engagement}"
    for part in ("", "/ledger", "/coverage", "/documents/sow.md", "/changes/2"):
        problem_of(await stack.call("luca.ferri", "GET", path + part), 403)
    listed = await stack.get("luca.ferri", "/engagements")
    assert played.engagement not in {row["id"] for row in listed["items"]}


async def test_the_client_sees_a_document_only_once_it_is_sent(played: Played) -> None:
    assert problem_of(played.kept["unsent"], 409)["rule"] == "inside-before-outside"
    assert played.kept["sent"].status_code == 200
    assert problem_of(played.kept["first"], 409)["rule"] == "inside-before-outside"


async def test_the_client_sees_what_is_theirs_alone(played: Played) -> None:
    view = played.kept["client_view"]
    assert view["view"] == "client"
    assert set(view) == {"view", "id", "title", "client", "stage", "seq", "asks", "documents", "promises"}
    assert [promise["id"] for promise in view["promises"]] == ["P1", "P2"]
    assert set(view["documents"]) == {"sow"}


async def test_the_inside_is_closed_to_the_client(played: Played, stack: Stack) -> None:
    path = f"/engagements/{played.engagement}"
    inside = ("/ledger", "/ledger/verify", "/coverage", "/reconciliation", "/changes")
    for part in (*(path + part for part in inside), "/people", "/playbooks/current", "/tree-head"):
        problem_of(await stack.call(CLIENT, "GET", part), 403)


async def test_facts_of_a_deal_decision_are_for_those_with_sight_of_figures(played: Played, stack: Stack) -> None:
    ask = played.kept["decide"]
    assert "margin at P80" in ask["facts"]
    mine = await stack.get(SPONSOR, f"/asks/{ask['id']}")
    assert mine["facts"] == ask["facts"]
    problem_of(await stack.call(EXPERT, "GET", f"/asks/{ask['id']}"), 403)
    asks = await stack.get(EXPERT, "/asks", engagement=played.engagement, mine=False, open=False)
    assert next(a for a in asks["items"] if a["id"] == ask["id"])["facts"] is None


async def test_the_record_shows_its_chain_to_all_and_figures_to_few(played: Played) -> None:
    kinds = {"PriceProposed", "CommissionFellDue"}
    seen = {}
    for who in (EXPERT, "anil.mehta", HEAD_OF_SALES):
        rows: list[Any] = []
        after: dict[str, str] = {}
        while True:
            page = await played.see(who, "/ledger", limit=100, **after)
            rows += page["items"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert all(row["hash"] for row in rows)
        seen[who] = {row["kind"] for row in rows if row["event"] is not None and row["kind"] in kinds}
    assert seen == {EXPERT: set(), "anil.mehta": {"PriceProposed"}, HEAD_OF_SALES: kinds}


async def test_signatures_are_not_given_in_bulk(played: Played) -> None:
    result = played.kept["bulk_signature"]["results"][0]
    assert result["receipt"] is None
    assert result["problem"]["rule"] == "signed-means-this"


async def test_an_inbox_is_ones_own_and_comes_in_pages(stack: Stack, played: Played) -> None:
    assert played.engagement
    deals = [await Played(stack).start(f"Paged {n}") for n in range(3)]
    for deal in deals:
        await deal.do(SPONSOR, "PUT", "/roles/engagement_manager", {"person": "marta.silva"})
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await stack.get("marta.silva", "/asks", limit=1, **after)
        found += [row["engagement"] for row in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert (await stack.call("marta.silva", "GET", "/asks?mine&open")).status_code == 200
    assert {deal.engagement for deal in deals} <= set(found)
    assert len(set(found)) == len(found)


async def test_lists_are_filtered_and_paged(stack: Stack) -> None:
    deal = await Played(stack).start("Zebra crossing")
    by_word = await stack.get(HEAD_OF_SALES, "/engagements", q="zeb")
    assert [row["id"] for row in by_word["items"]] == [deal.engagement]
    first = await stack.get(HEAD_OF_SALES, "/engagements", limit=1)
    second = await stack.get(HEAD_OF_SALES, "/engagements", limit=1, after=first["next"])
    assert first["items"][0]["id"] > second["items"][0]["id"]
    vacant = await stack.get(HEAD_OF_SALES, "/engagements", vacant=True, stage="qualify", client=deal_client())
    assert deal.engagement in {row["id"] for row in vacant["items"]}


def deal_client() -> str:
    return "Lindqvist Försäkring AB"


async def test_who_is_calling_is_told(stack: Stack) -> None:
    me = await stack.get(ADMINISTRATOR, "/me")
    assert me["id"] == ADMINISTRATOR
    assert "administrator" in me["house_roles"]


async def test_earlier_revisions_and_differences_can_be_read(played: Played) -> None:
    assert played.kept["sow.md"].startswith("# ")
    assert "<html" in played.kept["brd.html"]
    assert played.kept["sow/diff?from=1&to=2"].startswith("--- sow revision 1")
