"""JMESPath: parse with places, functions, evaluation. Knows no Segment and no destination.

For use from Python: :func:`search` and :func:`compile_expression` give what ``jmespath`` gives, error classes included.
"""

from mapper.expressions.evaluate import Expression, compile_expression, search
from mapper.expressions.parse import TooComplexError

__all__ = ["Expression", "TooComplexError", "compile_expression", "search"]
