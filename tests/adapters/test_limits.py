"""Nobody waits for a database beyond a bounded time, and nothing is lost by it: on SQLite and on PostgreSQL alike.

Whoever is in the way is another process: it holds what others write, was stopped while it did, or is the server.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.exc import TimeoutError as PoolTimeout
from temporalio.testing import ActivityEnvironment

from activities.recording import Recorder
from adapters.db import ledger
from adapters.db import postgres as limits
from adapters.db.database import DATABASE_AWAY, TransactionEnded, WriteTurnTimeout, open_database, reading, writing
from adapters.db.installation import Installation
from adapters.db.migrating import migrate
from adapters.db.records import Records
from adapters.db.tables.record import InstallationRow
from tests.adapters.builders import lively_deal
from tests.databases import new_postgres, stopped_server

HOLDER = """
import sys, time
from sqlalchemy import text
from adapters.db.database import open_database, writing
url, patience, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
with writing(open_database(url), patience) as connection:
    connection.execute(text("UPDATE installation SET stopped = 'held'"))
    connection.execute(text("UPDATE stream_head SET told = told"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE stream_head IN EXCLUSIVE MODE"))
    print("holds", flush=True)
    time.sleep(seconds)
"""
FOR_EVER = 60.0


@contextmanager
def holder(engine: Engine, seconds: float, patience: float = FOR_EVER) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds, within a transaction, what everybody writes."""
    Installation(engine).id()
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", HOLDER, url, str(patience), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "holds\n"
            yield process
        finally:
            process.kill()


def write(engine: Engine, patience: float, word: str = "") -> None:
    with writing(engine, patience) as connection:
        connection.execute(update(InstallationRow).values(stopped=word))


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Whatever comes of it, it comes in time."""
    began = time.monotonic()
    try:
        yield
    finally:
        assert time.monotonic() - began < seconds


def test_who_waits_for_a_short_while_writes_then(engine: Engine) -> None:
    with holder(engine, 2):
        write(engine, 20, "later")
    assert Installation(engine).stopped() == "later"


@pytest.mark.parametrize("is_stopped", [False, True], ids=["held for ever", "stopped while it holds"])
def test_who_holds_others_up_has_them_refused_after_a_bounded_time(engine: Engine, *, is_stopped: bool) -> None:
    with holder(engine, FOR_EVER) as process:
        if is_stopped:
            process.send_signal(signal.SIGSTOP)
        with at_most(3), pytest.raises(WriteTurnTimeout, match=r"0\.5 seconds"):
            write(engine, 0.5)
        with at_most(3):  # and nobody who reads waits
            assert Installation(engine).stopped() == ""
        process.kill()
        process.wait()
        write(engine, 10, "free")
    assert Installation(engine).stopped() == "free"


def test_who_was_refused_once_writes_later_over_the_same_connection(engine: Engine) -> None:
    Installation(engine).id()
    with writing(engine) as connection:
        connection.execute(update(InstallationRow).values(stopped="first"))
        with pytest.raises(WriteTurnTimeout):
            write(engine, 0.1)
    for _ in range(20):
        write(engine, 2)


def test_facts_that_were_refused_are_written_by_the_next_attempt_once(engine: Engine) -> None:
    """As the engine has a batch recorded again and again."""
    deal = lively_deal()
    with holder(engine, 8):
        with at_most(8), pytest.raises(WriteTurnTimeout):
            Records(engine).keep(deal.batch)
        while True:
            try:
                kept = Records(engine).keep(deal.batch)
            except WriteTurnTimeout:
                continue
            break
    assert kept.seq == len(deal.facts)
    with reading(engine) as connection:
        assert ledger.read(connection, deal.stream) == deal.facts


INTERRUPTED = """
import ctypes, random, sys, threading, time
from sqlalchemy import text
from adapters.db.database import open_database, writing

class Interrupted(Exception): pass

def write_on_and_on():
    while not over.is_set():
        try:
            with writing(engine) as connection:
                connection.execute(text("UPDATE installation SET stopped = 'interrupted'"))
        except Exception:
            pass  # what an exception from outside makes of a connection is not the question here

sys.unraisablehook = lambda unraisable: None
engine, over, chance = open_database(sys.argv[1]), threading.Event(), random.Random(9)
threads = [threading.Thread(target=write_on_and_on, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(300):
    victim = chance.choice(threads).ident
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(victim), ctypes.py_object(Interrupted))
    time.sleep(chance.random() * 0.005)
over.set()
print("over", flush=True)
time.sleep(60)
"""


def test_threads_that_are_interrupted_anywhere_let_others_write(engine: Engine) -> None:
    """As a time-out that is raised into an activity's thread: the process lives on, with whatever it had taken."""
    Installation(engine).id()
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", INTERRUPTED, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "over\n"
            with at_most(15):
                write(engine, 12)  # a session that was left within its transaction is ended after ten seconds
            for _ in range(20):
                with at_most(2):
                    write(engine, 2)
        finally:
            process.kill()


# -- what only a server can do


@pytest.fixture
def served(postgres: str) -> Iterator[Engine]:
    """A migrated database on PostgreSQL, with the installation's row."""
    with new_postgres(postgres) as url:
        engine = open_database(url)
        migrate(engine)
        Installation(engine).id()
        yield engine
        engine.dispose()


def test_who_stands_still_within_a_transaction_keeps_nobody_from_writing(served: Engine) -> None:
    with holder(served, FOR_EVER, patience=1) as process:
        process.send_signal(signal.SIGSTOP)
        with at_most(6):
            write(served, 10, "went on")
    assert Installation(served).stopped() == "went on"


@pytest.mark.parametrize("goes_on", [True, False], ids=["it writes on", "it ends without another word"])
def test_who_stood_still_for_too_long_has_written_nothing_and_is_told(served: Engine, *, goes_on: bool) -> None:
    def stand_still() -> None:
        with writing(served, 0.5) as connection:
            connection.execute(update(InstallationRow).values(stopped="lost"))
            time.sleep(2)
            if goes_on:
                connection.execute(update(InstallationRow).values(stopped="lost too"))

    with pytest.raises(TransactionEnded if goes_on else DATABASE_AWAY):
        stand_still()
    assert Installation(served).stopped() == ""


def test_a_statement_that_goes_on_and_on_is_ended(served: Engine) -> None:
    with at_most(3), pytest.raises(DATABASE_AWAY), reading(served, patience=0.5) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(30)")


def test_a_server_that_stands_still_is_away_after_a_bounded_time_and_serves_again(
    served: Engine, postgres: str
) -> None:
    Installation(served).stopped()
    with stopped_server(postgres):
        for _ in range(2):  # over a connection that was there, then over a new one
            with at_most(2 * limits.CONNECT_SECONDS + 2), pytest.raises(DATABASE_AWAY):
                write(served, 1, "lost")
    write(served, 5, "back")
    assert Installation(served).stopped() == "back"


def test_who_writes_while_the_server_is_stopped_is_told_and_nothing_of_it_stands(served: Engine, postgres: str) -> None:
    def write_halfway() -> None:
        with writing(served, 1) as connection:
            connection.execute(update(InstallationRow).values(stopped="half"))
            with stopped_server(postgres), at_most(6):
                connection.execute(update(InstallationRow).values(stopped="whole"))

    with pytest.raises(DATABASE_AWAY):
        write_halfway()
    assert Installation(served).stopped() == ""


async def test_the_recording_of_facts_goes_on_once_the_server_is_back(served: Engine, postgres: str) -> None:
    """What is raised is no verdict: the engine tries again, and nothing is lost or written twice."""
    deal, records = lively_deal(), Records(served)
    record, engine = Recorder(records).record, ActivityEnvironment()
    with stopped_server(postgres), at_most(20), pytest.raises(DATABASE_AWAY):
        await engine.run(record, deal.batch)
    for _ in range(2):
        assert (await engine.run(record, deal.batch)).seq == len(deal.facts)
    assert records.facts(deal.stream) == deal.facts


def test_whoever_comes_when_all_connections_are_taken_is_refused_in_time(
    served: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.db.database.POOL_SECONDS", 0.5)
    few = open_database(served.url.render_as_string(hide_password=False))
    taken = [few.connect() for _ in range(limits.MAX_KEPT + limits.MAX_BESIDE)]
    with at_most(3), pytest.raises(PoolTimeout):
        write(few, 1)
    for connection in taken:
        connection.close()
    write(few, 1)
    few.dispose()


def test_an_address_may_set_limits_of_its_own(served: Engine) -> None:
    address = served.url.update_query_dict({"connect_timeout": "9"})
    engine = open_database(address.render_as_string(hide_password=False))
    assert engine.url.query["connect_timeout"] == "9"
    with reading(engine) as connection:
        own = connection.connection.driver_connection
        assert isinstance(own, limits.Bounded)
        found = own.info.get_parameters()
    assert {name: found[name] for name in limits.PROBED} == limits.PROBED
    assert (found["connect_timeout"], found["tcp_user_timeout"]) == ("9", "10000")
    engine.dispose()


def test_many_at_once_wait_side_by_side_and_not_one_after_another(served: Engine) -> None:
    with holder(served, FOR_EVER), at_most(6), ThreadPoolExecutor(8) as threads:
        waits = [threads.submit(write, served, 1.0) for _ in range(8)]
        assert all(isinstance(one.exception(), DATABASE_AWAY) for one in waits)
