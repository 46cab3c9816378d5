"""MAP209: text in backticks that is no JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, tree_nodes
from mapper.base.json import JsonError, decode
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            text = source(use.expression, node)
            if node.kind == "literal" and text.startswith("`") and not _is_json(text[1:-1].replace("\\`", "`")):
                inner = text[1:-1].replace("\\`", "`")
                message = f"{word(inner)} in backticks is no JSON"
                help_ = "a text is written `'" + inner.replace("'", "\\'") + "'`"
                yield RULE.at(on_tree(use.expression, node), message, help=help_)


def _is_json(text: str) -> bool:
    try:
        decode(text.encode("utf-8", "replace"))
    except JsonError:
        return False
    return True


RULE: Final = Rule(
    code="MAP209",
    name="backtick-text",
    severity="warning",
    title="A text stands in backticks without its JSON quotes",
    doc=(
        'Backticks hold JSON: `` `5` ``, `` `true` ``, `` `"text"` ``. An old form of JMESPath takes bare words '
        "there as well, but it is deprecated, and `` `true` `` or `` `12` `` would not be texts. Write texts in single "
        "quotes."
    ),
    bad={"track.yaml": _HEAD + "  event: not_null(event, `none`)\n"},
    good={"track.yaml": _HEAD + "  event: not_null(event, 'none')\n"},
    check=_check,
)
