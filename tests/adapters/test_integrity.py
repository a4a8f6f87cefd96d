"""Whatever the record names is held against it: when it is read, and by a verification. Nothing replaced gets out."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from adapters.db import ledger
from adapters.db.content_store import ContentEdited, ContentMissing, Contents, ContentStore
from adapters.db.database import reading, writing
from adapters.db.ledger import Size
from adapters.db.lost_facts import KEEP, WouldBeDropped
from adapters.db.people_operations import PeopleOperations
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.record import StreamHeadRow
from adapters.db.verification import Fault, verify
from domain.engagement.documents.events import DocumentDrafted
from domain.engagement.documents.values import Document
from domain.record.facts import Batch, recorded
from domain.shared.errors import IntegrityBroken
from domain.shared.streams import ERASURES, PLAYBOOKS
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId
from tests.adapters.builders import MONDAY, Deal, change_batch, firm, lively_deal, playbook
from tests.databases import migrated

# A number that JSON knows only by and by: nothing that holds it has a canonical form.
BEYOND = 2**62


def tampered(engine: Engine, statement: str, **values: object) -> None:
    """Does what a superuser types."""
    with writing(engine) as connection:
        assert connection.execute(text(statement), values).rowcount > 0


def fault_of(engine: Engine) -> Fault:
    return verify(engine).faults[0]


def key_of(engine: Engine, words: str) -> str:
    with reading(engine) as connection:
        return ContentStore(connection).words_containing(words)[0][0]


FORGED = "UPDATE content SET body = :body, salt = NULL, erased_at = '2026-03-02T09:30:00.000000+00:00' WHERE key = :key"


@pytest.mark.parametrize("body", [b"I never promised that", b"[erased]"])
def test_words_replaced_under_a_forged_erasure_are_found(records: Records, engine: Engine, body: bytes) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    tampered(engine, FORGED, key=key_of(engine, "A person on call"), body=body)
    assert fault_of(engine).stream == deal.stream
    assert "erased, and no fact says so" in fault_of(engine).what or "edited" in fault_of(engine).what


def test_a_document_under_a_forged_erasure_is_not_served(engine: Engine) -> None:
    contents = Contents(engine)
    key = contents.keep(b"# Statement of work")
    forged = FORGED.replace("SET body", "SET kind = 'words', body")
    tampered(engine, forged, key=key, body=b"[erased]")
    with pytest.raises(IntegrityBroken):
        contents.fetch(key)


def test_words_under_a_forged_erasure_are_not_taken_for_erased(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    tampered(engine, FORGED, key=key_of(engine, "A person on call"), body=b"[erased]")
    with reading(engine) as connection, pytest.raises(ContentEdited):
        ledger.read(connection, deal.stream)


def test_words_replaced_are_never_shown(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    tampered(engine, FORGED, key=key_of(engine, "A person on call"), body=b"I never promised that")
    with reading(engine) as connection, pytest.raises(ContentEdited):
        ledger.read(connection, deal.stream)


def test_an_erasure_is_a_fact(records: Records, engine: Engine) -> None:
    records.append(lively_deal().batch)
    key = key_of(engine, "A person on call")
    records.erase([key], MONDAY)
    assert verify(engine).is_sound
    with reading(engine) as connection:
        (fact,) = ledger.read(connection, ERASURES)
    assert fact.event.keys == (key,)  # type: ignore[union-attr]


def test_erased_words_lie_in_no_file_of_the_database(tmp_path: Path) -> None:
    engine = migrated(tmp_path / "record.db")
    records = Records(engine)
    records.append(lively_deal().batch)
    assert files_with(tmp_path, b"A person on call")
    with ThreadPoolExecutor(1) as threads:
        with reading(engine) as connection:
            connection.execute(text("SELECT count(*) FROM ledger"))
            erasing = threads.submit(records.erase, [key_of(engine, "A person on call")], MONDAY)
            with pytest.raises(TimeoutError):
                erasing.result(0.5)
        erasing.result(10)
    assert files_with(tmp_path, b"A person on call") == []
    engine.dispose()


def files_with(folder: Path, words: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if words in file.read_bytes()]


def test_words_that_are_there_again_after_their_erasure_are_found(records: Records, engine: Engine) -> None:
    records.append(lively_deal().batch)
    key = key_of(engine, "A person on call")
    with reading(engine) as connection:
        query = text("SELECT salt, body FROM content WHERE key = :key")
        salt, body = connection.execute(query, {"key": key}).one()
    records.erase([key], MONDAY)
    again = "UPDATE content SET body = :body, salt = :salt, erased_at = NULL WHERE key = :key"
    tampered(engine, again, key=key, body=body, salt=salt)
    assert "is there again" in fault_of(engine).what


def drafted(records: Records, engine: Engine, deal: Deal) -> Document:
    """A statement of work, as it was drawn and kept."""
    contents = Contents(engine)
    document = Document(
        kind="sow",
        revision=1,
        source=contents.keep(b"# What we will do"),
        rendered=contents.keep(b"<h1>What we will do</h1>"),
        basis="0" * 64,
        author="luca.ferri",
    )
    events = (DocumentDrafted(document=document),)
    facts = recorded(deal.stream, len(deal.facts) + 1, events, Actor(person_id="luca.ferri"), deal.now)
    records.append(deal.batch)
    records.append(Batch(stream=deal.stream, facts=facts))
    return document


@pytest.mark.parametrize("part", ["source", "rendered"])
def test_bytes_of_a_document_that_were_edited_are_found_and_never_shown(
    records: Records, engine: Engine, part: str
) -> None:
    deal = lively_deal()
    key = getattr(drafted(records, engine, deal), part)
    assert verify(engine).is_sound
    tampered(engine, "UPDATE content SET body = :body WHERE key = :key", key=key, body=b"something else")
    assert fault_of(engine) == Fault(deal.stream, len(deal.facts) + 1, "its content was edited")
    with pytest.raises(ContentEdited):
        Contents(engine).fetch(key)


@pytest.mark.parametrize("part", ["source", "rendered"])
def test_bytes_of_a_document_that_were_deleted_are_found(records: Records, engine: Engine, part: str) -> None:
    deal = lively_deal()
    key = getattr(drafted(records, engine, deal), part)
    tampered(engine, "DELETE FROM content WHERE key = :key", key=key)
    assert fault_of(engine) == Fault(deal.stream, len(deal.facts) + 1, "its content was deleted")
    with pytest.raises(ContentMissing):
        Contents(engine).fetch(key)


def test_a_document_is_no_erasable_word(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    key = drafted(records, engine, deal).rendered
    tampered(engine, FORGED, key=key, body=b"[erased]")
    assert fault_of(engine).what == "its content was edited"
    with pytest.raises(ContentEdited):
        Contents(engine).fetch(key)


def published(engine: Engine) -> Registry:
    registry = Registry(engine)
    for version in ("8.1", "8.2"):
        registry.save_playbook(playbook().replace(version=version), "tests")
        registry.publish_playbook(playbook().name, version)
    return registry


def test_playbooks_in_force_are_facts(engine: Engine) -> None:
    assert published(engine).playbook().version == "8.2"
    assert verify(engine).is_sound
    assert verify(engine).size == Size(1, 2)


@pytest.mark.parametrize(
    ("statement", "what", "seq"),
    [
        ("UPDATE playbook_version SET document = replace(document, '8.2', '8.3')", "its document was edited", 2),
        ("UPDATE playbook_version SET status = 'draft' WHERE version = '8.2'", "says that it is a draft", 2),
        (
            "UPDATE playbook_version SET saved_at = '2099-01-01T00:00:00.000000+00:00' WHERE version = '8.1'",
            "moment",
            1,
        ),
        ("DELETE FROM playbook_version WHERE version = '8.2'", "is gone", 2),
    ],
)
def test_a_playbook_that_the_record_does_not_name_is_never_in_force(
    engine: Engine, statement: str, what: str, seq: int
) -> None:
    published(engine)
    tampered(engine, statement)
    fault = fault_of(engine)
    assert (fault.stream, fault.seq) == (PLAYBOOKS, seq)
    assert what in fault.what
    with pytest.raises(IntegrityBroken):
        Registry(engine).playbook()


def test_who_saved_a_playbook_that_was_published_is_held_against_its_fact(engine: Engine) -> None:
    published(engine)
    tampered(engine, "UPDATE playbook_version SET by = 'somebody.else' WHERE version = '8.1'")
    fault = fault_of(engine)
    assert (fault.stream, fault.seq) == (PLAYBOOKS, 1)
    assert "who saved it was edited" in fault.what


def test_a_number_of_which_no_hash_can_be_reckoned_is_damage_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    engine = migrated(tmp_path / "record.db")  # PostgreSQL holds no such number
    registry, people = published(engine), PeopleOperations(engine)
    people.import_directory(firm())
    tampered(engine, "UPDATE ledger SET seq = :beyond WHERE stream = 'playbooks' AND seq = 2", beyond=BEYOND)
    with pytest.raises(IntegrityBroken, match="was edited"):
        registry.playbook()
    tampered(engine, "UPDATE ledger SET seq = :beyond WHERE stream = 'directory'", beyond=BEYOND)
    tampered(engine, "UPDATE stream_head SET seq = :beyond WHERE stream = 'directory'", beyond=BEYOND)
    tampered(engine, "UPDATE directory_version SET last_fact = :beyond", beyond=BEYOND)
    with pytest.raises(IntegrityBroken, match="its fact was edited"):
        Registry(engine).directory()
    with pytest.raises(IntegrityBroken, match="was edited"):
        people.import_directory(firm().replace(firm="Another name"))
    engine.dispose()


def test_rows_that_lie_in_another_order_are_found(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    with reading(engine) as connection:
        query = text("SELECT position FROM ledger WHERE seq IN (3, 4) ORDER BY seq")
        third, fourth = connection.execute(query).scalars()
    for before, after in ((third, 9999), (fourth, third), (9999, fourth)):
        tampered(engine, "UPDATE ledger SET position = :after WHERE position = :before", before=before, after=after)
    assert fault_of(engine) == Fault(deal.stream, 4, "the row lies before one that came earlier")


def test_acknowledged_facts_that_never_came_are_found(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    held = len(deal.facts)
    StreamStatuses(engine).acknowledge({deal.stream: held})
    assert verify(engine).is_sound
    StreamStatuses(engine).acknowledge({deal.stream: held + 2})
    assert fault_of(engine) == Fault(deal.stream, held + 1, f"{held + 2} facts were acknowledged, {held} are there")


def test_an_acknowledged_stream_of_which_nothing_is_left_is_found(engine: Engine) -> None:
    StreamStatuses(engine).acknowledge({"engagement/E-7": 3})
    assert fault_of(engine) == Fault("engagement/E-7", 1, "3 facts were acknowledged, 0 are there")


def test_a_quarantined_stream_is_unsound_until_it_is_released(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    StreamStatuses(engine).quarantine(deal.stream, "the engine is older", MONDAY)
    assert fault_of(engine) == Fault(
        deal.stream,
        len(deal.facts),
        "the stream is quarantined until interlock reconcile has healed it: the engine is older",
    )
    StreamStatuses(engine).release(deal.stream)
    assert verify(engine).is_sound


def two_deals_and_a_change(records: Records) -> Deal:
    deal = lively_deal()
    for batch in (deal.batch, change_batch(deal), lively_deal(2).batch):
        records.append(batch)
    return deal


READ_MODEL_EDITED = [
    (
        "UPDATE engagement SET stage = 'sow' WHERE id = 'ENG-2026-0001'",
        "ENG-2026-0001: the read model says stage sow, the record says stage qualify. {again}",
    ),
    (
        "UPDATE engagement SET title = 'Another', margin = 1 WHERE id = 'ENG-2026-0001'",
        "ENG-2026-0001: the read model has another title, margin than the record. {again}",
    ),
    (
        "UPDATE change_order SET status = 'approved'",
        "ENG-2026-0001, change 1: the read model says status approved, the record says status withdrawn. {again}",
    ),
    (
        "UPDATE ask SET outcome = 'declined' WHERE id = 'ENG-2026-0001.A1'",
        "ENG-2026-0001: ask ENG-2026-0001.A1: the read model has another outcome than the record. {again}",
    ),
    (
        "DELETE FROM engagement_person WHERE engagement_id = 'ENG-2026-0001'",
        "ENG-2026-0001: the read model says otherwise than the record who has which role. {again}",
    ),
    (
        "INSERT INTO engagement_cast (person_id, engagement_id) VALUES ('zoe.nobody', 'ENG-2026-0001')",
        "ENG-2026-0001: the read model says otherwise than the record whom it knows. {again}",
    ),
    (
        "DELETE FROM engagement WHERE id = 'ENG-2026-0001'",
        "ENG-2026-0001: it is missing from the read model. {again}",
    ),
]


@pytest.mark.parametrize(("statement", "told"), READ_MODEL_EDITED)
def test_a_read_model_that_says_otherwise_than_the_record_is_named_in_plain_words(
    records: Records, engine: Engine, statement: str, told: str
) -> None:
    deal, again = two_deals_and_a_change(records), "Run interlock rebuild."
    assert verify(engine).told == verify(engine, engagement_id=deal.id).told == ()
    tampered(engine, statement)
    assert verify(engine).told == verify(engine, engagement_id=deal.id).told == (told.format(again=again),)
    records.rebuild()
    assert verify(engine).is_sound


def test_parts_of_a_state_that_differ_are_named_and_not_said(records: Records, engine: Engine) -> None:
    deal = two_deals_and_a_change(records)
    statement = "UPDATE state_part SET document = replace(document, 'Grid control', 'Another') WHERE stream = :stream"
    tampered(engine, statement, stream=deal.stream)
    told = f"{deal.id}: the read model has another state (title) than the record. Run interlock rebuild."
    assert verify(engine).told == (told,)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "UPDATE counter SET value = value + 1 WHERE name = 'stage:qualify'",
            "the read model says stage:qualify is 3, the record makes it 2. Run interlock rebuild.",
        ),
        (
            "INSERT INTO counter (name, value) VALUES ('load:x', 7)",
            "the read model says load:x is 7, the record makes it 0. Run interlock rebuild.",
        ),
        (
            ("UPDATE engagement_search SET engagement_id = 'ENG-1999-0001' WHERE engagement_id LIKE '%2'"),
            f"the read model holds words by which it is found that no fact made: 1, the first of ENG-1999-0001. {KEEP}",
        ),
        (
            "UPDATE ask_person SET ask_id = 'ENG-1999-0001.A1' WHERE ask_id = 'ENG-2026-0002.A1'",
            f"the read model holds who is asked that no fact made: 1, the first of ENG-1999-0001.A1. {KEEP}",
        ),
    ],
)
def test_sums_and_rows_of_no_engagement_are_held_against_the_whole_record(
    records: Records, engine: Engine, statement: str, what: str
) -> None:
    two_deals_and_a_change(records)
    tampered(engine, statement)
    assert Fault("The whole", 0, what) in verify(engine).faults
    records.rebuild(dropping=KEEP in what)
    assert verify(engine).is_sound


LOWERED = (
    "UPDATE stream_head SET seq = 8, hash = (SELECT hash FROM ledger WHERE stream = :s AND seq = 8) WHERE stream = :s"
)
LOSSES = {
    "all facts": (
        ("DELETE FROM ledger WHERE stream = :s", "DELETE FROM stream_head WHERE stream = :s"),
        "The read model was made of 20 facts, 0 are there.",
    ),
    "the last": (
        (
            "DELETE FROM ledger WHERE stream = :s AND seq > 8",
            LOWERED,
        ),
        "The read model was made of 20 facts, 8 are there.",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_nobody_is_sent_to_rebuild_where_that_would_remove_the_trace_of_deleted_facts(
    records: Records, engine: Engine, loss: str
) -> None:
    two_deals_and_a_change(records)
    stream = lively_deal(2).stream
    statements, what = LOSSES[loss]
    for statement in statements:
        tampered(engine, statement, s=stream)
    whole, own = verify(engine), verify(engine, engagement_id=EngagementId("ENG-2026-0002"))
    for verdict in (whole, own):
        assert Fault("ENG-2026-0002", 0, f"{what} {KEEP}") in verdict.faults
        assert not any("Run interlock rebuild" in line for line in verdict.told)
    with pytest.raises(WouldBeDropped) as refused:
        records.rebuild()
    assert f"ENG-2026-0002: {what}" in refused.value.refused.detail
    assert "--drop-what-no-fact-makes" in refused.value.refused.remedy
    assert verify(engine) == whole
    records.rebuild(dropping=True)
    assert verify(engine).is_sound


def test_an_ask_of_no_fact_is_a_trace_as_well(records: Records, engine: Engine) -> None:
    two_deals_and_a_change(records)
    tampered(engine, "UPDATE ask SET id = 'ENG-2026-0001.A77' WHERE id = 'ENG-2026-0001.A1'")
    faults = verify(engine).faults
    what = "ask ENG-2026-0001.A77: it is in the read model, and no fact made it."
    assert Fault("ENG-2026-0001", 0, f"{what} {KEEP}") in faults


def test_where_the_record_is_not_sound_nobody_is_sent_to_rebuild_from_it(records: Records, engine: Engine) -> None:
    two_deals_and_a_change(records)
    tampered(engine, "UPDATE ledger SET by = 'erik.strand' WHERE stream = 'engagement/ENG-2026-0001' AND seq = 4")
    tampered(engine, "UPDATE engagement SET title = 'Another'")
    verdict = verify(engine)
    assert [fault.what for fault in verdict.faults] == [
        "the row was edited",
        "the read model has another title than the record. Run interlock rebuild.",
    ]
    assert verdict.faults[1].stream == "ENG-2026-0002"
    assert verdict.left_out == (
        "The read model of ENG-2026-0001.",
        "Sums over all engagements.",
    )


def test_every_fault_is_counted_and_the_first_hundred_named(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    tampered(engine, "UPDATE ledger SET by = 'erik.strand' WHERE seq IN (2, 4)")
    tampered(engine, "DELETE FROM ledger WHERE seq = 3")
    found = verify(engine).faults
    assert found[:3] == (
        Fault(deal.stream, 2, "the row was edited"),
        Fault(deal.stream, 3, "row 3 is missing"),
        Fault(deal.stream, 4, "the row was edited"),
    )
    with writing(engine) as connection:
        nothing = {"seq": 1, "hash": "x", "first": "", "acknowledged": 0, "quarantined": ""}
        many = [{"stream": f"engagement/ENG-2025-{n:04d}", **nothing} for n in range(1, 121)]
        connection.execute(insert(StreamHeadRow), many)
    verdict = verify(engine)
    assert len(verdict.faults) == 100
    assert verdict.found > 120
    assert verdict.told[-1] == f"and {verdict.found - 100} more"


def test_a_playbooks_fact_that_was_edited_is_named_and_the_rest_is_read(records: Records, engine: Engine) -> None:
    published(engine)
    records.append(lively_deal().batch)
    tampered(engine, "UPDATE ledger SET by = 'erik.strand' WHERE stream = 'playbooks' AND seq = 1")
    tampered(engine, "UPDATE engagement SET title = 'Another'")
    verdict = verify(engine)
    assert [fault.stream for fault in verdict.faults] == [PLAYBOOKS, "ENG-2026-0001"]
    assert verdict.left_out == ("What stands in the table of the playbooks: its facts are not what was written.",)


def test_a_verification_and_a_rebuild_count_alike(records: Records, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    published(engine)
    two_deals_and_a_change(records)
    assert records.rebuild() == verify(engine).size
