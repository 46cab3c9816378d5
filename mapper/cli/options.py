"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Mappings = Annotated[
    Path | None,
    typer.Option(
        "--mappings",
        "-m",
        metavar="DIR",
        help="Folder of mapping sets, or one set. Default: ./mappings, else those that ship with mapper.",
        show_default=False,
    ),
]
Destination = Annotated[
    list[str] | None,
    typer.Option(
        "--destination",
        "-d",
        metavar="NAME",
        help="Id of a mapping set; may be repeated. Default: those enabled.",
        show_default=False,
    ),
]
