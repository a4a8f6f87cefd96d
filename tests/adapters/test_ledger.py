"""The ledger takes facts once and in order, and whoever tampers with it is found."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from adapters.db import ledger
from adapters.db.content_store import ContentStore
from adapters.db.database import reading, writing
from adapters.db.ledger import LedgerConflict, row_hash
from adapters.db.outbox import Outbox
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.tree_head import sign_head
from adapters.db.verification import Fault, verify
from domain.notifications.operators import INSTALLATION
from domain.record.facts import Batch
from domain.shared.errors import IntegrityBroken
from domain.shared.values import EngagementId
from tests.adapters.builders import MONDAY, Deal, change_batch, firm, lively_deal, reported

KEY = Ed25519PrivateKey.generate()


def part(deal: Deal, first: int, last: int) -> Batch:
    """Facts of a deal from one number to another."""
    return Batch(stream=deal.stream, facts=deal.facts[first - 1 : last])


def test_the_first_hash_stays_and_the_last_moves(records: Records) -> None:
    deal = lively_deal()
    first, second = records.append(part(deal, 1, 3)), records.append(part(deal, 4, 6))
    assert first.first == second.first
    assert first.last != second.last
    assert (first.seq, second.seq) == (3, 6)


def test_a_batch_that_overlaps_adds_only_what_is_new(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(part(deal, 1, 4))
    assert records.append(part(deal, 3, 7)).seq == 7
    assert verify(engine).size.facts == 7
    assert verify(engine).is_sound


@pytest.mark.parametrize("first", [2, 5])
def test_a_gap_is_refused(records: Records, first: int) -> None:
    deal = lively_deal()
    if first > 2:
        records.append(part(deal, 1, first - 2))
    with pytest.raises(LedgerConflict, match=f"the ledger ends at {first - 2}, the engine at {first - 1}"):
        records.append(part(deal, first, first + 1))


@pytest.mark.parametrize("edited", ["hash = 'f' || substr(hash, 2) || 'f'", "seq = seq - 1"])
def test_no_fact_is_appended_to_a_head_that_was_edited(records: Records, engine: Engine, edited: str) -> None:
    """It would not follow the row before it, whatever is mended later."""
    deal = lively_deal()
    records.append(part(deal, 1, 4))
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE stream_head SET {edited}"))  # noqa: S608 -- the test's own words
    with pytest.raises(IntegrityBroken, match="does not name the last fact"):
        records.append(part(deal, 4, 5))
    assert verify(engine).size.facts == 4


def test_operators_hear_of_a_head_that_was_edited_once_however_often_it_is_tried(
    records: Records, engine: Engine
) -> None:
    PeopleOperations(engine).import_directory(firm())
    deal = lively_deal()
    records.keep(part(deal, 1, 4))
    with writing(engine) as connection:
        connection.execute(text("UPDATE stream_head SET hash = 'f' WHERE stream = :s"), {"s": deal.stream})
    for _ in range(2):
        with pytest.raises(IntegrityBroken):
            records.keep(part(deal, 5, 5))
    told = [row for row in Outbox(engine).of_stream(INSTALLATION, 100) if row.kind == "damage"]
    assert {row.to for row in told} == {firm().house_roles[role] for role in ("administrator", "ops")}
    assert len(told) == len({row.to for row in told})


def test_a_gap_inside_a_batch_is_refused(records: Records) -> None:
    deal = lively_deal()
    with pytest.raises(LedgerConflict, match="#3: the next fact is number 2"):
        records.append(Batch(stream=deal.stream, facts=(deal.facts[0], deal.facts[2])))


def test_a_fact_of_another_stream_is_refused(records: Records) -> None:
    with pytest.raises(LedgerConflict, match="the fact is of engagement/ENG-2026-0001"):
        records.append(Batch(stream="engagement/ENG-2026-0009", facts=lively_deal().facts))


@pytest.mark.parametrize("changed", [{"by": "erik.strand"}, {"at": MONDAY.replace(year=2027)}, {"command": "other"}])
def test_a_different_fact_in_the_same_place_is_refused(records: Records, changed: dict[str, object]) -> None:
    deal = lively_deal()
    records.append(part(deal, 1, 4))
    other = deal.facts[2].replace(**changed)
    with pytest.raises(LedgerConflict, match="#3: a different fact stands there"):
        records.append(Batch(stream=deal.stream, facts=(other,)))


def test_an_empty_batch_says_where_the_stream_stands(records: Records) -> None:
    deal = lively_deal()
    before = records.append(part(deal, 1, 4))
    assert records.append(Batch(stream=deal.stream, facts=())) == before


def test_two_writers_of_one_stream_do_not_double(engine: Engine) -> None:
    deal = lively_deal()
    writers = [Records(engine) for _ in range(4)]
    for batch in deal.batches(2):
        with ThreadPoolExecutor(4) as pool:
            answers = set(pool.map(lambda writer, batch=batch: writer.append(batch), writers))
        assert len(answers) == 1
    verdict = verify(engine)
    assert verdict.is_sound
    assert verdict.size.facts == len(deal.facts)


def test_writers_of_different_streams_do_not_stand_in_each_others_way(engine: Engine) -> None:
    deals = [lively_deal(number) for number in range(1, 5)]

    def write(deal: Deal) -> int:
        writer = Records(engine)
        return [writer.append(batch).seq for batch in deal.batches(2)][-1]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, deals)) == [len(deal.facts) for deal in deals]
    assert verify(engine).is_sound


def test_no_word_that_a_person_wrote_stands_in_the_ledger(records: Records, engine: Engine) -> None:
    records.append(lively_deal().batch)
    with reading(engine) as connection:
        bodies = " ".join(connection.execute(text("SELECT body FROM ledger")).scalars())
    for words in ("Fewer outages", "on call at night", "Kari Moe", "kari.moe@halden.example", "Halden Energi"):
        assert words not in bodies


def test_erased_words_leave_a_chain_that_verifies(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    with writing(engine) as connection:
        store = ContentStore(connection)
        keys = [key for key, _ in store.words_containing("Fewer outages")]
    records.erase(keys, MONDAY)
    assert keys
    assert verify(engine).is_sound
    with reading(engine) as connection:
        facts = ledger.read(connection, deal.stream)
        assert not ContentStore(connection).words_containing("Fewer outages")
    assert [fact.seq for fact in facts] == [fact.seq for fact in deal.facts]
    assert any("[erased]" in fact.model_dump_json() for fact in facts)


Tamper = Callable[[Connection], object]
STREAM = "engagement/ENG-2026-0001"


def sql(*statements: str) -> Tamper:
    """What a superuser types, about the deal's stream."""

    def run(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement), {"s": STREAM} if ":s" in statement else {})

    return run


def rehash_from(seq: int) -> Tamper:
    """Edits a row and makes the rest of the chain, and its head, agree with it."""

    def run(connection: Connection) -> None:
        query = text("SELECT * FROM ledger WHERE stream = :s AND seq >= :q ORDER BY seq")
        prev = None
        for row in connection.execute(query, {"s": STREAM, "q": seq}).mappings().all():
            changed = {**row, "at": ledger_at(connection, row["seq"]), "prev": prev or row["prev"]}
            changed["by"] = "erik.strand" if prev is None else row["by"]
            prev = row_hash(changed)
            update = text("UPDATE ledger SET by = :by, prev = :prev, hash = :hash WHERE position = :position")
            connection.execute(
                update, {"by": changed["by"], "prev": changed["prev"], "hash": prev, "position": row["position"]}
            )
        connection.execute(text("UPDATE stream_head SET hash = :h WHERE stream = :s"), {"h": prev, "s": STREAM})

    return run


def ledger_at(connection: Connection, seq: int) -> object:
    return next(fact.at for fact in ledger.read(connection, STREAM) if fact.seq == seq)


CUT_TO_FIVE = "DELETE FROM ledger WHERE stream = :s AND seq > 5"
HEAD_AT_FIVE = """
    UPDATE stream_head SET seq = 5, hash = (SELECT hash FROM ledger l WHERE l.stream = :s AND l.seq = 5)
    WHERE stream = :s"""
# In the first place that is free.
INSERT_THIRD_AGAIN = """
    INSERT INTO ledger (position, stream, seq, at, by, channel, for_whom, command, kind, body, prev, hash)
    SELECT 9999, stream, (SELECT coalesce(min(l.seq) + 1, 4) FROM ledger l WHERE l.stream = :s AND NOT EXISTS
        (SELECT 1 FROM ledger n WHERE n.stream = :s AND n.seq = l.seq + 1)),
        at, by, channel, for_whom, command, kind, body, prev, hash
    FROM ledger WHERE stream = :s AND seq = 3"""


@dataclass
class Case:
    """What is done to the record, and the fault that must be found."""

    name: str
    tamper: Tamper
    seq: int
    what: str
    signed: bool = False
    stream: str = STREAM


CASES = [
    Case("edit", sql("UPDATE ledger SET by = 'erik.strand' WHERE stream = :s AND seq = 4"), 4, "edited"),
    Case("edit the body", sql("UPDATE ledger SET body = replace(body, ':', ': ') WHERE seq = 4"), 4, "edited"),
    Case("edit the time", sql("UPDATE ledger SET at = '1999-01-01T00:00:00+00:00' WHERE seq = 4"), 4, "edited"),
    Case("edit the link", sql("UPDATE ledger SET prev = hash WHERE stream = :s AND seq = 4"), 4, "edited"),
    Case("delete", sql("DELETE FROM ledger WHERE stream = :s AND seq = 4"), 4, "missing"),
    Case("delete the first", sql("DELETE FROM ledger WHERE stream = :s AND seq = 1"), 1, "missing"),
    Case(
        "insert",
        sql(
            "UPDATE ledger SET seq = seq + 100 WHERE stream = :s AND seq > 3",
            "UPDATE ledger SET seq = seq - 99 WHERE stream = :s AND seq > 100",
            INSERT_THIRD_AGAIN,
        ),
        4,
        "edited",
    ),
    Case(
        "insert at the end",
        sql(INSERT_THIRD_AGAIN),
        -1,
        "edited",
    ),
    Case(
        "reorder",
        sql(
            "UPDATE ledger SET seq = 999 WHERE stream = :s AND seq = 4",
            "UPDATE ledger SET seq = 4 WHERE stream = :s AND seq = 5",
            "UPDATE ledger SET seq = 5 WHERE stream = :s AND seq = 999",
        ),
        4,
        "edited",
    ),
    Case("truncate", sql(CUT_TO_FIVE), 6, "the chain ends at 5"),
    Case("truncate with its head", sql(CUT_TO_FIVE, HEAD_AT_FIVE), 6, "cut off", signed=True),
    Case("rewrite to the end", rehash_from(4), -2, "not the row that was signed", signed=True),
    Case(
        "remove a stream",
        sql("DELETE FROM ledger WHERE stream = :s", "DELETE FROM stream_head WHERE stream = :s"),
        1,
        "is gone",
        signed=True,
    ),
    Case("edit content", sql("UPDATE content SET body = salt WHERE kind = 'words'"), 1, "content was edited"),
    Case("delete content", sql("DELETE FROM content"), 1, "content was deleted"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tampering_is_found_and_the_row_named(records: Records, engine: Engine, case: Case) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    records.append(lively_deal(2).batch)
    head = sign_head(engine, KEY, MONDAY)
    assert verify(engine, head).is_sound
    with writing(engine) as connection:
        case.tamper(connection)
    fault = verify(engine, head if case.signed else None).faults[0]
    seq = {-1: len(deal.facts) + 1, -2: len(deal.facts)}.get(case.seq, case.seq)
    assert (fault.stream, fault.seq) == (case.stream, seq)
    assert case.what in fault.what


def test_a_record_that_went_on_agrees_with_an_older_head(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(part(deal, 1, 4))
    head = sign_head(engine, KEY, MONDAY)
    records.append(deal.batch)
    records.append(lively_deal(2).batch)
    assert verify(engine, head).is_sound


def test_a_change_order_is_held_to_what_its_engagement_says_of_its_chain(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    change = change_batch(deal)
    appended = records.append(change)
    records.append(reported(deal, change, (appended.first, appended.last)))
    assert verify(engine).is_sound
    with writing(engine) as connection:
        head = text("""
            UPDATE stream_head SET seq = seq - 1, hash = (SELECT prev FROM ledger WHERE stream = :s AND seq = :q)
            WHERE stream = :s""")
        connection.execute(head, {"s": change.stream, "q": appended.seq})
        cut = text("DELETE FROM ledger WHERE stream = :s AND seq = :q")
        connection.execute(cut, {"s": change.stream, "q": appended.seq})
    fault = verify(engine).faults[0]
    what = f"{deal.stream}#{len(deal.facts) + 2} names a row of this chain that is gone"
    assert fault == Fault(change.stream, appended.seq, what)


OF_ONE = [case for case in CASES if not case.signed]


@pytest.mark.parametrize("case", OF_ONE, ids=lambda case: case.name)
def test_the_proof_of_one_engagement_finds_what_the_whole_finds(records: Records, engine: Engine, case: Case) -> None:
    deal = lively_deal()
    for batch in (deal.batch, change_batch(deal), lively_deal(2).batch):
        records.append(batch)
    assert verify(engine, engagement_id=deal.id).size.facts == len(deal.facts) + len(change_batch(deal).facts)
    assert verify(engine, engagement_id=deal.id).is_sound
    with writing(engine) as connection:
        case.tamper(connection)
    assert verify(engine, engagement_id=deal.id).faults[0] == verify(engine).faults[0]


def test_a_head_is_held_against_one_engagement_alone(records: Records, engine: Engine) -> None:
    for deal in (lively_deal(), lively_deal(2)):
        records.append(deal.batch)
    head = sign_head(engine, KEY, MONDAY)
    with writing(engine) as connection:
        sql(CUT_TO_FIVE, HEAD_AT_FIVE)(connection)
    assert verify(engine, head, EngagementId("ENG-2026-0002")).is_sound
    assert not verify(engine, head, EngagementId("ENG-2026-0001")).is_sound


@pytest.mark.parametrize("at", ["yesterday", ""])
def test_a_moment_that_is_none_is_an_edit_where_the_database_takes_it(
    records: Records, engine: Engine, at: str
) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    try:
        with writing(engine) as connection:
            connection.execute(text("UPDATE ledger SET at = :at WHERE seq = 4"), {"at": at})
    except DBAPIError:  # PostgreSQL takes "yesterday" for a moment, and nothing at all for none
        assert verify(engine, engagement_id=deal.id).is_sound
    else:
        assert verify(engine, engagement_id=deal.id).faults[0] == Fault(STREAM, 4, "the row was edited")
