"""Folders in which lies what people wrote: nobody else on the machine looks into those that are made here."""

from pathlib import Path


def make_private(folder: Path) -> None:
    """Makes the folder, for its owner alone, where it is not there yet. One that is there stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
