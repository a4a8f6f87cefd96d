"""A vacancy is offered in the transaction that records it, once, and only where a directory says who could take it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from adapters.db.outbox import Outbox, OutboxEntry
from adapters.db.people_operations import PeopleOperations
from adapters.db.read_model import ReadModel
from adapters.db.records import Records
from domain.engagement.closing.commands import LoseDeal
from domain.engagement.needs.commands import RecordNeeds
from domain.record.facts import Batch
from domain.shared.values import PersonId
from tests.adapters.builders import Deal, firm, lively_deal

MANAGER = "engagement_manager"


@pytest.fixture
def read(engine: Engine) -> ReadModel:
    return ReadModel(engine)


def offers(engine: Engine, stream: str) -> list[OutboxEntry]:
    return [row for row in Outbox(engine).of_stream(stream) if row.kind == "offer"]


def told(engine: Engine, deal: Deal, role: str) -> set[str]:
    return {row.to for row in offers(engine, deal.stream) if f"/vacancy:{role}@" in (row.step or "")}


def test_a_new_deal_is_offered_to_the_competent_and_its_head_hears_who_could(records: Records, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    deal = Deal()
    records.append(deal.batch)
    assert told(engine, deal, MANAGER) == {"tomasz.nowak", "marta.silva", "jonas.weber"}


def test_facts_written_again_offer_nothing_again(records: Records, engine: Engine) -> None:
    PeopleOperations(engine).import_directory(firm())
    deal = Deal()
    records.append(deal.batch)
    before = [row.key for row in offers(engine, deal.stream)]
    records.append(deal.batch)
    records.rebuild()
    assert before
    assert [row.key for row in offers(engine, deal.stream)] == before


def test_without_a_directory_vacancies_are_recorded_and_offered_to_nobody(
    records: Records, read: ReadModel, engine: Engine
) -> None:
    deal = Deal()
    records.append(deal.batch)
    assert {line.role for line in read.vacancies().items} == set(deal.state.vacancies)
    assert offers(engine, deal.stream) == []


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is asked of the database from now on."""
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_who_could_is_looked_for_only_where_something_fell_vacant(
    records: Records, engine: Engine, statements: list[str]
) -> None:
    PeopleOperations(engine).import_directory(firm())
    deal = lively_deal()
    records.append(deal.batch)
    before = len(deal.facts)
    deal.do("luca.ferri", RecordNeeds(needs=(deal.state.needs["N1"].replace(text="No outages"),)))
    statements.clear()
    records.append(Batch(stream=deal.stream, facts=deal.facts[before:]))
    assert statements
    assert not [statement for statement in statements if "directory_version" in statement]


def test_what_people_have_to_do_counts_the_roles_they_hold_where_work_goes_on(
    records: Records, read: ReadModel
) -> None:
    first, second = lively_deal(1), lively_deal(2)
    records.append(first.batch)
    records.append(second.batch)
    loads = read.loads()
    assert (loads[PersonId("marta.silva")], loads[PersonId("luca.ferri")]) == (2, 2)
    assert "kari.moe" not in loads
    records.append(second.do("luca.ferri", LoseDeal(reason="Too dear")).batch)
    assert read.loads()[PersonId("marta.silva")] == 1


def test_who_has_more_to_do_is_offered_a_vacancy_after_who_has_less(records: Records, engine: Engine) -> None:
    alike = tuple(p.replace(verticals=()) if p.id in {"marta.silva", "jonas.weber"} else p for p in firm().people)
    PeopleOperations(engine).import_directory(firm().replace(people=alike))
    records.append(lively_deal(1).batch)
    deal = Deal(2)
    records.append(deal.batch)
    (text,) = [row.text for row in offers(engine, deal.stream) if row.to == "tomasz.nowak"]
    assert text.index("Jonas Weber") < text.index("Marta Silva")


def test_a_vacancy_is_listed_with_its_engagement_function_and_cause(records: Records, read: ReadModel) -> None:
    deal = lively_deal()
    records.append(deal.batch)
    (line,) = read.vacancies(function="delivery").items
    assert (line.title, line.client, line.stage) == (deal.state.title, deal.state.client, "qualify")
    assert (line.role, line.function, line.cause) == ("delivery_lead", "delivery", "not_named")
    assert line.because == deal.state.vacancies["delivery_lead"].because
    assert read.vacancies(function="legal").items == ()


def test_who_must_fill_a_vacancy_or_manages_its_engagement_sees_it(records: Records, read: ReadModel) -> None:
    records.append(Deal(1).batch)
    records.append(lively_deal(2).batch)
    of_delivery = read.vacancies(concerning="priya.raman").items
    assert [(line.engagement_id, line.role) for line in of_delivery] == [
        ("ENG-2026-0001", "delivery_lead"),
        ("ENG-2026-0002", "delivery_lead"),
    ]
    assert [line.engagement_id for line in read.vacancies(concerning="marta.silva").items] == ["ENG-2026-0002"]
    first = read.vacancies(concerning="priya.raman", limit=1)
    rest = read.vacancies(concerning="priya.raman", after=first.after)
    assert (*first.items, *rest.items) == of_delivery
    assert read.vacancies(concerning="olga.petrova").items == ()
