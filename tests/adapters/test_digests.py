"""Digests come from what stands in the read model, by an index each, and are queued once a person and day."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import Engine, Select, event, select, text

from adapters.db import portfolio
from adapters.db.database import reading
from adapters.db.digests import Digests
from adapters.db.installation import Installation
from adapters.db.people_operations import PeopleOperations
from adapters.db.portfolio import portfolio_of
from adapters.db.records import Records, read_model_digest
from adapters.db.registry import Registry
from adapters.db.tables.columns import columns
from adapters.db.tables.messages import OutboxRow
from domain.asks.model import AskKind, Condition, Verdict
from domain.change_order import decide as order
from domain.directory.directory import Directory
from domain.directory.people import Absence
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.roles.commands import ReleaseRole
from domain.engagement.tasks.commands import CompleteTask
from domain.notifications.digest import MAX_ASKS, MAX_OTHERS, DigestContent, PageDone, PeoplePage
from domain.playbook.model import Stage
from domain.record.facts import Batch, Recorded, recorded
from domain.shared.errors import ForeignEngine
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import Actor
from domain.shared.values import PersonId
from tests.adapters.builders import MONDAY, change_batch, firm, lively_deal
from tests.domain.story import Story, at

OB = columns(OutboxRow)
DELHI, BERLIN = "Asia/Kolkata", "Europe/Berlin"
HEAD, LEAD, SELLER, MANAGER = (
    PersonId("priya.raman"),
    PersonId("anil.mehta"),
    PersonId("luca.ferri"),
    PersonId("marta.silva"),
)
TESTER = PersonId("sven.aas")


def of(engine: Engine, person: PersonId) -> DigestContent:
    with reading(engine) as connection:
        return portfolio_of(connection, person)


def shape(found: DigestContent) -> tuple[int, int, int, int]:
    """How many wait for the person, are awaited, are vacant, are their tasks."""
    return found.owed.total, found.awaited.total, found.vacancies.total, found.tasks.total


# -- what it is made of


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        pytest.param(LEAD, (1, 0, 0, 0), id="who is asked"),
        pytest.param(HEAD, (0, 1, 1, 0), id="who asked, and heads the function that is vacant"),
        pytest.param(SELLER, (0, 1, 0, 0), id="who sells"),
        pytest.param(MANAGER, (0, 1, 1, 0), id="who manages the engagement"),
        pytest.param("tomasz.nowak", (0, 0, 0, 0), id="who heads what is held"),
        pytest.param("kari.moe", (0, 0, 0, 0), id="the client"),
        pytest.param("elin.dahl", (0, 0, 0, 0), id="who has no part"),
    ],
)
def test_a_portfolio_holds_what_concerns_a_person(
    records: Records, engine: Engine, person: PersonId, expected: tuple[int, int, int, int]
) -> None:
    records.append(lively_deal().batch)
    assert shape(of(engine, person)) == expected


def test_what_is_awaited_says_who_owes_it_since_when_and_until_when(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    ask = next(deal.state.open_asks(AskKind.ACCEPT_ROLE))
    (awaited,) = of(engine, SELLER).awaited.items
    assert awaited == (ask.id, ask.title, (LEAD,), ask.opened_at, ask.due_at)
    (owed,) = of(engine, LEAD).owed.items
    assert owed == (ask.id, ask.title, "Halden Energi AS", ask.due_at)
    (vacancy,) = of(engine, HEAD).vacancies.items
    assert vacancy == (deal.id, "delivery_lead", MONDAY, HEAD)


def test_an_answer_ends_the_waiting(records: Records, engine: Engine) -> None:
    deal = lively_deal().answer(AskKind.ACCEPT_ROLE, LEAD)
    for batch in deal.batches(1):
        records.append(batch)
    for person in (HEAD, SELLER, MANAGER, LEAD):
        assert shape(of(engine, person))[:2] == (0, 0)


def test_who_manages_no_more_waits_no_more(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    deal.do("tomasz.nowak", ReleaseRole(role="engagement_manager", reason="Elsewhere"))
    records.append(deal.batch)
    assert shape(of(engine, MANAGER)) == (0, 0, 0, 0)
    assert shape(of(engine, PersonId("tomasz.nowak"))) == (0, 0, 1, 0)
    assert of(engine, SELLER).awaited.total == 1


def test_what_a_change_order_asks_is_awaited_too(records: Records, engine: Engine) -> None:
    deal = lively_deal().answer(AskKind.ACCEPT_ROLE, LEAD)
    brief = change_batch(deal).facts[0].event.order.brief  # type: ignore[union-attr]
    workless = brief.facts.replace(items=(brief.facts.items[0].replace(work=()),))
    opened = order.start(brief.replace(facts=workless), deal.now)
    stream, actor = change_stream(deal.id, 1), Actor(person_id="peter.olsen")
    records.append(deal.batch)
    records.append(Batch(stream=stream, facts=recorded(stream, 1, opened.events, actor, deal.now)))
    assert [ask.ask_id for ask in of(engine, MANAGER).awaited.items] == [f"{deal.id}.C1.A1"]
    assert of(engine, PersonId("peter.olsen")).awaited.total == 1, "who submitted it"


def test_a_condition_is_its_owners_task_until_it_is_met(records: Records, engine: Engine) -> None:
    story = at(Stage.DECIDE).until(lambda one: any(one.state.open_asks(AskKind.DECIDE_DEAL))).copy()
    condition = Condition(text="Name a second tester", owner=TESTER, due=date(2027, 4, 1))
    ask = story.ask(AskKind.DECIDE_DEAL)
    while story.now_of(ask).is_open:
        mine = story.state.manager in story.now_of(ask).asked
        by, verdict = (story.state.manager, Verdict.APPROVE_WITH_CONDITIONS) if mine else (None, Verdict.APPROVE)
        story.answer(story.now_of(ask), verdict, by=by, conditions=(condition,) if mine else ())
    stream = engagement_stream(story.state.id)
    records.append(Batch(stream=stream, facts=tuple(story.facts)))
    (task,) = of(engine, TESTER).tasks.items
    assert task == (story.state.id, "T1", "Name a second tester", date(2027, 4, 1))
    story.do(CompleteTask(task="T1", note="Yuki is"), TESTER)
    records.append(Batch(stream=stream, facts=tuple(story.facts)))
    assert of(engine, TESTER) == DigestContent()


def test_what_ended_asks_nothing_of_anybody(records: Records, engine: Engine) -> None:
    deal = lively_deal().do(SELLER, LoseDeal(reason="Too dear"))
    records.append(deal.batch)
    for person in (HEAD, SELLER, MANAGER, LEAD):
        assert of(engine, person) == DigestContent()


@pytest.mark.parametrize("stage", ["estimate", "sow", "deliver"])
def test_halfway_through_a_deal_a_rebuild_gives_the_same_bytes(records: Records, engine: Engine, stage: str) -> None:
    story = Story("halden")
    story.until(lambda told: told.state.stage.value == stage and any(told.state.open_asks()))
    for batch in turns(story.facts):
        records.append(batch)
    before = read_model_digest(engine)
    Records(engine).rebuild()
    assert read_model_digest(engine) == before


def turns(facts: list[Recorded]) -> Iterator[Batch]:
    """A story's facts as its turns wrote them."""
    for _, turn in groupby(facts, key=lambda fact: (fact.at, fact.by, fact.channel)):
        some = tuple(turn)
        yield Batch(stream=some[0].stream, facts=some)


# -- what it costs


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(*call: Any) -> None:
        asked.append(call[2])

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_long_list_shows_its_beginning_and_is_counted(records: Records, engine: Engine) -> None:
    for number in range(1, MAX_ASKS + 3):
        records.append(lively_deal(number).batch)
    owed, awaited = of(engine, LEAD).owed, of(engine, SELLER).awaited
    assert ([len(owed.items), owed.total], [len(awaited.items), awaited.total]) == ([10, 12], [MAX_OTHERS, 12])
    assert list(owed.items) == sorted(owed.items, key=lambda ask: (ask.due_at, ask.ask_id))


def test_a_portfolio_costs_the_same_few_looks_however_much_there_is(records: Records, engine: Engine) -> None:
    counts = []
    for number in range(1, MAX_ASKS + 3):
        records.append(lively_deal(number).batch)
        with statements(engine) as asked:
            of(engine, HEAD)
        counts.append(sum(" FROM " in " ".join(statement.split()) for statement in asked))
    assert counts == [7] * MAX_OTHERS + [9] * (MAX_ASKS + 2 - MAX_OTHERS)


QUERIES = {
    "inbox": portfolio.owed_query(HEAD),
    "step_by_person": portfolio.acts_query(HEAD),
    "awaited": portfolio.awaited_query(HEAD),
    "vacancy_by_person": portfolio.vacancies_query(HEAD),
    "task_by_owner": portfolio.tasks_query(HEAD),
}


@pytest.mark.parametrize("index", QUERIES)
def test_each_list_is_read_by_its_index_and_in_its_order(engine: Engine, index: str) -> None:
    plan = plan_of(engine, QUERIES[index])
    assert index in plan
    whole_tables = [line for line in plan.splitlines() if "Seq Scan" in line or line.startswith("SCAN")]
    assert [line for line in whole_tables if "anon" not in line] == []
    assert index == "awaited" or not re.search("TEMP B-TREE|Sort", plan), "only the few that are shown are sorted"


def plan_of(engine: Engine, query: Select[Any]) -> str:
    """How the database would carry a query out, if its tables were large."""
    spelled = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    is_sqlite = engine.dialect.name == "sqlite"
    with reading(engine) as connection:
        if not is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        rows = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{spelled}"))
        return "\n".join(str(row[-1]) for row in rows)


# -- queued


def eight(day: int = 2, hours_late: int = 0) -> datetime:
    """Eight in the morning in Delhi, in March 2026."""
    return datetime(2026, 3, day, 2, 30, tzinfo=UTC) + timedelta(hours=hours_late)


@pytest.fixture
def registry(engine: Engine) -> Registry:
    """The registry with the sample firm."""
    registry = Registry(engine)
    PeopleOperations(engine).import_directory(firm())
    return registry


def made(engine: Engine, registry: Registry, page: PeoplePage, size: int = 50) -> list[PageDone]:
    """The pages of a run."""
    digests, done = Digests(engine, registry, lambda: MONDAY, size=size), []
    while True:
        done.append(digests.queue_page(page))
        after = done[-1].after
        if after is None:
            return done
        page = page.replace(after=after)


def queued(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(OB.key, OB.to, OB.stream).where(OB.kind == "digest").order_by(OB.key))
        return [(row.key, row.to) for row in rows]


IN_DELHI = [(f"digest:{person}:2026-03-02", person) for person in (LEAD, HEAD)]


@pytest.mark.parametrize("size", [1, 2, 50])
def test_everybody_of_a_zone_with_something_to_hear_has_one_digest(
    records: Records, engine: Engine, registry: Registry, size: int
) -> None:
    records.append(lively_deal().batch)
    done = made(engine, registry, PeoplePage(zone=BERLIN, at=eight()), size)
    there = [person for person in firm().people if firm().calendars[str(person.calendar)].zone == BERLIN]
    assert sum(page.people for page in done) == len(there)
    assert sum(page.told for page in done) == len(queued(engine)) == 2
    assert {person for _, person in queued(engine)} == {SELLER, MANAGER}


def test_a_digest_waits_in_the_outbox_as_words_for_one_person(
    records: Records, engine: Engine, registry: Registry
) -> None:
    records.append(lively_deal().batch)
    made(engine, registry, PeoplePage(zone=DELHI, at=eight()))
    query = select(OB.to, OB.stream, OB.ask_id, OB.sent_at, OB.text).where(OB.key == IN_DELHI[0][0])
    with reading(engine) as connection:
        to, stream, ask, sent_at, words = connection.execute(query).one()
    assert (to, stream, ask, sent_at) == (LEAD, "digest/Asia-Kolkata", None, None)
    assert words.startswith("Mon 2 Mar 2026. Times are those of Asia/Kolkata.\n\nWaits for you (1):\n- due ")
    assert "Will you be delivery lead of Grid control? – Halden Energi AS (ENG-2026-0001.A3)" in words


@pytest.mark.parametrize("late", [0, 4, 14])
def test_a_second_run_of_a_day_adds_nothing_and_the_next_day_does(
    records: Records, engine: Engine, registry: Registry, late: int
) -> None:
    records.append(lively_deal().batch)
    for hours in (0, late):
        made(engine, registry, PeoplePage(zone=DELHI, at=eight(hours_late=hours)))
    assert queued(engine) == IN_DELHI
    made(engine, registry, PeoplePage(zone=DELHI, at=eight(day=3)))
    assert len(queued(engine)) == 4


def test_two_workers_at_the_same_page_tell_each_once(records: Records, engine: Engine, registry: Registry) -> None:
    records.append(lively_deal().batch)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: made(engine, registry, PeoplePage(zone=DELHI, at=eight())), range(8)))
    assert queued(engine) == IN_DELHI


def test_a_page_of_another_installation_queues_nothing_and_one_of_this_does(
    records: Records, engine: Engine, registry: Registry
) -> None:
    records.append(lively_deal().batch)
    own, page = Installation(engine).id(), PeoplePage(zone=DELHI, at=eight())
    with pytest.raises(ForeignEngine):
        made(engine, registry, page.replace(installation="another firm's"))
    assert queued(engine) == []
    made(engine, registry, page.replace(installation=own))
    assert queued(engine) == IN_DELHI


def test_a_page_with_nothing_to_say_writes_nothing(engine: Engine, registry: Registry) -> None:
    with statements(engine) as asked:
        assert made(engine, registry, PeoplePage(zone=DELHI, at=eight()))[0].told == 0
    assert queued(engine) == []
    assert [statement for statement in asked if statement.startswith(("INSERT", "BEGIN IMMEDIATE"))] == []


def changed(**more: Any) -> Directory:
    return firm().replace(**more)


QUIET = {
    "on a Saturday": (firm(), 7),
    "on a holiday": (firm(), 19),  # Ugadi, in Karnataka
    "while they are away": (
        changed(absences=tuple(Absence(person=p, first=date(2026, 3, 1), last=date(2026, 3, 2)) for p in (LEAD, HEAD))),
        2,
    ),
    "who have left": (
        changed(
            people=tuple(p.replace(active=p.id not in {LEAD, HEAD}, deputy=None) for p in firm().people),
            positions={**firm().positions, "head_of_delivery": "hanne.lund"},
        ),
        2,
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_nobody_is_told(records: Records, engine: Engine, registry: Registry, case: str) -> None:
    directory, day = QUIET[case]
    PeopleOperations(engine).import_directory(directory)
    records.append(lively_deal().batch)
    assert sum(page.told for page in made(engine, registry, PeoplePage(zone=DELHI, at=eight(day)))) == 0
    assert queued(engine) == []


def test_before_the_first_directory_there_is_nobody_to_tell(records: Records, engine: Engine) -> None:
    records.append(lively_deal().batch)
    assert made(engine, Registry(engine), PeoplePage(zone=DELHI, at=eight())) == [PageDone(people=0, told=0)]
