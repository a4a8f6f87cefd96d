"""Whoever meets stored data that somebody edited is told that they are damaged, and so are the operators."""

import pytest
from sqlalchemy import text

from adapters.database import writing
from domain.notices import INSTALLATION
from domain.streams import engagement_stream
from tests.api.played import SELLER, Played
from tests.api.test_problems import problem_of
from tests.stack import Stack

HUGE = "9223372036854775807"


def told_of_damage(stack: Stack) -> set[str]:
    """Who was told; each once a day, of whatever it is."""
    return {row.to for row in stack.app.outbox.of_stream(INSTALLATION, 1000) if "damaged" in row.text}


@pytest.mark.parametrize("column", ["stage", "kind", "document", "seq", "next_due"])
async def test_a_value_that_is_none_of_a_deals_is_told_as_damage_and_no_other_deal_suffers(
    stack: Stack, column: str
) -> None:
    deal, other = await Played(stack).start("Edited"), await Played(stack).start("Not edited")
    was = text(f"SELECT {column} FROM engagement WHERE id = :id")  # noqa: S608 -- the test's own columns
    change = text(f"UPDATE engagement SET {column} = :value WHERE id = :id")  # noqa: S608
    with writing(stack.database) as connection:
        before = connection.execute(was, {"id": deal.engagement}).scalar_one()
        odd = "odd" if column in {"seq", "next_due"} else HUGE
        connection.execute(change, {"value": odd, "id": deal.engagement})
    try:
        query = {"q": deal.engagement}
        listed = await stack.call(SELLER, "GET", "/engagements", params=query)
        shown = await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")
        damaged = [answer for answer in (listed, shown) if answer.status_code != 200]
        assert damaged
        for answer in damaged:
            assert problem_of(answer, 500)["title"] == "Stored data is damaged"
        assert told_of_damage(stack) == {stack.directory.house_roles[role] for role in ("administrator", "ops")}
        assert (await stack.get(SELLER, "/engagements", q=other.engagement))["items"]
        await other.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "One login"}]})
    finally:
        with writing(stack.database) as connection:
            connection.execute(change, {"value": before, "id": deal.engagement})
    assert (await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")).status_code == 200
    assert engagement_stream(deal.engagement) not in stack.app.standings.quarantined()
