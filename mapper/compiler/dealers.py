"""Functions that are written while others run, each for objects of one layout."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from jmespath.exceptions import JMESPathError

from mapper.compiler.context import Context
from mapper.compiler.laid_out import LaidOut
from mapper.compiler.layout import Layout
from mapper.compiler.learning import Dealer
from mapper.compiler.source import UnsupportedError
from mapper.expressions.code.python import constant
from mapper.expressions.code.writer import FunctionWriter, ModuleWriter, TooLargeError
from mapper.records.spec import ObjectOf

if TYPE_CHECKING:
    from mapper.compiler.nodes import NodeWriter


def dealers(nodes: NodeWriter, node: ObjectOf) -> Callable[[Layout], Dealer | None]:
    """What writes a dealer for objects of a layout: it makes what `node` makes of them, or leaves that to other code.

    Args:
        nodes: Writes the function that the object stands in.
        node: An object with ``$share``, no value of which may be dropped after it was taken.
    """
    names = nodes.context.names

    def write(layout: Layout) -> Dealer | None:
        module = ModuleWriter()
        writer = FunctionWriter(module)
        inner = nodes.again(writer, names, lambda _: [ast.Return(constant(None))])
        assert node.share is not None
        try:
            source = writer.fresh("shared")
            with inner.inside(Context(names, share=None)):
                made = inner.objects.dealt(node, LaidOut(writer, source, layout, node.share.spell))
        except (UnsupportedError, TooLargeError, RecursionError, JMESPathError):
            return None
        writer.add(ast.Return(made.code))
        name = module.add("dealer", ("call", source), writer.finish())
        dealer: Dealer = module.compile(f"compiled dealer {id(module):x}")[name]
        return dealer

    return write
