"""What Slack takes: its own types for what it is sent, and its limits, which the types do not carry.

The types come from the package that Slack keeps for Node, as a JSON schema that is made once for each version of it.
The emulator stores anything; Slack answers `invalid_blocks`, and says little about where. Each problem found here is a
line: where (a path), what is so, what was expected.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft7Validator, ValidationError

from demo.slack.emulator import node_program
from tests.slack.limits import problems_of_limits, problems_of_message_limits, problems_of_view_limits
from tests.stack import ROOT

Json = Any
Surface = Literal["message", "modal", "home"]
MODULES = ROOT / "node_modules"
TYPES = MODULES / "@slack/types"
GENERATOR = MODULES / "ts-json-schema-generator"
# What `chat.postMessage`, `.postEphemeral`, `.update` and a `response_url` take.
MESSAGE_ARGUMENTS = frozenset(
    {"as_user", "attachments", "blocks", "channel", "delete_original", "icon_emoji", "icon_url", "link_names",
     "metadata", "mrkdwn", "parse", "reply_broadcast", "replace_original", "response_type", "text", "thread_ts",
     "token", "ts", "unfurl_links", "unfurl_media", "user", "username"}
)  # fmt: skip
VIEWS = {"modal": "ModalView", "home": "HomeView"}
MESSAGE_METHODS = ("chat.postMessage", "chat.postEphemeral", "chat.update", "response_url")
VIEW_METHODS = ("views.open", "views.push", "views.update", "views.publish")
NOT_IN_VIEWS = frozenset({"context_actions", "file", "markdown", "plan", "table", "task_card"})


def problems_of_call(method: str, arguments: Mapping[str, Json]) -> list[str]:
    """Everything for which Slack would refuse a call of ours; nothing where it carries neither message nor view."""
    if method in MESSAGE_METHODS:
        return problems_of_message(arguments)
    return problems_of_view(arguments.get("view")) if method in VIEW_METHODS else []


def problems_of_message(payload: Mapping[str, Json]) -> list[str]:
    """Of the arguments with which a message is posted or changed."""
    unknown = [f"{name}: messages take no such argument" for name in sorted(set(payload) - MESSAGE_ARGUMENTS)]
    about = _against("MessageMetadata", payload["metadata"], "metadata") if payload.get("metadata") else []
    blocks = problems_of_blocks(payload.get("blocks") or (), "message")
    return [*unknown, *problems_of_message_limits(payload), *about, *blocks]


def problems_of_view(view: Json) -> list[str]:
    """Of a modal or of a home."""
    kind = view.get("type") if isinstance(view, Mapping) else None
    if not isinstance(kind, str) or kind not in VIEWS:
        return [f"type: {kind!r} is none of {_listed(VIEWS)}"]
    blocks = view.get("blocks")
    shell = {**view, "blocks": []} if isinstance(blocks, list) else view
    inside = problems_of_blocks(blocks, "modal" if kind == "modal" else "home") if isinstance(blocks, list) else []
    return [*_against(VIEWS[kind], shell, ""), *problems_of_view_limits(view), *inside]


def problems_of_blocks(blocks: Sequence[Json], surface: Surface) -> list[str]:
    """Of blocks where they are to be shown: `message`, `modal` or `home`."""
    found: list[str] = []
    for number, block in enumerate(blocks):
        found += _problems_of_block(block, surface, f"blocks[{number}]")
    return [*found, *problems_of_limits(blocks, surface)]


def _problems_of_block(block: Json, surface: Surface, where: str) -> list[str]:
    """A block is held to its own type alone, so that the wrong field is named."""
    kind = block.get("type") if isinstance(block, Mapping) else None
    if not isinstance(kind, str) or kind not in _blocks_by_type():
        return [f"{where}.type: {kind!r} is none of {_listed(_blocks_by_type())}"]
    if surface != "message" and kind in NOT_IN_VIEWS:
        return [f"{where}.type: {kind!r} is for messages only"]
    return _against(_blocks_by_type()[kind], block, where)


def _against(definition: str, value: Json, where: str) -> list[str]:
    found = (cause for error in _validator(definition).iter_errors(value) for cause in _causes(error))
    return [f"{_path(where, cause.absolute_path)}: {_words(cause)}" for cause in found]


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong in the one alternative that was meant: the one of the value's `type`, else the nearest."""
    if error.validator != "anyOf":
        yield error
        return
    alternatives = _alternatives(error)
    meant = [errors for errors in alternatives if not any(_is_another_type(one) for one in errors)]
    if not meant and _has_type(error.instance):
        yield error
        return
    for nearest in min(meant or alternatives, key=len):
        yield from _causes(nearest)


def _alternatives(error: ValidationError) -> list[list[ValidationError]]:
    """The errors under each alternative."""
    found: dict[Any, list[ValidationError]] = {}
    for cause in error.context or ():
        found.setdefault(cause.relative_schema_path[0], []).append(cause)
    return list(found.values())


def _is_another_type(error: ValidationError) -> bool:
    """True where an alternative, or each alternative within it, is for another `type`."""
    if error.validator == "anyOf" and not error.relative_path:
        return all(any(_is_another_type(one) for one in errors) for errors in _alternatives(error))
    return error.validator in {"const", "enum"} and list(error.relative_path) == ["type"]


def _has_type(value: Json) -> bool:
    return isinstance(value, Mapping) and "type" in value


def _words(error: ValidationError) -> str:
    if error.validator == "anyOf" and isinstance(error.instance, Mapping) and "type" in error.instance:
        kind = error.instance["type"]
        return f"a {kind!r} cannot stand here, only {_listed(_types_meant(error))}"
    return error.message if len(error.message) <= 300 else f"{error.message[:300]}…"


def _types_meant(error: ValidationError) -> Iterator[str]:
    for errors in _alternatives(error):
        for cause in errors:
            if cause.validator == "anyOf":
                yield from _types_meant(cause)
            elif cause.validator == "const":
                yield str(cause.validator_value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _path(where: str, steps: Iterable[str | int]) -> str:
    path = where
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".") or "the whole"


@cache
def _validator(definition: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": _schema()["definitions"]})


@cache
def _blocks_by_type() -> dict[str, str]:
    """The definition of each type of block."""
    definitions = _schema()["definitions"]
    names = [one["$ref"].rsplit("/", 1)[1] for one in definitions["KnownBlock"]["anyOf"]]
    return {_type_of(definitions[name]): name for name in names}


def _type_of(definition: Json) -> str:
    """The `type` that a definition, or every alternative of it, has."""
    while "anyOf" in definition:
        definition = definition["anyOf"][0]
    return str(definition["properties"]["type"]["const"])


@cache
def _schema() -> dict[str, Json]:
    """The types as a JSON schema, from the cache or made anew: half a minute's work at most, once for each version."""
    kept = MODULES / f".cache/interlock/slack-types-{_version(TYPES)}-{_version(GENERATOR)}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _generate(kept)
    schema: dict[str, Json] = json.loads(kept.read_text())
    return schema


def _version(package: Path) -> str:
    return str(json.loads((package / "package.json").read_text())["version"])


def _generate(into: Path) -> None:
    made = into.with_suffix(".making")
    program = [node_program(), str(GENERATOR / "bin/ts-json-schema-generator.js"), "--no-type-check"]
    source = ["--path", str(TYPES / "dist/index.d.ts"), "--type", "*", "--out", str(made)]
    done = subprocess.run([*program, *source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made.replace(into)
