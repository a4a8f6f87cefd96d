"""Playbooks on the command line: checking them, and putting them into force."""

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.db.registry import Registry
from adapters.files.directory_file import read_directory
from adapters.files.playbook_file import playbook_from
from adapters.files.yaml_source import read_source
from cli.commands import Access, Deal, carry_out
from cli.findings import as_object, say_findings
from cli.options import AsJson, Token, Url
from cli.terminal import FAILED, OUT, cli_errors, say, settings
from composition import directory_in_force, has_data, opened
from domain.directory.directory import Directory
from domain.playbook.checks import Severity, findings
from settings import Settings

playbook_app = typer.Typer()


@playbook_app.command("check")
def playbook_check(
    file: Annotated[Path | None, typer.Argument()] = None,
    directory_file: Annotated[Path | None, typer.Option("--directory")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a playbook: no gap, no ladder that ends at nobody, no gate that only the requester decides."""
    with cli_errors():
        chosen = settings()
        path = file or chosen.playbook
        source = read_source(path)
        directory = read_directory(directory_file, chosen.clock().year) if directory_file else _known_directory(chosen)
        found = findings(playbook_from(source), directory)
        if as_json:
            OUT.print_json(json.dumps([as_object(source, one) for one in found]))
        else:
            say_findings(source, found)
        if any(one.severity is Severity.ERROR for one in found):
            raise typer.Exit(FAILED)


@playbook_app.command("publish")
def playbook_publish(file: Path) -> None:
    """Publish a playbook for engagements that start from now on; running ones keep theirs."""
    with cli_errors():
        chosen = settings()
        source = read_source(file)
        playbook = playbook_from(source)
        registry = Registry(opened(chosen), chosen.clock)
        found = findings(playbook, directory_in_force(registry))
        say_findings(source, found)
        if any(one.severity is Severity.ERROR for one in found):
            raise typer.Exit(FAILED)
        registry.save_playbook(playbook, "command line")
        registry.publish_playbook(playbook.name, playbook.version)
        say(f"{playbook.name} {playbook.version} is in force for engagements that start from now on.")


@playbook_app.command("take")
def playbook_take(engagement: Deal, token: Token, url: Url = None, as_json: AsJson = False) -> None:
    """Move a running deal to the current playbook; what is decided stays decided. For the process owner."""
    carry_out(Access(token, url, as_json), "POST", f"/engagements/{engagement}/playbook")


def _known_directory(chosen: Settings) -> Directory | None:
    return directory_in_force(Registry(opened(chosen), chosen.clock)) if has_data(chosen) else None
