"""The record as a whole: ledger, read model and what people are told stand or fall together."""

import pytest
from sqlalchemy import Engine, func, select

from adapters import ledger
from adapters.database import reading
from adapters.ledger import LedgerConflict
from adapters.records import Records, read_model_digest
from adapters.tables import EngagementRow, LedgerRow, OutboxRow
from domain.record import Batch
from tests.adapters.builders import change_batch, lively_deal


def counted(engine: Engine, table: type) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_what_was_written_is_read_again(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    for batch in deal.batches():
        appended = records.append(batch)
    assert appended.seq == deal.state.seq == len(deal.facts)
    with reading(engine) as connection:
        assert ledger.read(connection, deal.stream) == deal.facts


def test_a_batch_written_twice_is_there_once(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    once = records.append(deal.batch)
    messages, digest = counted(engine, OutboxRow), read_model_digest(engine)
    assert records.append(deal.batch) == once
    assert counted(engine, LedgerRow) == len(deal.facts)
    assert counted(engine, OutboxRow) == messages > 0
    assert read_model_digest(engine) == digest


def test_a_rebuilt_read_model_has_the_same_bytes(records: Records, engine: Engine) -> None:
    for number in (1, 2):
        deal = lively_deal(number)
        for batch in deal.batches():
            records.append(batch)
    records.append(change_batch(deal))
    before, steps = read_model_digest(engine), list[tuple[int, int]]()
    rebuilt = Records(engine).rebuild(lambda done, of: steps.append((done, of)))
    assert rebuilt == counted(engine, LedgerRow)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert read_model_digest(engine) == before


def test_nothing_is_written_where_a_part_fails(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    with pytest.raises(LedgerConflict):
        records.append(Batch(stream=deal.stream, facts=deal.facts[1:]))
    records.append(Batch(stream=deal.stream, facts=deal.facts[:2]))
    assert counted(engine, EngagementRow) == 1
    assert counted(engine, LedgerRow) == 2
