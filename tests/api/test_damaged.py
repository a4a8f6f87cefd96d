"""Whoever meets stored data that somebody edited is told that they are damaged, and so are the operators."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from adapters.db.database import writing
from domain.notifications.operators import INSTALLATION
from domain.shared.streams import engagement_stream
from tests.api.played import SELLER, Played
from tests.api.test_capacity import MANAGER as STAFFING
from tests.api.test_capacity import for_two_weeks
from tests.api.test_problems import problem_of
from tests.stack import Stack

HUGE = "9223372036854775807"


def told_of_damage(stack: Stack) -> set[str]:
    """Who was told; each once a day, of whatever it is."""
    return {row.to for row in stack.app.outbox.of_stream(INSTALLATION, 1000) if "damaged" in row.text}


@pytest.mark.parametrize("column", ["stage", "kind", "seq", "next_due"])
async def test_a_value_that_is_none_of_a_deals_is_told_as_damage_and_no_other_deal_suffers(
    stack: Stack, column: str
) -> None:
    word = f"Edited {column}"
    deal, other = await Played(stack).start(word), await Played(stack).start(f"Not {word.lower()}")
    with edited(stack, "engagement", column, deal.engagement):
        listed = await stack.get(SELLER, "/engagements", q=word)
        found = {line["id"] for line in listed["items"]}
        assert other.engagement in found
        assert (deal.engagement in found) is (listed["incomplete"] is None)
        shown = await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")
        if shown.status_code != 200 or deal.engagement in found:
            assert problem_of(shown, 500)["title"] == "Stored data is damaged"
        assert told_of_damage(stack) == {stack.directory.house_roles[role] for role in ("administrator", "ops")}
        if deal.engagement not in found:
            texts = [row.text for row in stack.app.outbox.of_stream(INSTALLATION, 1000)]
            assert any(
                f"A row of the read model about engagement {deal.engagement} was edited." in text for text in texts
            )
        await other.do(SELLER, "POST", "/needs", {"needs": [{"id": "N1", "text": "One login"}]})
    assert (await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}")).status_code == 200
    assert engagement_stream(deal.engagement) not in stack.app.standings.quarantined()


async def test_pages_go_on_past_a_row_that_was_edited(stack: Stack) -> None:
    deals = [(await Played(stack).start("Paged damage")).engagement for _ in range(4)]
    with edited(stack, "engagement", "stage", deals[2]):
        first = await stack.get(SELLER, "/engagements", q="Paged damage", limit=2)
        rest = await stack.get(SELLER, "/engagements", q="Paged damage", limit=2, after=first["next"])
    assert [line["id"] for line in first["items"] + rest["items"]] == [deals[3], deals[1], deals[0]]
    assert first["incomplete"]
    assert rest["incomplete"] is None


async def test_an_inbox_and_the_vacancies_show_what_is_sound_beside_a_row_that_was_edited(stack: Stack) -> None:
    deal = await Played(stack).start("Damaged inbox")
    manager = stack.directory.positions["head_of_engagement_management"]
    await deal.do(manager, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    (ask,) = [row["id"] for row in await stack.every("marta.silva", "/asks") if row["engagement_id"] == deal.engagement]
    with edited(stack, "ask", "document", ask):
        assert (await stack.get("marta.silva", "/asks", limit=100))["incomplete"]
    with edited(stack, "engagement", "stage", deal.engagement):
        assert (await stack.get(manager, "/vacancies", limit=100))["incomplete"]


async def test_of_a_deals_asks_those_are_shown_that_are_sound(stack: Stack) -> None:
    deal = await Played(stack).start("Damaged ask")
    manager = stack.directory.positions["head_of_engagement_management"]
    await deal.do(manager, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    lead_head = stack.directory.positions["head_of_delivery"]
    await deal.do(lead_head, "PUT", "/roles/delivery_lead", {"person_id": "anil.mehta"})
    of_deal = {"engagement_id": deal.engagement, "mine": False}
    (edited_one, sound) = [row["id"] for row in (await stack.get(SELLER, "/asks", **of_deal))["items"]]
    with edited(stack, "ask", "document", edited_one):
        shown = await stack.get(SELLER, "/asks", **of_deal)
    assert ([row["id"] for row in shown["items"]], bool(shown["incomplete"])) == ([sound], True)
    assert told_of_damage(stack)


async def test_an_inbox_shows_a_staffing_ask_whose_deal_was_edited_without_its_hours(stack: Stack) -> None:
    deal = await for_two_weeks(stack, 30, "2039-05-02")
    (ask,) = [row for row in await stack.every(STAFFING, "/asks") if row["engagement_id"] == deal.engagement]
    assert ask["reckoned"]
    with edited(stack, "engagement", "seq", deal.engagement):
        (shown,) = [row for row in await stack.every(STAFFING, "/asks") if row["engagement_id"] == deal.engagement]
    assert shown == ask | {"reckoned": None}
    assert told_of_damage(stack)


@pytest.mark.parametrize(
    ("table", "column", "key", "odd"),
    [
        ("ask_person", "due_at", "engagement_id", b"\x00"),
        ("ask_person", "ask_id", "engagement_id", "elsewhere"),
        ("ask", "engagement_id", "engagement_id", "elsewhere"),
        ("vacancy", "since", "engagement_id", "odd"),
        ("vacancy", "role", "engagement_id", b"\x00"),
        ("step_person", "kind", "engagement_id", "odd"),
        ("step_person", "since", "engagement_id", b"\x00"),
        ("engagement", "id", "id", b"\x00"),
    ],
)
async def test_a_key_that_was_edited_takes_its_own_row_out_of_a_list_and_no_other(
    stack: Stack, table: str, column: str, key: str, odd: str | bytes
) -> None:
    deal, other = await Played(stack).start("Damaged key"), await Played(stack).start("Sound key")
    manager = stack.directory.positions["head_of_engagement_management"]
    for one in (deal, other):
        await one.do(manager, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    lacking = set[str]()
    with one_edited(stack, table, column, key, deal.engagement, odd):
        for who in (SELLER, manager, "marta.silva", "priya.raman"):
            for path in ("/engagements", "/vacancies", "/asks", "/next-steps"):
                lacking |= {path async for page in stack.pages(who, path) if page["incomplete"]}
            lacking |= {"/digest"} if (await stack.get(who, "/digest"))["incomplete"] else set()
        listed = await stack.get(SELLER, "/engagements", q="Sound key")
        assert other.engagement in {line["id"] for line in listed["items"]}
    assert lacking
    assert told_of_damage(stack) == {stack.directory.house_roles[role] for role in ("administrator", "ops")}


@pytest.mark.parametrize(
    ("column", "odd"),
    [("body", "odd"), ("body", "7"), ("by", "-1"), ("channel", "-1"), ("for_whom", "-1"), ("seq", "-1")],
)
async def test_a_fact_that_was_edited_is_not_shown_in_the_record_of_its_deal(
    stack: Stack, column: str, odd: str
) -> None:
    deal = await Played(stack).start("Damaged fact")
    with one_edited(stack, "ledger", column, "stream", engagement_stream(deal.engagement), odd):
        shown = await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}/ledger")
        assert problem_of(shown, 500)["title"] == "Stored data is damaged"
    assert told_of_damage(stack)
    assert (await stack.call(SELLER, "GET", f"/engagements/{deal.engagement}/ledger")).status_code == 200


@pytest.mark.parametrize("column", ["id", "cause", "stopped"])
async def test_a_stack_whose_row_of_the_installation_was_edited_is_not_ready(stack: Stack, column: str) -> None:
    with edited(stack, "installation", column, "this", key="name", odd=b"\x00"):
        answer = await stack.http.get("/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert "interlock ledger verify" in " ".join(answer.json()["away"])


@contextmanager
def edited(
    stack: Stack, table: str, column: str, row: str, *, key: str = "id", odd: str | bytes | None = None
) -> Iterator[None]:
    """A row with a value that no program of ours wrote, until it is put back."""
    was = text(f"SELECT {column} FROM {table} WHERE {key} = :id")  # noqa: S608 -- the test's own columns
    change = text(f"UPDATE {table} SET {column} = :value WHERE {key} = :id")  # noqa: S608
    value = odd or ("odd" if column in {"seq", "next_due"} else HUGE)
    with writing(stack.database) as connection:
        before = connection.execute(was, {"id": row}).scalar_one()
        connection.execute(change, {"value": value, "id": row})
    try:
        yield
    finally:
        with writing(stack.database) as connection:
            connection.execute(change, {"value": before, "id": row})


@contextmanager
def one_edited(stack: Stack, table: str, column: str, key: str, of: str, odd: str | bytes) -> Iterator[None]:
    """As `edited`, of the first row that there is of an engagement, whatever its own key."""
    with writing(stack.database) as connection:
        found = connection.execute(text(f"SELECT rowid, {column} FROM {table} WHERE {key} = :of"), {"of": of})  # noqa: S608
        row, before = found.first()  # type: ignore[misc]
    change = text(f"UPDATE {table} SET {column} = :value WHERE rowid = :row")  # noqa: S608
    with writing(stack.database) as connection:
        connection.execute(change, {"value": odd, "row": row})
    try:
        yield
    finally:
        with writing(stack.database) as connection:
            connection.execute(change, {"value": before, "row": row})
