"""Where the files that come with the package lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Shipped = Literal["schemas", "mappings", "examples", "cases", "snapshots"]
"""Names of the folders that come with the package."""

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_BESIDE: Final[dict[Shipped, str]] = {
    "schemas": "schemas",
    "mappings": "mappings",
    "examples": "docs/examples",
    "cases": "tests/snapshots/cases",
    "snapshots": "tests/snapshots/snapshots",
}


class InstallationError(Exception):
    """Files that come with the package are not there; the text is one line with cause and help."""


def shipped(name: Shipped, *, package: Path = _PACKAGE) -> Path:
    """The folder of this name: in the source tree the one beside the package, else the copy inside the package.

    A source tree is known by its pyproject.toml, so that a strange folder in site-packages is never taken for ours.

    Raises:
        InstallationError: There is neither.
    """
    beside = package.parent / _BESIDE[name]
    inside = package / "_shipped" / name
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    if inside.is_dir():
        return inside
    raise InstallationError(f"the package's {name} folder is missing at {inside}: install segment-mapper again")
