"""``mapper rules``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def rules(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="Show one rule whole, such as MAP204.", show_default=False)
    ] = None,
) -> None:
    """List what `mapper validate` looks for, or explain one rule."""
    from mapper.authoring.rules import RULES
    from mapper.base.suggest import did_you_mean
    from mapper.cli.console import fail, wrapping
    from mapper.render.rules import rule_index, rule_page

    if code is None:
        print(rule_index(RULES, width=wrapping(sys.stdout)), end="")
        return
    by_name = {key: rule for rule in RULES for key in (rule.code.lower(), rule.name)}
    found = by_name.get(code.lower())
    if found is None:
        fail(f"there is no rule `{code}`", did_you_mean(code, by_name) or "`mapper rules` lists them all")
    print(rule_page(found, width=wrapping(sys.stdout)), end="")
