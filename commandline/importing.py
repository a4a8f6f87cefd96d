"""`interlock people import`: a directory of people from its file, into the record."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.directory_file import directory_from
from adapters.yaml_source import read_source
from commandline.findings import told
from commandline.terminal import ERR, said_plainly, say, settings
from composition import people_operations
from domain.firm.events import DirectoryImported
from domain.holidays_known import holiday_findings
from domain.record import Recorded


def people_import(file: Path) -> None:
    """Take a directory of people, in place of the one before."""
    with said_plainly():
        source, today = read_source(file), settings().clock().date()
        directory = directory_from(source, today.year)
        operations = people_operations(settings())
        version = operations.import_directory(directory)
        say(f"{len(directory.people)} people, {len(directory.clients)} clients. Operation {version}.")
        for word in _what_changed(operations.operation(version).facts):
            say(word)
        known = [f"{name} {calendar.holidays_until or '–'}" for name, calendar in directory.calendars.items()]
        say(f"Holidays are known until: {', '.join(known)}.")
        for found in holiday_findings(directory.calendars.values(), today):
            say(told(source, found), ERR)


def _what_changed(facts: Iterable[Recorded]) -> Iterator[str]:
    """Who came and who left by an import, and when engagements hear of it."""
    for fact in facts:
        if isinstance(fact.event, DirectoryImported):
            for what, people in (
                ("New", fact.event.joined),
                ("Left", fact.event.left),
                ("Changed", fact.event.changed),
            ):
                if people:
                    yield f"{what}: {', '.join(people)}"
            if fact.event.left or fact.event.changed:
                yield "Where a stack runs, engagements hear of it within a minute: interlock people operations"
