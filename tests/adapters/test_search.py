"""Engagements are found by words and their beginnings, alike on both databases, whatever is typed."""

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from adapters.db.database import reading, writing
from adapters.db.engagement_lists import engagement_query
from adapters.db.read_model import ReadModel
from adapters.db.read_model_rows import Filters
from adapters.db.records import Records
from adapters.db.search_terms import place_of, search_words, sought
from domain.record.facts import Batch
from domain.shared.values import PersonId
from tests.adapters.builders import Deal, lively_deal

TITLES = (
    "Grid control for the northern substations",
    "Försäkringsjämförelse år 2026",
    "網格控制 second phase",
    "Grid-to-home metering_v2 (R&D)",
    "Straße und Netz",
    "a " * 60 + "tail",
    "Quotes \" and ' and \\ and * and :* and =s:lead",
)
HOSTILE = (
    '"',
    "'",
    "\\",
    "*",
    ":*",
    "a:*",
    "grid OR",
    "NOT grid",
    "grid AND",
    "NEAR(grid)",
    "=s:lead",
    "terms:grid",
    "(",
)


@pytest.fixture
def found(engine: Engine) -> Engine:
    """A database with a deal for each title."""
    records = Records(engine)
    for batch in batches():
        records.append(batch)
    return engine


@cache
def batches() -> tuple[Batch, ...]:
    return tuple(Deal(number, title).batch for number, title in enumerate(TITLES, 1))


def ids(engine: Engine, **filters: object) -> list[str]:
    return [line.id for line in ReadModel(engine).engagements(Filters(**filters)).items]  # type: ignore[arg-type]


def by_reading_all(q: str) -> list[str]:
    """What a search should find: every word begins one of the engagement's."""
    fitting = []
    for number, title in enumerate(TITLES, 1):
        words = search_words(f"ENG-2026-{number:04d} {title} Halden Energi AS")
        if all(any(word.startswith(start) for word in words) for start in sought(q)):
            fitting.append(f"ENG-2026-{number:04d}")
    return fitting[::-1]


SOUGHT = (
    *("grid", "gri", "GRID", "g", "grid control", "eng-2026", "eng-2026-0003", "0003", "halden energi", "meter"),
    *("försäkrings", "FÖRSÄKRINGS", "網", "網格控制", "strasse", "STRASSE", "grid-to", "metering_v2", "r&d", "nowhere"),
    *("tail", "substationsx", "northern substations", "northern-substations", "", "!!!", "2026 2026 2026 2026 x"),
    *HOSTILE,
)


def test_what_is_sought_is_found_newest_first(found: Engine) -> None:
    read = {q: ids(found, q=q) for q in SOUGHT}
    assert read == {q: by_reading_all(q) for q in SOUGHT}


def test_nothing_that_is_typed_is_an_error(found: Engine) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
    def _searches(q: str) -> None:
        assert ids(found, q=q) == by_reading_all(q)

    _searches()


def test_filters_that_meet_in_the_index_find_what_they_find_alone(engine: Engine) -> None:
    records = Records(engine)
    deals = [lively_deal(1), Deal(2, "Casework"), Deal(3, "Grid control")]
    for deal in deals:
        records.append(deal.batch)
    client, mine, stage = deals[0].state.client, PersonId("marta.silva"), deals[0].state.stage.value
    assert ids(engine, stage=stage, mine=mine) == ids(engine, mine=mine) == ["ENG-2026-0001"]
    assert ids(engine, client=client, stage=stage) == ids(engine, client=client)
    assert ids(engine, client="Halden Energi", stage=stage) == []
    for vacant in (True, False):
        assert ids(engine, q="grid", vacant=vacant) == [one for one in ids(engine, vacant=vacant) if one[-1] != "2"]
    waits_for = PersonId("anil.mehta")
    assert ids(engine, q="grid", waits_for=waits_for) == ids(engine, waits_for=waits_for) == ["ENG-2026-0001"]
    assert ids(engine, q="casework", mine=mine) == []


def test_a_search_has_pages(found: Engine) -> None:
    read, after, pages = ReadModel(found), None, []
    while True:
        page = read.engagements(Filters(q="halden"), after, 3)
        pages.append([line.id[-1] for line in page.items])
        after = page.after
        if after is None:
            break
    assert pages == [["7", "6", "5"], ["4", "3", "2"], ["1"]]


def test_a_damaged_index_is_made_again_with_the_read_model(found: Engine) -> None:
    if found.dialect.name == "sqlite":
        with writing(found) as connection:
            connection.execute(
                text("INSERT INTO engagement_search_index (engagement_search_index) VALUES ('delete-all')")
            )
        assert ids(found, q="grid") == []
    Records(found).rebuild()
    assert ids(found, q="grid") == by_reading_all("grid")


def test_who_searches_reads_no_more_where_a_word_is_frequent(found: Engine) -> None:
    """SQLite walks the index from its newest row and sorts nothing."""
    if found.dialect.name != "sqlite":
        pytest.skip("what PostgreSQL's planner chooses depends on how many rows there are")
    wanted = Filters(q="grid", vacant=False, mine=PersonId("luca.ferri"), stage="lead", client="Halden Energi AS")
    query = engagement_query(wanted, "luca.ferri", found.dialect.name).newest("ENG-2026-0005").limit(51)
    with reading(found) as connection:
        compiled = query.compile(found)
        explained = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple(compiled.params[name] for name in compiled.positiontup or ())
        )
        plan = " ".join(row[3] for row in explained)
    assert plan.startswith("SCAN engagement_search_index VIRTUAL TABLE"), plan
    assert "TEMP B-TREE" not in plan


def test_places_sort_as_ids_do() -> None:
    named = [
        "ENG-2026-9999",
        "ENG-2026-10000",
        "ENG-2025-123456789",
        "ENG-2026-0001",
        "ENG-2026-00010",
        "ENG-2026-99999",
    ]
    assert sorted(named, key=place_of) == sorted(named)
    assert len({place_of(one) for one in named}) == len(named)
    assert place_of("ENG-9999-999999999") < 2**63
