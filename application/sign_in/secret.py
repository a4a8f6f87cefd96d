"""The secret that signs what a browser keeps of a sign-in under way: the same in every process of an installation."""

import secrets
from pathlib import Path

from adapters.files.create_once import made_once

SECRET_FILE = "sign-in.key"  # noqa: S105 -- the name of a file


def open_sign_in_secret(folder: Path) -> bytes:
    """The secret of a data folder, created if there is none yet."""
    return made_once(folder / SECRET_FILE, lambda: secrets.token_bytes(32))
