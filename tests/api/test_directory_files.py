"""Over REST: what an import would change, that many do not leave unasked, the file given back, the very first one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.db.tokens import FIRST_ADMINISTRATOR
from tests.api.played import ADMINISTRATOR, CLIENT, DIRECTORY, SELLER
from tests.api.test_problems import problem_of
from tests.clock import CLOCK
from tests.stack import Stack, running_stack, serving_temporal

YAML = {"Content-Type": "application/yaml"}
GONE = ("luca.ferri", "kofi.mensah", "jonas.weber", "grace.oduya", "olga.petrova")


def without(*gone: str) -> bytes:
    """The sample's file without some people, each of whom has a line or two."""
    kept, skipping = [], False
    for line in DIRECTORY.splitlines(keepends=True):
        starts = line.startswith("  - {id: ")
        skipping = any(line.startswith(f"  - {{id: {person},") for person in gone) if starts else skipping
        skipping = skipping and (starts or line.startswith("     "))
        if not skipping and not any(f"person: {person}" in line for person in gone):
            kept.append(line)
    return "".join(kept).encode()


async def newest_operation(stack: Stack) -> int:
    """Its number; that engagements hear of it may go on meanwhile."""
    (newest,) = (await stack.get(ADMINISTRATOR, "/people/operations", limit=1))["operations"]
    return int(newest["operation"])


async def test_a_preview_names_who_leaves_and_what_nobody_could_do_and_writes_nothing(stack: Stack) -> None:
    before = await newest_operation(stack)
    sent: dict[str, Any] = {"content": without(*GONE), "headers": YAML}
    found = await stack.done(ADMINISTRATOR, "POST", "/people/import/preview", **sent)
    assert {row["id"] for row in found["left"]} >= set(GONE)
    assert found["asks"] is True
    assert any("nobody could be finance afterwards: Grace Oduya leaves" in one["what"] for one in found["warnings"])
    assert await newest_operation(stack) == before


async def test_where_many_would_leave_the_import_is_refused_until_their_number_is_named(stack: Stack) -> None:
    sent: dict[str, Any] = {"content": without(*GONE), "headers": YAML}
    for query in ("", "?leaving=1"):
        problem = problem_of(await stack.call(ADMINISTRATOR, "POST", f"/people/import{query}", **sent), 409)
        assert problem["rule"] == "someone-is-accountable"
        assert "people would leave by this file" in problem["detail"]
        assert "leaving=" in problem["remedy"]
    assert (await stack.get(SELLER, "/people/grace.oduya"))["active"]


async def test_a_file_with_a_mistake_is_refused_by_line_in_the_preview_too(stack: Stack) -> None:
    content = DIRECTORY.replace("calendar: NO}", "calendar: SE}", 1).encode()
    refused = await stack.call(ADMINISTRATOR, "POST", "/people/import/preview", content=content, headers=YAML)
    (error,) = problem_of(refused, 422)["errors"]
    assert error["line"] == DIRECTORY[: DIRECTORY.index("calendar: NO}")].count("\n") + 1


async def test_the_file_that_is_given_out_changes_nothing_when_it_is_taken_back(stack: Stack) -> None:
    answer = await stack.call(ADMINISTRATOR, "GET", "/people/export")
    assert answer.headers["content-type"].startswith("application/yaml")
    found = await stack.done(ADMINISTRATOR, "POST", "/people/import/preview", content=answer.content, headers=YAML)
    assert not any(found[name] for name in ("joined", "changed", "left", "also"))


@pytest.mark.parametrize("who", [SELLER, CLIENT, "claire.dubois"])
async def test_nobody_else_imports_looks_or_takes_it_away(stack: Stack, who: str) -> None:
    sent: dict[str, Any] = {"content": DIRECTORY.encode(), "headers": YAML}
    answers = [
        await stack.call(who, "POST", "/people/import", **sent),
        await stack.call(who, "POST", "/people/import/preview", **sent),
        await stack.call(who, "GET", "/people/export"),
    ]
    for answer in answers:
        problem = problem_of(answer, 403)
        assert ("Ida Holm" in problem["remedy"]) is (who != CLIENT)


# -- where nobody is known yet


@pytest_asyncio.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Stack]:
    with serving_temporal(tmp_path) as address:
        async with running_stack(address, tmp_path, empty=True) as stack:
            token = stack.app.registry.tokens.create_first(CLOCK())
            assert token is not None
            stack.tokens[FIRST_ADMINISTRATOR] = token
            yield stack


async def test_the_one_time_token_imports_the_first_directory_and_is_its_administrators_then(empty: Stack) -> None:
    sent: dict[str, Any] = {"content": DIRECTORY.encode(), "headers": YAML}
    found = await empty.done(FIRST_ADMINISTRATOR, "POST", "/people/import/preview", **sent)
    assert (len(found["joined"]), found["of"], found["asks"]) == (31, 0, False)
    refused = problem_of(await empty.call(FIRST_ADMINISTRATOR, "GET", "/me"), 404)
    assert refused["action"] == "import_first_people"
    done = await empty.done(FIRST_ADMINISTRATOR, "POST", "/people/import", **sent)
    assert done["people"] == 26
    assert (await empty.get(FIRST_ADMINISTRATOR, "/me"))["id"] == ADMINISTRATOR
    (operation,) = (await empty.get(FIRST_ADMINISTRATOR, "/people/operations"))["operations"]
    assert operation["by"] == ADMINISTRATOR
    assert empty.app.registry.tokens.create_first(CLOCK()) is None


async def test_until_somebody_is_known_the_one_time_token_opens_nothing_else(
    empty: Stack,
) -> None:
    for path in ("/people", "/engagements", "/asks", "/people/export", "/clients"):
        assert (await empty.call(FIRST_ADMINISTRATOR, "GET", path)).status_code == 404
    given = await empty.call(FIRST_ADMINISTRATOR, "POST", "/tokens", {"person_id": ADMINISTRATOR})
    assert given.status_code == 404
    assert empty.app.registry.tokens.create_first(CLOCK()) is None
    answer = await empty.call(None, "POST", "/people/import", content=DIRECTORY.encode(), headers=YAML)
    problem_of(answer, 401)
