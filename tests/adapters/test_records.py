"""The record as a whole: ledger, read model and what people are told stand or fall together."""

import pytest
from sqlalchemy import Connection, Engine, event, func, select, update
from structlog.testing import capture_logs

from adapters.db import ledger
from adapters.db.database import reading, writing
from adapters.db.ledger import LedgerConflict
from adapters.db.records import Records, read_model_digest
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementRow
from adapters.db.tables.messages import OutboxRow
from adapters.db.tables.record import LedgerRow, StreamHeadRow
from domain.change_order.order import OrderStarted
from domain.engagement.engagement_events import FactsVoided
from domain.record.facts import Batch, recorded
from domain.shared.transaction import CLOCK, Actor
from tests.adapters.builders import Deal, change_batch, lively_deal


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
    assert rebuilt == (3, counted(engine, LedgerRow))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert read_model_digest(engine) == before


def test_nothing_is_written_where_a_part_fails(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    with pytest.raises(LedgerConflict):
        records.append(Batch(stream=deal.stream, facts=deal.facts[1:]))
    records.append(Batch(stream=deal.stream, facts=deal.facts[:2]))
    assert counted(engine, EngagementRow) == 1
    assert counted(engine, LedgerRow) == 2


def test_what_people_are_told_is_on_the_log_without_a_word_of_it(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    with capture_logs() as noted:
        records.append(deal.batch)
        records.append(deal.batch)
    with reading(engine) as connection:
        queued = connection.execute(select(*columns(OutboxRow))).all()
    told = [{name: entry[name] for name in ("key", "kind", "to", "stream", "ask_id")} for entry in noted]
    assert {entry["event"] for entry in noted} == {"told"}
    assert {row.kind for row in queued} >= {"ask", "vacancy", "outcome"}
    named = [{"key": r.key, "kind": r.kind, "to": r.to, "stream": r.stream, "ask_id": r.ask_id} for r in queued]
    assert sorted(told, key=lambda entry: str(entry["key"])) == sorted(named, key=lambda entry: entry["key"])
    assert not any(row.text in str(noted) for row in queued)


def test_what_could_not_be_written_is_told_to_nobody(records: Records) -> None:
    with capture_logs() as noted, pytest.raises(LedgerConflict):
        records.append(Batch(stream="engagement/ENG-2026-0001", facts=lively_deal().facts[1:]))
    assert noted == []


def test_the_effect_of_a_command_is_what_its_facts_say(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    own = [fact for fact in deal.facts if fact.command == deal.facts[-1].command]
    with reading(engine) as connection:
        effect = ledger.effect_of(connection, deal.stream, deal.facts[-1].command)
        assert ledger.effect_of(connection, deal.stream, "another") is None
        assert ledger.effect_of(connection, "engagement/ENG-2026-0002", deal.facts[-1].command) is None
    assert effect == ledger.Effect(deal.facts[-1].seq, tuple(fact.event.kind for fact in own))


def test_facts_that_were_voided_are_no_effect(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    last = deal.facts[-1].seq
    void = FactsVoided(first=last, last=last, engagement=deal.state.replace(seq=last - 1))
    records.append(deal.batch)
    mending = recorded(deal.stream, last + 1, (void,), Actor(person_id=CLOCK, channel=CLOCK), deal.now)
    records.append(Batch(stream=deal.stream, facts=mending))
    own = [fact for fact in deal.facts if fact.command == deal.facts[-1].command]
    with reading(engine) as connection:
        effect = ledger.effect_of(connection, deal.stream, deal.facts[-1].command)
    rest = ledger.Effect(own[-2].seq, tuple(fact.event.kind for fact in own[:-1])) if len(own) > 1 else None
    assert effect == rest


def test_batches_of_several_streams_are_one_transaction_and_each_has_its_answer(
    records: Records, engine: Engine
) -> None:
    commits: list[Connection] = []
    event.listen(engine, "commit", commits.append)
    batches = [Batch(stream=deal.stream, facts=deal.facts) for deal in (Deal(2), Deal(1), Deal(3))]
    appended = records.keep_all(batches)
    assert len(commits) == len(batches) + 1, "a look at each before, and one write"
    assert [one.seq for one in appended] == [len(batch.facts) for batch in batches]
    assert len({one.last for one in appended}) == len(batches)


def test_one_batch_that_does_not_fit_lets_none_of_its_transaction_be_written(records: Records, engine: Engine) -> None:
    good, bad = Deal(1), Deal(2)
    gap = (*bad.facts[:1], *bad.facts[2:])
    with pytest.raises(LedgerConflict):
        records.keep_all([Batch(stream=good.stream, facts=good.facts), Batch(stream=bad.stream, facts=gap)])
    assert counted(engine, LedgerRow) == 0


def test_a_stream_that_is_begun_anew_goes_on_from_what_stands_and_voids_nothing(
    records: Records, engine: Engine
) -> None:
    deal = lively_deal()
    for batch in (*deal.batches(), change_batch(deal)):
        records.append(batch)
    stands = change_batch(deal)
    first = stands.facts[0]
    assert isinstance(first.event, OrderStarted)
    order = first.event.order
    other = first.event.replace(order=order.replace(brief=order.brief.replace(title="As it is told by now")))
    anew = Batch(stream=stands.stream, facts=(first.replace(event=other),))
    for acknowledged in (0, len(stands.facts)):
        StreamStatuses(engine).acknowledge({stands.stream: acknowledged})
        kept = records.keep(anew)
        assert (kept.behind, kept.quarantined) == (True, "")
    with reading(engine) as connection:
        assert ledger.read(connection, stands.stream) == stands.facts


def test_a_fact_that_somebody_was_told_of_is_not_voided_and_the_engine_goes_on_from_the_record(
    records: Records, engine: Engine
) -> None:
    deal = lively_deal()
    for batch in deal.batches():
        records.append(batch)
    older = deal.facts[-1]
    otherwise = Batch(stream=deal.stream, facts=(older.replace(event=deal.facts[0].event, command="another"),))
    for told in (older.seq - 1, older.seq):
        marked = update(StreamHeadRow).where(columns(StreamHeadRow).stream == deal.stream)
        with writing(engine) as connection:
            connection.execute(marked.values(acknowledged=0, told=told))
        kept = records.keep(otherwise)
        assert (kept.behind, kept.quarantined) == (told == older.seq, "")
    assert records.facts(deal.stream) == deal.facts


@pytest.mark.parametrize("answered", [True, False])
def test_a_fact_is_voided_by_what_an_engine_decides_otherwise_unless_somebody_was_answered(
    records: Records, engine: Engine, answered: bool
) -> None:
    deal = lively_deal()
    for batch in deal.batches():
        records.append(batch)
    older = deal.facts[-1]
    StreamStatuses(engine).acknowledge({deal.stream: older.seq if answered else older.seq - 1})
    otherwise = older.replace(event=deal.facts[0].event, by="ida.holm", command="another")
    kept = records.keep(Batch(stream=deal.stream, facts=(otherwise,)))
    assert (kept.quarantined != "", kept.behind) == (answered, False)
    assert StreamStatuses(engine).paused({deal.stream}) == ({deal.stream} if answered else frozenset())
    assert records.facts(deal.stream) == deal.facts
