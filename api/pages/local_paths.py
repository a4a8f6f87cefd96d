"""Where a form may lead back to: a path of this site, and nowhere else."""

from urllib.parse import urlsplit

START = "/"
MAX_PATH = 2000


def local_path(wanted: str, otherwise: str = START) -> str:
    """`wanted` if it is an absolute path on this site; else `otherwise`.

    Browsers read `//host`, `/\\host` and control characters in odd ways, so these are no paths.
    """
    plain = wanted.isprintable() and "\\" not in wanted and len(wanted) <= MAX_PATH
    if not plain or not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else otherwise
