"""Numbers of engagements are raised, never lowered, and whoever gives one meanwhile is counted once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, insert

from adapters.db.database import writing
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.registry import NumberWanted, Registry
from adapters.db.tables.record import SequenceRow
from adapters.db.upserts import add_to
from domain.shared.errors import IntegrityBroken
from domain.shared.values import PersonId
from tests.adapters.builders import change_batch, firm, lively_deal


@pytest.mark.parametrize(("before", "to", "after"), [(0, 7, 7), (3, 7, 7), (7, 7, 7), (9, 7, 9)])
def test_a_number_is_raised_and_never_lowered(engine: Engine, before: int, to: int, after: int) -> None:
    installation = Installation(engine)
    if before:
        installation.raise_number("2026", before)
    installation.raise_number("2026", to)
    assert installation.number("2026") == after
    assert installation.number("2027") == 0


def test_who_raises_a_number_while_another_counts_raises_it_to_that_and_no_further(engine: Engine) -> None:
    installation = Installation(engine)
    installation.raise_number("2026", 1)
    with ThreadPoolExecutor(2) as threads:
        with writing(engine) as connection:
            add_to(connection, SequenceRow, "ENG-2026", 4)
            raised = [threads.submit(installation.raise_number, "2026", 10) for _ in range(2)]
            time.sleep(0.5)  # both have come to the row, and wait
        for one in raised:
            one.result()
    assert installation.number("2026") == 10


def test_a_number_that_was_set_back_is_raised_at_once_to_what_is_taken(engine: Engine) -> None:
    records = Records(engine)
    for taken in (1, 2, 7):
        records.append(lively_deal(taken).batch)
    records.append(change_batch(lively_deal(7), 12))
    with writing(engine) as connection:
        connection.execute(insert(SequenceRow).values(name="ENG-2026", value=0))
    PeopleOperations(engine).import_directory(firm())
    registry, wanted = (
        Registry(engine),
        NumberWanted("k", "body", firm().clients[0], (PersonId("kari.moe"),), PersonId("luca.ferri")),
    )
    assert registry.engagement_number(wanted, 2026) == "ENG-2026-0008"
    assert registry.engagement_number(wanted._replace(key="l"), 2026) == "ENG-2026-0009"
    assert registry.engagement_number(wanted._replace(key="m"), 2027) == "ENG-2027-0001"


@pytest.mark.parametrize("edited", [-5, 999_999_999, 2**62])
def test_an_edited_number_that_no_deal_can_have_is_damage_and_gives_none(engine: Engine, edited: int) -> None:
    with writing(engine) as connection:
        connection.execute(insert(SequenceRow).values(name="ENG-2026", value=edited))
    PeopleOperations(engine).import_directory(firm())
    with pytest.raises(IntegrityBroken, match="ENG-2026 of sequence"):
        Registry(engine).engagement_number(
            NumberWanted("k", "body", firm().clients[0], (PersonId("kari.moe"),), PersonId("luca.ferri")), 2026
        )
    assert Installation(engine).number("2026") == edited
