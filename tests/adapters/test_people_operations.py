"""Operations on the directory are one transaction each: judged, recorded in the chain, versioned; then told."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from adapters.db import ledger
from adapters.db.database import reading, writing
from adapters.db.operators import Operators
from adapters.db.outbox import Outbox
from adapters.db.people_operations import KEEPER, PeopleOperations, SyncResult
from adapters.db.records import Records, read_model_digest
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import EngagementCastRow
from adapters.db.tables.people import DirectoryVersionRow
from adapters.db.tables.record import LedgerRow
from adapters.db.tree_head import open_key, sign_head
from adapters.db.verification import verify
from domain.directory import commands as f
from domain.directory.events import PersonDeactivated
from domain.directory.people import Absence, Delegation, Person
from domain.engagement.closing.commands import LoseDeal
from domain.notifications.operators import OF_QUARANTINE, healed_notices
from domain.shared.errors import BadValue, NobodyAccountable, NotFound, PermissionDenied
from domain.shared.streams import DIRECTORY, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import EngagementId, PersonId
from tests.adapters.builders import MONDAY, Deal, firm, lively_deal

IDA = Actor(person_id="ida.holm", house_roles=("administrator",), command="u1")
L, C, V = columns(LedgerRow), columns(EngagementCastRow), columns(DirectoryVersionRow)


@pytest.fixture
def operations(engine: Engine) -> PeopleOperations:
    """The operations of a database that has the sample firm, on a Monday."""
    operations = PeopleOperations(engine, lambda: MONDAY)
    assert operations.import_directory(firm()) == 1
    return operations


def away(person: str, first: int = 0, delegate: str | None = None) -> f.RecordAbsence:
    day = MONDAY.date() + timedelta(days=first)
    return f.RecordAbsence(absence=Absence(person=person, first=day, last=day, delegate=delegate))


def leaving(person: str, **more: Any) -> f.DeactivatePerson:
    return f.DeactivatePerson(person_id=person, reason="To the competition, for twice the money", **more)


def facts(engine: Engine) -> list[tuple[int, str, str]]:
    """Number, kind and author of each fact of the directory."""
    with reading(engine) as connection:
        found = ledger.read(connection, DIRECTORY)
    return [(fact.seq, fact.event.kind, fact.by) for fact in found]


# -- one transaction


def test_the_first_directory_is_the_first_version_and_the_first_fact(
    operations: PeopleOperations, engine: Engine
) -> None:
    assert facts(engine) == [(1, "DirectoryImported", KEEPER.person_id)]
    (operation,) = operations.operations()
    assert (operation.version, operation.by, operation.concerned) == (1, KEEPER.person_id, ())
    assert operation.synced_at == MONDAY, "no engagement has to hear of it"


def test_before_there_is_a_directory_nothing_else_can_be_done(engine: Engine) -> None:
    with pytest.raises(NotFound):
        PeopleOperations(engine).carry_out(away("marta.silva"), IDA)


def test_an_operation_is_a_new_version_with_its_facts_in_the_ledger(
    operations: PeopleOperations, engine: Engine
) -> None:
    assert operations.carry_out(leaving("luca.ferri"), IDA) == 2
    operation = operations.operation(2)
    assert (operation.kind, operation.by, operation.at) == ("DeactivatePerson", "ida.holm", MONDAY)
    (fact,) = operation.facts
    assert isinstance(fact.event, PersonDeactivated)
    assert (fact.seq, fact.event.reason) == (2, "To the competition, for twice the money")
    assert (fact.by, fact.channel, fact.command, fact.at) == (IDA.person_id, IDA.channel, IDA.command, MONDAY)
    assert "luca.ferri" in operation.concerned
    assert operation.synced_at is None
    version, directory = Registry(engine).directory_version()
    assert version == 2
    assert directory.colleague(PersonId("luca.ferri")) is None
    assert (directory.person(PersonId("luca.ferri")) or firm().people[0]).name == "Luca Ferri"


REFUSED: dict[str, tuple[f.FirmCommand, Actor, type[Exception]]] = {
    "not theirs": (leaving("luca.ferri"), Actor(person_id="marta.silva"), PermissionDenied),
    "a position would be empty": (leaving("claire.dubois"), IDA, NobodyAccountable),
    "a circle": (away("luca.ferri", delegate="luca.ferri"), IDA, BadValue),
    "an unsound file": (
        f.ImportDirectory(directory=firm().replace(positions={**firm().positions, "cfo": "peter.olsen"})),
        IDA,
        BadValue,
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_leaves_no_trace(operations: PeopleOperations, engine: Engine, why: str) -> None:
    command, actor, refusal = REFUSED[why]
    with pytest.raises(refusal):
        operations.carry_out(command, actor)
    assert len(operations.operations()) == len(facts(engine)) == 1
    assert operations.carry_out(away("luca.ferri"), IDA) == 2, "a refusal takes no number"


def test_what_fails_half_way_leaves_no_trace(operations: PeopleOperations, engine: Engine) -> None:
    def fail(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO directory_version"):
            raise RuntimeError("the disk is full")

    @contextmanager
    def broken() -> Iterator[None]:
        event.listen(engine, "before_cursor_execute", fail)
        yield
        event.remove(engine, "before_cursor_execute", fail)

    with broken(), pytest.raises(RuntimeError):
        operations.carry_out(away("luca.ferri"), IDA)
    assert len(facts(engine)) == 1
    assert operations.carry_out(away("luca.ferri"), IDA) == 2


def test_a_file_or_a_person_said_again_is_no_new_version(operations: PeopleOperations) -> None:
    luca = firm().person(PersonId("luca.ferri"))
    assert luca is not None
    assert operations.carry_out(f.SetPerson(person=luca), IDA) == 1
    assert operations.import_directory(firm()) == 1
    assert operations.carry_out(f.SetPerson(person=luca.replace(name="Luca F.")), IDA) == 2
    assert operations.import_directory(firm()) == 3


def test_a_replacement_is_an_operation_though_the_directory_stays_as_it_is(operations: PeopleOperations) -> None:
    command = f.ReplacePerson(person_id="marta.silva", successor="jonas.weber", reason="Time")
    assert operations.carry_out(command, Actor(person_id="tomasz.nowak")) == 2
    assert operations.operation(2).concerned == ("marta.silva",)


def test_today_is_where_the_one_who_acts_works(engine: Engine) -> None:
    """Half past eleven in the evening in New York: yesterday there, tomorrow in Delhi."""
    late = datetime(2026, 3, 3, 4, 30, tzinfo=UTC)
    operations = PeopleOperations(engine, lambda: late)
    operations.import_directory(firm())
    assert operations.carry_out(away("aisha.khan"), Actor(person_id="aisha.khan")) == 2
    with pytest.raises(BadValue):
        operations.carry_out(away("priya.raman"), Actor(person_id="priya.raman"))


def test_operations_are_paged_the_newest_first(operations: PeopleOperations) -> None:
    for first in range(4):
        operations.carry_out(away("luca.ferri", first), IDA)
    assert [o.version for o in operations.operations(limit=2)] == [5, 4]
    assert [o.version for o in operations.operations(before=4, limit=2)] == [3, 2]
    with pytest.raises(NotFound):
        operations.operation(6)


# -- at once


@pytest.mark.usefixtures("operations")
def test_operations_at_once_all_take_effect_each_with_a_version_and_a_link_of_its_own(engine: Engine) -> None:
    def absent(n: int) -> int:
        return PeopleOperations(engine, lambda: MONDAY).carry_out(away("luca.ferri", n), IDA)

    with ThreadPoolExecutor(4) as threads:
        versions = list(threads.map(absent, range(12)))
    assert sorted(versions) == list(range(2, 14))
    assert [seq for seq, *_ in facts(engine)] == list(range(1, 14))
    _, directory = Registry(engine).directory_version()
    assert len([a for a in directory.absences if a.person == "luca.ferri"]) == 12
    assert verify(engine).is_sound


@pytest.mark.usefixtures("operations")
def test_of_two_delegations_at_once_that_would_close_a_circle_one_is_refused(engine: Engine) -> None:
    def delegate(pair: tuple[str, str]) -> bool:
        given = Delegation(person=pair[0], to=pair[1], first=MONDAY.date(), last=MONDAY.date())
        try:
            PeopleOperations(engine, lambda: MONDAY).carry_out(f.GiveDelegation(delegation=given), IDA)
        except BadValue:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        pairs = [("luca.ferri", "marta.silva"), ("marta.silva", "luca.ferri")]
        assert sorted(threads.map(delegate, pairs)) == [False, True]


# -- the record


def test_the_directorys_chain_is_verified_and_signed_with_the_others(
    operations: PeopleOperations, engine: Engine, records: Records, tmp_path: Path
) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    operations.carry_out(away("luca.ferri"), IDA)
    head = sign_head(engine, open_key(tmp_path), MONDAY)
    assert (DIRECTORY, 2) in {(leaf.stream, leaf.seq) for leaf in head.leaves}
    assert verify(engine, head).is_sound
    assert verify(engine, head, engagement_id=deal.id).is_sound
    with writing(engine) as connection:
        connection.execute(update(LedgerRow).where(L.stream == DIRECTORY, L.seq == 2).values(by="hanne.lund"))
    fault = verify(engine, head).faults[0]
    assert (fault.stream, fault.seq, fault.what) == (DIRECTORY, 2, "the row was edited")


def test_what_people_are_called_and_why_they_left_is_not_in_the_ledgers_rows(
    operations: PeopleOperations, engine: Engine
) -> None:
    luca = firm().person(PersonId("luca.ferri"))
    assert luca is not None
    operations.carry_out(f.SetPerson(person=luca.replace(name="Luca Bianchi")), IDA)
    operations.carry_out(leaving("luca.ferri"), IDA)
    with reading(engine) as connection:
        bodies = " ".join(connection.execute(select(L.body).where(L.stream == DIRECTORY)).scalars())
    assert "Bianchi" not in bodies
    assert "@" not in bodies
    assert "competition" not in bodies


def test_a_rebuild_leaves_the_directory_and_makes_whom_engagements_know_again(
    operations: PeopleOperations, engine: Engine, records: Records
) -> None:
    for number in (1, 2):
        records.append(lively_deal(number).batch)
    operations.carry_out(away("luca.ferri"), IDA)
    operations.note(2, EngagementId("ENG-2026-0001"), "told", "DirectoryTaken")
    before, known, done = read_model_digest(engine), cast(engine), operations.operations()
    Records(engine).rebuild()
    assert (read_model_digest(engine), cast(engine)) == (before, known)
    assert operations.operations() == done
    assert [each.outcome for each in operations.outcomes(2)] == ["told"]
    assert Registry(engine).directory_version()[0] == 2


def cast(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(C.engagement_id, C.person_id).order_by(C.engagement_id, C.person_id))
        return [tuple(row) for row in rows]


def test_whom_an_engagement_knows_follows_its_cast_until_it_is_over(engine: Engine, records: Records) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    assert cast(engine) == [(deal.id, person) for person in sorted(deal.state.cast.people)]
    before = len(deal.facts)
    deal.do("luca.ferri", LoseDeal(reason="Too dear"))
    records.append(deal.batch.replace(facts=deal.facts[before:]))
    assert cast(engine) == []


# -- telling engagements


def test_the_oldest_operation_that_has_not_been_synced_comes_first(operations: PeopleOperations) -> None:
    assert operations.pending_version() is None
    operations.carry_out(away("luca.ferri", 0), IDA)
    operations.carry_out(away("luca.ferri", 1), IDA)
    assert operations.pending_version() == 2
    operations.mark_synced(2)
    assert operations.pending_version() == 3
    assert operations.operation(2).synced_at == MONDAY
    operations.mark_synced(3)
    assert operations.pending_version() is None


def test_when_everybody_had_heard_is_not_said_anew(engine: Engine) -> None:
    moments = iter(MONDAY + timedelta(hours=n) for n in range(99))
    operations = PeopleOperations(engine, lambda: next(moments))
    operations.import_directory(firm())
    operations.carry_out(away("luca.ferri"), IDA)
    operations.mark_synced(2)
    first = operations.operation(2).synced_at
    operations.mark_synced(2)
    assert operations.operation(2).synced_at == first


def test_what_engagements_made_of_an_operation_is_kept_by_their_ids(operations: PeopleOperations) -> None:
    operations.carry_out(away("luca.ferri"), IDA)
    operations.note(2, EngagementId("ENG-2026-0002"), "refused", "no-silent-default")
    operations.note(2, EngagementId("ENG-2026-0001"), "not reached")
    operations.note(2, EngagementId("ENG-2026-0001"), "told", "DirectoryTaken")
    assert operations.outcomes(2) == (
        SyncResult(EngagementId("ENG-2026-0001"), MONDAY, "told", "DirectoryTaken"),
        SyncResult(EngagementId("ENG-2026-0002"), MONDAY, "refused", "no-silent-default"),
    )
    assert [each.engagement_id for each in operations.outcomes(2, after="ENG-2026-0001")] == ["ENG-2026-0002"]
    assert operations.outcomes(1) == ()


def test_those_concerned_come_page_by_page_each_once(operations: PeopleOperations, records: Records) -> None:
    for number in range(1, 6):
        records.append(Deal(number).batch)
    known = [PersonId("luca.ferri"), PersonId("kari.moe"), PersonId("tomasz.nowak")]
    assert operations.concerned(known, "", 3) == tuple(f"ENG-2026-000{n}" for n in (1, 2, 3))
    assert operations.concerned(known, "ENG-2026-0003", 3) == ("ENG-2026-0004", "ENG-2026-0005")
    assert operations.concerned([PersonId("nobody.known")], "", 3) == ()
    assert operations.concerned((), "", 3) == ()
    assert len(operations.concerned(None, "", 9)) == 5


Asked = Callable[[PeopleOperations], Any]
QUERIES: dict[str, Asked] = {
    "some people": lambda operations: operations.concerned(
        [PersonId("luca.ferri"), PersonId("kari.moe")], "ENG-2026-0001", 20
    ),
    "everybody": lambda operations: operations.concerned(None, "ENG-2026-0001", 20),
    "what has not been synced": lambda operations: operations.pending_version(),
    "outcomes": lambda operations: operations.outcomes(2),
}


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_of_the_sync_reads_a_whole_table(
    operations: PeopleOperations, records: Records, engine: Engine, query: str
) -> None:
    for number in range(1, 4):
        records.append(Deal(number).batch)
    plan = plan_of(engine, lambda: QUERIES[query](operations))
    assert "Seq Scan" not in plan
    assert not [line for line in plan.splitlines() if line.startswith("SCAN") and "USING" not in line], plan
    assert any(index in plan for index in ("engagement_cast", "directory_unsynced", "directory_outcome")), plan


def plan_of(engine: Engine, ask: Callable[[], Any]) -> str:
    """How the database carries out the one statement that is asked."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    (statement, parameters) = asked[-1]
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


def test_operators_hear_of_what_was_quarantined_before_there_was_anybody_to_tell(engine: Engine) -> None:
    stream, at = engagement_stream(EngagementId("ENG-2026-0007")), MONDAY
    StreamStatuses(engine).quarantine(stream, "the engine does not know it", at)
    outbox = Outbox(engine)
    assert outbox.of_stream(stream) == ()
    PeopleOperations(engine).import_directory(firm())
    told = outbox.of_stream(stream)
    assert {row.to for row in told} == {firm().house_roles["administrator"], firm().house_roles["ops"]}
    assert all("the engine does not know it" in row.text for row in told)
    assert not any("since" in row.text for row in told), "it is so for longer than there is a directory"


def test_who_knows_of_it_is_not_told_again_when_a_directory_is_put_over_a_damaged_one(engine: Engine) -> None:
    """Whoever operates by then for the first time is."""
    people, outbox, standings = PeopleOperations(engine), Outbox(engine), StreamStatuses(engine)
    people.import_directory(firm())
    known, healed = (engagement_stream(EngagementId(f"ENG-2026-000{n}")) for n in (7, 8))
    for stream, at in ((known, MONDAY), (healed, MONDAY)):
        standings.quarantine(stream, "the engine does not know it", at)
    over = MONDAY + timedelta(hours=1)
    Operators(engine).tell(healed_notices(healed, "it goes on", over), over)
    standings.release(healed)
    with writing(engine) as connection:
        connection.execute(update(DirectoryVersionRow).values(document="{}"))
    standings.quarantine(healed, "the engine does not know it", over + timedelta(hours=1))
    others = firm().replace(house_roles={**firm().house_roles, "ops": "kofi.mensah"})
    PeopleOperations(engine, lambda: over + timedelta(hours=2)).import_directory(others)
    told = {
        stream: sorted(row.to for row in outbox.of_stream(stream) if OF_QUARANTINE in row.key)
        for stream in (known, healed)
    }
    assert told == {known: ["ida.holm", "kofi.mensah"], healed: ["ida.holm", "ida.holm", "kofi.mensah"]}


def test_a_token_of_who_is_with_a_client_now_or_of_the_firm_again_is_ended(engine: Engine) -> None:
    people, registry = PeopleOperations(engine), Registry(engine)
    first = firm().clients[0]
    kofi = Person(id="kofi.mensah", name="Kofi Mensah", email="kofi@halden.example", client=first.name)
    elsewhere = firm().replace(
        people=tuple(one for one in firm().people if one.id != kofi.id),
        clients=(first.replace(people=(*first.people, kofi)), *firm().clients[1:]),
    )
    people.import_directory(firm())
    for directory in (elsewhere, firm()):
        tokens = {
            who: registry.tokens.create(who, "test", MONDAY) for who in (PersonId("kofi.mensah"), PersonId("kari.moe"))
        }
        people.import_directory(directory)
        assert [who for who, token in tokens.items() if registry.tokens.person_of(token, MONDAY)] == ["kari.moe"]
