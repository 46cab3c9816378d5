"""Functions that are written while others run, each for objects of one layout."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from jmespath.exceptions import JMESPathError

from mapper.compiler.context import Context
from mapper.compiler.laid_out import LaidOut
from mapper.compiler.layout import Layout
from mapper.compiler.learning import Dealer, WriteDealer
from mapper.compiler.source import UnsupportedError
from mapper.expressions.code.python import Block, call
from mapper.expressions.code.writer import FunctionWriter, ModuleWriter, TooLargeError, compiled_anew
from mapper.records.spec import ObjectOf

if TYPE_CHECKING:
    from mapper.compiler.nodes import NodeWriter


def dealers(nodes: NodeWriter, node: ObjectOf) -> WriteDealer:
    """What writes a dealer for objects of a layout: it makes what `node` makes of them, or leaves that to other code.

    Args:
        nodes: Writes the function that the object stands in.
        node: An object with ``$share``, no value of which may be dropped after it was taken. Where something is taken
            for some calls only, no dealer can be written.
    """
    names = nodes.context.names
    # Of `nodes` itself nothing is kept: it holds the nodes of a whole function.
    again = nodes.again(FunctionWriter(ModuleWriter()), names, lambda _: []).again

    def written(layout: Layout, missed: Callable[[], None]) -> ModuleWriter | None:
        module = ModuleWriter()
        writer = FunctionWriter(module)
        tell = module.bind("missed", missed)

        def leave() -> Block:
            return [ast.Return(call(tell))]

        inner = again(writer, names, lambda _: leave())
        assert node.share is not None
        source = writer.fresh("shared")
        try:
            with inner.inside(Context(names)):
                made = inner.objects.dealt(node, LaidOut(writer, source, layout, node.share.spell, leave))
        except (UnsupportedError, TooLargeError, RecursionError, JMESPathError):
            return None
        writer.add(ast.Return(made.code))
        module.add("dealer", ("call", source), writer.finish())
        return module

    def write(layout: Layout, missed: Callable[[], None]) -> Dealer | None:
        try:
            dealer: Dealer | None = compiled_anew("compiled dealer", lambda: written(layout, missed))
        except (TooLargeError, RecursionError):
            return None
        return dealer

    return write
