"""While the directory in force is damaged nothing begins that needs it, and whoever asks hears how it is mended."""

import pytest
from sqlalchemy import select, text

from adapters.db.database import reading, writing
from adapters.db.tables.columns import columns
from adapters.db.tables.people import DirectoryVersionRow
from domain.shared.errors import IntegrityBroken, Refusal, damaged_directory, quarantine_refusal
from domain.shared.streams import engagement_stream
from tests.api.played import NEW_DEAL, SELLER, Played
from tests.api.test_damaged import edited
from tests.api.test_problems import problem_of
from tests.stack import Stack

V = columns(DirectoryVersionRow)


async def test_no_deal_is_begun_with_a_damaged_directory_also_where_it_was_read_before(stack: Stack) -> None:
    with reading(stack.database) as connection:
        query = select(V.version, V.document).order_by(V.version.desc()).limit(1)
        version, document = connection.execute(query).one()
        numbers = text("SELECT name, value FROM sequence WHERE name LIKE 'ENG-%'")
        before = connection.execute(numbers).all()
    damaged = document.replace("Fjordline", "Fjordlime", 1)
    with edited(stack, "directory_version", "document", version, key="version", odd=damaged):
        problem = problem_of(await stack.call(SELLER, "POST", "/engagements", NEW_DEAL), 500)
        assert problem["action"] == "import_here"
        ready = await stack.http.get("/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, False)
        (away,) = ready.json()["away"]
        assert f"Directory {version}: the document was edited." in away
        assert "interlock people import FILE" in away
    with reading(stack.database) as connection:
        assert connection.execute(numbers).all() == before
    assert (await stack.http.get("/ready")).status_code == 200


@pytest.mark.parametrize("refusal", [IntegrityBroken("A text was edited."), quarantine_refusal("engagement/x")])
async def test_where_telling_the_operators_fails_whoever_asks_is_told_to_do_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    def refused(*_: object) -> None:
        raise refusal

    def damaged() -> None:
        raise damaged_directory("Directory 1: the document was edited.")

    monkeypatch.setattr(stack.app.read, "engagement", refused)
    monkeypatch.setattr(stack.app.operators, "tell", lambda *_: False)
    monkeypatch.setattr(stack.app.registry, "sound_directory", damaged)
    answer = await stack.call(SELLER, "GET", "/engagements/ENG-2026-0999")
    assert answer.json()["remedy"].startswith("Tell your operators; they have not been notified.")


async def test_what_waits_in_a_paused_deal_says_so_in_every_list(stack: Stack) -> None:
    deal = await Played(stack).start("Paused in lists")
    manager = stack.directory.positions["head_of_engagement_management"]
    await deal.do(manager, "PUT", "/roles/engagement_manager", {"person_id": "marta.silva"})
    lists = [("marta.silva", "/asks"), ("marta.silva", "/next-steps"), (SELLER, "/engagements")]

    async def paused() -> list[bool]:
        found = []
        for who, path in lists:
            items = (await stack.get(who, path, limit=100))["items"]
            own = "id" if path == "/engagements" else "engagement_id"
            found += [row["stopped"] for row in items if row[own] == deal.engagement]
        return found

    assert set(await paused()) == {False}
    stream = engagement_stream(deal.engagement)
    stack.app.standings.quarantine(stream, "the test says so", stack.app.clock())
    try:
        assert len(await paused()) >= 3
        assert set(await paused()) == {True}
    finally:
        with writing(stack.database) as connection:
            connection.execute(text("UPDATE stream_head SET quarantined = '' WHERE stream = :s"), {"s": stream})
