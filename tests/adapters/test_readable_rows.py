"""One row that somebody edited silences nobody: what is sound goes on, and the operators hear which row it was."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from adapters.db.chat_cards import ChatCards, Due
from adapters.db.database import reading, writing
from adapters.db.digests import Digests
from adapters.db.inbox import Inbox, InboxEntry
from adapters.db.outbox import Outbox
from adapters.db.portfolio import portfolio_of
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from adapters.db.registry import Registry
from adapters.db.stream_status import StreamStatuses
from domain.notifications.digest import PeoplePage
from domain.notifications.operators import INSTALLATION
from tests.adapters.builders import MONDAY, firm, lively_deal
from tests.adapters.test_digests import BERLIN, eight, queued

LATER = MONDAY + timedelta(days=30)
NO_TEXT = ("x'00ff'", "CAST(x'ff41' AS TEXT)")


@pytest.fixture
def engine(file_with_a_deal: Engine) -> Engine:
    return file_with_a_deal


def edit(engine: Engine, change: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(change))


def told(engine: Engine) -> list[str]:
    """What the operators hear of damage."""
    return [row.text for row in Outbox(engine).of_stream(INSTALLATION) if row.kind == "damage"]


@pytest.mark.parametrize("odd", NO_TEXT)
@pytest.mark.parametrize("column", ["key", "to", "kind", "text", "created_at", "attempts"])
def test_a_message_that_was_edited_keeps_no_other_from_its_reader(engine: Engine, column: str, odd: str) -> None:
    outbox = Outbox(engine, lambda: MONDAY)
    before = {row.key for row in outbox.due(LATER)}
    first = min(before)
    edit(engine, f"UPDATE outbox SET \"{column}\" = {odd} WHERE key = '{first}'")  # noqa: S608 -- the test's own
    assert {row.key for row in outbox.due(LATER)} == before - {first}
    operators = {row.to for row in outbox.due(LATER) if row.kind == "damage"}
    assert operators == {firm().house_roles[role] for role in ("administrator", "ops")}
    many = len(outbox.due(LATER))
    assert len(outbox.due(LATER)) == many
    assert any("A row of the outbox about message" in line for line in told(engine))


@pytest.mark.parametrize("column", ["key", "account", "command", "attempts"])
def test_a_wish_that_was_edited_keeps_no_other_waiting(engine: Engine, column: str) -> None:
    intake, until = Inbox(engine), MONDAY + timedelta(hours=1)
    intake.keep([InboxEntry(key, "U1", "{}", "here") for key in ("k1", "k2", "k3")], MONDAY, MONDAY)
    edit(engine, f"UPDATE deferred_command SET {column} = x'00ff' WHERE key = 'k1'")  # noqa: S608
    assert [(kept.key, kept.attempts) for kept in intake.take(MONDAY, until, limit=2)] == [("k2", 1), ("k3", 1)]
    assert intake.take(MONDAY, until) == ()
    assert len(set(told(engine))) == 1


def test_a_step_that_was_edited_keeps_no_other_card_from_being_looked_at(engine: Engine) -> None:
    cards = ChatCards(engine)
    for step in ("A1", "A2"):
        cards.look_at(Due(step, MONDAY))
    edit(engine, "UPDATE card_due SET step = x'00ff' WHERE step = 'A1'")
    assert cards.due(MONDAY) == (Due("A2", MONDAY),)
    assert len(set(told(engine))) == 1


def test_streams_are_compared_beside_one_that_was_edited(engine: Engine) -> None:
    standings, other = StreamStatuses(engine, lambda: MONDAY), lively_deal(2)
    Records(engine).append(other.batch)
    edit(engine, "UPDATE engagement SET stream = x'00ff' WHERE id = 'ENG-2026-0001'")
    assert standings.running("", 10) == (other.stream,)
    edit(engine, f"UPDATE stream_head SET quarantined = x'00ff' WHERE stream = '{other.stream}'")  # noqa: S608
    assert standings.quarantined() == {other.stream: "its row was edited"}
    assert len(set(told(engine))) == 2


def test_a_row_of_one_person_leaves_nobody_of_their_zone_without_a_digest(engine: Engine) -> None:
    edit(engine, "UPDATE vacancy_person SET since = 'odd' WHERE person_id = 'marta.silva'")
    Digests(engine, Registry(engine), lambda: MONDAY).queue_page(PeoplePage(zone=BERLIN, at=eight()))
    assert [to for _, to in queued(engine)] == ["luca.ferri", "marta.silva"]
    assert any("A row of the read model about the step" in line for line in told(engine))


@pytest.mark.parametrize(
    "change",
    [
        "ask_person SET due_at = 'odd'",
        "ask_person SET ask_id = 'elsewhere'",
        "vacancy_person SET role = x'00ff'",
        "vacancy SET accountable = x'00ff'",
    ],
)
def test_a_portfolio_and_steps_say_that_they_lack_a_row(engine: Engine, change: str) -> None:
    edit(engine, f"UPDATE OR IGNORE {change}")
    read, damaged = ReadModel(engine), set[str]()
    for person in firm().people:
        with reading(engine) as connection:
            found = portfolio_of(connection, person.id)
        assert found.is_incomplete is bool(found.damaged)
        damaged |= {*found.damaged, *read.steps_of(person.id).damaged}
    assert damaged
