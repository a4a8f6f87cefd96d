"""Ids that differ by case alone are one to people: refused within a command, and against what is there already."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from domain.directory.checks import directory_problems
from domain.directory.people import Person
from domain.engagement import commands as c
from domain.engagement.aggregate import Engagement
from domain.engagement.command import Command
from domain.engagement.decide import decide
from domain.engagement.delivery.commands import AskPulse, HoursWorked, ReportHours
from domain.engagement.documents.commands import SetRequirements
from domain.engagement.known_ids import GIVEN
from domain.engagement.needs.commands import RecordNeeds, RecordPromises
from domain.engagement.scope.commands import GiveEstimate, PackageHours, SetMilestones, SetPurchases, SetWorkPackages
from domain.engagement.scope.values import Purchase
from domain.playbook.model import Stage
from domain.shared.errors import BadValue
from domain.shared.transaction import Actor
from domain.shared.values import ItemId
from tests.domain.story import FIRM, MONDAY, Story

Spelled = Callable[[str], str]


@cache
def delivering() -> Engagement:
    """An engagement that has at least one row in each table of ids."""
    state = Story("lindqvist").to(Stage.DELIVER).state
    return state.replace(purchases={"L1": Purchase(id="L1", title="Licences")})


def as_it_is(name: str) -> str:
    return name


def other_case(name: str) -> str:
    return name.swapcase()


def twice(rows: dict[str, Any], spelled: Spelled) -> tuple[Any, ...]:
    """All rows, and one of them again, spelled so."""
    *_, last = rows.values()
    return (*rows.values(), last.replace(id=spelled(last.id)))


def respelled(rows: dict[str, Any], spelled: Spelled, named: str = "") -> tuple[Any, ...]:
    """All rows, one of them under another spelling of its id, or of another's."""
    *others, last = rows.values()
    return (*others, last.replace(id=spelled(named or last.id)))


def first(rows: dict[str, Any]) -> str:
    return next(iter(rows))


# Commands with several rows, each with who may give it and one that names a row twice.
WITHIN: dict[type[Command], tuple[str, Callable[[Engagement, Spelled], Command]]] = {
    RecordNeeds: ("sales", lambda s, so: RecordNeeds(needs=twice(s.needs, so))),
    RecordPromises: ("sales", lambda s, so: RecordPromises(promises=twice(s.promises, so))),
    SetWorkPackages: ("sales", lambda s, so: SetWorkPackages(packages=twice(s.packages, so))),
    SetMilestones: ("sales", lambda s, so: SetMilestones(milestones=twice(s.milestones, so))),
    SetPurchases: ("sales", lambda s, so: SetPurchases(purchases=twice(s.purchases, so))),
    SetRequirements: ("business_analyst", lambda s, so: SetRequirements(requirements=twice(s.requirements, so))),
    GiveEstimate: (
        "expert",
        lambda s, so: GiveEstimate(
            estimates=tuple(
                PackageHours(package=name, hours=next(iter(s.estimates)).hours)
                for name in (first(s.packages), so(first(s.packages)))
            )
        ),
    ),
    ReportHours: (
        "project_manager",
        lambda s, so: ReportHours(
            hours=tuple(HoursWorked(item=name, hours=1) for name in (first(s.packages), so(first(s.packages))))
        ),
    ),
}

BESIDE: list[tuple[type[Command], str, Callable[[Engagement, Spelled], Command]]] = [
    (RecordNeeds, "sales", lambda s, so: RecordNeeds(needs=respelled(s.needs, so))),
    (RecordPromises, "sales", lambda s, so: RecordPromises(promises=respelled(s.promises, so))),
    (SetWorkPackages, "sales", lambda s, so: SetWorkPackages(packages=respelled(s.packages, so))),
    (
        SetWorkPackages,
        "sales",
        lambda s, so: SetWorkPackages(packages=respelled(s.packages, so, first(s.milestones))),
    ),
    (SetMilestones, "sales", lambda s, so: SetMilestones(milestones=respelled(s.milestones, so))),
    (
        SetMilestones,
        "sales",
        lambda s, so: SetMilestones(milestones=respelled(s.milestones, so, first(s.packages))),
    ),
    (SetPurchases, "sales", lambda s, so: SetPurchases(purchases=respelled(s.purchases, so))),
    (
        SetRequirements,
        "business_analyst",
        lambda s, so: SetRequirements(requirements=respelled(s.requirements, so)),
    ),
    (
        AskPulse,
        "engagement_manager",
        lambda s, so: AskPulse(at=so(first(s.milestones)), person_id=s.cast.holders["client_sponsor"]),
    ),
    (
        AskPulse,
        "engagement_manager",
        lambda s, so: AskPulse(at=so("close"), person_id=s.cast.holders["client_sponsor"]),
    ),
]


def refused(state: Engagement, role: str, command: Command) -> BadValue:
    holders = state.cast.holders
    person = holders[next(name for name in holders if name.startswith(role))]
    with pytest.raises(BadValue) as found:
        decide(state, command, Actor(person_id=person), MONDAY)
    return found.value


@pytest.mark.parametrize("spelled", [as_it_is, other_case])
@pytest.mark.parametrize("kind", WITHIN, ids=lambda kind: kind.__name__)
def test_a_command_names_each_row_once(kind: type[Command], spelled: Spelled) -> None:
    role, command = WITHIN[kind]
    found = refused(delivering(), role, command(delivering(), spelled)).refused
    assert found.detail.startswith("Given twice: ")
    assert found.field == GIVEN[kind].field


@pytest.mark.parametrize(("kind", "role", "command"), BESIDE, ids=lambda value: getattr(value, "__name__", None))
def test_an_id_that_is_anothers_but_for_its_case_is_refused(
    kind: type[Command], role: str, command: Callable[[Engagement, Spelled], Command]
) -> None:
    found = refused(delivering(), role, command(delivering(), other_case)).refused
    assert "except for its case, and people would mix them up" in found.detail
    assert found.field == GIVEN[kind].field


def test_every_command_that_takes_ids_of_its_own_is_in_the_table() -> None:
    union = get_args(get_args(c.AnyCommand)[0]) or get_args(c.AnyCommand)
    with_ids = {kind for kind in union if any(list(_own_ids(field.annotation)) for field in kind.model_fields.values())}
    assert with_ids
    assert with_ids <= set(GIVEN)
    assert set(GIVEN) == set(WITHIN) | {AskPulse}


def _own_ids(kind: Any) -> Iterator[type[BaseModel]]:
    """The models of rows that bring an id of their own."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and _is_item(kind.model_fields.get("id")):
        yield kind
    for part in get_args(kind):
        yield from _own_ids(part)


def _is_item(field: FieldInfo | None) -> bool:
    pattern = get_args(ItemId)[1].metadata
    return field is not None and pattern[0] in field.metadata


def test_a_package_is_not_called_like_a_change_order_in_either_case() -> None:
    story = Story("lindqvist").until(lambda told: told.state.packages)
    packages = respelled(story.state.packages, lambda _name: "c1")
    with pytest.raises(BadValue, match="is reserved for change orders"):
        story.do(SetWorkPackages(packages=packages), by=story.holder("sales"))


def test_clients_and_calendars_whose_names_differ_by_case_are_refused() -> None:
    client = FIRM.clients[0]
    shouted = client.replace(name=client.name.upper(), people=())
    assert [problem.what for problem in directory_problems(FIRM.replace(clients=(*FIRM.clients, shouted)))] == [
        f"{shouted.name} is used twice"
    ]
    calendars = {**FIRM.calendars, "no": FIRM.calendars["NO"]}
    assert "no is used twice" in [problem.what for problem in directory_problems(FIRM.replace(calendars=calendars))]


def test_the_id_of_a_person_has_one_spelling() -> None:
    with pytest.raises(ValidationError):
        Person.model_validate({**FIRM.people[0].model_dump(), "id": "Luca.Ferri"})
