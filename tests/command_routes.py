"""Which routes of REST, and which console commands, lead to which command of the domain; found from the code.

A route leads to the commands that it names, in its handler or in what that calls in `application/`; a command of the
line to the routes whose paths it sends to. Paths have `{}` for what stands in them.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple

from fastapi.routing import APIRoute
from typer import Typer

from api.app import ROUTERS, create_app
from cli.main import GROUPS

ROOT = Path(__file__).parent.parent
HOLE = "{}"
Function = ast.FunctionDef | ast.AsyncFunctionDef
# What each name of a function may stand for.
Names = dict[str, list[str]]
PATH = re.compile(r"(/[\w{}.-]+)+(\?.*)?$")
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@cache
def description() -> dict[str, Any]:
    """What the API publishes of itself: it takes a second to be made."""
    return create_app(None).openapi()  # type: ignore[arg-type]


@cache
def routes() -> dict[str, APIRoute]:
    """Every operation that writes, as `POST /engagements/{}/needs`."""
    every = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
    return {
        f"{method} {re.sub('{[^}]*}', HOLE, route.path)}": route
        for route in every
        for method in (route.methods or set()) & METHODS
    }


@cache
def commands_of(operation: str, known: frozenset[str]) -> frozenset[str]:
    """Names of the commands that an operation leads to, among those that are `known`."""
    handler = ast.parse(inspect.getsource(routes()[operation].endpoint)).body[0]
    named, called = _named(handler, known), _words(handler)
    seen: frozenset[str] = frozenset()
    while not named and (called := (called & _application().keys()) - seen):
        seen |= called
        bodies = [body for name in called for body in _application()[name]]
        named = frozenset().union(*(_named(body, known) for body in bodies))
        called = frozenset().union(*(_words(body) for body in bodies))
    return named


def _named(tree: ast.AST, known: frozenset[str]) -> frozenset[str]:
    return _words(tree) & known


def _words(tree: ast.AST) -> frozenset[str]:
    """Every name that stands in a piece of code, with or without its module before it."""
    words = (
        node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
        for node in ast.walk(tree)
    )
    return frozenset(word for word in words if word)


@cache
def _application() -> dict[str, list[ast.AST]]:
    """The functions of the application, by name."""
    found: dict[str, list[ast.AST]] = {}
    for file in (ROOT / "application").rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, Function):
                found.setdefault(node.name, []).append(node)
    return found


@cache
def sent_by_commands() -> dict[str, frozenset[str]]:
    """By command of the line (`deal hold`): every request that it may send, as `POST /engagements/{}/hold`."""
    found: dict[str, frozenset[str]] = {}
    for group, (where, _) in GROUPS.items():
        module, name = where.split(":")
        app: Typer = getattr(importlib.import_module(module), name)
        for command in app.registered_commands:
            assert command.callback is not None
            start = _functions(command.callback.__module__)[command.callback.__name__]
            said = set(_within(start, {}, frozenset()))
            paths = {text.partition("?")[0].removesuffix(HOLE + HOLE) for text in said if PATH.match(text)}
            found[f"{group} {command.name}"] = frozenset(f"{one} {path}" for one in said & METHODS for path in paths)
    return found


class Defined(NamedTuple):
    """A function, and the module in which it stands."""

    module: str
    body: Function


@cache
def _functions(module: str) -> dict[str, Defined]:
    """The functions that a module defines, or takes from another of the command line, by the name that it uses."""
    tree = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text())
    taken: dict[str, Defined] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cli"):
            names = {alias.name: alias.asname or alias.name for alias in node.names}
            taken |= {names[name]: found for name, found in _functions(str(node.module)).items() if name in names}
    return taken | {node.name: Defined(module, node) for node in tree.body if isinstance(node, Function)}


def _within(function: Defined, given: Names, above: frozenset[str]) -> Iterator[str]:
    """Texts that are paths or methods, of a function and of those that it calls with what it gives them."""
    module, body = function
    names = _assigned(module, body, given)
    for node in _outermost(body):
        if isinstance(node, ast.JoinedStr | ast.Constant):
            yield from (text for text in _texts(module, node, names) if text.startswith("/") or text in METHODS)
        if isinstance(node, ast.Attribute) and node.attr == "send_file":
            yield "POST"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in above:
            called = _functions(module).get(node.func.id)
            if called is not None:
                yield from _within(called, _given(module, called, node, names), above | {node.func.id})


def _outermost(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but the parts of a text that is put together: these say nothing alone."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.JoinedStr):
            yield from _outermost(node)


def _assigned(module: str, body: Function, given: Names) -> Names:
    """What the names of a function stand for, as far as that is a text."""
    names = dict(given)
    for node in ast.walk(body):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            names |= {one.id: list(_texts(module, of, names)) for one, of in pairs if isinstance(one, ast.Name)}
    return names


def _given(module: str, called: Defined, call: ast.Call, names: Names) -> Names:
    parameters = [argument.arg for argument in called.body.args.args]
    by_place = zip(parameters, call.args, strict=False)
    by_name = ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)
    return {name: list(_texts(module, value, names)) for name, value in chain(by_place, by_name)}


def _texts(module: str, value: ast.expr, names: Names) -> Sequence[str]:
    """What an expression may say, with a hole for what is not known before it runs."""
    match value:
        case ast.Constant(value=str() as text):
            found = [text]
        case ast.Name(id=name):
            found = list(names.get(name, ()))
        case ast.FormattedValue(value=inner):
            found = list(_texts(module, inner, names))
        case ast.IfExp(body=one, orelse=other):
            found = [*_texts(module, one, names), *_texts(module, other, names)]
        case ast.JoinedStr(values=parts):
            found = ["".join(chosen) for chosen in product(*(_texts(module, part, names) for part in parts))]
        case ast.Call(func=ast.Name(id=name)) if name in _functions(module):
            found = list(_returned(module, value, _functions(module)[name], names))
        case _:
            found = []
    return found or [HOLE]


def _returned(module: str, call: ast.Call, called: Defined, names: Names) -> Iterator[str]:
    given = _given(module, called, call, names)
    for node in ast.walk(called.body):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from _texts(called.module, node.value, given)
