"""Reads a deal's YAML into `domain.deal_file.model.DealFile`, reporting everything that is wrong in one refusal."""

from pathlib import Path

from adapters.files.yaml_source import FileRefused, Source, dotted, in_order, read_source, reading_of
from domain.deal_file.checks import deal_problems, lacking_to_play
from domain.deal_file.model import DealFile
from domain.deal_file.size_limits import too_large
from domain.directory.directory import Directory
from domain.playbook.model import Playbook


def read_deal(path: Path, directory: Directory, playbook: Playbook) -> tuple[DealFile, tuple[str, ...]]:
    """Returns a deal that can be played to its end, and a warning for each key that was ignored.

    Raises FileRefused with every problem, including whatever is missing that starting a deal does not need but playing
    it does.
    """
    return deal_from(read_source(path), directory, playbook, to_play=True)


def deal_from(
    source: Source, directory: Directory, playbook: Playbook, *, to_play: bool = False
) -> tuple[DealFile, tuple[str, ...]]:
    """The same for a source that has been read already; by default it requires only what a deal needs to start.

    A key that resembles no known field is ignored with a warning: deals come from systems that have more to say.
    """
    reading = reading_of(source, DealFile, ignore_unknown=True)
    found = deal_problems(reading.value, directory, playbook, unread=reading.unread)
    found += tuple(lacking_to_play(reading.value, unread=reading.unread)) if to_play else ()
    found += () if reading.unread else tuple(too_large(reading.value, playbook))
    problems = (*reading.problems, *(source.problem(p.where, p.what, p.remedy) for p in found))
    if problems:
        raise FileRefused(*in_order(problems))
    return reading.value, tuple(_warning(source, dotted(stranger.path)) for stranger in reading.ignored)


def _warning(source: Source, path: str) -> str:
    return f"{source.file}:{source.line(path)}: {path} is not a known field and is ignored"
