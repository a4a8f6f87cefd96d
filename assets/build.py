"""Builds what pages load into `build/assets`: `python -m assets.build`.

Every file has a hash of its content in its name, so that browsers may keep it for a year. The manifest maps plain names
to these. Nothing of a package is copied into the repository: `make setup` and the image build from `node_modules`.
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "assets"
PACKAGES = ROOT / "node_modules"
BUILT = ROOT / "build" / "assets"
MANIFEST = "manifest.json"
FILES = {
    "tabler.css": PACKAGES / "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": PACKAGES / "htmx.org/dist/htmx.min.js",
    "swagger.css": PACKAGES / "swagger-ui-dist/swagger-ui.css",
    "swagger.js": PACKAGES / "swagger-ui-dist/swagger-ui-bundle.js",
    "api_docs.js": OWN / "api_docs.js",
    "live.js": OWN / "live.js",
    "site.css": OWN / "site.css",
    "site.js": OWN / "site.js",
    "theme.js": OWN / "theme.js",
    "favicon.svg": OWN / "favicon.svg",
}
ICONS = "icons.svg"
# Comments that lead developer tools to files which are not served.
SOURCE_MAP = re.compile(rb"(?m)^(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*)$")


def build(target: Path = BUILT) -> dict[str, str]:
    """Returns the name under which each asset was written. Raises FileNotFoundError for a package not installed."""
    contents = {name: SOURCE_MAP.sub(b"", source.read_bytes()) for name, source in FILES.items()}
    contents[ICONS] = sprite(icon_names()).encode()
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    names = {name: hashed(name, content) for name, content in contents.items()}
    for name, content in contents.items():
        (target / names[name]).write_bytes(content)
    (target / MANIFEST).write_text(json.dumps(names, indent=1, sort_keys=True), encoding="utf-8")
    return names


def hashed(name: str, content: bytes) -> str:
    """`site.css` as `site-0a1b2c3d4e.css`."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"


def icon_names() -> list[str]:
    """The icons that pages use, one a line in `icons.txt`."""
    return (OWN / "icons.txt").read_text(encoding="utf-8").split()


def sprite(names: list[str]) -> str:
    """One SVG file with a symbol for each icon, drawn in the colour of the text around it."""
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(_symbols(names))}</svg>\n'


def _symbols(names: list[str]) -> Iterator[str]:
    for name in names:
        drawn = (PACKAGES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.sub(r"<!--.*?-->", "", drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")])
        yield (
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{" ".join(inner.split())}</symbol>'
        )


if __name__ == "__main__":
    sys.stdout.write(f"Built {len(build())} assets into {BUILT.relative_to(ROOT)}\n")
