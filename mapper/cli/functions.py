"""``mapper functions``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def functions(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Show one function whole.", show_default=False)
    ] = None,
) -> None:
    """List the functions that expressions may call, or show one with its examples."""
    from mapper.base.suggest import did_you_mean
    from mapper.cli.console import fail, wrapping
    from mapper.expressions.functions import FUNCTIONS
    from mapper.render.functions import function_index, function_page

    if name is None:
        print(function_index(FUNCTIONS.values(), width=wrapping(sys.stdout)), end="")
        return
    found = FUNCTIONS.get(name.removesuffix("()"))
    if found is None:
        fail(f"there is no function `{name}`", did_you_mean(name, FUNCTIONS) or "`mapper functions` lists them all")
    print(function_page(found, width=wrapping(sys.stdout)), end="")
