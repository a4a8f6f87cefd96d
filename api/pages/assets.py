"""Serves what pages load: files whose names hold a hash of their content, kept by browsers for a year."""

import json
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

BUILT = Path(__file__).resolve().parents[2] / "build" / "assets"
AT = "/assets"
A_YEAR = "public, max-age=31536000, immutable"


class AssetsNotBuilt(Exception):
    """`make setup` has not built what pages load."""


@cache
def asset_names() -> dict[str, str]:
    """The name of each built asset, by its plain name. Raises AssetsNotBuilt."""
    try:
        names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssetsNotBuilt(f"{BUILT} is missing: run make setup, or python -m assets.build") from None
    return names


def asset(name: str) -> str:
    """The address of an asset."""
    return f"{AT}/{asset_names()[name]}"


class BuiltAssets(StaticFiles):
    """The built files."""

    def file_response(self, *given: object, **named: object) -> Response:
        """With the headers that let browsers keep it and nothing else use it."""
        response = super().file_response(*given, **named)  # type: ignore[arg-type]
        response.headers.update({"Cache-Control": A_YEAR, "X-Content-Type-Options": "nosniff"})
        return response


def built_assets() -> BuiltAssets:
    """Raises AssetsNotBuilt."""
    asset_names()
    return BuiltAssets(directory=BUILT)
