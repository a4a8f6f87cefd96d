"""The read model says what the record says, and is written only where something changed."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import DBAPIError

from adapters.db.column_types import NEVER
from adapters.db.database import reading, writing
from adapters.db.projection import ProjectionOutOfSync
from adapters.db.read_model import ReadModel
from adapters.db.read_model_rows import Filters
from adapters.db.records import Records, read_model_digest
from adapters.db.state_parts import parts_changed
from adapters.db.stored_state import StateCache
from adapters.db.tables.asks import VacancyRow
from adapters.db.tables.columns import columns
from adapters.db.tables.engagements import CounterRow, EngagementPersonRow, EngagementRow, StatePartRow
from domain.asks.model import AskKind
from domain.change_order import decide as order_door
from domain.change_order.order import WithdrawOrder
from domain.change_order.permissions import ENGAGEMENT
from domain.engagement.changes.briefing import brief_for
from domain.engagement.changes.lines import ChangeFacts
from domain.engagement.closing.commands import HoldEngagement, LoseDeal
from domain.engagement.engagement_events import FactsVoided
from domain.engagement.needs.commands import RecordNeeds
from domain.engagement.scope.values import Milestone
from domain.next_steps.model import in_order, next_steps
from domain.playbook.model import Stage
from domain.record.facts import Batch, Recorded, recorded
from domain.shared.errors import BadValue
from domain.shared.streams import change_stream, engagement_stream
from domain.shared.transaction import CLOCK, Actor
from domain.shared.values import AskId, EngagementId, PersonId
from tests.adapters.builders import MONDAY, Deal, change_batch, lively_deal
from tests.domain.story import Story, at


@pytest.fixture
def read(engine: Engine) -> ReadModel:
    """The queries, with nothing remembered from the writing."""
    return ReadModel(engine)


def turns(facts: list[Recorded]) -> Iterator[Batch]:
    """A story's facts as its turns wrote them."""
    for _, turn in groupby(facts, key=lambda fact: (fact.at, fact.by, fact.channel)):
        some = tuple(turn)
        yield Batch(stream=some[0].stream, facts=some)


def test_the_state_read_is_the_state_decided(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    for batch in deal.batches():
        records.append(batch)
    assert read.engagement(deal.id) == deal.state


def test_what_is_remembered_and_what_is_read_are_the_same(engine: Engine) -> None:
    deal, states = lively_deal(), StateCache()
    Records(engine, states).append(deal.batch)
    assert ReadModel(engine, states).engagement(deal.id) == ReadModel(engine).engagement(deal.id)


@pytest.mark.parametrize("name", ["halden", "lindqvist", "casework"])
def test_a_whole_deal_rebuilt_has_the_same_bytes(records: Records, read: ReadModel, engine: Engine, name: str) -> None:
    story = Story(name)
    story.play()
    for batch in turns(story.facts):
        records.append(batch)
    before = read_model_digest(engine)
    assert read.engagement(story.state.id) == story.state
    assert Records(engine).rebuild().facts == len(story.facts)
    assert read_model_digest(engine) == before
    assert read.by_stage() == {"closed": 1}
    quote = story.state.price.quote if story.state.price else None
    if quote is not None and quote.services is not None and quote.margin_p80 is not None:
        margin = (quote.services * quote.margin_p80).quantize(Decimal("0.01"))
        assert read.margin_by_stage() == {("closed", story.state.currency): margin}


def test_a_change_order_is_read_whole(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    change = change_batch(deal)
    records.append(deal.batch)
    records.append(change)
    order = read.change_order(deal.id, 1)
    assert order is not None
    assert (order.id, order.seq, order.is_over) == (f"{deal.id}.C1", len(change.facts), True)
    assert read.change_order(deal.id, 2) is None


def test_who_is_unknown_is_none(read: ReadModel) -> None:
    assert read.engagement(EngagementId("ENG-2026-0001")) is None
    assert read.ask(AskId("ENG-2026-0001.A1")) is None
    assert read.seq_of("engagement/ENG-2026-0001") == 0


def test_the_inbox_holds_what_a_person_may_answer_and_no_more(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    mine = [item.ask.kind for item in read.inbox(PersonId("anil.mehta")).items]
    assert mine == [AskKind.ACCEPT_ROLE]
    assert read.inbox(PersonId("kari.moe")).items == ()
    deal.answer(AskKind.ACCEPT_ROLE, "anil.mehta")
    records.append(deal.batch)
    assert read.inbox(PersonId("anil.mehta")).items == ()


def test_an_inbox_has_pages_by_due_time(records: Records, read: ReadModel) -> None:
    for number in range(1, 6):
        records.append(lively_deal(number).batch)
    first = read.inbox(PersonId("anil.mehta"), limit=3)
    second = read.inbox(PersonId("anil.mehta"), after=first.after, limit=3)
    assert [item.engagement_id for item in (*first.items, *second.items)] == [f"ENG-2026-000{n}" for n in range(1, 6)]
    assert second.after is None


def test_an_ask_whose_clock_stands_is_last_in_the_inbox(records: Records, read: ReadModel, engine: Engine) -> None:
    held, other = lively_deal(1), lively_deal(2)
    held.do("marta.silva", HoldEngagement(reason="The client reorganises", until=date(2026, 3, 20)))
    for deal in (held, other):
        records.append(deal.batch)
    page = read.inbox(PersonId("anil.mehta"), limit=1)
    assert [item.engagement_id for item in page.items] == [other.id]
    assert [item.engagement_id for item in read.inbox(PersonId("anil.mehta"), after=page.after).items] == [held.id]
    with reading(engine) as connection:
        dues = connection.execute(text("SELECT count(*) FROM ask_person WHERE is_open")).scalar_one()
    assert dues == 2
    assert NEVER > MONDAY


def test_engagements_are_listed_newest_first_by_pages(records: Records, read: ReadModel) -> None:
    for number in range(1, 6):
        records.append(Deal(number).batch)
    page = read.engagements(limit=2)
    assert [line.id for line in page.items] == ["ENG-2026-0005", "ENG-2026-0004"]
    rest = read.engagements(after=page.after)
    assert [line.id for line in rest.items] == ["ENG-2026-0003", "ENG-2026-0002", "ENG-2026-0001"]
    assert rest.after is None


FOUND = {
    "its stage": (Filters(stage="qualify"), 3),
    "another stage": (Filters(stage="price"), 0),
    "its client": (Filters(client="Halden Energi AS"), 3),
    "its seller": (Filters(mine=PersonId("aisha.khan")), 1),
    "who is asked": (Filters(waits_for=PersonId("anil.mehta")), 1),
    "who is not": (Filters(waits_for=PersonId("kari.moe")), 0),
    "what is vacant": (Filters(vacant=True), 3),
    "the beginning of a word": (Filters(q="Pay"), 1),
    "the beginnings of two": (Filters(q="hald pay"), 1),
    "the beginning of an id": (Filters(q="eng-2026-000"), 3),
    "the end of an id": (Filters(q="0002"), 1),
    "no word": (Filters(q="ayroll"), 0),
    "all at once": (
        Filters("qualify", "Halden Energi AS", PersonId("luca.ferri"), PersonId("anil.mehta"), True, "grid"),
        1,
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_engagements_are_found_by(records: Records, read: ReadModel, case: str) -> None:
    records.append(lively_deal(1).batch)
    records.append(Deal(2).batch)
    records.append(Deal(3, "Payroll", seller="aisha.khan").batch)
    filters, many = FOUND[case]
    assert len(read.engagements(filters).items) == many


def test_a_line_says_what_is_waited_for_on_whom_and_since_when(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    (line,) = read.engagements().items
    ask = next(deal.state.open_asks(AskKind.ACCEPT_ROLE))
    assert (line.next_what, line.next_who_name, line.next_who) == (ask.title, "Anil Mehta", "anil.mehta")
    assert (line.next_since, line.next_due) == (ask.opened_at, ask.due_at)
    assert line.steps == 1
    assert line.manager == "marta.silva"
    assert line.seq == deal.state.seq


def test_vacancies_are_listed_oldest_first(records: Records, read: ReadModel) -> None:
    for number in (1, 2):
        records.append(Deal(number).batch)
    everything = read.vacancies()
    first = read.vacancies(limit=1)
    rest = read.vacancies(after=first.after)
    assert (*first.items, *rest.items) == everything.items
    assert {line.role for line in everything.items} == set(Deal().state.vacancies)
    person = everything.items[0].accountable
    assert {line.accountable for line in read.vacancies(accountable=person).items} == {person}


def test_counters_are_kept(records: Records, read: ReadModel, engine: Engine) -> None:
    records.append(lively_deal(1).batch)
    records.append(Deal(2).batch)
    assert read.by_stage() == {"qualify": 2}
    lost = Deal(2).do("luca.ferri", LoseDeal(reason="Too dear"))
    records.append(lost.batch)
    assert read.by_stage() == {"lost": 1, "qualify": 1}
    records.append(lively_deal(1).do("luca.ferri", LoseDeal(reason="Too dear")).batch)
    assert read.by_stage() == {"lost": 2}
    with reading(engine) as connection:
        assert connection.execute(select(columns(CounterRow).name)).scalars().all() == ["stage:lost"]


def test_the_record_of_an_engagement_has_pages_with_its_changes(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    change = change_batch(deal)
    for batch in (deal.batch, lively_deal(2).batch, change):
        records.append(batch)
    first = read.ledger(deal.id, limit=10)
    rest = read.ledger(deal.id, after=first.after)
    assert tuple(entry.fact for entry in (*first.items, *rest.items)) == (*deal.facts, *change.facts)


@pytest.mark.parametrize("key", ["", "x", "2026-01-01|A1", "|", "2026-01-01T00:00:00+00:00", "9" * 40])
def test_a_page_key_that_nobody_gave_is_refused(read: ReadModel, key: str) -> None:
    person_id, engagement_id = PersonId("marta.silva"), EngagementId("ENG-2026-0001")
    with pytest.raises(BadValue):
        read.inbox(person_id, after=key)
    with pytest.raises(BadValue):
        read.vacancies(person_id, after=key)
    with pytest.raises(BadValue):
        read.ledger(engagement_id, after=key)


def test_only_what_changed_is_written(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    before = len(deal.facts)
    deal.do("luca.ferri", RecordNeeds(needs=(deal.state.needs["N1"].replace(text="No outages"),)))
    written: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2].split("(")[0].strip()))
    records.append(Batch(stream=deal.stream, facts=deal.facts[before:]))
    tables = {statement.split()[2] for statement in written if statement.startswith(("INSERT", "DELETE"))}
    assert not tables & {"engagement_person", "vacancy", "engagement_search", "counter"}
    (changed,) = (statement for statement in written if statement.startswith("UPDATE engagement "))
    assert not {"stage", "client", "title"} & set(re.findall(r"(\w+)=", changed))


def test_of_a_state_only_the_fields_that_changed_are_written(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    before = len(deal.facts)
    deal.do("luca.ferri", RecordNeeds(needs=(deal.state.needs["N1"].replace(text="No outages"),)))
    records.append(Batch(stream=deal.stream, facts=deal.facts[before:]))
    parts = columns(StatePartRow)
    with reading(engine) as connection:
        names = set(connection.execute(select(parts.name).where(parts.changed > before)).scalars())
    assert {"needs", "asks"} <= names
    assert not names & {"cast", "playbook", "promises", "title", "seq"}


def test_amounts_that_are_equal_and_have_other_digits_are_written_again() -> None:
    before = lively_deal().state
    milestone = Milestone(id="M1", title="Go-live", share_percent=Decimal(40), due=date(2026, 9, 1))
    one, other = (
        before.replace(milestones={"M1": milestone.replace(share_percent=Decimal(n))}) for n in ("40", "40.0")
    )
    assert one == other
    assert parts_changed(one, other) == ["milestones"]
    assert parts_changed(one, one.replace(milestones=dict(one.milestones))) == []


def test_people_and_vacancies_follow_the_engagement(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    for batch in deal.batches(1):
        records.append(batch)
    people, vacancies = columns(EngagementPersonRow), columns(VacancyRow)
    with reading(engine) as connection:
        roles = {row.person_id: row.roles for row in connection.execute(select(people.person_id, people.roles))}
        vacant = set(connection.execute(select(vacancies.role)).scalars())
    assert roles["kari.moe"] == "client_signatory,client_sponsor"
    assert roles["marta.silva"] == "engagement_manager"
    assert vacant == set(deal.state.vacancies)


def test_erased_words_are_gone_from_the_read_model_and_from_memory(engine: Engine) -> None:
    deal = lively_deal()
    mine, others = Records(engine), Records(engine)
    mine.append(Batch(stream=deal.stream, facts=deal.facts[:-1]))
    with reading(engine) as connection:
        keys = connection.execute(text("SELECT key FROM content WHERE kind = 'words'")).scalars().all()
    others.erase(keys, MONDAY + timedelta(days=1))
    mine.append(Batch(stream=deal.stream, facts=deal.facts[-1:]))
    state = ReadModel(engine).engagement(deal.id)
    assert state is not None
    assert state.needs["N1"].text == "[erased]"
    before = read_model_digest(engine)
    others.rebuild()
    assert read_model_digest(engine) == before


def test_a_read_model_that_lost_a_row_says_so(records: Records, engine: Engine) -> None:
    deal = lively_deal()
    records.append(Batch(stream=deal.stream, facts=deal.facts[:5]))
    with writing(engine) as connection:
        connection.execute(EngagementRow.__table__.delete())  # type: ignore[attr-defined]
    with pytest.raises(ProjectionOutOfSync, match=deal.stream):
        records.append(deal.batch)
    records.rebuild()
    assert records.append(deal.batch).seq == len(deal.facts)


def answered(deal: Deal) -> Batch:
    """The facts of one more decision."""
    before = len(deal.facts)
    deal.answer(AskKind.ACCEPT_ROLE, "anil.mehta")
    return Batch(stream=deal.stream, facts=tuple(deal.facts[before:]))


def test_of_each_stream_one_version_is_remembered(engine: Engine) -> None:
    deal, states = lively_deal(), StateCache()
    records = Records(engine, states)
    records.append(deal.batch)
    records.append(answered(deal))
    assert states.remembered() == {deal.stream: deal.state.seq}


def test_what_another_process_wrote_is_read_from_where_one_stands(records: Records, engine: Engine) -> None:
    deal, read = lively_deal(), ReadModel(engine)
    records.append(deal.batch)
    first = read.engagement(deal.id)
    records.append(answered(deal))
    second = read.engagement(deal.id)
    assert first is not None
    assert second == deal.state
    same = [name for name, ask in first.asks.items() if second.asks[name] is ask]
    assert same
    assert second.needs["N1"] is first.needs["N1"]
    assert second.playbook is first.playbook


def test_states_are_remembered_up_to_a_number_of_bytes(engine: Engine) -> None:
    deals, free = [lively_deal(number) for number in range(1, 6)], StateCache()
    Records(engine, free).append(deals[0].batch)
    states = StateCache(most_bytes=3 * free.weight)
    for deal in deals:
        Records(engine, states).append(deal.batch)
    read = ReadModel(engine, states)
    assert [read.engagement(deal.id) for deal in deals] == [deal.state for deal in deals]
    assert 2 <= len(states.remembered()) <= 3
    assert free.weight < states.weight <= 3 * free.weight


def test_a_state_above_the_bound_is_read_each_time(engine: Engine) -> None:
    deal, states = lively_deal(), StateCache(most_bytes=1)
    Records(engine, states).append(deal.batch)
    assert ReadModel(engine, states).engagement(deal.id) == deal.state
    assert states.remembered() == {}


def test_a_state_that_was_not_committed_is_not_remembered(engine: Engine) -> None:
    deal, states = lively_deal(), StateCache()
    records = Records(engine, states)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE outbox"))
    with pytest.raises(DBAPIError):
        records.append(deal.batch)
    assert states.remembered() == {}


def test_an_ask_of_facts_that_were_voided_is_gone(engine: Engine, records: Records) -> None:
    deal = lively_deal()
    before = deal.state
    records.append(deal.batch)
    lasting = dict(list(before.asks.items())[:-1])
    without = before.replace(asks=lasting, asks_opened=before.asks_opened - 1, seq=before.seq - 1)
    void = FactsVoided(first=before.seq, last=before.seq, engagement=without)
    mending = recorded(deal.stream, before.seq + 1, (void,), Actor(person_id=CLOCK, channel=CLOCK), deal.now)
    read = ReadModel(engine)
    read.engagement(deal.id)
    records.append(Batch(stream=deal.stream, facts=mending))
    gone = next(reversed(before.asks))
    assert read.ask(gone) is None
    found = read.engagement(deal.id)
    assert found is not None
    assert [*found.asks] == [*lasting]
    digest = read_model_digest(engine)
    Records(engine).rebuild()
    assert read_model_digest(engine) == digest


# -- the first next step, of an engagement and of its change orders


def test_what_a_change_order_waits_for_stands_in_its_engagements_line_while_it_does(
    records: Records, read: ReadModel, engine: Engine
) -> None:
    story = at(Stage.DELIVER)
    n = story.submit(ChangeFacts.in_one(title="More", reason="Client request", price=Decimal(9000), days=2))
    records.append(Batch(stream=engagement_stream(story.state.id), facts=tuple(story.facts)))
    (before,) = read.engagements().items
    brief, actor = brief_for(story.state, n), Actor(person_id="peter.olsen", channel=ENGAGEMENT)
    opened = order_door.start(brief, story.now)
    stream = change_stream(story.state.id, n)
    records.append(Batch(stream=stream, facts=recorded(stream, 1, opened.events, actor, story.now)))
    (during,) = read.engagements().items
    owed = [*next_steps(story.state, story.now), *next_steps(opened.state, story.now)]
    owed.sort(key=lambda step: in_order(step, story.now))
    assert during.steps == len(owed) > before.steps
    assert (during.next_who, during.next_due) == (owed[0].who, owed[0].due)
    (asked, *_) = (step.who for step in next_steps(opened.state, story.now))
    assert asked == during.next_who
    assert [line.id for line in read.engagements(Filters(waits_for=asked)).items] == [story.state.id]
    remade = read_model_digest(engine)
    records.rebuild()
    assert read_model_digest(engine) == remade
    over = order_door.decide(opened.state, WithdrawOrder(reason="No more"), actor, story.now)
    records.append(Batch(stream=stream, facts=recorded(stream, len(opened.events) + 1, over.events, actor, story.now)))
    assert read.engagements().items == (before,)


def test_a_head_keeps_a_vacancy_that_climbed_beyond_them_among_their_steps(records: Records, read: ReadModel) -> None:
    story = Story("halden")
    story.wait(days=14)
    for batch in turns(story.facts):
        records.append(batch)
    for person in (PersonId("priya.raman"), PersonId("tomasz.nowak"), PersonId("ingrid.solberg")):
        found = [
            step for step in read.steps_of(person, 200).items if (step.kind, step.ref) == ("vacancy", "delivery_lead")
        ]
        assert [(step.owner, step.paused) for step in found] == [("ingrid.solberg", False)]
        assert found[0].due_at < story.now
        assert read.engagements(Filters(waits_for=person)).items
