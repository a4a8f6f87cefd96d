"""Each command of the domain has a route of REST and a command of the line; so has each writing operation."""

import importlib
from collections.abc import Iterator, Mapping

import pytest
from pydantic import BaseModel

from adapters.console_commands import command_of
from cli.main import GROUPS
from domain.change_order.decide import HANDLERS as OF_CHANGES
from domain.directory.commands import FirmCommand
from domain.directory.decide import WHO_MAY as OF_THE_FIRM
from domain.engagement.command import Command
from domain.engagement.commands import COMMANDS as OF_ENGAGEMENTS
from domain.engagement.start import StartDeal
from domain.next_steps.acts_owed import ActKind
from domain.next_steps.choices import act_action, vacancy_action
from domain.shared.values import EngagementId
from tests.command_routes import commands_of, routes, sent_by_commands

TABLES: tuple[type[BaseModel], ...] = (StartDeal, *OF_ENGAGEMENTS, *OF_CHANGES, *OF_THE_FIRM)
# Every command that the tables of the domain let somebody give.
COMMANDS = frozenset(kind.__name__ for kind in TABLES)
# What no person gives, and how it comes instead.
OF_THE_ENGINE: Mapping[str, str] = {
    "TakeDirectory": "What the directory says comes to engagements by itself, after each operation on it.",
    "ReportChange": "A change order tells its engagement what became of it.",
    "TakeBrief": "An engagement tells its change orders what it knows.",
    "ConfirmClient": "An engagement tells the directory what finance answered there.",
}
# What is sent as a file, which the route reads: there it has no name.
BY_A_FILE: Mapping[str, str] = {
    "ImportDirectory": "POST /people/import",
}
# Writing operations that have no command of the line of their own, and why.
OF_PROGRAMS: Mapping[str, str] = {
    "POST /asks/{}/need-info": "`interlock ask decide ASK need-info` says the same",
    "POST /engagements/{}/work-packages/{}/estimate": "`interlock ask estimate` gives several at once",
    "PUT /people/{}": "`interlock people import` takes what a person is, with the rest of the file",
    "POST /tokens": "`interlock token create` works at the machine, so that the first person can be let in",
}


def routes_of(command: str) -> set[str]:
    found = {name for name in routes() if command in commands_of(name, COMMANDS)}
    return found | {BY_A_FILE[command]} if command in BY_A_FILE else found


@pytest.mark.parametrize("command", sorted(COMMANDS - set(OF_THE_ENGINE)))
def test_each_command_of_the_domain_has_a_route_and_a_command_of_the_line(command: str) -> None:
    found = routes_of(command)
    assert found, f"no route of REST leads to {command}"
    assert found <= set(routes())
    sent = {request for requests in sent_by_commands().values() for request in requests}
    assert found & (sent | set(OF_PROGRAMS)), f"no command of the line sends {found}"


def test_the_tables_know_every_command_that_there_is() -> None:
    kinds = {kind.__name__ for base in (Command, FirmCommand) for kind in _concrete(base)}
    assert kinds == COMMANDS


def _concrete(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """What is a command by its name; a base of several has none of its own."""
    for narrower in base.__subclasses__():
        if "kind" in narrower.model_fields:
            yield narrower
        yield from _concrete(narrower)


def test_what_the_engine_gives_has_no_door() -> None:
    assert set(OF_THE_ENGINE) <= COMMANDS
    assert {command for command in OF_THE_ENGINE if routes_of(command)} == set()


def test_each_writing_operation_has_a_command_of_the_line() -> None:
    sent = {request for requests in sent_by_commands().values() for request in requests}
    assert set(routes()) - sent == set(OF_PROGRAMS)


def test_every_group_of_commands_says_what_it_is_for() -> None:
    assert all(purpose.endswith(".") for _, purpose in GROUPS.values())


def test_the_command_that_a_next_step_names_is_there() -> None:
    named = [act_action(EngagementId("ENG-2026-0001"), kind, "M1") for kind in ActKind]
    named += [vacancy_action(EngagementId("ENG-2026-0001"), role) for role in ("delivery_lead", "client_sponsor")]
    told = [command_of(action).removeprefix("interlock ").split(" ")[:2] for action in named]
    assert all(_is_there(group, name) for group, name in told)


def _is_there(group: str, name: str) -> bool:
    module, typers = GROUPS[group][0].split(":")
    found = getattr(importlib.import_module(module), typers)
    return name in {command.name for command in found.registered_commands}
