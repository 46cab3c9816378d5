"""The examples of rules as files on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mapper.authoring.load import Loaded, load_set
from mapper.authoring.offsets import locate
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.source import source_lines
from mapper.render.text import as_text


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files over the minimal mapping set. A ``.yml`` file takes the place of the ``.yaml`` file of its name."""
    replaced = {name.removesuffix(".yml") + ".yaml" for name in files if name.endswith(".yml")}
    for name, text in {**MINIMAL, **files}.items():
        if name not in replaced:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
    return folder


def load_laid(folder: Path, files: Mapping[str, str]) -> Loaded:
    """Load such a set; files are shown as if the current folder held them."""
    return load_set(lay(folder, files), shown=".", sandbox=True)


def shown(loaded: Loaded, folder: Path) -> str:
    """What `mapper validate` prints on a terminal of 80 columns without colours."""
    return as_text(
        loaded.diagnostics,
        locate=lambda place: locate(place, loaded.documents),
        source=lambda file: source_lines(folder / file),
        color=False,
        width=80,
    )
