"""The directory in force, as whoever holds a connection finds it: parsed once for each version."""

from sqlalchemy import Connection, select

from adapters.stored_state import Recent
from adapters.tables import DirectoryVersionRow, columns
from domain.directory import Directory

D = columns(DirectoryVersionRow)


class Directories:
    """Reads the newest directory, and remembers the last two."""

    def __init__(self) -> None:
        self._known: Recent[int, Directory] = Recent(2)

    def in_force(self, connection: Connection) -> tuple[int, Directory] | None:
        """The version in force, and the directory; None before the first import."""
        version = connection.execute(select(D.version).order_by(D.version.desc()).limit(1)).scalar_one_or_none()
        return (version, self._known.get(version) or self._read(connection, version)) if version is not None else None

    def _read(self, connection: Connection, version: int) -> Directory:
        text = connection.execute(select(D.document).where(D.version == version)).scalar_one()
        directory = Directory.model_validate_json(text)
        self._known.keep(version, directory)
        return directory
