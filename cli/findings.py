"""Prints what a check found in a file, with lines, for people and for programs."""

from collections.abc import Sequence
from typing import Any

from adapters.files.yaml_source import Source
from cli.terminal import say
from domain.playbook.checks import Finding


def told(source: Source, found: Finding) -> str:
    return f"{source.file}:{source.line(found.where)}: {found.severity.value}: {found.what}. {found.remedy}"


def as_object(source: Source, found: Finding) -> dict[str, Any]:
    own = found.model_dump(mode="json", include={"severity", "where", "what", "remedy"})
    return {"line": source.line(found.where), **own}


def say_findings(source: Source, found: Sequence[Finding]) -> None:
    for one in found:
        say(told(source, one))
    if not found:
        say("Nothing is left open.")
