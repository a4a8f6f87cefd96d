"""Whatever can be done over REST in a deal can be done on the command line, by the same path."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import APIRoute

from api.app import ROUTERS
from cli import GROUPS
from domain.acts import ActKind
from domain.step_choices import act_command, vacancy_command

ROOT = Path(__file__).parent.parent
OF_PROGRAMS = {
    "POST /asks/{}/need-info": "`interlock ask decide ASK need_info` says the same",
    "POST /engagements/{}/work-packages/{}/estimate": "`interlock ask estimate` gives several at once",
}
"""Writing operations that have no command of their own, and why."""


def paths_in(folder: Path) -> set[str]:
    """Every path that the modules of a folder name, with `{}` for what stands in it."""
    return {path for file in folder.glob("*.py") for path in _paths(ast.parse(file.read_text()))}


def _paths(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/"):
            yield node.value


def writing_operations() -> set[str]:
    """What changes something in a deal, as `POST /engagements/{}/needs`."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    named = {f"{method} {re.sub('{[^}]*}', '{}', route.path)}" for route in routes for method in route.methods or ()}
    return {name for name in named if re.match(r"(POST|PUT) /(engagements|asks)", name)}


def test_every_writing_operation_of_a_deal_has_a_command() -> None:
    commands = paths_in(ROOT / "commandline")
    # Some are put together: how a deal ends, and what is done in a deal or to a role.
    commands |= {f"/engagements/{{}}/{how}" for how in ("lose", "cancel", "close", "hold", "resume")}
    ends = [path.removeprefix("{}") for path in commands if path.startswith("{}/")]
    commands |= {base + end for base in ("/engagements/{}", "/engagements/{}/roles/{}") for end in ends}
    missing = {write for write in writing_operations() - set(OF_PROGRAMS) if write.split(" ")[1] not in commands}
    assert missing == set()


def test_every_group_of_commands_says_what_it_is_for() -> None:
    assert all(purpose.endswith(".") for _, purpose in GROUPS.values())


def test_the_command_that_a_next_step_names_is_there() -> None:
    named = [act_command("ENG-2026-0001", kind, "M1") for kind in ActKind]
    named += [vacancy_command("ENG-2026-0001", role) for role in ("delivery_lead", "client_sponsor")]
    assert all(_is_there(*told.removeprefix("interlock ").split(" ")[:2]) for told in named)


def _is_there(group: str, name: str) -> bool:
    module, typers = GROUPS[group][0].split(":")
    found = getattr(importlib.import_module(module), typers)
    return name in {command.name for command in found.registered_commands}
